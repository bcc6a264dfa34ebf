package bluegreenswitch_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/audit"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// A scenario is one way a switch is used: what runs before, what is asked for,
// and where everything has to be in the end, however often the way was interrupted.
type scenario struct {
	name     string
	site     acctest.Site
	before   func(t *testing.T, e *acctest.Env, c *acctest.Core) // brings about the state the run starts from
	ask      func(e *acctest.Env) acctest.Config                 // nil config: destroy
	want     func(e *acctest.Env) acctest.Distribution
	unserved bool          // viewers could not be served throughout, whoever did it
	tolerate []audit.Kind  // what the method does on purpose
	outage   time.Duration // viewers may be unserved this long on a POP, and have to be at some
	// fails: the run ends with an error even when nobody interrupts it.
	fails bool
}

func introduced(t *testing.T, e *acctest.Env, c *acctest.Core) {
	t.Helper()
	if d := c.MustConverge(context.Background(), t, switchTo(e, "blue")).Errors(); len(d) > 0 {
		t.Fatal(d)
	}
}

func toGreen(e *acctest.Env) acctest.Config     { return switchTo(e, "green") }
func green(e *acctest.Env) acctest.Distribution { return e.Green }
func blue(e *acctest.Env) acctest.Distribution  { return e.Blue }

func scenarios() []scenario {
	three := site("example.com", "www.example.com", "www.example.org")
	three.Zones = []string{"example.com", "example.org"}
	unclaimed := site("www.example.com")
	unclaimed.Unclaimed, unclaimed.NoRecords = true, true
	parked := site("www.example.com")
	parked.Unclaimed = true
	return append(methodScenarios(), []scenario{
		{name: "unclaimed name whose records point at the other side", site: parked, ask: toGreen, want: green, unserved: true},
		{name: "one name", site: site("www.example.com"), before: introduced, ask: toGreen, want: green},
		{name: "apex and www in two zones", site: three, before: introduced, ask: toGreen, want: green},
		{name: "cutover by create", site: site("www.example.com"), ask: toGreen, want: green},
		{name: "first placement", site: unclaimed, ask: toGreen, want: green, unserved: true},
		{name: "CNAME", site: site("www.example.com"), before: introduced, ask: func(e *acctest.Env) acctest.Config {
			c := toGreen(e)
			c["dns"] = map[string]any{"example.com": map[string]any{"zone_id": e.ZoneIDs["example.com"], "type": "CNAME", "ttl": 30}}
			return c
		}, want: green},
		{name: "rollback", site: three, before: func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			introduced(t, e, c)
			e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		}, ask: func(e *acctest.Env) acctest.Config {
			c := toGreen(e)
			c["verify"] = map[string]any{"after": map[string]any{"probes": []any{map[string]any{"path": "/"}}}}
			return c
		}, want: blue, fails: true},
	}...)
}

// methodScenarios are the ways in which the other methods are used.
func methodScenarios() []scenario {
	by := func(config func(*acctest.Env) acctest.Config, method string) func(*acctest.Env) acctest.Config {
		return func(e *acctest.Env) acctest.Config {
			c := config(e)
			c["method"] = method
			if method == "remove_and_add" {
				c["allow_downtime"] = true
			}
			return c
		}
	}
	back := func(e *acctest.Env) acctest.Config {
		c := toGreen(e)
		c["verify"] = map[string]any{"after": map[string]any{"probes": []any{map[string]any{"path": "/"}}}}
		return c
	}
	sick := func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		t.Helper()
		introduced(t, e, c)
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
	}
	two := site("a.example.com", "b.example.com")
	var out []scenario
	for _, m := range []string{"associate_alias", "wildcard_overlap", "remove_and_add"} {
		s := scenario{name: m, site: two, before: introduced, ask: by(toGreen, m), want: green}
		switch m {
		case "associate_alias": // AWS checks no condition, so an edit right before the write goes unnoticed
			s.tolerate = []audit.Kind{audit.MovedWhileDeploying}
		case "wildcard_overlap": // DNS leads on purpose: CloudFront refuses to add a name otherwise
			s.tolerate = []audit.Kind{audit.DNSLeads}
		case "remove_and_add":
			// Between its removal and its addition a name is unserved: for as long as either
			// may take to arrive, and as long as somebody is dead in between.
			s.tolerate, s.outage = []audit.Kind{audit.DNSLeads}, time.Hour
		}
		out = append(out, s)
		s.name, s.before, s.ask, s.want, s.fails = m+", rolled back", sick, by(back, m), blue, true
		out = append(out, s)
	}
	keep := out[2]
	keep.name, keep.ask = "wildcard_overlap, kept on the idle side", func(e *acctest.Env) acctest.Config {
		c := by(toGreen, "wildcard_overlap")(e)
		c["keep_wildcard"] = true
		return c
	}
	return append(out, keep)
}

