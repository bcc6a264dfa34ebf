// Package distribution is the data source cdn_distribution: what CloudFront says
// about a distribution now, whoever configured it. It holds no value of a custom
// origin header, because those are where secrets are kept.
package distribution

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

var _ datasource.DataSourceWithConfigure = (*DataSource)(nil)

// DataSource implements cdn_distribution.
type DataSource struct{ configured.DataSource }

// New returns the data source.
func New() datasource.DataSource { return &DataSource{} }

// Metadata implements datasource.DataSource.
func (d *DataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_distribution"
}

// Read implements datasource.DataSource.
func (d *DataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m model
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() || !d.Ready(ctx, req, resp) {
		return
	}
	p, id, since := d.Provider, m.ID.ValueString(), d.Provider.Recent()
	seen, err := configured.Look(ctx, p, func() (cloudfrontapi.Distribution, error) {
		return p.CloudFront.Distribution(ctx, id, since)
	})
	switch {
	case errors.Is(err, awsapi.ErrNotFound):
		resp.Diagnostics.Append(diags.NoDistribution(path.Root("id"), id))
	case err != nil:
		resp.Diagnostics.Append(diags.NotAsked(err))
	default:
		m.fill(seen)
		resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
	}
}
