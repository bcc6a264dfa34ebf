package edgesplit_test

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/binomial"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/edge"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
)

const (
	alpha     = 1e-6
	allViewer = "216adef6-5c7f-47e4-b989-5492eafa07d3" // Managed-AllViewer
)

// A seen is what a viewer gets.
type seen struct {
	origin.Echo
	status int
	sets   string // the cookie, "" if it is not set
}

// side is which load balancer answered.
func (s seen) side() string {
	return strings.TrimSuffix(strings.TrimPrefix(s.Domain, "app-"), ".origin.test")
}

// visit asks one location.
func (s shop) visit(pop int, path string, headers map[string]string) seen {
	req := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "http://www.example.com"+path, nil)
	req.Header.Set(edge.POPHeader, strconv.Itoa(pop))
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.World.Edge().ServeHTTP(w, req)
	out := seen{status: w.Code}
	_ = json.Unmarshal(w.Body.Bytes(), &out.Echo) // of an error page there is nothing
	for _, c := range w.Result().Cookies() {
		if c.Name == "cdn-split" {
			out.sets = c.Value
		}
	}
	return out
}

// A viewer keeps the cookie.
type viewer struct{ cookie, side string }

// assigned is the side and the generation of a cookie, "" and 0 before one was decided.
func assigned(cookie string) (side string, generation int64) {
	parts := strings.Split(cookie, ".")
	if len(parts) != 4 {
		return "", 0
	}
	generation, _ = strconv.ParseInt(parts[2], 10, 64) // the edge has read it
	return parts[1], generation
}

// An audience is many viewers, who come back at whichever location.
type audience struct {
	shop
	path    string
	rng     *rand.Rand
	viewers []viewer
	tables  map[int64]edgefunction.Table // that there were, by generation

	mu      sync.Mutex
	cookies map[string]bool // that were set
	flips   []string        // a side that changed without a newer table
	changed int             // answers of another side than the one before
	moved   map[string]int  // who changed sides by a newer table, by where to
	torn    int             // answers of another side than the cookie says
	bad     []string
	visits  int
}

func (s shop) audience(n int) *audience {
	return &audience{
		shop: s, path: "/", rng: rand.New(rand.NewPCG(1, 14)), viewers: make([]viewer, n), //nolint:gosec // a test is to be repeatable
		tables: map[int64]edgefunction.Table{}, cookies: map[string]bool{}, moved: map[string]int{},
	}
}

// A call is a viewer who asks at a location.
type call struct {
	viewer, pop int
	after       time.Duration
}

// somewhere is a location for whoever comes.
func (a *audience) somewhere() int { return a.rng.IntN(a.World.Propagation().POPs()) }

// come lets viewers ask, each once after the other, and as many at a time as there are cores.
func (a *audience) come(calls []call) {
	var wait sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for worker := range workers {
		wait.Go(func() {
			for _, c := range calls {
				if c.viewer%workers == worker {
					a.comes(c.viewer, c.pop)
				}
			}
		})
	}
	wait.Wait()
}

// comes lets a viewer ask once.
func (a *audience) comes(i, pop int) {
	v := &a.viewers[i]
	var headers map[string]string
	if v.cookie != "" {
		headers = map[string]string{"Cookie": "cdn-split=" + v.cookie}
	}
	got := a.visit(pop, a.path, headers)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.visits++
	if got.status != http.StatusOK {
		a.bad = append(a.bad, fmt.Sprintf("viewer %d got %d", i, got.status))
		return
	}
	was, old := assigned(v.cookie)
	if got.sets != "" {
		v.cookie = got.sets
		a.cookies[got.sets] = true
	}
	is, generation := assigned(v.cookie)
	switch {
	case was != "" && is != was && generation <= old:
		a.flips = append(a.flips, fmt.Sprintf("viewer %d: %s by %d, then %s by %d", i, was, old, is, generation))
	case was != "" && is != was:
		a.moved[is]++
	}
	if v.side != "" && v.side != got.side() {
		a.changed++
	}
	if v.side = got.side(); is == "" {
		is = "blue" // the safe one
	}
	if got.side() != is {
		a.torn++
	}
}

