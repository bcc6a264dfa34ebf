package weightedramp

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/verification"
)

// defaultTTL is that of records, in seconds.
const defaultTTL = 60

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
		MarkdownDescription: "Decides how much of the traffic of one name or many Route 53 sends to one of two endpoints, and goes there step by step, on evidence. Change `weight` and apply: " +
			"simple records become weighted sets, the weights of all names move together, and at 0 or 100 percent the records become simple again. No name is without an answer at any moment.",
		Attributes: latched.Approving(all, "the step up to `weight`"),
	}
}

func configurable() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"zone_id": schema.StringAttribute{
			Required: true, Validators: []validator.String{fwtypes.ZoneID()},
			MarkdownDescription: "Id of the Route 53 hosted zone.",
		},
		"account": configured.AccountAttribute("the zone is"),
		"names": schema.SetAttribute{
			ElementType: types.StringType, Required: true,
			Validators: []validator.Set{setvalidator.ValueStringsAre(recordName{})},
			MarkdownDescription: "The names whose weights move together, in lower case. All of them change in one atomic batch as long as that holds them: Route 53 takes 1,000 values in one, " +
				"and a step takes four of each name and type. More are changed in several batches, one right after the other, and no name is divided.",
		},
		"types": schema.SetAttribute{
			ElementType: types.StringType, Required: true,
			Validators:          []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(fwtypes.OneOf("A", "AAAA", "CNAME", "HTTPS"))},
			MarkdownDescription: "The record types that every name has: `A`, `AAAA` and `HTTPS`, or `CNAME` alone.",
		},
		"sides": schema.MapNestedAttribute{
			Required: true,
			MarkdownDescription: "The two endpoints, by name. Not two CloudFront distributions: CloudFront goes by the Host header, so weights between them divide nothing. " +
				"CloudFront beside an S3 website or another CDN, or origins behind one distribution.",
			NestedObject: schema.NestedAttributeObject{Attributes: sideAttributes()},
		},
		"target": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "The side that `weight` is about: the new one.",
		},
		"weight": schema.Int64Attribute{
			Required: true,
			MarkdownDescription: "Percent of the answers that name the target, 0 to 100: the one value to change. " +
				"After a ramp that failed, state shows the weight from before, which its way back leads to, and `current_weight` the one there is; nothing else moves until `weight`, the target's endpoint or `retry` changes.",
		},
		"weights": schema.ListAttribute{
			ElementType: types.Int64Type, Optional: true,
			MarkdownDescription: "Percent of the answers that name the target at each step on the way up to `weight`, rising. `provider::cdn::ramp_weights` makes them. Omitted: one step. The way down is always one step.",
		},
		"bake_time": fwtypes.Duration(latched.Bake, "How long each step stands before the next, and how long `verify` must hold at it. It counts once every name server has the step and resolvers have forgotten the records of before."),
		"verify": verification.Attribute(verification.Kind{UnderTraffic: true, What: "Asked at every step up. Probes of `path` ask for every name and connect to the target's endpoint, " +
			"whichever side a resolver would choose; with `connect_to` they connect there. On the way down nothing is asked."}),
		"advance": latched.Advance("`until_done` (default): one apply takes every step. `per_apply`: an apply takes at most one, and not before `bake_time` has passed since the last; " +
			"until then a plan changes nothing and says so. For ramps over hours, by scheduled runs with short-lived credentials."),
		"on_failure": latched.OnFailure("`verify` fails: `roll_back` (default) to the weight from before the ramp, unless the probes of `path` show the other side to be failing too, or " +
			"`hold` where it is."),
		"retry": latched.Retry("ramp"),
		"collapse": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(true),
			MarkdownDescription: "Make the records simple again once a side has everything. Default `true`. Without it they stay weighted, 0 and 100; Route 53 answers with a weight of 0 when the other side's health check fails.",
		},
		"on_destroy": configured.OnDestroyAttribute("ramp", "; names that lead elsewhere than to a CloudFront distribution count as served"),
		"timeouts":   timeouts,
	}
}

