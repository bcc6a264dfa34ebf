package edgesplit_test

import (
	"context"
	"maps"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// sick is a shop whose split is made, and whose other load balancer answers nothing but errors.
func sick(t *testing.T) (shop, *acctest.Core) {
	t.Helper()
	s := open(t)
	c := core(s.Env)
	mustApply(t, c, gated(s.toward(0)))
	s.World.Origins().Put("app-green.origin.test", origin.State{Status: 503})
	return s, c
}

const rolledBack = "Change of the split failed and was rolled back"

func TestAFailedGateGoesBackAndIsLatched(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		ctx := context.Background()
		s, c := sick(t)
		ask := gated(s.toward(50, 5))
		before := s.World.Journal().Seq()
		fails(t, c, ask, rolledBack)
		expectOperations(t, s.operations(before), "PutKey", "PutKey")
		if got := s.table(t).Weights; got["blue"] != 100 || c.Get("weight") != "0" || c.Get("phase") != "rolled_back" {
			t.Errorf("%v, weight %q, phase %q", got, c.Get("weight"), c.Get("phase"))
		}
		p, err := c.Plan(ctx, ask)
		if err != nil || !p.Empty() || len(p.Diags.Warnings()) != 1 || p.Diags[0].Summary != "A failed change of the split is not tried again" {
			t.Errorf("a latched plan: %v, empty: %t\n%s\nfrom %s\nto   %s", err, p.Empty(), p.Diags, p.Prior, p.Planned)
		}
		s.World.Origins().Put("app-green.origin.test", origin.State{})
		mustApply(t, c, with(ask, "retry", "1"))
		if got := s.table(t).Weights; got["green"] != 50 || c.Get("phase") != "settled" {
			t.Errorf("%v, phase %q", got, c.Get("phase"))
		}
		s.expectNothingLeft(t, c, with(ask, "retry", "1"))
	})
}

func TestAFailureMayHold(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s, c := sick(t)
		ask := with(gated(s.toward(50, 5)), "on_failure", "hold")
		fails(t, c, ask, "The side with the new viewers is not healthy")
		if got := s.table(t).Weights; got["green"] != 5 || c.Get("weight") != "5" {
			t.Errorf("%v, weight %q", got, c.Get("weight"))
		}
		s.World.Origins().Put("app-green.origin.test", origin.State{})
		mustApply(t, c, ask)
		if got := s.table(t).Weights; got["green"] != 50 || c.Get("phase") != "settled" {
			t.Errorf("%v, phase %q", got, c.Get("phase"))
		}
	})
}

// Other code that a gate speaks against is taken back with the functions that there were.
func TestOtherCodeIsTakenBackByItsGate(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		c := core(s.Env)
		mustApply(t, c, gated(s.toward(50)))
		mustApply(t, c, gated(s.toward(50)))
		was := s.runs(t)
		s.World.Origins().Put("app-green.origin.test", origin.State{Status: 503})
		other := with(gated(s.toward(50)), "salt", "other")
		fails(t, c, other, rolledBack)
		if got := s.runs(t); !maps.Equal(got, was) {
			t.Errorf("the behaviours run %v, want %v", got, was)
		}
		before := s.World.Journal().Seq()
		p, err := c.Plan(context.Background(), other)
		if err != nil || !p.Empty() || len(s.Writes(before)) > 0 {
			t.Errorf("a latched plan: %v, empty: %t\n%s\nfrom %s\nto   %s", err, p.Empty(), p.Diags, p.Prior, p.Planned)
		}
		s.World.Origins().Put("app-green.origin.test", origin.State{})
		mustApply(t, c, with(other, "retry", "1"))
		if got := s.runs(t); maps.Equal(got, was) {
			t.Error("the functions are still those from before")
		}
		s.expectNothingLeft(t, c, with(other, "retry", "1"))
	})
}

func TestOneStepInEachApply(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		c := core(s.Env)
		ask := with(gated(s.toward(50, 5, 25)), "advance", "per_apply")
		mustApply(t, c, ask)
		for _, want := range []int{5, 25, 50} {
			mustApply(t, c, ask)
			if got := s.table(t).Weights["green"]; got != want {
				t.Fatalf("green has %d %%, want %d %%", got, want)
			}
			if want < 50 {
				p, err := c.Plan(context.Background(), ask)
				if err != nil || !p.Empty() || len(p.Diags.Warnings()) != 1 || p.Diags[0].Summary != "The next step of the split is not due yet" {
					t.Errorf("before it is due: %v, empty: %t\n%s\nfrom %s\nto   %s", err, p.Empty(), p.Diags, p.Prior, p.Planned)
				}
			}
			s.wait()
		}
		mustApply(t, c, ask) // the last one is proven
		if c.Get("phase") != "settled" {
			t.Errorf("phase %q", c.Get("phase"))
		}
		s.expectNothingLeft(t, c, ask)
	})
}
