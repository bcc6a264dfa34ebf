package behaviorswitch_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// sick is a shop whose switch stands at blue, and whose other load balancer answers nothing but errors.
func sick(t *testing.T) (shop, *acctest.Core) {
	t.Helper()
	s := open(t, "/api/*")
	c := core(s.Env)
	mustApply(t, c, gated(s.toward("blue", "/api/*")))
	s.World.Origins().Put("app-green.origin.test", origin.State{Status: 503})
	return s, c
}

func TestAFailedGateGoesBackAndIsLatched(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		ctx := context.Background()
		s, c := sick(t)
		ask := gated(s.toward("green", "/api/*"))
		before := s.World.Journal().Seq()
		fails(t, c, ask, "Cutover failed and was rolled back")
		// Green may have been cached by the time it is taken back.
		expectOperations(t, s.Effects(before), "UpdateDistribution", "CreateInvalidation", "UpdateDistribution", "CreateInvalidation")
		if s.uses(t)["/api/*"] != "app-blue" || c.Get("live") != "blue" || c.Get("phase") != "rolled_back" {
			t.Errorf("%v, live %q, phase %q", s.uses(t), c.Get("live"), c.Get("phase"))
		}
		p, err := c.Plan(ctx, ask)
		if err != nil || !p.Empty() || len(p.Diags.Warnings()) != 1 || p.Diags[0].Summary != "A failed cutover is not tried again" {
			t.Errorf("a latched plan: %v, empty: %t\n%s", err, p.Empty(), p.Diags)
		}
		// A value that only apply knows could mean either, and a plan shows one thing.
		ask["retry"] = acctest.Unknown
		if p, err := c.Plan(ctx, ask); err != nil || len(p.Diags.Errors()) != 1 || p.Diags.Errors()[0].Summary != "Whether to try again is not known yet" {
			t.Errorf("with a retry that is not known: %v\n%s", err, p.Diags)
		}
		ask["retry"] = "1"
		fails(t, c, ask, "Cutover failed and was rolled back")
		for range 2 { // with the same retry once more, and without one
			before := s.World.Journal().Seq()
			if d := c.MustConverge(ctx, t, ask); len(d.Errors()) > 0 || len(d.Warnings()) != 1 || d.Warnings()[0].Summary != "A failed cutover is not tried again" || len(s.Writes(before)) > 0 {
				t.Errorf("retry %v:\n%s\nand wrote %v", ask["retry"], d, s.Writes(before))
			}
			delete(ask, "retry")
		}
		s.World.Origins().Put("app-green.origin.test", origin.State{})
		ask["retry"] = "2"
		mustApply(t, c, ask)
		if s.uses(t)["/api/*"] != "app-green" || c.Get("phase") != "settled" {
			t.Errorf("%v, phase %q", s.uses(t), c.Get("phase"))
		}
		s.ExpectNothingLeft(c, ask)
	})
}

