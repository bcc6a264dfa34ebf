package cloudfrontapi

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// find returns the first distribution of the account that has a summary and a
// configuration as wanted, "" if none has. Lists show neither caller references nor
// policies, so each distribution that the summary lets pass is asked. Source:
// ListDistributions, GetDistributionConfig.
func (c *Client) find(ctx context.Context, summary func(Summary) bool, config func(*types.DistributionConfig) bool) (string, error) {
	for d, err := range c.List(ctx) {
		if err != nil {
			return "", err
		}
		if !summary(d.Summary) {
			continue
		}
		if config == nil {
			return d.ID, nil
		}
		got, err := c.api.GetDistributionConfig(ctx, &cloudfront.GetDistributionConfigInput{Id: aws.String(d.ID)})
		if err = awsapi.Wrap(ctx, "reading distribution "+d.ID, err); errors.Is(err, awsapi.ErrNotFound) {
			continue // deleted since the list was made
		}
		if err != nil {
			return "", err
		}
		if got.DistributionConfig != nil && config(got.DistributionConfig) {
			return d.ID, nil
		}
	}
	return "", nil
}

// CopyOf finds the staging distribution that was made with a caller reference, "" if
// there is none. An account has twenty staging distributions at most.
func (c *Client) CopyOf(ctx context.Context, reference string) (id string, err error) {
	return c.find(ctx, func(s Summary) bool { return s.Staging },
		func(cfg *types.DistributionConfig) bool { return aws.ToString(cfg.CallerReference) == reference })
}

// StagingAt finds the staging distribution with a domain name, "" if there is none.
func (c *Client) StagingAt(ctx context.Context, domain string) (id string, err error) {
	return c.find(ctx, stagingAt(domain), nil)
}

func stagingAt(domain string) func(Summary) bool {
	return func(s Summary) bool { return s.Staging && strings.EqualFold(s.Domain, domain) }
}

// SharedStagingAt is StagingAt by the pages that SharedSummary goes by, and for the same callers.
func (c *Client) SharedStagingAt(ctx context.Context, domain string) (id string, err error) {
	s, _, err := c.summaries.Find(ctx, stagingAt(domain))
	return s.ID, err
}

// At finds the distribution with a domain name under cloudfront.net, "" if this account has
// none.
func (c *Client) At(ctx context.Context, domain string) (id string, err error) {
	return c.find(ctx, func(s Summary) bool { return strings.EqualFold(s.Domain, domain) }, nil)
}

// PrimaryOf finds the distribution that a policy is attached to, "" if there is none.
// It asks each distribution of the account, and is for imports.
func (c *Client) PrimaryOf(ctx context.Context, policy string) (id string, err error) {
	return c.find(ctx, func(s Summary) bool { return !s.Staging },
		func(cfg *types.DistributionConfig) bool {
			return aws.ToString(cfg.ContinuousDeploymentPolicyId) == policy
		})
}

// Ends are the distributions that a policy stands between, "" for one that is not there.
type Ends struct{ Primary, Staging string }

// Ends finds both ends of some policies, by policy, in one pass over the account. Only
// configurations say which policy is attached, so distributions are asked, one call
// each, until every primary is found: with a policy that has none, all of them. Source:
// ListDistributions, GetDistributionConfig.
func (c *Client) Ends(ctx context.Context, policies []Policy) (map[string]Ends, error) {
	out := map[string]Ends{}
	if len(policies) == 0 {
		return out, nil
	}
	staging := map[string]string{} // id by domain name
	primaries := 0
	var id string
	_, err := c.find(ctx, func(s Summary) bool {
		if id = s.ID; s.Staging {
			staging[s.Domain] = id
			return false
		}
		return primaries < len(policies)
	}, func(cfg *types.DistributionConfig) bool {
		has := aws.ToString(cfg.ContinuousDeploymentPolicyId)
		if slices.ContainsFunc(policies, func(p Policy) bool { return p.ID == has }) {
			out[has] = Ends{Primary: id}
			primaries++
		}
		return false // the pages to come may list more staging distributions
	})
	for _, p := range policies {
		out[p.ID] = Ends{Primary: out[p.ID].Primary, Staging: staging[p.Staging]}
	}
	return out, err
}

// CountStaging counts the staging distributions of the account. Source: ListDistributions.
func (c *Client) CountStaging(ctx context.Context) (int, error) {
	n := 0
	_, err := c.find(ctx, func(s Summary) bool {
		if s.Staging {
			n++
		}
		return false
	}, nil)
	return n, err
}

// SharedCountStaging is CountStaging by the pages that SharedSummary goes by, and for the same callers.
func (c *Client) SharedCountStaging(ctx context.Context) (int, error) {
	n := 0
	all, err := c.summaries.All(ctx)
	for _, s := range all {
		if s.Staging {
			n++
		}
	}
	return n, err
}
