// Package cloudfrontapi reads and conditionally writes CloudFront distributions.
//
// One Client serves every resource of a provider process. It keeps one write
// queue per distribution, so that fifty switches on a pair of distributions do
// not invalidate each other's ETags, and lets them share their polls. It caches
// nothing that a decision before a write depends on.
package cloudfrontapi

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/shared"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// A Client is safe for concurrent use.
type Client struct {
	api   *cloudfront.Client
	clock clock.Clock

	mu      sync.Mutex
	queue   map[string]*queue
	written time.Time // when this process last wrote to any distribution

	gathering Gathering

	quotas Quotas
	pace   *pace

	summaries *shared.Listing[Summary]
	policies  *shared.Listing[Policy]
	told      map[string]told // the latest answer about each policy

	circle *circle // whose writes it minds
}

// queue is what the client keeps about one distribution.
type queue struct {
	// Whoever has the token may write, or ask; the others wait for as long as their
	// context lasts, which a mutex would not let them.
	write, read, invalidate chan struct{}

	mu        sync.Mutex
	gathering *batch // that edits may still join; nil: the next one begins another
	latest    Distribution
	at        time.Time // when latest was asked for
	// deployed is the fingerprint this process last saw deployed everywhere.
	deployed string
	sent     []*batchSent // invalidations in progress, as far as this process knows
}

// New returns a client; endpoint is empty for AWS's own.
func New(cfg aws.Config, endpoint string, c clock.Clock) *Client {
	client := &Client{
		clock:     c,
		queue:     map[string]*queue{},
		told:      map[string]told{},
		gathering: DefaultGathering,
		api: cloudfront.NewFromConfig(cfg, func(o *cloudfront.Options) {
			o.Region = awsapi.Region
			if endpoint != "" {
				o.BaseEndpoint = aws.String(endpoint)
			}
		}),
	}
	client.summaries = &shared.Listing[Summary]{Clock: c, One: client.one, Page: client.page}
	client.policies = &shared.Listing[Policy]{Clock: c, One: client.onePolicy, Page: client.policyPage}
	client.circle = &circle{all: []*Client{client}}
	client.Limit(DefaultQuotas)
	return client
}

func (c *Client) of(id string) *queue {
	c.mu.Lock()
	defer c.mu.Unlock()
	q := c.queue[id]
	if q == nil {
		q = &queue{write: make(chan struct{}, 1), read: make(chan struct{}, 1), invalidate: make(chan struct{}, 1)}
		c.queue[id] = q
	}
	return q
}

// enter takes the token of a queue and returns how to give it back.
func enter(ctx context.Context, token chan struct{}) (leave func(), err error) {
	select {
	case token <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	leave = func() { <-token }
	if err := ctx.Err(); err != nil { // both were possible, and chance took the token
		leave()
		return nil, err
	}
	return leave, nil
}

// A Distribution is what GetDistribution says, as far as a cutover cares.
type Distribution struct {
	Summary
	// Settling: InProgress, but apart from its alternate domain names the configuration
	// is one that this process has seen Deployed: only names are on their way.
	Settling bool
	// Fingerprint identifies what this build knows of the configuration, without names,
	// bookkeeping, and what is at its default.
	Fingerprint string
	// UnknownHash identifies what this build does not know of it, "" if that is nothing.
	UnknownHash string
	// Policy is the continuous deployment policy: attached, if this is a primary; the one
	// that names it, if it is a staging distribution. Empty: none.
	Policy    string
	Reference string // the caller reference it was made with
	content   string
	locks     string // Rest.Locks of one that was recalled
	config    *types.DistributionConfig
	raw       []byte // the answer, for elements this SDK does not know
}

// Distribution reads one distribution. An answer that was asked for at since or
// later, on the client's clock, may be shared with other callers, unless this
// process has written to the distribution in the meantime. Errors: ErrNotFound.
func (c *Client) Distribution(ctx context.Context, id string, since time.Time) (Distribution, error) {
	q := c.of(id)
	leave, err := enter(ctx, q.read) // one GetDistribution at a time; the others use its answer
	if err != nil {
		return Distribution{}, err
	}
	defer leave()
	c.mu.Lock()
	written := c.written
	c.mu.Unlock()
	q.mu.Lock()
	if !q.at.IsZero() && !q.at.Before(since) && q.at.After(written) {
		defer q.mu.Unlock()
		return q.latest, nil
	}
	asked, d := c.clock.Now(), q.latest
	q.mu.Unlock()

	capture := &captured{}
	out, err := c.api.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: aws.String(id)}, capture.option)
	// While it propagates the answer is the same, time and again, and so is what is read of it.
	if same := len(d.raw) > 0 && bytes.Equal(capture.body, d.raw); err == nil && same && aws.ToString(out.ETag) == d.ETag {
		d.config = out.Distribution.DistributionConfig
	} else if err == nil {
		if tree := configuration(capture.body); tree != nil && out.Distribution != nil && out.Distribution.Id != nil {
			d = read(out, capture.body, tree)
		} else {
			err = errNotAnAnswer // without a configuration it would pass for one that nobody knows
		}
	}
	if err != nil {
		return Distribution{}, awsapi.Wrap(ctx, "reading distribution "+id, err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case d.Deployed:
		q.deployed = d.Fingerprint
	case d.Fingerprint != q.deployed:
		q.deployed = "" // going back to it would be one more change on its way
	}
	d.Settling = !d.Deployed && d.Fingerprint != "" && d.Fingerprint == q.deployed
	q.latest, q.at = d, asked
	return d, nil
}

