package matrix

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// An Unanswered is what AWS begins to answer to an operation, and goes on answering.
type Unanswered struct {
	Operation, Answer string
	After             int  // writes that the run had sent before
	Write             bool // the operation changes something
}

// Kept says what is without an owner after a run that met u: nothing, as it has to be.
type Kept func(e *acctest.Env, u Unanswered) []string

// longest is how long a run may take that is given an hour, and half an hour for its way back.
const longest = 4 * time.Hour

// An unanswering is what AWS may answer for good. first: from the first call of a run on,
// or never; a server that does not know an operation does not forget it in the middle.
type unanswering struct {
	fault.Fault
	first bool
}

func answers() map[string]unanswering {
	return map[string]unanswering{
		"denied":     {fault.Fault{Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "No."}, false},
		"failing":    {fault.Fault{Kind: fault.ServerFail}, false},
		"not served": {fault.Fault{Kind: fault.Answer, Code: "InternalFailure", Status: 501, Message: "Unknown operation."}, true},
		"not found":  {fault.Fault{Kind: fault.Answer, Status: 404}, true},
	}
}

// Answer lets AWS answer each operation of each scenario in each way that does not get
// better, from the beginning of the apply and from after each of its writes on, the way
// back included. The run comes to an end, what it says about viewers is true, nothing is
// without an owner, and once the answer is mended the next applies finish.
func Answer(t *testing.T, truth Truth, kept Kept, scenarios ...Scenario) {
	t.Helper()
	share := Share{Of: 8}
	var claims, blind atomic.Int64
	t.Run("all", func(t *testing.T) {
		for _, s := range scenarios {
			t.Run(s.Name, func(t *testing.T) {
				t.Parallel()
				var calls []journal.Call
				synctest.Test(t, func(t *testing.T) {
					calls, _ = s.undisturbed(t)
				})
				begun := map[string]bool{}
				for _, u := range moments(calls) {
					later := begun[u.Operation]
					begun[u.Operation] = true
					for _, name := range slices.Sorted(maps.Keys(answers())) {
						if u.Answer = name; later && answers()[name].first {
							continue
						}
						cell := fmt.Sprintf("%s/%s/after=%d", u.Operation, name, u.After)
						if !share.Takes(t, cell) {
							continue
						}
						t.Run(cell, func(t *testing.T) {
							t.Parallel()
							synctest.Test(t, func(t *testing.T) {
								said, unseen := s.unanswered(t, truth, kept, u)
								claims.Add(int64(said))
								blind.Add(int64(unseen))
							})
						})
					}
				}
			})
		}
	})
	t.Logf("%s, %d claims about viewers, %d of them that nobody could look", &share, claims.Load(), blind.Load())
}

// moments are the writes after which each operation is called again, by the calls of a
// run that nothing happened to. Between two of its calls it makes no difference.
func moments(calls []journal.Call) []Unanswered {
	seen := map[Unanswered]bool{}
	var out []Unanswered
	writes, effective := 0, 0
	for _, call := range calls {
		u := Unanswered{Operation: call.Operation, After: effective, Write: call.Write}
		if !seen[u] {
			seen[u] = true
			out = append(out, u)
		}
		if call.Write {
			writes++
		}
		if call.Effect { // one that was refused changes nothing about what is at stake
			effective = writes
		}
	}
	return out
}

func (s Scenario) unanswered(t *testing.T, truth Truth, kept Kept, u Unanswered) (said, unseen int) {
	t.Helper()
	e, c := s.Start(t)
	ctx := context.Background()
	c.World.Transport = e.World.Transport()
	p, err := c.Plan(ctx, s.Ask(e))
	if err != nil || len(p.Diags.Errors()) > 0 {
		t.Fatalf("plan: %v\n%s", err, p.Diags)
	}
	f := answers()[u.Answer].Fault
	f.Operation = u.Operation
	before, began := e.World.Journal().Seq(), clock.System{}.Now()
	if u.After == 0 {
		e.World.Faults().Add(f)
	} else {
		e.World.Faults().Add(fault.Fault{Writes: true, Skip: u.After - 1, Count: 1, When: fault.AfterEffect, Hook: func() { e.World.Faults().Add(f) }})
	}
	d, err := c.Apply(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	if took := (clock.System{}).Now().Sub(began); took > longest {
		t.Errorf("took %s", took)
	}
	// Whoever may not make one call can make the others: whether enough can be seen
	// depends on the call, so both are true, and what is said has to be.
	l := &listener{t: t, truth: truth, e: e, c: c, before: before, blinds: true}
	e.World.Faults().Clear() // whoever checks may look
	l.hear(d)
	for _, what := range kept(e, u) {
		t.Errorf("%s\n%s\nafter %s", what, d, sent(e.Writes(before)))
	}
	e.Settle()
	s.finish(t, e, c)
	return l.said, l.unseen
}

// sent is a journal of writes as a person reads it.
func sent(calls []journal.Call) string {
	var out []string
	for _, c := range calls {
		out = append(out, fmt.Sprintf("%s %s: %d %s", c.At.Format(time.TimeOnly), c.Operation, c.Status, c.Code))
	}
	return strings.Join(out, "\n")
}

// undisturbed runs the change and says which calls it made, and how long it took.
func (s Scenario) undisturbed(t *testing.T) ([]journal.Call, time.Duration) {
	t.Helper()
	e, c := s.Start(t)
	p, err := c.Plan(context.Background(), s.Ask(e))
	if err != nil || len(p.Diags.Errors()) > 0 {
		t.Fatalf("plan: %v\n%s", err, p.Diags)
	}
	before, began := e.World.Journal().Seq(), clock.System{}.Now()
	if _, err := c.Apply(context.Background(), p); err != nil {
		t.Fatal(err)
	}
	return e.Calls(before), clock.System{}.Now().Sub(began)
}
