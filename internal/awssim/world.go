package awssim

import (
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/audit"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/cloudfront"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/dns"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/edge"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/propagation"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/route53"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/s3"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/sts"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// Options describe a World. The zero value of each field has a default.
type Options struct {
	Clock       clock.Clock   // clock.System
	Account     string        // 123456789012
	Seed        uint64        // 1. The same seed draws the same ids and delays
	POPs        int           // 24
	Propagation time.Duration // CloudFront's own pace, see propagation.New; otherwise about when a change has reached the last POP
	Knobs       *knob.Knobs   // knob.Defaults; copied
	EdgeIPv4    netip.Addr    // 127.0.0.1: what A queries for a distribution answer
	EdgeIPv6    netip.Addr    // none: AAAA queries for a distribution answer no data
}

// A World is simulated accounts, most often one, with all that serves their viewers. It is
// safe for concurrent use and starts no goroutines. Where a method does not say of which
// account, it is the first one's.
type World struct {
	*services // of the first account

	plane   *plane
	control http.Handler
	knobs   *knob.Knobs // read and written with plane.mu held
	options Options

	dns         *dns.Server
	edge        *edge.Fleet
	origins     *origin.Set
	propagation *propagation.Model

	clients atomic.Int64 // transports handed out
}

// New returns an empty world.
func New(o Options) *World {
	o = o.withDefaults()
	w := &World{options: o, knobs: o.Knobs, propagation: propagation.New(o.POPs, o.Propagation, o.Seed)}
	w.plane = &plane{
		clock: o.Clock, journal: &journal.Journal{}, faults: &fault.Set{},
		answered: map[string]*recorded{}, before: map[string]*recorded{},
		knobs:    o.Knobs,
		identity: sts.New(sts.Options{Account: o.Account, Clock: o.Clock, Seed: o.Seed, Tokens: func() int { return o.Knobs.SessionTokens }}), // asked only while a call is served
	}
	w.services = w.newAccount(o.Account).services
	w.dns = dns.New(dns.Options{
		Clock: o.Clock, Journal: w.plane.journal, Zones: w.route53, Distributions: w.resolves,
		EdgeIPv4: o.EdgeIPv4, EdgeIPv6: o.EdgeIPv6, Seed: o.Seed,
	})
	w.origins = origin.New(o.Clock)
	w.origins.Behind(w.bucket)
	w.edge = edge.New(edge.Options{
		Clock: o.Clock, Routes: routes{w.cloudfront}, Origins: w.origins, Journal: w.plane.journal,
		POPs: w.propagation.POPs(), Seed: o.Seed, Certificates: w.certificate, Policy: w.cloudfront.Policy, Signing: w.cloudfront.Signing, Key: w.cloudfront.Key, Origin: w.cloudfront.IsOrigin,
		Function: w.running, Functions: w.functionRules, Domain: w.cloudfront.Domain,
		Caching: func() edge.Caching {
			regional, pathInKey, purges := w.cloudfront.Caching()
			return edge.Caching{Regional: regional, PathInKey: pathInKey, Purges: purges}
		},
	})
	w.control = withAdmin(w)
	return w
}

// running is what a point of presence runs for a function.
func (w *World) running(arn string, pop int, at time.Time) *edge.Function {
	program, store, ok := w.cloudfront.Running(arn, pop, at)
	if !ok {
		return nil
	}
	f := &edge.Function{Name: arn, Program: program} // every account may have one of a name
	if store != nil {                                // an interface that holds nil is not nil
		f.Store = store
	}
	return f
}

// functionRules are the knobs of functions as the points of presence know them.
func (w *World) functionRules() edge.FunctionRules {
	original, throttle, missing := w.cloudfront.FunctionRules()
	return edge.FunctionRules{Original: original, Throttle: throttle, MissingKey: missing}
}

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Account == "" {
		o.Account = "123456789012"
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.POPs <= 0 {
		o.POPs = 24
	}
	k := knob.Defaults()
	if o.Knobs != nil {
		k = *o.Knobs
	}
	o.Knobs = &k
	if !o.EdgeIPv4.IsValid() {
		o.EdgeIPv4 = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return o
}

// Control answers AWS clients, and people under /_awssim/.
func (w *World) Control() http.Handler { return w.control }

// Edge answers viewers.
func (w *World) Edge() http.Handler { return w.edge }

// Fleet is the POPs behind Edge, with what they counted.
func (w *World) Fleet() *edge.Fleet { return w.edge }

// Journal is the evidence: calls, viewer answers, resolutions.
func (w *World) Journal() *journal.Journal { return w.plane.journal }

// Faults are the ways in which the control planes misbehave.
func (w *World) Faults() *fault.Set { return w.plane.faults }

// Allow restricts every caller of every account to these IAM actions; an empty list lifts the restriction.
func (w *World) Allow(actions ...string) { w.plane.limit(&w.plane.may, only(actions)) }

// Restrict makes an IAM policy document the only one that every caller of every account has.
func (w *World) Restrict(policy string) error {
	may, err := evaluating(policy)
	if err == nil {
		w.plane.limit(&w.plane.may, may)
	}
	return err
}

// Mistakes lists, each once, what this world has answered and AWS could not have: an
// error that the operation does not have, a member that the model does not know. A
// test of the simulator wants none.
func (w *World) Mistakes() []string {
	w.plane.mu.Lock()
	defer w.plane.mu.Unlock()
	return slices.Clone(w.plane.mistakes)
}

// Turn changes the knobs between two calls.
func (w *World) Turn(turn func(*knob.Knobs)) {
	w.plane.mu.Lock()
	defer w.plane.mu.Unlock()
	turn(w.knobs)
	w.cloudfront.Turned()
}

// Knobs returns how the knobs are set.
func (w *World) Knobs() knob.Knobs {
	w.plane.mu.Lock()
	defer w.plane.mu.Unlock()
	return *w.knobs
}

// Freeze stops changes to distributions made from now on from arriving anywhere;
// Freeze(false) sends them off.
func (w *World) Freeze(frozen bool) {
	w.propagation.Freeze(frozen)
	if !frozen {
		w.cloudfront.Thaw(w.Clock().Now())
	}
}

// Origins are what stands behind the distributions.
func (w *World) Origins() *origin.Set { return w.origins }

// Propagation decides when a change reaches each POP.
func (w *World) Propagation() *propagation.Model { return w.propagation }

// DNS is the authoritative name server, not yet listening.
func (w *World) DNS() *dns.Server { return w.dns }

// Identity knows the users and roles of every account.
func (w *World) Identity() *sts.Service { return w.plane.identity }

// Clock is the time in this world.
func (w *World) Clock() clock.Clock { return w.options.Clock }

// Account is the first account's number.
func (w *World) Account() string { return w.options.Account }

// Audit returns every instant since then at which viewers of these names were let
// down, or will be by changes that are still on their way.
func (w *World) Audit(since time.Time, names ...string) []audit.Violation {
	return audit.Check(fleetHistory{w.cloudfront, w.propagation.POPs()}, recordHistory{w.route53}, since, names...)
}

// pointsAt is where DNS says that a name leads.
func (w *World) pointsAt(name string, at time.Time) string { return w.route53.PointsAt(name, at) }

// txt is what DNS has for a name, of whichever account's zone it is delegated to.
func (w *World) txt(name string, at time.Time) ([]string, time.Duration) {
	return w.route53.TXT(name, at)
}

// certificate is what a certificate of some account is valid for.
func (w *World) certificate(arn string) (names []string, ok bool) {
	for _, a := range w.plane.all() {
		if names, ok = a.acm.Names(arn); ok {
			break
		}
	}
	return names, ok
}

// resolves is what the name servers know about a d….cloudfront.net name.
func (w *World) resolves(domain string, at time.Time) (exists, ipv6 bool) {
	_, config, resolves := w.cloudfront.DistributionByDomain(domain, at)
	return resolves, config.True("IsIPV6Enabled")
}

// addresses is what TestDNSAnswer shows for an alias to a distribution.
func (w *World) addresses(domain, rtype string, at time.Time) []string {
	exists, ipv6 := w.resolves(domain, at)
	switch {
	case exists && rtype == "A":
		return []string{w.options.EdgeIPv4.String()}
	case exists && rtype == "AAAA" && ipv6 && w.options.EdgeIPv6.IsValid():
		return []string{w.options.EdgeIPv6.String()}
	}
	return nil
}

// bucket lets the edge see S3.
func (w *World) bucket(r *origin.Request) (*origin.Response, bool) {
	q := s3.Question{
		Domain: strings.ToLower(r.Domain), Method: r.Method, Path: r.Path, Header: r.Header, Distribution: r.SignedFor, Identity: r.Identity, Secure: r.Secure,
		Account: w.cloudfront.Owner(r.SignedFor),
	}
	for _, a := range w.plane.all() {
		if out, ok := a.s3.Origin(q); ok {
			return &origin.Response{Status: out.Status, Header: out.Header, Body: out.Body}, true
		}
	}
	return nil, false
}

// routes lets the edge see CloudFront.
type routes struct{ *cloudfront.Service }

// Route implements edge.Routes.
func (r routes) Route(pop int, at time.Time, host string) edge.Route {
	return edgeRoute(r.Service.Route(pop, at, host))
}

func edgeRoute(r cloudfront.Route) edge.Route {
	out := edge.Route{Distribution: r.Distribution, Config: r.Config, Version: r.Version, Reason: r.Reason, Status: r.Status}
	if s := r.Split; s != nil {
		out.Split = &edge.Split{
			Policy: s.Policy, Sessions: s.Sessions, Staging: edgeRoute(s.Staging),
			Header: s.Header, Value: s.Value, Weight: s.Weight, Idle: s.Idle, Maximum: s.Maximum, Cookie: s.Cookie,
			Peak: s.Peak, WeightedErrorBug: s.WeightedErrorBug, ForeignPathErrors: s.ForeignPathErrors,
		}
	}
	return out
}

// fleetHistory lets the audit see CloudFront.
type fleetHistory struct {
	*cloudfront.Service
	pops int
}

// POPs implements audit.Fleet.
func (f fleetHistory) POPs() int { return f.pops }

// Route implements audit.Fleet.
func (f fleetHistory) Route(pop int, at time.Time, host string) audit.Route {
	r := f.Service.Route(pop, at, host)
	out := audit.Route{Distribution: r.Distribution, Reason: r.Reason}
	if r.Split != nil {
		out.Staging, out.StagingReason = r.Split.Staging.Distribution, r.Split.Staging.Reason
	}
	return out
}

// AliasEvents implements audit.Fleet.
func (f fleetHistory) AliasEvents(name string) []audit.AliasEvent {
	var out []audit.AliasEvent
	for _, e := range f.Service.AliasEvents(name) {
		out = append(out, audit.AliasEvent{At: e.At, Seq: e.Seq, From: e.From, To: e.To})
	}
	return out
}

// Versions implements audit.Fleet.
func (f fleetHistory) Versions(id string) []audit.Version {
	var out []audit.Version
	for _, v := range f.Service.Versions(id) {
		out = append(out, audit.Version{At: v.At, Seq: v.Seq, Arrives: v.Arrives, AliasOnly: v.AliasOnly || v.PolicyOnly})
	}
	return out
}

// Target implements audit.Fleet: the configuration as it was written by then.
func (f fleetHistory) Target(domain string, at time.Time) audit.Target {
	id, _, resolves := f.DistributionByDomain(domain, at)
	for _, v := range slices.Backward(f.Service.Versions(id)) {
		if !v.At.After(at) {
			return audit.Target{Distribution: id, Enabled: v.Config.True("Enabled"), Resolves: resolves}
		}
	}
	return audit.Target{}
}

// recordHistory lets the audit see Route 53.
type recordHistory struct{ *route53.Service }

// Servers implements audit.NameServers.
func (r recordHistory) Servers() int { return route53.Servers }

// Answers implements audit.NameServers.
func (r recordHistory) Answers(server int, at time.Time, name, rtype string) bool {
	l := r.Lookup(server, at, name, rtype)
	return !l.Delegated && len(l.Values) > 0 || l.AliasTarget != ""
}

// Events implements audit.NameServers.
func (r recordHistory) Events(name string) []audit.RecordEvent {
	var out []audit.RecordEvent
	for _, e := range r.Service.Events(name) {
		out = append(out, audit.RecordEvent{
			At: e.At, Type: e.Type, SetIdentifier: e.SetIdentifier, Action: e.Action, Target: strings.TrimSuffix(e.Target, "."), Arrives: e.Arrives,
		})
	}
	return out
}

// An Operation is one call of an AWS service's model.
type Operation struct {
	Service, Name string
	Served        bool     // else answered with 501
	Actions       []string // the IAM actions that it needs
}

// Operations lists every operation of every service's model, by service and name.
func (w *World) Operations() []Operation {
	var out []Operation
	for _, service := range slices.Sorted(maps.Keys(w.byName)) {
		s := w.byName[service]
		served := s.Serves()
		for _, name := range s.Model().OperationNames() {
			out = append(out, Operation{service, name, slices.Contains(served, name), Actions(service, name)})
		}
	}
	return out
}
