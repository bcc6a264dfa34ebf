package configured

import (
	"context"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/shared"
)

// What data sources ask of an account as a whole is asked once in a plan, and else by each.

// StagingAt finds the staging distribution with a domain name, "" if there is none.
func (p *Provider) StagingAt(ctx context.Context, domain string) (id string, err error) {
	if p.Plans() {
		return p.CloudFront.SharedStagingAt(ctx, domain)
	}
	return p.CloudFront.StagingAt(ctx, domain)
}

// CountStaging counts the staging distributions of the account.
func (p *Provider) CountStaging(ctx context.Context) (int, error) {
	if p.Plans() {
		return p.CloudFront.SharedCountStaging(ctx)
	}
	return p.CloudFront.CountStaging(ctx)
}

// Policies lists the continuous deployment policies of the account, without ETags.
func (p *Provider) Policies(ctx context.Context) ([]cloudfrontapi.Policy, error) {
	if p.Plans() {
		return p.CloudFront.SharedPolicies(ctx)
	}
	return p.CloudFront.Policies(ctx)
}

// PolicyFor finds the policy that names a staging distribution, "" if none does.
func (p *Provider) PolicyFor(ctx context.Context, staging string) (id string, err error) {
	all, err := p.Policies(ctx)
	for _, policy := range all {
		if strings.EqualFold(policy.Staging, staging) {
			id = policy.ID // one at most
		}
	}
	return id, err
}

// CountFunctions counts the CloudFront Functions of the account.
func (p *Provider) CountFunctions(ctx context.Context) (int, error) {
	return once(ctx, p, &p.functions, "", func(ctx context.Context) (int, error) {
		all, err := p.CloudFront.Functions(ctx, "")
		return len(all), err
	})
}

// PolicyTTL reads how long a cache policy has answers kept.
func (p *Provider) PolicyTTL(ctx context.Context, id string) (cloudfrontapi.TTL, error) {
	return once(ctx, p, &p.ttls, id, func(ctx context.Context) (cloudfrontapi.TTL, error) { return p.CloudFront.PolicyTTL(ctx, id) })
}

// once asks about a thing, in a plan only if nobody has been told yet.
func once[V any](ctx context.Context, p *Provider, told *shared.Answers[V], id string, ask func(context.Context) (V, error)) (V, error) {
	if p.Plans() {
		return told.Look(ctx, p.Clock, id, ask)
	}
	return ask(ctx)
}
