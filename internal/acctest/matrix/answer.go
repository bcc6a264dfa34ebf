package matrix

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
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
	var heard claims
	o := ordeal{share: Share{Of: 16}, cells: func(usual spared) (out []cell) {
		begun := map[string]bool{}
		for _, u := range moments(usual.calls) {
			later := begun[u.Operation]
			begun[u.Operation] = true
			for _, u.Answer = range slices.Sorted(maps.Keys(answers())) {
				if later && answers()[u.Answer].first {
					continue
				}
				out = append(out, unanswered(u, truth, kept, &heard))
			}
		}
		return out
	}}
	t.Run("all", func(t *testing.T) { o.try(t, scenarios...) })
	t.Logf("%s, %s", &o.share, &heard)
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

// unanswered is the cell in which AWS begins to answer like that.
func unanswered(u Unanswered, truth Truth, kept Kept, heard *claims) cell {
	return cell{
		name: fmt.Sprintf("%s/%s/after=%d", u.Operation, u.Answer, u.After),
		happens: func(r *trial) {
			f := answers()[u.Answer].Fault
			f.Operation = u.Operation
			if faults := r.e.World.Faults(); u.After == 0 {
				faults.Add(f)
			} else {
				faults.Add(fault.Fault{Writes: true, Skip: u.After - 1, Count: 1, When: fault.AfterEffect, Hook: func() { faults.Add(f) }})
			}
		},
		judge: func(r *trial) {
			if r.took > longest {
				r.t.Errorf("took %s", r.took)
			}
			r.e.World.Faults().Clear() // whoever checks may look
			// Whoever may not make one call can make the others: whether enough can be seen
			// depends on the call, so both are true, and what is said has to be.
			l := &listener{trial: r, truth: truth, blinds: true, heard: heard}
			l.hear(r.said)
			for _, what := range kept(r.e, u) {
				r.t.Errorf("%s\n%s\nafter %s", what, r.said, sent(r.e.Writes(r.before)))
			}
			r.e.Settle()
			r.finish(r.t, r.e, r.c)
		},
	}
}

// sent is a journal of writes as a person reads it.
func sent(calls []journal.Call) string {
	var out []string
	for _, c := range calls {
		out = append(out, fmt.Sprintf("%s %s: %d %s", c.At.Format(time.TimeOnly), c.Operation, c.Status, c.Code))
	}
	return strings.Join(out, "\n")
}
