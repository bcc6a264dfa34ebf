// Package provider is the provider's own schema, its configuration, and the list
// of everything it offers.
package provider

import (
	"context"
	"net/http"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/acmapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/route53api"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate/probe"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/bluegreenswitch"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// defaultPoll keeps well away from the rates at which CloudFront throttles.
const defaultPoll = 15 * time.Second

// World is what a provider takes from its surroundings. The zero value is the
// real one; tests share theirs with a simulator.
type World struct {
	Clock     clock.Clock       // nil: the machine's
	Transport http.RoundTripper // nil: the network. Carries calls to AWS and probes.
}

type cdn struct {
	version string
	world   World
}

// New returns the provider of a given version.
func New(version string) func() provider.Provider { return NewIn(World{}, version) }

// NewIn returns the provider in a world of its own.
func NewIn(w World, version string) func() provider.Provider {
	if w.Clock == nil {
		w.Clock = clock.System{}
	}
	return func() provider.Provider { return &cdn{version: version, world: w} }
}

// Metadata implements provider.Provider.
func (p *cdn) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName, resp.Version = "cdn", p.version
}

type model struct {
	Region       types.String         `tfsdk:"region"`
	Profile      types.String         `tfsdk:"profile"`
	AccessKey    types.String         `tfsdk:"access_key"`
	SecretKey    types.String         `tfsdk:"secret_key"`
	Token        types.String         `tfsdk:"token"`
	Endpoints    *endpoints           `tfsdk:"endpoints"`
	PollInterval timetypes.GoDuration `tfsdk:"poll_interval"`
}

type endpoints struct {
	CloudFront types.String `tfsdk:"cloudfront"`
	Route53    types.String `tfsdk:"route53"`
	ACM        types.String `tfsdk:"acm"`
	Edge       types.String `tfsdk:"edge"`
}

// Schema implements provider.Provider.
func (p *cdn) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Safe blue/green cutovers on Amazon CloudFront and Route 53. Stands beside `hashicorp/aws`: distributions, zones and certificates stay `aws_*` resources; " +
			"this provider owns only the decision which side is live.",
		Attributes: map[string]schema.Attribute{
			"region": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "AWS region for credentials. CloudFront, its certificates and Route 53 are always addressed in `us-east-1`, whatever this says. Default `us-east-1`.",
			},
			"profile":    schema.StringAttribute{Optional: true, MarkdownDescription: "Profile in the shared AWS configuration files."},
			"access_key": schema.StringAttribute{Optional: true, MarkdownDescription: "Access key id. Together with `secret_key`; without both, credentials come from the environment, shared files or the instance, as for every AWS tool."},
			"secret_key": schema.StringAttribute{Optional: true, Sensitive: true, MarkdownDescription: "Secret access key."},
			"token":      schema.StringAttribute{Optional: true, Sensitive: true, MarkdownDescription: "Session token, for temporary credentials."},
			"endpoints": schema.SingleNestedAttribute{
				Optional:            true,
				MarkdownDescription: "Other addresses for AWS services: a proxy, or the simulator.",
				Attributes: map[string]schema.Attribute{
					"cloudfront": endpoint("CloudFront"),
					"route53":    endpoint("Route 53"),
					"acm":        endpoint("Certificate Manager"),
					"edge": schema.StringAttribute{
						Optional: true, Validators: []validator.String{fwtypes.HostPort()},
						MarkdownDescription: "For rehearsals: `host:port` that every probe connects to, whatever its name resolves to.",
					},
				},
			},
			"poll_interval": schema.StringAttribute{
				CustomType: timetypes.GoDurationType{}, Optional: true,
				Validators:          []validator.String{fwtypes.NotNegative()},
				MarkdownDescription: "Time between two looks at something that propagates. CloudFront throttles callers who look too often. Go duration, default `15s`.",
			},
		},
	}
}

func endpoint(service string) schema.StringAttribute {
	return schema.StringAttribute{
		Optional:            true,
		Validators:          []validator.String{stringvalidator.RegexMatches(fwtypes.HTTPURL, "write a URL such as http://127.0.0.1:4566")},
		MarkdownDescription: "URL for " + service + ".",
	}
}

// Configure implements provider.Provider. It calls no AWS service. With values
// that are not known yet it leaves the provider unconfigured: plans then show
// what depends on AWS as unknown.
func (p *cdn) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var config model
	if !req.Config.Raw.IsFullyKnown() {
		return
	}
	if resp.Diagnostics.Append(req.Config.Get(ctx, &config)...); resp.Diagnostics.HasError() {
		return
	}
	if config.Endpoints == nil {
		config.Endpoints = &endpoints{}
	}
	poll := defaultPoll
	if !config.PollInterval.IsNull() {
		d, dd := config.PollInterval.ValueGoDuration()
		resp.Diagnostics.Append(dd...)
		if poll = d; d == 0 {
			resp.Diagnostics.AddAttributeError(path.Root("poll_interval"), "No time between two looks", "CloudFront throttles callers who look all the time. Write an interval such as \"15s\", or leave it out.")
			return
		}
	}
	if config.AccessKey.IsNull() != config.SecretKey.IsNull() {
		resp.Diagnostics.AddAttributeError(path.Root("access_key"), "Half a key pair", "`access_key` and `secret_key` go together. Write both, or neither to take credentials from the environment.")
		return
	}
	var client *http.Client
	if p.world.Transport != nil {
		client = &http.Client{Transport: p.world.Transport}
	}
	cfg, err := awsapi.Load(ctx, awsapi.Config{
		Region: config.Region.ValueString(), Profile: config.Profile.ValueString(),
		AccessKey: config.AccessKey.ValueString(), SecretKey: config.SecretKey.ValueString(), Token: config.Token.ValueString(),
		Version: p.version, CLI: req.TerraformVersion, HTTPClient: client,
	})
	if err != nil {
		resp.Diagnostics.Append(diags.NoCredentials(err))
		return
	}
	e := config.Endpoints
	data := &configured.Provider{
		CloudFront: cloudfrontapi.New(cfg, e.CloudFront.ValueString(), p.world.Clock),
		Route53:    route53api.New(cfg, e.Route53.ValueString()),
		ACM:        acmapi.New(cfg, e.ACM.ValueString()),
		Clock:      p.world.Clock,
		Poll:       poll,
		Sampler: probe.HTTP{
			Clock: p.world.Clock, UserAgent: "terraform-provider-cdn/" + p.version,
			ConnectTo: e.Edge.ValueString(), Transport: p.world.Transport,
		},
	}
	resp.ResourceData, resp.DataSourceData = data, data
}

// Resources implements provider.Provider.
func (p *cdn) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		bluegreenswitch.New,
	}
}

// DataSources implements provider.Provider.
func (p *cdn) DataSources(context.Context) []func() datasource.DataSource { return nil }
