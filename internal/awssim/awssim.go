// Package awssim is a simulated AWS, good enough that unmodified clients work
// against it: the control planes a cutover touches, a fleet of CloudFront points
// of presence that each learn of a change at their own moment, name servers,
// and origins. It follows the published service models and refuses what AWS
// refuses; an operation it does not know fails loudly.
//
// It shares no code with the provider it checks, the clock apart, and it will
// never be a place to keep anything: a World lives in memory and is forgotten.
package awssim

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// plane is everything between a socket and the services: it matches calls,
// injects faults, checks permissions and keeps the journal.
type plane struct {
	mu       sync.Mutex // the world: held while a service answers
	clock    clock.Clock
	account  string
	services map[string]wire.Service
	journal  *journal.Journal
	faults   *fault.Set

	allowMu sync.Mutex
	allow   map[string]bool // nil: everything

	staleMu sync.Mutex
	// answered remembers what each read answered before the latest write, for stale reads.
	answered, before map[string]*recorded
}

type recorded struct {
	status int
	header http.Header
	body   []byte
}

var scope = regexp.MustCompile(`Credential=([^/,\s]+)/\d{8}/[^/]*/([^/]+)/aws4_request`)

// maxBody bounds a request: the largest AWS accepts here is far below it.
const maxBody = 8 << 20

// ServeHTTP implements http.Handler for the control planes.
func (p *plane) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := requestID()
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	key, name := credentials(r)
	svc := p.services[name]
	if svc == nil {
		http.Error(w, fmt.Sprintf("the simulator has no service %q (%s %s)", name, r.Method, r.URL.Path), http.StatusNotImplemented)
		return
	}
	req := &wire.Request{Service: name, Query: r.URL.Query(), Header: r.Header, AccessKey: key, RequestID: id, Host: r.Host}
	perr := parse(svc.Model(), r, raw, req)
	opName := "Unknown"
	if req.Operation != nil {
		opName = req.Operation.Name
	}
	call := journal.Call{
		At: p.clock.Now(), Service: name, Operation: opName, AccessKey: key, Labels: req.Labels,
		Query: r.URL.RawQuery, IfMatch: r.Header.Get("If-Match"), Body: string(raw), UserAgent: r.UserAgent(),
		Write: !svc.Reads(opName),
	}

	var values []string
	for _, v := range req.Labels {
		values = append(values, v)
	}
	for _, vs := range req.Query {
		values = append(values, vs...)
	}
	f := p.faults.Strike(fault.Target{Service: name, Operation: opName, Write: call.Write, Values: values, At: call.At})
	if f != nil && f.Hook != nil {
		f.Hook()
	}

	var resp *wire.Response
	failure := perr
	p.mu.Lock()
	call.At = p.clock.Now()
	switch {
	case failure != nil:
	case f != nil && f.Kind != "" && f.Kind != fault.Stale && f.When == fault.BeforeEffect:
		failure = faultError(f)
	case !p.allowed(name, opName):
		failure = denied(p.account, name, opName)
	default:
		if call.Write {
			p.remember()
		}
		resp, failure = svc.Serve(context.WithoutCancel(r.Context()), req)
		call.Effect = call.Write && failure == nil
		if failure == nil && f != nil && f.Kind != "" && f.When == fault.AfterEffect {
			failure = faultError(f)
		}
	}
	if f != nil {
		call.Fault = strings.TrimSpace(string(f.Kind) + " " + string(f.When))
	}
	if failure != nil {
		resp, call.Code = render(svc.Model(), req, failure)
	}
	if resp.Status == 0 && req.Operation != nil {
		resp.Status = req.Operation.HTTP.Status
	}
	if resp.Status == 0 {
		resp.Status = http.StatusOK
	}
	call.Status = resp.Status
	cut := f != nil && f.Kind == fault.Cut
	if cut {
		call.Status = 0
	}
	body, ctype := encode(svc.Model(), req, resp)
	p.journal.AddCall(call)
	p.mu.Unlock()

	if cut {
		panic(http.ErrAbortHandler) // net/http closes the connection; the in-process transport turns it into EOF
	}
	out := &recorded{status: resp.Status, header: resp.Header, body: body}
	if !call.Write && failure == nil {
		out = p.stale(r.Method+" "+r.Host+r.URL.String()+" "+string(raw), out, f)
	}
	maps.Copy(w.Header(), out.header)
	if ctype != "" {
		w.Header().Set("Content-Type", ctype)
	}
	w.Header().Set("X-Amzn-Requestid", id)
	w.WriteHeader(out.status)
	_, _ = w.Write(out.body) // the client may have gone
}

