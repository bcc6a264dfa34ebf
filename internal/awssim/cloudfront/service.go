// Package cloudfront simulates Amazon CloudFront: the control plane that accepts
// and refuses configurations, and what each point of presence (POP) believes at
// any moment.
//
// State is lazy. An accepted change is stored together with the moment it
// reaches each POP, and every question is answered by comparing times, so the
// package runs no goroutines and never waits. It serves no viewers (package
// edge does) and never decides what a name resolves to (package route53 does).
package cloudfront

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/propagation"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// Options are what a Service needs from the rest of the world.
type Options struct {
	// Beside is the CloudFront of another account in the same world: names and points of
	// presence are shared, and so are that one's clock, seed, knobs and propagation. Nil: the
	// world begins with this account.
	Beside *Service

	Clock       clock.Clock
	Account     string
	Seed        uint64
	Knobs       *knob.Knobs
	Propagation *propagation.Model
	// Certificates returns the names that a certificate of ACM is valid for; ok
	// only for an issued one.
	Certificates func(arn string) (names []string, ok bool)
	// PointsAt returns the d….cloudfront.net name that a name resolves to, "" for none.
	PointsAt func(name string, at time.Time) string
	// TXT returns the values of a name's TXT records as public DNS has them, without quotes, and
	// how long resolvers may keep that answer, if it is that there are none, too. Nil: there are none.
	TXT func(name string, at time.Time) (values []string, lasts time.Duration)
	// EdgeFunction says why a version of a Lambda function cannot be associated, "" if it
	// can. Nil: everything can.
	EdgeFunction func(versionARN string) string
	// FunctionState is the state of a version of a Lambda function, "" for one that nobody
	// made here.
	FunctionState func(versionARN string) string
	// LogsTo says why logs cannot be written to a bucket, named by its domain; "" if they
	// can. Nil: they can be written everywhere.
	LogsTo func(domain string) string
	// Object returns what is in S3, for the imports of key value stores. Nil: there is nothing.
	Object func(bucket, key string) ([]byte, bool)
}

// A Service is one account's CloudFront. It is safe for concurrent use. What it says of
// points of presence it says of the whole world; its operations see nothing but the account.
type Service struct {
	*edge

	opts  Options
	model *wire.Model

	order       []*distribution // as created, deleted ones included
	controls    []*accessControl
	identities  []*entity // origin access identities
	publicKeys  []*entity
	keyGroups   []*entity
	policies    map[string][]*policy // by kind
	deployments []*deployment        // as created, deleted ones included
	functions   []*function
	// What lists show of some of them.
	listedDeployments past[deployment]
	listedFunctions   past[function]
	stores            []*keyValueStore
	vpcOrigins        []string    // ids, as AddVPCOrigin has put them there
	writes            []time.Time // for the write limit
	// For the limits per second.
	invalidated, invalidatedWild bucket
	monitored                    map[string]*wire.Node // MonitoringSubscription by distribution
}

// An edge is what the accounts of a world have in common: the locks, the points of presence
// and the names that these know.
type edge struct {
	// serving is held while a call is answered: it alone lets state change, so that a
	// call may read without mu and ask the other services with mu free.
	serving sync.Mutex
	seq     int // of the write being served: two of them may have one time

	mu        sync.RWMutex // held to change state, and by readers outside of Serve
	rng       *rand.Rand
	accounts  []*Service
	byID      map[string]*distribution
	byDomain  map[string]*distribution
	names     map[string][]AliasEvent // lower-case alias → its owners, oldest first
	elsewhere map[string]Outsider     // lower-case alias → who has it in an account that is not simulated
	proofs    map[string]proof        // by the name of the TXT record
	edgeKnobs knob.Knobs              // as the points of presence know them, see Turned
}

// New returns a CloudFront without distributions.
func New(o Options) *Service {
	if o.Certificates == nil {
		o.Certificates = func(string) ([]string, bool) { return nil, false }
	}
	if o.PointsAt == nil {
		o.PointsAt = func(string, time.Time) string { return "" }
	}
	if o.TXT == nil {
		o.TXT = func(string, time.Time) ([]string, time.Duration) { return nil, 0 }
	}
	if o.EdgeFunction == nil {
		o.EdgeFunction = func(string) string { return "" }
	}
	if o.FunctionState == nil {
		o.FunctionState = func(string) string { return "" }
	}
	if o.LogsTo == nil {
		o.LogsTo = func(string) string { return "" }
	}
	if o.Object == nil {
		o.Object = func(string, string) ([]byte, bool) { return nil, false }
	}
	if o.Knobs == nil {
		k := knob.Defaults()
		o.Knobs = &k
	}
	if first := o.Beside; first != nil {
		o.Clock, o.Seed, o.Knobs, o.Propagation = first.opts.Clock, first.opts.Seed, first.opts.Knobs, first.opts.Propagation
		return first.join(o)
	}
	e := &edge{
		rng:       rand.New(rand.NewPCG(o.Seed, 0x6366)),
		byID:      map[string]*distribution{},
		byDomain:  map[string]*distribution{},
		names:     map[string][]AliasEvent{},
		elsewhere: map[string]Outsider{},
		proofs:    map[string]proof{},
		edgeKnobs: *o.Knobs,
	}
	return e.join(o)
}

// join adds an account without distributions.
func (e *edge) join(o Options) *Service {
	s := &Service{edge: e, opts: o, model: wire.LoadModel("cloudfront"), policies: managedPolicies(), monitored: map[string]*wire.Node{}}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.accounts = append(e.accounts, s)
	return s
}