func computed() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": schema.StringAttribute{Computed: true, MarkdownDescription: "The import id of this ramp: its zone, names, types and sides, the target last."},
		"current_weight": schema.Float64Attribute{
			Computed: true, MarkdownDescription: "Percent that every name gives the target, as of the last refresh; null where the names disagree, or a record is neither side's.",
		},
		"current_weights": schema.MapAttribute{
			ElementType: types.Float64Type, Computed: true,
			MarkdownDescription: "Percent that each name gives the target, as of the last refresh. A name is missing where its records are neither side's.",
		},
		"routing": schema.StringAttribute{Computed: true, MarkdownDescription: "`simple`, `weighted`, `mixed` or `none`: the kind of the records, as of the last refresh."},
		"phase": schema.StringAttribute{
			Computed: true,
			MarkdownDescription: "`settled`: every name has `weight`, and the gate has passed. `ramping`: every name is at a step of the way. `unproven`: every name has `weight`, but no gate has passed since, or records are yet to be made simple. " +
				"`displaced`: names disagree, or a record is missing or not as asked for. `rolled_back`: the last ramp failed and was undone.",
		},
		"steps": latched.Steps(),
		"stepped_at": schema.StringAttribute{
			CustomType: timetypes.RFC3339Type{}, Computed: true,
			MarkdownDescription: "When the last step was complete: every name had its share, and every name server. `advance = \"per_apply\"` counts `bake_time` from it. It is about `current_weight`, so it is null once AWS shows another share than the last run left, and where no run could say when. " +
				"A share whose time is on no record, because its run was killed, its answer was lost or somebody set it by hand, counts as taken when the next apply finds it: it stands and is verified from then.",
		},
		"settled_weight": schema.Int64Attribute{
			Computed: true, MarkdownDescription: "The weight at which the ramp was last in order: settled, or rolled back. A ramp that fails goes back to it.",
		},
		"last_cutover": latched.LastCutover("ramp", "`finished`, `stepped`, `rolled_back`, `held` or `interrupted`.", map[string]schema.Attribute{
			"from": schema.Int64Attribute{Computed: true, MarkdownDescription: "The weight from before the ramp; null if there was none."},
			"to":   schema.Int64Attribute{Computed: true, MarkdownDescription: "The weight asked for."},
		}),
		"failed": schema.SingleNestedAttribute{
			Computed: true,
			MarkdownDescription: "The ramp that was rolled back, as long as configuration still asks for that weight: then a plan moves nothing and warns. " +
				"Cleared when `weight`, the target's endpoint or `retry` changes.",
			Attributes: map[string]schema.Attribute{
				"weight":      schema.Int64Attribute{Computed: true, MarkdownDescription: "The weight that was asked for."},
				"fingerprint": schema.StringAttribute{Computed: true, MarkdownDescription: "The target's endpoint at that time."},
				"reason":      schema.StringAttribute{Computed: true, MarkdownDescription: "What was seen."},
			},
		},
		"unseen": configured.UnseenAttribute("`weight`, `current_weight`, `current_weights`, `routing` and `phase`"),
	}
}

func sideAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"alias": schema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "Target of alias records. Exactly one of `alias` and `values`.",
			Attributes:          aliasAttributes(),
		},
		"values": schema.MapAttribute{
			ElementType: types.ListType{ElemType: types.StringType}, Optional: true,
			MarkdownDescription: "Values of the records, by type: `{ CNAME = [\"site.other-cdn.example\"] }`.",
		},
		"ttl": schema.Int64Attribute{
			Optional: true, Validators: []validator.Int64{int64validator.Between(0, 172800)},
			MarkdownDescription: "Seconds that resolvers may keep `values`. Default `60`. All records of a weighted set have one TTL, so both sides have the same.",
		},
		"health_check_id": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			MarkdownDescription: "Route 53 health check of this side's weighted records: a side that fails it gets no traffic, whatever its weight.",
		},
		"set_identifier": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.LengthBetween(1, 128)},
			MarkdownDescription: "Identifier of this side's weighted records. Default: the name of the side. Needed to adopt weighted records that are there.",
		},
	}
}

func aliasAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"domain_name": schema.StringAttribute{Required: true, MarkdownDescription: "Domain name of the target, such as a distribution's, a load balancer's, or `s3-website-us-east-1.amazonaws.com`."},
		"zone_id":     schema.StringAttribute{Required: true, Validators: []validator.String{fwtypes.ZoneID()}, MarkdownDescription: "Hosted zone id of the target; `Z2FDTNDATAQYW2` for CloudFront."},
		"evaluate_target_health": schema.BoolAttribute{
			Optional: true, MarkdownDescription: "Whether Route 53 asks for the target's health. Default `false`, and nothing else for CloudFront.",
		},
	}
}

var timeouts = fwtypes.Timeouts(latched.Timeout, map[string]string{
	"create":    "For the first ramp.",
	"update":    "For every later ramp, all its steps and waits together, without the way back.",
	"delete":    "For removing records with `on_destroy`.",
	"roll_back": "For the way back, counted from its start.",
})
