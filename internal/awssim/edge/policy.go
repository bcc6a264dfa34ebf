package edge

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// A selection is the part of a query string, or of the cookies, that counts.
type selection struct {
	all    bool
	except []string // with all: but not these
	names  []string // without all: only these
}

func (s selection) empty() bool { return !s.all && len(s.names) == 0 }
func (s selection) has(name string) bool {
	return s.all && !slices.Contains(s.except, name) || slices.Contains(s.names, name)
}

// or selects what either of two selections does.
func (s selection) or(t selection) selection {
	out := selection{all: s.all || t.all, names: append(slices.Clip(s.names), t.names...)}
	switch {
	case s.all && t.all:
		for _, name := range s.except {
			if slices.Contains(t.except, name) {
				out.except = append(out.except, name)
			}
		}
	case s.all:
		out.except = s.except
	case t.all:
		out.except = t.except
	}
	return out
}

// query returns the selected parameters of a raw query string, in its order.
func (s selection) query(raw string) string {
	if s.all && s.except == nil || raw == "" {
		return raw
	}
	if s.empty() {
		return ""
	}
	var kept []string
	for part := range strings.SplitSeq(raw, "&") {
		if name, _, _ := strings.Cut(part, "="); s.has(name) {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "&")
}

// cookies returns the selected cookies as one Cookie header value.
func (s selection) cookies(r *http.Request) string {
	if s.empty() || r.Header["Cookie"] == nil {
		return ""
	}
	var kept []string
	for _, c := range r.Cookies() {
		if s.has(c.Name) {
			kept = append(kept, c.Name+"="+c.Value)
		}
	}
	return strings.Join(kept, "; ")
}

// values are the parts of a request that make the cache key or reach the origin.
type values struct {
	query, cookies selection
	headers        []string // canonical names; "*": every one
	except         []string // with "*": but not these
}

func (v values) header(name string) bool {
	return slices.Contains(v.headers, name) || slices.Contains(v.headers, "*") && !slices.Contains(v.except, name)
}

type cachePolicy struct {
	min, def, max time.Duration
	key           values
}

var (
	everything = selection{all: true}
	year       = 365 * 24 * time.Hour
	day        = 24 * time.Hour
)

// managedPolicies are CloudFront's managed cache policies by id.
// [docs: CF using-managed-cache-policies]
var managedPolicies = map[string]cachePolicy{
	"4135ea2d-6df8-44a3-9df3-4b5a84be39ad": {},                                 // CachingDisabled
	"658327ea-f89d-4fab-a63d-7e88639e58f6": {time.Second, day, year, values{}}, // CachingOptimized
	"b2884449-e4de-46a7-ac36-70bc7f1ddd6d": {time.Second, day, year, values{}}, // CachingOptimizedForUncompressedObjects
	"08627262-05a9-4f76-9ded-b50ca2e3a84f": {0, day, year, values{ // Elemental-MediaPackage
		query: selection{names: []string{"aws.manifestfilter", "start", "end", "m"}}, headers: []string{"Origin"},
	}},
	"2e54312d-136d-493c-8eb9-b001f22f67d2": {2 * time.Second, 2 * time.Second, 10 * time.Minute, values{ // Amplify
		query: everything, cookies: everything, headers: []string{"Authorization", "Cloudfront-Viewer-Country", "Host"},
	}},
	"83da9c7e-98b4-4e11-a168-04f0df8e2c65": {0, 0, year, values{ // UseOriginCacheControlHeaders
		cookies: everything, headers: originControlled,
	}},
	"4cc15a8a-d715-48a4-82b8-cc0b614638fe": {0, 0, year, values{ // UseOriginCacheControlHeaders-QueryStrings
		query: everything, cookies: everything, headers: originControlled,
	}},
}

var originControlled = []string{"Host", "Origin", "X-Http-Method", "X-Http-Method-Override", "X-Method-Override"}

// unknownPolicy stands for a policy somebody made: the fleet does not know its
// settings, so it keys on the query and cookies and cannot give one viewer another's answer.
var unknownPolicy = cachePolicy{0, day, year, values{query: everything, cookies: everything}}

// managedRequests are the managed origin request policies by id: what they send
// beyond the cache key. [docs: CF using-managed-origin-request-policies]
var managedRequests = map[string]values{
	"216adef6-5c7f-47e4-b989-5492eafa07d3": {query: everything, cookies: everything, headers: []string{"*", "Host"}}, // AllViewer
	"33f36d7e-f396-46d9-90e0-52428a34d9dc": {query: everything, cookies: everything, headers: []string{"*", "Host"}}, // AllViewerAndCloudFrontHeaders-2022-06
	"b689b0a8-53d0-40ab-baf2-68738e2966ac": {query: everything, cookies: everything, headers: []string{"*"}},         // AllViewerExceptHostHeader
	"acba4595-bd28-49b8-b9fe-13317c0390fa": {headers: []string{"User-Agent", "Referer"}},                             // UserAgentRefererHeaders
	"bf0718e1-ba1e-49d1-88b1-f726733018ae": {headers: []string{"Host"}},                                              // HostHeaderOnly
	"59781a5b-3903-41f3-afcb-af62929ccde1": {headers: []string{"Origin"}},                                            // CORS-CustomOrigin
	"88a5eaf4-2fd4-4709-b370-b4c650ea3fcf": {headers: []string{"Origin", "Access-Control-Request-Headers", "Access-Control-Request-Method"}},
}

// A policySource knows the policies that somebody made, by kind and id; it returns
// nil for one that it does not know.
type policySource func(kind, id string) *wire.Node

func readPolicy(b *wire.Node, custom policySource) cachePolicy {
	id := b.String("CachePolicyId")
	if id == "" {
		return readForwardedValues(b)
	}
	if p, ok := managedPolicies[id]; ok {
		return p
	}
	c := custom("CachePolicy", id)
	if c == nil {
		return unknownPolicy
	}
	in := c.Get("ParametersInCacheKeyAndForwardedToOrigin")
	return cachePolicy{min: seconds(c, "MinTTL"), def: seconds(c, "DefaultTTL"), max: seconds(c, "MaxTTL"), key: readValues(in)}
}

// readValues reads the part of a cache or origin request policy that chooses headers,
// cookies and query strings.
func readValues(in *wire.Node) values {
	choose := func(config, behavior, list string) selection {
		listed := names(in, config, list, "Items")
		switch in.String(config, behavior) {
		case "all":
			return everything
		case "allExcept":
			return selection{all: true, except: listed}
		case "whitelist":
			return selection{names: listed}
		}
		return selection{}
	}
	v := values{
		query:   choose("QueryStringsConfig", "QueryStringBehavior", "QueryStrings"),
		cookies: choose("CookiesConfig", "CookieBehavior", "Cookies"),
	}
	var listed []string
	for _, h := range names(in, "HeadersConfig", "Headers", "Items") {
		listed = append(listed, http.CanonicalHeaderKey(h))
	}
	switch in.String("HeadersConfig", "HeaderBehavior") {
	case "whitelist":
		v.headers = listed
	case "allViewer":
		v.headers = []string{"*", "Host"}
	case "allViewerAndWhitelistCloudFront": // nothing here knows what the CloudFront- headers would say
		v.headers = []string{"*", "Host"}
	case "allExcept":
		v.headers, v.except = []string{"*"}, listed
		if !slices.Contains(listed, "Host") {
			v.headers = append(v.headers, "Host")
		}
	}
	return v
}

// readForwardedValues reads the settings from before cache policies.
func readForwardedValues(b *wire.Node) cachePolicy {
	p := cachePolicy{min: seconds(b, "MinTTL"), def: day, max: year}
	if b.String("DefaultTTL") != "" {
		p.def = seconds(b, "DefaultTTL")
	}
	if b.String("MaxTTL") != "" {
		p.max = seconds(b, "MaxTTL")
	}
	fv := b.Get("ForwardedValues")
	p.key.query.all = fv.True("QueryString")
	if keys := names(fv, "QueryStringCacheKeys", "Items"); len(keys) > 0 {
		p.key.query = selection{names: keys}
	}
	switch fv.String("Cookies", "Forward") {
	case "all":
		p.key.cookies.all = true
	case "whitelist":
		p.key.cookies.names = names(fv, "Cookies", "WhitelistedNames", "Items")
	}
	for _, h := range names(fv, "Headers", "Items") {
		p.key.headers = append(p.key.headers, http.CanonicalHeaderKey(h))
	}
	if slices.Contains(p.key.headers, "*") { // forwarding every header means caching nothing
		p.min, p.def, p.max = 0, 0, 0
		p.key.headers = append(p.key.headers, "Host")
	}
	return p
}

func names(n *wire.Node, path ...string) []string {
	var out []string
	for _, item := range n.All("Name", path...) {
		out = append(out, item.Text)
	}
	return out
}

// forwarded adds to the cache key, all of which the origin sees, what an origin
// request policy sends besides.
func forwarded(b *wire.Node, key values, custom policySource) values {
	id := b.String("OriginRequestPolicyId")
	if id == "" {
		if fv := b.Get("ForwardedValues"); fv.True("QueryString") {
			key.query.all = true // QueryStringCacheKeys narrow the key, not what is sent
		}
		return key
	}
	more, known := managedRequests[id]
	if c := custom("OriginRequestPolicy", id); !known && c != nil {
		more, known = readValues(c), true
	}
	if !known { // show the origin everything
		more = values{query: everything, cookies: everything, headers: []string{"*"}}
	}
	out := values{query: key.query.or(more.query), cookies: key.cookies.or(more.cookies), headers: append(slices.Clip(key.headers), more.headers...)}
	for _, name := range more.except {
		if !key.header(name) {
			out.except = append(out.except, name)
		}
	}
	return out
}

// lifetime is how long an answer of the origin stays in a cache; 0: not at all.
// rule is the custom error response for its status, if there is one.
//
// An answer that asks not to be kept (no-store, no-cache, private) is kept for MinTTL
// all the same, and as an error as long as other errors, unless it is one of four.
// [docs: CF Expiration, HTTPStatusCodes, custom-error-pages-expiration]
func (p cachePolicy) lifetime(status int, h http.Header, at time.Time, rule *errorRule) time.Duration {
	if p.max <= 0 {
		return 0
	}
	age, given, forbidden := freshness(h, at)
	if status < http.StatusBadRequest {
		if forbidden {
			return p.min
		}
		if !given {
			return max(p.min, p.def)
		}
		return min(max(age, p.min), p.max)
	}
	ttl := errorTTL
	if rule != nil {
		ttl = rule.ttl
	}
	if forbidden {
		switch status {
		case http.StatusNotFound, http.StatusGone, http.StatusRequestURITooLong, http.StatusNotImplemented:
			return 0
		}
		given = false
	}
	switch status {
	case http.StatusNotFound, http.StatusGone, http.StatusRequestURITooLong, 500, 501, 502, 503, 504:
		return max(ttl, age)
	case 400, 403, 405, 412, 415: // only where somebody asked for it
		if given || rule != nil {
			return max(ttl, age)
		}
	}
	return 0
}

// freshness reads Cache-Control and Expires.
func freshness(h http.Header, at time.Time) (age time.Duration, given, forbidden bool) {
	shared := false
	for _, line := range h["Cache-Control"] {
		for part := range strings.SplitSeq(line, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			switch strings.ToLower(name) {
			case "no-store", "no-cache", "private":
				return 0, true, true
			case "s-maxage":
				age, given, shared = time.Duration(number(strings.Trim(value, `"`)))*time.Second, true, true
			case "max-age":
				if !shared {
					age, given = time.Duration(number(strings.Trim(value, `"`)))*time.Second, true
				}
			}
		}
	}
	if !given {
		if t, err := http.ParseTime(h.Get("Expires")); err == nil {
			return max(t.Sub(at), 0), true, false
		}
	}
	return age, given, false
}
