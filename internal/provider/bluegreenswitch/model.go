package bluegreenswitch

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/verification"
)

// Values of enumerated attributes.
const (
	typeAlias = "alias"
	typeCNAME = "CNAME"
)

// model is the resource as Terraform knows it, in configuration, plan and state.
// Collections stay framework values, because any of them may be unknown.
type model struct {
	decides
	settings
	tells
}

// decides is what a recipe depends on.
type decides struct {
	Aliases      types.Set            `tfsdk:"aliases"`
	Sides        types.Map            `tfsdk:"sides"`
	Live         types.String         `tfsdk:"live"`
	DNS          types.Map            `tfsdk:"dns"`
	Method       types.String         `tfsdk:"method"`
	Verify       types.Object         `tfsdk:"verify"`
	BakeTime     timetypes.GoDuration `tfsdk:"bake_time"`
	KeepWildcard types.Bool           `tfsdk:"keep_wildcard"`
	Invalidate   types.List           `tfsdk:"invalidate"`
}

type settings struct {
	latched.Settings
	AllowDowntime    types.Bool `tfsdk:"allow_downtime"`
	AllowDowntimeFor types.Set  `tfsdk:"allow_downtime_for"`
}

type tells struct {
	latched.Told
	LiveDistributionID types.String `tfsdk:"live_distribution_id"`
	LiveDomainName     types.String `tfsdk:"live_domain_name"`
	Owners             types.Map    `tfsdk:"owners"`
	PointsAt           types.Map    `tfsdk:"points_at"`
	RecordTypes        types.Map    `tfsdk:"record_types"`
	Proofs             types.Map    `tfsdk:"proofs"`
}

type sideModel struct {
	DistributionID types.String              `tfsdk:"distribution_id"`
	Account        types.String              `tfsdk:"account"`
	TestAlias      types.String              `tfsdk:"test_alias"`
	Marker         *verification.MarkerModel `tfsdk:"marker"`
}

type dnsModel struct {
	ZoneID    types.String `tfsdk:"zone_id"`
	Account   types.String `tfsdk:"account"`
	Type      types.String `tfsdk:"type"`
	TTL       types.Int64  `tfsdk:"ttl"`
	LowerTTL  types.Int64  `tfsdk:"lower_ttl"`
	OnDestroy types.String `tfsdk:"on_destroy"`
}

type verifyModel struct {
	Before *verification.Quiet `tfsdk:"before"`
	After  *verification.Gate  `tfsdk:"after"`
}

// sides reads the sides; ok is false while any of them is unknown.
func (m *model) sides(ctx context.Context) (map[string]sideModel, diag.Diagnostics) {
	out := map[string]sideModel{}
	if m.Sides.IsNull() || m.Sides.IsUnknown() {
		return out, nil
	}
	return out, m.Sides.ElementsAs(ctx, &out, false)
}

// distribution is the id a side has, known or not, or nil if there is no such side.
// Other than sides it minds no unknown value anywhere else.
func (m *model) distribution(side string) attr.Value {
	if o, ok := m.Sides.Elements()[side].(types.Object); ok {
		return o.Attributes()["distribution_id"]
	}
	return nil
}

func (m *model) zones(ctx context.Context) (map[string]dnsModel, diag.Diagnostics) {
	out := map[string]dnsModel{}
	if m.DNS.IsNull() || m.DNS.IsUnknown() {
		return out, nil
	}
	return out, m.DNS.ElementsAs(ctx, &out, false)
}

func (m *model) names(ctx context.Context) ([]string, diag.Diagnostics) {
	out, d := fwtypes.Texts(ctx, m.Aliases)
	slices.Sort(out)
	return out, d
}

func (m *model) verify(ctx context.Context) (verifyModel, diag.Diagnostics) {
	var out verifyModel
	if m.Verify.IsNull() || m.Verify.IsUnknown() {
		return out, nil
	}
	return out, m.Verify.As(ctx, &out, basetypes.ObjectAsOptions{})
}

