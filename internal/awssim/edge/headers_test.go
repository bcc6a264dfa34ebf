package edge_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/edge"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// withHeaders is a fleet whose one behaviour has a response headers policy; put replaces
// it at every POP.
func withHeaders(t *testing.T, settings, before string) (s *sim, put func(string)) {
	t.Helper()
	read := func(text string) *wire.Node {
		n, err := wire.ParseXML(strings.NewReader("<ResponseHeadersPolicyConfig>" + text + "</ResponseHeadersPolicyConfig>"))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	s = newSim(t, oneOrigin+behaviour(settings+"<ResponseHeadersPolicyId>p</ResponseHeadersPolicyId>"))
	known := read(before)
	s.Fleet = edge.New(edge.Options{
		Clock: clock.System{}, Routes: s.routes, Origins: s.origins, Journal: s.journal, POPs: 8, Seed: 1,
		Policy: func(kind, id string, _ int, _ time.Time) *wire.Node {
			if kind == "ResponseHeadersPolicy" && id == "p" {
				return known
			}
			return nil
		},
	})
	return s, func(text string) { known = read(text) }
}

func custom(name, value, override string) string {
	return "<CustomHeadersConfig><Items><ResponseHeadersPolicyCustomHeader><Header>" + name + "</Header><Value>" + value +
		"</Value><Override>" + override + "</Override></ResponseHeadersPolicyCustomHeader></Items></CustomHeadersConfig>"
}

const cors = "<CorsConfig><AccessControlAllowOrigins><Items><Origin>https://*.example.org</Origin><Origin>plain.example.net</Origin></Items></AccessControlAllowOrigins>" +
	"<AccessControlAllowHeaders><Items><Header>X-A</Header><Header>X-B</Header></Items></AccessControlAllowHeaders>" +
	"<AccessControlAllowMethods><Items><Method>ALL</Method></Items></AccessControlAllowMethods><AccessControlAllowCredentials>true</AccessControlAllowCredentials>" +
	"<AccessControlExposeHeaders><Items><Header>X-E</Header></Items></AccessControlExposeHeaders><AccessControlMaxAgeSec>600</AccessControlMaxAgeSec>" +
	"<OriginOverride>false</OriginOverride></CorsConfig>"

const options = "<AllowedMethods><Items><Method>GET</Method><Method>HEAD</Method><Method>OPTIONS</Method></Items></AllowedMethods>"

func TestAResponseHeadersPolicyChangesWhatViewersGet(t *testing.T) {
	t.Parallel()
	from := map[string]string{"X-Release": "origin", "X-Powered-By": "php", "Vary": "Accept", "Access-Control-Allow-Origin": "https://a.example.org"}
	tests := map[string]struct {
		policy string
		ask    []string // method and headers
		want   map[string]string
	}{
		"custom, over the origin's":      {custom("x-release", "2", "true"), nil, map[string]string{"X-Release": "2"}},
		"custom, under the origin's":     {custom("X-Release", "2", "false"), nil, map[string]string{"X-Release": "origin"}},
		"custom, of which there is none": {custom("X-Side", "green", "false"), nil, map[string]string{"X-Side": "green"}},
		"removed": {
			"<RemoveHeadersConfig><Items><ResponseHeadersPolicyRemoveHeader><Header>x-powered-by</Header></ResponseHeadersPolicyRemoveHeader>" +
				"<ResponseHeadersPolicyRemoveHeader><Header>Server</Header></ResponseHeadersPolicyRemoveHeader></Items></RemoveHeadersConfig>", nil,
			map[string]string{"X-Powered-By": "", "Server": "CloudFront", "Vary": "Accept"},
		},
		"removed, then added": {
			"<RemoveHeadersConfig><Items><ResponseHeadersPolicyRemoveHeader><Header>X-Release</Header></ResponseHeadersPolicyRemoveHeader></Items></RemoveHeadersConfig>" +
				custom("X-Release", "2", "false"), nil, map[string]string{"X-Release": "2"},
		},
		"security": {
			"<SecurityHeadersConfig><XSSProtection><Override>true</Override><Protection>true</Protection><ModeBlock>true</ModeBlock></XSSProtection>" +
				"<FrameOptions><Override>true</Override><FrameOption>DENY</FrameOption></FrameOptions><ContentTypeOptions><Override>true</Override></ContentTypeOptions>" +
				"<ReferrerPolicy><Override>true</Override><ReferrerPolicy>no-referrer</ReferrerPolicy></ReferrerPolicy>" +
				"<ContentSecurityPolicy><Override>true</Override><ContentSecurityPolicy>default-src 'none'</ContentSecurityPolicy></ContentSecurityPolicy>" +
				"<StrictTransportSecurity><Override>true</Override><IncludeSubdomains>true</IncludeSubdomains><Preload>true</Preload>" +
				"<AccessControlMaxAgeSec>60</AccessControlMaxAgeSec></StrictTransportSecurity></SecurityHeadersConfig>", nil,
			map[string]string{
				"X-Xss-Protection": "1; mode=block", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
				"Content-Security-Policy": "default-src 'none'", "Strict-Transport-Security": "max-age=60; includeSubDomains; preload",
			},
		},
		"no CORS without an Origin": {cors, nil, map[string]string{"Access-Control-Allow-Credentials": "", "Access-Control-Expose-Headers": ""}},
		"CORS, the origin's own wins": {
			cors,
			[]string{"GET", "Origin: https://b.example.org"},
			map[string]string{"Access-Control-Allow-Origin": "https://a.example.org", "Access-Control-Allow-Credentials": "true", "Access-Control-Expose-Headers": "X-E", "Access-Control-Allow-Methods": ""},
		},
		"CORS, over the origin's": {
			strings.Replace(cors, "false", "true", 1),
			[]string{"GET", "Origin: https://b.example.org"},
			map[string]string{"Access-Control-Allow-Origin": "https://b.example.org"},
		},
		"CORS, by host alone": {
			strings.Replace(cors, "false", "true", 1),
			[]string{"GET", "Origin: http://plain.example.net"},
			map[string]string{"Access-Control-Allow-Origin": "http://plain.example.net"},
		},
		"CORS, a stranger": {cors, []string{"GET", "Origin: https://example.org"}, map[string]string{"Access-Control-Expose-Headers": ""}},
		"CORS, a preflight": {
			cors,
			[]string{"OPTIONS", "Origin: https://b.example.org", "Access-Control-Request-Method: PUT"},
			map[string]string{"Access-Control-Allow-Methods": "GET, DELETE, HEAD, OPTIONS, PATCH, POST, PUT", "Access-Control-Allow-Headers": "X-A, X-B", "Access-Control-Max-Age": "600"},
		},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			s, _ := withHeaders(t, disabled+options, tt.policy)
			s.origins.Put("blue.test", origin.State{Headers: from})
			method, lines := "GET", []string{}
			if len(tt.ask) > 0 {
				method, lines = tt.ask[0], tt.ask[1:]
			}
			got := s.ask(t, method+" https://www.example.com/", lines...).Header()
			for _, name := range slices.Sorted(maps.Keys(tt.want)) {
				if got.Get(name) != tt.want[name] {
					t.Errorf("%s: %q, want %q", name, got.Get(name), tt.want[name])
				}
			}
		})
	}
}

