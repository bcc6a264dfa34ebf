package edge

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/javascript"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// A Function is what a point of presence has of a CloudFront function at a moment.
type Function struct {
	Name    string // what its failures are counted under, whatever the version
	Program *javascript.Program
	Store   javascript.Store // nil: none is associated
}

// FunctionRules are what AWS leaves open about functions.
type FunctionRules struct {
	Original   bool          // viewer-response sees the request as the viewer sent it
	Throttle   time.Duration // how long a function that fails too often is not run after its last failure; 0: it is
	MissingKey string        // name of the error that a key is rejected with
}

// functions are the ARNs of those of a behaviour, by event; "": there is none.
type functions struct{ request, response string }

func readFunctions(b *wire.Node) (out functions) {
	for _, f := range b.All("FunctionAssociation", "FunctionAssociations", "Items") {
		switch arn := f.String("FunctionARN"); f.String("EventType") {
		case viewerRequest:
			out.request = arn
		case viewerResponse:
			out.response = arn
		}
	}
	return out
}

const (
	viewerRequest  = "viewer-request"
	viewerResponse = "viewer-response"
)

// What X-Cache says of functions. Sources: Developer Guide, http-502 and http-503; public
// measurements of 2026 for the throttle; log analysers for the generated response.
const (
	generated       = "FunctionGeneratedResponse from cloudfront"
	executionError  = "FunctionExecutionError from cloudfront"
	validationError = "FunctionValidationError from cloudfront"
	throttledError  = "FunctionThrottledError from cloudfront"
)

// errInvalid is what a function returned and CloudFront does not take.
type errInvalid struct{ why string }

func (e *errInvalid) Error() string { return e.why }

func invalidf(format string, args ...any) error { return &errInvalid{fmt.Sprintf(format, args...)} }

// readOnly is what viewers read of it. Source: aws-samples/amazon-cloudfront-functions 31.
func readOnly() error {
	return invalidf("The CloudFront function tried to add, delete, or change a read-only header.")
}

func badOrigin() error {
	return invalidf("The CloudFront function returned an invalid value for origin rewrite.")
}

// Headers that functions do not see and cannot add. Source: Developer Guide, edge function
// restrictions.
var (
	disallowed = []string{
		"connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "trailer", "upgrade",
		"x-accel-buffering", "x-accel-charset", "x-accel-limit-rate", "x-accel-redirect", "x-amzn-auth", "x-amzn-cf-billing", "x-amzn-cf-id", "x-amzn-cf-xff",
		"x-amzn-errortype", "x-amzn-fle-profile", "x-amzn-header-count", "x-amzn-header-order", "x-amzn-lambda-integration-tag", "x-amzn-requestid",
		"x-cache", "x-forwarded-proto", "x-real-ip", "cloudfront-viewer-cert-pem", "client-cert", "client-cert-chain",
	}
	disallowedPrefixes = []string{"x-amz-cf-", "x-edge-"}

	readOnlyInRequest  = []string{"cdn-loop", "content-length", "host", "transfer-encoding", "via"}
	readOnlyInResponse = []string{"warning", "via"}
)

