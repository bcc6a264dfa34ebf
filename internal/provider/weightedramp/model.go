package weightedramp

import (
	"context"
	"maps"
	"math"
	"net/url"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
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
	ZoneID   types.String         `tfsdk:"zone_id"`
	Account  types.String         `tfsdk:"account"`
	Names    types.Set            `tfsdk:"names"`
	Types    types.Set            `tfsdk:"types"`
	Sides    types.Map            `tfsdk:"sides"`
	Target   types.String         `tfsdk:"target"`
	Weight   types.Int64          `tfsdk:"weight"`
	Weights  types.List           `tfsdk:"weights"`
	BakeTime timetypes.GoDuration `tfsdk:"bake_time"`
	Verify   types.Object         `tfsdk:"verify"`
	Advance  types.String         `tfsdk:"advance"`
	Collapse types.Bool           `tfsdk:"collapse"`
}

type settings struct {
	latched.Settings
	OnDestroy types.String `tfsdk:"on_destroy"`
}

type tells struct {
	latched.Told
	CurrentWeight  types.Float64     `tfsdk:"current_weight"`
	CurrentWeights types.Map         `tfsdk:"current_weights"`
	Routing        types.String      `tfsdk:"routing"`
	SteppedAt      timetypes.RFC3339 `tfsdk:"stepped_at"`
	SettledWeight  types.Int64       `tfsdk:"settled_weight"`
}

type sideModel struct {
	Alias         types.Object `tfsdk:"alias"`
	Values        types.Map    `tfsdk:"values"`
	TTL           types.Int64  `tfsdk:"ttl"`
	HealthCheckID types.String `tfsdk:"health_check_id"`
	SetIdentifier types.String `tfsdk:"set_identifier"`
}

type aliasModel struct {
	DomainName           types.String `tfsdk:"domain_name"`
	ZoneID               types.String `tfsdk:"zone_id"`
	EvaluateTargetHealth types.Bool   `tfsdk:"evaluate_target_health"`
}

type failedModel struct {
	Weight      types.Int64  `tfsdk:"weight"`
	Fingerprint types.String `tfsdk:"fingerprint"`
	Reason      types.String `tfsdk:"reason"`
}

func plain(domain string) string { return strings.ToLower(strings.TrimSuffix(domain, ".")) }

// endpoint reads a wholly known side.
func (s sideModel) endpoint(ctx context.Context, name string) (ramp.Endpoint, diag.Diagnostics) {
	var d diag.Diagnostics
	e := ramp.Endpoint{Side: cutover.Side(name), ID: name, Check: s.HealthCheckID.ValueString()}
	if !s.SetIdentifier.IsNull() {
		e.ID = s.SetIdentifier.ValueString()
	}
	if !s.Alias.IsNull() {
		var a aliasModel
		d.Append(s.Alias.As(ctx, &a, basetypes.ObjectAsOptions{})...)
		e.Alias = ramp.Alias{Domain: plain(a.DomainName.ValueString()), Zone: a.ZoneID.ValueString(), Evaluate: a.EvaluateTargetHealth.ValueBool()}
		return e, d
	}
	e.TTL, e.Values = defaultTTL, map[string][]string{}
	if !s.TTL.IsNull() {
		e.TTL = s.TTL.ValueInt64()
	}
	if !s.Values.IsNull() {
		d.Append(s.Values.ElementsAs(ctx, &e.Values, false)...)
	}
	return e, d
}

// endpoints reads wholly known sides: the target and the other one.
func (m *model) endpoints(ctx context.Context) (target, other ramp.Endpoint, d diag.Diagnostics) {
	sides := map[string]sideModel{}
	d.Append(m.Sides.ElementsAs(ctx, &sides, false)...)
	for _, name := range slices.Sorted(maps.Keys(sides)) {
		e, dd := sides[name].endpoint(ctx, name)
		d.Append(dd...)
		if name == m.Target.ValueString() {
			target = e
		} else {
			other = e
		}
	}
	return target, other, d
}

// spec turns a model of which everything is known into what the pure packages speak.
func (m *model) spec(ctx context.Context) (ramp.Spec, diag.Diagnostics) {
	var d diag.Diagnostics
	spec := ramp.Spec{
		Asked: ramp.Asked{
			Zone: m.ZoneID.ValueString(), Account: m.Account.ValueString(), Weight: int(m.Weight.ValueInt64()), Bake: fwtypes.Length(m.BakeTime, latched.Bake),
			Gate: !m.Verify.IsNull(), Collapse: m.Collapse.ValueBool(), PerApply: m.Advance.ValueString() == latched.PerApply,
		},
	}
	d.Append(m.Names.ElementsAs(ctx, &spec.Names, false)...)
	d.Append(m.Types.ElementsAs(ctx, &spec.Types, false)...)
	slices.Sort(spec.Names)
	slices.Sort(spec.Types)
	if !m.Weights.IsNull() {
		d.Append(m.Weights.ElementsAs(ctx, &spec.Weights, false)...)
	}
	var dd diag.Diagnostics
	spec.Target, spec.Other, dd = m.endpoints(ctx)
	d.Append(dd...)
	return spec, d
}

