package edge_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/binomial"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/edge"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

const cookie = "sid"

// byWeight splits at a weight; with durations, sessions stick.
func byWeight(share float64, ttl ...time.Duration) *edge.Split {
	s := &edge.Split{Policy: "p1", Weight: share, Cookie: cookie}
	if len(ttl) > 0 {
		s.Idle, s.Maximum = ttl[0], ttl[1]
	}
	return s
}

// newPair is a sim in which www.example.com is E1, with blue.test behind it, and its
// staging distribution E2, with green.test.
func newPair(t testing.TB, split *edge.Split) *sim {
	t.Helper()
	s := newSim(t, oneOrigin+behaviour(disabled))
	split.Staging = edge.Route{Distribution: "E2", Config: tree(t, strings.ReplaceAll(oneOrigin, "blue.test", "green.test")+behaviour(disabled)), Version: 1}
	s.turn(split)
	return s
}

// turn puts another split in force.
func (s *sim) turn(split *edge.Split) {
	route := s.routes.hosts["www.example.com"]
	if was := route.Split; was != nil && split != nil && split.Staging.Config == nil {
		split.Staging = was.Staging
	}
	route.Split = split
	s.routes.hosts["www.example.com"] = route
}

// A viewer keeps what cookies it is given.
type viewer struct {
	*sim
	jar map[string]string
}

func (v *viewer) ask(t testing.TB, lines ...string) *httptest.ResponseRecorder {
	t.Helper()
	for name, value := range v.jar {
		lines = append(lines, "Cookie: "+name+"="+value)
	}
	w := v.sim.ask(t, "GET https://www.example.com/", lines...)
	for _, c := range w.Result().Cookies() {
		if v.jar == nil {
			v.jar = map[string]string{}
		}
		v.jar[c.Name] = c.Value
	}
	return w
}

func (v *viewer) served(t testing.TB) string {
	t.Helper()
	return v.ask(t).Header().Get(edge.DistributionHeader)
}

func TestTheShareOfStagingIsTheWeight(t *testing.T) {
	t.Parallel()
	const n = 6_000
	for _, weight := range []float64{0, 0.01, 0.05, 0.15} {
		t.Run(fmt.Sprint(weight), func(t *testing.T) {
			s := newPair(t, byWeight(weight))
			staging := 0
			for i := range n {
				if s.ask(t, "GET https://www.example.com/", fmt.Sprintf("X-Awssim-Pop: %d", i%8)).Header().Get(edge.DistributionHeader) == "E2" {
					staging++
				}
			}
			if low, high := binomial.Bounds(n, weight, 1e-6); staging < low || staging > high {
				t.Errorf("%d of %d, want %d to %d", staging, n, low, high)
			}
		})
	}
}

func TestTheShareOfSessionsIsTheWeight(t *testing.T) {
	t.Parallel()
	const n = 2_000
	s := newPair(t, byWeight(0.15, 5*time.Minute, time.Hour))
	staging := 0
	for range n {
		v := viewer{sim: s}
		first := v.served(t)
		if first == "E2" {
			staging++
		}
		for range 3 {
			if got := v.served(t); got != first {
				t.Fatalf("a session went from %s to %s", first, got)
			}
		}
	}
	if low, high := binomial.Bounds(n, 0.15, 1e-6); staging < low || staging > high {
		t.Errorf("%d of %d sessions, want %d to %d", staging, n, low, high)
	}
}

func TestTheSameSeedMakesTheSameChoices(t *testing.T) {
	t.Parallel()
	choices := func() string {
		s, out := newPair(t, byWeight(0.15)), ""
		for range 200 {
			out += s.ask(t, "GET https://www.example.com/").Header().Get(edge.DistributionHeader)[1:]
		}
		return out
	}
	if a, b := choices(), choices(); a != b {
		t.Errorf("once %s\nthen %s", a, b)
	}
}

func TestTheJournalSaysWhichSideServedAndWhy(t *testing.T) {
	t.Parallel()
	s := newPair(t, byWeight(0.15, 5*time.Minute, time.Hour))
	v := viewer{sim: s}
	staged := viewer{sim: s}
	for staged.served(t) != "E2" {
		staged.jar = nil
	}
	start := len(s.journal.Answers(time.Time{}))
	staged.served(t)
	for v.served(t) != "E1" {
		v.jar = nil
	}
	s.turn(&edge.Split{Policy: "p1", Header: "aws-cf-cd-x", Value: "1", Cookie: cookie})
	s.ask(t, "GET https://www.example.com/a", "aws-cf-cd-x: 1")
	s.ask(t, "GET https://www.example.com/b")
	s.turn(&edge.Split{Policy: "p1", Weight: 0.15, Cookie: cookie, Peak: true})
	s.ask(t, "GET https://www.example.com/c")
	s.turn(nil)
	s.ask(t, "GET https://www.example.com/d")
	got := s.journal.Answers(time.Time{})[start:]
	type line struct{ distribution, primary, split string }
	for i, want := range map[int]line{
		0: {"E2", "E1", "session"}, len(got) - 5: {"E1", "", "weight"}, len(got) - 4: {"E2", "E1", "header"},
		len(got) - 3: {"E1", "", "header"}, len(got) - 2: {"E1", "", "peak"}, len(got) - 1: {"E1", "", ""},
	} {
		if a := got[i]; (line{a.Distribution, a.Primary, a.Split}) != want {
			t.Errorf("answer %d: %+v, want %+v", i, a, want)
		}
	}
	for _, a := range got {
		if a.Status != 200 || a.Bytes == 0 || a.Method != http.MethodGet || a.Reason != "" {
			t.Errorf("answer %+v", a)
		}
	}
}