// essential are the scenarios that differ in the steps they take. The matrices of
// interference and knobs take these, dying at every write takes all of them.
func essential() []scenario {
	var out []scenario
	for _, s := range scenarios() {
		switch s.name {
		case pairwise, "first placement", "rollback", "associate_alias", "wildcard_overlap", "remove_and_add":
			out = append(out, s)
		}
	}
	return out
}

// process is a way to AWS that can die: from then on nobody gets through, and
// what the provider answers reaches nobody.
type process struct {
	rt   http.RoundTripper
	kill context.CancelFunc

	mu     sync.Mutex
	writes int
	at     int // dies at this write, counted from 0; -1: never
	when   fault.When
	dead   bool
}

// RoundTrip implements http.RoundTripper.
func (p *process) RoundTrip(req *http.Request) (*http.Response, error) {
	p.mu.Lock()
	dies := false
	if isWrite(req) {
		dies = p.writes == p.at
		p.writes++
	}
	if dies && p.when == fault.BeforeEffect {
		p.dead = true
	}
	if p.dead {
		p.mu.Unlock()
		p.kill()
		return nil, io.ErrUnexpectedEOF
	}
	p.mu.Unlock()
	resp, err := p.rt.RoundTrip(req)
	if dies {
		p.mu.Lock()
		p.dead = true
		p.mu.Unlock()
		p.kill()
		return nil, io.ErrUnexpectedEOF
	}
	return resp, err
}

func isWrite(req *http.Request) bool {
	switch path := req.URL.Path; {
	case strings.HasSuffix(path, "/domain-association"), strings.HasSuffix(path, "/associate-alias"), strings.Contains(path, "/rrset") && req.Method == http.MethodPost:
		return true
	default:
		return req.Method == http.MethodPut || req.Method == http.MethodDelete
	}
}

// start builds a scenario up to the point where the run begins.
func (s scenario) start(t *testing.T) (*acctest.Env, *acctest.Core) {
	t.Helper()
	e := acctest.New(t, s.site)
	c := core(e)
	if s.before != nil {
		s.before(t, e, c)
	}
	return e, c
}

// finish applies until nothing is left to do, and checks what everybody sees.
func (s scenario) finish(t *testing.T, e *acctest.Env, c *acctest.Core) {
	t.Helper()
	ctx := context.Background()
	c.World.Transport = e.World.Transport()
	for range 3 {
		p, err := c.Plan(ctx, s.ask(e))
		if err != nil || len(p.Diags.Errors()) > 0 {
			t.Fatalf("plan: %v\n%s", err, p.Diags)
		}
		if p.Empty() {
			break
		}
		d, err := c.Apply(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Errors()) > 0 && !s.fails {
			t.Fatal(d)
		}
	}
	before := e.World.Journal().Seq()
	p, err := c.Plan(ctx, s.ask(e))
	if err != nil || !p.Empty() {
		t.Errorf("a further plan is not empty: %v\nfrom %s\nto   %s", err, p.Prior, p.Planned)
	}
	if w := e.Writes(before); len(w) > 0 {
		t.Errorf("planning wrote: %v", w)
	}
	if want := map[bool]string{false: "settled", true: "rolled_back"}[s.fails]; c.Get("phase") != want {
		t.Errorf("phase = %q, want %q", c.Get("phase"), want)
	}
	e.ExpectOn(s.want(e))
	s.expectServed(t, e)
}

// expectServed checks what viewers met at every instant against what the method
// promises.
func (s scenario) expectServed(t *testing.T, e *acctest.Env) {
	t.Helper()
	if s.unserved {
		return
	}
	for _, v := range e.World.Audit(e.Start, e.Names...) {
		switch {
		case slices.Contains(s.tolerate, v.Kind):
		case s.outage > 0 && v.Kind == audit.Unserved && !v.Until.IsZero() && v.Until.Sub(v.At) <= s.outage:
		default:
			t.Error(v)
		}
	}
}

