// Package route53 is the simulated control plane of Amazon Route 53, and the
// knowledge of its name servers: hosted zones, record sets with the batch rules
// of the real API, health checks, tags. Each of the four name servers of a zone
// learns of a change at its own moment; what one believes is computed from times.
//
// It never opens a socket (package dns answers queries) and never does more than
// record a health check: nobody is probed.
//
// Messages are Route 53's own as quoted in public issue threads; where nobody
// quotes one, the comment says "wording ours".
package route53

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// CloudFrontZone is the hosted zone id of every alias to a distribution.
// Source: Route 53 API reference, AliasTarget.
const CloudFrontZone = "Z2FDTNDATAQYW2"

// Servers is the number of name servers in a delegation set.
const Servers = 4

// Options configure a Service.
type Options struct {
	// Beside is the Route 53 of another account in the same world: the name servers are
	// shared, and so are that one's clock, seed and knobs. Nil: the world begins with this account.
	Beside  *Service
	Clock   clock.Clock
	Account string // owner of the zones; empty: 123456789012
	Seed    uint64
	Knobs   *knob.Knobs // nil: the defaults
	// OwnsName says whether the distribution with this domain lists name as an
	// alias. Asked only under the knob AliasMustMatch; nil: yes.
	OwnsName func(distributionDomain, name string) bool
	// TargetExists says whether there is a distribution with this domain. nil: yes.
	TargetExists func(distributionDomain string) bool
	// Addresses gives the record data of an alias target outside Route 53 for
	// TestDNSAnswer, which shows what the name server would answer. nil: none.
	Addresses func(domain, rtype string, at time.Time) []string
}

// A Service is the control plane of one account. It is safe for concurrent use. What it says
// of name servers it says of the whole world; its operations see nothing but the account.
type Service struct {
	*servers

	opt   Options
	model *wire.Model

	refs    map[string]bool
	changes map[string]*change
	checks  map[string]*healthCheck
	sets    []*delegationSet             // reusable
	tags    map[string]map[string]string // "hostedzone/Z…" → key → value
	buckets map[string]*bucket
}

// servers are what the accounts of a world have in common: one DNS.
//
// serving orders the calls; only its holder changes anything, and takes mu for
// the change itself, so that the callbacks of Options run without mu held.
type servers struct {
	serving sync.Mutex
	mu      sync.RWMutex

	zones      []*zone          // of all accounts, oldest first; deleted ones stay until forgotten
	registered map[string]*zone // by name: whose name servers the registrar has, see Register

	rngMu sync.Mutex
	rng   *rand.Rand
}

// New returns a Service without zones.
func New(o Options) *Service {
	if o.Knobs == nil {
		k := knob.Defaults()
		o.Knobs = &k
	}
	if o.Account == "" {
		o.Account = "123456789012"
	}
	if o.OwnsName == nil {
		o.OwnsName = func(string, string) bool { return true }
	}
	if o.TargetExists == nil {
		o.TargetExists = func(string) bool { return true }
	}
	if o.Addresses == nil {
		o.Addresses = func(string, string, time.Time) []string { return nil }
	}
	shared := &servers{registered: map[string]*zone{}, rng: rand.New(rand.NewPCG(o.Seed, 0x723533))}
	if first := o.Beside; first != nil {
		o.Clock, o.Seed, o.Knobs, shared = first.opt.Clock, first.opt.Seed, first.opt.Knobs, first.servers
	}
	return &Service{
		servers: shared, opt: o, model: wire.LoadModel("route53"),
		refs: map[string]bool{}, changes: map[string]*change{}, checks: map[string]*healthCheck{},
		tags: map[string]map[string]string{}, buckets: map[string]*bucket{},
	}
}

type operation struct {
	read  bool
	serve func(*Service, *wire.Request) (*wire.Response, error)
}

var operations = map[string]operation{
	"CreateHostedZone":              {serve: (*Service).createHostedZone},
	"GetHostedZone":                 {read: true, serve: (*Service).getHostedZone},
	"GetHostedZoneCount":            {read: true, serve: (*Service).getHostedZoneCount},
	"GetHostedZoneLimit":            {read: true, serve: (*Service).getHostedZoneLimit},
	"ListHostedZones":               {read: true, serve: (*Service).listHostedZones},
	"ListHostedZonesByName":         {read: true, serve: (*Service).listHostedZonesByName},
	"ListHostedZonesByVPC":          {read: true, serve: (*Service).listHostedZonesByVPC},
	"UpdateHostedZoneComment":       {serve: (*Service).updateHostedZoneComment},
	"DeleteHostedZone":              {serve: (*Service).deleteHostedZone},
	"AssociateVPCWithHostedZone":    {serve: (*Service).associateVPC},
	"DisassociateVPCFromHostedZone": {serve: (*Service).disassociateVPC},
	"GetDNSSEC":                     {read: true, serve: (*Service).getDNSSEC},
	"DisableHostedZoneDNSSEC":       {serve: (*Service).disableDNSSEC},

	"ChangeResourceRecordSets": {serve: (*Service).changeResourceRecordSets},
	"ListResourceRecordSets":   {read: true, serve: (*Service).listResourceRecordSets},
	"GetChange":                {read: true, serve: (*Service).getChange},
	"TestDNSAnswer":            {read: true, serve: (*Service).testDNSAnswer},

	"CreateResourceRecordSetProtections": {serve: (*Service).createProtections},
	"DeleteResourceRecordSetProtections": {serve: (*Service).deleteProtections},
	"ListResourceRecordSetProtections":   {read: true, serve: (*Service).listProtections},
	"UpdateHostedZoneFeatures":           {serve: (*Service).updateFeatures},

	"ChangeTagsForResource": {serve: (*Service).changeTags},
	"ListTagsForResource":   {read: true, serve: (*Service).listTags},
	"ListTagsForResources":  {read: true, serve: (*Service).listTagsOfMany},

	"CreateHealthCheck":               {serve: (*Service).createHealthCheck},
	"GetHealthCheck":                  {read: true, serve: (*Service).getHealthCheck},
	"UpdateHealthCheck":               {serve: (*Service).updateHealthCheck},
	"DeleteHealthCheck":               {serve: (*Service).deleteHealthCheck},
	"ListHealthChecks":                {read: true, serve: (*Service).listHealthChecks},
	"GetHealthCheckCount":             {read: true, serve: (*Service).getHealthCheckCount},
	"GetHealthCheckStatus":            {read: true, serve: (*Service).getHealthCheckStatus},
	"GetHealthCheckLastFailureReason": {read: true, serve: (*Service).getLastFailureReason},
}