func TestTheJournalCountsTheBytesOfBothWays(t *testing.T) {
	t.Parallel()
	s := newSim(t, oneOrigin+behaviour(disabled+"<AllowedMethods><Items><Method>GET</Method><Method>HEAD</Method><Method>POST</Method></Items></AllowedMethods>"))
	get := s.ask(t, "GET https://www.example.com/").Body.Len()
	s.ask(t, "HEAD https://www.example.com/")
	post := s.ask(t, "POST https://www.example.com/", " twelve bytes").Body.Len()
	for i, want := range []journal.Answer{{Method: "GET", Bytes: get}, {Method: "HEAD"}, {Method: "POST", Bytes: post, Uploaded: 12}} {
		if a := s.journal.Answers(time.Time{})[i]; a.Method != want.Method || a.Bytes != want.Bytes || a.Uploaded != want.Uploaded {
			t.Errorf("%+v, want %+v", a, want)
		}
	}
}

func TestASessionEndsWhenItIsIdleOrOld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newPair(t, byWeight(1, 5*time.Minute, 12*time.Minute)) // no policy may say 1; here it tells new sessions from old ones
		v := viewer{sim: s}
		v.served(t)
		s.turn(byWeight(0, 5*time.Minute, 12*time.Minute)) // the weight changes, the session goes on
		pass(5*time.Minute - time.Millisecond)
		if v.served(t) != "E2" {
			t.Error("the session ended before it was idle for long enough")
		}
		pass(5 * time.Minute)
		if v.served(t) != "E1" {
			t.Error("an idle session goes on")
		}
		s.turn(byWeight(1, 5*time.Minute, 12*time.Minute))
		v.jar = nil
		v.served(t)
		s.turn(byWeight(0, 5*time.Minute, 12*time.Minute))
		for range 3 {
			pass(4*time.Minute - time.Millisecond)
			if v.served(t) != "E2" {
				t.Error("the session ended too early")
			}
		}
		pass(3 * time.Millisecond)
		if v.served(t) != "E1" {
			t.Error("a session goes on for longer than it may")
		}
	})
}

func TestASessionEndsWithThePolicyItBelongsTo(t *testing.T) {
	t.Parallel()
	s := newPair(t, byWeight(1, 5*time.Minute, time.Hour))
	begun := func() *viewer {
		v := &viewer{sim: s}
		s.turn(byWeight(1, 5*time.Minute, time.Hour))
		v.served(t)
		return v
	}
	anew := byWeight(0, 5*time.Minute, time.Hour)
	anew.Sessions = 1
	other := byWeight(0, 5*time.Minute, time.Hour)
	other.Policy = "p2"
	for what, split := range map[string]*edge.Split{"a reset": anew, "another policy": other} {
		v := begun()
		s.turn(split)
		if v.served(t) != "E1" {
			t.Errorf("the session survived %s", what)
		}
	}
	for _, forged := range []string{"x", "", "cDEgMCBzdGFnaW5n", strings.Repeat("A", 80)} {
		s.turn(byWeight(0, 5*time.Minute, time.Hour))
		v := viewer{sim: s, jar: map[string]string{cookie: forged}}
		if v.served(t) != "E1" {
			t.Errorf("the cookie %q made a session", forged)
		}
	}
}

func TestAPeakSendsEverybodyToThePrimaryAndEndsNoSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newPair(t, byWeight(1, 5*time.Minute, time.Hour))
		v := viewer{sim: s}
		v.served(t)
		peak := byWeight(1, 5*time.Minute, time.Hour)
		peak.Peak = true
		s.turn(peak)
		for range 3 {
			pass(4 * time.Minute)
			if v.served(t) != "E1" {
				t.Error("staging serves at peak")
			}
		}
		if w := s.ask(t, "GET https://www.example.com/"); len(w.Result().Cookies()) != 0 {
			t.Error("a session began at peak")
		}
		s.turn(byWeight(0, 5*time.Minute, time.Hour))
		pass(4 * time.Minute)
		if v.served(t) != "E2" {
			t.Error("the peak ended the session")
		}
		byHeader := &edge.Split{Policy: "p1", Header: "aws-cf-cd-x", Value: "1", Peak: true}
		s.turn(byHeader)
		if w := s.ask(t, "GET https://www.example.com/", "aws-cf-cd-x: 1"); w.Header().Get(edge.DistributionHeader) != "E1" {
			t.Error("the header gets through at peak")
		}
	})
}

