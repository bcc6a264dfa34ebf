package behaviorswitch

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/verification"
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
	DistributionID types.String         `tfsdk:"distribution_id"`
	Behaviors      types.Set            `tfsdk:"behaviors"`
	Sides          types.Map            `tfsdk:"sides"`
	Live           types.String         `tfsdk:"live"`
	Verify         types.Object         `tfsdk:"verify"`
	BakeTime       timetypes.GoDuration `tfsdk:"bake_time"`
	Invalidate     types.List           `tfsdk:"invalidate"`
	Await          types.Bool           `tfsdk:"wait_for_invalidation"`
	Warm           types.List           `tfsdk:"warm"`
}

type settings struct{ latched.Settings }

type tells struct {
	latched.Told
	CurrentValues types.Map    `tfsdk:"current_values"`
	BehaviorOrder types.List   `tfsdk:"behavior_order"`
	SettledLive   types.String `tfsdk:"settled_live"`
	SettledValues types.Map    `tfsdk:"settled_values"`
}

type sideModel struct {
	OriginID              types.String              `tfsdk:"origin_id"`
	Origins               types.Map                 `tfsdk:"origins"`
	LambdaFunctions       types.Map                 `tfsdk:"lambda_functions"`
	Functions             types.Map                 `tfsdk:"functions"`
	CachePolicy           types.String              `tfsdk:"cache_policy_id"`
	OriginRequestPolicy   types.String              `tfsdk:"origin_request_policy_id"`
	ResponseHeadersPolicy types.String              `tfsdk:"response_headers_policy_id"`
	RootObject            types.String              `tfsdk:"default_root_object"`
	Marker                *verification.MarkerModel `tfsdk:"marker"`
}

type placeModel struct {
	Domain types.String `tfsdk:"domain_name"`
	Path   types.String `tfsdk:"path"`
}

type lambdaModel struct {
	ARN  types.String `tfsdk:"arn"`
	Body types.Bool   `tfsdk:"include_body"`
}

type verifyModel struct {
	Before *verification.Plain `tfsdk:"before"`
	After  *verification.Gate  `tfsdk:"after"`
}

// setting reads a wholly known side.
func (s sideModel) setting(ctx context.Context) (behavior.Setting, diag.Diagnostics) {
	var d diag.Diagnostics
	out := behavior.Setting{
		Origin: s.OriginID.ValueStringPointer(), CachePolicy: s.CachePolicy.ValueStringPointer(), OriginRequestPolicy: s.OriginRequestPolicy.ValueStringPointer(),
		ResponseHeadersPolicy: s.ResponseHeadersPolicy.ValueStringPointer(), RootObject: s.RootObject.ValueStringPointer(),
	}
	if !s.Origins.IsNull() {
		var places map[string]placeModel
		d.Append(s.Origins.ElementsAs(ctx, &places, false)...)
		out.Origins = map[string]behavior.Place{}
		for id, p := range places {
			out.Origins[id] = behavior.Place{Domain: p.Domain.ValueStringPointer(), Path: p.Path.ValueStringPointer()}
		}
	}
	if !s.LambdaFunctions.IsNull() {
		var lambdas map[string]lambdaModel
		d.Append(s.LambdaFunctions.ElementsAs(ctx, &lambdas, false)...)
		out.Lambdas = map[string]behavior.Value{}
		for event, l := range lambdas {
			out.Lambdas[event] = behavior.Value{Text: l.ARN.ValueString(), Body: l.Body.ValueBool()}
		}
	}
	if !s.Functions.IsNull() {
		d.Append(s.Functions.ElementsAs(ctx, &out.Functions, false)...)
	}
	return out, d
}

func (m *model) sides(ctx context.Context) (map[string]sideModel, diag.Diagnostics) {
	out := map[string]sideModel{}
	if m.Sides.IsNull() || m.Sides.IsUnknown() {
		return out, nil
	}
	return out, m.Sides.ElementsAs(ctx, &out, false)
}

// patterns are the behaviours, sorted.
func (m *model) patterns(ctx context.Context) ([]behavior.Pattern, diag.Diagnostics) {
	texts, d := fwtypes.Texts(ctx, m.Behaviors)
	var out []behavior.Pattern
	for _, text := range texts {
		out = append(out, behavior.Asked(text))
	}
	slices.Sort(out)
	return out, d
}

