package edge_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/edge"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// now and pass are the time of the test's bubble.
func now() time.Time { return clock.System{}.Now() }

func pass(d time.Duration) { _ = clock.System{}.Sleep(context.Background(), d) }

// table is a fixed answer to every routing question.
type table struct {
	hosts       map[string]edge.Route
	invalidated func(pop int, path string, stored, at time.Time) bool
}

func (r *table) Route(_ int, _ time.Time, host string) edge.Route {
	if route, ok := r.hosts[host]; ok {
		return route
	}
	return edge.Route{Reason: "unclaimed"}
}

func (r *table) Invalidated(_ string, pop int, path string, stored, at time.Time) bool {
	return r.invalidated != nil && r.invalidated(pop, path, stored, at)
}

// sim is a fleet of eight POPs in which www.example.com has the given configuration.
type sim struct {
	*edge.Fleet
	routes  *table
	origins *origin.Set
	journal *journal.Journal
}

func newSim(t testing.TB, config string) *sim {
	t.Helper()
	tree, err := wire.ParseXML(strings.NewReader("<DistributionConfig>" + config + "</DistributionConfig>"))
	if err != nil {
		t.Fatal(err)
	}
	s := &sim{
		routes:  &table{hosts: map[string]edge.Route{"www.example.com": {Distribution: "E1", Config: tree, Version: 1}}},
		origins: origin.New(clock.System{}), journal: &journal.Journal{},
	}
	s.Fleet = edge.New(edge.Options{Clock: clock.System{}, Routes: s.routes, Origins: s.origins, Journal: s.journal, POPs: 8, Seed: 1})
	return s
}

