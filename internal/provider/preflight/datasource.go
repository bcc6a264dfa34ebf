// Package preflight is the data source cdn_preflight: everything that would stop a
// cutover, or surprise somebody in it, found before it starts.
//
// It looks with the eyes of the switch and beyond them, and never fails a plan
// because of what it finds: that is for a check or a precondition.
package preflight

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

var (
	_ datasource.DataSourceWithConfigure      = (*DataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*DataSource)(nil)
)

// DataSource implements cdn_preflight.
type DataSource struct{ configured.DataSource }

// New returns the data source.
func New() datasource.DataSource { return &DataSource{} }

// Metadata implements datasource.DataSource.
func (d *DataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_preflight"
}

// ValidateConfig implements datasource.DataSourceWithValidateConfig. What could be
// no switch is no question either.
func (d *DataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var m model
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(m.question().Validate(ctx)...)
}

// Read implements datasource.DataSource.
func (d *DataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m model
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() || !d.Ready(req, resp) {
		return
	}
	q := m.question()
	spec, dd := q.Spec(ctx)
	resp.Diagnostics.Append(dd...)
	aliases, dd := q.TestAliases(ctx)
	resp.Diagnostics.Append(dd...)
	if resp.Diagnostics.HasError() {
		return
	}
	seen, err := look(ctx, d.Provider, spec)
	if err != nil {
		resp.Diagnostics.Append(diags.NotAsked(err))
		return
	}
	seen.TestAliases = aliases
	m.fill(spec, seen.Of())
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}
