package matrix

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// An ordeal is what a matrix puts scenarios through: of each one run to which nothing
// happens, which shows at what moments something could, and then a run for every cell.
type ordeal struct {
	share Share
	// spared is the run to which nothing happens: it is judged too.
	spared cell
	// cells are what happens to the other runs, by how the spared one went.
	cells func(spared spared) []cell
	// failed: a cell has.
	failed atomic.Bool
}

// A cell is one thing that happens to one run.
type cell struct {
	name string
	// happens arranges that it does, when the plan is made and nothing of it done; nil: nothing happens.
	happens func(r *trial)
	// judge fails the test unless the run, which has ended, has borne it.
	judge func(r *trial)
	// kills: who ends the context of the run kills the provider, so that its answer
	// reaches nobody. Otherwise that tells it to stop.
	kills bool
}

// spared is how a run went to which nothing happened.
type spared struct {
	calls []journal.Call
	took  time.Duration
}

// writes counts its writes.
func (s spared) writes() (n int) {
	for _, c := range s.calls {
		if c.Write {
			n++
		}
	}
	return n
}

// try puts scenarios through it, scenario by scenario and cell by cell at the same time,
// each run in a world and a time of its own.
func (o *ordeal) try(t *testing.T, scenarios ...Scenario) {
	t.Helper()
	for _, s := range scenarios {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			var usual spared
			synctest.Test(t, func(t *testing.T) { usual = s.begin(t).through(o.spared) })
			for _, c := range o.cells(usual) {
				if !o.share.Takes(t, c.name) {
					continue
				}
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					if os.Getenv(acting) != "" && o.failed.Load() {
						t.Skip("another cell has caught the mutant") // what a cell says is printed when all are done
					}
					t.Cleanup(func() {
						if t.Failed() {
							o.failed.Store(true)
						}
					})
					synctest.Test(t, func(t *testing.T) { s.begin(t).through(c) })
				})
			}
		})
	}
}

// A trial is one run of a scenario's change.
type trial struct {
	Scenario
	t *testing.T
	e *acctest.Env
	c *acctest.Core

	plan   acctest.Plan
	prior  tftypes.Value      // state before it
	before int                // the number of the last call before it
	stop   context.CancelFunc // ends its context; see cell.kills
	said   acctest.Diagnostics
	took   time.Duration
}

// begin sets up what the scenario starts from.
func (s Scenario) begin(t *testing.T) *trial {
	t.Helper()
	r := &trial{Scenario: s, t: t}
	r.e, r.c = s.Start(t)
	r.c.World.Transport = r.e.World.Transport()
	return r
}

// through runs the change while something happens to it, and has it judged.
func (r *trial) through(c cell) spared {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r.stop = cancel
	var err error
	if r.Action == "" { // an action has no plan
		r.plan, err = r.c.Plan(ctx, r.Ask(r.e))
		if err != nil || len(r.plan.Diags.Errors()) > 0 {
			r.t.Fatalf("plan: %v\n%s", err, r.plan.Diags)
		}
	}
	r.prior, r.before = r.c.State, r.e.World.Journal().Seq()
	if c.happens != nil {
		c.happens(r)
	}
	began := clock.System{}.Now()
	switch {
	case r.Action != "":
		var got acctest.Invocation
		got, err = r.c.InvokeAction(ctx, r.Action, r.Ask(r.e))
		r.said = got.Diags
	case c.kills:
		r.said, err = r.c.Apply(ctx, r.plan)
	default:
		r.said, err = r.c.Interrupt(ctx, r.plan)
	}
	if err != nil {
		r.t.Fatalf("%v\n%s", err, r.said)
	}
	r.took = clock.System{}.Now().Sub(began)
	went := spared{calls: r.e.Calls(r.before), took: r.took}
	if c.judge != nil {
		c.judge(r)
	}
	return went
}

// asUsual fails the test if the run ended otherwise than without trouble.
func (r *trial) asUsual() {
	r.t.Helper()
	if (len(r.said.Errors()) > 0) != r.Fails {
		r.t.Fatalf("errors: %s", r.said)
	}
}

// claims counts what runs say about viewers.
type claims struct {
	said  atomic.Int64
	blind atomic.Int64 // that nobody could look
}

// String implements fmt.Stringer.
func (c *claims) String() string {
	return fmt.Sprintf("%d claims about viewers, %d of them that nobody could look", c.said.Load(), c.blind.Load())
}
