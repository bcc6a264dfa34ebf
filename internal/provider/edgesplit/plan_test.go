package edgesplit_test

import (
	"context"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// What a plan has not shown is not done: a table that has gone since is for another plan.
func TestTheWorldMayNotAskForMoreThanThePlanShowed(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s, c := sick(t)
		ask := with(gated(s.toward(50)), "on_failure", "hold")
		fails(t, c, ask, "The side with the new viewers is not healthy")
		s.World.Origins().Put("app-green.origin.test", origin.State{})
		// All that is left is to ask again.
		p, err := c.Plan(context.Background(), ask)
		if err != nil {
			t.Fatal(err)
		}
		s.put(t, "{}") // to the functions that is no table
		before := s.World.Journal().Seq()
		d, err := c.Apply(context.Background(), p)
		if err != nil || len(d.Errors()) != 1 || d.Errors()[0].Summary != "The world changed since this plan of the split" {
			t.Errorf("%v\n%s", err, d)
		}
		expectOperations(t, s.Effects(before))
		mustApply(t, c, ask)
		if got := s.table(t).Weights["green"]; got != 50 || c.Get("phase") != "settled" {
			t.Errorf("green has %d %%, phase %q", got, c.Get("phase"))
		}
	})
}

// While a step stands other settings change, and the next step is taken only once it is due.
func TestOtherSettingsChangeWhileAStepStands(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]bool{"at once": false, "late": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T) {
				s := open(t)
				c := core(s.Env)
				ask := with(gated(s.toward(50, 5, 25)), "advance", "per_apply")
				mustApply(t, c, ask)
				mustApply(t, c, ask)
				ask = with(ask, "on_failure", "hold")
				p, err := c.Plan(context.Background(), ask)
				if err != nil || p.Empty() {
					t.Fatalf("%v\n%s", err, p.Diags)
				}
				if late {
					s.wait()
				}
				if d, err := c.Apply(context.Background(), p); err != nil || len(d.Errors()) > 0 {
					t.Fatalf("%v\n%s", err, d)
				}
				want := 5
				if late {
					want = 25
				}
				if got := s.table(t).Weights["green"]; got != want || c.Get("on_failure") != "hold" {
					t.Errorf("green has %d %%, want %d %%; state %s", got, want, c.State)
				}
			})
		})
	}
}
