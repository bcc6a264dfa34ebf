package continuousdeployment

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
)

const defaultTimeout = "90m"

// Schema implements resource.Resource.
func (r *Resource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Joins a primary distribution and its staging distribution by a continuous deployment policy, and attaches it. The policy is created disabled, so that no viewer notices; " +
			"`cdn_staging_promotion` enables it for a release and owns its weight from then on.",
		Attributes: map[string]schema.Attribute{
			"primary_distribution_id": schema.StringAttribute{
				Required: true, Validators: []validator.String{fwtypes.DistributionID()}, PlanModifiers: []planmodifier.String{replaced()},
				MarkdownDescription: "Id of the distribution that serves production. Put `continuous_deployment_policy_id` into the `ignore_changes` of its `aws_cloudfront_distribution`. Changing it makes a new policy.",
			},
			"staging_distribution_id": schema.StringAttribute{
				Required: true, Validators: []validator.String{fwtypes.DistributionID()}, PlanModifiers: []planmodifier.String{replaced()},
				MarkdownDescription: "Id of the staging distribution, such as `cdn_staging_distribution.next.id`. If a policy names it already, that one is adopted, and written to only where it differs. Changing it makes a new policy.",
			},
			"weight": schema.Float64Attribute{
				Optional:            true,
				MarkdownDescription: "Percent of requests, 0 to 15, that go to staging once a release enables the policy. Exactly one of `weight` and `header`. A release may change it meanwhile; that shows neither in a refresh nor in a plan. A new value here is written while the policy is disabled, and refused while a canary runs.",
			},
			"header": schema.SingleNestedAttribute{
				Optional:            true,
				MarkdownDescription: "Requests with this header go to staging once a release enables the policy.",
				Attributes: map[string]schema.Attribute{
					"name":  schema.StringAttribute{Required: true, MarkdownDescription: "Name of the header; it begins with `aws-cf-cd-`."},
					"value": schema.StringAttribute{Required: true, MarkdownDescription: "Value of the header."},
				},
			},
			"session_stickiness": schema.SingleNestedAttribute{
				Optional:            true,
				MarkdownDescription: "With `weight`: a viewer stays where the first request went. Turning it on or off, as a release does by enabling the policy, begins every session anew.",
				Attributes: map[string]schema.Attribute{
					"idle_ttl":    schema.Int64Attribute{Required: true, MarkdownDescription: "Seconds without a request after which a session ends, 300 to 3600."},
					"maximum_ttl": schema.Int64Attribute{Required: true, MarkdownDescription: "Seconds after which a session ends at the latest, `idle_ttl` to 3600."},
				},
			},
			"attached": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether the primary has the policy. `false` disables it and detaches it, which unlocks the settings that continuous deployment does not let change, such as certificate, minimum TLS version and price class. Default `true`.",
			},
			"timeouts": timeouts,

			"id": schema.StringAttribute{
				Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
				MarkdownDescription: "Id of the policy.",
			},
			"owner": schema.StringAttribute{
				Computed: true,
				MarkdownDescription: "Random text. Creating or adopting a policy writes it into the tag `cdn-bluegreen:policy-owner` of the staging distribution, because a policy has no tags, and destroying it leaves a policy whose tag says something else: " +
					"another address has adopted it. An import takes over what the tag says. Null, and no tag written, where the staging distribution is not one of `cdn_staging_distribution`: whoever manages it would take the tag for drift.",
			},
			"steps": schema.ListAttribute{
				ElementType: types.StringType, Computed: true,
				MarkdownDescription: "What the last plan with a change intended to do, in order. What AWS turns out to have done already is skipped. Empty after an apply that failed, so that the next plan shows every step it takes.",
			},
		},
	}
}

// replaced asks for a new policy, except where state does not know what the policy
// belongs to: it was imported while it was detached.
func replaced() planmodifier.String {
	const text = "A policy belongs to one pair of distributions."
	return stringplanmodifier.RequiresReplaceIf(func(_ context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
		resp.RequiresReplace = !req.StateValue.IsNull()
	}, text, text)
}

var (
	headerTypes     = map[string]attr.Type{"name": types.StringType, "value": types.StringType}
	stickinessTypes = map[string]attr.Type{"idle_ttl": types.Int64Type, "maximum_ttl": types.Int64Type}
)

var timeouts = fwtypes.Timeouts(defaultTimeout, map[string]string{"create": "", "update": "", "delete": ""})
