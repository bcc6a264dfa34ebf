// Package orphanedpolicies is the data source cdn_orphaned_policies: the continuous
// deployment policies of the account that stand between no two distributions any more.
// A policy outlives its stack easily, and an account has twenty of them at most. It
// deletes nothing.
package orphanedpolicies

import (
	"cmp"
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/deployment"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

var _ datasource.DataSourceWithConfigure = (*DataSource)(nil)

// DataSource implements cdn_orphaned_policies.
type DataSource struct{ configured.DataSource }

// New returns the data source.
func New() datasource.DataSource { return &DataSource{} }

// Metadata implements datasource.DataSource.
func (d *DataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_orphaned_policies"
}

type model struct {
	Account  types.String  `tfsdk:"account"`
	Policies []policyModel `tfsdk:"policies"`
	Count    types.Int64   `tfsdk:"policies_in_account"`
}

type policyModel struct {
	ID       types.String      `tfsdk:"id"`
	Lacks    types.String      `tfsdk:"lacks"`
	Enabled  types.Bool        `tfsdk:"enabled"`
	Modified timetypes.RFC3339 `tfsdk:"last_modified"`
	Domain   types.String      `tfsdk:"staging_domain_name"`
	Staging  types.String      `tfsdk:"staging_distribution_id"`
	Primary  types.String      `tfsdk:"primary_distribution_id"`
}

// Schema implements datasource.DataSource.
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	text := func(what string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: what}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The continuous deployment policies of the account whose primary or staging distribution is gone. They route nothing, outlive the stack that made them, and count towards the 20 that an account may have. " +
			"It deletes nothing.",
		Attributes: map[string]schema.Attribute{
			"account": configured.AccountOfData("the policies are"),
			"policies": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "Those policies, by id; empty if there is none.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id": text("Id of the policy."),
					"lacks": text("`primary`: no distribution of the account has it; so it is also for one that is about to be attached, or that `attached = false` holds back. " +
						"`staging`: the distribution that it names is gone. `both`: neither is there."),
					"enabled":                 schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether it would send requests to staging if it were attached. An enabled one cannot be deleted before it is disabled."},
					"last_modified":           schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When it was last changed: one of a minute ago is probably being set up."},
					"staging_domain_name":     text("Domain name of the staging distribution that it names."),
					"staging_distribution_id": text("Id of that distribution; null if it is gone. A staging distribution without a use costs one of 20, too."),
					"primary_distribution_id": text("Id of the distribution that has it; null if none has."),
				}},
			},
			"policies_in_account": schema.Int64Attribute{Computed: true, MarkdownDescription: "How many policies there are, orphans and others. CloudFront allows 20."},
		},
	}
}

// Read implements datasource.DataSource.
func (d *DataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m model
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() || !d.Ready(ctx, req, resp) {
		return
	}
	var policies []cloudfrontapi.Policy
	var ends map[string]cloudfrontapi.Ends
	err := d.Provider.Patiently(ctx, func() (err error) {
		if policies, err = d.Provider.Policies(ctx); err == nil {
			ends, err = d.Provider.CloudFront.Ends(ctx, policies)
		}
		return err
	})
	if err != nil {
		resp.Diagnostics.Append(diags.NotAsked(err))
		return
	}
	m.Policies, m.Count = []policyModel{}, types.Int64Value(int64(len(policies))) // an empty list, not null
	slices.SortFunc(policies, func(a, b cloudfrontapi.Policy) int { return cmp.Compare(a.ID, b.ID) })
	for _, p := range policies {
		end := ends[p.ID]
		lacks := deployment.Orphaned(end.Primary, end.Staging)
		if lacks == "" {
			continue
		}
		m.Policies = append(m.Policies, policyModel{
			ID: types.StringValue(p.ID), Lacks: types.StringValue(string(lacks)), Enabled: types.BoolValue(p.Enabled), Modified: timetypes.NewRFC3339TimeValue(p.Modified.UTC()),
			Domain: fwtypes.OrNull(p.Staging), Staging: fwtypes.OrNull(end.Staging), Primary: fwtypes.OrNull(end.Primary),
		})
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}