// remember freezes what reads have answered so far: from now on those answers are stale.
func (p *plane) remember() {
	p.staleMu.Lock()
	defer p.staleMu.Unlock()
	p.before = make(map[string]*recorded, len(p.answered))
	maps.Copy(p.before, p.answered)
}

func (p *plane) stale(key string, fresh *recorded, f *fault.Fault) *recorded {
	p.staleMu.Lock()
	defer p.staleMu.Unlock()
	if f != nil && f.Kind == fault.Stale {
		if old := p.before[key]; old != nil {
			return old
		}
	}
	if len(p.answered) > 10_000 {
		p.answered = map[string]*recorded{}
	}
	p.answered[key] = fresh
	return fresh
}

// Allow restricts every caller to these IAM actions, such as
// "cloudfront:GetDistribution"; an empty list lifts the restriction.
func (p *plane) Allow(actions ...string) {
	p.allowMu.Lock()
	defer p.allowMu.Unlock()
	p.allow = nil
	for _, a := range actions {
		if p.allow == nil {
			p.allow = map[string]bool{}
		}
		p.allow[strings.ToLower(a)] = true
	}
}

func (p *plane) allowed(service, operation string) bool {
	p.allowMu.Lock()
	defer p.allowMu.Unlock()
	if p.allow == nil {
		return true
	}
	for _, a := range Actions(service, operation) {
		if !p.allow[strings.ToLower(a)] {
			return false
		}
	}
	return true
}

// Actions lists the IAM actions that a call needs. Source: Service Authorization
// Reference; the same-named action unless listed here.
func Actions(service, operation string) []string {
	extra := map[string][]string{
		"cloudfront:CreateDistributionWithTags": {"cloudfront:CreateDistribution", "cloudfront:TagResource"},
		"cloudfront:AssociateAlias":             {"cloudfront:AssociateAlias", "cloudfront:UpdateDistribution"},
		"cloudfront:UpdateDomainAssociation":    {"cloudfront:UpdateDomainAssociation", "cloudfront:UpdateDistribution"},
		"cloudfront:ListDomainConflicts":        {"cloudfront:ListDomainConflicts", "cloudfront:GetDistribution"},
		"cloudfront:ListConflictingAliases":     {"cloudfront:ListConflictingAliases", "cloudfront:GetDistribution"},
		"sts:GetCallerIdentity":                 {}, // cannot be denied
	}
	if list, ok := extra[service+":"+operation]; ok {
		return list
	}
	return []string{service + ":" + operation}
}

func denied(account, service, operation string) error {
	actions := Actions(service, operation)
	return &wire.Error{Code: "AccessDenied", Status: http.StatusForbidden, Message: fmt.Sprintf(
		"User: arn:aws:iam::%s:user/simulated is not authorized to perform: %s because no identity-based policy allows the action", account, actions[0])}
}

func faultError(f *fault.Fault) error {
	switch f.Kind {
	case fault.Throttle:
		return &wire.Error{Code: "Throttling", Status: http.StatusBadRequest, Message: "Rate exceeded"}
	case fault.ServerFail, fault.Cut:
		return &wire.Error{Code: "ServiceUnavailable", Status: http.StatusServiceUnavailable, Message: "CloudFront encountered an internal error. Please try again."}
	default:
		return &wire.Error{Code: f.Code, Status: f.Status, Message: f.Message}
	}
}

func credentials(r *http.Request) (accessKey, service string) {
	if m := scope.FindStringSubmatch(r.Header.Get("Authorization")); m != nil {
		return m[1], m[2]
	}
	switch path := r.URL.Path; {
	case strings.HasPrefix(path, "/2020-05-31/"):
		return "", "cloudfront"
	case strings.HasPrefix(path, "/2013-04-01/"):
		return "", "route53"
	case strings.HasPrefix(r.Header.Get("X-Amz-Target"), "CertificateManager."):
		return "", "acm"
	default:
		return "", "sts"
	}
}

func requestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	h := hex.EncodeToString(b[:])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// parse matches the call against the model and reads its body. What it returns
// as an error is the answer.
func parse(m *wire.Model, r *http.Request, raw []byte, req *wire.Request) error {
	switch m.Metadata.Protocol {
	case "json":
		name := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), m.Metadata.TargetPrefix+".")
		if req.Operation = m.Operations[name]; req.Operation == nil {
			return &wire.Error{Code: "UnknownOperationException", Message: "unknown operation " + name}
		}
		if len(raw) == 0 {
			raw = []byte("{}")
		}
		if err := json.Unmarshal(raw, &req.JSON); err != nil {
			return &wire.Error{Code: "SerializationException", Message: err.Error()}
		}
	case "query":
		form, err := url.ParseQuery(string(raw))
		if err != nil {
			return &wire.Error{Code: "MalformedQueryString", Message: err.Error()}
		}
		for k, v := range req.Query {
			form[k] = append(form[k], v...)
		}
		req.JSON = map[string]any{}
		for k := range form {
			req.JSON[k] = form.Get(k)
		}
		if req.Operation = m.Operations[form.Get("Action")]; req.Operation == nil {
			return &wire.Error{Code: "InvalidAction", Message: "Could not find operation " + form.Get("Action") + " for version " + form.Get("Version")}
		}
	default:
		if req.Operation, req.Labels = m.Match(r); req.Operation == nil {
			return &wire.Error{Code: "UnknownOperationException", Status: http.StatusNotFound, Message: fmt.Sprintf("no operation of %s is called by %s %s", m.Name, r.Method, r.URL.RequestURI())}
		}
		if len(bytes.TrimSpace(raw)) > 0 {
			body, err := wire.ParseXML(bytes.NewReader(raw))
			if err != nil {
				return &wire.Error{Code: "MalformedXML", Message: "The XML document is malformed: " + err.Error()}
			}
			req.Body = body
		}
	}
	return nil
}

// render turns a failure into the error document of the service's protocol.
func render(m *wire.Model, req *wire.Request, failure error) (*wire.Response, string) {
	var e *wire.Error
	if !errors.As(failure, &e) {
		e = &wire.Error{Code: "InternalFailure", Status: http.StatusInternalServerError, Message: "a bug of the simulator: " + failure.Error()}
	}
	status := e.Status
	if status == 0 {
		status = http.StatusBadRequest
		if req.Operation != nil {
			status, _ = m.ErrorStatus(req.Operation, e.Code)
		}
	}
	kind := "Sender"
	if status >= http.StatusInternalServerError {
		kind = "Receiver"
	}
	resp := &wire.Response{Status: status}
	switch {
	case m.Metadata.Protocol == "json":
		resp.JSON = map[string]string{"__type": e.Code, "message": e.Message}
		resp.WithHeader("X-Amzn-Errortype", e.Code)
	default:
		resp.Body = wire.Elem("ErrorResponse",
			wire.Elem("Error", wire.Text("Type", kind), wire.Text("Code", e.Code), wire.Text("Message", e.Message)),
			wire.Text("RequestId", req.RequestID))
	}
	return resp, e.Code
}

func encode(m *wire.Model, req *wire.Request, resp *wire.Response) (body []byte, contentType string) {
	switch {
	case resp.JSON != nil:
		body, err := json.Marshal(resp.JSON)
		if err != nil {
			body = []byte(`{"__type":"InternalFailure","message":"unencodable answer"}`)
		}
		return body, "application/x-amz-json-1.1"
	case resp.Body == nil:
		return nil, ""
	case m.Metadata.Protocol == "query" && resp.Status < 300:
		op := req.Operation.Name
		doc := wire.Elem(op+"Response", resp.Body.Renamed(op+"Result"),
			wire.Elem("ResponseMetadata", wire.Text("RequestId", req.RequestID)))
		return doc.XML(m.Metadata.XMLNamespace), "text/xml"
	default:
		return resp.Body.XML(namespaces[m.Name]), "text/xml"
	}
}

var namespaces = map[string]string{
	"cloudfront": "http://cloudfront.amazonaws.com/doc/2020-05-31/",
	"route53":    "https://route53.amazonaws.com/doc/2013-04-01/",
	"sts":        "https://sts.amazonaws.com/doc/2011-06-15/",
}