func TestTheHeaderHasToBeTheOneWithTheValue(t *testing.T) {
	t.Parallel()
	s := newPair(t, &edge.Split{Policy: "p1", Header: "aws-cf-cd-x", Value: "1"})
	for lines, want := range map[string]string{
		"": "E1", "aws-cf-cd-x: 1": "E2", "AWS-CF-CD-X: 1": "E2", "aws-cf-cd-x: 2": "E1", "aws-cf-cd-x: 11": "E1", "aws-cf-cd-y: 1": "E1", "aws-cf-cd-x: ": "E1",
	} {
		var headers []string
		if lines != "" {
			headers = []string{lines}
		}
		w := s.ask(t, "GET https://www.example.com/", headers...)
		if got := w.Header().Get(edge.DistributionHeader); got != want {
			t.Errorf("%q: %s, want %s", lines, got, want)
		}
		if len(w.Result().Cookies()) != 0 {
			t.Errorf("%q: a cookie", lines)
		}
	}
}

func TestPrimaryAndStagingShareNoCache(t *testing.T) {
	t.Parallel()
	split := &edge.Split{Policy: "p1", Header: "aws-cf-cd-x", Value: "1"}
	s := newPair(t, split)
	cached := oneOrigin + behaviour(optimized)
	s.routes.hosts["www.example.com"] = edge.Route{Distribution: "E1", Config: tree(t, cached), Version: 2, Split: split}
	split.Staging = edge.Route{Distribution: "E2", Config: tree(t, strings.ReplaceAll(cached, "blue.test", "green.test")), Version: 2}
	ask := func(headers ...string) (cache, from string) {
		w := s.ask(t, "GET https://www.example.com/x", headers...)
		return w.Header().Get("X-Cache"), echo(t, w).Domain
	}
	for _, want := range []string{"Miss from cloudfront", "Hit from cloudfront"} {
		for header, domain := range map[string]string{"aws-cf-cd-x: 0": "blue.test", "aws-cf-cd-x: 1": "green.test"} {
			if cache, from := ask(header); cache != want || from != domain {
				t.Errorf("%s: %s from %s, want %s from %s", header, cache, from, want, domain)
			}
		}
	}
}

func TestTheSessionsCookieIsCloudFrontsOwn(t *testing.T) {
	t.Parallel()
	all := "<CachePolicyId>2e54312d-136d-493c-8eb9-b001f22f67d2</CachePolicyId>" // Amplify: every cookie is in the key and goes to the origin
	s := newPair(t, byWeight(0, 5*time.Minute, time.Hour))
	s.routes.hosts["www.example.com"] = edge.Route{Distribution: "E1", Config: tree(t, oneOrigin+behaviour(all)), Version: 2, Split: s.routes.hosts["www.example.com"].Split}
	s.origins.Put("blue.test", origin.State{Headers: map[string]string{"Set-Cookie": "theme=dark"}})
	v := viewer{sim: s}
	first := v.ask(t, "Cookie: a=b")
	if c := first.Header()["Set-Cookie"]; len(c) != 2 || c[0] != "theme=dark" || !strings.HasPrefix(c[1], cookie+"=") ||
		!strings.Contains(c[1], "Max-Age=300") || !strings.Contains(c[1], "Path=/") {
		t.Errorf("Set-Cookie %q", c)
	}
	if got := echo(t, first).Headers["Cookie"]; got != "a=b" {
		t.Errorf("the origin saw %q", got)
	}
	delete(v.jar, "theme")
	if got := echo(t, v.ask(t)).Headers["Cookie"]; got != "" {
		t.Errorf("with no cookie but the session's the origin saw %q", got)
	}
	delete(v.jar, "theme")
	again := v.ask(t, "Cookie: a=b")
	if again.Header().Get("X-Cache") != "Hit from cloudfront" {
		t.Error("the session is in the cache key")
	}
	if c := again.Header()["Set-Cookie"]; len(c) != 2 {
		t.Errorf("from the cache: Set-Cookie %q, want the origin's and one of this viewer", c)
	}
}

