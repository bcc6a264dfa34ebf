package behaviorswitch

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/verification"
)

// Schema implements resource.Resource.
func (r *Resource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = settled()
}

// settled is the schema.
var settled = fwtypes.Settled(attributes)

func attributes() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Decides which of its sides some cache behaviours of one CloudFront distribution use: another origin, another prefix, another version of a Lambda@Edge function, another policy. " +
			"Change `live`, or the definition of the live side, and apply: all fields change in one write, edge locations forget what they hold, and the new side is proven healthy, or everything goes back.",
		Attributes: latched.Approving(map[string]schema.Attribute{
			"distribution_id": schema.StringAttribute{
				Required: true, Validators: []validator.String{fwtypes.DistributionID()},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
				MarkdownDescription: "Id of the CloudFront distribution. For another one the switch is made anew, and what the first uses stays as it is.",
			},
			"behaviors": schema.SetAttribute{
				ElementType: types.StringType, Required: true,
				MarkdownDescription: "Path patterns of the cache behaviours that are switched together, such as `/api/*`; `default` is the default cache behaviour. A leading slash makes no difference: the pattern `default` of a cache behaviour is written `/default`.",
			},
			"sides": schema.MapNestedAttribute{
				Required: true,
				MarkdownDescription: "The alternatives, usually `blue` and `green`, by name. Each says what the behaviours have while it is live, and all name the same fields. The switch owns those fields and no others: " +
					"put them into `ignore_changes` of the `aws_cloudfront_distribution`.",
				NestedObject: schema.NestedAttributeObject{Attributes: sideAttributes()},
			},
			"live": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "The side that serves: the one value to change. Another definition of the live side is a cutover too. After a cutover that was rolled back, state shows the side that serves; " +
					"nothing is written again until the definition asked for or `retry` changes.",
			},
			"verify": schema.SingleNestedAttribute{
				Optional:            true,
				MarkdownDescription: "The evidence needed before and after the change. Without it a cutover is finished as soon as it has propagated.",
				Attributes:          verifySchema(),
			},
			"bake_time":  fwtypes.Duration(latched.Bake, "How long `verify.after` must hold before the cutover counts as finished. Without `verify.after` there is nothing to watch, and nothing is waited for."),
			"invalidate": latched.Invalidate("the distribution drop once every one of them has the new side, and before `verify.after`. Without it they go on serving what the side before has given them, because the origin is not part of the cache key. A cutover is never undone"),
			"wait_for_invalidation": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Wait until every edge location has carried out `invalidate` before `warm` and `verify.after`. Default `true`.",
			},
			"warm": schema.ListAttribute{
				ElementType: types.StringType, Optional: true,
				Validators:          []validator.List{listvalidator.SizeAtLeast(1), listvalidator.UniqueValues(), listvalidator.ValueStringsAre(fwtypes.Path())},
				MarkdownDescription: "Paths to ask for after the change and before `verify.after`, so that edge locations hold them when viewers come. They are asked for from one host, so that is one location.",
			},
			"on_failure": latched.OnFailure("`verify.after` fails: `roll_back` (default) to what the behaviours had before, or `hold` traffic where it is."),
			"retry":      latched.Retry("cutover"),
			"timeouts":   timeouts,

			"id": schema.StringAttribute{Computed: true, MarkdownDescription: "The distribution and the behaviours of this switch."},
			"current_values": schema.MapAttribute{
				ElementType: types.StringType, Computed: true,
				MarkdownDescription: "What each field of the switch is set to, as of the last refresh, such as `\"origin_id of /api/*\" = \"green\"`. Empty where it is set to nothing.",
			},
			"behavior_order": schema.ListAttribute{
				ElementType: types.StringType, Computed: true,
				MarkdownDescription: "The cache behaviours of the distribution in their order, without the default one, as the last run left or a refresh found them. The first that matches a path answers, so a behaviour that changes places is drift.",
			},
			"phase": schema.StringAttribute{
				Computed: true,
				MarkdownDescription: "`settled`: the behaviours are as the live side says, and the evidence is in place. `trailing`: they are, and some edge location may not know that. " +
					"`unproven`: they are everywhere, but no gate has passed since, or `invalidate` was not carried out. `displaced`: a behaviour is missing, or the fields are not all of one side. `rolled_back`: the last cutover failed and was undone.",
			},
			"steps": latched.Steps(),
			"settled_live": schema.StringAttribute{
				Computed: true, MarkdownDescription: "The side that was last in order: settled, or returned to.",
			},
			"settled_values": schema.MapAttribute{
				ElementType: types.StringType, Computed: true,
				MarkdownDescription: "What each field was set to then, in the form of `current_values`. A cutover that fails goes back to it.",
			},
			"last_cutover": latched.LastCutover("cutover", "`finished`, `rolled_back`, `held` or `interrupted`.", map[string]schema.Attribute{
				"from": schema.StringAttribute{Computed: true, MarkdownDescription: "The side that was live before; null if none was."},
				"to":   schema.StringAttribute{Computed: true, MarkdownDescription: "The side that was to become live."},
			}),
			"failed": latched.FailureAttribute("definition: then a plan writes nothing and warns.", "its definition"),
			"unseen": configured.UnseenAttribute("`live`, `current_values` and `phase`"),
		}, "the write that gives everybody the other side; both are the same place"),
	}
}