func hidden(name string) bool {
	return slices.Contains(disallowed, name) || slices.ContainsFunc(disallowedPrefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}

// The sizes of a request. Source: the same.
const (
	maxURL     = 8192
	maxHeaders = 32768
)

// An item is the value of a header, a cookie or a parameter. Of several with one name the first
// is Value, and Multi has all.
type item struct {
	Value      string `json:"value"`
	Attributes string `json:"attributes,omitempty"` // of a response's cookie
	Multi      []item `json:"multiValue,omitempty"`
}

func (i item) equal(j item) bool {
	return i.Value == j.Value && i.Attributes == j.Attributes && slices.EqualFunc(i.Multi, j.Multi, item.equal)
}

// all are the occurrences that an item returned for one that was given stands for.
func (i item) all(given item, was bool) []item {
	one := item{Value: i.Value, Attributes: i.Attributes}
	switch {
	case !was && len(i.Multi) > 0, was && len(i.Multi) > 0 && !slices.EqualFunc(i.Multi, given.Multi, item.equal):
		return i.Multi
	case was && len(i.Multi) > 0: // as they were: a changed value replaces the first one
		out := slices.Clone(i.Multi)
		if i.Value != given.Value || i.Attributes != given.Attributes {
			out[0] = one
		}
		return out
	}
	return []item{one}
}

// items keep their order.
type items []namedItem

type namedItem struct {
	name string
	item
}

func (l items) find(name string) (item, bool) {
	for _, i := range l {
		if i.name == name {
			return i.item, true
		}
	}
	return item{}, false
}

// add appends an occurrence.
func (l items) add(name string, i item) items {
	for at := range l {
		if l[at].name == name {
			if l[at].Multi == nil {
				l[at].Multi = []item{l[at].item}
			}
			l[at].Multi = append(l[at].Multi, i)
			return l
		}
	}
	return append(l, namedItem{name, i})
}

// UnmarshalJSON implements json.Unmarshaler.
func (l *items) UnmarshalJSON(raw []byte) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.New("not an object")
	}
	*l = nil
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		var value *item
		if err := d.Decode(&value); err != nil || value == nil {
			return fmt.Errorf("%s is no object with a value", name)
		}
		*l = append(*l, namedItem{name, *value})
	}
	return nil
}

func (i item) fields() javascript.Fields {
	out := javascript.Fields{{Name: "value", Value: i.Value}}
	if i.Attributes != "" {
		out = append(out, javascript.Field{Name: "attributes", Value: i.Attributes})
	}
	if len(i.Multi) > 0 {
		var list []any
		for _, m := range i.Multi {
			list = append(list, m.fields())
		}
		out = append(out, javascript.Field{Name: "multiValue", Value: list})
	}
	return out
}

func (l items) fields() javascript.Fields {
	out := javascript.Fields{}
	for _, i := range l {
		out = append(out, javascript.Field{Name: i.name, Value: i.item.fields()})
	}
	return out
}

// An eventRequest is a request as functions see it.
type eventRequest struct {
	method, uri             string
	query, headers, cookies items
}

func (e eventRequest) fields() javascript.Fields {
	return javascript.Fields{
		{Name: "method", Value: e.method},
		{Name: "uri", Value: e.uri},
		{Name: "querystring", Value: e.query.fields()},
		{Name: "headers", Value: e.headers.fields()},
		{Name: "cookies", Value: e.cookies.fields()},
	}
}

// seen is the viewer's request as functions see it.
func (v *visit) seen() eventRequest {
	e := eventRequest{method: v.r.Method, uri: cmp.Or(v.r.URL.EscapedPath(), "/"), query: readQuery(v.r.URL.RawQuery)}
	e.headers = readHeaders(v.r.Header, "Cookie", POPHeader)
	e.headers = append(e.headers, namedItem{"host", item{Value: v.host}})
	for _, line := range v.r.Header["Cookie"] {
		for part := range strings.SplitSeq(line, ";") {
			if name, value, ok := strings.Cut(strings.TrimSpace(part), "="); ok {
				e.cookies = e.cookies.add(name, item{Value: value})
			}
		}
	}
	return e
}

func readQuery(raw string) (out items) {
	if raw == "" {
		return nil
	}
	for part := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(part, "=")
		out = out.add(name, item{Value: value})
	}
	return out
}

func readHeaders(h http.Header, except ...string) (out items) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if lower := strings.ToLower(name); !slices.Contains(except, name) && !hidden(lower) && lower != "host" {
			for _, value := range h[name] {
				out = out.add(lower, item{Value: value})
			}
		}
	}
	return out
}

