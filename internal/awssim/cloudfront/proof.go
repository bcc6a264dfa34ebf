package cloudfront

import (
	"slices"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"
)

// A proof is what CloudFront was told of the TXT values of a name.
type proof struct {
	values []string
	asked  time.Time
	lasts  time.Duration // as DNS allows
}

// proven looks for the TXT record with which whoever has a name agrees to its move to a
// distribution in another account: the name's own with an underscore before it, and the
// distribution's domain for a value. Answers are kept as resolvers keep them: who asks before
// the record is there will not see it for a while.
// Source: Developer Guide, "Create the TXT record for the target".
func (s *Service) proven(name, domain string, now time.Time) bool {
	if strings.HasPrefix(name, "*.") && s.opts.Knobs.RefuseWildcardProof {
		return false
	}
	values := s.ask(proofName(name), now)
	says := func(v string) bool { return strings.TrimSuffix(key(v), ".") == domain }
	if s.opts.Knobs.TXTAll {
		return len(values) > 0 && !slices.ContainsFunc(values, func(v string) bool { return !says(v) })
	}
	return slices.ContainsFunc(values, says)
}

// proofName is _www.example.com for www.example.com, and _.example.com for example.com, which
// has no place for the other. Nothing is written about wildcards.
func proofName(name string) string {
	name, wild := strings.CutPrefix(key(name), "*.")
	if apex, err := publicsuffix.EffectiveTLDPlusOne(name); wild || err == nil && apex == name {
		return "_." + name
	}
	return "_" + name
}

// ask answers from what is still known. Callers are inside Serve.
func (s *Service) ask(name string, now time.Time) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.proofs[name]
	lasts := known.lasts
	if k := s.opts.Knobs.TXTCache; k > 0 {
		lasts = k
	}
	if ok && now.Sub(known.asked) < lasts {
		return known.values
	}
	values, lasts := s.opts.TXT(name, now)
	s.proofs[name] = proof{values, now, lasts}
	return values
}