// errNotAnAnswer: something between us and CloudFront said 200 to everything.
var errNotAnAnswer = errors.New("the answer is not one of CloudFront")

// read is what a document says, of which tree is the configuration.
func read(out *cloudfront.GetDistributionOutput, raw []byte, tree *element) Distribution {
	cfg := out.Distribution.DistributionConfig
	if cfg == nil {
		cfg = &types.DistributionConfig{}
	}
	d := Distribution{config: out.Distribution.DistributionConfig, raw: raw, Summary: summary(types.DistributionSummary{
		Id: out.Distribution.Id, ARN: out.Distribution.ARN, DomainName: out.Distribution.DomainName, ETag: out.ETag,
		Status: out.Distribution.Status, LastModifiedTime: out.Distribution.LastModifiedTime,
		Aliases: cfg.Aliases, Enabled: cfg.Enabled, Staging: cfg.Staging, IsIPV6Enabled: cfg.IsIPV6Enabled, HttpVersion: cfg.HttpVersion,
		ViewerCertificate: cfg.ViewerCertificate, PriceClass: cfg.PriceClass, WebACLId: cfg.WebACLId, Origins: cfg.Origins, OriginGroups: cfg.OriginGroups,
	})}
	if d.config == nil {
		return d
	}
	d.Policy, d.Reference = aws.ToString(cfg.ContinuousDeploymentPolicyId), aws.ToString(cfg.CallerReference)
	d.Fingerprint, d.content, d.UnknownHash = knownHash(tree, own...), knownHash(tree, owned...), unknownHash(tree)
	return d
}

// Exclusive holds the write queue of a distribution while do runs. Whoever needs
// to write looks at the world once more in there: what other resources of this
// process did to the distribution while it waited is then part of the decision.
func (c *Client) Exclusive(ctx context.Context, id string, do func() error) error {
	leave, err := enter(ctx, c.of(id).write)
	if err != nil {
		return err
	}
	defer leave()
	return do()
}

// MoveDomain takes domain from the distribution that has it to the one called
// id, on condition that id is as observed. Source: UpdateDomainAssociation.
// Errors: ErrStale, ErrRefused, ErrNotFound.
func (c *Client) MoveDomain(ctx context.Context, domain string, to Distribution) error {
	_, err := c.api.UpdateDomainAssociation(ctx, &cloudfront.UpdateDomainAssociationInput{
		Domain: aws.String(domain), IfMatch: aws.String(to.ETag),
		TargetResource: &types.DistributionResourceId{DistributionId: aws.String(to.ID)},
	})
	c.wrote()
	return awsapi.Wrap(ctx, fmt.Sprintf("moving %s to %s", domain, to.ID), err)
}

// AssociateAlias takes domain from the distribution that has it to a standard
// distribution. AWS checks no condition; doing it twice does no harm. Source:
// AssociateAlias. Errors: ErrRefused, ErrNotFound.
func (c *Client) AssociateAlias(ctx context.Context, domain string, to Distribution) error {
	_, err := c.api.AssociateAlias(ctx, &cloudfront.AssociateAliasInput{Alias: aws.String(domain), TargetDistributionId: aws.String(to.ID)})
	c.wrote()
	return awsapi.Wrap(ctx, fmt.Sprintf("moving %s to %s", domain, to.ID), err)
}

// AddAliases adds names that nobody owns to a distribution, on condition that it
// is as observed. Errors: ErrStale, ErrTaken, ErrRefused, ErrUnknownElement.
func (c *Client) AddAliases(ctx context.Context, to Distribution, domains ...string) error {
	names := append(append([]string(nil), to.Aliases...), domains...)
	return c.setAliases(ctx, fmt.Sprintf("adding %s to %s", strings.Join(domains, ", "), to.ID), to, names)
}