// everybody comes once, anywhere, and it counts who is on green.
func (a *audience) everybody(viewers int) (green int) {
	calls := make([]call, viewers)
	for i := range calls {
		calls[i] = call{viewer: i, pop: a.somewhere()}
	}
	a.come(calls)
	for _, v := range a.viewers[:viewers] {
		if v.side == "green" {
			green++
		}
	}
	return green
}

// during lets viewers come, each at its time, while something happens, and until all have come.
func (a *audience) during(calls []call, do func()) {
	slices.SortStableFunc(calls, func(x, y call) int { return cmp.Compare(x.after, y.after) })
	var wait sync.WaitGroup
	wait.Go(func() {
		const tick = 250 * time.Millisecond
		for at := tick; len(calls) > 0; at += tick {
			_ = clock.System{}.Sleep(context.Background(), tick)
			n := 0
			for n < len(calls) && calls[n].after <= at {
				n++
			}
			a.come(calls[:n])
			calls = calls[n:]
		}
	})
	do()
	wait.Wait()
}

// sessions are calls of viewers who come two to four times each while a table spreads: from a moment
// before it is written until the last location has it, more often than not at another location.
func (a *audience) sessions(from, to int) []call {
	var out []call
	for i := from; i < to; i++ {
		pop := a.somewhere()
		after := time.Duration(a.rng.Float64() * 20 * float64(time.Second))
		for range 2 + a.rng.IntN(3) {
			out = append(out, call{i, pop, after})
			after += time.Duration(a.rng.ExpFloat64() * 10 * float64(time.Second))
			if a.rng.IntN(3) > 0 {
				pop = a.somewhere()
			}
		}
	}
	return out
}

// wrong lists the cookies that say another side than the table of their generation gives their id.
func (a *audience) wrong() []string {
	var out []string
	for cookie := range a.cookies {
		side, generation := assigned(cookie)
		if side == "" {
			continue
		}
		id, _, _ := strings.Cut(cookie, ".")
		t, ok := a.tables[generation]
		want := "blue"
		if !t.Killed {
			want = edgefunction.Assign("1", id, t.List())
		}
		if !ok || side != want {
			out = append(out, cookie)
		}
	}
	return out
}

// arrived waits until every location has the table.
func (s shop) arrived(t *testing.T) {
	t.Helper()
	last := slices.MaxFunc(s.arrivals(t), time.Time.Compare)
	_ = clock.System{}.Sleep(context.Background(), last.Sub(clock.System{}.Now())+time.Second)
}

func (s shop) store(t *testing.T) string {
	t.Helper()
	out, err := s.CloudFront.DescribeKeyValueStore(context.Background(), &cloudfront.DescribeKeyValueStoreInput{Name: aws.String("shop")})
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(out.KeyValueStore.ARN)
}

func (s shop) arrivals(t *testing.T) []time.Time {
	t.Helper()
	return s.World.CloudFront().StoreArrivals(s.store(t))
}

// share fails where chance alone does not explain who is on green.
func share(t *testing.T, green, of, percent int) bool {
	t.Helper()
	low, high := binomial.Bounds(of, float64(percent)/100, alpha)
	t.Logf("%d %%: %d of %d viewers are on green, %d to %d may be", percent, green, of, low, high)
	if green < low || green > high {
		t.Errorf("at %d %%, %d of %d viewers are on green, want %d to %d", percent, green, of, low, high)
		return false
	}
	return true
}

// overHand makes the shop hand everything that viewers send to the origins.
func (s shop) overHand() {
	s.EditByHand(s.Distribution, func(c *cftypes.DistributionConfig) {
		c.DefaultCacheBehavior.OriginRequestPolicyId = aws.String(allViewer)
	})
	s.Settle()
}