func verifySchema() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"before": verification.Attribute(verification.Kind{What: "Asked before anything changes: the idle origin itself by its `url`, or by a `path` for which the distribution has a behaviour of its own that uses it. " +
			"A path of a behaviour that is switched would be answered by the live side."}),
		"after": verification.Attribute(verification.Kind{Distributions: true, UnderTraffic: true, What: "Asked once the change is everywhere and edge locations have forgotten what they held, for `bake_time`. " +
			"`path` asks the distribution's alternate domain names, or its own where it has none. Where edge locations may still hold answers of the side before, only a `marker` proves which side answered."}),
	}
}

func sideAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"origin_id": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.LengthBetween(1, 128)},
			MarkdownDescription: "Id of the origin, or origin group, that the behaviours get their answers from.",
		},
		"origins": schema.MapNestedAttribute{
			Optional:            true,
			MarkdownDescription: "Where origins are, by id: for prefixes of one bucket. Every behaviour that uses such an origin has to be in `behaviors`. Two origins and `origin_id` are the better choice where both can be: the side before stays in sight.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"path":        schema.StringAttribute{Optional: true, MarkdownDescription: "What comes before the path of every request, such as `/v2`; empty for nothing."},
				"domain_name": schema.StringAttribute{Optional: true, MarkdownDescription: "Domain name of the origin."},
			}},
		},
		"lambda_functions": schema.MapNestedAttribute{
			Optional:            true,
			MarkdownDescription: "Versions of Lambda@Edge functions by event: `viewer-request`, `origin-request`, `origin-response` or `viewer-response`. An event that only another side names has none.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"arn":          schema.StringAttribute{Required: true, MarkdownDescription: "ARN of a numbered version in us-east-1, such as `aws_lambda_function.this.qualified_arn`."},
				"include_body": schema.BoolAttribute{Optional: true, MarkdownDescription: "Whether the function sees the body of requests."},
			}},
		},
		"functions": schema.MapAttribute{
			ElementType: types.StringType, Optional: true,
			MarkdownDescription: "ARNs of CloudFront Functions by event: `viewer-request` or `viewer-response`. An event that only another side names has none.",
		},
		"cache_policy_id":            schema.StringAttribute{Optional: true, MarkdownDescription: "Id of the cache policy."},
		"origin_request_policy_id":   schema.StringAttribute{Optional: true, MarkdownDescription: "Id of the origin request policy; empty for none."},
		"response_headers_policy_id": schema.StringAttribute{Optional: true, MarkdownDescription: "Id of the response headers policy; empty for none."},
		"default_root_object":        schema.StringAttribute{Optional: true, MarkdownDescription: "The distribution's default root object, such as `index.html`; empty for none. Only with the default behaviour."},
		"marker":                     verification.MarkerAttribute(),
	}
}

var timeouts = fwtypes.Timeouts(latched.Timeout, map[string]string{
	"create":    "For the first cutover.",
	"update":    "For every later cutover, without the way back.",
	"roll_back": "For the way back, counted from its start.",
})