// Model implements wire.Service.
func (s *Service) Model() *wire.Model { return s.model }

// Serves implements wire.Service.
func (s *Service) Serves() []string {
	var out []string
	for _, name := range s.model.OperationNames() {
		if _, ok := operations[name]; ok {
			out = append(out, name)
		}
	}
	return out
}

// Reads implements wire.Service.
func (s *Service) Reads(name string) bool {
	if op, ok := operations[name]; ok {
		return op.read
	}
	return strings.HasPrefix(name, "Get") || strings.HasPrefix(name, "List") || name == "TestDNSAnswer"
}

// Serve implements wire.Service.
func (s *Service) Serve(_ context.Context, r *wire.Request) (*wire.Response, error) {
	op, ok := operations[r.Operation.Name]
	if !ok {
		return nil, &wire.Error{
			Code: "NotImplemented", Status: http.StatusNotImplemented,
			Message: "the simulator does not serve " + r.Operation.Name + " of Route 53",
		}
	}
	s.serving.Lock()
	defer s.serving.Unlock()
	if err := s.throttle(r.Operation.Name); err != nil {
		return nil, err
	}
	if err := validate(s.model, r); err != nil {
		return nil, err
	}
	resp, err := op.serve(s, r)
	if errors.Is(err, errForeign) {
		err = wire.Errorf("AccessDenied", "User: %s is not authorized to access this resource", r.Caller)
	}
	return resp, err
}

// errForeign is about a hosted zone of another account, which Route 53 tells from one that
// there is not: terraform-provider-aws #12570.
var errForeign = errors.New("the hosted zone is of another account")

func (s *Service) now() time.Time { return s.opt.Clock.Now() }

// draw returns a number in [0, n) from the seeded stream.
func (d *servers) draw(n int) int {
	d.rngMu.Lock()
	defer d.rngMu.Unlock()
	return d.rng.IntN(n)
}

func (s *Service) id(prefix string, length int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	b := make([]byte, length)
	for i := range b {
		b[i] = alphabet[s.draw(len(alphabet))]
	}
	return prefix + string(b)
}

// A change is one accepted write to a zone: when it was made and when each name
// server has it.
type change struct {
	id, comment string
	at, insync  time.Time
	arrives     [Servers]time.Time
}

// newChange schedules a change of z made now. Changes of one zone reach a name
// server in the order they were made, each as a whole.
func (s *Service) newChange(z *zone, comment string) *change {
	now, span := s.now(), s.opt.Knobs.InsyncSpan
	c := &change{id: s.id("C0", 19), comment: comment, at: now, insync: now.Add(span)}
	for i := range c.arrives {
		share := 50 + s.draw(900) // of a thousand: every server is there before INSYNC is
		c.arrives[i] = now.Add(span * time.Duration(share) / 1000)
		if z.last != nil && c.arrives[i].Before(z.last.arrives[i]) {
			c.arrives[i] = z.last.arrives[i]
		}
		if c.arrives[i].After(c.insync) { // the knob was turned down meanwhile
			c.insync = c.arrives[i]
		}
	}
	return c
}

func (c *change) pending(at time.Time) bool { return at.Before(c.insync) }

// timeFormat is how Route 53 prints SubmittedAt.
const timeFormat = "2006-01-02T15:04:05.000Z"

func (c *change) node(at time.Time) *wire.Node {
	status := "INSYNC"
	if c.pending(at) {
		status = "PENDING"
	}
	n := wire.Elem("ChangeInfo", wire.Text("Id", "/change/"+c.id), wire.Text("Status", status),
		wire.Text("SubmittedAt", c.at.UTC().Format(timeFormat)))
	if c.comment != "" {
		n.Children = append(n.Children, wire.Text("Comment", c.comment))
	}
	return n
}

func (s *Service) getChange(r *wire.Request) (*wire.Response, error) {
	id := bareID(r.Labels["Id"])
	c := s.changes[id]
	if c == nil {
		return nil, wire.Errorf("NoSuchChange", "Could not find resource with ID: %s", id)
	}
	return answer("GetChangeResponse", c.node(s.now())), nil
}

// bareID drops what precedes the id in "/hostedzone/Z…" and "/change/C…":
// old clients send it, percent-encoded.
func bareID(id string) string { return id[strings.LastIndex(id, "/")+1:] }

func answer(name string, children ...*wire.Node) *wire.Response {
	return &wire.Response{Body: wire.Elem(name, children...)}
}

// location is the Location header of a 201.
func location(format string, args ...any) string {
	return "https://route53.amazonaws.com/2013-04-01/" + fmt.Sprintf(format, args...)
}
