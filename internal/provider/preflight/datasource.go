// Package preflight is the data source cdn_preflight: everything that would stop a
// cutover, or surprise somebody in it, found before it starts.
//
// It looks with the eyes of the switch, of the continuous deployment, of the switch of
// behaviours, or of the edge split, and beyond them, and never fails a plan because of what it finds: that is for a check or a precondition.
package preflight

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/permissions"
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

// ValidateConfig implements datasource.DataSourceWithValidateConfig. A question is about
// one cutover; what could be none is none.
func (d *DataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var m model
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() {
		return
	}
	if resp.Diagnostics.Append(m.validate()...); resp.Diagnostics.HasError() {
		return
	}
	switch m.asks() {
	case deploymentQuestion:
	case behaviorQuestion:
		if asked, d := m.behaviors(ctx); asked != nil {
			resp.Diagnostics.Append(within(behaviorQuestion, append(d, asked.Validate(ctx)...))...)
		}
	case splitQuestion:
		if asked, d := m.split(ctx); asked != nil {
			resp.Diagnostics.Append(within(splitQuestion, append(d, asked.Validate(ctx)...))...)
		}
	default:
		resp.Diagnostics.Append(m.question().Validate(ctx)...)
	}
}

// Read implements datasource.DataSource.
func (d *DataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m model
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() || !d.Ready(ctx, req, resp) {
		return
	}
	findings, dd := d.findings(ctx, &m)
	resp.Diagnostics.Append(dd...)
	if resp.Diagnostics.HasError() {
		return
	}
	m.fill(findings)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

// findings looks at what the configuration asks about.
func (d *DataSource) findings(ctx context.Context, m *model) ([]worded, diag.Diagnostics) {
	alarms, out := m.alarms(ctx)
	switch m.asks() {
	case deploymentQuestion:
		findings, dd := d.deployment(ctx, m, alarms)
		return findings, append(out, dd...)
	case behaviorQuestion:
		findings, dd := d.behaviors(ctx, m, alarms)
		return findings, append(out, dd...)
	case splitQuestion:
		findings, dd := d.split(ctx, m, alarms)
		return findings, append(out, dd...)
	}
	q := m.question()
	spec, dd := q.Spec(ctx)
	if out.Append(dd...); out.HasError() {
		return nil, out
	}
	l, err := look(ctx, d.Provider, spec)
	if err == nil {
		l.seen.Alarms, err = lookAtAlarms(ctx, d.Provider, alarms, &l.denials)
	}
	if closed, ok := errors.AsType[*configured.Closed](err); ok {
		out.Append(closed.Told())
		return nil, out
	}
	if err != nil {
		out.Append(diags.NotAsked(err))
		return nil, out
	}
	l.seen.Denied = l.list
	o := permissions.Options{Invalidate: true}
	if spec.Method != "" { // a data source has no defaults
		o.Methods = []switchover.Method{spec.Method}
	}
	if len(spec.Zones) == 0 {
		o.Zones = []string{}
	}
	m.Untried = permissions.Writes([]string{"cdn_bluegreen_switch"}, o)
	return inWords(spec, l.seen.Of()), out
}

func (d *DataSource) deployment(ctx context.Context, m *model, alarms []gate.Alarm) ([]worded, diag.Diagnostics) {
	var asked deploymentModel
	out := m.Deployment.As(ctx, &asked, basetypes.ObjectAsOptions{})
	if out.HasError() {
		return nil, out
	}
	l, err := lookAtDeployment(ctx, d.Provider, asked.Primary.ValueString(), asked.Staging.ValueString())
	if err == nil {
		l.seen.Alarms, err = lookAtAlarms(ctx, d.Provider, alarms, &l.denials)
	}
	if err != nil {
		out.Append(diags.NotAsked(err))
		return nil, out
	}
	l.seen.Denied = l.list
	kinds := []string{"cdn_continuous_deployment", "cdn_staging_promotion"}
	if l.seen.Spec.Staging == "" { // it has yet to be made
		kinds = append(kinds, "cdn_staging_distribution")
	}
	m.Untried = permissions.Writes(kinds, permissions.Options{Invalidate: true, Snapshots: true})
	for _, r := range l.keep {
		m.Keep = append(m.Keep, referenceModel{Kind: types.StringValue(r.Kind), Name: types.StringValue(r.Name)})
	}
	return inWords(switchover.Spec{}, l.seen.Of()), out
}