// spec turns a model of which everything is known into what the pure packages speak.
func (m *model) spec(ctx context.Context) (switchover.Spec, diag.Diagnostics) {
	var diags diag.Diagnostics
	spec := switchover.Spec{Asked: switchover.Asked{Sides: map[cutover.Side]string{}, Live: cutover.Side(m.Live.ValueString())}}
	names, d := m.names(ctx)
	diags.Append(d...)
	spec.Names = names
	sides, d := m.sides(ctx)
	diags.Append(d...)
	for name, s := range sides {
		spec.Sides[cutover.Side(name)] = s.DistributionID.ValueString()
		if account := s.Account.ValueString(); account != "" {
			if spec.Accounts == nil {
				spec.Accounts = map[cutover.Side]string{}
			}
			spec.Accounts[cutover.Side(name)] = account
		}
		if alias := s.TestAlias.ValueString(); alias != "" {
			if spec.TestAliases == nil {
				spec.TestAliases = map[cutover.Side]string{}
			}
			spec.TestAliases[cutover.Side(name)] = alias
		}
	}
	zones, d := m.zones(ctx)
	diags.Append(d...)
	for _, domain := range slices.Sorted(maps.Keys(zones)) {
		z := zones[domain]
		zone := switchover.Zone{Domain: domain, ID: z.ZoneID.ValueString(), Account: z.Account.ValueString()}
		if z.Type.ValueString() == typeCNAME { // alias records have no TTL of their own
			zone.CNAME, zone.TTL, zone.LowerTTL = true, z.TTL.ValueInt64(), z.LowerTTL.ValueInt64()
		}
		spec.Zones = append(spec.Zones, zone)
	}
	verify, d := m.verify(ctx)
	diags.Append(d...)
	spec.Method, spec.KeepWildcard = switchover.Method(m.Method.ValueString()), m.KeepWildcard.ValueBool()
	spec.Before, spec.After = verify.Before != nil, verify.After != nil
	if spec.After {
		spec.Bake = fwtypes.Length(m.BakeTime, latched.Bake)
	}
	spec.MayDarken, d = fwtypes.Texts(ctx, m.AllowDowntimeFor)
	diags.Append(d...)
	spec.Invalidate, d = fwtypes.Texts(ctx, m.Invalidate)
	diags.Append(d...)
	return spec, diags
}

// identity is the import id: what AWS cannot tell.
func (m *model) identity(spec switchover.Spec) string {
	var sides []string
	for _, side := range slices.Sorted(maps.Keys(spec.Sides)) {
		sides = append(sides, placed(string(side), spec.Accounts[side])+"="+spec.Sides[side])
	}
	out := strings.Join(sides, ",") + ";" + strings.Join(spec.Names, ",")
	var zones []string
	for _, z := range spec.Zones {
		zones = append(zones, placed(z.Domain, z.Account)+"="+z.ID)
	}
	if len(zones) > 0 {
		out += ";" + strings.Join(zones, ",")
	}
	return out
}

// placed is what an import id calls a side or a zone that is in a named account.
func placed(name, account string) string {
	if account == "" {
		return name
	}
	return name + "@" + account
}

// proofs are the values of TXT records that the switch has added and not taken away.
func (m *model) proofs(ctx context.Context) (map[string][]string, diag.Diagnostics) {
	out := map[string][]string{}
	if m.Proofs.IsNull() || m.Proofs.IsUnknown() {
		return out, nil
	}
	d := m.Proofs.ElementsAs(ctx, &out, false)
	return out, d
}

// prove records what a run has left of them.
func (m *model) prove(ctx context.Context, left map[string][]string) diag.Diagnostics {
	if len(left) == 0 {
		m.Proofs = types.MapNull(setOfStrings)
		return nil
	}
	var d diag.Diagnostics
	m.Proofs, d = types.MapValueFrom(ctx, setOfStrings, left)
	return d
}

// prior is what state knows for the recipe; nil while creating.
func (m *model) prior(ctx context.Context) (*switchover.Prior, diag.Diagnostics) {
	spec, diags := m.spec(ctx)
	p := &switchover.Prior{
		Owners: map[string]string{}, Live: cutover.Side(m.Live.ValueString()),
		LiveID: m.LiveDistributionID.ValueString(), LiveDomain: m.LiveDomainName.ValueString(), Zones: spec.Zones,
		Unfinished: !switchover.Phase(m.Phase.ValueString()).Over() || !m.Unseen.IsNull(),
	}
	diags.Append(m.Owners.ElementsAs(ctx, &p.Owners, true)...)
	if !m.PointsAt.IsNull() {
		diags.Append(m.PointsAt.ElementsAs(ctx, &p.Pointed, true)...)
	}
	var d diag.Diagnostics
	p.Proofs, d = m.proofs(ctx)
	diags.Append(d...)
	return p, diags
}

