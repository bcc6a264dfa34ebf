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
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/sts"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// plane is everything between a socket and the services: it matches calls,
// injects faults, checks permissions and keeps the journal.
type plane struct {
	mu       sync.Mutex // the world: held while a service answers
	clock    clock.Clock
	identity *sts.Service
	journal  *journal.Journal
	faults   *fault.Set

	accountsMu sync.RWMutex
	accounts   []*Account // the first one first

	allowMu sync.Mutex
	may     permitted // nil: everything

	knobs *knob.Knobs

	mistakes []string // what was answered and is not in the models

	staleMu sync.Mutex
	// answered remembers what each read answered before the latest write, for stale reads.
	answered, before map[string]*recorded
}

type recorded struct {
	status int
	header http.Header
	body   []byte
}

// scope is that of a signature: of version 4, or of 4A, which has no region.
var scope = regexp.MustCompile(`Credential=([^/,\s]+)/\d{8}/(?:([^/]*)/)?([^/]+)/aws4_request`)

// What a request may bring. AWS takes no documents as large; objects of S3 it takes up
// to 5 GiB, which would have to fit into memory here.
const (
	maxBody   = 8 << 20
	maxObject = 128 << 20
)

// ServeHTTP implements http.Handler for the control planes.
func (p *plane) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := requestID()
	key, region, name := credentials(r)
	limit := maxBody
	if name == "s3" {
		limit = maxObject
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, int64(limit)+1))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if len(raw) > limit && name != "s3" {
		http.Error(w, fmt.Sprintf("the simulator takes no body of more than %d bytes", limit), http.StatusRequestEntityTooLarge)
		return
	}
	account := p.serves(key)
	svc := account.byName[name]
	if svc == nil {
		http.Error(w, fmt.Sprintf("the simulator has no service %q (%s %s)", name, r.Method, r.URL.Path), http.StatusNotImplemented)
		return
	}
	model, addressed := svc.Model(), r
	if v, ok := svc.(hosted); ok {
		addressed = v.PathStyle(r)
	}
	req := &wire.Request{Service: name, Query: r.URL.Query(), Header: r.Header, AccessKey: key, Region: region, RequestID: id, Host: r.Host}
	perr := model.Read(addressed, raw, req)
	if perr == nil && !slices.Contains(svc.Serves(), req.Operation.Name) {
		perr = &wire.Error{
			Code: "NotImplemented", Status: http.StatusNotImplemented,
			Message: fmt.Sprintf("the simulator does not serve %s of %s", req.Operation.Name, name),
		}
	}
	if perr == nil && len(raw) > limit {
		perr = &wire.Error{Code: "EntityTooLarge", Status: http.StatusBadRequest, Message: fmt.Sprintf("Your proposed upload exceeds the maximum allowed size: the simulator keeps objects in memory, of up to %d bytes each way", limit)}
	}
	opName := "Unknown"
	if req.Operation != nil {
		opName = req.Operation.Name
	}
	call := journal.Call{
		At: p.clock.Now(), Service: name, Operation: opName, AccessKey: key, Labels: req.Labels,
		Query: r.URL.RawQuery, IfMatch: r.Header.Get("If-Match"), Body: string(raw), UserAgent: r.UserAgent(), RequestID: id,
		Write: !svc.Reads(opName),
	}
	if model.RawBody(req.Operation) {
		call.Body = fmt.Sprintf("(%d bytes)", len(raw))
	}

	values := req.Body.Texts()
	for _, v := range req.Labels {
		values = append(values, v)
	}
	for _, vs := range req.Query {
		values = append(values, vs...)
	}
	f := p.faults.Strike(fault.Target{Service: name, Operation: opName, Account: account.number, Write: call.Write, Values: values, At: call.At})
	if f != nil && f.Hook != nil {
		f.Hook()
	}

	var resp *wire.Response
	failure := perr
	p.mu.Lock()
	call.At = p.clock.Now()
	who, nobody := p.authenticate(r, raw, svc.Model(), key, opName)
	call.Caller, call.Actions = who.ARN, p.actions(account, req)
	req.Caller = who.ARN
	lacking, forbidden := p.refused(account, who, req)
	switch {
	case failure != nil:
	case f != nil && f.Kind != "" && f.Kind != fault.Stale && f.When == fault.BeforeEffect:
		failure = faultError(f, r, raw)
	case nobody != nil:
		failure = nobody
	case forbidden:
		failure = denied(account, who, name, lacking)
	case !call.Write && !p.takes(account, name, call.At):
		failure = &wire.Error{Code: "Throttling", Status: http.StatusBadRequest, Message: "Rate exceeded"}
	default:
		if call.Write {
			p.remember()
		}
		svc, req.AccessKey = p.admits(account, svc, req)
		resp, failure = svc.Serve(context.WithoutCancel(r.Context()), req)
		call.Effect = call.Write && failure == nil
		if failure == nil && f != nil && f.Kind != "" && f.When == fault.AfterEffect {
			failure = faultError(f, r, raw)
		}
	}
	if f != nil {
		call.Fault = strings.TrimSpace(string(f.Kind) + " " + string(f.When))
	}
	if failure != nil {
		resp, call.Code = model.Refuse(req, failure)
	}
	if resp.Status == 0 && req.Operation != nil {
		resp.Status = req.Operation.HTTP.Status
	}
	if resp.Status == 0 {
		resp.Status = http.StatusOK
	}
	call.Status = resp.Status
	if f == nil { // a fault answers what no model knows
		p.check(model, req, resp, call.Code)
	}
	cut := f != nil && f.Kind == fault.Cut
	if cut {
		call.Status = 0
	}
	body, ctype := model.Write(req, resp)
	p.journal.AddCall(call)
	p.mu.Unlock()

	if cut {
		panic(http.ErrAbortHandler) // net/http closes the connection; the in-process transport turns it into EOF
	}
	out := &recorded{status: resp.Status, header: resp.Header, body: body}
	if !call.Write && failure == nil {
		out = p.stale(account.number+" "+r.Method+" "+r.Host+r.URL.String()+" "+string(raw), out, f)
	}
	for header, values := range out.header {
		if strings.HasPrefix(header, "X-Amz-Meta-") { // boto3 takes the names as they come
			header = strings.ToLower(header)
		}
		w.Header()[header] = values
	}
	if ctype != "" {
		w.Header().Set("Content-Type", ctype)
	}
	w.Header().Set("X-Amzn-Requestid", id)
	if name == "s3" {
		w.Header().Set("X-Amz-Request-Id", id)
	}
	w.WriteHeader(out.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(out.body) // the client may have gone
	}
}