// run runs a function for one event. ok is false where it cannot answer for the request: a is
// then what the viewer gets.
func (v *visit) run(arn, kind string, request eventRequest, response javascript.Fields) (f *Function, result javascript.Result, a answer, ok bool) {
	f = v.fleet.function(arn, v.pop.index, v.at)
	if f == nil { // deleted, or never here
		return nil, result, v.failedFunction(http.StatusServiceUnavailable, executionError, "The CloudFront function does not exist."), false
	}
	rules := v.fleet.rules()
	if v.pop.throttle.refuses(f.Name, v.at, rules.Throttle) {
		v.fleet.ran.count(f.Name, v.at, func(m *FunctionMinute) { m.Throttles++ })
		return f, result, v.failedFunction(http.StatusServiceUnavailable, throttledError, "The CloudFront function was throttled."), false
	}
	ip, _, err := net.SplitHostPort(v.r.RemoteAddr)
	if err != nil {
		ip = v.r.RemoteAddr
	}
	context := javascript.Fields{}
	if domain := v.fleet.domain(v.id); domain != "" {
		context = append(context, javascript.Field{Name: "distributionDomainName", Value: domain})
	}
	context = append(context, javascript.Fields{{Name: "distributionId", Value: v.id}, {Name: "eventType", Value: kind}, {Name: "requestId", Value: v.ray}}...)
	event := javascript.Fields{
		{Name: "version", Value: "1.0"},
		{Name: "context", Value: context},
		{Name: "viewer", Value: javascript.Fields{{Name: "ip", Value: ip}}},
		{Name: "request", Value: request.fields()},
	}
	if response != nil {
		event = append(event, javascript.Field{Name: "response", Value: response})
	}
	seed := fnv.New64a()
	_, _ = io.WriteString(seed, kind+v.ray) // a hash cannot fail
	with := javascript.Surroundings{Now: v.at, Random: seed.Sum64(), Store: f.Store, Origins: kind == viewerRequest, MissingKey: rules.MissingKey}
	if kind == viewerRequest { // empty in viewer-response
		with.Location = &javascript.Location{Name: v.pop.name[0][:3], ServerIP: "192.0.2.1", Region: "us-east-1"}
	}
	if raw := v.r.URL.RawQuery; raw != "" || v.r.URL.ForceQuery {
		with.RawQuery = &raw
	}
	result = f.Program.Run(event, with)
	v.fleet.ran.count(f.Name, v.at, func(m *FunctionMinute) {
		m.Invocations++
		if result.Err != nil {
			m.ExecutionErrors++
		}
	})
	if result.Err != nil {
		v.pop.throttle.saw(f.Name, v.at, true)
		return f, result, v.failedFunction(http.StatusServiceUnavailable, executionError,
			"The CloudFront function associated with the CloudFront distribution is invalid or could not run. We can't connect to the server for this app or website at this time."), false
	}
	return f, result, answer{}, true
}

// settle counts how a run ended whose result was looked at, and returns the viewer's answer if
// it was refused.
func (v *visit) settle(f *Function, err error) (answer, bool) {
	v.pop.throttle.saw(f.Name, v.at, err != nil)
	if err == nil {
		return answer{}, true
	}
	v.fleet.ran.count(f.Name, v.at, func(m *FunctionMinute) { m.ValidationErrors++ })
	return v.failedFunction(http.StatusBadGateway, validationError, err.Error()), false
}

func (v *visit) failedFunction(status int, cache, why string) answer {
	a := v.refuse(status, why)
	a.cache = cache
	return a
}

