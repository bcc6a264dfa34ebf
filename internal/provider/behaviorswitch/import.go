package behaviorswitch

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
)

const importForm = "Write distribution;behaviors;live side=attributes of its sides, for example\n\n" +
	"  E2EXAMPLE;default,/api/*;green=origin_id,cache_policy_id\n\n" +
	"What the attributes are set to is read from the distribution, and counts as that side. The other sides come from the configuration. " +
	"The attributes are those of a side; for `origins` write origins.path or origins.domain_name."

// ImportState implements resource.ResourceWithImportState. The id carries what AWS cannot
// tell: which behaviours belong together, which of their fields, and what the side is
// called that they are of. It holds no id of anything that AWS has, so nothing in it has to
// be quoted.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	parts := strings.Split(req.ID, ";")
	malformed := func() {
		resp.Diagnostics.AddError("Not an import id of a switch of behaviours", fmt.Sprintf("%q is not of the expected form. %s", req.ID, importForm))
	}
	if len(parts) != 3 {
		malformed()
		return
	}
	live, fields, ok := strings.Cut(parts[2], "=")
	wanted := strings.Split(fields, ",")
	if !ok || !latched.IsSideName(live) || parts[0] == "" || slices.Contains(strings.Split(parts[1], ","), "") || slices.ContainsFunc(wanted, func(a string) bool { return !slices.Contains(importable, a) }) {
		malformed()
		return
	}
	if r.Provider == nil {
		resp.Diagnostics.AddError("The provider is not configured yet", "Its configuration depends on values that are only known after apply, so nobody can be asked about the distribution. Apply those first, then import.")
		return
	}
	spec := behavior.Spec{Distribution: parts[0]}
	for p := range strings.SplitSeq(parts[1], ",") {
		spec.Patterns = append(spec.Patterns, behavior.Asked(p))
	}
	w := newWorkflow(r.Provider, spec)
	obs, err := configured.Look(ctx, r.Provider, func() (behavior.Observation, error) { return w.Look(ctx) })
	if err != nil {
		resp.Diagnostics.Append(diags.ReadFailed("The switch", err))
		return
	}
	side, why := recognise(ctx, spec, obs, wanted)
	if why != "" {
		resp.Diagnostics.AddError("The switch of behaviours could not be imported", fmt.Sprintf("%s. Correct the import id, or create the switch instead of importing it: that adopts what a side describes, and writes nothing.", why))
		return
	}
	var m model
	d := fwtypes.Blank(ctx, attributes(), &m)
	m.DistributionID, m.Live, m.ID, m.Steps = types.StringValue(parts[0]), types.StringValue(live), types.StringValue(identity(spec)), configured.NoSteps()
	var dd diag.Diagnostics
	m.Behaviors, dd = types.SetValueFrom(ctx, types.StringType, strings.Split(parts[1], ","))
	d.Append(dd...)
	m.Sides, dd = types.MapValueFrom(ctx, types.ObjectType{AttrTypes: fwtypes.TypesOf(sideAttributes())}, map[string]sideModel{live: side})
	if resp.Diagnostics.Append(append(d, dd...)...); !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
	}
}

// importable are the attributes of a side, as an import id has them.
var importable = []string{
	"origin_id", "origins.path", "origins.domain_name", "lambda_functions", "functions", "cache_policy_id", "origin_request_policy_id", "response_headers_policy_id", "default_root_object",
}

var (
	placeType  = elements("origins")
	lambdaType = elements("lambda_functions")
)

// elements is the type of what a map of a side holds.
func elements(attribute string) attr.Type {
	typ, ok := sideAttributes()[attribute].GetType().(types.MapType)
	if !ok {
		panic(attribute + " is no map")
	}
	return typ.ElemType
}

