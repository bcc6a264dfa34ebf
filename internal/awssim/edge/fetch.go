package edge

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// serve answers by the configuration in force on this POP.
func (v *visit) serve(ctx context.Context, d *distribution) (a answer, gone bool) {
	path := v.r.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	if path == "/" && d.root != "" {
		path = "/" + d.root
	}
	b := d.behaviour(path)
	if v.foreign(b) {
		return v.refuse(http.StatusInternalServerError, "The path pattern is unknown to the primary distribution."), false
	}
	method := v.r.Method
	read := method == http.MethodGet || method == http.MethodHead
	switch plain := v.r.TLS == nil; {
	case plain && b.viewer == "https-only":
		return v.refuse(http.StatusForbidden, "Bad request."), false
	case plain && b.viewer == "redirect-to-https":
		return v.redirect(), false
	case !b.allows(method):
		return v.refuse(http.StatusForbidden, "This distribution is not configured to allow the HTTP request method that was used for this request."), false
	case read && len(v.body) > 0:
		return v.refuse(http.StatusForbidden, "Bad request."), false
	}
	if !b.restricted.everybody() {
		plain, refusal := v.signed(b)
		if refusal != nil {
			return *refusal, false
		}
		v.r = plain
	}
	original := eventRequest{}
	if b.functions.response != "" {
		original = v.seen()
	}
	if b.functions.request != "" {
		if a, ok := v.onRequest(b.functions.request, d, b); !ok {
			return a, false
		}
		// The behaviour stays, the object does not. [docs: CF functions-event-structure]
		if path = v.r.URL.EscapedPath(); path == "/" && d.root != "" {
			path = "/" + d.root
		}
	}
	var buf [256]byte
	var key []byte
	var tiers []tier
	if read && b.policy.max > 0 {
		caching := v.fleet.caching()
		key, tiers = v.appendKey(buf[:0], path, &b.policy.key, d.origin(b.target, caching)), v.tiers(caching)
		for i, t := range tiers {
			if o := t.find(key, v.at); o != nil && !v.invalidated(d, o, v.invalidationPath(path, b), t.at) {
				for _, nearer := range tiers[:i] {
					nearer.store(key, o) // as old as it is
				}
				return v.finish(o.hit(v.at), b, 0, original), false
			}
		}
	}
	a, gone = v.ask(ctx, d, b, path)
	if gone {
		return a, true
	}
	a = a.ran(OriginLambdaHeader, b.lambdas.origin)
	var rule *errorRule
	if e, ok := d.errors[a.status]; ok && a.status >= http.StatusBadRequest {
		rule = &e
	}
	now := v.fleet.clock.Now()
	took := now.Sub(v.at)
	ttl := b.policy.lifetime(a.status, a.header, now, rule)
	if rule != nil && rule.page != "" {
		if v.split.errorBug && v.fleet.draws.below(0.5) {
			return v.refuse(http.StatusInternalServerError, "Internal server error."), false
		}
		a = v.replace(ctx, d, a, rule)
	}
	if key != nil && method == http.MethodGet && ttl > 0 {
		o := &object{answer: a, asked: v.at, received: now, expires: now.Add(ttl)}
		for _, t := range tiers {
			t.store(key, o)
		}
	}
	return v.finish(a, b, took, original), false
}

// finish is an answer as it leaves for the viewer: a response headers policy comes before
// what runs at viewer-response.
func (v *visit) finish(a answer, b *behaviour, took time.Duration, original eventRequest) answer {
	a = v.dress(a, b.dress, took)
	if b.functions.response != "" {
		a = v.onResponse(b.functions.response, a, original)
	}
	return a.ran(ViewerLambdaHeader, b.lambdas.viewer)
}

// invalidationPath is what an invalidation has to name: the path, with the query
// string where that is part of the key. [docs: CF invalidation-specifying-objects]
func (v *visit) invalidationPath(path string, b *behaviour) string {
	if q := b.policy.key.query.query(v.r.URL.RawQuery); q != "" {
		return path + "?" + q
	}
	return path
}

func (o *object) hit(at time.Time) answer {
	a := o.answer
	a.age = int(at.Sub(o.received) / time.Second)
	if a.cache == fromOrigin {
		a.cache = fromCache
	}
	return a
}

// ask asks the behaviour's origin, or each of an origin group in turn.
func (v *visit) ask(ctx context.Context, d *distribution, b *behaviour, path string) (a answer, gone bool) {
	g, grouped := d.groups[b.target]
	if chosen := v.chosen; chosen != nil && v.failover != b.target {
		return v.askOrigin(ctx, *chosen, b, path)
	}
	if !grouped {
		return v.askOrigin(ctx, d.origins[b.target], b, path)
	}
	for i, id := range g.members {
		to := d.origins[id]
		if i == 0 && v.chosen != nil {
			to = *v.chosen
		}
		a, gone = v.askOrigin(ctx, to, b, path)
		// Failover is for GET, HEAD and OPTIONS only. [docs: CF high_availability_origin_failover]
		repeatable := v.r.Method == http.MethodGet || v.r.Method == http.MethodHead || v.r.Method == http.MethodOptions
		if gone || !repeatable || i == len(g.members)-1 || !slices.Contains(g.codes, a.status) {
			break
		}
	}
	return a, gone
}