// Model implements wire.Service.
func (s *Service) Model() *wire.Model { return s.model }

// An operation answers one call.
type operation struct {
	read  bool
	serve func(*Service, *call) (*wire.Response, error)
}

// A call is one request at one moment.
type call struct {
	*wire.Request
	now time.Time
}

var operations = map[string]operation{
	"CreateDistribution":         {serve: (*Service).createDistribution},
	"CreateDistributionWithTags": {serve: (*Service).createDistributionWithTags},
	"GetDistribution":            {read: true, serve: (*Service).getDistribution},
	"GetDistributionConfig":      {read: true, serve: (*Service).getDistributionConfig},
	"UpdateDistribution":         {serve: (*Service).updateDistribution},
	"DeleteDistribution":         {serve: (*Service).deleteDistribution},
	"ListDistributions":          {read: true, serve: (*Service).listDistributions},

	"TagResource":         {serve: (*Service).tagResource},
	"UntagResource":       {serve: (*Service).untagResource},
	"ListTagsForResource": {read: true, serve: (*Service).listTags},

	"AssociateAlias":          {serve: (*Service).associateAlias},
	"UpdateDomainAssociation": {serve: (*Service).updateDomainAssociation},
	"ListConflictingAliases":  {read: true, serve: (*Service).listConflictingAliases},
	"ListDomainConflicts":     {read: true, serve: (*Service).listDomainConflicts},

	"CreateInvalidation": {serve: (*Service).createInvalidation},
	"GetInvalidation":    {read: true, serve: (*Service).getInvalidation},
	"ListInvalidations":  {read: true, serve: (*Service).listInvalidations},

	"CreateOriginAccessControl":    {serve: (*Service).createAccessControl},
	"GetOriginAccessControl":       {read: true, serve: (*Service).getAccessControl},
	"GetOriginAccessControlConfig": {read: true, serve: (*Service).getAccessControlConfig},
	"UpdateOriginAccessControl":    {serve: (*Service).updateAccessControl},
	"DeleteOriginAccessControl":    {serve: (*Service).deleteAccessControl},
	"ListOriginAccessControls":     {read: true, serve: (*Service).listAccessControls},
}

// Serves implements wire.Service.
func (s *Service) Serves() []string {
	var out []string
	for name := range operations {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Reads implements wire.Service. An operation that is not served is taken for a write.
func (s *Service) Reads(name string) bool { return operations[name].read }

// Serve implements wire.Service.
func (s *Service) Serve(_ context.Context, r *wire.Request) (*wire.Response, error) {
	op, ok := operations[r.Operation.Name]
	if !ok {
		return nil, &wire.Error{
			Code: "NotImplemented", Status: http.StatusNotImplemented,
			Message: fmt.Sprintf("the simulator does not serve %s of CloudFront", r.Operation.Name),
		}
	}
	if err := s.model.Validate(r.Operation, r.Body); err != nil {
		return nil, err
	}
	s.serving.Lock()
	defer s.serving.Unlock()
	s.turned()
	c := &call{Request: r, now: s.opts.Clock.Now()}
	if !op.read && s.throttled(c.now) {
		return nil, &wire.Error{Code: "Throttling", Status: http.StatusBadRequest, Message: "Rate exceeded"}
	}
	if !op.read {
		s.seq++
	}
	answer, err := op.serve(s, c)
	if err == nil && !op.read {
		s.note(c.now)
	}
	return answer, err
}

// throttled counts a write against the account's limit, of which AWS publishes nothing.
func (s *Service) throttled(now time.Time) bool {
	limit := s.opts.Knobs.DistributionWrites
	if limit <= 0 {
		return false
	}
	s.writes = slices.DeleteFunc(s.writes, func(t time.Time) bool { return now.Sub(t) >= time.Minute })
	if len(s.writes) >= limit {
		return true
	}
	s.writes = append(s.writes, now)
	return false
}

const (
	upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	lower = "abcdefghijklmnopqrstuvwxyz0123456789"
)

// random draws an identifier, of thirteen characters behind its prefix as AWS's
// are; callers are inside Serve.
func (s *Service) random(prefix, alphabet string) string {
	b := []byte(prefix)
	for range 13 {
		b = append(b, alphabet[s.rng.IntN(len(alphabet))])
	}
	return string(b)
}

// newETag draws an opaque version identifier, shaped as in AWS's examples (E2QWRUHAPOMQZL).
// AWS's are counters, alike for everything; these are drawn, so that a client is found out
// that sends the one of something else.
func (s *Service) newETag() string { return s.random("E", upper) }

// stamp is how CloudFront writes a moment.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// errorf makes an error with the model's status for its code.
func errorf(code, format string, args ...any) error { return wire.Errorf(code, format, args...) }

// ifMatch checks the precondition of a write. Source: model; messages as real
// CloudFront words them in public issues.
func ifMatch(r *call, etag string) error { return match(r.Header.Get("If-Match"), etag) }

func match(got, etag string) error {
	if got == "" || slices.ContainsFunc([]byte(got), func(b byte) bool {
		return !(b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b >= '0' && b <= '9')
	}) {
		return invalidIfMatch()
	}
	if got != etag {
		return errorf("PreconditionFailed", "The request failed because it didn't meet the preconditions in one or more request-header fields.")
	}
	return nil
}

func invalidIfMatch() error {
	return errorf("InvalidIfMatchVersion", "The If-Match version is missing or not valid for the resource.")
}
