package bluegreenswitch

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
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
	return schema.Schema{
		Version: 0,
		MarkdownDescription: "Decides which of its sides, CloudFront distributions, owns a set of alternate domain names, and points their Route 53 " +
			"records there. Change `live` and apply: the names move, then the records; the new side is proven healthy, or traffic goes back.",
		Attributes: latched.Approving(map[string]schema.Attribute{
			"aliases": schema.SetAttribute{
				ElementType: types.StringType,
				Required:    true,
				MarkdownDescription: "The alternate domain names that move together, in lower case. They are owned by this resource: " +
					"list them in no `aws_cloudfront_distribution`, and put `aliases` into its `ignore_changes`.",
			},
			"sides": schema.MapNestedAttribute{
				Required:            true,
				MarkdownDescription: "The alternatives, usually `blue` and `green`, by name. Each is a standard distribution whose certificate covers every alias.",
				NestedObject:        schema.NestedAttributeObject{Attributes: sideAttributes()},
			},
			"live": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "The side that serves: the one value to change. After a failed cutover that was rolled back it keeps naming the failed side in configuration, " +
					"while state shows the side that serves; nothing moves again until the target, its distribution's configuration or `retry` changes.",
			},
			"dns": schema.MapNestedAttribute{
				Optional: true,
				MarkdownDescription: "The hosted zones whose records follow the aliases, by domain name (`\"example.com\" = { zone_id = … }`). Every alias must lie in one of them. " +
					"Existing A, AAAA and HTTPS alias records that point at a side are adopted without a write; where a name has none, A and (with IPv6) AAAA are created. " +
					"Omitted: DNS is left alone.",
				NestedObject: schema.NestedAttributeObject{Attributes: dnsAttributes()},
			},
			"method": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(string(switchover.DomainAssociation)),
				Validators: []validator.String{fwtypes.OneOf(string(switchover.DomainAssociation), string(switchover.AssociateAlias), string(switchover.WildcardOverlap), string(switchover.RemoveAndAdd))},
				MarkdownDescription: "How names get from one distribution to another. `domain_association` (default) moves each in one conditional transaction, apex included. " +
					"`associate_alias` moves each in one transaction without a condition. `wildcard_overlap` puts `*.` and the rest of the name on the target, lets that serve the name while it is removed and added, and needs a certificate that covers the wildcard; it is not for an apex. " +
					"`remove_and_add` leaves the names unserved while it propagates, and needs `allow_downtime = true`. Between accounts so do the first two, which prove by TXT records in `dns` that the names may go, and `wildcard_overlap` is the one without an outage. A method is never changed by itself.",
			},
			"allow_downtime": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Says that the names may be unserved for a while, which `remove_and_add` cannot avoid, nor, between accounts, `domain_association` and `associate_alias`: they disable the distribution that the names leave.",
			},
			"allow_downtime_for": schema.SetAttribute{
				ElementType: types.StringType, Optional: true,
				Validators: []validator.Set{setvalidator.ValueStringsAre(fwtypes.DomainName())},
				MarkdownDescription: "Between accounts, with `allow_downtime`: names of the sides' distributions that do not move and may be unserved while their distribution is disabled, test aliases included. " +
					"Disabling darkens every name of a distribution, so one that neither moves nor is listed here stops a cutover before its first write.",
			},
			"keep_wildcard": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "With `wildcard_overlap`: keep the wildcard on the idle side after a cutover, where it serves a name that somebody takes off the live side by mistake. " +
					"Otherwise the switch removes the wildcards of its names from its sides once they have moved.",
			},
			"invalidate": latched.Invalidate("the new live side drop once it has proven itself. It comes last, and a cutover is never undone"),
			"verify": schema.SingleNestedAttribute{
				Optional:            true,
				MarkdownDescription: "The evidence needed before and after the move. Without it a cutover is finished as soon as it has propagated.",
				Attributes:          verifySchema(),
			},
			"bake_time": fwtypes.Duration(latched.Bake, "How long `verify.after` must hold before the cutover counts as finished; also after an alias or a zone was added. Without `verify.after` there is nothing to watch, and nothing is waited for."),
			"on_failure": latched.OnFailure("`verify.after` fails or AWS refuses to move one of several aliases: `roll_back` (default) to the side that was live, unless `verify.before` shows that one to be failing too, or " +
				"`hold` traffic where it is."),
			"retry":    latched.Retry("cutover"),
			"timeouts": timeouts,

			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "The import id of this switch: its sides, its aliases and its zones.",
			},
			"live_distribution_id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Id of the distribution that has the aliases.",
			},
			"live_domain_name": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Domain name (`d….cloudfront.net`) of the distribution that has the aliases.",
			},
			"owners": schema.MapAttribute{
				ElementType: types.StringType, Computed: true,
				MarkdownDescription: "Id of the distribution that has each alias, as of the last refresh; empty where none has.",
			},
			"points_at": schema.MapAttribute{
				ElementType: types.StringType, Computed: true,
				MarkdownDescription: "Where the records of each alias point, as of the last refresh; empty where there are none, they disagree, or they are of another kind than `dns` asks for. Null without `dns`.",
			},
			"record_types": schema.MapAttribute{
				ElementType: setOfStrings, Computed: true,
				MarkdownDescription: "Types of the records that the switch keeps of each alias, since the last apply that came to its end. One that somebody deletes is drift, and the next apply makes it again. " +
					"To do without one, delete it while the alias is not in `aliases`. Null without `dns`.",
			},
			"proofs": schema.MapAttribute{
				ElementType: setOfStrings, Computed: true,
				MarkdownDescription: "Values that the switch has added to TXT records, by the record's name, for moves between accounts, and has not taken away because the apply ended before it could; also those of one that was killed, as a record beside the proof says (`_cdn-cutover.` and the alias). The next apply that comes to its end takes them away. Null otherwise.",
			},
			"phase": schema.StringAttribute{
				Computed: true,
				MarkdownDescription: "`settled`: names, records and evidence are in place. `moving`: the names are on more than one side, or on one that a cutover between accounts has disabled. `trailing`: the names have moved, records, TTLs or wildcards are behind. " +
					"`unproven`: all in place, but no gate has passed since, or `invalidate` was not carried out. `displaced`: a name is on a distribution that is no side, or on none. `rolled_back`: the last cutover failed and was undone.",
			},
			"steps": latched.Steps(),
			"last_cutover": latched.LastCutover("cutover", "`finished`, `rolled_back`, `held` or `interrupted`.", map[string]schema.Attribute{
				"from": schema.StringAttribute{Computed: true, MarkdownDescription: "The side that was live before; null if none was."},
				"to":   schema.StringAttribute{Computed: true, MarkdownDescription: "The side that was to become live."},
			}),
			"failed": latched.FailureAttribute("target: then a plan moves nothing and warns. "+
				"Cleared when `live`, the configuration of the target's distribution or `retry` changes.", "its distribution's configuration"),
			"unseen": configured.UnseenAttribute("`live`, `live_distribution_id`, `owners`, `points_at` and `phase`"),
		}, "the move of the names; both are the same place, as a name moves at once"),
	}
}