// What edge locations have got from the failed side stays there until it is invalidated, so
// the way back has not ended before.
func TestAWayBackThatInvalidatesNothingSaysSoAndIsFinished(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		ctx := context.Background()
		s, c := sick(t)
		ask := gated(s.toward("green", "/api/*"))
		denied := fault.Fault{Operation: "CreateInvalidation", Skip: 1, Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "Not any more."}
		s.World.Faults().Add(denied)
		d := c.MustConverge(ctx, t, ask)
		if e := d.Errors(); len(e) != 1 || e[0].Summary != "Cutover failed and was rolled back" {
			t.Errorf("%s", d)
		}
		if w := d.Warnings(); len(w) != 1 || w[0].Summary != "The way back is done, and nothing was invalidated" || !strings.Contains(w[0].Detail, "AccessDenied") {
			t.Errorf("%s", d)
		}
		if s.uses(t)["/api/*"] != "app-blue" || c.Get("live") != "blue" || c.Get("phase") != "unproven" {
			t.Errorf("%v, live %q, phase %q", s.uses(t), c.Get("live"), c.Get("phase"))
		}
		s.World.Faults().Clear()
		p, err := c.Plan(ctx, ask)
		if err != nil || !slices.Equal(acctest.Strings(p.Planned, "steps"), []string{"invalidate /* on " + s.ID}) {
			t.Errorf("%v %q\n%s", err, acctest.Strings(p.Planned, "steps"), p.Diags)
		}
		before := s.World.Journal().Seq()
		if d, err := c.Apply(ctx, p); err != nil || len(d.Errors()) > 0 {
			t.Errorf("%v\n%s", err, d)
		}
		expectOperations(t, s.Effects(before), "CreateInvalidation")
		if c.Get("phase") != "rolled_back" || c.Get("live") != "blue" {
			t.Errorf("live %q, phase %q", c.Get("live"), c.Get("phase"))
		}
		s.ExpectNothingLeft(c, ask)
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

func TestAHeldSwitchStaysWhereItIsAndCarriesOn(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s, c := sick(t)
		ask := gated(s.toward("green", "/api/*"))
		ask["on_failure"] = "hold"
		fails(t, c, ask, "The new live side is not healthy")
		if s.uses(t)["/api/*"] != "app-green" || c.Get("live") != "green" || c.Get("phase") != "unproven" {
			t.Errorf("%v, live %q, phase %q", s.uses(t), c.Get("live"), c.Get("phase"))
		}
		if got := acctest.Strings(c.State, "steps"); len(got) > 0 {
			t.Errorf("state has %q, which a plan of the same would hide", got)
		}
		s.World.Origins().Put("app-green.origin.test", origin.State{})
		_ = clock.System{}.Sleep(context.Background(), time.Minute) // edge locations keep errors for 10 s
		mustApply(t, c, ask)
		if c.Get("phase") != "settled" {
			t.Errorf("phase %q", c.Get("phase"))
		}
		s.ExpectNothingLeft(c, ask)
	})
}

// The evidence has spoken: whoever is interrupted on the way back goes no other way afterwards.
func TestAfterAnInterruptTheWayBackIsFinished(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s, c := sick(t)
		ask := gated(s.toward("green", "/api/*"))
		p, err := c.Plan(context.Background(), ask)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		began := s.World.Journal().Seq()
		go func() {
			for len(s.Writes(began)) < 3 { // there, its invalidation, and back
				_ = clock.System{}.Sleep(context.Background(), time.Second)
			}
			cancel()
		}()
		d, err := c.Interrupt(ctx, p)
		if err != nil || len(d.Errors()) != 1 || d.Errors()[0].Summary != "Rollback interrupted" {
			t.Fatalf("%v\n%s", err, d)
		}
		if got := c.Get("phase"); got == "rolled_back" || got == "settled" {
			t.Fatalf("it was not interrupted on its way back: %s", c.State)
		}
		p, err = c.Plan(context.Background(), ask)
		if err != nil || p.Empty() {
			t.Fatalf("%v: the way back is not finished, and a plan has nothing to do\n%s", err, p.Diags)
		}
		if slices.ContainsFunc(acctest.Strings(p.Planned, "steps"), func(s string) bool { return strings.Contains(s, "to green") }) {
			t.Errorf("goes on to the side that failed: %q", acctest.Strings(p.Planned, "steps"))
		}
		before := s.World.Journal().Seq()
		if d, err := c.Apply(context.Background(), p); err != nil || len(d.Errors()) > 0 {
			t.Fatalf("%v\n%s", err, d)
		}
		expectOperations(t, s.Effects(before), "CreateInvalidation")
		if s.uses(t)["/api/*"] != "app-blue" || c.Get("phase") != "rolled_back" {
			t.Errorf("%v, phase %q", s.uses(t), c.Get("phase"))
		}
		s.ExpectNothingLeft(c, ask)
	})
}