// onRequest runs the function at viewer-request. ok is false where a is the answer: the
// function's own, or an error.
func (v *visit) onRequest(arn string, d *distribution, b *behaviour) (a answer, ok bool) {
	given := v.seen()
	f, result, a, ok := v.run(arn, viewerRequest, given, nil)
	if !ok {
		return a, false
	}
	var kind struct {
		Status *json.RawMessage `json:"statusCode"`
	}
	if err := json.Unmarshal(result.Output, &kind); err != nil || bytes.Equal(result.Output, []byte("null")) {
		a, _ = v.settle(f, invalidf("The CloudFront function returned an invalid value."))
		return a, false
	}
	if kind.Status != nil {
		a, err := readResponse(result.Output, answer{age: -1, cache: generated, own: true}, nil, nil)
		if refused, ok := v.settle(f, err); !ok {
			return refused, false
		}
		return a, false
	}
	err := v.rewrite(result.Output, given)
	if err == nil && result.Origin != nil {
		err = v.choosesOrigin(result.Origin, d, b)
	}
	return v.settle(f, err)
}

// rewrite makes the request that a function returned the visit's.
func (v *visit) rewrite(output json.RawMessage, given eventRequest) error {
	var got struct {
		Method  *string         `json:"method"`
		URI     *string         `json:"uri"`
		Query   json.RawMessage `json:"querystring"`
		Headers items           `json:"headers"`
		Cookies items           `json:"cookies"`
	}
	if err := json.Unmarshal(output, &got); err != nil {
		return invalidf("The CloudFront function returned an invalid value: %v.", err)
	}
	if got.Method == nil || *got.Method != given.method {
		return invalidf("The CloudFront function tried to change the request method.")
	}
	if got.URI == nil || !strings.HasPrefix(*got.URI, "/") || strings.ContainsAny(*got.URI, " ?#\t\r\n") {
		return invalidf("The CloudFront function returned an invalid value for uri.")
	}
	raw, err := writeQuery(got.Query, given, v.r.URL.RawQuery)
	if err != nil {
		return err
	}
	header, err := writeHeaders(got.Headers, given.headers, readOnlyInRequest)
	if err != nil {
		return err
	}
	if len(*got.URI)+len(raw) >= maxURL {
		return invalidf("The CloudFront function returned a uri and a query string that are too long.")
	}
	for name, values := range v.r.Header { // what functions do not see goes on as it was
		if name == POPHeader || hidden(strings.ToLower(name)) {
			header[name] = values
		}
	}
	var cookies []string
	for _, c := range got.Cookies {
		was, known := given.cookies.find(c.name)
		for _, one := range c.all(was, known) {
			if strings.ContainsAny(c.name+one.Value, "\r\n;") {
				return invalidf("The CloudFront function returned an invalid cookie.")
			}
			cookies = append(cookies, c.name+"="+one.Value)
		}
	}
	if cookies != nil {
		header["Cookie"] = []string{strings.Join(cookies, "; ")}
	}
	path, err := url.PathUnescape(*got.URI)
	if err != nil {
		return invalidf("The CloudFront function returned an invalid value for uri.")
	}
	r := *v.r
	where := *r.URL
	where.Path, where.RawPath, where.RawQuery = path, *got.URI, raw
	r.URL, r.Header = &where, header
	v.r = &r
	return nil
}

// writeQuery is the query string that was returned: an object, or a text to fix the order. One
// that was not touched stays as the viewer wrote it.
func writeQuery(got json.RawMessage, given eventRequest, raw string) (string, error) {
	bad := invalidf("The CloudFront function returned an invalid value for querystring.")
	var text string
	var parameters items
	switch {
	case len(got) == 0:
	case json.Unmarshal(got, &text) == nil:
	case json.Unmarshal(got, &parameters) != nil:
		return "", bad
	case slices.EqualFunc(parameters, given.query, func(a, b namedItem) bool { return a.name == b.name && a.item.equal(b.item) }):
		return raw, nil
	default:
		var parts []string
		for _, p := range parameters {
			was, known := given.query.find(p.name)
			for _, one := range p.all(was, known) {
				parts = append(parts, p.name+"="+one.Value)
			}
		}
		text = strings.Join(parts, "&")
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == '#' || r == 0x7f }) {
		return "", bad
	}
	return text, nil
}

