package stagingdistribution

import (
	"context"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/staging"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// model is the resource as Terraform knows it. Collections stay framework values,
// because any of them may be unknown.
type model struct {
	Primary   types.String `tfsdk:"primary_distribution_id"`
	Name      types.String `tfsdk:"name"`
	Overrides types.Object `tfsdk:"overrides"`
	Sides     types.Map    `tfsdk:"sides"`
	Release   types.String `tfsdk:"release"`
	Follow    types.String `tfsdk:"follow"`
	Timeouts  types.Object `tfsdk:"timeouts"`

	ID          types.String `tfsdk:"id"`
	ARN         types.String `tfsdk:"arn"`
	DomainName  types.String `tfsdk:"domain_name"`
	Fingerprint types.String `tfsdk:"fingerprint"`
	Base        types.String `tfsdk:"base"`
	Live        types.String `tfsdk:"live"`
	Idle        types.String `tfsdk:"idle"`
	Side        types.String `tfsdk:"side"`
	Enabled     types.Bool   `tfsdk:"enabled"`
	Owner       types.String `tfsdk:"owner"`
	Steps       types.List   `tfsdk:"steps"`
}

type overridesModel struct {
	Comment           types.String             `tfsdk:"comment"`
	DefaultRootObject types.String             `tfsdk:"default_root_object"`
	Origins           map[string]originModel   `tfsdk:"origins"`
	DefaultBehavior   *behaviorModel           `tfsdk:"default_behavior"`
	Behaviors         map[string]behaviorModel `tfsdk:"behaviors"`
	ErrorResponses    []errorModel             `tfsdk:"error_responses"`
}

type originModel struct {
	DomainName types.String `tfsdk:"domain_name"`
	OriginPath types.String `tfsdk:"origin_path"`
}

type behaviorModel struct {
	Origin                types.String    `tfsdk:"target_origin_id"`
	CachePolicy           types.String    `tfsdk:"cache_policy_id"`
	OriginRequestPolicy   types.String    `tfsdk:"origin_request_policy_id"`
	ResponseHeadersPolicy types.String    `tfsdk:"response_headers_policy_id"`
	Functions             []functionModel `tfsdk:"functions"`
	Lambdas               []lambdaModel   `tfsdk:"lambdas"`
}

type functionModel struct {
	Event types.String `tfsdk:"event_type"`
	ARN   types.String `tfsdk:"function_arn"`
}

type lambdaModel struct {
	Event       types.String `tfsdk:"event_type"`
	ARN         types.String `tfsdk:"lambda_arn"`
	IncludeBody types.Bool   `tfsdk:"include_body"`
}

type errorModel struct {
	Code         types.String `tfsdk:"error_code"`
	ResponseCode types.String `tfsdk:"response_code"`
	Page         types.String `tfsdk:"response_page_path"`
	MinTTL       types.String `tfsdk:"error_caching_min_ttl"`
}

type sideModel struct {
	Origins map[string]originModel `tfsdk:"origins"`
}

// number is the value of a text that validation took for a number.
func number(s types.String) int64 {
	n, _ := strconv.ParseInt(s.ValueString(), 10, 64)
	return n
}

// decidable says whether everything a recipe depends on is known.
func (m *model) decidable(ctx context.Context) bool {
	for _, v := range []attr.Value{m.Primary, m.Name, m.Overrides, m.Sides, m.Release, m.Follow} {
		if !wholly(ctx, v) {
			return false
		}
	}
	return true
}

func wholly(ctx context.Context, v attr.Value) bool {
	tf, err := v.ToTerraformValue(ctx)
	return err == nil && tf.IsFullyKnown()
}

// overrides turns configuration into what CloudFront's client speaks.
func (m *model) overrides(ctx context.Context) (cloudfrontapi.Overrides, diag.Diagnostics) {
	var out cloudfrontapi.Overrides
	if m.Overrides.IsNull() || m.Overrides.IsUnknown() {
		return out, nil
	}
	var o overridesModel
	d := m.Overrides.As(ctx, &o, basetypes.ObjectAsOptions{})
	out.Comment, out.DefaultRootObject = o.Comment.ValueStringPointer(), o.DefaultRootObject.ValueStringPointer()
	out.Origins = places(o.Origins)
	if o.DefaultBehavior != nil {
		b := o.DefaultBehavior.override()
		out.Default = &b
	}
	for pattern, b := range o.Behaviors {
		if out.Behaviors == nil {
			out.Behaviors = map[string]cloudfrontapi.BehaviorOverride{}
		}
		out.Behaviors[pattern] = b.override()
	}
	if o.ErrorResponses != nil {
		list := []cloudfrontapi.ErrorResponse{}
		for _, e := range o.ErrorResponses {
			x := cloudfrontapi.ErrorResponse{Code: int32(number(e.Code)), Page: e.Page.ValueString(), ResponseCode: e.ResponseCode.ValueString(), MinTTL: defaultMinTTL} //nolint:gosec // validated
			if !e.MinTTL.IsNull() {
				x.MinTTL = number(e.MinTTL)
			}
			list = append(list, x)
		}
		out.Errors = &list
	}
	return out, d
}

func places(origins map[string]originModel) map[string]cloudfrontapi.OriginOverride {
	var out map[string]cloudfrontapi.OriginOverride
	for id, o := range origins {
		if out == nil {
			out = map[string]cloudfrontapi.OriginOverride{}
		}
		out[id] = cloudfrontapi.OriginOverride{Domain: o.DomainName.ValueStringPointer(), Path: o.OriginPath.ValueStringPointer()}
	}
	return out
}

func (b behaviorModel) override() cloudfrontapi.BehaviorOverride {
	out := cloudfrontapi.BehaviorOverride{
		Origin: b.Origin.ValueStringPointer(), CachePolicy: b.CachePolicy.ValueStringPointer(),
		OriginRequestPolicy: b.OriginRequestPolicy.ValueStringPointer(), ResponseHeadersPolicy: b.ResponseHeadersPolicy.ValueStringPointer(),
	}
	if b.Functions != nil {
		list := []cloudfrontapi.Function{}
		for _, f := range b.Functions {
			list = append(list, cloudfrontapi.Function{Event: f.Event.ValueString(), ARN: f.ARN.ValueString()})
		}
		out.Functions = &list
	}
	if b.Lambdas != nil {
		list := []cloudfrontapi.Function{}
		for _, f := range b.Lambdas {
			list = append(list, cloudfrontapi.Function{Event: f.Event.ValueString(), ARN: f.ARN.ValueString(), IncludeBody: f.IncludeBody.ValueBool()})
		}
		out.Lambdas = &list
	}
	return out
}

// showing is the model of what a distribution has, for a refresh.
func showing(o cloudfrontapi.Overrides) overridesModel {
	out := overridesModel{Comment: types.StringPointerValue(o.Comment), DefaultRootObject: types.StringPointerValue(o.DefaultRootObject)}
	if o.Origins != nil {
		out.Origins = map[string]originModel{}
	}
	for id, p := range o.Origins {
		out.Origins[id] = originModel{DomainName: types.StringPointerValue(p.Domain), OriginPath: types.StringPointerValue(p.Path)}
	}
	behavior := func(b cloudfrontapi.BehaviorOverride) behaviorModel {
		out := behaviorModel{
			Origin: types.StringPointerValue(b.Origin), CachePolicy: types.StringPointerValue(b.CachePolicy),
			OriginRequestPolicy: types.StringPointerValue(b.OriginRequestPolicy), ResponseHeadersPolicy: types.StringPointerValue(b.ResponseHeadersPolicy),
		}
		if b.Functions != nil {
			out.Functions = []functionModel{}
			for _, f := range *b.Functions {
				out.Functions = append(out.Functions, functionModel{Event: types.StringValue(f.Event), ARN: types.StringValue(f.ARN)})
			}
		}
		if b.Lambdas != nil {
			out.Lambdas = []lambdaModel{}
			for _, f := range *b.Lambdas {
				out.Lambdas = append(out.Lambdas, lambdaModel{Event: types.StringValue(f.Event), ARN: types.StringValue(f.ARN), IncludeBody: types.BoolValue(f.IncludeBody)})
			}
		}
		return out
	}
	if o.Default != nil {
		b := behavior(*o.Default)
		out.DefaultBehavior = &b
	}
	if o.Behaviors != nil {
		out.Behaviors = map[string]behaviorModel{}
	}
	for pattern, b := range o.Behaviors {
		out.Behaviors[pattern] = behavior(b)
	}
	if o.Errors != nil {
		out.ErrorResponses = []errorModel{}
		for _, e := range *o.Errors {
			x := errorModel{Code: types.StringValue(strconv.Itoa(int(e.Code))), Page: fwtypes.OrNull(e.Page), ResponseCode: fwtypes.OrNull(e.ResponseCode), MinTTL: types.StringValue(strconv.FormatInt(e.MinTTL, 10))}
			out.ErrorResponses = append(out.ErrorResponses, x)
		}
	}
	return out
}

// sides are the places of each side.
func (m *model) sides(ctx context.Context) (map[string]map[string]cloudfrontapi.OriginOverride, diag.Diagnostics) {
	if m.Sides.IsNull() || m.Sides.IsUnknown() {
		return nil, nil
	}
	list := map[string]sideModel{}
	d := m.Sides.ElementsAs(ctx, &list, false)
	out := map[string]map[string]cloudfrontapi.OriginOverride{}
	for name, s := range list {
		out[name] = places(s.Origins)
	}
	return out, d
}

// follows says whether staging is asked to follow: at a new value, and never because
// there is one. A new copy is one of the primary as it is, also if it is found and not
// made: `follow` counts as carried out from then on.
func follows(plan, state *model) bool {
	return state == nil || !plan.Follow.IsNull() && !plan.Follow.IsUnknown() && !plan.Follow.Equal(state.Follow)
}

// fill records what AWS showed.
func (m *model) fill(w *workflow) {
	d := w.staging
	m.ID, m.ARN, m.DomainName, m.Fingerprint = types.StringValue(d.ID), types.StringValue(d.ARN), types.StringValue(d.Domain), types.StringValue(configured.Identity(d).String())
	m.Base, m.Enabled = fwtypes.OrNull(w.base), types.BoolValue(d.Enabled)
	m.Live, m.Idle, m.Side = fwtypes.OrNull(w.obs.Live), fwtypes.OrNull(w.obs.Idle), fwtypes.OrNull(w.side)
}

func (m *model) spec() staging.Spec {
	return staging.Spec{Primary: m.Primary.ValueString(), Name: m.Name.ValueString()}
}
