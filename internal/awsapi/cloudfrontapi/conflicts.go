package cloudfrontapi

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// A Conflict is an alternate domain name in use, in any account.
type Conflict struct {
	Alias   string // lower case
	Type    string // distribution, distribution-tenant
	ID      string // of the distribution or tenant
	Account string // that it belongs to
	// Own: Account is the one that asks. Otherwise AWS has replaced the first half of
	// ID and of Account by asterisks.
	Own bool
}

// Conflicts lists who has domain or a name that overlaps with it, by name: for an
// exact name itself and the wildcards over it, for a wildcard itself and every name
// under it. AWS answers only to who has a distribution whose certificate covers
// domain; validation is that distribution. AWS masks the ids of this account too;
// they are completed from its list of distributions, if that may be read.
// Source: ListDomainConflicts, ListDistributions. Errors: ErrRefused, ErrNotFound.
func (c *Client) Conflicts(ctx context.Context, validation Summary, domain string) ([]Conflict, error) {
	var out []Conflict
	account := accountOf(validation.ARN)
	err := c.conflicts(ctx, validation.ID, domain, func(d types.DomainConflict) {
		conflict := Conflict{
			Alias: strings.ToLower(aws.ToString(d.Domain)), Type: string(d.ResourceType),
			ID: aws.ToString(d.ResourceId), Account: aws.ToString(d.AccountId),
		}
		conflict.Own = unmasks(conflict.Account, account)
		out = append(out, conflict)
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b Conflict) int { return strings.Compare(a.Alias, b.Alias) })
	for i := range out {
		if !out[i].Own {
			continue
		}
		id, err := c.unmasked(ctx, out[i].ID)
		if err == nil && id == "" && out[i].Type == string(types.DistributionResourceTypeDistribution) { // perhaps it was made since
			id, err = c.find(ctx, func(s Summary) bool { return unmasks(out[i].ID, s.ID) }, nil)
		}
		if err != nil && !errors.Is(err, awsapi.ErrDenied) {
			return nil, err
		}
		switch {
		case id != "":
			out[i].ID, out[i].Account = id, account
		case err == nil && out[i].Type == string(types.DistributionResourceTypeDistribution):
			out[i].Own = false // another account whose number ends alike
		default:
			out[i].Account = account
		}
	}
	return out, nil
}

// unmasked completes the id of one of the account's distributions, "" if none has such an id, by
// the pages that everybody shares who asks within a while. It goes by what AWS shows of the id:
// which names a distribution has, a list may not know yet.
func (c *Client) unmasked(ctx context.Context, masked string) (id string, err error) {
	s, _, err := c.summaries.Find(ctx, func(s Summary) bool { return unmasks(masked, s.ID) })
	return s.ID, err
}

// accountOf is the account number in an ARN.
func accountOf(arn string) string {
	const account = 4 // arn:partition:service:region:account:resource
	if parts := strings.SplitN(arn, ":", account+2); len(parts) == account+2 {
		return parts[account]
	}
	return ""
}

// unmasks says whether masked may be full with its first half hidden.
func unmasks(masked, full string) bool {
	shown := strings.TrimLeft(masked, "*")
	return shown != "" && len(masked) == len(full) && strings.HasSuffix(full, shown)
}
