package cloudfrontapi

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/shared"
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
func (c *Client) Conflicts(ctx context.Context, validation Distribution, domain string) ([]Conflict, error) {
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
	if !slices.ContainsFunc(out, func(c Conflict) bool { return c.Own }) {
		return out, nil
	}
	ids, err := c.owned(ctx)
	if err != nil && !errors.Is(err, awsapi.ErrDenied) {
		return nil, err
	}
	for i := range out {
		if !out[i].Own {
			continue
		}
		switch id := ids[out[i].Alias]; {
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

// owned maps every alternate domain name of the account's distributions to who has it.
// One listing is for everybody who asks within a while, unless this process has written
// since.
func (c *Client) owned(ctx context.Context) (map[string]string, error) {
	leave, err := enter(ctx, c.listing)
	if err != nil {
		return nil, err
	}
	defer leave()
	c.mu.Lock()
	written := c.written
	c.mu.Unlock()
	now := c.clock.Now()
	if known := c.listed; !known.at.IsZero() && known.at.After(written) && now.Sub(known.at) < shared.Lasts {
		return known.ids, nil
	}
	ids, err := c.list(ctx)
	if err == nil {
		c.listed = account{ids, now}
	}
	return ids, err
}

// list is owned, asked anew.
func (c *Client) list(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	for d, err := range c.List(ctx) {
		if err != nil {
			return nil, err
		}
		for _, a := range d.Aliases {
			out[a] = d.ID
		}
	}
	return out, nil
}

var errNotAList = errors.New("the answer holds no list of distributions")

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
