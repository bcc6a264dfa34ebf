package weightedramp

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

const importForm = "Write zone;names;types;sides with the target last, for example\n\n" +
	"  Z0123456789;www.example.com,api.example.com;A,AAAA;blue,green\n\n" +
	"where weighted records have the sides' names as identifiers; else name them, as in blue=Old%20site. Simple records are taken for the first side; add ;100 where they are the target's. A zone in another account has its name behind an @: Z0123456789@dns."

// ImportState implements resource.ResourceWithImportState. The id carries what AWS
// cannot tell: which names belong together, and which side is the target. What the
// sides are is read from AWS; of simple records only the side that has everything can
// be, and the next apply adds the other one. Which side that is nobody can tell either.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, d := configured.ImportID(ctx, req)
	if resp.Diagnostics.Append(d...); d.HasError() {
		return
	}
	parts := strings.Split(id.ValueString(), ";")
	lists := make([][]string, len(parts))
	for i, p := range parts {
		lists[i] = strings.Split(p, ",")
	}
	arrived := len(parts) == 5 && parts[4] == "100" // simple records are the target's
	if len(parts) != 4 && !arrived || len(lists[3]) != 2 || slices.ContainsFunc(lists, func(l []string) bool { return slices.Contains(l, "") }) {
		resp.Diagnostics.AddError("Not an import id of a ramp", fmt.Sprintf("%q is not of the expected form. %s", id.ValueString(), importForm))
		return
	}
	if r.Provider == nil {
		resp.Diagnostics.AddError("The provider is not configured yet", "Its configuration depends on values that are only known after apply, so nobody can be asked about the records. Apply those first, then import.")
		return
	}
	zone, account, _ := strings.Cut(parts[0], "@")
	spec := ramp.Spec{
		Asked: ramp.Asked{
			Zone: zone, Account: account, Names: lists[1], Types: lists[2],
			Other: sideByID(lists[3][0]), Target: sideByID(lists[3][1]),
		},
	}
	in, d := r.open(ctx, spec)
	if resp.Diagnostics.Append(d...); d.HasError() {
		return
	}
	w := newWorkflow(in, spec)
	w.glancing = !r.Provider.Alone // hundreds are imported at a time
	obs, err := w.patientLook(ctx)
	if err != nil {
		resp.Diagnostics.Append(diags.ReadFailed("The ramp", err))
		return
	}
	spec.Other, spec.Target = obs.Recognise(spec.Other, spec.Types, !arrived), obs.Recognise(spec.Target, spec.Types, arrived)
	if _, even := obs.Level(spec); !even {
		resp.Diagnostics.AddError("The ramp could not be imported", fmt.Sprintf("The records of %s in zone %s are not shares of two sides called %q and %q, the same for every name. Correct the import id, or create the ramp instead of importing it.",
			strings.Join(spec.Names, ", "), spec.Zone, spec.Other.ID, spec.Target.ID))
		return
	}
	m, d := stateOf(ctx, obs.Adopted(spec))
	resp.Diagnostics.Append(d...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
	resp.Diagnostics.Append(configured.Identify(ctx, resp.Identity, id)...)
}

// sideByID is a side as an import id names it: side, or side=identifier where its weighted records
// are called otherwise, as an URL would have that.
func sideByID(text string) ramp.Endpoint {
	side, id, ok := strings.Cut(text, "=")
	if plain, err := url.PathUnescape(id); err == nil {
		id = plain
	}
	if !ok {
		id = side
	}
	return ramp.Endpoint{Side: cutover.Side(side), ID: id}
}

// stateOf is a state that holds what is known of a ramp, and the defaults of
// everything else.
func stateOf(ctx context.Context, spec ramp.Spec) (model, diag.Diagnostics) {
	var m model
	d := fwtypes.Blank(ctx, attributes(), &m)
	m.ZoneID, m.Target, m.Weight = types.StringValue(spec.Zone), types.StringValue(string(spec.Target.Side)), types.Int64Value(int64(spec.Weight))
	m.Account = fwtypes.OrNull(spec.Account)
	m.ID, m.Collapse, m.Steps = types.StringValue(identity(spec)), types.BoolValue(spec.Collapse), configured.NoSteps()
	var dd diag.Diagnostics
	m.Names, dd = types.SetValueFrom(ctx, types.StringType, spec.Names)
	d.Append(dd...)
	m.Types, dd = types.SetValueFrom(ctx, types.StringType, spec.Types)
	d.Append(dd...)
	sides := map[string]sideModel{}
	for _, e := range []ramp.Endpoint{spec.Other, spec.Target} {
		s, dd := sideOf(ctx, e)
		d.Append(dd...)
		sides[string(e.Side)] = s
	}
	m.Sides, dd = types.MapValueFrom(ctx, types.ObjectType{AttrTypes: fwtypes.TypesOf(sideAttributes())}, sides)
	d.Append(dd...)
	return m, d
}

func sideOf(ctx context.Context, e ramp.Endpoint) (sideModel, diag.Diagnostics) {
	s := sideModel{
		Alias: types.ObjectNull(fwtypes.TypesOf(aliasAttributes())), Values: types.MapNull(types.ListType{ElemType: types.StringType}),
		TTL: types.Int64Null(), HealthCheckID: types.StringNull(), SetIdentifier: types.StringNull(),
	}
	if e.Check != "" {
		s.HealthCheckID = types.StringValue(e.Check)
	}
	if e.ID != string(e.Side) {
		s.SetIdentifier = types.StringValue(e.ID)
	}
	var d diag.Diagnostics
	switch {
	case e.Alias.Zone != "":
		evaluate := types.BoolNull()
		if e.Alias.Evaluate {
			evaluate = types.BoolValue(true)
		}
		s.Alias, d = types.ObjectValueFrom(ctx, fwtypes.TypesOf(aliasAttributes()), aliasModel{
			DomainName: types.StringValue(e.Alias.Domain), ZoneID: types.StringValue(e.Alias.Zone), EvaluateTargetHealth: evaluate,
		})
	case len(e.Values) > 0:
		if e.TTL != defaultTTL {
			s.TTL = types.Int64Value(e.TTL)
		}
		s.Values, d = types.MapValueFrom(ctx, types.ListType{ElemType: types.StringType}, e.Values)
	}
	return s, d
}