// run applies the scenario's change through a process that dies at a write, and
// says how many writes it got to.
func (s scenario) run(t *testing.T, e *acctest.Env, c *acctest.Core, at int, when fault.When) int {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	p := &process{rt: e.World.Transport(), kill: cancel, at: at, when: when}
	c.World.Transport = p
	plan, err := c.Plan(ctx, s.ask(e))
	if err != nil || len(plan.Diags.Errors()) > 0 {
		t.Fatalf("plan: %v\n%s", err, plan.Diags)
	}
	d, err := c.Apply(ctx, plan)
	if err != nil {
		t.Fatal(err)
	}
	if at < 0 && (len(d.Errors()) > 0) != s.fails {
		t.Fatalf("errors: %s", d)
	}
	return p.writes
}

func TestCutoverSurvivesDyingAtEveryWrite(t *testing.T) {
	t.Parallel()
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			writes := 0
			synctest.Test(t, func(t *testing.T) {
				e, c := s.start(t)
				writes = s.run(t, e, c, -1, "")
				s.finish(t, e, c)
			})
			if writes == 0 {
				t.Fatal("the scenario writes nothing, so it proves nothing")
			}
			for k := range writes {
				for _, when := range []fault.When{fault.BeforeEffect, fault.AfterEffect} {
					if !sampled(k) {
						continue
					}
					t.Run(fmt.Sprintf("write=%d/%s", k, when), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							e, c := s.start(t)
							s.run(t, e, c, k, when)
							s.resume(t, e, c)
						})
					})
				}
			}
		})
	}
}

// sampled says whether the nth case of a matrix runs in this build.
func sampled(n int) bool { return n%every == 0 }

// resume carries on in a fresh process. Where the run that died was on its way
// back, nobody knows any more that the cutover had failed, and the next run finds
// out for itself.
func (s scenario) resume(t *testing.T, e *acctest.Env, c *acctest.Core) {
	t.Helper()
	s.finish(t, e, c)
}

// interference is something that AWS or somebody else does during a run.
type interference struct {
	name  string
	fault fault.Fault
	hook  func(e *acctest.Env) func()
}

func interferences() []interference {
	edit := func(e *acctest.Env) func() {
		return func() {
			_ = clock.System{}.Sleep(context.Background(), time.Millisecond) // or it would happen at the instant of the move before it
			e.EditByHand(e.Green, func(c *cftypes.DistributionConfig) { c.Comment = aws.String(aws.ToString(c.Comment) + " edited") })
		}
	}
	return []interference{
		{name: "throttled", fault: fault.Fault{Writes: true, Kind: fault.Throttle, Count: 2}},
		{name: "throttled for long", fault: fault.Fault{Writes: true, Kind: fault.Throttle, Count: 12}},
		{name: "5xx before the effect", fault: fault.Fault{Writes: true, Kind: fault.ServerFail, Count: 4}},
		{name: "5xx after the effect", fault: fault.Fault{Writes: true, Kind: fault.ServerFail, When: fault.AfterEffect, Count: 1}},
		{name: "connection cut after the effect", fault: fault.Fault{Writes: true, Kind: fault.Cut, When: fault.AfterEffect, Count: 1}},
		{name: "edited by somebody in between", fault: fault.Fault{Service: "cloudfront", Writes: true, Count: 1}, hook: edit},
		{name: "stale reads", fault: fault.Fault{Kind: fault.Stale, Count: 6}},
		{name: "reads fail", fault: fault.Fault{Operation: "GetDistribution", Kind: fault.ServerFail, Skip: 1, Count: 4}},
	}
}

func TestCutoverSurvivesInterference(t *testing.T) {
	t.Parallel()
	for i, s := range essential() {
		for j, in := range interferences() {
			if !sampled(i + j) {
				continue
			}
			t.Run(s.name+"/"+in.name, func(t *testing.T) {
				t.Parallel()
				for skip := range 2 { // strike at the first write, the second …
					synctest.Test(t, func(t *testing.T) {
						e, c := s.start(t)
						f := in.fault
						f.Skip += skip
						if in.hook != nil {
							f.Hook = once(in.hook(e))
						}
						e.World.Faults().Add(f)
						s.attempt(t, e, c)
						e.World.Faults().Clear()
						s.finish(t, e, c)
					})
				}
			})
		}
	}
}

// once keeps a hook from striking the calls that it makes itself.
func once(hook func()) func() {
	var o sync.Once
	return func() { o.Do(hook) }
}

