// Package configured holds what the provider's configuration amounts to: the
// clients, the clock and the pace that every resource shares. It decides nothing.
package configured

import (
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/acmapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudwatchapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/kvsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/lambdaapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/route53api"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/s3api"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/shared"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/logged"
)

// Provider is handed to every resource by Configure.
type Provider struct {
	CloudFront *cloudfrontapi.Client
	Route53    *route53api.Client
	ACM        *acmapi.Client
	CloudWatch *cloudwatchapi.Client
	S3         *s3api.Client
	Lambda     *lambdaapi.Client
	KVS        *kvsapi.Client
	Sampler    gate.Sampler
	Clock      clock.Clock
	Poll       time.Duration // between two looks at something that takes time
	Alone      bool          // nobody goes by what another one was answered
	Walk       *Walk         // nil: nobody knows
	Log        logged.Level  // the most that somebody reads

	// Account is the name of the account that it works in, as in the provider block; "" for
	// the provider's own, which has none. See In.
	Account string

	seen   memory
	turns  turns
	guards shared.Answers[cutover.Guard]
	ttls   shared.Answers[cloudfrontapi.TTL] // by cache policy

	functions shared.Answers[int] // how many there are

	own      *Provider // of whose block this is an account; nil: it is that
	accounts accounts
}

// Own is the provider in its own account, whichever of its block's accounts p works in. What
// instances of one process share, they share across accounts.
func (p *Provider) Own() *Provider {
	if p.own != nil {
		return p.own
	}
	return p
}

// take keeps what the provider hands over. It hands over nothing while validating, and
// while its configuration is not known yet.
func take(into **Provider, data any, d *diag.Diagnostics) {
	if data == nil {
		return
	}
	p, ok := data.(*Provider)
	if !ok {
		d.AddError("The provider handed over something unexpected", fmt.Sprintf("Expected *configured.Provider, got %T. Please report this.", data))
		return
	}
	*into = p
}

// Due is cutover.DueAt by the provider's clock, nil or not.
func (p *Provider) Due(since time.Time, stands time.Duration) (cutover.Due, time.Time) {
	if p == nil {
		return cutover.Unknowable, time.Time{}
	}
	return cutover.DueAt(since, stands, p.Clock.Now())
}
