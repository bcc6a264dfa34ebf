package edge_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/edge"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/javascript"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

const (
	twoOrigins = "<Origins><Items><Origin><Id>o</Id><DomainName>blue.test</DomainName>" +
		"<CustomHeaders><Items><OriginCustomHeader><HeaderName>X-Secret</HeaderName><HeaderValue>blue</HeaderValue></OriginCustomHeader></Items></CustomHeaders></Origin>" +
		"<Origin><Id>green</Id><DomainName>green.test</DomainName></Origin>" +
		"<Origin><Id>oac</Id><DomainName>oac.test</DomainName><OriginAccessControlId>E1</OriginAccessControlId></Origin></Items></Origins>" +
		"<OriginGroups><Items><OriginGroup><Id>group</Id><Members><Items><OriginGroupMember><OriginId>o</OriginId></OriginGroupMember><OriginGroupMember><OriginId>green</OriginId></OriginGroupMember></Items></Members>" +
		"<FailoverCriteria><StatusCodes><Items><StatusCode>500</StatusCode></Items></StatusCodes></FailoverCriteria></OriginGroup></Items></OriginGroups>"
	both = "<FunctionAssociations><Items><FunctionAssociation><EventType>viewer-request</EventType><FunctionARN>request</FunctionARN></FunctionAssociation>" +
		"<FunctionAssociation><EventType>viewer-response</EventType><FunctionARN>response</FunctionARN></FunctionAssociation></Items></FunctionAssociations>"
	keyed = "<ForwardedValues><QueryString>false</QueryString><Headers><Items><Name>X-Variant</Name></Items></Headers></ForwardedValues>"
)

// running is a sim with functions at both events, of runtime 2.0.
type running struct {
	*sim
	mu    sync.Mutex
	code  map[string]*javascript.Program
	rules edge.FunctionRules
}

func (r *running) publish(arn, code string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.code[arn] = javascript.Compile("import cf from 'cloudfront';\n"+code, javascript.Runtime20)
}

const unchanged = "function handler(event) { return event.response || event.request; }"

func newRunning(t testing.TB, config, onRequest, onResponse string) *running {
	t.Helper()
	r := &running{sim: &sim{
		routes:  &table{hosts: map[string]edge.Route{"www.example.com": {Distribution: "E1", Config: tree(t, config), Version: 1}}},
		origins: origin.New(clock.System{}), journal: &journal.Journal{},
	}, code: map[string]*javascript.Program{}}
	r.publish("request", onRequest)
	r.publish("response", onResponse)
	r.Fleet = edge.New(edge.Options{
		Clock: clock.System{}, Routes: r.routes, Origins: r.origins, Journal: r.journal, POPs: 8, Seed: 1, Signing: func(string) string { return "always" },
		Function: func(arn string, _ int, _ time.Time) *edge.Function {
			r.mu.Lock()
			defer r.mu.Unlock()
			return &edge.Function{Name: arn, Program: r.code[arn]}
		},
		Functions: func() edge.FunctionRules { return r.rules }, Domain: func(string) string { return "d1.cloudfront.net" },
	})
	return r
}

// doing is a handler at viewer-request with these statements.
func doing(statements string) string {
	return "function handler(event) { const request = event.request; const response = event.response; " + statements + " }"
}

func cacheOf(w *httptest.ResponseRecorder) string { return w.Header().Get("X-Cache") }

func TestTheEventIsAsTheGuideHasIt(t *testing.T) {
	t.Parallel()
	show := "return {statusCode: 200, body: JSON.stringify(event)};"
	r := newRunning(t, twoOrigins+behaviour(disabled+both), doing(show), unchanged)
	w := r.ask(t, "GET https://WWW.example.com:443/a%20b?x=1&y=2&x=3", "X-Many: 1", "X-Many: 2", "Cookie: a=1; b=2; a=3", "X-Forwarded-Proto: https", "X-Awssim-Pop: 2")
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	id := w.Header().Get("X-Amz-Cf-Id")
	want := fmt.Sprintf(`{"context":{"distributionDomainName":"d1.cloudfront.net","distributionId":"E1","eventType":"viewer-request","requestId":%q},"request":{"cookies":{"a":{"multiValue":[{"value":"1"},{"value":"3"}],"value":"1"},"b":{"value":"2"}},`+
		`"headers":{"host":{"value":"www.example.com"},"x-many":{"multiValue":[{"value":"1"},{"value":"2"}],"value":"1"}},"method":"GET","querystring":{"x":{"multiValue":[{"value":"1"},{"value":"3"}],"value":"1"},"y":{"value":"2"}},"uri":"/a%%20b"},`+
		`"version":"1.0","viewer":{"ip":"192.0.2.1"}}`, id)
	if sorted, _ := json.Marshal(got); string(sorted) != want {
		t.Errorf("the event is\n%s, not\n%s", sorted, want)
	}
	if cacheOf(w) != "FunctionGeneratedResponse from cloudfront" {
		t.Errorf("X-Cache is %q", cacheOf(w))
	}
}