// ask sends a request: "GET https://host/path", then headers as "Name: value". A
// line that begins with a space is the body.
func (s *sim) ask(t testing.TB, what string, lines ...string) *httptest.ResponseRecorder {
	t.Helper()
	method, url, _ := strings.Cut(what, " ")
	body := ""
	header := http.Header{}
	for _, l := range lines {
		if b, ok := strings.CutPrefix(l, " "); ok {
			body = b
			continue
		}
		k, v, _ := strings.Cut(l, ": ")
		header.Add(k, v)
	}
	r := httptest.NewRequest(method, url, strings.NewReader(body))
	if body == "" {
		r.Body = http.NoBody
	}
	r.Header = header
	if strings.HasPrefix(url, "https:") {
		r.TLS = &tls.ConnectionState{}
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func echo(t testing.TB, w *httptest.ResponseRecorder) origin.Echo {
	t.Helper()
	var e origin.Echo
	if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil {
		t.Fatalf("%d %q is no echo: %v", w.Code, w.Body, err)
	}
	return e
}

const (
	optimized = "<CachePolicyId>658327ea-f89d-4fab-a63d-7e88639e58f6</CachePolicyId>"
	disabled  = "<CachePolicyId>4135ea2d-6df8-44a3-9df3-4b5a84be39ad</CachePolicyId>"
	oneOrigin = "<Origins><Items><Origin><Id>o</Id><DomainName>blue.test</DomainName></Origin></Items></Origins>"
)

func behaviour(settings string) string {
	return "<DefaultCacheBehavior><TargetOriginId>o</TargetOriginId><ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy>" + settings + "</DefaultCacheBehavior>"
}

func TestAPOPRefusesWhatItDoesNotServeWithCloudFrontsPage(t *testing.T) {
	t.Parallel()
	for _, reason := range []string{"unclaimed", "disabled", "undeployed", "staging"} {
		s := newSim(t, oneOrigin+behaviour(disabled))
		s.routes.hosts["bad.example.com"] = edge.Route{Distribution: "E9", Reason: reason}
		w := s.ask(t, "GET http://Bad.example.com:8080/x")
		if w.Code != 403 || w.Header().Get("X-Cache") != "Error from cloudfront" || w.Header().Get("Server") != "CloudFront" ||
			!strings.Contains(w.Body.String(), "The request could not be satisfied") || w.Header().Get("X-Awssim-Distribution") != "E9" {
			t.Errorf("%s: %d %v", reason, w.Code, w.Header())
		}
		got := s.journal.Answers(time.Time{})
		if len(got) != 1 || got[0].Reason != reason || got[0].Status != 403 || got[0].Host != "bad.example.com" || got[0].Distribution != "E9" {
			t.Errorf("%s: the journal has %+v", reason, got)
		}
	}
}

func TestAViewerMeetsOnePOPAndMayNameAnother(t *testing.T) {
	t.Parallel()
	s := newSim(t, oneOrigin+behaviour(disabled))
	met := map[string]bool{}
	for i := range 8 {
		w := s.ask(t, "GET http://www.example.com/", fmt.Sprintf("X-Awssim-Pop: %d", i))
		if got := w.Header().Get("X-Amz-Cf-Pop"); got != edge.POPName(i) {
			t.Errorf("POP %d is called %s, want %s", i, got, edge.POPName(i))
		}
		met[w.Header().Get("X-Amz-Cf-Pop")] = true
		if e := echo(t, w); e.Headers["X-Awssim-Pop"] != "" {
			t.Error("the origin saw the simulator's own header")
		}
	}
	if len(met) != 8 {
		t.Errorf("met %d POPs, want 8", len(met))
	}
	first := s.ask(t, "GET http://www.example.com/").Header()
	second := s.ask(t, "GET http://www.example.com/").Header()
	if first.Get("X-Amz-Cf-Pop") != second.Get("X-Amz-Cf-Pop") {
		t.Error("the same address met two POPs")
	}
	if a, b := first.Get("X-Amz-Cf-Id"), second.Get("X-Amz-Cf-Id"); a == b || len(a) != 56 || !strings.HasSuffix(a, "==") {
		t.Errorf("request ids %q and %q", a, b)
	}
	for _, bad := range []string{"8", "-1", "FRA"} {
		if w := s.ask(t, "GET http://www.example.com/", "X-Awssim-Pop: "+bad); w.Code != 400 {
			t.Errorf("POP %s: %d, want 400", bad, w.Code)
		}
	}
}

func TestPOPNamesDoNotRepeat(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i := range 600 {
		if seen[edge.POPName(i)] {
			t.Fatalf("POP %d has the name of another: %s", i, edge.POPName(i))
		}
		seen[edge.POPName(i)] = true
	}
}

func TestTheFirstBehaviourWhosePatternMatchesAnswers(t *testing.T) {
	t.Parallel()
	config := "<DefaultRootObject>index.html</DefaultRootObject><Origins><Items>"
	for _, id := range []string{"o", "images", "png", "one", "root"} {
		config += "<Origin><Id>" + id + "</Id><DomainName>" + id + ".test</DomainName><OriginPath>/v1</OriginPath></Origin>"
	}
	config += "</Items></Origins><CacheBehaviors><Items>"
	for _, b := range [][2]string{{"images/*", "images"}, {"*.png", "png"}, {"/a?c", "one"}, {"/index.html", "root"}} {
		config += "<CacheBehavior><PathPattern>" + b[0] + "</PathPattern><TargetOriginId>" + b[1] + "</TargetOriginId><ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy>" + disabled + "</CacheBehavior>"
	}
	s := newSim(t, config+"</Items></CacheBehaviors>"+behaviour(disabled))
	for path, want := range map[string]string{
		"/images/a.png": "images /v1/images/a.png", "/other/b.png": "png /v1/other/b.png", "/abc": "one /v1/abc", "/abbc": "o /v1/abbc",
		"/ABC": "o /v1/ABC", "/Images/x": "o /v1/Images/x", "/": "root /v1/index.html", "/sub/": "o /v1/sub/", "/x%20y": "o /v1/x%20y",
		"/images": "o /v1/images", "/b.png/c": "o /v1/b.png/c",
		// Made normal for matching alone.
		"/images/x/../y": "images /v1/images/x/../y", "/images/../x": "o /v1/images/../x", "/other/%69.png": "png /v1/other/%69.png",
		"/%69mages/a": "images /v1/%69mages/a", "//images//a": "images /v1//images//a", "/images/x/..": "images /v1/images/x/..",
	} {
		e := echo(t, s.ask(t, "GET http://www.example.com"+path))
		if got := strings.TrimSuffix(e.Domain, ".test") + " " + e.Path; got != want {
			t.Errorf("%s went to %s, want %s", path, got, want)
		}
	}
}

func TestTheSchemeDecidesAsTheBehaviourSays(t *testing.T) {
	t.Parallel()
	with := func(policy string) *sim {
		return newSim(t, oneOrigin+strings.Replace(behaviour(disabled+"<AllowedMethods><Items><Method>GET</Method><Method>HEAD</Method><Method>POST</Method></Items></AllowedMethods>"), "allow-all", policy, 1))
	}
	tests := []struct {
		policy, request string
		status          int
		location        string
	}{
		{"allow-all", "GET http://www.example.com/a", 200, ""},
		{"https-only", "GET http://www.example.com/a", 403, ""},
		{"https-only", "GET https://www.example.com/a", 200, ""},
		{"redirect-to-https", "GET http://www.example.com:8080/a%20b?c=d", 301, "https://www.example.com/a%20b?c=d"},
		{"redirect-to-https", "POST http://www.example.com/a", 307, "https://www.example.com/a"},
		{"redirect-to-https", "GET https://www.example.com/a", 200, ""},
		{"allow-all", "DELETE https://www.example.com/a", 403, ""},
	}
	for _, tt := range tests {
		w := with(tt.policy).ask(t, tt.request, "X-Forwarded-Proto: https")
		if w.Code != tt.status || w.Header().Get("Location") != tt.location {
			t.Errorf("%s, %s: %d %q, want %d %q", tt.policy, tt.request, w.Code, w.Header().Get("Location"), tt.status, tt.location)
		}
	}
}

func TestAnObjectIsCachedOnItsPOPForItsLifetime(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		behaviour string
		origin    origin.State
		want      time.Duration // for which it is a hit
	}{
		"CachingDisabled":               {disabled, origin.State{Headers: map[string]string{"Cache-Control": "max-age=60"}}, 0},
		"CachingOptimized, by default":  {optimized, origin.State{}, 24 * time.Hour},
		"max-age":                       {optimized, origin.State{Headers: map[string]string{"Cache-Control": "public, max-age=60"}}, time.Minute},
		"s-maxage before max-age":       {optimized, origin.State{Headers: map[string]string{"Cache-Control": "max-age=600, s-maxage=60"}}, time.Minute},
		"max-age=0 is MinTTL":           {optimized, origin.State{Headers: map[string]string{"Cache-Control": "max-age=0"}}, time.Second},
		"no-store is MinTTL":            {optimized, origin.State{Headers: map[string]string{"Cache-Control": "no-store"}}, time.Second},
		"private is MinTTL":             {optimized, origin.State{Headers: map[string]string{"Cache-Control": "private, max-age=60"}}, time.Second},
		"no-store without MinTTL":       {"<ForwardedValues/><MinTTL>0</MinTTL>", origin.State{Headers: map[string]string{"Cache-Control": "no-store"}}, 0},
		"no-store on a 404":             {optimized, origin.State{Status: 404, Headers: map[string]string{"Cache-Control": "no-store"}}, 0},
		"no-store on a 503":             {optimized, origin.State{Status: 503, Headers: map[string]string{"Cache-Control": "no-store"}}, 10 * time.Second},
		"legacy DefaultTTL":             {"<ForwardedValues/><MinTTL>0</MinTTL><DefaultTTL>90</DefaultTTL><MaxTTL>900</MaxTTL>", origin.State{}, 90 * time.Second},
		"legacy MaxTTL":                 {"<ForwardedValues/><DefaultTTL>90</DefaultTTL><MaxTTL>900</MaxTTL>", origin.State{Headers: map[string]string{"Cache-Control": "max-age=9999"}}, 900 * time.Second},
		"legacy, every header forwards": {"<ForwardedValues><Headers><Items><Name>*</Name></Items></Headers></ForwardedValues><DefaultTTL>90</DefaultTTL>", origin.State{}, 0},
		"404":                           {optimized, origin.State{Status: 404}, 10 * time.Second},
		"503":                           {optimized, origin.State{Status: 503}, 10 * time.Second},
		"403":                           {optimized, origin.State{Status: 403}, 0},
		"403 with max-age":              {optimized, origin.State{Status: 403, Headers: map[string]string{"Cache-Control": "max-age=30"}}, 30 * time.Second},
		"origin down":                   {optimized, origin.State{Down: true}, 10 * time.Second},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newSim(t, oneOrigin+behaviour(tt.behaviour))
				s.origins.Put("blue.test", tt.origin)
				asked := func(pop int) int {
					before := s.origins.Requests("blue.test")
					s.ask(t, "GET http://www.example.com/a", fmt.Sprintf("X-Awssim-Pop: %d", pop))
					return s.origins.Requests("blue.test") - before
				}
				if asked(1) != 1 {
					t.Fatal("a cold cache answered")
				}
				if tt.want == 0 {
					if asked(1) != 1 {
						t.Error("it was cached")
					}
					return
				}
				pass(tt.want - time.Millisecond)
				if asked(1) != 0 {
					t.Errorf("not cached for %v", tt.want)
				}
				if asked(2) != 1 {
					t.Error("another POP answered from its cache")
				}
				pass(time.Millisecond)
				if asked(1) != 1 {
					t.Errorf("still cached after %v", tt.want)
				}
			})
		})
	}
}

