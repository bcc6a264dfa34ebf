// Package aliasowner is the data source cdn_alias_owner: who has an alternate
// domain name, exactly or through a wildcard, in whichever account.
//
// It asks CloudFront and not DNS: CloudFront picks the distribution by the name
// that viewers ask for, wherever that name points.
package aliasowner

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

// DataSource implements cdn_alias_owner.
type DataSource struct{ configured.DataSource }

// New returns the data source.
func New() datasource.DataSource { return &DataSource{} }

// Metadata implements datasource.DataSource.
func (d *DataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_alias_owner"
}

// Read implements datasource.DataSource.
func (d *DataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m model
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() || !d.Ready(ctx, req, resp) {
		return
	}
	p, name, id, since := d.Provider, m.Name.ValueString(), m.DistributionID.ValueString(), d.Provider.Recent()
	at := path.Root("distribution_id")
	asking, err := configured.Look(ctx, p, func() (cloudfrontapi.Distribution, error) {
		return p.CloudFront.Distribution(ctx, id, since)
	})
	if errors.Is(err, awsapi.ErrNotFound) {
		resp.Diagnostics.Append(diags.NoDistribution(at, id))
		return
	}
	var found []cloudfrontapi.Conflict
	if err == nil {
		found, err = configured.Look(ctx, p, func() ([]cloudfrontapi.Conflict, error) { return p.CloudFront.Conflicts(ctx, asking.Summary, name) })
	}
	switch {
	case errors.Is(err, awsapi.ErrRefused):
		resp.Diagnostics.Append(diags.NotVouchedFor(at, name, id, err))
		return
	case err != nil:
		resp.Diagnostics.Append(diags.NotAsked(err))
		return
	}
	m.fill(found)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}
