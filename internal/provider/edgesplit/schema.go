package edgesplit

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/verification"
)

// Defaults that the documentation states and the resource uses.
const (
	// propagation is how long a table is given to arrive: no API says when it has. Measured at one
	// location, a changed value came after 26 s.
	propagation = "1m"
	// cookieAge is how long a viewer stays known, in seconds: 30 days.
	cookieAge   = 30 * 24 * 60 * 60
	defaultSalt = "1"
)

// Schema implements resource.Resource.
func (r *Resource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = settled()
}

// settled is the schema.
var settled = fwtypes.Settled(attributes)

func attributes() schema.Schema {
	all := configurable()
	maps.Copy(all, computed())
	return schema.Schema{
		MarkdownDescription: "Splits the viewers of cache behaviours of one CloudFront distribution between two sides or more: by any percentage, sticky by a cookie, changed in seconds. It makes a key value store with the weights and two CloudFront Functions that go by it. " +
			"Change `weight` and apply: viewers move forward step by step, on evidence, or the same ones move back.",
		Attributes: latched.Approving(all, "the table that is asked for"),
	}
}

func configurable() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"name": schema.StringAttribute{
			Required: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			MarkdownDescription: "What the key value store is called, and how the names of the functions begin: letters, digits, `-` and `_`, 42 of them at most. One account has one of each name.",
		},
		"sides": schema.MapNestedAttribute{
			Required: true, Validators: []validator.Map{mapvalidator.SizeAtLeast(2)},
			MarkdownDescription: "What viewers are split between, by name: two sides or more, all of them by `origin_id` or all by `uri_prefix`. Among prefixes the safe side may have neither, which is what the behaviours serve by themselves. The name goes into a cookie and into a header.",
			NestedObject:        schema.NestedAttributeObject{Attributes: sideAttributes()},
		},
		"safe": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "The side that the behaviours serve without the split. Whoever cannot be assigned gets it: new viewers while the table has not arrived at a location, and everybody under `kill_switch`. It has what the other sides leave.",
		},
		"weight": schema.Int64Attribute{
			Optional: true, Validators: []validator.Int64{int64validator.Between(0, 100)},
			MarkdownDescription: "Percent of the viewers that the other one of two sides has, 0 to 100: the one value to change. A create leaves everybody on the safe side; the next plan shows the way to this. " +
				"After a change that failed, state shows the weight from before, which its way back leads to, and `current_weights` those there are.",
		},
		"shares": schema.MapAttribute{
			ElementType: types.Int64Type, Optional: true,
			Validators:          []validator.Map{mapvalidator.ValueInt64sAre(int64validator.Between(0, 100))},
			MarkdownDescription: "In place of `weight`, where there are more than two sides: percent of the viewers by side, without the safe one, which has the rest.",
		},
		"weights": schema.ListAttribute{
			ElementType: types.Int64Type, Optional: true,
			MarkdownDescription: "Percent that a side has at each step on the way up, rising. `provider::cdn::ramp_weights` makes them. Omitted: one step. The way down is always one step.",
		},
		"bake_time":        fwtypes.Duration(latched.Bake, "How long each step stands before the next, and how long `verify` must hold at it. It counts from `propagation_wait` after the table was written."),
		"propagation_wait": fwtypes.Duration(propagation, "How long a table is given to arrive at every edge location. Nothing tells when it has."),
		"verify": verification.Attribute(verification.Kind{UnderTraffic: true, What: "Asked at every step up. Probes of `path` ask the names of the distribution for the side with the new viewers, by `override`; " +
			"metrics of a distribution mix the sides, so ask for metrics and alarms of the sides themselves. On the way down nothing is asked."}),
		"advance": latched.Advance("`until_done` (default): one apply takes every step. `per_apply`: an apply takes at most one, and not before `bake_time` has passed since the last; " +
			"until then a plan changes nothing and says so."),
		"on_failure": latched.OnFailure("`verify` fails: `roll_back` (default) to the weights, and the functions, from before, or `hold` where it is."),
		"retry":      latched.Retry("change"),
		"attach": schema.SingleNestedAttribute{
			Optional: true,
			MarkdownDescription: "The cache behaviours that the split associates its functions with. Put `function_association` of them into `ignore_changes` of the `aws_cloudfront_distribution`. " +
				"Omitted: associate `function_arns` yourself.",
			Attributes: map[string]schema.Attribute{
				"distribution_id": schema.StringAttribute{Required: true, Validators: []validator.String{fwtypes.DistributionID()}, MarkdownDescription: "Id of the CloudFront distribution."},
				"behaviors": schema.SetAttribute{
					ElementType: types.StringType, Required: true, Validators: []validator.Set{setvalidator.SizeAtLeast(1)},
					MarkdownDescription: "Path patterns of its cache behaviours, such as `/api/*`; `default` is the default cache behaviour.",
				},
			},
		},
		"cookie": cookieAttribute(),
		"salt": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(defaultSalt),
			MarkdownDescription: "Any text. With another one, viewers who are assigned from then on, and everybody at the next change of weights, are assigned anew. Default `1`.",
		},
		"variant_header": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(edgefunction.DefaultVariantHeader),
			MarkdownDescription: "The request header in which the side stands, on every request. Sides by `origin_id` need it in the cache policy of each behaviour. Default `" + edgefunction.DefaultVariantHeader + "`.",
		},
		"without_cookie": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(string(edgefunction.AssignNow)),
			Validators: []validator.String{fwtypes.OneOf(string(edgefunction.AssignNow), string(edgefunction.Safe))},
			MarkdownDescription: "What a viewer without the cookie gets. `assign` (default): a side by weight; who never sends a cookie gets one anew each time. `safe`: the safe side, and a side by weight from the second request on, " +
				"so bots and most programs stay on the safe side. A first page then may be of one side and its assets of another.",
		},
		"override": schema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "How testers choose a side, whatever the weights are: by a request header or a cookie with the value `side.secret`. The functions take it off before the origin. The store has the SHA-256 of the secret, for whoever may read it. It is no access control.",
			Attributes: map[string]schema.Attribute{
				"header": schema.StringAttribute{Optional: true, MarkdownDescription: "Name of the request header, in lower case. Exactly one of `header` and `cookie`."},
				"cookie": schema.StringAttribute{Optional: true, MarkdownDescription: "Name of the cookie."},
				"secret": schema.StringAttribute{Optional: true, Sensitive: true, MarkdownDescription: "The secret. State holds it. Exactly one of `secret` and `secret_wo`."},
				"secret_wo": schema.StringAttribute{ // no plan and no state has it, so there is nothing to hide; see TestNoResourceHasTwoSensitiveAttributes
					Optional: true, WriteOnly: true,
					MarkdownDescription: "The secret, write-only (Terraform 1.11+, OpenTofu 1.11+): state does not hold it. A new one takes a new `secret_wo_version`.",
				},
				"secret_wo_version": schema.Int64Attribute{Optional: true, MarkdownDescription: "Any number. Another one writes `secret_wo` again."},
			},
		},
		"kill_switch": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Everybody to the safe side, at once: one write, no step and no gate, whatever `weight` says. Testers keep their side. Default `false`.",
		},
		"on_destroy": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(string(cutover.DeleteUnserved)),
			Validators: []validator.String{fwtypes.OneOf(string(cutover.DeleteUnserved), string(cutover.DeleteLive))},
			MarkdownDescription: "What a destroy does. `delete` (default): it takes the functions away from the behaviours only where nobody notices, because every viewer has what the behaviour serves without them; then it deletes the functions and the store. " +
				"`delete_live`: also where viewers get another side by it.",
		},
		"timeouts": timeouts,
	}
}

func sideAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"origin_id": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.LengthBetween(1, 128)},
			MarkdownDescription: "Id of an origin of the distribution, which is selected with all its settings. It may be a VPC origin; not an origin group, and not one with a client certificate: CloudFront selects neither.",
		},
		"uri_prefix": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "What goes in front of the path, such as `/green`. Error pages keep their paths, and redirects of the origin lose the prefix. An invalidation has to name the paths of both sides.",
		},
		"index_document": schema.StringAttribute{Optional: true, MarkdownDescription: "What `/` asks for under `uri_prefix`, such as `index.html`: a default root object does not apply any more."},
		"marker":         verification.MarkerAttribute(),
	}
}

func cookieAttribute() schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		Optional: true, MarkdownDescription: "The cookie by which a viewer stays on a side. It holds an id, the side, and how new the weights were that it was decided by.",
		Attributes: map[string]schema.Attribute{
			"name":    schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(usual.Name), MarkdownDescription: "Default `cdn-split`."},
			"max_age": schema.Int64Attribute{Optional: true, Computed: true, Default: int64default.StaticInt64(cookieAge), MarkdownDescription: "How long browsers keep it, in seconds. Default `2592000`, 30 days."},
			"domain":  schema.StringAttribute{Optional: true, MarkdownDescription: "The domain that it is sent to. Omitted: the host that was asked."},
			"path":    schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(usual.Path), MarkdownDescription: "The paths that it is sent for. Default `/`."},
			"same_site": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(string(usual.SameSite)),
				Validators:          []validator.String{fwtypes.OneOf(string(edgefunction.Lax), string(edgefunction.Strict), string(edgefunction.None))},
				MarkdownDescription: "`Lax` (default), `Strict` or `None`.",
			},
			"secure":    schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(true), MarkdownDescription: "Whether it is sent over HTTPS only. Default `true`."},
			"http_only": schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(true), MarkdownDescription: "Whether scripts of the page cannot read it. Default `true`."},
		},
	}
}