func TestAHitSaysSoAndHowOldItIs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, oneOrigin+behaviour(optimized))
		if h := s.ask(t, "GET http://www.example.com/a").Header(); h.Get("X-Cache") != "Miss from cloudfront" || h.Get("Age") != "" {
			t.Errorf("first: %v", h)
		}
		pass(5 * time.Second)
		w := s.ask(t, "GET http://www.example.com/a?q=ignored")
		if h := w.Header(); h.Get("X-Cache") != "Hit from cloudfront" || h.Get("Age") != "5" || h.Get("X-Awssim-Distribution") != "E1" {
			t.Errorf("second: %v", h)
		}
		if head := s.ask(t, "HEAD http://www.example.com/a"); head.Body.Len() != 0 || head.Header().Get("Content-Length") != w.Header().Get("Content-Length") {
			t.Errorf("HEAD: %d bytes, %v", head.Body.Len(), head.Header())
		}
		got := s.Metrics()
		if len(got) != 1 || got[0].Requests != 3 || got[0].Hits != 2 || got[0].Distribution != "E1" || got[0].Errors5xx != 0 {
			t.Errorf("metrics %+v", got)
		}
	})
}

func TestTheCacheKeyIsWhatThePolicySays(t *testing.T) {
	t.Parallel()
	legacy := `<ForwardedValues><QueryString>true</QueryString><QueryStringCacheKeys><Items><Name>v</Name></Items></QueryStringCacheKeys>
		<Headers><Items><Name>x-side</Name></Items></Headers><Cookies><Forward>whitelist</Forward><WhitelistedNames><Items><Name>side</Name></Items></WhitelistedNames></Cookies></ForwardedValues>`
	tests := []struct {
		title, behaviour string
		second           []string // request and headers
		hit              bool
	}{
		{"CachingOptimized, another query", optimized, []string{"GET http://www.example.com/a?v=2"}, true},
		{"CachingOptimized, another cookie", optimized, []string{"GET http://www.example.com/a?v=1", "Cookie: side=green"}, true},
		{"CachingOptimized, another host of the distribution", optimized, []string{"GET http://d1.cloudfront.net/a?v=1"}, true},
		{"another path", optimized, []string{"GET http://www.example.com/b?v=1"}, false},
		{"another distribution", optimized, []string{"GET http://other.example.com/a?v=1"}, false},
		{"POST", optimized + "<AllowedMethods><Items><Method>POST</Method><Method>GET</Method></Items></AllowedMethods>", []string{"POST http://www.example.com/a?v=1"}, false},
		{"legacy, the same", legacy, []string{"GET http://www.example.com/a?v=1"}, true},
		{"legacy, a parameter that does not count", legacy, []string{"GET http://www.example.com/a?w=5&v=1"}, true},
		{"legacy, a parameter that counts", legacy, []string{"GET http://www.example.com/a?v=2"}, false},
		{"legacy, a header that counts", legacy, []string{"GET http://www.example.com/a?v=1", "X-Side: green"}, false},
		{"legacy, a cookie that counts", legacy, []string{"GET http://www.example.com/a?v=1", "Cookie: side=green"}, false},
		{"legacy, a cookie that does not", legacy, []string{"GET http://www.example.com/a?v=1", "Cookie: session=1"}, true},
		{"a policy the fleet does not know, another query", "<CachePolicyId>11111111-1111-1111-1111-111111111111</CachePolicyId>", []string{"GET http://www.example.com/a?v=2"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.title, func(t *testing.T) {
			t.Parallel()
			s := newSim(t, oneOrigin+behaviour(tt.behaviour))
			route := s.routes.hosts["www.example.com"]
			s.routes.hosts["d1.cloudfront.net"] = route
			route.Distribution = "E2"
			s.routes.hosts["other.example.com"] = route
			s.ask(t, "GET http://www.example.com/a?v=1")
			w := s.ask(t, tt.second[0], tt.second[1:]...)
			if hit := strings.HasPrefix(w.Header().Get("X-Cache"), "Hit"); w.Code != 200 || hit != tt.hit {
				t.Errorf("%d %s, want hit = %t", w.Code, w.Header().Get("X-Cache"), tt.hit)
			}
		})
	}
}

func TestAnInvalidatedObjectIsAskedForAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, oneOrigin+behaviour("<CachePolicyId>4cc15a8a-d715-48a4-82b8-cc0b614638fe</CachePolicyId>"))
		s.origins.Put("blue.test", origin.State{Headers: map[string]string{"Cache-Control": "max-age=3600"}, Latency: 2 * time.Second})
		var arrived time.Time
		var asked string
		s.routes.invalidated = func(_ int, path string, stored, at time.Time) bool {
			asked = path
			return arrived.After(stored) && !arrived.After(at)
		}
		s.ask(t, "GET http://www.example.com/a?v=1")
		pass(time.Second)
		if w := s.ask(t, "GET http://www.example.com/a?v=1"); w.Header().Get("X-Cache") != "Hit from cloudfront" {
			t.Fatalf("not cached: %v", w.Header())
		}
		if asked != "/a?v=1" {
			t.Errorf("asked about %q, want the path with the query that is part of the key", asked)
		}
		arrived = now()
		pass(time.Second)
		if w := s.ask(t, "GET http://www.example.com/a?v=1"); w.Header().Get("X-Cache") != "Miss from cloudfront" {
			t.Error("the invalidated object was served")
		}
		// One that arrives while the origin is still answering covers that answer too.
		arrived = now().Add(-time.Second)
		if w := s.ask(t, "GET http://www.example.com/a?v=1"); w.Header().Get("X-Cache") != "Miss from cloudfront" {
			t.Error("an object fetched before the invalidation was served")
		}
	})
}

