package promotionstatus

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// Schema implements datasource.DataSource.
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "How a primary and its staging distribution stand to each other at the moment: whether a release is pending, in which settings they differ, what would stop it, and whether viewers are at staging. " +
			"For `check` blocks and for pipelines that wait for a release: what it finds never fails a plan.",
		Attributes: map[string]schema.Attribute{
			"account": configured.AccountOfData("the distributions are"),
			"primary_distribution_id": schema.StringAttribute{
				Required: true, Validators: []validator.String{fwtypes.DistributionID()},
				MarkdownDescription: "Id of the distribution that serves.",
			},
			"staging_distribution_id": schema.StringAttribute{
				Optional: true, Validators: []validator.String{fwtypes.DistributionID()},
				MarkdownDescription: "Id of its staging distribution. Default: the one that the primary's continuous deployment policy names.",
			},
			"settled_fingerprint": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "The attribute of that name of `cdn_staging_promotion`: what was settled last. Without it nobody can tell who changed the primary, so `drifted` and `unproven` are never found, " +
					"and a primary that somebody changed counts as one with a release pending.",
			},
			"status": text("`in_sync`: staging has nothing that the primary has not. `pending`: it has, and its release may begin; this is no drift. `blocked`: a release would stop before its first write; `blocked_by` says why. " +
				"`drifted`: the primary has what nobody released. `unproven`: it has what staging has, and that is not what was settled."),
			"canary": schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the policy sends viewers to staging now: it is attached and enabled."},
			"blocked_by": text("What would stop a release first, such as `not_attached`, `staging_disabled` or `locked_fields`; null if nothing would. " +
				"It is also set where there is nothing to release. See [What blocks a release](#what-blocks-a-release)."),
			"report": text("All of it as one text, for an `error_message`."),
			"differences": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The settings in which the two differ, by name; empty if one of them does not exist. Names, policy and bookkeeping are left out.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"field":   text("Which setting, such as `Origins/site/OriginPath`: members of lists go by their id, path pattern, code or event."),
					"primary": text("Its value on the primary; null if it has none. The value of a custom origin header is a hash."),
					"staging": text("Its value on staging."),
					"locked":  schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether continuous deployment does not let it differ: it is no part of a release, and may stop one."},
				}},
			},
			"primary": distributionAttribute("The primary; null if it does not exist."),
			"staging": distributionAttribute("The staging distribution; null if it does not exist or nothing says which it is."),
			"policy": schema.SingleNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The continuous deployment policy that names staging, else the one that the primary has; null if there is none.",
				Attributes: map[string]schema.Attribute{
					"id":       text("Id of the policy."),
					"etag":     text("Version of the policy."),
					"attached": schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the primary has it."},
					"enabled":  schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether it sends requests to staging, once it is attached. A promotion disables it."},
					"weight":   schema.Float64Attribute{Computed: true, MarkdownDescription: "Percent of the viewers that staging gets while it is enabled; null with `header`."},
					"header": schema.SingleNestedAttribute{
						Computed:            true,
						MarkdownDescription: "Requests with this header go to staging while it is enabled; null with `weight`.",
						Attributes:          map[string]schema.Attribute{"name": text("Name of the header."), "value": schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: "Its value: who knows it, gets what staging has."}},
					},
					"session_stickiness": schema.SingleNestedAttribute{
						Computed:            true,
						MarkdownDescription: "How long a viewer stays where the first request went; null if sessions are not kept.",
						Attributes: map[string]schema.Attribute{
							"idle_ttl":    schema.Int64Attribute{Computed: true, MarkdownDescription: "Seconds without a request after which a session ends."},
							"maximum_ttl": schema.Int64Attribute{Computed: true, MarkdownDescription: "Seconds after which a session ends at the latest."},
						},
					},
				},
			},
		},
	}
}

func distributionAttribute(what string) schema.Attribute {
	return schema.SingleNestedAttribute{
		Computed:            true,
		MarkdownDescription: what,
		Attributes: map[string]schema.Attribute{
			"id":            text("Its id."),
			"domain_name":   text("Its own domain name, `d….cloudfront.net`. That of a staging distribution does not resolve."),
			"etag":          text("Version of its configuration."),
			"fingerprint":   text("Fingerprint of what a release can change: primary and staging have the same after a promotion."),
			"deployed":      schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether every edge location has its configuration."},
			"enabled":       schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether it answers viewers."},
			"last_modified": schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When its configuration was last changed. For staging with a release pending: since when."},
		},
	}
}

func text(what string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: what}
}