// serves is the account whose services a call meets: that of its credentials, and the first
// one for a call without any, or for an account that the world does not have.
func (p *plane) serves(accessKey string) *Account {
	if a := p.account(p.identity.Owner(accessKey)); a != nil {
		return a
	}
	return p.all()[0]
}

// admits sends a call about a bucket to the account that has it: to that one, whoever is of
// another account is a stranger, and told what strangers are.
func (p *plane) admits(account *Account, svc wire.Service, req *wire.Request) (to wire.Service, accessKey string) {
	if bucket := req.Labels["Bucket"]; req.Service == "s3" && bucket != "" && req.Operation.Name != "CreateBucket" {
		if owner := account.world.bucketOwner(bucket, account); owner != nil {
			return owner.s3, ""
		}
	}
	return svc, req.AccessKey
}

// takes says whether a service answers one read more.
func (p *plane) takes(a *Account, service string, at time.Time) bool {
	most, burst := rate.Limit(p.knobs.ReadsPerSecond), p.knobs.ReadBurst
	if most == 0 {
		return true
	}
	if a.reads[service] == nil {
		a.reads[service] = rate.NewLimiter(most, burst)
	}
	a.reads[service].SetLimitAt(at, most)
	a.reads[service].SetBurstAt(at, burst)
	return a.reads[service].AllowN(at, 1)
}

// maxMistakes bounds what is kept: the first ones say enough.
const maxMistakes = 100

