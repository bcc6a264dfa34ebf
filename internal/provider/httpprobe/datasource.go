// Package httpprobe is the data source cdn_http_probe: what an endpoint answers, as
// evidence for `check` blocks. A target that is down is an answer and never an error:
// a plan must not fail, and a destroy even less, because somebody is ill.
package httpprobe

import (
	"context"
	"net/http"
	"regexp"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/verification"
)

var _ datasource.DataSourceWithConfigure = (*DataSource)(nil)

// DataSource implements cdn_http_probe.
type DataSource struct{ configured.DataSource }

// New returns the data source.
func New() datasource.DataSource { return &DataSource{} }

// Metadata implements datasource.DataSource.
func (d *DataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_http_probe"
}

type model struct {
	URL            types.String         `tfsdk:"url"`
	Headers        types.Map            `tfsdk:"headers"`
	ExpectedStatus types.List           `tfsdk:"expected_status"`
	BodyContains   types.String         `tfsdk:"body_contains"`
	BodyMatches    types.String         `tfsdk:"body_matches"`
	Samples        types.Int64          `tfsdk:"samples"`
	FailureLimit   types.Int64          `tfsdk:"failure_limit"`
	Timeout        timetypes.GoDuration `tfsdk:"timeout"`
	ConnectTo      types.String         `tfsdk:"connect_to"`

	Passed  types.Bool   `tfsdk:"passed"`
	Verdict types.String `tfsdk:"verdict"`
	Reason  types.String `tfsdk:"reason"`
	Status  types.Int64  `tfsdk:"status"`
	Failed  types.Int64  `tfsdk:"failed"`
}

const oneSample = 1

// Schema implements datasource.DataSource.
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Sends HTTP requests while planning and says what came back, for `check` blocks and preconditions. A target that is down makes `passed` false, and never fails a plan by itself. " +
			"What it returns changes without anybody's doing: an `output` of it makes `plan -refresh-only -detailed-exitcode`, and health checks of HCP Terraform, report changes.",
		Attributes: map[string]schema.Attribute{
			"url": schema.StringAttribute{
				Required: true, Validators: []validator.String{stringvalidator.RegexMatches(fwtypes.HTTPURL, "write a URL such as https://www.example.com/health")},
				MarkdownDescription: "What to ask for.",
			},
			"headers":         schema.MapAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "Request headers, such as the `aws-cf-cd-…` one that reaches a staging distribution."},
			"expected_status": schema.ListAttribute{ElementType: types.Int64Type, Optional: true, Validators: []validator.List{listvalidator.SizeAtLeast(1)}, MarkdownDescription: "Statuses that count as healthy. Default `[200]`. Redirects are not followed."},
			"body_contains":   schema.StringAttribute{Optional: true, MarkdownDescription: "A text the body must contain."},
			"body_matches":    schema.StringAttribute{Optional: true, Validators: []validator.String{fwtypes.Regexp()}, MarkdownDescription: "A regular expression (RE2) the body must match."},
			"samples":         schema.Int64Attribute{Optional: true, Validators: []validator.Int64{int64validator.Between(1, 100)}, MarkdownDescription: "How many requests are sent. Default `1`."},
			"failure_limit":   schema.Int64Attribute{Optional: true, Validators: []validator.Int64{int64validator.AtLeast(0)}, MarkdownDescription: "How many of them may fail. Default `0`."},
			"timeout":         schema.StringAttribute{CustomType: timetypes.GoDurationType{}, Optional: true, Validators: []validator.String{fwtypes.NotNegative()}, MarkdownDescription: "How long one request may take. Go duration, default `10s`."},
			"connect_to":      schema.StringAttribute{Optional: true, Validators: []validator.String{fwtypes.HostPort()}, MarkdownDescription: "`host:port` to connect to instead of resolving the name. It does not choose a CloudFront distribution: CloudFront goes by the Host header."},

			"passed":  schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether every condition was seen to hold."},
			"verdict": schema.StringAttribute{Computed: true, MarkdownDescription: "`passed`, `failed` or `inconclusive`."},
			"reason":  schema.StringAttribute{Computed: true, MarkdownDescription: "What decided, empty if it passed."},
			"status":  schema.Int64Attribute{Computed: true, MarkdownDescription: "Status of the last answer; null if there was none."},
			"failed":  schema.Int64Attribute{Computed: true, MarkdownDescription: "How many of the requests failed."},
		},
	}
}

// Read implements datasource.DataSource.
func (d *DataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m model
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() || !d.Ready(ctx, req, resp) {
		return
	}
	target := gate.Target{
		URL: m.URL.ValueString(), Header: http.Header{}, Contains: m.BodyContains.ValueString(), ConnectTo: m.ConnectTo.ValueString(),
		Timeout: timeout(m.Timeout),
	}
	var headers map[string]string
	resp.Diagnostics.Append(m.Headers.ElementsAs(ctx, &headers, true)...)
	for k, v := range headers {
		target.Header.Set(k, v)
	}
	resp.Diagnostics.Append(m.ExpectedStatus.ElementsAs(ctx, &target.Statuses, true)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if expr := m.BodyMatches.ValueString(); expr != "" {
		target.Matches = regexp.MustCompile(expr) // its validator has let it pass
	}
	samples := int64(oneSample)
	if !m.Samples.IsNull() {
		samples = m.Samples.ValueInt64()
	}
	var findings []gate.Finding
	m.Status = types.Int64Null()
	failed := int64(0)
	for range samples {
		s, err := d.Provider.Sampler.Sample(ctx, target)
		if err != nil { // the run itself ends
			resp.Diagnostics.AddError("The probe was interrupted", err.Error())
			return
		}
		f := target.Examine(s)
		if findings = append(findings, f); f.Verdict == gate.Fail {
			failed++
		}
		if s.Status != 0 {
			m.Status = types.Int64Value(int64(s.Status))
		}
	}
	verdict, why := gate.Judge(findings, int(m.FailureLimit.ValueInt64()))
	m.Passed, m.Verdict, m.Reason, m.Failed = types.BoolValue(verdict == gate.Pass), types.StringValue(verdict.String()), types.StringValue(why), types.Int64Value(failed)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

func timeout(d timetypes.GoDuration) time.Duration {
	return fwtypes.Length(d, verification.DefaultProbeTimeout)
}
