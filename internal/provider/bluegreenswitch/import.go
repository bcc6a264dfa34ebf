package bluegreenswitch

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

const importForm = "Write sides;aliases or sides;aliases;zones, for example\n\n" +
	"  blue=E1AAAAAAAAAAAA,green=E2BBBBBBBBBBBB;www.example.com,example.com;example.com=Z0123456789\n\n" +
	"The zones may be left out; they are adopted by the next apply then. What is in another account has its name behind an @: green@prod=E2BBBBBBBBBBBB, example.com@dns=Z0123456789."

// ImportState implements resource.ResourceWithImportState. The id carries what
// AWS cannot tell: which distributions are sides, what they are called, and which
// names belong together. Which side is live is read from AWS.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, d := configured.ImportID(ctx, req)
	if resp.Diagnostics.Append(d...); d.HasError() {
		return
	}
	parts := strings.Split(id.ValueString(), ";")
	if len(parts) < 2 || len(parts) > 3 {
		resp.Diagnostics.AddError("Not an import id of a switch", fmt.Sprintf("%q has %d parts. %s", id.ValueString(), len(parts), importForm))
		return
	}
	sides, ok := pairs(parts[0])
	names := strings.Split(parts[1], ",")
	var zones map[string]string
	if len(parts) == 3 {
		var zonesOK bool
		zones, zonesOK = pairs(parts[2])
		ok = ok && zonesOK
	}
	if !ok || slices.Contains(names, "") {
		resp.Diagnostics.AddError("Not an import id of a switch", fmt.Sprintf("%q is not of the expected form. %s", id.ValueString(), importForm))
		return
	}
	m, d := imported(ctx, sides, names, zones)
	resp.Diagnostics.Append(d...)
	m.ID = id
	if resp.Diagnostics.HasError() {
		return
	}
	if r.Provider == nil {
		resp.Diagnostics.AddError("The provider is not configured yet", "Its configuration depends on values that are only known after apply, so nobody can be asked which side is live. Apply those first, then import.")
		return
	}
	resp.Diagnostics.Append(r.findLive(ctx, &m, sides)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
	resp.Diagnostics.Append(configured.Identify(ctx, resp.Identity, id)...)
}

// findLive takes for live the side that has the first of the names; the refresh
// that follows says whether it has them all.
func (r *Resource) findLive(ctx context.Context, m *model, sides map[string]string) diag.Diagnostics {
	names, d := m.names(ctx)
	spec, dd := m.spec(ctx)
	d.Append(dd...)
	if d.Append(unnamed(r.Provider, spec)...); d.HasError() {
		return d
	}
	in, dd := open(ctx, r.Provider, spec)
	if d.Append(dd...); d.HasError() {
		return d
	}
	for place, id := range sides { // the refresh has the same answer; of a list it would be one that may lag behind
		side, account, _ := strings.Cut(place, "@")
		dist, err := in[account].CloudFront.Distribution(ctx, id, r.Provider.Clock.Now().Add(-r.Provider.Poll/2))
		if err != nil {
			d.AddError("The switch could not be imported", fmt.Sprintf("%s, which is to be %s, cannot be read: %s. Correct the import id.", id, side, err))
			return d
		}
		for _, name := range names {
			if slices.Contains(dist.Aliases, name) && (m.Live.IsNull() || name == names[0]) {
				m.Live = types.StringValue(side)
			}
		}
	}
	if m.Live.IsNull() {
		d.AddError("The switch could not be imported", fmt.Sprintf("None of the sides has any of %s. Correct the import id, or create the switch instead of importing it.", strings.Join(names, ", ")))
	}
	return d
}

// imported is a state that holds what an import id says, and the defaults of
// everything else.
func imported(ctx context.Context, sides map[string]string, names []string, zones map[string]string) (model, diag.Diagnostics) {
	var m model
	d := fwtypes.Blank(ctx, attributes(), &m)
	m.Steps = configured.NoSteps()
	var dd diag.Diagnostics
	m.Aliases, dd = types.SetValueFrom(ctx, types.StringType, names)
	d.Append(dd...)
	sideModels := map[string]sideModel{}
	for place, id := range sides {
		name, account, _ := strings.Cut(place, "@")
		sideModels[name] = sideModel{DistributionID: types.StringValue(id), Account: fwtypes.OrNull(account)}
	}
	m.Sides, dd = types.MapValueFrom(ctx, types.ObjectType{AttrTypes: sideTypes}, sideModels)
	d.Append(dd...)
	if len(zones) > 0 {
		zoneModels := map[string]dnsModel{}
		for place, id := range zones {
			domain, account, _ := strings.Cut(place, "@")
			zoneModels[domain] = dnsModel{
				ZoneID: types.StringValue(id), Account: fwtypes.OrNull(account), Type: types.StringValue(typeAlias), TTL: types.Int64Value(defaultTTL), OnDestroy: types.StringValue(string(cutover.Retain)),
			}
		}
		m.DNS, dd = types.MapValueFrom(ctx, types.ObjectType{AttrTypes: dnsTypes}, zoneModels)
		d.Append(dd...)
	}
	return m, d
}

var (
	sideTypes = fwtypes.TypesOf(sideAttributes())
	dnsTypes  = fwtypes.TypesOf(dnsAttributes())
)

func pairs(s string) (map[string]string, bool) {
	out := map[string]string{}
	for p := range strings.SplitSeq(s, ",") {
		k, v, ok := strings.Cut(p, "=")
		name, account, placed := strings.Cut(k, "@")
		if !ok || name == "" || v == "" || placed && account == "" {
			return nil, false
		}
		out[k] = v
	}
	return out, true
}

// MoveState implements resource.ResourceWithMoveState, for a state of this provider under
// another address.
func (r *Resource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{configured.FromElsewhere("cdn_bluegreen_switch")}
}
