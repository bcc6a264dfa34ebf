package edge

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// A headersPolicy is a response headers policy, read once. It changes what comes out of
// the cache or from an origin, never what is stored, and not the answers that CloudFront
// makes by itself. [docs: CF modifying-response-headers, understanding-response-headers-policies]
type headersPolicy struct {
	remove []string // canonical names
	add    []addedHeader
	cors   *corsPolicy
	timing float64 // the percentage of answers with Server-Timing; negative: not enabled
}

type addedHeader struct {
	name, value string
	override    bool // of what the origin sent
}

type corsPolicy struct {
	origins  []string
	headers  string
	methods  string
	expose   string
	maxAge   string
	secrets  bool // credentials
	override bool
}

// readHeadersPolicy returns nil where a behaviour has none, or one that nobody knows.
func readHeadersPolicy(b *wire.Node, custom policySource) *headersPolicy {
	id := b.String("ResponseHeadersPolicyId")
	if id == "" {
		return nil
	}
	c := custom("ResponseHeadersPolicy", id)
	if c == nil {
		return nil
	}
	p := &headersPolicy{timing: -1}
	for _, h := range c.All("ResponseHeadersPolicyRemoveHeader", "RemoveHeadersConfig", "Items") {
		p.remove = append(p.remove, http.CanonicalHeaderKey(h.String("Header")))
	}
	for _, h := range c.All("ResponseHeadersPolicyCustomHeader", "CustomHeadersConfig", "Items") {
		p.add = append(p.add, addedHeader{http.CanonicalHeaderKey(h.String("Header")), h.String("Value"), h.True("Override")})
	}
	p.add = append(p.add, readSecurityHeaders(c.Get("SecurityHeadersConfig"))...)
	p.cors = readCORS(c.Get("CorsConfig"))
	if c.True("ServerTimingHeadersConfig", "Enabled") {
		p.timing, _ = strconv.ParseFloat(c.String("ServerTimingHeadersConfig", "SamplingRate"), 64) // the model was checked
	}
	return p
}

func readSecurityHeaders(c *wire.Node) []addedHeader {
	var out []addedHeader
	add := func(name, section string, value func(*wire.Node) string) {
		if s := c.Get(section); s != nil {
			out = append(out, addedHeader{name, value(s), s.True("Override")})
		}
	}
	text := func(member string) func(*wire.Node) string {
		return func(s *wire.Node) string { return s.String(member) }
	}
	add("Content-Security-Policy", "ContentSecurityPolicy", text("ContentSecurityPolicy"))
	add("Referrer-Policy", "ReferrerPolicy", text("ReferrerPolicy"))
	add("X-Frame-Options", "FrameOptions", text("FrameOption"))
	add("X-Content-Type-Options", "ContentTypeOptions", func(*wire.Node) string { return "nosniff" })
	add("Strict-Transport-Security", "StrictTransportSecurity", func(s *wire.Node) string {
		v := "max-age=" + s.String("AccessControlMaxAgeSec")
		if s.True("IncludeSubdomains") {
			v += "; includeSubDomains"
		}
		if s.True("Preload") {
			v += "; preload"
		}
		return v
	})
	add("X-Xss-Protection", "XSSProtection", func(s *wire.Node) string {
		switch report := s.String("ReportUri"); {
		case !s.True("Protection"):
			return "0"
		case s.True("ModeBlock"):
			return "1; mode=block"
		case report != "":
			return "1; report=" + report
		}
		return "1"
	})
	return out
}