func TestAFunctionRewritesTheRequest(t *testing.T) {
	t.Parallel()
	everything := strings.Replace(disabled, "</CachePolicyId>", "</CachePolicyId><OriginRequestPolicyId>b689b0a8-53d0-40ab-baf2-68738e2966ac</OriginRequestPolicyId>", 1)
	r := newRunning(t, twoOrigins+behaviour(everything+both), doing(`request.uri = '/green' + request.uri; request.headers['x-new'] = {value: '1'}; delete request.headers['x-old'];
		request.headers['x-many'].value = 'first'; request.cookies.c = {value: '9'}; delete request.cookies.b; request.querystring.y = {value: '', multiValue: [{value: '1'}, {value: '2'}]}; return request;`), unchanged)
	e := echo(t, r.ask(t, "GET https://www.example.com/x?a=1", "X-Old: 1", "X-Many: 1", "X-Many: 2", "Cookie: a=1; b=2"))
	if e.Path != "/green/x" || e.Query != "a=1&y=1&y=2" || e.Headers["X-New"] != "1" || e.Headers["X-Old"] != "" || e.Headers["X-Many"] != "first, 2" || e.Headers["Cookie"] != "a=1; c=9" {
		t.Errorf("the origin saw %+v", e)
	}
	r.publish("request", doing("request.querystring = 'b=2&a=1'; return request;"))
	if e := echo(t, r.ask(t, "GET https://www.example.com/x?a=1")); e.Query != "b=2&a=1" {
		t.Errorf("the query is %q", e.Query)
	}
	r.publish("request", doing("return request;"))
	if e := echo(t, r.ask(t, "GET https://www.example.com/x?a&b=&a")); e.Query != "a&b=&a" {
		t.Errorf("a query that nobody touched is %q", e.Query)
	}
}

// A rewritten uri is another object, of the same behaviour.
func TestARewrittenURIIsAnotherObjectOfTheSameBehaviour(t *testing.T) {
	t.Parallel()
	config := twoOrigins + behaviour(optimized+both) + "<CacheBehaviors><Items><CacheBehavior><PathPattern>/green/*</PathPattern><TargetOriginId>green</TargetOriginId><ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy>" + optimized + "</CacheBehavior></Items></CacheBehaviors><DefaultRootObject>index.html</DefaultRootObject>"
	r := newRunning(t, config, doing("if (request.headers['x-side']) { request.uri = '/green' + request.uri; } return request;"), unchanged)
	if e := echo(t, r.ask(t, "GET https://www.example.com/x", "X-Side: green")); e.Domain != "blue.test" || e.Path != "/green/x" {
		t.Errorf("asked was %+v", e)
	}
	if w := r.ask(t, "GET https://www.example.com/x"); cacheOf(w) != "Miss from cloudfront" || echo(t, w).Path != "/x" {
		t.Errorf("without the header: %s %s", cacheOf(w), w.Body)
	}
	if w := r.ask(t, "GET https://www.example.com/x", "X-Side: green"); cacheOf(w) != "Hit from cloudfront" {
		t.Errorf("again with it: %s", cacheOf(w))
	}
	// The default root object stands for / alone, after the function.
	if e := echo(t, r.ask(t, "GET https://www.example.com/")); e.Path != "/index.html" {
		t.Errorf("/ is %s", e.Path)
	}
	if e := echo(t, r.ask(t, "GET https://www.example.com/", "X-Side: green")); e.Path != "/green/" {
		t.Errorf("/ of the other side is %s", e.Path)
	}
}