// policy makes a cache policy with a header in its key.
func (s shop) policy(t *testing.T, header string) string {
	t.Helper()
	out, err := s.CloudFront.CreateCachePolicy(context.Background(), &cloudfront.CreateCachePolicyInput{CachePolicyConfig: &cftypes.CachePolicyConfig{
		Name: aws.String("by-side"), MinTTL: aws.Int64(0), DefaultTTL: aws.Int64(3600), MaxTTL: aws.Int64(86400),
		ParametersInCacheKeyAndForwardedToOrigin: &cftypes.ParametersInCacheKeyAndForwardedToOrigin{
			EnableAcceptEncodingGzip: aws.Bool(false), EnableAcceptEncodingBrotli: aws.Bool(false),
			HeadersConfig:      &cftypes.CachePolicyHeadersConfig{HeaderBehavior: cftypes.CachePolicyHeaderBehaviorWhitelist, Headers: &cftypes.Headers{Quantity: aws.Int32(1), Items: []string{header}}},
			CookiesConfig:      &cftypes.CachePolicyCookiesConfig{CookieBehavior: cftypes.CachePolicyCookieBehaviorNone},
			QueryStringsConfig: &cftypes.CachePolicyQueryStringsConfig{QueryStringBehavior: cftypes.CachePolicyQueryStringBehaviorNone},
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(out.CachePolicy.Id)
}

var sessions = flag.Int("sessions", 2000, "how many sessions go through the fleet while weights rise and fall")

// asked are as many as are asked for, and 100,000 where every cell of a matrix is.
func asked() int {
	if os.Getenv("CDN_MATRIX") == "all" {
		return max(*sessions, 100_000)
	}
	return *sessions
}

// Viewers who wander between locations while weights rise and fall, and while locations find the
// table absent, old and new in turn, change sides by a newer table only.
func TestNobodyFlipsWhereWeightsRiseAndFall(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		s.World.Turn(func(k *knob.Knobs) { k.StoreFlap = true })
		s.overHand()
		c := core(s.Env)
		ask := func(weight int) acctest.Config { return with(s.toward(weight), "bake_time", "0s") }
		mustApply(t, c, ask(0))
		all := asked()
		regulars := max(1200, all/50)
		a := s.audience(regulars + all)
		is := s.table(t)
		a.tables[is.Generation] = is
		weights := []int{1, 25, 50, 99, 25, 5, 50}
		last, shares := 0, 0
		for i, weight := range weights {
			before := maps.Clone(a.moved)
			calls := a.sessions(regulars+all*i/len(weights), regulars+all*(i+1)/len(weights))
			for range regulars / 2 {
				calls = append(calls, call{a.rng.IntN(regulars), a.somewhere(), time.Duration(a.rng.IntN(60)) * time.Second})
			}
			a.during(calls, func() { mustApply(t, c, ask(weight)) })
			s.arrived(t)
			is := s.table(t)
			a.tables[is.Generation] = is
			if share(t, a.everybody(regulars), regulars, weight) {
				shares++
			}
			against := "green"
			if weight > last {
				against = "blue"
			}
			if n := a.moved[against] - before[against]; n > 0 {
				t.Errorf("from %d to %d %%, %d viewers were moved to %s", last, weight, n, against)
			}
			last = weight
		}
		testers(t, a)
		a.during(a.sessions(0, regulars/4), func() { mustApply(t, c, with(ask(50), "kill_switch", true)) })
		s.arrived(t)
		is = s.table(t)
		a.tables[is.Generation] = is
		if green := a.everybody(regulars); green > 0 {
			t.Errorf("%d viewers are on green though the split is killed", green)
		}
		wrong := a.wrong()
		figure.Report(t,
			figure.Plain("an edge split, through the fleet: sessions while the weight rises and falls, propagation misses on", float64(all), ""),
			figure.Plain("an edge split, through the fleet: requests of theirs and of those who come back", float64(a.visits), ""),
			figure.AtMost("an edge split, through the fleet: viewers who changed sides without a newer table", float64(len(a.flips)), "", 0),
			figure.AtMost("an edge split, through the fleet: cookies of another side than variant_for says", float64(len(wrong)), "", 0),
			figure.AtMost("an edge split, through the fleet: answers of another side than the cookie says", float64(a.torn), "", 0),
			figure.AtLeast("an edge split, through the fleet: of 7 shares at 1, 5, 25, 50 and 99 %, within the exact binomial bound (alpha 1e-6)", float64(shares), "", float64(len(weights))),
		)
		if len(a.flips)+len(a.bad)+a.torn+len(wrong) > 0 {
			t.Errorf("%d flips %.5q, %d wrong %.5q, %d answers of another side than the cookie's, %d errors %.5q", len(a.flips), a.flips, len(wrong), wrong, a.torn, len(a.bad), a.bad)
		}
		if a.moved["green"] == 0 || a.moved["blue"] == 0 || a.visits < 2*all {
			t.Errorf("%d visits, and moved: %v", a.visits, a.moved)
		}
		t.Logf("%d visits of %d viewers, 0 flips", a.visits, len(a.viewers))
	})
}

// Where viewer-response does not see what viewer-request has made of a request, a cookie holds an id only: who comes
// while a table spreads may see both sides, which is counted, and with one table everywhere nobody does.
func TestNobodyFlipsWhereTheRewrittenRequestIsHiddenOnceATableHasArrived(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		s.World.Turn(func(k *knob.Knobs) { k.StoreFlap, k.ResponseSees = true, "original" })
		c := core(s.Env)
		mustApply(t, c, s.toward(0))
		all := asked() / 4
		a := s.audience(all)
		spread := 0
		for i, weight := range []int{50, 25} {
			was := a.changed
			a.during(a.sessions(all*i/2, all*(i+1)/2), func() { mustApply(t, c, with(s.toward(weight), "bake_time", "0s")) })
			spread += a.changed - was
			s.arrived(t)
			a.everybody(all)
			was = a.changed
			share(t, a.everybody(all), all, weight)
			if n := a.changed - was; n > 0 {
				t.Errorf("%d viewers changed sides with %d %% everywhere", n, weight)
			}
		}
		for cookie := range a.cookies {
			if side, _ := assigned(cookie); side != "" {
				t.Fatalf("a cookie says %s", side)
			}
		}
		figure.Report(t,
			figure.Plain("an edge split, the rewritten request hidden: sessions", float64(all), ""),
			figure.Plain("an edge split, the rewritten request hidden: answers of another side than the one before, while a table spreads", float64(spread), ""),
			figure.Plain("an edge split, the rewritten request hidden: answers of another side than the cookie says", float64(a.torn), ""),
		)
		if spread == 0 || a.torn == 0 || len(a.bad) > 0 {
			t.Errorf("%d changes, %d answers beside the cookie, errors %.5q", spread, a.torn, a.bad)
		}
	})
}

