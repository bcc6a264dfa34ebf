package stagingdistribution

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
)

const (
	defaultName    = "staging"
	defaultTimeout = "90m"
	defaultMinTTL  = 10
)

// Schema implements resource.Resource.
func (r *Resource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = settled()
}

// settled is the schema.
var settled = fwtypes.Settled(attributes)

func attributes() schema.Schema {
	fixed := func(what string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}, MarkdownDescription: what}
	}
	computed := func(what string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: what}
	}
	return schema.Schema{
		MarkdownDescription: "A staging distribution: a copy of a primary distribution, with the settings of the next release. Viewers reach it only through a policy " +
			"(`cdn_continuous_deployment`) that a release enables, so changing it changes nothing for them before that.",
		Attributes: map[string]schema.Attribute{
			"primary_distribution_id": schema.StringAttribute{
				Required: true, Validators: []validator.String{fwtypes.DistributionID()}, PlanModifiers: []planmodifier.String{replaced()},
				MarkdownDescription: "Id of the distribution to copy. Changing it makes a new copy.",
			},
			"name": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(defaultName), PlanModifiers: []planmodifier.String{renamed()},
				MarkdownDescription: "Tells the copies of one primary apart, also in other configurations: a copy of this primary under this name is adopted when it is there, and made what a new copy would be. Changing it makes a new copy. Default `" + defaultName + "`. " +
					"With `create_before_destroy` the name has to change whenever the copy is replaced.",
			},
			"overrides": schema.SingleNestedAttribute{
				Optional: true, Attributes: overridesAttributes(),
				MarkdownDescription: "Settings that differ from the primary's. What is left out is as the copy has it. When somebody changes one of them on the staging distribution, the next plan puts it back. An override that is removed here leaves the setting as it is; `follow` brings it back to the primary's.",
			},
			"sides": schema.MapNestedAttribute{
				Optional: true, Validators: []validator.Map{mapvalidator.SizeAtLeast(2)},
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"origins": schema.MapNestedAttribute{
						Required: true, NestedObject: schema.NestedAttributeObject{Attributes: originAttributes()}, Validators: []validator.Map{mapvalidator.SizeAtLeast(1)},
						MarkdownDescription: "Where origins are on this side, by origin id.",
					},
				}},
				MarkdownDescription: "Places that take turns, such as two prefixes of a bucket, by name. Staging gets the one that is idle, and a promotion makes that the live one. The next idle one reaches staging with a new value of `release`.",
			},
			"release": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "With `sides`: any text that names what staging is being prepared for. A new value gives staging the side that is idle then. Use the `release` of `cdn_staging_promotion`.",
			},
			"follow": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Any text. A new copy is one of the primary as it is, also where it was there before. A new value gives staging the primary's settings as they are, wherever there is no override. Use a hash of the configuration that the primary is made from: then a change made by hand, which alters no configuration, is never followed.",
			},
			"timeouts": timeouts,

			"id":          fixed("Id of the staging distribution."),
			"arn":         fixed("ARN of the staging distribution. The policy of a bucket with origin access control has to admit it beside that of the primary."),
			"domain_name": fixed("Domain name (`d….cloudfront.net`) of the staging distribution. It answers nobody; policies are made with it."),
			"fingerprint": computed("Identifies the configuration that the staging distribution has, without names and bookkeeping. It changes when somebody changes a setting, and not when CloudFront begins to write its answers differently. The part before `@` and `~` is a hash of the settings that this version of the provider knows; compare two distributions with `cdn_promotion_status`."),
			"base":        computed("Fingerprint of the primary when staging was last seen to have its settings and the overrides. Null where nobody knows, as after an import."),
			"enabled": schema.BoolAttribute{
				Computed: true, MarkdownDescription: "Whether the staging distribution is enabled. Where somebody has disabled it, the next plan enables it.",
			},
			"owner": computed("Random text. Creating or adopting a staging distribution writes it into the tag `cdn-bluegreen:owner`, and destroying it leaves a staging distribution whose tag says something else, because another address has adopted it. An import takes over what the tag says. Null if it had none."),
			"live":  computed("The side that the primary has, as of the last refresh. Null without `sides`."),
			"idle":  computed("The side that is next: where to upload the next build. Null without `sides`."),
			"side":  computed("The side that staging has. Null without `sides`."),
			"steps": schema.ListAttribute{
				ElementType: types.StringType, Computed: true,
				MarkdownDescription: "What the last plan with a change intended to do, in order. What AWS turns out to have done already is skipped. Empty after an apply that failed, so that the next plan shows every step it takes.",
			},
		},
	}
}

