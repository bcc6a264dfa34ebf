package stagingpromotion

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/verification"
)

// Defaults that the documentation states and the workflow uses.
const (
	defaultCanaryBake = "10m"
	defaultTraffic    = 1
)

// Weights of a canary, in percent. The highest is CloudFront's; the lowest is a
// hundredth of the one that its guide begins with, and still somebody.
const (
	highestWeight = 15
	lowestWeight  = 0.01
)

// Schema implements resource.Resource.
func (r *Resource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = settled()
}

// settled is the schema.
var settled = fwtypes.Settled(attributes)

func attributes() schema.Schema {
	return schema.Schema{
		Version: 0,
		MarkdownDescription: "Releases what a staging distribution has to its primary: sends it a share of the viewers, gathers evidence, promotes it, gathers evidence again, and goes back by itself when that speaks against it. " +
			"Change `release` and apply. Introduced into a running setup, it records how things stand and writes nothing.",
		Attributes: latched.Approving(map[string]schema.Attribute{
			"primary_distribution_id": schema.StringAttribute{
				Required: true, Validators: []validator.String{fwtypes.DistributionID()},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
				MarkdownDescription: "Id of the distribution that serves. Replacing the resource because of another id writes nothing.",
			},
			"staging_distribution_id": schema.StringAttribute{
				Required: true, Validators: []validator.String{fwtypes.DistributionID()},
				MarkdownDescription: "Id of its staging distribution, `cdn_staging_distribution` or `aws_cloudfront_distribution` with `staging = true`.",
			},
			"policy_id": schema.StringAttribute{
				Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
				MarkdownDescription: "Id of the continuous deployment policy that joins them, `cdn_continuous_deployment` or `aws_cloudfront_continuous_deployment_policy`. Whether it is enabled, and what it sends to staging, is this resource's to decide.",
			},
			"release": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "What the release is called: the one value to change. Write a hash over what feeds the staging distribution, such as `sha256(jsonencode(local.next))`, and one apply changes staging and releases it. " +
					"The `etag` of an `aws_cloudfront_distribution` does not work: its plan shows the old one. A release that failed leaves the old value in state.",
			},
			"staging_fingerprint": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "The `fingerprint` of the `cdn_staging_distribution`: what the plan was made for. A release that finds staging with another one stops before its first write. " +
					"With it, a resource that is new knows when the primary does not have `release` yet, and the plan after that shows its release. Without it, a release is of what staging has when its run first looks.",
			},
			"canary": schema.SingleNestedAttribute{
				Optional:            true,
				MarkdownDescription: "What staging is sent before the promotion. Without it, a release is promoted at once, whatever `advance` says.",
				Attributes:          canaryAttributes(),
			},
			"verify": schema.SingleNestedAttribute{
				Optional:            true,
				MarkdownDescription: "The evidence needed before and after the promotion.",
				Attributes:          verifyAttributes(),
			},
			"names": schema.SetAttribute{
				ElementType: types.StringType, Optional: true,
				MarkdownDescription: "Domain names that a probe's `path` is asked of. Default: the aliases of the primary, or its own domain name if it has none.",
			},
			"bake_time":  fwtypes.Duration(latched.Bake, "How long `verify.after` must hold before the release counts as settled. Without `verify.after` there is nothing to watch, and nothing is waited for."),
			"invalidate": latched.Invalidate("the primary drop once a release is proven, and again after a rollback. It comes last, and a release is never undone"),
			"advance": latched.Advance("`until_done` (default): one apply takes every step of the canary and promotes. `per_apply`: an apply takes at most one step, and the one after the last promotes, " +
				"each not before `canary.bake_time` has passed since the last; until then a plan changes nothing and says so. For canaries over hours, by scheduled runs with short-lived credentials."),
			"on_failure": latched.OnFailure("a gate fails: `roll_back` (default) disables the policy before the promotion, and after it sends the configuration of before; `hold` leaves viewers where they are."),
			"on_drift": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(string(promotion.Report)),
				Validators: []validator.String{fwtypes.OneOf(string(promotion.Report), string(promotion.Restore), string(promotion.Accept))},
				MarkdownDescription: "What to do when the primary has a configuration that no release on record gave it, or viewers are at staging for none: `report` (default) shows it, releases nothing on top of it, and stops with an error where nobody has proven what may be a release; " +
					"`restore` sends back what was settled and disables the policy; `accept` writes nothing and takes it for settled, once `verify.after` has passed if there is one. Either is about what the plan saw, and nothing that came after it. " +
					"A staging distribution that differs is a pending release, and no drift.",
			},
			"retry": latched.Retry("release"),
			"pending_window": schema.StringAttribute{
				CustomType: timetypes.GoDurationType{}, Optional: true, Validators: []validator.String{fwtypes.NotNegative()},
				MarkdownDescription: "How long staging may differ from the primary before plans warn that a release is waiting. Go duration; default: for ever.",
			},
			"snapshot_bucket": schema.StringAttribute{
				Optional: true, Validators: []validator.String{stringvalidator.LengthBetween(3, 63)},
				MarkdownDescription: "Name of an S3 bucket, in the provider's region, that keeps the way back and the release being tried, under `cdn-staging-promotion/` and the primary's id. It is written before a release begins, and marked before it is taken back: " +
					"so also a run that was killed on its way back is remembered, and its release not tried again. The object holds what `way_back` holds; encrypt the bucket.",
			},
			"timeouts": timeouts,

			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Id of the primary distribution.",
			},
			"phase": schema.StringAttribute{
				Computed: true,
				MarkdownDescription: "`settled`, whether or not another release is pending. `canary`: a run ended before its promotion, and staging may have viewers. `promoted`: the primary has a release that is not proven. " +
					"`going_back`: a run ended on its way back. `rolled_back`: the last release failed and was undone. `stale`: settled or undone, but `invalidate` was not carried out. " +
					"`unproven`: the primary has what staging has or had, by a run that was killed or by other hands. `stray`: viewers are at staging by either of them. `drifted`: the primary has what nobody released.",
			},
			"settled_release": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "The release that the primary was last settled with; empty if nobody knows what it is called. With `advance = \"per_apply\"`, `release` is the next one already while its canary goes on.",
			},
			"settled_fingerprint": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Fingerprint of the configuration that was settled last: of what a release can change, so not of certificate, aliases, price class and the like. It stays what it is when CloudFront begins to write its answers differently.",
			},
			"settled_grounds": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Why that counts as settled. `proven`: a gate that was asked has passed. `unasked`: it was released, and no gate was asked for. `accepted`: `on_drift` says so. `declared`: it was there when the resource was created or imported, and nobody has released or proven it.",
			},
			"settled_route": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "What staging was sent when that was declared or accepted, such as `15 % of the viewers`. Null: nothing, as after a release.",
			},
			"previous": schema.SingleNestedAttribute{
				Computed:            true,
				MarkdownDescription: "What was settled before. Its name is not given to the configuration that replaced it.",
				Attributes:          namedAttributes(),
			},
			"primary_fingerprint": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Fingerprint of what the primary has, as of the last refresh.",
			},
			"way_back": schema.StringAttribute{
				Computed: true, Sensitive: true,
				MarkdownDescription: "The configuration that was settled last, as CloudFront wrote it: what a rollback sends. It holds what the configuration holds, custom header values included, in state, in saved plans, and in the JSON of both: keep all of them as you keep secrets.",
			},
			"steps": latched.Steps(),
			"attempt": schema.SingleNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The release that is under way: a run ended in the middle of it, or left the next step to another run. Null otherwise.",
				Attributes:          attemptAttributes(),
			},
			"last_cutover": latched.LastCutover("run", "`finished`, `stepped`, `rolled_back`, `held` or `interrupted`.", map[string]schema.Attribute{
				"release": schema.StringAttribute{Computed: true, MarkdownDescription: "The release it was about."},
			}),
			"failed": schema.SingleNestedAttribute{
				Computed: true,
				MarkdownDescription: "The release that was rolled back: as long as configuration asks for it, plans change nothing and warn. " +
					"It is tried again when `release`, the staging distribution's configuration or `retry` changes.",
				Attributes: failedAttributes(),
			},
			"unseen": configured.UnseenAttribute("`phase` and `primary_fingerprint`"),
		}, "the promotion"),
	}
}

func canaryAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"weights": schema.ListAttribute{
			ElementType: types.Float64Type, Optional: true,
			Validators: []validator.List{listvalidator.SizeAtLeast(1)},
			MarkdownDescription: "Percent of the viewers that staging gets, in steps: each is baked for `bake_time` before the next. CloudFront allows up to 15. Exactly one of `weights` and `header`. " +
				"CloudFront may send everybody to the primary while it is busy, whatever the weight.",
		},
		"header": schema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "Only requests with this header go to staging: those of your tests, and the probes of `verify.before`, which carry it by themselves.",
			Attributes: map[string]schema.Attribute{
				"name":  schema.StringAttribute{Required: true, MarkdownDescription: "Name of the header; it begins with `aws-cf-cd-`."},
				"value": schema.StringAttribute{Required: true, Validators: []validator.String{stringvalidator.LengthBetween(1, 1783)}, MarkdownDescription: "Its value."},
			},
		},
		"bake_time": fwtypes.Duration(defaultCanaryBake, "How long each step must hold; with `advance = \"per_apply\"`, the least time from one step to the next."),
		"require_traffic": schema.Int64Attribute{
			Optional: true, Validators: []validator.Int64{int64validator.AtLeast(0)},
			MarkdownDescription: "Requests of viewers that staging must have got during each bake, by CloudWatch's count and without our own. Fewer are no evidence: the release holds where it is. " +
				"Default `1`; `0` promotes without. Not with `header`.",
		},
	}
}