// The origin that a function selects is not part of the cache key: whoever asks first decides
// what all others get, unless the variant is.
func TestASelectedOriginIsNotInTheCacheKey(t *testing.T) {
	t.Parallel()
	choose := doing("if (request.headers['x-side']) { cf.selectRequestOriginById(request.headers['x-side'].value); } request.headers['x-variant'] = {value: request.headers['x-side'] ? 'green' : 'blue'}; return request;")
	for policy, want := range map[string]string{optimized: "green.test", keyed: "blue.test", disabled: "blue.test"} {
		r := newRunning(t, twoOrigins+behaviour(policy+both), choose, unchanged)
		e := echo(t, r.ask(t, "GET https://www.example.com/x", "X-Side: green"))
		if e.Domain != "green.test" || e.Headers["X-Secret"] != "" {
			t.Errorf("selected was green, asked %+v", e)
		}
		if e := echo(t, r.ask(t, "GET https://www.example.com/x")); e.Domain != want {
			t.Errorf("the next viewer gets %s, want %s", e.Domain, want)
		}
	}
}

func TestAnUpdatedOriginKeepsWhatIsNotSaid(t *testing.T) {
	t.Parallel()
	r := newRunning(t, twoOrigins+behaviour(disabled+both), doing("cf.updateRequestOrigin({domainName: 'other.test', originPath: '/v2', hostHeader: 'shown.test'}); return request;"), unchanged)
	if e := echo(t, r.ask(t, "GET https://www.example.com/x")); e.Domain != "other.test" || e.Path != "/v2/x" || e.Headers["X-Secret"] != "blue" || e.Headers["Host"] != "shown.test" {
		t.Errorf("asked was %+v", e)
	}
	r.publish("request", doing("cf.updateRequestOrigin({customHeaders: {}}); return request;"))
	if e := echo(t, r.ask(t, "GET https://www.example.com/x")); e.Domain != "blue.test" || e.Headers["X-Secret"] != "" {
		t.Errorf("with no headers: %+v", e)
	}
}

// In a failover the function does not run again, and an update is of the first member alone.
func TestFailoverRunsNoFunctionAgain(t *testing.T) {
	t.Parallel()
	grouped := strings.Replace(behaviour(disabled+both), "<TargetOriginId>o<", "<TargetOriginId>group<", 1)
	r := newRunning(t, twoOrigins+grouped, doing("cf.updateRequestOrigin({domainName: 'other.test'}); return request;"), unchanged)
	r.origins.Put("other.test", origin.State{Status: 500})
	if e := echo(t, r.ask(t, "GET https://www.example.com/x")); e.Domain != "green.test" {
		t.Errorf("failed over to %s", e.Domain)
	}
	for _, m := range r.FunctionMinutes(time.Time{}, time.Unix(1<<40, 0)) {
		if m.Invocations != 1 {
			t.Errorf("%+v", m)
		}
	}
	r.publish("request", doing("cf.selectRequestOriginById('o'); return request;"))
	r.origins.Put("blue.test", origin.State{Status: 500})
	if w := r.ask(t, "GET https://www.example.com/x"); w.Code != 500 {
		t.Errorf("a selected origin failed over: %d %s", w.Code, w.Body)
	}
}