// identity is the import id.
func identity(spec ramp.Spec) string {
	side := func(e ramp.Endpoint) string {
		if e.ID == string(e.Side) {
			return e.ID
		}
		return string(e.Side) + "=" + url.PathEscape(e.ID)
	}
	zone := spec.Zone
	if spec.Account != "" {
		zone += "@" + spec.Account
	}
	return strings.Join([]string{zone, strings.Join(spec.Names, ","), strings.Join(spec.Types, ","), side(spec.Other) + "," + side(spec.Target)}, ";")
}

// fingerprint says where an endpoint is.
func fingerprint(e ramp.Endpoint) string {
	if e.Alias.Zone != "" {
		return e.Alias.Domain
	}
	var out []string
	for _, typ := range slices.Sorted(maps.Keys(e.Values)) {
		out = append(out, typ+" "+strings.Join(e.Values[typ], ","))
	}
	return strings.Join(out, ";")
}

// same says whether two specs are about the same records.
func same(a, b ramp.Spec) bool {
	return a.Zone == b.Zone && slices.Equal(a.Names, b.Names) && slices.Equal(a.Types, b.Types) && alike(a.Target, b.Target) && alike(a.Other, b.Other)
}

func alike(a, b ramp.Endpoint) bool {
	return a.ID == b.ID && a.Alias == b.Alias && a.TTL == b.TTL && a.Check == b.Check && fingerprint(a) == fingerprint(b)
}

// prior is what state knows for the recipe of spec.
func (m *model) prior(ctx context.Context, spec ramp.Spec) (*ramp.Prior, diag.Diagnostics) {
	was, d := m.spec(ctx)
	phase := ramp.Phase(m.Phase.ValueString())
	p := &ramp.Prior{
		Same: same(was, spec), Displaced: phase == ramp.Displaced, Unfinished: !phase.Over() || !m.Unseen.IsNull(),
		Weighted: m.Routing.ValueString() != "simple",
	}
	if !m.CurrentWeight.IsNull() && !m.CurrentWeight.IsUnknown() {
		level := m.CurrentWeight.ValueFloat64()
		p.Level = &level
	}
	return p, d
}

// joining lists the keys whose records the ramp has not kept so far.
func joining(spec, was ramp.Spec) []ramp.Key {
	var out []ramp.Key
	for _, k := range spec.Keys() {
		if spec.Zone != was.Zone || !slices.Contains(was.Names, k.Name) || !slices.Contains(was.Types, k.Type) {
			out = append(out, k)
		}
	}
	return out
}

// renamed maps the set identifiers of sides that are where they were to those that they are
// to have. A side that has none of its own goes by its name, so that changes with it.
func renamed(spec, was ramp.Spec) map[string]string {
	out := map[string]string{}
	for _, old := range []ramp.Endpoint{was.Target, was.Other} {
		for _, e := range []ramp.Endpoint{spec.Target, spec.Other} {
			if old.ID != e.ID && old.Alias.Zone == e.Alias.Zone && fingerprint(old) == fingerprint(e) {
				out[old.ID] = e.ID
			}
		}
	}
	return out
}

// before is the weight that a rollback returns to: the last one that was in order.
// Nil: nobody knows.
func (m *model) before() *int {
	if m.SettledWeight.IsNull() || m.SettledWeight.IsUnknown() {
		return nil
	}
	n := int(m.SettledWeight.ValueInt64())
	return &n
}

func (m *model) failure(ctx context.Context) (*failedModel, diag.Diagnostics) {
	if m.Failed.IsNull() || m.Failed.IsUnknown() {
		return nil, nil
	}
	var f failedModel
	return &f, m.Failed.As(ctx, &f, basetypes.ObjectAsOptions{})
}

// shares is what each name gave the target as of the last refresh.
func (m *model) shares(ctx context.Context) (map[string]float64, diag.Diagnostics) {
	out := map[string]float64{}
	if m.CurrentWeights.IsNull() || m.CurrentWeights.IsUnknown() {
		return out, nil
	}
	var weights map[string]*float64
	d := m.CurrentWeights.ElementsAs(ctx, &weights, false)
	for name, w := range weights {
		if w != nil {
			out[name] = *w
		}
	}
	return out, d
}

// fill records what AWS showed, the weight asked for apart.
func (m *model) fill(ctx context.Context, spec ramp.Spec, obs ramp.Observation) diag.Diagnostics {
	m.ID, m.Routing = types.StringValue(identity(spec)), types.StringValue(obs.Routing(spec))
	m.CurrentWeight = types.Float64Null()
	if level, ok := obs.Level(spec); ok {
		m.CurrentWeight = types.Float64Value(level)
	}
	weights := map[string]float64{}
	for name, share := range obs.Shares(spec) {
		if !math.IsNaN(share) {
			weights[name] = share
		}
	}
	var d diag.Diagnostics
	m.CurrentWeights, d = types.MapValueFrom(ctx, types.Float64Type, weights)
	return d
}