// RemoveAliases takes names off a distribution, on condition that it is as
// observed. Errors: ErrStale, ErrRefused, ErrUnknownElement.
func (c *Client) RemoveAliases(ctx context.Context, from Distribution, domains ...string) error {
	names := slices.DeleteFunc(slices.Clone(from.Aliases), func(n string) bool { return slices.Contains(domains, n) })
	return c.setAliases(ctx, fmt.Sprintf("removing %s from %s", strings.Join(domains, ", "), from.ID), from, names)
}

func (c *Client) setAliases(ctx context.Context, doing string, d Distribution, names []string) error {
	if d.config == nil {
		return fmt.Errorf("%s: %w", doing, awsapi.ErrStale)
	}
	cfg := *d.config
	cfg.Aliases = &types.Aliases{Items: names, Quantity: aws.Int32(int32(len(names)))} //nolint:gosec // at most 100
	return c.update(ctx, doing, d, &cfg, "Aliases")
}

// update replaces a configuration, on condition that the distribution is as
// observed, and refuses to if anything but changing would be lost.
func (c *Client) update(ctx context.Context, doing string, d Distribution, cfg *types.DistributionConfig, changing ...string) error {
	guard := &preserving{raw: d.raw, changing: changing}
	_, err := c.api.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{
		Id: aws.String(d.ID), IfMatch: aws.String(d.ETag), DistributionConfig: cfg,
	}, guard.option)
	c.wrote()
	if err := guard.err(doing); err != nil {
		return err
	}
	return awsapi.Wrap(ctx, doing, awsapi.Hide(err, headerValues(d.config)...))
}

// wrote notes that this process has changed a distribution, or may have: no
// answer asked for before now may be shared any more, not even about another
// distribution, because a name that moves changes two.
//
// Nor about one of another account of the same provider.
func (c *Client) wrote() {
	for _, one := range c.together() {
		one.summaries.Forget()
		one.policies.Forget()
		one.mu.Lock()
		one.written = one.clock.Now()
		one.mu.Unlock()
	}
}

// circle are the clients of one provider, each of an account.
type circle struct {
	mu  sync.Mutex
	all []*Client
}

// Join makes a client one of those whose writes another one minds, and the other way round.
// Nobody may use it yet; the other one may be in use.
func (c *Client) Join(other *Client) {
	other.circle.mu.Lock()
	defer other.circle.mu.Unlock()
	other.circle.all = append(other.circle.all, c)
	c.circle = other.circle
}

// together lists the clients that mind a write of c.
func (c *Client) together() []*Client {
	c.circle.mu.Lock()
	defer c.circle.mu.Unlock()
	return slices.Clone(c.circle.all)
}

// Owner finds the distribution or tenant that has domain and is none of known.
// It needs a distribution of ours whose certificate covers the domain, and
// returns "" when nobody owns it. AWS masks the first half of ids that it does
// not show to this account; those of the account itself are completed from its
// list. Source: ListDomainConflicts, ListDistributions.
func (c *Client) Owner(ctx context.Context, validation, domain string) (string, error) {
	var masked string
	err := c.conflicts(ctx, validation, domain, func(conflict types.DomainConflict) {
		if strings.EqualFold(aws.ToString(conflict.Domain), domain) {
			masked = aws.ToString(conflict.ResourceId)
		}
	})
	if err != nil || masked == "" {
		return "", err
	}
	id, err := c.unmasked(ctx, masked)
	if err != nil && !errors.Is(err, awsapi.ErrDenied) { // not to be allowed to is an answer too
		return "", err
	}
	return cmp.Or(id, masked), nil
}

// Under lists the alternate domain names that somebody has under a wildcard, in
// any account, in lower case: those that the wildcard does not catch. It needs what
// Owner needs.
func (c *Client) Under(ctx context.Context, validation, wildcard string) ([]string, error) {
	var out []string
	err := c.conflicts(ctx, validation, wildcard, func(conflict types.DomainConflict) {
		if name := strings.ToLower(aws.ToString(conflict.Domain)); name != wildcard {
			out = append(out, name)
		}
	})
	return out, err
}

// conflicts visits everybody whose names are domain or overlap with it.
func (c *Client) conflicts(ctx context.Context, validation, domain string, visit func(types.DomainConflict)) error {
	in := &cloudfront.ListDomainConflictsInput{
		Domain:                          aws.String(domain),
		DomainControlValidationResource: &types.DistributionResourceId{DistributionId: aws.String(validation)},
	}
	for {
		out, err := c.api.ListDomainConflicts(ctx, in)
		if err != nil {
			return awsapi.Wrap(ctx, "asking who owns "+domain, err)
		}
		for _, conflict := range out.DomainConflicts {
			visit(conflict)
		}
		if aws.ToString(out.NextMarker) == "" {
			return nil
		}
		in.Marker = out.NextMarker
	}
}
