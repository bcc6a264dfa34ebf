package edgesplit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
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
type viewer struct{ cookie string }

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
	flips   []string       // a side that changed without a newer table
	moved   map[string]int // who changed sides by a newer table, by where to
	torn    int            // answers of another side than the cookie says
	bad     []string
	visits  int
}

func (s shop) audience(n int) *audience {
	return &audience{shop: s, path: "/", rng: rand.New(rand.NewPCG(1, 14)), viewers: make([]viewer, n), moved: map[string]int{}} //nolint:gosec // a test is to be repeatable
}

// comes lets a viewer ask once.
func (a *audience) comes(i, pop int) seen {
	v := &a.viewers[i]
	var headers map[string]string
	if v.cookie != "" {
		headers = map[string]string{"Cookie": "cdn-split=" + v.cookie}
	}
	got := a.visit(pop, a.path, headers)
	a.visits++
	if got.status != http.StatusOK {
		a.bad = append(a.bad, fmt.Sprintf("viewer %d got %d", i, got.status))
		return got
	}
	was, old := assigned(v.cookie)
	if got.sets != "" {
		v.cookie = got.sets
	}
	is, generation := assigned(v.cookie)
	switch {
	case was != "" && is != was && generation <= old:
		a.flips = append(a.flips, fmt.Sprintf("viewer %d: %s by %d, then %s by %d", i, was, old, is, generation))
	case was != "" && is != was:
		a.moved[is]++
	}
	if is == "" {
		is = "blue" // the safe one
	}
	if got.side() != is {
		a.torn++
	}
	return got
}

// everybody comes once, anywhere, and it counts who is on green.
func (a *audience) everybody() (green int) {
	pops := a.World.Propagation().POPs()
	for i := range a.viewers {
		if a.comes(i, a.rng.IntN(pops)).side() == "green" {
			green++
		}
	}
	return green
}

// during lets viewers come all the time while something happens.
func (a *audience) during(do func()) {
	ctx, stop := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	wait.Go(func() {
		for (clock.System{}).Sleep(ctx, 4*time.Second) == nil {
			for range 25 {
				a.comes(a.rng.IntN(len(a.viewers)), a.rng.IntN(a.World.Propagation().POPs()))
			}
		}
	})
	do()
	stop()
	wait.Wait()
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
func share(t *testing.T, green, of, percent int) {
	t.Helper()
	low, high := binomial.Bounds(of, float64(percent)/100, alpha)
	t.Logf("%d %%: %d of %d viewers are on green, %d to %d may be", percent, green, of, low, high)
	if green < low || green > high {
		t.Errorf("at %d %%, %d of %d viewers are on green, want %d to %d", percent, green, of, low, high)
	}
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
		a := s.audience(1200)
		last := 0
		for _, weight := range []int{1, 25, 50, 99, 25, 5, 50} {
			before := map[string]int{"blue": a.moved["blue"], "green": a.moved["green"]}
			a.during(func() { mustApply(t, c, ask(weight)) })
			s.arrived(t)
			share(t, a.everybody(), len(a.viewers), weight)
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
		a.during(func() { mustApply(t, c, with(ask(50), "kill_switch", true)) })
		s.arrived(t)
		if green := a.everybody(); green > 0 {
			t.Errorf("%d viewers are on green though the split is killed", green)
		}
		if len(a.flips)+len(a.bad)+a.torn > 0 {
			t.Errorf("%d flips %.5q, %d answers of another side than the cookie's, %d errors %.5q", len(a.flips), a.flips, a.torn, len(a.bad), a.bad)
		}
		t.Logf("%d visits of %d viewers, 0 flips", a.visits, len(a.viewers))
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
				a.everybody()
				if mixed := a.torn > 0; mixed != blindly {
					t.Errorf("%d of %d viewers got what the other side answered", a.torn, len(a.viewers))
				}
			})
		})
	}
}