func TestAResponseHeadersPolicyActsAfterTheCache(t *testing.T) {
	t.Parallel()
	s, put := withHeaders(t, optimized, custom("X-Release", "1", "true"))
	for _, want := range []string{"1", "2"} {
		put(custom("X-Release", want, "true"))
		if got := s.ask(t, "GET https://www.example.com/a").Header().Get("X-Release"); got != want {
			t.Errorf("X-Release: %q, want %q", got, want)
		}
	}
	if n := s.origins.Requests("blue.test"); n != 1 {
		t.Errorf("the origin was asked %d times", n)
	}
}

func TestAResponseHeadersPolicyDoesNotDressWhatCloudFrontMakesItself(t *testing.T) {
	t.Parallel()
	s, _ := withHeaders(t, disabled, custom("X-Side", "blue", "true"))
	s.origins.Put("blue.test", origin.State{Status: 503})
	if got := s.ask(t, "GET https://www.example.com/a").Header().Get("X-Side"); got != "blue" {
		t.Errorf("the origin's error: X-Side %q", got)
	}
	s.origins.Put("blue.test", origin.State{Down: true})
	if w := s.ask(t, "GET https://www.example.com/a"); w.Code != 502 || w.Header().Get("X-Side") != "" {
		t.Errorf("CloudFront's error: %d, X-Side %q", w.Code, w.Header().Get("X-Side"))
	}
}

func TestServerTimingIsGivenToItsShareAndToWhoeverAsks(t *testing.T) {
	t.Parallel()
	policy := func(rate string) string {
		return "<ServerTimingHeadersConfig><Enabled>true</Enabled><SamplingRate>" + rate + "</SamplingRate></ServerTimingHeadersConfig>"
	}
	synctest.Test(t, func(t *testing.T) {
		s, put := withHeaders(t, optimized, policy("100"))
		s.origins.Put("blue.test", origin.State{Latency: 177 * time.Millisecond, Headers: map[string]string{"Server-Timing": "db;dur=53"}})
		miss := s.ask(t, "GET https://www.example.com/a", "X-Awssim-Pop: 0").Header().Get("Server-Timing")
		if !strings.Contains(miss, "cdn-cache-miss") || !strings.Contains(miss, "cdn-upstream-fbl;dur=177") || !strings.HasSuffix(miss, ",db;dur=53") || !strings.Contains(miss, `cdn-pop;desc="FRA50-P1"`) {
			t.Errorf("miss: %s", miss)
		}
		hit := s.ask(t, "GET https://www.example.com/a", "X-Awssim-Pop: 0").Header().Get("Server-Timing")
		if !strings.HasPrefix(hit, "cdn-cache-hit,") || strings.Contains(hit, "db") {
			t.Errorf("hit: %s", hit)
		}
		put(policy("0"))
		s.origins.Put("blue.test", origin.State{})
		if got := s.ask(t, "GET https://www.example.com/b").Header().Get("Server-Timing"); got != "" {
			t.Errorf("a sample of nothing: %s", got)
		}
		if got := s.ask(t, "GET https://www.example.com/b", "Pragma: server-timing").Header().Get("Server-Timing"); got == "" {
			t.Error("whoever asks gets none")
		}
	})
}