// check holds an answer against its service's model.
func (p *plane) check(m *wire.Model, req *wire.Request, resp *wire.Response, code string) {
	for _, problem := range m.Check(req, resp, code) {
		if problem = m.Name + " " + problem; len(p.mistakes) < maxMistakes && !slices.Contains(p.mistakes, problem) {
			p.mistakes = append(p.mistakes, problem)
		}
	}
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

// Actions lists the IAM actions that a call needs. Source: Service Authorization
// Reference; the same-named action unless listed here.
func Actions(service, operation string) []string {
	if service == "s3" {
		return []string{"s3:" + s3Action(operation)}
	}
	extra := map[string][]string{
		"cloudfront:CreateDistributionWithTags": {"cloudfront:CreateDistribution", "cloudfront:TagResource"},
		"cloudfront:AssociateAlias":             {"cloudfront:AssociateAlias", "cloudfront:UpdateDistribution"},
		"cloudfront:UpdateDomainAssociation":    {"cloudfront:UpdateDomainAssociation", "cloudfront:UpdateDistribution"},
		"cloudfront:ListDomainConflicts":        {"cloudfront:ListDomainConflicts", "cloudfront:GetDistribution"},
		"cloudfront:ListConflictingAliases":     {"cloudfront:ListConflictingAliases", "cloudfront:GetDistribution"},
		"cloudfront:CopyDistribution":           {"cloudfront:CopyDistribution", "cloudfront:CreateDistribution", "cloudfront:GetDistribution"},
		"sts:GetCallerIdentity":                 {}, // cannot be denied
		"sts:AssumeRoleWithWebIdentity":         {}, // unsigned: the role's trust policy decides

		// Once an action of its own, which the reference does not list any more.
		"cloudfront:UpdateDistributionWithStagingConfig": {"cloudfront:UpdateDistribution", "cloudfront:GetDistribution"},
	}
	if list, ok := extra[service+":"+operation]; ok {
		return list
	}
	return []string{service + ":" + operation}
}

func faultError(f *fault.Fault, r *http.Request, sent []byte) error {
	message := f.Message
	if f.Quote {
		message += "\nx-amz-security-token:" + r.Header.Get("X-Amz-Security-Token") + "\n" + string(sent)
	}
	switch f.Kind {
	case fault.Throttle:
		return &wire.Error{Code: "Throttling", Status: http.StatusBadRequest, Message: "Rate exceeded"}
	case fault.ServerFail, fault.Cut:
		return &wire.Error{Code: "ServiceUnavailable", Status: http.StatusServiceUnavailable, Message: "CloudFront encountered an internal error. Please try again."}
	default:
		return &wire.Error{Code: f.Code, Status: f.Status, Message: message}
	}
}

// hosted is a service that has part of the path in the host name, as S3 has its buckets.
type hosted interface {
	PathStyle(r *http.Request) *http.Request
}

// signingNames are those of services whose model has another name.
var signingNames = map[string]string{"monitoring": "cloudwatch"}

// credentials reads the credential scope of a call; service is the model's name.
func credentials(r *http.Request) (accessKey, region, service string) {
	text := r.Header.Get("Authorization")
	if text == "" {
		text = "Credential=" + r.URL.Query().Get("X-Amz-Credential") // a presigned URL
	}
	if m := scope.FindStringSubmatch(text); m != nil {
		if name, ok := signingNames[m[3]]; ok {
			return m[1], m[2], name
		}
		return m[1], m[2], m[3]
	}
	if id := r.URL.Query().Get("AWSAccessKeyId"); id != "" { // presigned as before version 4, which boto3 still does
		return id, "", "s3"
	}
	switch path, target := r.URL.Path, r.Header.Get("X-Amz-Target"); {
	case strings.HasPrefix(path, "/2020-05-31/"):
		return "", "", "cloudfront"
	case strings.HasPrefix(path, "/2013-04-01/"):
		return "", "", "route53"
	case strings.HasPrefix(target, "CertificateManager."):
		return "", "", "acm"
	case strings.HasPrefix(target, "GraniteServiceVersion20100801."), strings.HasPrefix(path, "/service/GraniteServiceVersion20100801/"):
		return "", "", "cloudwatch"
	case r.Method != http.MethodPost || path != "/":
		return "", "", "s3" // whose objects may be public
	default:
		return "", "", "sts"
	}
}

func requestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	h := hex.EncodeToString(b[:])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}