func computed() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": schema.StringAttribute{Computed: true, MarkdownDescription: "The name of the split."},
		"current_weights": schema.MapAttribute{
			ElementType: types.Int64Type, Computed: true,
			MarkdownDescription: "Percent of the viewers by side, as the store says as of the last refresh. Empty where it has no table: whoever has been assigned stays, everybody else is on the safe side.",
		},
		"generation": schema.Int64Attribute{Computed: true, MarkdownDescription: "The generation of the table, which every write raises: by it a location tells an older table from a newer one."},
		"function_arns": schema.MapAttribute{
			ElementType: types.StringType, Computed: true,
			MarkdownDescription: "The functions, by event: `viewer-request` and `viewer-response`; with `attach`, those that the behaviours run. Other code is another function. Weights never change it.",
		},
		"key_value_store_arn": schema.StringAttribute{Computed: true, MarkdownDescription: "ARN of the key value store."},
		"phase": schema.StringAttribute{
			Computed: true,
			MarkdownDescription: "`pending`: everything is made, and everybody is on the safe side until the next apply. `settled`: the weights are as asked for, and the gate has passed. `ramping`: they are at a step of the way. " +
				"`unproven`: they are as asked for, but no gate has passed since, or behaviours still run the functions from before. `displaced`: the table, a function or an association is missing or not as asked for. `rolled_back`: the last change failed and was undone. `killed`: everybody is on the safe side.",
		},
		"steps": latched.Steps(),
		"stepped_at": schema.StringAttribute{
			CustomType: timetypes.RFC3339Type{}, Computed: true,
			MarkdownDescription: "When the last step had the time to arrive. `advance = \"per_apply\"` counts `bake_time` from it.",
		},
		"settled_weights": schema.MapAttribute{
			ElementType: types.Int64Type, Computed: true, MarkdownDescription: "The weights that were last in order: settled, or rolled back to. A change that fails goes back to them.",
		},
		"settled_functions": schema.MapAttribute{
			ElementType: types.StringType, Computed: true, MarkdownDescription: "The functions that were in force then.",
		},
		"last_cutover": latched.LastCutover("change", "`finished`, `stepped`, `rolled_back`, `held` or `interrupted`.", map[string]schema.Attribute{
			"from": schema.MapAttribute{ElementType: types.Int64Type, Computed: true, MarkdownDescription: "The weights from before; null if nobody knows."},
			"to":   schema.MapAttribute{ElementType: types.Int64Type, Computed: true, MarkdownDescription: "The weights asked for."},
		}),
		"failed": latched.FailureAttribute("of the same functions: then a plan moves nobody and warns. Cleared when `weight` or `shares`, what the functions do, or `retry` changes.", "the functions"),
		"unseen": configured.UnseenAttribute("`weight`, `shares`, `current_weights`, `function_arns` and `phase`"),
	}
}

var timeouts = fwtypes.Timeouts(latched.Timeout, map[string]string{
	"create":    "For making everything.",
	"update":    "For every later change, all its steps and waits together, without the way back.",
	"delete":    "For taking everything away.",
	"roll_back": "For the way back, counted from its start.",
})
