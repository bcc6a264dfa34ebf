package cloudfront

import (
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// A Split is how one POP divides the requests for a primary between it and its
// staging distribution at one moment. It is there only while a policy is enabled.
type Split struct {
	Policy   string
	Sessions int   // sessions begun under another number are over
	Staging  Route // what the POP makes of the staging distribution; Reason empty: it serves

	Header, Value string        // by header, where Header is not empty
	Weight        float64       // else the share of requests, or of sessions, that staging gets
	Idle, Maximum time.Duration // of a session; 0: every request is on its own
	Cookie        string        // of the session

	Peak              bool // the primary gets everything just now
	WeightedErrorBug  bool // see the knobs of these names
	ForeignPathErrors bool
}

// Turned tells the points of presence how the knobs are set now. They cannot look:
// a viewer's request does not hold the world.
func (s *Service) Turned() {
	s.serving.Lock()
	defer s.serving.Unlock()
	s.turned()
}

// Caching is how the points of presence cache: the knobs RegionalCaches, OriginPathInKey
// and PurgeOnOriginChange.
func (s *Service) Caching() (regional int, pathInKey, purges bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.edgeKnobs.RegionalCaches, s.edgeKnobs.OriginPathInKey, s.edgeKnobs.PurgeOnOriginChange
}

func (s *Service) turned() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.edgeKnobs = *s.opts.Knobs
}

// splitAt is how a policy divides at one POP. The caller holds mu.
func (s *Service) splitAt(x *split, pop int, at time.Time) *Split {
	if x == nil || !x.enabled {
		return nil
	}
	k := s.edgeKnobs
	out := &Split{
		Policy: x.policy, Sessions: x.sessions, Staging: x.staging.route(pop, at),
		Header: x.header, Value: x.value, Weight: x.weight, Idle: x.idle, Maximum: x.maximum, Cookie: k.SessionCookie,
		Peak:             s.peak(pop, at),
		WeightedErrorBug: k.WeightedErrorBug && x.header == "", ForeignPathErrors: k.ForeignPathErrors,
	}
	if d := x.staging; d.deleted && !d.gone[pop].After(at) {
		out.Staging = Route{Distribution: d.id, Reason: Unclaimed}
	}
	if out.Staging.Reason != "" {
		if k.StagingFallback {
			return nil
		}
		out.Staging.Status = 403
	}
	return out
}

// peak says whether a POP is in one of its busy hours. There is one in each PeakEvery,
// at a moment drawn from the seed.
func (s *Service) peak(pop int, at time.Time) bool {
	span, every := s.edgeKnobs.PeakSpan, s.edgeKnobs.PeakEvery
	if span <= 0 || every <= span {
		return span > 0
	}
	nth, into := at.UnixNano()/int64(every), time.Duration(at.UnixNano()%int64(every))
	begins := time.Duration(mixed(s.opts.Seed, uint64(pop), uint64(nth)) % uint64(every-span))
	return into >= begins && into < begins+span
}

// mixed is a hash of three numbers: splitmix64's finaliser over each in turn.
func mixed(numbers ...uint64) uint64 {
	var h uint64
	for _, n := range numbers {
		h += n + 0x9e3779b97f4a7c15
		h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
		h = (h ^ h>>27) * 0x94d049bb133111eb
		h ^= h >> 31
	}
	return h
}

// stagingOf lists the staging distributions that policies of these distributions name
// or have named.
func (s *Service) stagingOf(primaries map[string]*distribution) map[*distribution]bool {
	out := map[*distribution]bool{}
	for _, d := range primaries {
		for _, v := range d.versions {
			if v.split != nil {
				out[v.split.staging] = true
			}
		}
	}
	return out
}

// A Deployment is one continuous deployment policy as the admin interface shows it.
type Deployment struct {
	ID      string `json:"id"`
	ETag    string `json:"etag"`
	Enabled bool   `json:"enabled"`
	Primary string `json:"primary,omitempty"` // that it is attached to
	Staging string `json:"staging"`
	// By says how it routes: "weight 0.1", "weight 0.1, sticky", "aws-cf-cd-x: y".
	By string `json:"by"`
	// POPs are those that route as it says now; all of them while it is attached to nothing.
	POPs     []int `json:"pops"`
	POPCount int   `json:"pop_count"`
}

// Deployments lists the continuous deployment policies that exist, in order of creation.
func (s *Service) Deployments(at time.Time) []Deployment {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := []Deployment{}
	for _, p := range s.deployments {
		if p.deleted {
			continue
		}
		x := Deployment{
			ID: p.id, ETag: p.etag, Enabled: p.split.enabled, Staging: p.split.staging.id, By: by(p.config.Get("TrafficConfig")),
			POPs: []int{}, POPCount: s.opts.Propagation.POPs(),
		}
		primary := s.primary(p)
		if primary != nil {
			x.Primary = primary.id
		}
		for pop := range x.POPCount {
			if primary == nil {
				x.POPs = append(x.POPs, pop)
			} else if r := primary.route(pop, at); r.Version > 0 && primary.versions[r.Version-1].split == p.split {
				x.POPs = append(x.POPs, pop)
			}
		}
		out = append(out, x)
	}
	return out
}

func by(traffic *wire.Node) string {
	if h := traffic.Get("SingleHeaderConfig"); h != nil {
		return h.String("Header") + ": " + h.String("Value")
	}
	w := traffic.Get("SingleWeightConfig")
	if w.Get("SessionStickinessConfig") != nil {
		return "weight " + w.String("Weight") + ", sticky"
	}
	return "weight " + w.String("Weight")
}
