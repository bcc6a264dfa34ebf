// Package matrix puts every resource through the same ordeals: dying before and
// after each write, interference at each write, interrupts, every setting of every
// open question about AWS, and mutants of the provider. What a resource has to say
// is how it is used, and what must be true in the end.
package matrix

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// A Scenario is one way a resource is used: what is there before, what is asked
// for, and what has to be true in the end, however often the way was interrupted.
type Scenario struct {
	Name  string
	Start func(t *testing.T) (*acctest.Env, *acctest.Core) // the world the run starts from
	Ask   func(e *acctest.Env) acctest.Config              // a nil Config destroys
	// Action is the type of an action that is invoked with what Ask returns, instead of
	// applying that. In the end it is invoked once more, and writes nothing.
	Action string
	// Check asks the world, once a further plan is empty and has written nothing.
	Check func(t *testing.T, e *acctest.Env, c *acctest.Core)
	// Fails: a run ends with an error even when nobody interrupts it.
	Fails bool
	// Applies is how many applies the way may take when nobody interrupts it; 0 means 3.
	Applies int
	// Cycle: the scenario goes through all that a resource does, so every knob matters to it.
	Cycle bool
	// Impossible lists the settings of knobs under which nothing can do what is asked. A
	// test of its own has to show what happens then.
	Impossible []string
}

// process is a way to AWS that can die: from then on nobody gets through, and
// what the provider answers reaches nobody.
type process struct {
	rt   http.RoundTripper
	kill context.CancelFunc

	mu          sync.Mutex
	dying, dead bool
}

// die ends the process with the call that is being served.
func (p *process) die() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dying = true
}

// RoundTrip implements http.RoundTripper.
func (p *process) RoundTrip(req *http.Request) (*http.Response, error) {
	p.mu.Lock()
	dead := p.dead
	p.mu.Unlock()
	if dead {
		p.kill()
		return nil, io.ErrUnexpectedEOF
	}
	resp, err := p.rt.RoundTrip(req)
	p.mu.Lock()
	p.dead = p.dead || p.dying
	dead = p.dead
	p.mu.Unlock()
	if dead {
		p.kill()
		return nil, io.ErrUnexpectedEOF
	}
	return resp, err
}

// dies is the cell in which the process dies at a write, counted from 0.
func dies(at int, when fault.When) cell {
	return cell{
		name: fmt.Sprintf("write=%d/%s", at, when), kills: true,
		happens: func(r *trial) {
			p := &process{rt: r.e.World.Transport(), kill: r.stop}
			r.c.World.Transport = p
			r.e.World.Faults().Add(fault.Fault{Writes: true, Skip: at, Count: 1, When: when, Kind: fault.Cut, Hook: p.die})
		},
		judge: func(r *trial) { r.finish(r.t, r.e, r.c) },
	}
}

// lives is the cell in which nothing happens, and what is left to do is done afterwards.
func lives() cell {
	return cell{judge: func(r *trial) {
		r.asUsual()
		r.finish(r.t, r.e, r.c)
	}}
}

// plan makes the plan of the scenario's change; an action needs none.
func (s Scenario) plan(ctx context.Context, e *acctest.Env, c *acctest.Core) (acctest.Plan, error) {
	if s.Action != "" {
		return acctest.Plan{}, nil
	}
	return c.Plan(ctx, s.Ask(e))
}

// apply applies the plan, or invokes the action.
func (s Scenario) apply(ctx context.Context, e *acctest.Env, c *acctest.Core, p acctest.Plan) (acctest.Diagnostics, error) {
	if s.Action != "" {
		got, err := c.InvokeAction(ctx, s.Action, s.Ask(e))
		return got.Diags, err
	}
	return c.Apply(ctx, p)
}

// invoke invokes the action to its end, and once more.
func (s Scenario) invoke(t *testing.T, e *acctest.Env, c *acctest.Core) {
	t.Helper()
	for _, once := range []bool{false, true} {
		before := e.World.Journal().Seq()
		got, err := c.InvokeAction(context.Background(), s.Action, s.Ask(e))
		if err != nil || (len(got.Diags.Errors()) > 0) != s.Fails {
			t.Fatalf("%v\n%s", err, got.Diags)
		}
		for _, w := range e.Writes(before) {
			// An invalidation that is asked for again by its reference is the same one.
			if once && w.Operation != "CreateInvalidation" {
				t.Errorf("invoked once more, it wrote: %v", w)
			}
		}
	}
	s.Check(t, e, c)
}

