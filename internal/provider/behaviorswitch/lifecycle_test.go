package behaviorswitch_test

import (
	"context"
	"slices"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

func TestABehaviourGoesToAnotherOriginAndNothingElseChanges(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t, "/api/*", "/img/*")
		c := core(s.Env)
		began := s.World.Journal().Seq()
		mustApply(t, c, s.toward("blue", "/api/*"))
		expectOperations(t, s.Effects(began))
		s.ExpectNothingLeft(c, s.toward("blue", "/api/*"))

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
		expectOperations(t, s.Effects(before), "UpdateDistribution", "CreateInvalidation")
		if got := s.uses(t); got["/api/*"] != "app-green" || got["/img/*"] != "app-blue" || got["default"] != "app-blue" {
			t.Errorf("the behaviours use %v", got)
		}
		if c.Get("phase") != "settled" || c.Get("settled_live") != "green" {
			t.Errorf("phase %q, settled_live %q", c.Get("phase"), c.Get("settled_live"))
		}
		s.ExpectNothingLeft(c, config)
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
		expectOperations(t, s.Effects(before), "UpdateDistribution", "CreateInvalidation")
		if got := s.uses(t); got["/api/*"] != "app-green" || got["default"] != "app-green" || got["/img/*"] != "app-blue" {
			t.Errorf("the behaviours use %v", got)
		}
		s.ExpectNothingLeft(c, s.toward("green", "default", "/api/*"))
	})
}
