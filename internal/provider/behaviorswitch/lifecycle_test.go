package behaviorswitch_test

import (
	"context"
	"slices"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

func TestABehaviourGoesToAnotherOriginAndNothingElseChanges(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t, "/api/*", "/img/*")
		c := core(s.Env)
		began := s.World.Journal().Seq()
		mustApply(t, c, s.toward("blue", "/api/*"))
		expectOperations(t, s.operations(began))
		s.expectNothingLeft(t, c, s.toward("blue", "/api/*"))

		config := gated(s.toward("green", "api/*"))
		p, err := c.Plan(context.Background(), config)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"switch /api/* of " + s.ID + " to green: origin app-green", "invalidate /* on " + s.ID, "verify green under traffic", "bake 5m"}
		if got := acctest.Strings(p.Planned, "steps"); !slices.Equal(got, want) {
			t.Errorf("the plan shows %q, want %q", got, want)
		}
		before := s.World.Journal().Seq()
		if d, err := c.Apply(context.Background(), p); err != nil || len(d) > 0 {
			t.Fatalf("%v\n%s", err, d)
		}
		expectOperations(t, s.operations(before), "UpdateDistribution", "CreateInvalidation")
		if got := s.uses(t); got["/api/*"] != "app-green" || got["/img/*"] != "app-blue" || got["default"] != "app-blue" {
			t.Errorf("the behaviours use %v", got)
		}
		if c.Get("phase") != "settled" || c.Get("settled_live") != "green" {
			t.Errorf("phase %q, settled_live %q", c.Get("phase"), c.Get("settled_live"))
		}
		s.expectNothingLeft(t, c, config)
	})
}

func TestTheDefaultBehaviourAndAPatternChangeInOneWrite(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t, "/api/*", "/img/*")
		c := core(s.Env)
		mustApply(t, c, s.toward("blue", "default", "/api/*"))
		before := s.World.Journal().Seq()
		mustApply(t, c, s.toward("green", "default", "/api/*"))
		expectOperations(t, s.operations(before), "UpdateDistribution", "CreateInvalidation")
		if got := s.uses(t); got["/api/*"] != "app-green" || got["default"] != "app-green" || got["/img/*"] != "app-blue" {
			t.Errorf("the behaviours use %v", got)
		}
		s.expectNothingLeft(t, c, s.toward("green", "default", "/api/*"))
	})
}

func TestAFailedGateGoesBackAndIsLatched(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t, "/api/*")
		c := core(s.Env)
		mustApply(t, c, gated(s.toward("blue", "/api/*")))
		s.World.Origins().Put("app-green.origin.test", origin.State{Status: 503})
		before := s.World.Journal().Seq()
		fails(t, c, gated(s.toward("green", "/api/*")), "Cutover failed and was rolled back")
		// Green may have been cached by the time it is taken back.
		expectOperations(t, s.operations(before), "UpdateDistribution", "CreateInvalidation", "UpdateDistribution", "CreateInvalidation")
		if s.uses(t)["/api/*"] != "app-blue" || c.Get("live") != "blue" || c.Get("phase") != "rolled_back" {
			t.Errorf("%v, live %q, phase %q", s.uses(t), c.Get("live"), c.Get("phase"))
		}
		p, err := c.Plan(context.Background(), gated(s.toward("green", "/api/*")))
		if err != nil || !p.Empty() || len(p.Diags.Warnings()) != 1 || p.Diags[0].Summary != "A failed cutover is not tried again" {
			t.Errorf("a latched plan: %v, empty: %t\n%s", err, p.Empty(), p.Diags)
		}
		s.World.Origins().Put("app-green.origin.test", origin.State{})
		again := gated(s.toward("green", "/api/*"))
		again["retry"] = "1"
		mustApply(t, c, again)
		if s.uses(t)["/api/*"] != "app-green" || c.Get("phase") != "settled" {
			t.Errorf("%v, phase %q", s.uses(t), c.Get("phase"))
		}
		s.expectNothingLeft(t, c, again)
	})
}

func TestACreateThatFailsLeavesNoStateAndGoesBack(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t, "/api/*")
		c := core(s.Env)
		s.World.Origins().Put("app-green.origin.test", origin.State{Status: 503})
		fails(t, c, gated(s.toward("green", "/api/*")), "Cutover failed and was rolled back")
		if !c.State.IsNull() || s.uses(t)["/api/*"] != "app-blue" {
			t.Errorf("%s\n%v", c.State, s.uses(t))
		}
	})
}
