package edge

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// A Split is how a continuous deployment policy divides the requests for a primary
// distribution, as one POP knows it.
type Split struct {
	Policy   string
	Sessions int   // sessions begun under another number are over
	Staging  Route // what the POP makes of the staging distribution

	Header, Value string        // by header, where Header is not empty
	Weight        float64       // else the share of requests, or of sessions, that staging gets
	Idle, Maximum time.Duration // of a session; 0: every request is on its own
	Cookie        string        // of the session

	Peak              bool // the primary gets everything just now
	WeightedErrorBug  bool // custom error responses fail now and then
	ForeignPathErrors bool // staging fails where it matches a path pattern that the primary does not have
}

// split is what came of a Split for one visit. The zero value is that there was none.
type split struct {
	by       string // what decided: weight, session, header or peak
	primary  string // its id, where staging serves
	cookie   string // Set-Cookie; empty: none
	errorBug bool
	known    *wire.Node // the primary's configuration, where staging must not know more path patterns
}

// What decided, in the journal's words.
const (
	byWeight  = "weight"
	bySession = "session"
	byHeader  = "header"
	byPeak    = "peak"
)

// choose decides which of the two distributions of a split serves the visit.
// Source: Developer Guide, "Learn how continuous deployment works".
func (v *visit) choose(route Route) Route {
	s := route.Split
	if route.Reason != "" || s == nil {
		return route
	}
	cookie := v.takeCookie(s.Cookie)
	var staging bool
	switch {
	case s.Peak: // which ends no session
		v.split.by = byPeak
		if x, ok := readSession(cookie); ok && v.goesOn(s, x) {
			v.remember(s, x)
		}
	case s.Header != "":
		v.split.by, staging = byHeader, slices.Contains(v.r.Header.Values(s.Header), s.Value)
	case s.Idle > 0:
		staging = v.join(s, cookie)
	default:
		v.split.by, staging = byWeight, v.fleet.draws.below(s.Weight)
	}
	v.split.errorBug = s.WeightedErrorBug && !s.Peak
	if !staging {
		return route
	}
	v.split.primary = route.Distribution
	if s.ForeignPathErrors {
		v.split.known = route.Config
	}
	return s.Staging
}

// foreign says whether staging answers for a path pattern that the primary does not have.
func (v *visit) foreign(b *behaviour) bool {
	known := func(k *wire.Node) bool { return k.String("PathPattern") == b.pattern }
	return v.split.known != nil && b.pattern != "*" && !slices.ContainsFunc(v.split.known.All("CacheBehavior", "CacheBehaviors", "Items"), known)
}

// A session is what the cookie holds: nothing of it is kept at the POPs, so that a
// viewer may wander between them.
type session struct {
	policy   string
	sessions int
	staging  bool
	began    time.Time
	last     time.Time
}

// join goes on with the viewer's session or begins a new one.
func (v *visit) join(s *Split, cookie string) (staging bool) {
	x, ok := readSession(cookie)
	v.split.by = bySession
	if !ok || !v.goesOn(s, x) {
		v.split.by = byWeight
		x = session{policy: s.Policy, sessions: s.Sessions, staging: v.fleet.draws.below(s.Weight), began: v.at}
	}
	v.remember(s, x)
	return x.staging
}

func (v *visit) goesOn(s *Split, x session) bool {
	return x.policy == s.Policy && x.sessions == s.Sessions && v.at.Sub(x.last) < s.Idle && v.at.Sub(x.began) < s.Maximum
}

// remember gives the viewer the session to bring along.
func (v *visit) remember(s *Split, x session) {
	x.last = v.at
	age := min(s.Idle, s.Maximum-v.at.Sub(x.began))
	v.split.cookie = fmt.Sprintf("%s=%s; Path=/; Max-Age=%d; HttpOnly", s.Cookie, x, (age+time.Second-1)/time.Second)
}

// String is the cookie's value. Its shape is the simulator's own: CloudFront documents none.
func (x session) String() string {
	side := "primary"
	if x.staging {
		side = "staging"
	}
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s %d %s %d %d", x.policy, x.sessions, side, x.began.UnixMilli(), x.last.UnixMilli()))
}

func readSession(cookie string) (x session, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(cookie)
	if err != nil {
		return x, false
	}
	parts := strings.Fields(string(raw))
	if len(parts) != 5 {
		return x, false
	}
	var numbers [3]int64
	for i, p := range []string{parts[1], parts[3], parts[4]} {
		if numbers[i], err = strconv.ParseInt(p, 10, 64); err != nil {
			return x, false
		}
	}
	return session{
		policy: parts[0], sessions: int(numbers[0]), staging: parts[2] == "staging",
		began: time.UnixMilli(numbers[1]), last: time.UnixMilli(numbers[2]),
	}, true
}

// takeCookie reads CloudFront's own cookie off the request: neither the cache key nor
// the origin has it.
func (v *visit) takeCookie(name string) (value string) {
	if v.r.Header["Cookie"] == nil {
		return ""
	}
	var others []string
	for _, c := range v.r.Cookies() {
		if c.Name == name {
			value = c.Value
		} else {
			others = append(others, c.Name+"="+c.Value)
		}
	}
	if value == "" {
		return ""
	}
	r := *v.r
	r.Header = r.Header.Clone()
	r.Header.Del("Cookie")
	if len(others) > 0 {
		r.Header["Cookie"] = []string{strings.Join(others, "; ")}
	}
	v.r = &r
	return value
}

// draws are the fleet's choices, random and from the seed.
type draws struct {
	mu  sync.Mutex
	rng *rand.Rand
}

func (d *draws) seed(seed uint64) { d.rng = rand.New(rand.NewPCG(seed, 0x73706c6974)) }

// below is true with the given probability.
func (d *draws) below(share float64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rng.Float64() < share
}
