// Package traffic is the data source cdn_traffic: what CloudWatch saw of a
// distribution's viewers. No traffic is an answer, and never an error; errors that
// CloudWatch does not know are null, and never 0.
package traffic

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate/watch"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

var _ datasource.DataSourceWithConfigure = (*DataSource)(nil)

// DataSource implements cdn_traffic.
type DataSource struct{ configured.DataSource }

// New returns the data source.
func New() datasource.DataSource { return &DataSource{} }

// Metadata implements datasource.DataSource.
func (d *DataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_traffic"
}

type model struct {
	Account        types.String         `tfsdk:"account"`
	DistributionID types.String         `tfsdk:"distribution_id"`
	Window         timetypes.GoDuration `tfsdk:"window"`

	From      timetypes.RFC3339 `tfsdk:"from"`
	To        timetypes.RFC3339 `tfsdk:"to"`
	Minutes   types.Int64       `tfsdk:"minutes"`
	Requests  types.Float64     `tfsdk:"requests"`
	Errors    types.Float64     `tfsdk:"errors"`
	ErrorRate types.Float64     `tfsdk:"error_rate"`
}

const (
	defaultWindow = "15m"
	longestWindow = 24 * time.Hour // at one point a minute, GetMetricData answers in one page
)

// Schema implements datasource.DataSource.
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "What CloudWatch counted of a distribution's viewers in the last minutes that it knows for sure, for `check` blocks: whether a staging distribution gets any traffic, for example. " +
			"What it returns changes without anybody's doing: an `output` of it makes `plan -refresh-only -detailed-exitcode`, and health checks of HCP Terraform, report changes.",
		Attributes: map[string]schema.Attribute{
			"account":         configured.AccountOfData("the distribution is"),
			"distribution_id": schema.StringAttribute{Required: true, Validators: []validator.String{fwtypes.DistributionID()}, MarkdownDescription: "Id of the distribution. A staging distribution has metrics of its own."},
			"window":          schema.StringAttribute{CustomType: timetypes.GoDurationType{}, Optional: true, Validators: []validator.String{fwtypes.NotNegative()}, MarkdownDescription: "How far to look back, in whole minutes up to a day. Go duration, default `15m`. It ends some minutes ago, because CloudWatch knows a minute only later."},
			"from":            schema.StringAttribute{CustomType: timetypes.RFC3339Type{}, Computed: true, MarkdownDescription: "Begin of the window."},
			"to":              schema.StringAttribute{CustomType: timetypes.RFC3339Type{}, Computed: true, MarkdownDescription: "End of the window."},
			"minutes":         schema.Int64Attribute{Computed: true, MarkdownDescription: "Of how many minutes of the window CloudWatch has anything on record. It has nothing of a minute without requests, nor of one that it does not know yet: that nobody was there can be concluded from other figures only."},
			"requests":        schema.Float64Attribute{Computed: true, MarkdownDescription: "Requests that CloudWatch counted in the window; 0 where it has none on record, which does not prove that there were none."},
			"errors":          schema.Float64Attribute{Computed: true, MarkdownDescription: "How many of them were answered with a server error (5xx); null without requests, and where CloudWatch does not know the errors of a minute: no evidence is not 0."},
			"error_rate":      schema.Float64Attribute{Computed: true, MarkdownDescription: "Percent of requests that were answered with a server error; null where `errors` is."},
		},
	}
}

// Read implements datasource.DataSource.
func (d *DataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m model
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() || !d.Ready(ctx, req, resp) {
		return
	}
	window := min(max(fwtypes.Length(m.Window, defaultWindow).Truncate(gate.CloudFrontPeriod), gate.CloudFrontPeriod), longestWindow)
	to := d.Provider.Clock.Now().Add(-watch.Delay).Truncate(gate.CloudFrontPeriod)
	from := to.Add(-window)
	seen, err := configured.Look(ctx, d.Provider, func() (gate.Count, error) {
		return watch.Traffic(ctx, d.Provider.Watcher().Metrics, m.DistributionID.ValueString(), from, to)
	})
	if err != nil {
		resp.Diagnostics.Append(diags.NotAsked(err))
		return
	}
	m.From, m.To = timetypes.NewRFC3339TimeValue(from.UTC()), timetypes.NewRFC3339TimeValue(to.UTC())
	m.Minutes, m.Requests = types.Int64Value(int64(seen.Minutes)), types.Float64Value(seen.Requests)
	m.Errors, m.ErrorRate = types.Float64Null(), types.Float64Null()
	if seen.Requests > 0 && seen.Unknown == 0 {
		m.Errors, m.ErrorRate = types.Float64Value(seen.Errors), types.Float64Value(100*seen.Errors/seen.Requests)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}
