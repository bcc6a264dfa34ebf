// Package promotionstatus is the data source cdn_promotion_status: how a primary and
// its staging distribution stand to each other now, whoever manages them.
//
// It never fails because of what it finds, and it shows no value of a custom origin
// header: those are where secrets are kept.
package promotionstatus

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

var _ datasource.DataSourceWithConfigure = (*DataSource)(nil)

// DataSource implements cdn_promotion_status.
type DataSource struct{ configured.DataSource }

// New returns the data source.
func New() datasource.DataSource { return &DataSource{} }

// Metadata implements datasource.DataSource.
func (d *DataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_promotion_status"
}

// Read implements datasource.DataSource.
func (d *DataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m model
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() || !d.Ready(ctx, req, resp) {
		return
	}
	since := d.Provider.Recent()
	seen, err := configured.Look(ctx, d.Provider, func() (pair, error) {
		return look(ctx, d.Provider, m.PrimaryID.ValueString(), m.StagingID.ValueString(), since)
	})
	if err != nil {
		resp.Diagnostics.Append(diags.NotAsked(err))
		return
	}
	m.fill(seen)
	if strange := cloudfrontapi.Unfamiliar(seen.primary, seen.staging); len(strange) > 0 && seen.primary.ID != "" && seen.staging.ID != "" {
		resp.Diagnostics.Append(diags.PairUnfamiliar(seen.primary.ID, seen.staging.ID, strange))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}
