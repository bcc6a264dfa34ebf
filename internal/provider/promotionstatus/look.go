package promotionstatus

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// A pair is what AWS says. What is not there has no id.
type pair struct {
	primary, staging cloudfrontapi.Distribution
	policy           cloudfrontapi.Policy
	spec             promotion.Spec
}

// look reads both distributions and the policy between them. Without the id of staging
// it is the one that the primary's policy names. Answers of since or later will do.
func look(ctx context.Context, p *configured.Provider, primary, staging string, since time.Time) (pair, error) {
	out := pair{spec: promotion.Spec{Asked: promotion.Asked{Primary: primary, Staging: staging}}}
	var err error
	if out.primary, err = distribution(ctx, p, primary, since); err != nil {
		return out, err
	}
	if staging != "" {
		if out.staging, err = distribution(ctx, p, staging, since); err != nil {
			return out, err
		}
	}
	// A policy has one staging distribution, and CloudFront shows it on both ends: what
	// the primary has may be the policy of another.
	if out.spec.Policy = cmp.Or(out.staging.Policy, out.primary.Policy); out.spec.Policy == "" {
		return out, nil
	}
	out.policy, err = p.CloudFront.PolicySince(ctx, out.spec.Policy, since)
	if errors.Is(err, awsapi.ErrNotFound) {
		return out, nil
	}
	if err != nil || staging != "" || out.policy.Staging == "" {
		return out, err
	}
	if out.spec.Staging, err = p.StagingAt(ctx, out.policy.Staging); err != nil || out.spec.Staging == "" {
		return out, err
	}
	out.staging, err = distribution(ctx, p, out.spec.Staging, since)
	return out, err
}

// distribution reads one; one that does not exist is the zero value.
func distribution(ctx context.Context, p *configured.Provider, id string, since time.Time) (cloudfrontapi.Distribution, error) {
	d, err := p.CloudFront.Distribution(ctx, id, since)
	if errors.Is(err, awsapi.ErrNotFound) {
		return cloudfrontapi.Distribution{}, nil
	}
	return d, err
}