var setOfStrings = types.SetType{ElemType: types.StringType}

// kept lists the types of the records that the switch keeps, by name.
func (m *model) kept(ctx context.Context) (map[string][]string, diag.Diagnostics) {
	if m.RecordTypes.IsNull() || m.RecordTypes.IsUnknown() {
		return nil, nil
	}
	var out map[string][]string
	d := m.RecordTypes.ElementsAs(ctx, &out, false)
	return out, d
}

// keepTypes records which types of records the switch keeps: what it kept so far, and of
// names that are new, or after a run that came to its end, what is there.
func (m *model) keepTypes(ctx context.Context, spec switchover.Spec, obs switchover.Observation, all bool) diag.Diagnostics {
	was := spec.Kept
	m.RecordTypes = types.MapNull(setOfStrings)
	if len(spec.Zones) == 0 {
		return nil
	}
	out := map[string][]string{}
	for _, name := range spec.Names {
		if zone, ok := spec.ZoneOf(name); !ok || obs.ZoneNames[zone.ID] != zone.Domain {
			if was[name] != nil {
				out[name] = was[name]
			}
			continue
		}
		switch seen := obs.RecordTypes(name); {
		case all || was[name] == nil && !obs.Foreign(name):
			out[name] = seen
		case was[name] != nil:
			out[name] = was[name]
		}
	}
	var d diag.Diagnostics
	m.RecordTypes, d = types.MapValueFrom(ctx, setOfStrings, out)
	return d
}

// joining lists the names whose records the switch has not kept so far.
func joining(spec switchover.Spec, prior *switchover.Prior) []string {
	var out []string
	for _, name := range spec.Names {
		is, ok := spec.ZoneOf(name)
		if !ok {
			continue
		}
		was, _ := switchover.Spec{Asked: switchover.Asked{Zones: prior.Zones}}.ZoneOf(name)
		if _, kept := prior.Pointed[name]; !kept || was.ID != is.ID {
			out = append(out, name)
		}
	}
	return out
}

// fill records what AWS showed. Live stays as it is while no single side has
// every name: then neither is true, and phase says so.
func (m *model) fill(ctx context.Context, spec switchover.Spec, obs switchover.Observation) diag.Diagnostics {
	var diags diag.Diagnostics
	if live, ok := obs.Live(spec); ok {
		m.Live = types.StringValue(string(live))
	}
	owners, pointsAt := map[string]string{}, map[string]string{}
	for _, name := range spec.Names {
		owners[name] = obs.Owner(spec, name)
		if _, ok := spec.ZoneOf(name); ok && !(slices.Contains(spec.Joining, name) && obs.Foreign(name)) {
			pointsAt[name] = obs.Pointed(spec, name) // what is not listed has never been ours
		}
	}
	live := obs.Sides[cutover.Side(m.Live.ValueString())]
	m.LiveDistributionID = types.StringValue(spec.Sides[cutover.Side(m.Live.ValueString())])
	m.LiveDomainName = types.StringValue(live.Domain)
	if o := obs.Owners(spec); len(spec.Names) > 0 && o[spec.Names[0]] != "" {
		if _, side := spec.SideOf(o[spec.Names[0]]); !side { // a distribution that is no side, any more or at all
			m.LiveDistributionID, m.LiveDomainName = types.StringValue(o[spec.Names[0]]), types.StringValue("")
		}
	}
	var d diag.Diagnostics
	m.Owners, d = types.MapValueFrom(ctx, types.StringType, owners)
	diags.Append(d...)
	m.PointsAt = types.MapNull(types.StringType)
	if len(spec.Zones) > 0 {
		m.PointsAt, d = types.MapValueFrom(ctx, types.StringType, pointsAt)
		diags.Append(d...)
	}
	m.ID = types.StringValue(m.identity(spec))
	return diags
}