// attempt applies once and accepts a diagnostic, but no bug.
func (s scenario) attempt(t *testing.T, e *acctest.Env, c *acctest.Core) {
	t.Helper()
	ctx := context.Background()
	c.World.Transport = e.World.Transport()
	p, err := c.Plan(ctx, s.ask(e))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Diags.Errors()) > 0 {
		return
	}
	if d, err := c.Apply(ctx, p); err != nil {
		t.Fatalf("%v\n%s", err, d)
	}
}

func TestInterruptHoldsAtEveryStep(t *testing.T) {
	t.Parallel()
	for _, s := range essential() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			for _, after := range []time.Duration{1, 20 * time.Second, propagation / 2, propagation + 20*time.Second, 9 * time.Minute} {
				synctest.Test(t, func(t *testing.T) {
					e, c := s.start(t)
					ctx, cancel := context.WithCancel(context.Background())
					p, err := c.Plan(ctx, s.ask(e))
					if err != nil || len(p.Diags.Errors()) > 0 {
						t.Fatalf("plan: %v\n%s", err, p.Diags)
					}
					var atInterrupt int
					go func() {
						_ = clock.System{}.Sleep(context.Background(), after)
						atInterrupt = e.World.Journal().Seq() // everybody else is asleep now
						cancel()
					}()
					if _, err := c.Interrupt(ctx, p); err != nil {
						t.Fatal(err)
					}
					synctest.Wait()
					if w := e.Writes(atInterrupt); atInterrupt > 0 && len(w) > 0 {
						t.Errorf("after %s: wrote after the interrupt: %v", after, w)
					}
					e.Settle()
					s.finish(t, e, c)
					cancel()
					_ = clock.System{}.Sleep(context.Background(), 10*time.Minute) // let the timer of a run that ended early go
				})
			}
		})
	}
}

// knobs lists every open question about AWS that a switch can meet, turned away
// from its default.
func knobs() map[string]func(*knob.Knobs) {
	return map[string]func(*knob.Knobs){
		"RefuseUpdateInProgress":        func(k *knob.Knobs) { k.RefuseUpdateInProgress = "IllegalUpdate" },
		"RefuseMoveInProgress, failed":  func(k *knob.Knobs) { k.RefuseMoveInProgress = "PreconditionFailed" },
		"RefuseMoveInProgress, illegal": func(k *knob.Knobs) { k.RefuseMoveInProgress = "IllegalUpdate" },
		"DNSCheckExempt":                func(k *knob.Knobs) { k.DNSCheckExempt = true },
		"DNSCheckDelay":                 func(k *knob.Knobs) { k.DNSCheckDelay = 3 * time.Minute },
		"HoldRemovedAlias":              func(k *knob.Knobs) { k.HoldRemovedAlias = true },
		"FullUpdateRequired":            func(k *knob.Knobs) { k.FullUpdateRequired = true },
		"ETagOnDeployed":                func(k *knob.Knobs) { k.ETagOnDeployed = true },
		"DistributionWrites":            func(k *knob.Knobs) { k.DistributionWrites = 3 },
		"InsyncSpan":                    func(k *knob.Knobs) { k.InsyncSpan = 2 * time.Minute },
		"AliasMustMatch":                func(k *knob.Knobs) { k.AliasMustMatch = true },
		"RecordThrottling off":          func(k *knob.Knobs) { k.RecordThrottling = false },
		"PriorRequest":                  func(k *knob.Knobs) { k.PriorRequest = true },
	}
}

// pairwise is the scenario that meets every pair of knobs: it has the most steps.
const pairwise = "apex and www in two zones"

func TestCutoverWorksWithEverySettingOfEveryKnob(t *testing.T) {
	t.Parallel()
	all := knobs()
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	var count int
	for _, s := range essential() {
		for i, a := range names {
			for _, b := range names[i:] {
				if b != a && s.name != pairwise {
					continue // the others take one at a time
				}
				if strings.HasPrefix(s.name, "remove_and_add") && a == "AliasMustMatch" {
					// DNS must lead or CloudFront refuses the name, and must not lead or Route 53
					// refuses the record. See TestAMethodThatCannotWorkStopsBeforeTheFirstName.
					continue
				}
				if count++; !sampled(count) {
					continue
				}
				t.Run(s.name+"/"+a+"+"+b, func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						e, c := s.start(t)
						e.World.Turn(all[a])
						e.World.Turn(all[b])
						s.run(t, e, c, -1, "")
						s.finish(t, e, c)
					})
				})
			}
		}
	}
	t.Logf("%d combinations of scenarios and knobs", count)
}