func readCORS(c *wire.Node) *corsPolicy {
	if c == nil {
		return nil
	}
	texts := func(list, item string) []string {
		var out []string
		for _, n := range c.All(item, list, "Items") {
			out = append(out, n.Text)
		}
		return out
	}
	methods := texts("AccessControlAllowMethods", "Method")
	if slices.Contains(methods, "ALL") {
		methods = []string{"GET", "DELETE", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
	}
	return &corsPolicy{
		origins: texts("AccessControlAllowOrigins", "Origin"),
		headers: strings.Join(texts("AccessControlAllowHeaders", "Header"), ", "),
		methods: strings.Join(methods, ", "),
		expose:  strings.Join(texts("AccessControlExposeHeaders", "Header"), ", "),
		maxAge:  c.String("AccessControlMaxAgeSec"),
		secrets: c.True("AccessControlAllowCredentials"), override: c.True("OriginOverride"),
	}
}

// allows returns the value of Access-Control-Allow-Origin for a request from origin,
// "" where that may not read the answer.
func (c *corsPolicy) allows(origin string) string {
	for _, allowed := range c.origins {
		switch {
		case allowed == "*":
			return "*"
		case matchesOrigin(allowed, origin):
			return origin
		}
	}
	return ""
}

// matchesOrigin knows a * in the place of the leftmost part of the domain only. A
// pattern without a scheme is good for each.
func matchesOrigin(pattern, origin string) bool {
	if !strings.Contains(pattern, "://") {
		u, err := url.Parse(origin)
		if err != nil {
			return false
		}
		origin = u.Host
	}
	before, after, wild := strings.Cut(strings.ToLower(pattern), "*.")
	origin = strings.ToLower(origin)
	if !wild {
		return before == origin
	}
	rest, ok := strings.CutPrefix(origin, before)
	label, found := strings.CutSuffix(rest, "."+after)
	return ok && found && label != ""
}

// adds are the headers for one request: all of them for one that a browser makes from
// another origin, of which a preflight gets more.
func (c *corsPolicy) adds(r *http.Request) []addedHeader {
	origin := r.Header.Get("Origin")
	if c == nil || origin == "" {
		return nil
	}
	allowed := c.allows(origin)
	if allowed == "" {
		return nil
	}
	var out []addedHeader
	add := func(name, value string) {
		if value != "" {
			out = append(out, addedHeader{name, value, c.override})
		}
	}
	add("Access-Control-Allow-Origin", allowed)
	if c.secrets {
		add("Access-Control-Allow-Credentials", "true")
	}
	if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
		add("Access-Control-Allow-Methods", c.methods)
		add("Access-Control-Allow-Headers", c.headers)
		add("Access-Control-Max-Age", c.maxAge)
	}
	add("Access-Control-Expose-Headers", c.expose)
	return out
}

// dress returns an answer of the cache or of an origin as the behaviour's response
// headers policy has it: first what goes, then what comes.
func (v *visit) dress(a answer, p *headersPolicy, took time.Duration) answer {
	if p == nil || a.own {
		return a
	}
	h := make(http.Header, len(a.header)+len(p.add)+2)
	for name, values := range a.header {
		if !slices.Contains(p.remove, name) {
			h[name] = values
		}
	}
	if slices.Contains(p.remove, "Server") { // it has one of its own
		h["Server"] = []string{"CloudFront"}
	}
	for _, x := range append(p.cors.adds(v.r), p.add...) {
		if h[x.name] == nil || x.override {
			h[x.name] = []string{x.value}
		}
	}
	v.time(h, a, p.timing, took)
	a.header = h
	return a
}

// time adds Server-Timing to its share of the answers, and to each that a viewer asks it
// for. What an origin says of itself is there on a miss only.
func (v *visit) time(h http.Header, a answer, rate float64, took time.Duration) {
	const name = "Server-Timing"
	if rate < 0 {
		return
	}
	asked := strings.EqualFold(v.r.Header.Get("Pragma"), "server-timing")
	if !asked && !v.fleet.draws.below(rate/100) {
		return
	}
	ms := func(d time.Duration) int64 { return int64(math.Round(float64(d) / float64(time.Millisecond))) }
	self := fmt.Sprintf(`cdn-pop;desc=%q,cdn-rid;desc=%q`, v.pop.name[0], v.ray)
	whole := v.fleet.clock.Now().Sub(v.at)
	if a.age >= 0 {
		h[name] = []string{fmt.Sprintf(`cdn-cache-hit,%s,cdn-hit-layer;desc="EDGE",cdn-downstream-fbl;dur=%d`, self, ms(whole))}
		return
	}
	value := fmt.Sprintf(`cdn-upstream-layer;desc="EDGE",cdn-upstream-dns;dur=0,cdn-upstream-connect;dur=0,cdn-upstream-fbl;dur=%d,cdn-cache-miss,%s,cdn-downstream-fbl;dur=%d`,
		ms(took), self, ms(whole))
	h[name] = []string{strings.Join(append([]string{value}, h[name]...), ",")}
}