func TestTheOriginSeesWhatCloudFrontSends(t *testing.T) {
	t.Parallel()
	origins := `<Origins><Items><Origin><Id>o</Id><DomainName>blue.test</DomainName><CustomHeaders><Items>
		<OriginCustomHeader><HeaderName>X-Secret</HeaderName><HeaderValue>s3</HeaderValue></OriginCustomHeader></Items></CustomHeaders></Origin></Items></Origins>`
	request := []string{"Cookie: a=1; b=2", "User-Agent: curl", "Accept: text/html", "X-Custom: yes", "X-Secret: forged", "Authorization: Bearer x", "Connection: keep-alive"}
	s := newSim(t, origins+behaviour(disabled))
	got := echo(t, s.ask(t, "GET http://www.example.com/a?q=1", request...))
	for name, want := range map[string]string{
		"Host": "blue.test", "User-Agent": "Amazon CloudFront", "X-Custom": "yes", "X-Secret": "s3", "X-Forwarded-For": "192.0.2.1",
		"Cookie": "", "Accept": "", "Authorization": "", "Connection": "",
	} {
		if got.Headers[name] != want {
			t.Errorf("%s is %q, want %q", name, got.Headers[name], want)
		}
	}
	if got.Query != "" {
		t.Errorf("query %q, want none: no policy sends it", got.Query)
	}

	s = newSim(t, origins+behaviour(disabled+"<OriginRequestPolicyId>216adef6-5c7f-47e4-b989-5492eafa07d3</OriginRequestPolicyId>")) // AllViewer
	got = echo(t, s.ask(t, "GET http://www.example.com/a?q=1", request...))
	for name, want := range map[string]string{
		"Host": "www.example.com", "User-Agent": "curl", "Cookie": "a=1; b=2", "Accept": "text/html", "Authorization": "Bearer x", "X-Secret": "s3",
	} {
		if got.Headers[name] != want {
			t.Errorf("AllViewer: %s is %q, want %q", name, got.Headers[name], want)
		}
	}
	if got.Query != "q=1" {
		t.Errorf("AllViewer: query %q", got.Query)
	}

	s = newSim(t, oneOrigin+behaviour(disabled+"<AllowedMethods><Items><Method>GET</Method><Method>PUT</Method></Items></AllowedMethods>"))
	if got := echo(t, s.ask(t, "PUT http://www.example.com/a", " payload")); got.Body != "payload" || got.Method != http.MethodPut {
		t.Errorf("PUT arrived as %+v", got)
	}
	if w := s.ask(t, "GET http://www.example.com/a", " payload"); w.Code != 403 {
		t.Errorf("GET with a body: %d, want 403", w.Code)
	}
}