// writeHeaders are the headers that were returned for those that were given.
func writeHeaders(got, given items, fixed []string) (http.Header, error) {
	size, out := 0, http.Header{}
	for _, name := range fixed {
		before, was := given.find(name)
		after, is := got.find(name)
		if was != is || !before.equal(after) {
			return nil, readOnly()
		}
	}
	for _, h := range got {
		switch {
		case hidden(h.name):
			return nil, invalidf("The CloudFront function tried to add a header that is not allowed: %s.", h.name)
		case h.name == "cookie", h.name == "set-cookie", h.name == "" || h.name != strings.ToLower(h.name) || strings.ContainsAny(h.name, " \t\r\n:"):
			return nil, invalidf("The CloudFront function returned an invalid header name: %q.", h.name)
		case h.name == "host":
			continue // which is no header here
		}
		was, known := given.find(h.name)
		for _, one := range h.all(was, known) {
			if strings.ContainsAny(one.Value, "\r\n\x00") {
				return nil, invalidf("The CloudFront function returned an invalid value for the header %s.", h.name)
			}
			size += len(h.name) + len(one.Value) + len(": \r\n")
			out.Add(h.name, one.Value)
		}
	}
	if size > maxHeaders {
		return nil, invalidf("The CloudFront function returned headers that are too large.")
	}
	return out, nil
}

// choosesOrigin is where the helpers for origins send the request.
func (v *visit) choosesOrigin(o *javascript.Origin, d *distribution, b *behaviour) error {
	var changes struct {
		Domain   *string            `json:"domainName"`
		Host     *string            `json:"hostHeader"`
		Path     *string            `json:"originPath"`
		Headers  map[string]*string `json:"customHeaders"`
		Timeouts struct {
			Read *int `json:"readTimeout"`
		} `json:"timeouts"`
		Control *struct {
			Enabled bool `json:"enabled"`
		} `json:"originAccessControlConfig"`
		Custom *struct {
			Protocol string `json:"protocol"`
		} `json:"customOriginConfig"`
	}
	if o.Changes != nil && json.Unmarshal(o.Changes, &changes) != nil {
		return badOrigin()
	}
	name := func(s *string) bool {
		return s == nil || *s != "" && len(*s) <= 253 && !strings.Contains(*s, ":") && net.ParseIP(*s) == nil
	}
	var to backend
	if o.ID != "" {
		var ok bool
		if to, ok = d.origins[o.ID]; !ok || to.mtls || !name(changes.Host) { // a group is none
			return badOrigin()
		}
	} else {
		assigned := b.target
		if g, grouped := d.groups[assigned]; grouped { // the primary one is replaced
			assigned = g.members[0]
			v.failover = b.target
		}
		to = d.origins[assigned]
		if to.vpc || to.mtls || !name(changes.Domain) || !name(changes.Host) || changes.Path != nil && *changes.Path != "" && (!strings.HasPrefix(*changes.Path, "/") || strings.HasSuffix(*changes.Path, "/") || len(*changes.Path) > 255) {
			return badOrigin()
		}
		if changes.Domain != nil {
			to.domain = *changes.Domain
		}
		if changes.Path != nil {
			to.path = *changes.Path
		}
		if changes.Headers != nil { // else those of the assigned origin go along
			to.headers = http.Header{}
			for header, value := range changes.Headers {
				if value == nil || header != strings.ToLower(header) || v.r.Header[http.CanonicalHeaderKey(header)] != nil {
					return badOrigin()
				}
				to.headers.Set(header, *value)
			}
		}
		if s := changes.Timeouts.Read; s != nil {
			if *s < 1 || *s > 120 {
				return badOrigin()
			}
			to.timeout = time.Duration(*s) * time.Second
		}
		if changes.Control != nil && !changes.Control.Enabled {
			to.control = ""
		}
		if changes.Custom != nil {
			to.plain = changes.Custom.Protocol == "http"
		}
	}
	if changes.Host != nil {
		if to.control != "" { // measured in October 2026
			return badOrigin()
		}
		to.host = *changes.Host
	}
	v.chosen = &to
	return nil
}