// testers choose their side, and what they choose it by reaches no origin.
func testers(t *testing.T, a *audience) {
	t.Helper()
	for pop := range a.World.Propagation().POPs() {
		for side, want := range map[string]string{"green": "green", "blue": "blue"} {
			got := a.visit(pop, "/", map[string]string{"x-side": side + "." + secret})
			if got.side() != want || got.sets != "" || got.Headers["x-cdn-variant"] != want && got.Headers["X-Cdn-Variant"] != want {
				t.Errorf("at location %d a tester who asks for %s gets %+v", pop, side, got)
			}
			for name := range got.Headers {
				if strings.EqualFold(name, "x-side") {
					t.Errorf("the origin sees the secret")
				}
			}
		}
		v := a.viewers[pop]
		side, _ := assigned(v.cookie)
		got := a.visit(pop, "/", map[string]string{"x-side": "green.a-guess-that-is-wrong", "Cookie": "cdn-split=" + v.cookie})
		if got.side() != side || got.Headers["X-Side"] != "" || got.Headers["x-side"] != "" {
			t.Errorf("at location %d a guess leads a viewer of %s to %+v", pop, side, got)
		}
	}
}

// This is what the check of the cache prevents: whoever goes around it, viewers of one side get what
// the other has answered.
func TestOneKeyForBothSidesMixesTheirAnswers(t *testing.T) {
	t.Parallel()
	for name, blindly := range map[string]bool{"the side is no part of the key": true, "it is": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T) {
				s := open(t)
				if s.furnish(s.policy(t, "x-cdn-variant")); blindly {
					s.furnish(optimized)
				}
				c := core(s.Env)
				ask := s.toward(0)
				delete(ask, "override")
				mustApply(t, c, ask)
				v, err := s.keys().Get(context.Background(), s.store(t), edgefunction.Key)
				if err != nil {
					t.Fatal(err)
				}
				text, err := edgefunction.Table{Generation: s.table(t).Generation + 1, Weights: map[string]int{"blue": 50, "green": 50}}.Encode()
				if err != nil {
					t.Fatal(err)
				}
				if err := s.keys().Put(context.Background(), s.store(t), edgefunction.Key, v, text); err != nil {
					t.Fatal(err)
				}
				s.arrived(t)
				a := s.audience(400)
				a.path = "/page"
				a.everybody(len(a.viewers))
				if mixed := a.torn > 0; mixed != blindly {
					t.Errorf("%d of %d viewers got what the other side answered", a.torn, len(a.viewers))
				}
			})
		})
	}
}