func TestAnOriginThatFailsIsAnErrorOfTheEdge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, `<Origins><Items><Origin><Id>o</Id><DomainName>blue.test</DomainName><CustomOriginConfig><OriginReadTimeout>5</OriginReadTimeout></CustomOriginConfig></Origin></Items></Origins>`+behaviour(disabled))
		for _, tt := range []struct {
			state  origin.State
			status int
			took   time.Duration
		}{
			{origin.State{Down: true}, 502, 0},
			{origin.State{Latency: time.Minute}, 504, 5 * time.Second},
			{origin.State{Status: 42}, 502, 0},
			{origin.State{Status: 503}, 503, 0},
			{origin.State{Latency: 4 * time.Second}, 200, 4 * time.Second},
		} {
			s.origins.Put("blue.test", tt.state)
			start := now()
			w := s.ask(t, "GET http://www.example.com/")
			if took := now().Sub(start); w.Code != tt.status || took != tt.took {
				t.Errorf("%+v: %d after %v, want %d after %v", tt.state, w.Code, took, tt.status, tt.took)
			}
			if failed := w.Header().Get("X-Cache") == "Error from cloudfront"; failed != (tt.status >= 400) {
				t.Errorf("%+v: X-Cache %q", tt.state, w.Header().Get("X-Cache"))
			}
		}
	})
}