// finish applies until nothing is left to do, and checks what everybody sees.
func (s Scenario) finish(t *testing.T, e *acctest.Env, c *acctest.Core) {
	t.Helper()
	ctx := context.Background()
	c.World.Transport = e.World.Transport()
	if s.Action != "" {
		s.invoke(t, e, c)
		return
	}
	applies := s.Applies
	if applies == 0 {
		applies = 3
	}
	for left := applies; ; left-- {
		before := e.World.Journal().Seq()
		p, err := c.Plan(ctx, s.Ask(e))
		if err != nil || len(p.Diags.Errors()) > 0 {
			t.Fatalf("plan: %v\n%s", err, p.Diags)
		}
		if w := e.Writes(before); len(w) > 0 {
			t.Errorf("planning wrote: %v", w)
		}
		if p.Empty() {
			break
		}
		if left == 0 {
			t.Errorf("a further plan is not empty:\nfrom %s\nto   %s", p.Prior, p.Planned)
			break
		}
		d, err := c.Apply(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Errors()) > 0 && !s.Fails {
			t.Fatal(d)
		}
	}
	s.Check(t, e, c)
}

// Die kills the run before and after each of its writes, and starts afresh.
func Die(t *testing.T, scenarios ...Scenario) {
	t.Helper()
	DieAtOneOf(t, 2, scenarios...)
}

// DieAtOneOf is Die for a noun with so many scenarios that make test takes one of so many cells.
func DieAtOneOf(t *testing.T, cells uint32, scenarios ...Scenario) {
	t.Helper()
	spares := cell{judge: func(r *trial) {
		if len(r.e.Writes(r.before)) == 0 {
			r.t.Fatal("the scenario writes nothing, so it proves nothing")
		}
		lives().judge(r)
	}}
	o := ordeal{share: Share{Of: cells}, spared: spares, cells: func(usual spared) (out []cell) {
		for k := range usual.writes() {
			out = append(out, dies(k, fault.BeforeEffect), dies(k, fault.AfterEffect))
		}
		return out
	}}
	t.Cleanup(func() { t.Logf("%s", &o.share) })
	o.try(t, scenarios...)
}

// An Interference is something that AWS or somebody else does during a run.
type Interference struct {
	Name  string
	Fault fault.Fault
	Hook  func(e *acctest.Env) func()
	// Aimed: it strikes at the first call that its fault matches, whichever write that is.
	Aimed bool
}

// Blips are the interferences that every resource has to live with.
func Blips() []Interference {
	return []Interference{
		{Name: "throttled", Fault: fault.Fault{Writes: true, Kind: fault.Throttle, Count: 2}},
		{Name: "throttled for long", Fault: fault.Fault{Writes: true, Kind: fault.Throttle, Count: 12}},
		{Name: "5xx before the effect", Fault: fault.Fault{Writes: true, Kind: fault.ServerFail, Count: 4}},
		{Name: "5xx after the effect", Fault: fault.Fault{Writes: true, Kind: fault.ServerFail, When: fault.AfterEffect, Count: 1}},
		{Name: "connection cut after the effect", Fault: fault.Fault{Writes: true, Kind: fault.Cut, When: fault.AfterEffect, Count: 1}},
		{Name: "stale reads", Fault: fault.Fault{Kind: fault.Stale, Count: 6}},
		{Name: "reads fail", Fault: fault.Fault{Operation: "GetDistribution", Kind: fault.ServerFail, Skip: 1, Count: 4}},
	}
}

// At aims the blips of writes at one operation, however late in a run it is called.
func At(operation string) []Interference {
	var out []Interference
	for _, in := range Blips() {
		if in.Fault.Writes {
			in.Name, in.Fault.Operation, in.Aimed = in.Name+" at "+operation, operation, true
			out = append(out, in)
		}
	}
	return out
}

// EditedInBetween is somebody who edits a distribution right before a write to CloudFront.
func EditedInBetween(which func(e *acctest.Env) acctest.Distribution) Interference {
	return Interference{
		Name: "edited by somebody in between", Fault: fault.Fault{Service: "cloudfront", Writes: true, Count: 1},
		Hook: func(e *acctest.Env) func() {
			return func() {
				_ = clock.System{}.Sleep(context.Background(), time.Millisecond) // or it would happen at the instant of the write before it
				e.EditByHand(which(e), func(c *cftypes.DistributionConfig) { c.Comment = aws.String(aws.ToString(c.Comment) + " edited") })
			}
		},
	}
}