// recognise reads what a side says from what the behaviours have; why is what is in the
// way of that.
func recognise(ctx context.Context, spec behavior.Spec, obs behavior.Observation, wanted []string) (side sideModel, why string) {
	var d diag.Diagnostics
	side = sideModel{
		Origins: types.MapNull(placeType), LambdaFunctions: types.MapNull(lambdaType), Functions: types.MapNull(types.StringType),
	}
	if !obs.Exists {
		return side, "CloudFront has no distribution " + spec.Distribution + " in this account"
	}
	for _, p := range spec.Patterns {
		if !obs.Has(p) {
			return side, fmt.Sprintf("%s has no cache behaviour %s", spec.Distribution, p)
		}
	}
	text := func(name behavior.Name) types.String {
		first := obs.Values[behavior.Field{Name: name, Behavior: spec.Patterns[0]}]
		for _, p := range spec.Patterns {
			if is := obs.Values[behavior.Field{Name: name, Behavior: p}]; is != first {
				why = fmt.Sprintf("%s of %s is %q, and of %s %q, so they are not of one side", name, spec.Patterns[0], first.Text, p, is.Text)
			}
		}
		return types.StringValue(first.Text)
	}
	lambdas, functions, places := map[string]lambdaModel{}, map[string]string{}, map[string]placeModel{}
	for f, v := range obs.Values {
		switch {
		case f.Behavior == spec.Patterns[0] && f.Name == behavior.Lambda:
			l := lambdaModel{ARN: types.StringValue(v.Text), Body: types.BoolNull()}
			if v.Body {
				l.Body = types.BoolValue(true)
			}
			lambdas[f.Event] = l
		case f.Behavior == spec.Patterns[0] && f.Name == behavior.Function:
			functions[f.Event] = v.Text
		}
	}
	for _, p := range spec.Patterns[1:] { // each has the same at the same events
		for _, name := range []behavior.Name{behavior.Lambda, behavior.Function} {
			if asked := map[behavior.Name]string{behavior.Lambda: "lambda_functions", behavior.Function: "functions"}[name]; !slices.Contains(wanted, asked) {
				continue
			}
			for _, event := range []string{behavior.ViewerRequest, behavior.OriginRequest, behavior.OriginResponse, behavior.ViewerResponse} {
				a, b := behavior.Field{Name: name, Behavior: spec.Patterns[0], Event: event}, behavior.Field{Name: name, Behavior: p, Event: event}
				if obs.Values[a] != obs.Values[b] {
					return side, fmt.Sprintf("%s is not what %s is, so they are not of one side", b, a)
				}
			}
		}
	}
	for origin, users := range obs.Users {
		if !slices.ContainsFunc(users, func(p behavior.Pattern) bool { return slices.Contains(spec.Patterns, p) }) {
			continue
		}
		place := placeModel{Domain: types.StringNull(), Path: types.StringNull()}
		if slices.Contains(wanted, "origins.path") {
			place.Path = types.StringValue(obs.Values[behavior.Field{Name: behavior.OriginPath, Origin: origin}].Text)
		}
		if slices.Contains(wanted, "origins.domain_name") {
			place.Domain = types.StringValue(obs.Values[behavior.Field{Name: behavior.OriginDomain, Origin: origin}].Text)
		}
		places[origin] = place
	}
	for _, a := range wanted {
		switch a {
		case "origin_id":
			side.OriginID = text(behavior.TargetOrigin)
		case "cache_policy_id":
			side.CachePolicy = text(behavior.CachePolicy)
		case "origin_request_policy_id":
			side.OriginRequestPolicy = text(behavior.OriginRequestPolicy)
		case "response_headers_policy_id":
			side.ResponseHeadersPolicy = text(behavior.ResponseHeadersPolicy)
		case "default_root_object":
			side.RootObject = types.StringValue(obs.Values[behavior.Field{Name: behavior.RootObject}].Text)
		case "lambda_functions":
			side.LambdaFunctions, d = types.MapValueFrom(ctx, lambdaType, lambdas)
		case "functions":
			side.Functions, d = types.MapValueFrom(ctx, types.StringType, functions)
		case "origins.path", "origins.domain_name":
			side.Origins, d = types.MapValueFrom(ctx, placeType, places)
		}
	}
	if d.HasError() {
		why = d.Errors()[0].Detail()
	}
	return side, why
}

// MoveState implements resource.ResourceWithMoveState, for a state of this provider under
// another address.
func (r *Resource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{configured.FromElsewhere("cdn_behavior_switch")}
}