func TestAnOriginGroupFailsOverForReadsOnly(t *testing.T) {
	t.Parallel()
	s := newSim(t, `<Origins><Items><Origin><Id>a</Id><DomainName>a.test</DomainName></Origin><Origin><Id>b</Id><DomainName>b.test</DomainName></Origin></Items></Origins>
		<OriginGroups><Items><OriginGroup><Id>o</Id><FailoverCriteria><StatusCodes><Items><StatusCode>502</StatusCode><StatusCode>500</StatusCode></Items></StatusCodes></FailoverCriteria>
		<Members><Items><OriginGroupMember><OriginId>a</OriginId></OriginGroupMember><OriginGroupMember><OriginId>b</OriginId></OriginGroupMember></Items></Members></OriginGroup></Items></OriginGroups>`+
		behaviour(disabled+"<AllowedMethods><Items><Method>GET</Method><Method>POST</Method></Items></AllowedMethods>"))
	for _, tt := range []struct {
		state   origin.State
		method  string
		status  int
		byOther bool
	}{
		{origin.State{}, "GET", 200, false},
		{origin.State{Status: 500}, "GET", 200, true},
		{origin.State{Down: true}, "GET", 200, true},
		{origin.State{Status: 404}, "GET", 404, false},
		{origin.State{Status: 500}, "POST", 500, false},
	} {
		s.origins.Put("a.test", tt.state)
		w := s.ask(t, tt.method+" http://www.example.com/")
		if other := w.Header().Get("X-Origin") == "b.test"; w.Code != tt.status || other != tt.byOther {
			t.Errorf("%s with a %+v: %d from %q", tt.method, tt.state, w.Code, w.Header().Get("X-Origin"))
		}
	}
}