func (v *visit) askOrigin(ctx context.Context, to backend, b *behaviour, path string) (a answer, gone bool) {
	resp, err := v.fleet.origins.Answer(ctx, &origin.Request{
		Domain: to.domain, Method: v.r.Method, Path: to.path + path, Query: b.forward.query.query(v.r.URL.RawQuery),
		Header: v.originHeader(to, b), Body: v.body, Timeout: to.timeout, SignedFor: v.signs(to), Identity: to.user, Secure: !to.plain,
	})
	switch {
	case err == nil && resp.Status >= http.StatusOK && resp.Status <= 599:
		return received(resp), false
	case err != nil && ctx.Err() != nil:
		return answer{}, true
	case errors.Is(err, origin.ErrTimeout):
		return v.refuse(http.StatusGatewayTimeout, "We can't connect to the server for this app or website at this time: the origin did not answer in time."), false
	default:
		return v.refuse(http.StatusBadGateway, "CloudFront wasn't able to connect to the origin."), false
	}
}

// signs says for which distribution a request to an origin is signed, "" for none: the
// origin access control signs always, never, or unless the viewer did.
func (v *visit) signs(to backend) string {
	if to.control == "" {
		return ""
	}
	switch behavior := v.fleet.signing(to.control); {
	case behavior == "always", behavior == "no-override" && v.r.Header.Get("Authorization") == "":
		return v.id
	}
	return ""
}

func received(resp *origin.Response) answer {
	a := answer{status: resp.Status, header: resp.Header, body: resp.Body, cache: fromOrigin, age: -1}
	for _, name := range hopByHop {
		delete(a.header, name)
	}
	if a.status >= http.StatusBadRequest {
		a.cache = failed
	}
	return a
}

// replace puts the custom error page in the place of an origin's error. If the page
// itself cannot be had, the viewer sees the error. [docs: CF GeneratingCustomErrorResponses]
func (v *visit) replace(ctx context.Context, d *distribution, a answer, rule *errorRule) answer {
	plain := *v // no function runs for the page, so that none chooses its origin
	plain.chosen, plain.failover = nil, ""
	page, gone := plain.ask(ctx, d, d.behaviour(rule.page), rule.page)
	if gone || page.status != http.StatusOK {
		return a
	}
	page.cache = failed
	page.status = a.status
	if rule.status != 0 {
		page.status = rule.status
	}
	return page
}

var hopByHop = []string{"Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Content-Length"}

// dropped are the viewer's headers that an origin sees only if the behaviour says
// so. [docs: CF RequestAndResponseBehaviorCustomOrigin]
var dropped = []string{"Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Referer", "User-Agent"}

func (v *visit) originHeader(to backend, b *behaviour) http.Header {
	h := make(http.Header, len(v.r.Header)+len(to.headers)+4)
	for name, value := range v.r.Header {
		switch {
		case name == "Cookie", name == POPHeader, slices.Contains(hopByHop, name):
		case slices.Contains(dropped, name) && !b.forward.header(name):
		case name == "Authorization" && !b.forward.header(name) && (v.r.Method == http.MethodGet || v.r.Method == http.MethodHead):
		default:
			h[name] = value
		}
	}
	if c := b.forward.cookies.cookies(v.r); c != "" {
		h["Cookie"] = []string{c}
	}
	if !b.forward.header("User-Agent") {
		h["User-Agent"] = []string{"Amazon CloudFront"}
	}
	h["Host"] = []string{to.domain}
	if slices.Contains(b.forward.headers, "Host") {
		h["Host"] = []string{v.host}
	}
	if to.host != "" {
		h["Host"] = []string{to.host}
	}
	if ip, _, err := net.SplitHostPort(v.r.RemoteAddr); err == nil {
		if before := h.Get("X-Forwarded-For"); before != "" {
			ip = before + ", " + ip
		}
		h["X-Forwarded-For"] = []string{ip}
	}
	h["Via"] = v.pop.via
	h["X-Amz-Cf-Id"] = []string{v.ray}
	maps.Copy(h, to.headers) // they replace the viewer's
	return h
}

// invalidated says whether an invalidation since covers an object, by its path or by one of
// the cache tags that its origin gave it, at the POP of an index.
func (v *visit) invalidated(d *distribution, o *object, path string, pop int) bool {
	if v.fleet.routes.Invalidated(v.id, pop, path, o.asked, v.at) {
		return true
	}
	if d.tags == "" {
		return false
	}
	for tag := range strings.SplitSeq(strings.Join(o.answer.header.Values(d.tags), ","), ",") {
		if tag = strings.TrimSpace(tag); tag != "" && v.fleet.routes.Invalidated(v.id, pop, "#"+tag, o.asked, v.at) {
			return true
		}
	}
	return false
}