// spec turns a model of which everything is known into what the pure packages speak.
func (m *model) spec(ctx context.Context) (behavior.Spec, diag.Diagnostics) {
	spec := behavior.Spec{Distribution: m.DistributionID.ValueString(), Live: cutover.Side(m.Live.ValueString()), Await: m.Await.ValueBool()}
	var d, dd diag.Diagnostics
	spec.Patterns, dd = m.patterns(ctx)
	d.Append(dd...)
	sides, dd := m.sides(ctx)
	d.Append(dd...)
	defined := map[cutover.Side]behavior.Setting{}
	for name, s := range sides {
		defined[cutover.Side(name)], dd = s.setting(ctx)
		d.Append(dd...)
	}
	spec.Sides = behavior.Define(spec.Patterns, defined)
	verify, dd := m.verify(ctx)
	d.Append(dd...)
	if spec.Before, spec.After = verify.Before != nil, verify.After != nil; spec.After {
		spec.Bake = fwtypes.Length(m.BakeTime, latched.Bake)
	}
	spec.Invalidate, dd = fwtypes.Texts(ctx, m.Invalidate)
	d.Append(dd...)
	spec.Warm, dd = fwtypes.Texts(ctx, m.Warm)
	return spec, append(d, dd...)
}

func (m *model) verify(ctx context.Context) (verifyModel, diag.Diagnostics) {
	var out verifyModel
	if m.Verify.IsNull() || m.Verify.IsUnknown() {
		return out, nil
	}
	return out, m.Verify.As(ctx, &out, basetypes.ObjectAsOptions{})
}

// fields lists every field that some side of a wholly known model names.
func (m *model) fields(ctx context.Context) []behavior.Field {
	spec, _ := m.spec(ctx)
	return fieldsOf(spec)
}

func fieldsOf(spec behavior.Spec) []behavior.Field {
	all := behavior.Definition{}
	for _, d := range spec.Sides {
		maps.Copy(all, d)
	}
	return all.Fields()
}

// identity says which switch this is.
func identity(spec behavior.Spec) string {
	var patterns []string
	for _, p := range spec.Patterns {
		patterns = append(patterns, string(p))
	}
	return spec.Distribution + ";" + strings.Join(patterns, ",")
}

// things names the fields of a switch, as instances of one process claim them.
func things(spec behavior.Spec) []string {
	var out []string
	for _, f := range spec.Target().Fields() {
		out = append(out, f.String()+" of distribution "+spec.Distribution)
	}
	return out
}

// withBody marks a Lambda function that sees the body of requests.
const withBody = " with the body"

// written is a definition as state has it: what each field is set to, by its name.
func written(ctx context.Context, fields []behavior.Field, d behavior.Definition) (types.Map, diag.Diagnostics) {
	out := map[string]string{}
	for _, f := range fields {
		v := d[f]
		if out[f.String()] = v.Text; v.Body {
			out[f.String()] += withBody
		}
	}
	return types.MapValueFrom(ctx, types.StringType, out)
}

// read is the definition that state has of some fields. Those that it does not have are
// not in it.
func read(ctx context.Context, fields []behavior.Field, from types.Map) (behavior.Definition, diag.Diagnostics) {
	if from.IsNull() || from.IsUnknown() {
		return nil, nil
	}
	var has map[string]string
	d := from.ElementsAs(ctx, &has, false)
	out := behavior.Definition{}
	for _, f := range fields {
		if text, ok := has[f.String()]; ok {
			v := behavior.Value{}
			v.Text, v.Body = strings.CutSuffix(text, withBody)
			out[f] = v
		}
	}
	return out, d
}

// fill records what AWS showed of some fields.
func (m *model) fill(ctx context.Context, spec behavior.Spec, fields []behavior.Field, obs behavior.Observation) diag.Diagnostics {
	var d diag.Diagnostics
	m.ID = types.StringValue(identity(spec))
	m.CurrentValues, d = written(ctx, fields, obs.Values)
	return d
}

// keepOrder records the order of the behaviours.
func (m *model) keepOrder(ctx context.Context, order []behavior.Pattern) diag.Diagnostics {
	out := []string{}
	for _, p := range order {
		out = append(out, string(p))
	}
	var d diag.Diagnostics
	m.BehaviorOrder, d = types.ListValueFrom(ctx, types.StringType, out)
	return d
}