func TestACustomErrorPageReplacesTheOriginsError(t *testing.T) {
	t.Parallel()
	s := newSim(t, `<Origins><Items><Origin><Id>o</Id><DomainName>blue.test</DomainName></Origin><Origin><Id>p</Id><DomainName>pages.test</DomainName></Origin></Items></Origins>
		<CacheBehaviors><Items><CacheBehavior><PathPattern>/errors/*</PathPattern><TargetOriginId>p</TargetOriginId><ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy>`+disabled+`</CacheBehavior></Items></CacheBehaviors>
		<CustomErrorResponses><Items><CustomErrorResponse><ErrorCode>503</ErrorCode><ResponsePagePath>/errors/sorry.html</ResponsePagePath><ResponseCode>200</ResponseCode></CustomErrorResponse></Items></CustomErrorResponses>`+behaviour(disabled))
	s.origins.Put("blue.test", origin.State{Status: 503})
	s.origins.Put("pages.test", origin.State{Body: "sorry"})
	if w := s.ask(t, "GET http://www.example.com/"); w.Code != 200 || w.Body.String() != "sorry" || w.Header().Get("X-Cache") != "Error from cloudfront" {
		t.Errorf("%d %q %s", w.Code, w.Body, w.Header().Get("X-Cache"))
	}
	s.origins.Put("pages.test", origin.State{Down: true})
	if w := s.ask(t, "GET http://www.example.com/"); w.Code != 503 {
		t.Errorf("without the page: %d, want the error itself", w.Code)
	}
}

func TestANewVersionIsServedAsSoonAsItIsRouted(t *testing.T) {
	t.Parallel()
	s := newSim(t, oneOrigin+behaviour(disabled))
	s.ask(t, "GET http://www.example.com/")
	next, err := wire.ParseXML(strings.NewReader("<DistributionConfig>" + strings.Replace(oneOrigin, "blue", "green", 1) + behaviour(disabled) + "</DistributionConfig>"))
	if err != nil {
		t.Fatal(err)
	}
	s.routes.hosts["www.example.com"] = edge.Route{Distribution: "E1", Config: next, Version: 2}
	if e := echo(t, s.ask(t, "GET http://www.example.com/")); e.Domain != "green.test" {
		t.Errorf("version 2 is served by %s", e.Domain)
	}
}

func BenchmarkHit(b *testing.B) {
	s := newSim(b, oneOrigin+behaviour(optimized))
	s.ask(b, "GET http://www.example.com/a")
	benchmark(b, s)
}

func BenchmarkMiss(b *testing.B) {
	benchmark(b, newSim(b, oneOrigin+behaviour(disabled)))
}

func benchmark(b *testing.B, s *sim) {
	r := httptest.NewRequest(http.MethodGet, "http://www.example.com/a", nil)
	b.ReportAllocs()
	for b.Loop() {
		w := discard{http.Header{}}
		s.ServeHTTP(w, r)
	}
}

type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

func TestAnInvalidatedCacheTagCoversWhatCarriesIt(t *testing.T) {
	t.Parallel()
	for config, covered := range map[string]bool{"<CacheTagConfig><HeaderName>Cache-Tag</HeaderName></CacheTagConfig>": true, "": false} {
		synctest.Test(t, func(t *testing.T) {
			s := newSim(t, config+oneOrigin+behaviour("<CachePolicyId>4cc15a8a-d715-48a4-82b8-cc0b614638fe</CachePolicyId>"))
			s.origins.Put("blue.test", origin.State{Headers: map[string]string{"Cache-Control": "max-age=3600", "Cache-Tag": "shop, release:7"}, Latency: time.Second})
			var arrived time.Time
			s.routes.invalidated = func(_ int, path string, stored, at time.Time) bool {
				return path == "#release:7" && arrived.After(stored) && !arrived.After(at)
			}
			s.ask(t, "GET http://www.example.com/a")
			pass(time.Second)
			arrived = now()
			pass(time.Second)
			if miss := s.ask(t, "GET http://www.example.com/a").Header().Get("X-Cache") == "Miss from cloudfront"; miss != covered {
				t.Errorf("%q: asked the origin again: %t", config, miss)
			}
		})
	}
}