// onResponse runs the function at viewer-response. It does not for errors of the origin, pages
// that stand for them, or what CloudFront answers by itself.
func (v *visit) onResponse(arn string, a answer, original eventRequest) answer {
	if a.own || a.cache == failed || a.status >= http.StatusBadRequest {
		return a
	}
	request := v.seen()
	if v.fleet.rules().Original {
		request = original
	}
	headers := readHeaders(a.header, "Set-Cookie", OriginLambdaHeader, ViewerLambdaHeader)
	var cookies items
	for _, line := range a.header["Set-Cookie"] {
		pair, attributes, _ := strings.Cut(line, ";")
		name, value, _ := strings.Cut(pair, "=")
		cookies = cookies.add(strings.TrimSpace(name), item{Value: strings.TrimSpace(value), Attributes: strings.TrimSpace(attributes)})
	}
	response := javascript.Fields{
		{Name: "statusCode", Value: a.status},
		{Name: "statusDescription", Value: http.StatusText(a.status)},
		{Name: "headers", Value: headers.fields()},
		{Name: "cookies", Value: cookies.fields()},
	}
	f, result, refused, ok := v.run(arn, viewerResponse, request, response)
	if !ok {
		return refused
	}
	out, err := readResponse(result.Output, a, headers, cookies)
	if refused, ok := v.settle(f, err); !ok {
		return refused
	}
	return out
}

// readResponse is the answer that a function returned for the one that it was given.
func readResponse(output json.RawMessage, given answer, headers, cookies items) (answer, error) {
	var got struct {
		Status  *float64        `json:"statusCode"`
		Headers items           `json:"headers"`
		Cookies items           `json:"cookies"`
		Body    json.RawMessage `json:"body"`
	}
	if err := json.Unmarshal(output, &got); err != nil {
		return answer{}, invalidf("The CloudFront function returned an invalid value: %v.", err)
	}
	if got.Status == nil || *got.Status != float64(int(*got.Status)) || *got.Status < 100 || *got.Status > 599 {
		return answer{}, invalidf("The CloudFront function returned an invalid value for statusCode.")
	}
	header, err := writeHeaders(got.Headers, headers, readOnlyInResponse)
	if err != nil {
		return answer{}, err
	}
	for _, name := range []string{OriginLambdaHeader, ViewerLambdaHeader} {
		if given.header[name] != nil {
			header[name] = given.header[name]
		}
	}
	for _, c := range got.Cookies {
		was, known := cookies.find(c.name)
		for _, one := range c.all(was, known) {
			line := c.name + "=" + one.Value
			if one.Attributes != "" {
				line += "; " + one.Attributes
			}
			if c.name == "" || strings.ContainsAny(line, "\r\n\x00") || strings.ContainsAny(c.name+one.Value, ";") {
				return answer{}, invalidf("The CloudFront function returned an invalid cookie.")
			}
			header.Add("Set-Cookie", line)
		}
	}
	out := given
	out.status, out.header = int(*got.Status), header
	if len(got.Body) > 0 && !bytes.Equal(got.Body, []byte("null")) {
		if out.body, err = readGenerated(got.Body); err != nil {
			return answer{}, err
		}
	}
	delete(out.header, "Content-Length") // written from what is sent
	return out, nil
}

// readGenerated reads a body: text, or an object that says how its data is encoded.
func readGenerated(raw json.RawMessage) ([]byte, error) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return []byte(text), nil
	}
	var body struct{ Encoding, Data string }
	if json.Unmarshal(raw, &body) == nil {
		switch body.Encoding {
		case "text":
			return []byte(body.Data), nil
		case "base64":
			if decoded, err := base64.StdEncoding.DecodeString(body.Data); err == nil {
				return decoded, nil
			}
		}
	}
	return nil, invalidf("The CloudFront function returned an invalid value for body.")
}