func TestWhatAFunctionMayNotReturnIsRefused(t *testing.T) {
	t.Parallel()
	for statements, want := range map[string]string{
		"request.headers['x-edge-thing'] = {value: '1'}; return request;":      "not allowed",
		"request.headers.connection = {value: 'close'}; return request;":       "not allowed",
		"request.headers['x-amz-cf-id'] = {value: '1'}; return request;":       "not allowed",
		"request.headers.host = {value: 'other.example.com'}; return request;": "read-only header",
		"delete request.headers.host; return request;":                         "read-only header",
		"request.headers.via = {value: '1.1 me'}; return request;":             "read-only header",
		"request.headers['X-Upper'] = {value: '1'}; return request;":           "header name",
		"request.headers.cookie = {value: 'a=1'}; return request;":             "header name",
		"request.headers.x = '1'; return request;":                             "invalid value",
		"request.headers.x = {value: 1}; return request;":                      "invalid value",
		"request.headers.x = {value: 'a\\r\\nb: c'}; return request;":          "invalid value",
		"request.headers.x = {value: 'x'.repeat(40000)}; return request;":      "too large",
		"request.uri = 'x'; return request;":                                   "uri",
		"request.uri = '/a?b'; return request;":                                "uri",
		"request.method = 'POST'; return request;":                             "method",
		"request.querystring = 'a b'; return request;":                         "querystring",
		"return 1;":                 "invalid value",
		"":                          "invalid value",
		"return event;":             "method",
		"return {statusCode: 'x'};": "invalid value",
		"return {statusCode: 99};":  "statusCode",
		"return {statusCode: 200, body: {encoding: 'base64', data: '!'}};":                                              "body",
		"cf.selectRequestOriginById('none'); return request;":                                                           "origin rewrite",
		"cf.selectRequestOriginById('group'); return request;":                                                          "origin rewrite",
		"cf.selectRequestOriginById('oac', {hostHeader: 'x.test'}); return request;":                                    "origin rewrite",
		"cf.updateRequestOrigin({domainName: '192.0.2.1'}); return request;":                                            "origin rewrite",
		"cf.updateRequestOrigin({customHeaders: {'x-a': '1'}}); request.headers['x-a'] = {value: '2'}; return request;": "origin rewrite",
	} {
		r := newRunning(t, twoOrigins+behaviour(disabled+both), doing(statements), unchanged)
		if w := r.ask(t, "GET https://www.example.com/x"); w.Code != 502 || cacheOf(w) != "FunctionValidationError from cloudfront" || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s\n  is answered with %d %s, want %q: %s", statements, w.Code, cacheOf(w), want, w.Body)
		}
		if m := r.FunctionMinutes(time.Time{}, time.Unix(1<<40, 0)); len(m) != 1 || m[0].ValidationErrors != 1 || m[0].Invocations != 1 {
			t.Errorf("%s\n  is counted as %+v", statements, m)
		}
	}
	for _, statements := range []string{"throw new Error('no');", "return event?.request;", "cf.kvs(); return request;"} {
		r := newRunning(t, twoOrigins+behaviour(disabled+both), doing(statements), unchanged)
		if w := r.ask(t, "GET https://www.example.com/x"); w.Code != 503 || cacheOf(w) != "FunctionExecutionError from cloudfront" {
			t.Errorf("%s\n  is answered with %d %s", statements, w.Code, cacheOf(w))
		}
		if m := r.FunctionMinutes(time.Time{}, time.Unix(1<<40, 0)); len(m) != 1 || m[0].ExecutionErrors != 1 {
			t.Errorf("%s\n  is counted as %+v", statements, m)
		}
	}
}

func TestAFunctionAnswersTheViewerLast(t *testing.T) {
	t.Parallel()
	mark := doing("response.cookies.side = {value: 'green', attributes: 'Path=/; Secure'}; response.headers['x-seen'] = {value: event.context.requestId + ' ' + (request.headers['x-new'] ? 'modified' : 'original') + ' ' + request.uri}; return response;")
	r := newRunning(t, twoOrigins+behaviour(optimized+both), doing("request.headers['x-new'] = {value: '1'}; request.uri = '/y'; return request;"), mark)
	r.origins.Put("blue.test", origin.State{Headers: map[string]string{"Set-Cookie": "sid=1; Path=/"}})
	for range 2 { // a miss and a hit
		w := r.ask(t, "GET https://www.example.com/x")
		if got := w.Header().Values("Set-Cookie"); len(got) != 2 || got[0] != "sid=1; Path=/" || got[1] != "side=green; Path=/; Secure" {
			t.Errorf("cookies: %q", got)
		}
		if got := w.Header().Get("X-Seen"); got != w.Header().Get("X-Amz-Cf-Id")+" modified /y" {
			t.Errorf("it saw %q in %s", got, w.Header().Get("X-Amz-Cf-Id"))
		}
	}
	r.rules.Original = true
	if got := r.ask(t, "GET https://www.example.com/x").Header().Get("X-Seen"); !strings.HasSuffix(got, " original /x") {
		t.Errorf("where the original is shown, it saw %q", got)
	}
	page := newRunning(t, twoOrigins+behaviour(disabled+both)+`<CacheBehaviors><Items><CacheBehavior><PathPattern>/sorry</PathPattern><TargetOriginId>green</TargetOriginId><ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy>`+disabled+both+`</CacheBehavior></Items></CacheBehaviors>`+
		`<CustomErrorResponses><Items><CustomErrorResponse><ErrorCode>404</ErrorCode><ResponsePagePath>/sorry</ResponsePagePath><ResponseCode>200</ResponseCode></CustomErrorResponse></Items></CustomErrorResponses>`,
		doing("cf.selectRequestOriginById('o'); return request;"), mark)
	page.origins.Put("blue.test", origin.State{Status: 404})
	if w := page.ask(t, "GET https://www.example.com/x"); w.Code != 200 || echo(t, w).Domain != "green.test" || w.Header().Get("Set-Cookie") != "" {
		t.Errorf("an error page: %d %v %s", w.Code, w.Header(), w.Body)
	}
	for status, code := range map[int]int{404: 404, 500: 500} {
		r := newRunning(t, twoOrigins+behaviour(disabled+both), unchanged, mark)
		r.origins.Put("blue.test", origin.State{Status: status})
		if w := r.ask(t, "GET https://www.example.com/x"); w.Code != code || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("an error %d of the origin: %d %v", status, w.Code, w.Header())
		}
	}
	r = newRunning(t, twoOrigins+behaviour(disabled+both), doing("return {statusCode: 302, headers: {location: {value: '/y'}}, cookies: {a: {value: '1'}}};"), mark)
	if w := r.ask(t, "GET https://www.example.com/x"); w.Code != 302 || w.Header().Get("Location") != "/y" || w.Header().Get("Set-Cookie") != "a=1" {
		t.Errorf("a generated response: %d %v", w.Code, w.Header())
	}
	r.publish("request", unchanged)
	r.publish("response", doing("response.statusCode = 418; response.body = 'tea'; delete response.cookies; return response;"))
	if w := r.ask(t, "GET https://www.example.com/x"); w.Code != http.StatusTeapot || w.Body.String() != "tea" || w.Header().Get("Content-Length") != "3" {
		t.Errorf("another body: %d %s", w.Code, w.Body)
	}
	for statements, want := range map[string]string{
		"response.headers.via = {value: 'me'}; return response;": "FunctionValidationError",
		"return request;": "FunctionValidationError",
		"cf.selectRequestOriginById('green'); return response;":          "FunctionExecutionError",
		"response.headers['x-cache'] = {value: 'Hit'}; return response;": "FunctionValidationError",
	} {
		r.publish("response", doing(statements))
		if w := r.ask(t, "GET https://www.example.com/x"); !strings.HasPrefix(cacheOf(w), want) {
			t.Errorf("%s\n  is answered with %d %s, want %s", statements, w.Code, cacheOf(w), want)
		}
	}
}