func verifyAttributes() map[string]schema.Attribute {
	before := verification.Attribute(verification.Kind{Distributions: true, UnderTraffic: true, What: "Asked about the staging distribution during each bake of the canary. " +
		"With `weights`, chance decides where a request goes, so `probes` need `header`; `alarms`, `metrics` and `comparison` with the primary speak about viewers."})
	delete(before.Attributes, "minimum_requests") // canary.require_traffic is it
	return map[string]schema.Attribute{
		"before": before,
		"after": verification.Attribute(verification.Kind{Distributions: true, UnderTraffic: true, What: "Asked about the primary once it has the release everywhere, for `bake_time`. " +
			"`path` is asked of `names`; `comparison` is with the primary before the promotion."}),
	}
}

func namedAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"release":     schema.StringAttribute{Computed: true, MarkdownDescription: "What it was called."},
		"fingerprint": schema.StringAttribute{Computed: true, MarkdownDescription: "Fingerprint of the staging distribution's configuration at that time."},
	}
}

func attemptAttributes() map[string]schema.Attribute {
	out := namedAttributes()
	out["route"] = schema.StringAttribute{Computed: true, MarkdownDescription: "What staging is sent, such as `5 % of the viewers`; null before the first step, and after the last."}
	out["stepped_at"] = schema.StringAttribute{
		CustomType: timetypes.RFC3339Type{}, Computed: true,
		MarkdownDescription: "Since when every edge location sends it that; null if a run ended before. `advance = \"per_apply\"` counts `canary.bake_time` from it.",
	}
	out["settled_until"] = schema.StringAttribute{
		CustomType: timetypes.RFC3339Type{}, Computed: true,
		MarkdownDescription: "Until when the primary is known to have had what was settled: `comparison` in `verify.after` is with the minutes before it. Null if nobody knows, as after a run that was killed without a `snapshot_bucket`.",
	}
	out["canary_grounds"] = schema.StringAttribute{
		Computed:            true,
		MarkdownDescription: "Why its canary counts as passed, once that was promoted: `proven` by `verify.before` or `require_traffic`, or `unasked` where there was only a bake. Null before the promotion, and where nobody has it on record.",
	}
	return out
}

func failedAttributes() map[string]schema.Attribute {
	out := namedAttributes()
	out["reason"] = schema.StringAttribute{Computed: true, MarkdownDescription: "What was seen."}
	return out
}

var timeouts = fwtypes.Timeouts(latched.Timeout, map[string]string{
	"create":    "For recording how things stand.",
	"update":    "For a release, without the way back.",
	"delete":    "Not used: destroying writes nothing.",
	"roll_back": "For the way back, counted from its start.",
})
