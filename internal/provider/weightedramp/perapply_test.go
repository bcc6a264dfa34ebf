package weightedramp_test

import (
	"context"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

func TestPerApplyTakesOneStepEachRunAndNotTooSoon(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		ctx := context.Background()
		ask := gated(e, toward(e, 100, 5, 25))
		ask["advance"], ask["bake_time"] = "per_apply", "1h"
		for i, want := range [][]string{at(e, "5", "95"), at(e, "25", "75"), {elsewhere + " ttl=60"}, {elsewhere + " ttl=60"}} {
			mustApply(t, c, ask)
			if i == 2 { // green has everything, and the last bake is yet to come
				want = at(e, "100", "0")
			}
			expectSets(t, e, want...)
			if i == 3 {
				break
			}
			if c.Get("phase") != "ramping" {
				t.Errorf("step %d: phase %s", i, c.Get("phase"))
			}
			before := e.World.Journal().Seq()
			p, err := c.Plan(ctx, ask)
			if err != nil || !p.Empty() || len(p.Diags.Warnings()) != 1 || p.Diags.Warnings()[0].Summary != "The next step is not due yet" {
				t.Errorf("step %d: too soon: %v %s\nfrom %s\nto   %s", i, err, p.Diags, p.Prior, p.Planned)
			}
			if w := e.Writes(before); len(w) > 0 {
				t.Errorf("wrote %v", w)
			}
			wait(time.Hour)
		}
		if c.Get("phase") != "settled" {
			t.Errorf("phase %s", c.Get("phase"))
		}
		e.ExpectNothingLeft(c, ask)
		e.ExpectServed()
	})
}

// A ramp over several runs goes back to where it began, and not to its last step.
func TestPerApplyGoesBackToTheBeginning(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		ask := gated(e, toward(e, 100, 5, 25))
		ask["advance"], ask["bake_time"] = "per_apply", "1h"
		mustApply(t, c, ask)
		wait(time.Hour)
		mustApply(t, c, ask)
		wait(time.Hour)
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		if d := c.MustConverge(context.Background(), t, ask).Errors(); len(d) != 1 || d[0].Summary != "Ramp failed and was rolled back" {
			t.Fatalf("%s", d)
		}
		expectSets(t, e, simple(e)...)
	})
}

// A plan that is made before the next step is due may be applied after it is.
func TestOtherSettingsChangeWhileAStepStands(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]time.Duration{"at once": 0, "late": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				ctx := context.Background()
				ask := gated(e, toward(e, 100, 5, 25))
				ask["advance"], ask["bake_time"] = "per_apply", "1h"
				mustApply(t, c, ask)
				ask["on_failure"] = "hold"
				p, err := c.Plan(ctx, ask)
				if err != nil || p.Empty() {
					t.Fatal(err, p.Empty())
				}
				wait(late)
				before := e.World.Journal().Seq()
				if d, err := c.Apply(ctx, p); err != nil || len(d.Errors()) > 0 {
					t.Fatal(err, d)
				}
				if wrote := len(e.Writes(before)) > 0; wrote != (late > 0) || c.Get("on_failure") != "hold" {
					t.Errorf("wrote %v, state %s", wrote, c.State)
				}
			})
		})
	}
}
