// Package provider is the provider's own schema, its configuration, and the list
// of everything it offers.
package provider

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/acmapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudwatchapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/kvsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/lambdaapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/route53api"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/s3api"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/stsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate/probe"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/behaviorswitch"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/bluegreenswitch"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/continuousdeployment"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/edgesplit"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/invalidation"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/logged"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/stagingdistribution"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/stagingpromotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/weightedramp"
)

// defaultPoll keeps well away from the rates at which CloudFront throttles.
const defaultPoll = 15 * time.Second

// windows is how many times as long as a batch_window an edit waits at most.
const windows = 5

// World is what a provider takes from its surroundings. The zero value is the
// real one; tests share theirs with a simulator.
type World struct {
	Clock     clock.Clock       // nil: the machine's
	Transport http.RoundTripper // nil: the network. Carries calls to AWS and probes.
	Log       logged.Level      // the most that somebody reads of the log
	// Alone has every refresh look by itself, as if it were the only one: to measure beside.
	Alone bool
	// Walk is told what the CLI asks for; nil: nobody tells.
	Walk *configured.Walk
	// Also are resources beside the provider's own, for tests of what its resources share.
	Also []func() resource.Resource
}

var _ provider.ProviderWithValidateConfig = (*cdn)(nil)

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

// ValidateConfig implements provider.ProviderWithValidateConfig.
func (p *cdn) ValidateConfig(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	var m model
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(m.check(ctx)...)
	}
}

// Configure implements provider.Provider. It calls no AWS service, unless the
// configuration asks for the account to be checked. With values that are not known
// yet it leaves the provider unconfigured: plans then show what depends on AWS as
// unknown.
func (p *cdn) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var m model
	if !req.Config.Raw.IsFullyKnown() {
		return
	}
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() {
		return
	}
	if resp.Diagnostics.Append(m.check(ctx)...); resp.Diagnostics.HasError() {
		return
	}
	var e endpoints
	_, d := object(ctx, m.Endpoints, &e)
	resp.Diagnostics.Append(d...)
	config, d := m.config(ctx)
	if resp.Diagnostics.Append(d...); resp.Diagnostics.HasError() {
		return
	}
	config.STSEndpoint = e.STS.ValueString()
	config.Version = p.version // not the CLI's: OpenTofu says that it is Terraform 1.13.0, and which of the two it is the protocol does not tell
	if p.world.Transport != nil {
		config.HTTPClient = &http.Client{Transport: p.world.Transport}
	}
	level := p.world.Log.Now()
	config.Called = level.Calls()
	session, err := awsapi.Load(ctx, config)
	if err != nil {
		resp.Diagnostics.Append(diags.UnusableSetting(err))
		return
	}
	if setting, ids := m.wanted(ctx); setting != "" {
		who, err := stsapi.WhoAmI(ctx, session.Config, config.STSEndpoint, config.STSRegion)
		switch {
		case err != nil:
			resp.Diagnostics.Append(diags.AccountUnknown(setting, err))
			return
		case !permits(setting, who.Account, ids):
			resp.Diagnostics.Append(diags.WrongAccount(setting, who.Account, who.ARN, ids))
			return
		}
	}
	poll := defaultPoll
	if known(m.PollInterval) {
		poll = lasting(m.PollInterval)
	}
	limits, d := m.quotas(ctx)
	resp.Diagnostics.Append(d...)
	open := func(session awsapi.Session) *configured.Provider {
		out := &configured.Provider{
			CloudFront: cloudfrontapi.New(session.Config, e.CloudFront.ValueString(), p.world.Clock),
			Route53:    route53api.New(session.Config, e.Route53.ValueString(), p.world.Clock),
			ACM:        acmapi.New(session.Config, e.ACM.ValueString(), p.world.Clock),
			CloudWatch: cloudwatchapi.New(session.Config, e.CloudWatch.ValueString()),
			S3:         s3api.New(session.Config, e.S3.ValueString()),
			Lambda:     lambdaapi.New(session.Config, e.Lambda.ValueString()),
			KVS:        kvsapi.New(session.Config, e.KVS.ValueString()),
		}
		out.CloudFront.Limit(limits)
		if known(m.BatchWindow) {
			window := lasting(m.BatchWindow)
			out.CloudFront.Gather(cloudfrontapi.Gathering{Quiet: window, Longest: windows * window})
		}
		return out
	}
	data := open(session)
	data.Clock, data.Poll, data.Alone, data.Walk, data.Log = p.world.Clock, poll, p.world.Alone, p.world.Walk, level
	data.Sampler = probe.HTTP{
		Clock: p.world.Clock, UserAgent: "terraform-provider-cdn/" + p.version,
		ConnectTo: e.Edge.ValueString(), Transport: p.world.Transport, Proxy: session.Proxy, Roots: session.Roots,
	}
	others, d := m.others(ctx)
	resp.Diagnostics.Append(d...)
	setting, ids := m.accounts(ctx)
	who := func(session awsapi.Session) func(context.Context) (string, error) {
		return func(ctx context.Context) (string, error) {
			is, err := stsapi.WhoAmI(ctx, session.Config, config.STSEndpoint, config.STSRegion)
			return is.Account, err
		}
	}
	named := map[string]configured.Account{}
	for name, r := range others {
		role, d := r.role(ctx)
		resp.Diagnostics.Append(d...)
		session, err := awsapi.Load(ctx, in(config, name, role))
		if err != nil {
			resp.Diagnostics.Append(diags.UnusableSetting(err))
			return
		}
		named[name] = configured.Account{
			Open: func() *configured.Provider { return open(session) },
			Who: func(ctx context.Context) (string, error) {
				id, err := who(session)(ctx)
				if err != nil {
					return "", &configured.Unasked{Name: name, Err: err}
				}
				if !permits(setting, id, ids) {
					return "", &configured.Forbidden{Name: name, ID: id, Setting: setting}
				}
				return id, nil
			},
		}
	}
	data.Accounts(who(session), named)
	resp.ResourceData, resp.DataSourceData, resp.ActionData, resp.ListResourceData = data, data, data, data
}

// Resources implements provider.Provider.
func (p *cdn) Resources(context.Context) []func() resource.Resource {
	return append(slices.Clone(p.world.Also),
		behaviorswitch.New,
		bluegreenswitch.New,
		continuousdeployment.New,
		edgesplit.New,
		invalidation.New,
		stagingdistribution.New,
		stagingpromotion.New,
		weightedramp.New,
	)
}
