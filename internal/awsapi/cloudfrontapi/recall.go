package cloudfrontapi

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// A Rest is what a list lacks of a distribution, as far as a refresh compares it: true for as
// long as AWS shows Version, because AWS counts every write. It holds hashes and ids only.
type Rest struct {
	Version     string `json:"version"`
	Fingerprint string `json:"fingerprint"`
	Content     string `json:"content"`
	UnknownHash string `json:"unknown,omitempty"`
	// Policy is that of a primary: what a staging distribution shows may change without a write.
	Policy string `json:"policy,omitempty"`
	// Locks identifies what continuous deployment does not let the two of a pair differ in.
	Locks string `json:"locks"`
}

// Rest is what a list lacks of it; the zero value where that cannot be told.
func (d Distribution) Rest() Rest {
	if d.Version == "" || d.Fingerprint == "" {
		return Rest{}
	}
	return Rest{Version: d.Version, Fingerprint: d.Fingerprint, Content: d.content, UnknownHash: d.UnknownHash, Policy: d.Policy, Locks: d.locked()}
}

// locked is Rest.Locks.
func (d Distribution) locked() string {
	if !d.Whole() {
		return d.locks
	}
	return knownHash(configuration(d.raw), slices.Concat(own, free)...)
}

// Whole says whether it has its configuration. What is recalled has none, so nothing can be
// written by it.
func (d Distribution) Whole() bool { return d.config != nil }

// Latest is the last full answer about a distribution, however old; the zero value where
// there is none. What it says belongs to its Version, and not to now.
func (c *Client) Latest(id string) Distribution {
	q := c.of(id)
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.latest
}

// Recalled says of one distribution what SharedSummary does, and the rest from memory where
// AWS still shows its version. Where not, it is what Distribution says. Errors: ErrNotFound.
func (c *Client) Recalled(ctx context.Context, id string, known Rest) (Distribution, error) {
	if known.Version != "" {
		s, err := c.SharedSummary(ctx, id)
		if err != nil {
			return Distribution{}, err
		}
		if s.Version == known.Version {
			return Distribution{
				Summary: s, Fingerprint: known.Fingerprint, content: known.Content, UnknownHash: known.UnknownHash, Policy: known.Policy, locks: known.Locks,
			}, nil
		}
	}
	return c.Distribution(ctx, id, c.clock.Now().Add(-sharedWith))
}

// RecalledPair is Recalled of a primary and its staging distribution; one that does not exist
// is the zero value. Where they do not share what continuous deployment wants them to, both are
// whole, so that Locked can say what.
func (c *Client) RecalledPair(ctx context.Context, primary, staging string, known map[string]Rest) (p, s Distribution, err error) {
	look := func(id string, known Rest) (Distribution, error) {
		d, err := c.Recalled(ctx, id, known)
		if errors.Is(err, awsapi.ErrNotFound) {
			return Distribution{}, nil
		}
		return d, err
	}
	if p, err = look(primary, known[primary]); err != nil {
		return p, s, err
	}
	if s, err = look(staging, known[staging]); err != nil || p.ID == "" || s.ID == "" || p.Whole() && s.Whole() || p.locked() == s.locked() {
		return p, s, err
	}
	if p, err = look(primary, Rest{}); err == nil {
		s, err = look(staging, Rest{})
	}
	return p, s, err
}

// told is an answer about one policy.
type told struct {
	policy Policy
	err    error // nil, or ErrNotFound
	at     time.Time
}

// PolicySince is Policy by an answer that was asked for at since or later, unless this process
// has written in the meantime. Errors: ErrNotFound.
func (c *Client) PolicySince(ctx context.Context, id string, since time.Time) (Policy, error) {
	c.mu.Lock()
	last, asked := c.told[id], c.clock.Now()
	fresh := !last.at.IsZero() && !last.at.Before(since) && last.at.After(c.written)
	c.mu.Unlock()
	if fresh {
		return last.policy, last.err
	}
	p, err := c.Policy(ctx, id)
	if err == nil || errors.Is(err, awsapi.ErrNotFound) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.told[id] = told{p, err, asked}
	}
	return p, err
}

// SharedPolicy says of one policy, without its ETag, what the list of them does, as
// SharedSummary does of a distribution. Errors: ErrNotFound, which is never the word of a list.
func (c *Client) SharedPolicy(ctx context.Context, id string) (Policy, error) {
	return c.policies.Look(ctx, id)
}

func (c *Client) onePolicy(ctx context.Context, id string) (Policy, error) {
	return c.PolicySince(ctx, id, c.clock.Now().Add(-sharedWith))
}

func (c *Client) policyPage(ctx context.Context, marker string) (map[string]Policy, string, error) {
	page, next, err := c.policiesFrom(ctx, marker)
	out := map[string]Policy{}
	for _, p := range page {
		out[p.ID] = p
	}
	return out, next, err
}