// Interfere strikes at the first write or at the second, each interference at both in
// turn, scenario by scenario, unless it is aimed. A run may end with a diagnostic, but not with a bug;
// afterwards the next ones finish.
func Interfere(t *testing.T, interferences []Interference, scenarios ...Scenario) {
	t.Helper()
	share := Share{Of: 2}
	defer func() { t.Logf("%s", &share) }()
	for i, s := range scenarios {
		for j, in := range interferences {
			cell := s.Name + "/" + in.Name
			if !share.Takes(t, cell) {
				continue
			}
			t.Run(cell, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					e, c := s.Start(t)
					f := in.Fault
					if !in.Aimed {
						f.Skip += (i + j) % 2
					}
					if in.Hook != nil {
						f.Hook = Once(in.Hook(e))
					}
					e.World.Faults().Add(f)
					s.attempt(t, e, c)
					e.World.Faults().Clear()
					s.finish(t, e, c)
				})
			})
		}
	}
}

// Once keeps a hook from striking the calls that it makes itself.
func Once(hook func()) func() {
	var o sync.Once
	return func() { o.Do(hook) }
}

// attempt applies once and accepts a diagnostic, but no bug.
func (s Scenario) attempt(t *testing.T, e *acctest.Env, c *acctest.Core) {
	t.Helper()
	ctx := context.Background()
	c.World.Transport = e.World.Transport()
	p, err := s.plan(ctx, e, c)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Diags.Errors()) > 0 {
		return
	}
	if d, err := s.apply(ctx, e, c, p); err != nil {
		t.Fatalf("%v\n%s", err, d)
	}
}

// Interrupt tells the run to stop after each of the moments: it writes nothing any
// more, and the next run finishes. make test takes every second moment of each scenario.
func Interrupt(t *testing.T, moments []time.Duration, scenarios ...Scenario) {
	t.Helper()
	share := Share{Of: 2}
	t.Cleanup(func() { t.Logf("%s", &share) })
	for _, s := range scenarios {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			for i, after := range moments {
				if !share.Strides(t, s.Name, i) {
					continue
				}
				synctest.Test(t, func(t *testing.T) {
					s.begin(t).through(stops(after))
					_ = clock.System{}.Sleep(context.Background(), slices.Max(moments)) // let the timer of a run that ended early go
				})
			}
		})
	}
}

// stops is the cell in which a run is told to stop.
func stops(after time.Duration) cell {
	var interrupted atomic.Int64
	return cell{
		happens: func(r *trial) {
			go func() {
				_ = clock.System{}.Sleep(context.Background(), after)
				interrupted.Store(int64(r.e.World.Journal().Seq())) // everybody else is asleep now
				r.stop()
			}()
		},
		judge: func(r *trial) {
			synctest.Wait()
			atInterrupt := int(interrupted.Load())
			if w := r.e.Writes(atInterrupt); atInterrupt > 0 && len(w) > 0 {
				r.t.Errorf("after %s: wrote after the interrupt: %v", after, w)
			}
			r.e.Settle()
			r.finish(r.t, r.e, r.c)
		},
	}
}

// Turn runs scenarios with knobs turned: each with combinations in which every two
// settings of different knobs meet, and those that are whole cycles with each setting
// alone, too; and each at the pace of CloudFront itself, with its tail of minutes, whatever
// span its site gives to a change. make test takes a quarter of them. It prints how many that is.
func Turn(t *testing.T, knobs map[string]func(*knob.Knobs), scenarios ...Scenario) {
	t.Helper()
	var alone, together int
	share := Share{Of: 4}
	for _, s := range scenarios {
		var settings []string
		for _, name := range slices.Sorted(maps.Keys(knobs)) {
			if !slices.Contains(s.Impossible, name) {
				settings = append(settings, name)
			}
		}
		turned := func(name string, own bool, row ...string) {
			t.Run(s.Name+"/"+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					t.Logf("turned: %s", strings.Join(row, "; "))
					r := s.begin(t)
					if own {
						r.e.World.Propagation().Take(0)
					}
					for _, setting := range row {
						r.e.World.Turn(knobs[setting])
					}
					r.through(lives())
				})
			})
		}
		for _, setting := range settings {
			if s.Cycle && share.Takes(t, s.Name+"/"+setting) {
				turned(setting, false, setting)
				alone++
			}
		}
		turned("own pace", true)
		for i, row := range rows(settings) {
			if !share.Takes(t, fmt.Sprintf("%s/pairs=%d", s.Name, i)) {
				continue
			}
			turned(fmt.Sprintf("pairs=%d", i), false, row...)
			together++
		}
	}
	t.Logf("%d times one setting alone, %d combinations for the pairs: %s", alone, together, &share)
}
