package cloudfront

import (
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/propagation"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// Why a POP refuses a Host.
const (
	Unclaimed  = "unclaimed"  // no distribution owns the name there
	Disabled   = "disabled"   // the owner is disabled, which beats a wildcard of another distribution
	Undeployed = "undeployed" // the owner's configuration has not reached this POP
	StagingOwn = "staging"    // a staging distribution's own name
)

// A Route is what one POP makes of a Host header at one moment.
type Route struct {
	Distribution string
	Config       *wire.Node // in effect there and then; shared, Clone before changing it
	Version      int        // of the distribution, from 1; 0: none has arrived
	Reason       string     // empty: serve
	Status       int        // what is answered otherwise
	Split        *Split     // where a continuous deployment policy is in force
}

// hostname strips what a Host header may carry besides the name.
func hostname(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.TrimSuffix(key(host), ".")
}

// Route says which distribution answers for host at POP pop. The POP looks for
// the most specific alias that it believes to be owned, and only then at the
// owner's configuration; where DNS points plays no part.
// Source: Developer Guide, CNAMEs and HowToDeleteDistribution.
func (s *Service) Route(pop int, at time.Time, host string) Route {
	s.mu.RLock()
	defer s.mu.RUnlock()
	host = hostname(host)
	if d := s.byDomain[host]; d != nil {
		if d.deleted && !d.gone[pop].After(at) {
			return Route{Reason: Unclaimed, Status: http.StatusForbidden}
		}
		return s.answering(d, pop, at)
	}
	for _, name := range candidates(host) {
		if d := s.ownerAt(name, pop, at); d != nil {
			return s.answering(d, pop, at)
		}
	}
	return Route{Reason: Unclaimed, Status: http.StatusForbidden}
}

// answering is what one POP makes of a request for a distribution.
func (s *Service) answering(d *distribution, pop int, at time.Time) Route {
	r := d.route(pop, at)
	if r.Reason != Undeployed && d.staging() {
		r.Reason = StagingOwn
	}
	switch r.Reason {
	case "":
		r.Split = s.splitAt(d.versions[r.Version-1].split, pop, at)
	case Disabled, StagingOwn:
		r.Status = s.edgeKnobs.RefusedStatus
	default:
		r.Status = http.StatusForbidden
	}
	return r
}

// ownerAt is who owns an alias in the eyes of one POP.
func (s *Service) ownerAt(name string, pop int, at time.Time) *distribution {
	events := s.names[name]
	for _, e := range slices.Backward(events) {
		switch arrives := e.Arrives[pop]; {
		case !arrives.After(at):
			return s.byID[e.To]
		case arrives.Before(propagation.Never) && !arrives.Add(-e.Gap).After(at):
			return nil // between two owners
		}
	}
	return nil
}

func (d *distribution) route(pop int, at time.Time) Route {
	r := Route{Distribution: d.id, Reason: Undeployed}
	for i, v := range slices.Backward(d.versions) {
		if v.Arrives[pop].After(at) {
			continue
		}
		r.Config, r.Version, r.Reason = v.Config, i+1, ""
		if !v.Config.True("Enabled") {
			r.Reason = Disabled
		}
		break
	}
	return r
}

// DistributionByDomain finds the distribution behind a d….cloudfront.net name:
// its latest configuration, and whether the name resolves, which it does from the
// moment that the first POP has the first version, and never for staging.
func (s *Service) DistributionByDomain(domain string, at time.Time) (id string, config *wire.Node, resolves bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	d := s.byDomain[hostname(domain)]
	if d == nil {
		return "", nil, false
	}
	arrived := slices.ContainsFunc(d.versions[0].Arrives, func(t time.Time) bool { return !t.After(at) })
	for _, v := range d.versions[1:] { // a frozen first version travels with a later one
		arrived = arrived || slices.ContainsFunc(v.Arrives, func(t time.Time) bool { return !t.After(at) })
	}
	gone := d.deleted && !propagation.Done(d.gone).After(at)
	return d.id, d.config(), arrived && !gone && !d.staging()
}

// IsOrigin says whether some distribution has an origin of that domain name, by its latest
// configuration.
func (s *Service) IsOrigin(domain string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	is := func(o *wire.Node) bool { return hostname(o.String("DomainName")) == hostname(domain) }
	for _, d := range s.byID {
		if !d.deleted && slices.ContainsFunc(d.config().All("Origin", "Origins", "Items"), is) {
			return true
		}
	}
	return false
}

// Exists says whether a d….cloudfront.net name belongs to a distribution that an
// alias record may target. It never does for staging.
func (s *Service) Exists(domain string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	d := s.byDomain[hostname(domain)]
	return d != nil && !d.deleted && !d.staging()
}

// Owns says whether the distribution behind domain lists name, or a wildcard over
// it, among its aliases.
func (s *Service) Owns(domain, name string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	d := s.byDomain[hostname(domain)]
	return d != nil && !d.deleted && slices.ContainsFunc(d.aliases(), func(a string) bool { return aliasCovers(a, hostname(name)) })
}

// Uses lists the ARNs of the distributions whose configuration names a certificate.
func (s *Service) Uses(certificate string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []string
	for _, d := range s.order {
		if !d.deleted && d.config().String("ViewerCertificate", "ACMCertificateArn") == certificate {
			out = append(out, d.arn)
		}
	}
	return out
}

// Moments lists every instant at which Route(any POP, ·, host) may change, sorted.
func (s *Service) Moments(host string) []time.Time {
	s.mu.RLock()
	defer s.mu.RUnlock()
	host = hostname(host)
	seen := map[string]*distribution{}
	var out []time.Time
	for _, name := range candidates(host) {
		for _, e := range s.names[name] {
			for _, t := range e.Arrives {
				out = append(out, t)
				if e.Gap > 0 {
					out = append(out, t.Add(-e.Gap))
				}
			}
			if d := s.byID[e.To]; d != nil {
				seen[d.id] = d
			}
		}
	}
	if d := s.byDomain[host]; d != nil {
		seen[d.id] = d
	}
	for _, d := range seen {
		for _, v := range d.versions {
			out = append(out, v.Arrives...)
		}
		out = append(out, d.gone...)
	}
	for d := range s.stagingOf(seen) { // what a policy sends viewers to
		for _, v := range d.versions {
			out = append(out, v.Arrives...)
		}
		out = append(out, d.gone...)
	}
	out = slices.DeleteFunc(out, func(t time.Time) bool { return !t.Before(propagation.Never.AddDate(-1, 0, 0)) })
	slices.SortFunc(out, time.Time.Compare)
	return slices.CompactFunc(out, time.Time.Equal)
}

// A Description is one distribution as the admin interface shows it.
type Description struct {
	ID      string   `json:"id"`
	Domain  string   `json:"domain"`
	Status  string   `json:"status"`
	ETag    string   `json:"etag"`
	Enabled bool     `json:"enabled"`
	Staging bool     `json:"staging,omitempty"`
	Comment string   `json:"comment,omitempty"`
	Aliases []string `json:"aliases"`
	Policy  string   `json:"policy,omitempty"` // the continuous deployment policy that it shows
	// Invalidating says that an invalidation of it is InProgress.
	Invalidating bool  `json:"invalidating,omitempty"`
	Version      int   `json:"version"`   // the newest
	POPs         []int `json:"pops"`      // which have the newest version
	POPCount     int   `json:"pop_count"` // how many there are
}

// Describe lists the distributions that exist, in order of creation.
func (s *Service) Describe(at time.Time) []Description {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := []Description{}
	for _, d := range s.order {
		if d.deleted {
			continue
		}
		v := d.latest()
		x := Description{
			ID: d.id, Domain: d.domain, Status: d.status(at), ETag: d.etag(at), Enabled: v.Config.True("Enabled"),
			Staging: d.staging(), Comment: v.Config.String("Comment"), Aliases: append([]string{}, d.aliases()...),
			Policy:  s.visible(d).String("ContinuousDeploymentPolicyId"),
			Version: len(d.versions), POPs: []int{}, POPCount: len(v.Arrives),
			Invalidating: slices.ContainsFunc(d.invalidations, func(i *invalidation) bool { return i.status(at) != "Completed" }),
		}
		for i, t := range v.Arrives {
			if !t.After(at) {
				x.POPs = append(x.POPs, i)
			}
		}
		out = append(out, x)
	}
	return out
}

// Owner is the account that a distribution is of, "" for one that there never was.
func (e *edge) Owner(id string) string {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if d := e.byID[id]; d != nil {
		return d.of.opts.Account
	}
	return ""
}

// AliasEvents is the history of an alternate domain name, spelled as the alias is
// ("*.example.com" for a wildcard), oldest first.
func (s *Service) AliasEvents(name string) []AliasEvent {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.names[hostname(name)])
}

// Versions is the history of a distribution, oldest first.
func (s *Service) Versions(id string) []Version {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if d := s.byID[id]; d != nil {
		return slices.Clone(d.versions)
	}
	return nil
}