func TestAStagingDistributionThatCannotServeIsRefused(t *testing.T) {
	t.Parallel()
	split := byWeight(1)
	s := newPair(t, split)
	split.Staging = edge.Route{Distribution: "E2", Reason: "undeployed", Status: 403}
	w := s.ask(t, "GET https://www.example.com/")
	a := s.journal.Answers(time.Time{})[0]
	if w.Code != 403 || a.Distribution != "E2" || a.Primary != "E1" || a.Reason != "undeployed" {
		t.Errorf("%d, journal %+v", w.Code, a)
	}
	s.routes.hosts["own.example.com"] = edge.Route{Distribution: "E2", Reason: "staging", Status: 421}
	if w := s.ask(t, "GET https://own.example.com/"); w.Code != 421 {
		t.Errorf("a refusal with a status of its own: %d", w.Code)
	}
}

func TestMetricsCountStagingForItself(t *testing.T) {
	t.Parallel()
	s := newPair(t, &edge.Split{Policy: "p1", Header: "aws-cf-cd-x", Value: "1"})
	for range 3 {
		s.ask(t, "GET https://www.example.com/")
	}
	s.ask(t, "GET https://www.example.com/", "aws-cf-cd-x: 1")
	requests := map[string]int{}
	for _, m := range s.Metrics() {
		requests[m.Distribution] += m.Requests
	}
	if requests["E1"] != 3 || requests["E2"] != 1 {
		t.Errorf("counted %v", requests)
	}
}

func tree(t testing.TB, config string) *wire.Node {
	t.Helper()
	out, err := wire.ParseXML(strings.NewReader("<DistributionConfig>" + config + "</DistributionConfig>"))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// codes counts the statuses of two hundred answers.
func (s *sim) codes(t testing.TB, path string, lines ...string) map[int]int {
	t.Helper()
	out := map[int]int{}
	for range 200 {
		out[s.ask(t, "GET https://www.example.com"+path, lines...).Code]++
	}
	return out
}

func path(pattern, target string) string {
	return "<CacheBehavior><PathPattern>" + pattern + "</PathPattern><TargetOriginId>" + target + "</TargetOriginId>" +
		"<ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy>" + disabled + "</CacheBehavior>"
}

func TestWeightsAndCustomErrorsFailNowAndThenByKnobOnly(t *testing.T) {
	t.Parallel()
	config := tree(t, "<Origins><Items><Origin><Id>o</Id><DomainName>blue.test</DomainName></Origin>"+
		"<Origin><Id>missing</Id><DomainName>missing.test</DomainName></Origin></Items></Origins>"+
		"<CacheBehaviors><Items>"+path("/gone", "missing")+"</Items></CacheBehaviors>"+behaviour(disabled)+
		"<CustomErrorResponses><Items><CustomErrorResponse><ErrorCode>404</ErrorCode><ResponsePagePath>/404.html</ResponsePagePath>"+
		"<ResponseCode>200</ResponseCode><ErrorCachingMinTTL>0</ErrorCachingMinTTL></CustomErrorResponse></Items></CustomErrorResponses>")
	for _, bug := range []bool{false, true} {
		s := newPair(t, &edge.Split{Policy: "p1", Weight: 0.15, WeightedErrorBug: bug})
		split := s.routes.hosts["www.example.com"].Split
		split.Staging = edge.Route{Distribution: "E2", Config: config, Version: 2}
		s.routes.hosts["www.example.com"] = edge.Route{Distribution: "E1", Config: config, Version: 2, Split: split}
		s.origins.Put("missing.test", origin.State{Status: http.StatusNotFound})
		if got := s.codes(t, "/gone"); (got[500] > 0) != bug || got[200] == 0 || got[200]+got[500] != 200 {
			t.Errorf("bug %t: a missing page is answered %v", bug, got)
		}
		if got := s.codes(t, "/there"); got[200] != 200 {
			t.Errorf("bug %t: a page is answered %v", bug, got)
		}
	}
}

func TestAPathPatternOfStagingAloneFailsByKnobOnly(t *testing.T) {
	t.Parallel()
	for _, bug := range []bool{false, true} {
		s := newPair(t, &edge.Split{Policy: "p1", Header: "aws-cf-cd-x", Value: "1", ForeignPathErrors: bug})
		s.routes.hosts["www.example.com"].Split.Staging = edge.Route{
			Distribution: "E2", Version: 2, Config: tree(t, oneOrigin+behaviour(disabled)+"<CacheBehaviors><Items>"+path("/new/*", "o")+"</Items></CacheBehaviors>"),
		}
		for path, fails := range map[string]bool{"/new/a": bug, "/old": false} {
			if got := s.codes(t, path, "aws-cf-cd-x: 1"); (got[500] == 200) != fails {
				t.Errorf("bug %t: staging answers %s with %v", bug, path, got)
			}
		}
		if got := s.codes(t, "/new/a"); got[200] != 200 {
			t.Errorf("bug %t: the primary answers %v", bug, got)
		}
	}
}