func verifySchema() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"before": verification.Attribute(verification.Kind{Distributions: true, What: "Asked before the first alias moves, of the idle side's own name: its `test_alias`, or its distribution's domain name. " +
			"Nothing has happened yet when it fails."}),
		"after": verification.Attribute(verification.Kind{Distributions: true, UnderTraffic: true, What: "Asked once the aliases have moved everywhere, for `bake_time`, of the aliases themselves. " +
			"Only a `marker` proves which side answered; without one the verdict is inconclusive."}),
	}
}

func sideAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"distribution_id": schema.StringAttribute{
			Required:            true,
			Validators:          []validator.String{fwtypes.DistributionID()},
			MarkdownDescription: "Id of the CloudFront distribution.",
		},
		"account": configured.AccountAttribute("the distribution and its certificate are"),
		"test_alias": schema.StringAttribute{
			Optional:            true,
			Validators:          []validator.String{fwtypes.DomainName()},
			MarkdownDescription: "An alternate domain name that this side's distribution always has, for probes before the move. Must not be one of `aliases`.",
		},
		"marker": verification.MarkerAttribute(),
	}
}

func dnsAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"zone_id": schema.StringAttribute{
			Required:            true,
			Validators:          []validator.String{fwtypes.ZoneID()},
			MarkdownDescription: "Id of the Route 53 hosted zone.",
		},
		"account": configured.AccountAttribute("the zone is"),
		"type": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(typeAlias),
			Validators:          []validator.String{fwtypes.OneOf(typeAlias, typeCNAME)},
			MarkdownDescription: "`alias` (default): A, AAAA and HTTPS alias records, whichever exist. `CNAME`: one CNAME for each name, which Route 53 does not allow at the apex of a zone.",
		},
		"ttl": schema.Int64Attribute{
			Optional: true, Computed: true, Default: int64default.StaticInt64(defaultTTL),
			Validators:          []validator.Int64{int64validator.Between(0, 172800)},
			MarkdownDescription: "Seconds that resolvers may keep the CNAME. Default `60`, which is also what alias records to CloudFront have.",
		},
		"lower_ttl": schema.Int64Attribute{
			Optional:   true,
			Validators: []validator.Int64{int64validator.Between(1, 172800)},
			MarkdownDescription: "Seconds that resolvers may keep the CNAME during a cutover; less than `ttl`. The switch lowers the TTL, waits until resolvers have forgotten the old one, moves, and raises it again at the end. " +
				"Viewers of CloudFront do not need it; resolvers that must follow quickly do.",
		},
		"on_destroy": configured.OnDestroyAttribute("switch", ""),
	}
}

var timeouts = fwtypes.Timeouts(latched.Timeout, map[string]string{
	"create":    "For the first cutover.",
	"update":    "For every later cutover, without the way back.",
	"delete":    "For removing records with `on_destroy`.",
	"roll_back": "For the way back, counted from its start.",
})
