package aliasowner

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// Schema implements datasource.DataSource.
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Who has an alternate domain name in CloudFront, exactly or through a wildcard, in this account or another one. It says whether a name is free to be added, " +
			"what a `CNAMEAlreadyExists` is about, and which distribution answers for the name now.",
		Attributes: map[string]schema.Attribute{
			"account": configured.AccountOfData("`distribution_id` is"),
			"name": schema.StringAttribute{
				Required:            true,
				Validators:          []validator.String{fwtypes.Alias()},
				MarkdownDescription: "The alternate domain name, in lower case. It may be a wildcard such as `*.example.com`.",
			},
			"distribution_id": schema.StringAttribute{
				Required:   true,
				Validators: []validator.String{fwtypes.DistributionID()},
				MarkdownDescription: "Id of a distribution of this account whose certificate covers `name`. CloudFront tells who has a name only to those who could serve it. " +
					"The distribution does not need to have the name.",
			},
			"owned": schema.BoolAttribute{
				Computed:            true,
				MarkdownDescription: "Whether anybody has exactly `name`. If not, it can be added to a distribution, even where a wildcard covers it.",
			},
			"owner": schema.SingleNestedAttribute{
				Computed:            true,
				MarkdownDescription: "Who has exactly `name`; null if nobody has.",
				Attributes:          ownerAttributes(),
			},
			"served_by": schema.SingleNestedAttribute{
				Computed: true,
				MarkdownDescription: "Who answers requests for `name`: the owner, else whoever has the most specific wildcard that covers it; null if nobody does, and viewers get an error. " +
					"They get one too if the distribution is disabled.",
				Attributes: ownerAttributes(),
			},
			"conflicts": schema.ListNestedAttribute{
				Computed: true,
				MarkdownDescription: "Every alternate domain name in use that equals `name` or overlaps with it, by name: for an exact name the wildcards over it, for a wildcard every name under it. " +
					"They do not keep `name` from being added, unless one of them equals it.",
				NestedObject: schema.NestedAttributeObject{Attributes: ownerAttributes()},
			},
		},
	}
}

func ownerAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"alias":         schema.StringAttribute{Computed: true, MarkdownDescription: "The alternate domain name."},
		"resource_type": schema.StringAttribute{Computed: true, MarkdownDescription: "`distribution` or `distribution-tenant`."},
		"resource_id": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "Id of the distribution or tenant. AWS replaces the first half by asterisks; for distributions of this account it is completed, if `cloudfront:ListDistributions` is allowed.",
		},
		"account_id": schema.StringAttribute{Computed: true, MarkdownDescription: "Number of the account. Of other accounts AWS shows the second half only."},
		"same_account": schema.BoolAttribute{
			Computed:            true,
			MarkdownDescription: "Whether that is the account the provider works in.",
		},
	}
}
