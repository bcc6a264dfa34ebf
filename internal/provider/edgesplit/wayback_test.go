package edgesplit_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
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
		expectOperations(t, s.Effects(before), "PutKey", "PutKey")
		if got := s.table(t).Weights; got["blue"] != 100 || c.Get("weight") != "0" || c.Get("phase") != "rolled_back" {
			t.Errorf("%v, weight %q, phase %q", got, c.Get("weight"), c.Get("phase"))
		}
		p, err := c.Plan(ctx, ask)
		if err != nil || !p.Empty() || len(p.Diags.Warnings()) != 1 || p.Diags[0].Summary != "A failed change of the split is not tried again" {
			t.Errorf("a latched plan: %v, empty: %t\n%s\nfrom %s\nto   %s", err, p.Empty(), p.Diags, p.Prior, p.Planned)
		}
		// A value that only apply knows could mean either, and a plan shows one thing.
		ask["retry"] = acctest.Unknown
		if p, err := c.Plan(ctx, ask); err != nil || len(p.Diags.Errors()) != 1 || p.Diags.Errors()[0].Summary != "Whether to try again is not known yet" {
			t.Errorf("with a retry that is not known: %v\n%s", err, p.Diags)
		}
		ask["retry"] = "1"
		fails(t, c, ask, rolledBack)
		for range 2 { // with the same retry once more, and without one
			before := s.World.Journal().Seq()
			d := c.MustConverge(ctx, t, ask)
			if len(d.Errors()) > 0 || len(d.Warnings()) != 1 || d.Warnings()[0].Summary != "A failed change of the split is not tried again" || len(s.Writes(before)) > 0 {
				t.Errorf("retry %v:\n%s\nand wrote %v", ask["retry"], d, s.Writes(before))
			}
			delete(ask, "retry")
		}
		s.World.Origins().Put("app-green.origin.test", origin.State{})
		ask["retry"] = "2"
		mustApply(t, c, ask)
		if got := s.table(t).Weights; got["green"] != 50 || c.Get("phase") != "settled" {
			t.Errorf("%v, phase %q", got, c.Get("phase"))
		}
		s.ExpectNothingLeft(c, ask)
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
		if got := acctest.Strings(c.State, "steps"); len(got) > 0 {
			t.Errorf("state has %q, which a plan of the same would hide", got)
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
		s.ExpectNothingLeft(c, with(other, "retry", "1"))
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
		s.ExpectNothingLeft(c, ask)
	})
}

// A way back that is interrupted is finished by the next apply, whatever configuration asks for.
func TestAfterAnInterruptTheWayBackIsFinished(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s, c := sick(t)
		ask := gated(s.toward(50))
		p, err := c.Plan(context.Background(), ask)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		began := s.World.Journal().Seq()
		go func() {
			for len(s.Writes(began)) < 2 { // there and back
				_ = clock.System{}.Sleep(context.Background(), time.Second)
			}
			cancel()
		}()
		d, err := c.Interrupt(ctx, p)
		if err != nil || len(d.Errors()) != 1 || d.Errors()[0].Summary != "Way back of the split interrupted" {
			t.Fatalf("%v\n%s", err, d)
		}
		if got := c.Get("phase"); got == "rolled_back" || got == "settled" {
			t.Fatalf("it was not interrupted on its way back: %s", c.State)
		}
		p, err = c.Plan(context.Background(), ask)
		if err != nil || p.Empty() {
			t.Fatalf("%v: the way back is not finished, and a plan has nothing to do\n%s", err, p.Diags)
		}
		before := s.World.Journal().Seq()
		if d, err := c.Apply(context.Background(), p); err != nil || len(d.Errors()) > 0 {
			t.Fatalf("%v\n%s", err, d)
		}
		expectOperations(t, s.Effects(before))
		if got := s.table(t).Weights["green"]; got != 0 || c.Get("phase") != "rolled_back" {
			t.Errorf("green has %d %%, phase %q", got, c.Get("phase"))
		}
		s.ExpectNothingLeft(c, ask)
	})
}

// A side that is no better is no way back.
func TestNobodyIsTakenBackToASideThatIsSickToo(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s, c := sick(t)
		s.World.Origins().Put("app-blue.origin.test", origin.State{Status: 503})
		before := s.World.Journal().Seq()
		fails(t, c, gated(s.toward(50)), "Neither side of the split is healthy")
		expectOperations(t, s.Effects(before), "PutKey")
	})
}

// What a way back has left unused is deleted by a plan that shows it, and stands in nobody's way before.
func TestWhatAWayBackHasLeftIsInNobodysWay(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		c := core(s.Env)
		mustApply(t, c, gated(s.toward(50)))
		mustApply(t, c, gated(s.toward(50)))
		s.World.Origins().Put("app-green.origin.test", origin.State{Status: 503})
		fails(t, c, with(gated(s.toward(50)), "salt", "other"), rolledBack)
		s.World.Origins().Put("app-green.origin.test", origin.State{})
		mustApply(t, c, gated(s.toward(60)))
		if got := s.table(t).Weights["green"]; got != 60 {
			t.Errorf("green has %d %%", got)
		}
		s.ExpectNothingLeft(c, gated(s.toward(60)))
		mustApply(t, c, with(gated(s.toward(60)), "salt", "third"))
		if made := s.made(t); len(made) != 3 {
			t.Errorf("made: %q", made)
		}
	})
}

// A side under another name is another side: its gate takes viewers back to the one there was, which
// configuration knows nothing of any more.
func TestASideThatIsRenamedIsTakenBackByItsGate(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		c := core(s.Env)
		mustApply(t, c, gated(s.toward(50)))
		mustApply(t, c, gated(s.toward(50)))
		was := s.runs(t)
		ask := with(gated(s.toward(50)), "sides", map[string]any{"blue": map[string]any{"origin_id": "app-blue"}, "next": map[string]any{"origin_id": "app-green"}})
		s.World.Origins().Put("app-green.origin.test", origin.State{Status: 503})
		fails(t, c, ask, rolledBack)
		if got := s.table(t).Weights; got["green"] != 50 || !maps.Equal(s.runs(t), was) || c.Get("phase") != "rolled_back" {
			t.Errorf("%v by %v, phase %q", got, s.runs(t), c.Get("phase"))
		}
		if p, err := c.Plan(context.Background(), ask); err != nil || !p.Empty() {
			t.Errorf("a latched plan: %v\n%s\nfrom %s\nto   %s", err, p.Diags, p.Prior, p.Planned)
		}
		s.World.Origins().Put("app-green.origin.test", origin.State{})
		mustApply(t, c, with(ask, "retry", "1"))
		if got := s.table(t).Weights; got["next"] != 50 || c.Get("phase") != "settled" {
			t.Errorf("%v, phase %q", got, c.Get("phase"))
		}
		s.ExpectNothingLeft(c, with(ask, "retry", "1"))
	})
}