// A function that failed too often is not run for a while, nor is its repaired version.
func TestThrottlingGoesByNameAndOutlivesTheRepair(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRunning(t, twoOrigins+behaviour(disabled+both), doing("throw new Error('no');"), unchanged)
		r.rules.Throttle = 10 * time.Minute
		var last string
		for range 20 {
			last = cacheOf(r.ask(t, "GET https://www.example.com/x", "X-Awssim-Pop: 0"))
		}
		if last != "FunctionThrottledError from cloudfront" {
			t.Errorf("after 20 errors: %s", last)
		}
		r.publish("request", unchanged)
		pass(5 * time.Minute)
		if w := r.ask(t, "GET https://www.example.com/x", "X-Awssim-Pop: 0"); w.Code != 503 {
			t.Errorf("repaired five minutes ago: %d", w.Code)
		}
		pass(6 * time.Minute)
		if w := r.ask(t, "GET https://www.example.com/x", "X-Awssim-Pop: 0"); w.Code != 200 {
			t.Errorf("after eleven minutes: %d %s", w.Code, cacheOf(w))
		}
		throttles := 0
		for _, m := range r.FunctionMinutes(time.Time{}, now().Add(time.Minute)) {
			throttles += m.Throttles
		}
		if throttles != 11 {
			t.Errorf("throttled were %d", throttles)
		}
	})
}

// The redirect to https is CloudFront's own.
func TestNoFunctionRunsForTheRedirect(t *testing.T) {
	t.Parallel()
	secure := strings.Replace(behaviour(disabled+both), "allow-all", "redirect-to-https", 1)
	r := newRunning(t, twoOrigins+secure, doing("throw new Error('no');"), doing("throw new Error('no');"))
	if w := r.ask(t, "GET http://www.example.com/x"); w.Code != 301 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func BenchmarkViewerWithFunctions(b *testing.B) {
	r := newRunning(b, twoOrigins+behaviour(keyed+both), doing("cf.selectRequestOriginById('green'); request.headers['x-variant'] = {value: 'green'}; return request;"), doing("response.cookies.side = {value: 'green', attributes: 'Path=/'}; return response;"))
	for b.Loop() {
		if w := r.ask(b, "GET https://www.example.com/x", "Cookie: a=1"); w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}