// replaced asks for a new copy, except where state does not know: it was imported.
func replaced() planmodifier.String {
	const text = "A copy belongs to one primary, under one name."
	return stringplanmodifier.RequiresReplaceIf(func(_ context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
		resp.RequiresReplace = !req.StateValue.IsNull()
	}, text, text)
}

// renamed is replaced, except of a copy that nobody has marked: the name of one that somebody else
// has made is nothing to CloudFront.
func renamed() planmodifier.String {
	const text = "A copy of this resource's own belongs to one primary, under one name."
	return stringplanmodifier.RequiresReplaceIf(func(ctx context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
		var owner types.String
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("owner"), &owner)...)
		resp.RequiresReplace = !req.StateValue.IsNull() && !owner.IsNull()
	}, text, text)
}

func optional(what string) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, MarkdownDescription: what}
}

func overridesAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"comment":             optional("The comment. A promotion copies it."),
		"default_root_object": optional("What `/` is answered with. Empty: nothing."),
		"origins": schema.MapNestedAttribute{
			Optional: true, NestedObject: schema.NestedAttributeObject{Attributes: originAttributes()},
			MarkdownDescription: "Where origins are, by origin id.",
		},
		"default_behavior": schema.SingleNestedAttribute{
			Optional: true, Attributes: behaviorAttributes(), MarkdownDescription: "What the default cache behaviour does.",
		},
		"behaviors": schema.MapNestedAttribute{
			Optional: true, NestedObject: schema.NestedAttributeObject{Attributes: behaviorAttributes()},
			MarkdownDescription: "What other cache behaviours do, by path pattern.",
		},
		"error_responses": schema.SetNestedAttribute{
			Optional: true, MarkdownDescription: "All custom error responses. Empty: none.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				// Text that holds numbers, for the reason that weight in cdn_continuous_deployment has.
				"error_code":            schema.StringAttribute{Required: true, MarkdownDescription: "Status that the origin answered with."},
				"response_code":         schema.StringAttribute{Optional: true, MarkdownDescription: "With `response_page_path`: status for the viewer. Default: the same."},
				"response_page_path":    optional("Path of the page for the viewer."),
				"error_caching_min_ttl": schema.StringAttribute{Optional: true, MarkdownDescription: "Seconds that an edge location keeps the error. Default 10."},
			}},
		},
	}
}

func originAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"domain_name": optional("Domain name of the origin, in lower case."),
		"origin_path": optional("Path that comes before that of every request, such as `/green`. Empty: none."),
	}
}

func behaviorAttributes() map[string]schema.Attribute {
	const none = " Empty: none."
	return map[string]schema.Attribute{
		"target_origin_id":           optional("Origin or origin group that requests go to."),
		"cache_policy_id":            optional("Cache policy. Legacy settings that CloudFront refuses beside one (`ForwardedValues`, minimum, default and maximum TTL) are taken out of the behaviour."),
		"origin_request_policy_id":   optional("Origin request policy. The behaviour has to have a cache policy." + none),
		"response_headers_policy_id": optional("Response headers policy." + none),
		"functions": schema.SetNestedAttribute{
			Optional: true, MarkdownDescription: "All CloudFront Functions." + none,
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"event_type":   schema.StringAttribute{Required: true, MarkdownDescription: "`viewer-request` or `viewer-response`."},
				"function_arn": schema.StringAttribute{Required: true, MarkdownDescription: "ARN of the function."},
			}},
		},
		"lambdas": schema.SetNestedAttribute{
			Optional: true, MarkdownDescription: "All Lambda@Edge functions." + none,
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"event_type":   schema.StringAttribute{Required: true, MarkdownDescription: "`viewer-request`, `viewer-response`, `origin-request` or `origin-response`."},
				"lambda_arn":   schema.StringAttribute{Required: true, MarkdownDescription: "ARN of a numbered version."},
				"include_body": schema.BoolAttribute{Optional: true, MarkdownDescription: "Whether the function sees the body of requests. Default `false`."},
			}},
		},
	}
}

var overridesTypes = fwtypes.TypesOf(overridesAttributes())

var timeouts = fwtypes.Timeouts(defaultTimeout, map[string]string{"create": "", "update": "", "delete": ""})
