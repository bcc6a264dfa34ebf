package edgesplit_test

import (
	"context"
	"maps"
	"strings"
	"testing"
)

// A create makes everything and sends nobody anywhere; the next apply goes up the ladder.
func TestASplitIsMadeFirstAndRampedThen(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		c := core(s.Env)
		since := s.World.Journal().Seq()
		mustApply(t, c, s.toward(50, 5, 25))
		expectOperations(t, s.operations(since),
			"CreateKeyValueStore", "PutKey", "CreateFunction", "PublishFunction", "CreateFunction", "PublishFunction", "UpdateDistribution")
		if got := c.Get("phase"); got != "pending" {
			t.Errorf("phase %v", got)
		}
		if got := s.table(t).Weights; !maps.Equal(got, map[string]int{"blue": 100, "green": 0}) {
			t.Errorf("a create gives %v", got)
		}
		if got := len(s.runs(t)); got != 4 {
			t.Errorf("the behaviours run %d functions: %v", got, s.runs(t))
		}
		since = s.World.Journal().Seq()
		mustApply(t, c, s.toward(50, 5, 25))
		expectOperations(t, s.operations(since), "PutKey", "PutKey", "PutKey")
		if got := s.table(t).Weights; !maps.Equal(got, map[string]int{"blue": 50, "green": 50}) {
			t.Errorf("ends with %v", got)
		}
		if got := c.Get("phase"); got != "settled" {
			t.Errorf("phase %v", got)
		}
		s.expectNothingLeft(t, c, s.toward(50, 5, 25))

		since = s.World.Journal().Seq()
		mustApply(t, c, s.toward(0, 5, 25)) // the ladder is for the way up
		expectOperations(t, s.operations(since), "PutKey")
		s.expectNothingLeft(t, c, s.toward(0, 5, 25))

		since = s.World.Journal().Seq()
		if d := c.MustConverge(context.Background(), t, nil); len(d.Errors()) > 0 {
			t.Fatal(d)
		}
		expectOperations(t, s.operations(since), "UpdateDistribution", "DeleteFunction", "DeleteFunction", "DeleteKeyValueStore")
		if left := s.made(t); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
		s.ExpectServed()
	})
}

// Other code is another function: the behaviours go over in one write, and what was before is
// deleted once nobody runs it.
func TestOtherCodeIsAnotherFunction(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		c := core(s.Env)
		mustApply(t, c, s.toward(10))
		mustApply(t, c, s.toward(10))
		was := s.runs(t)
		other := with(s.toward(10), "variant_header", "x-side-of-viewer")
		since := s.World.Journal().Seq()
		mustApply(t, c, other)
		got := s.operations(since)
		expectOperations(t, got, "CreateFunction", "PublishFunction", "CreateFunction", "PublishFunction", "UpdateDistribution", "DeleteFunction", "DeleteFunction")
		for at, arn := range s.runs(t) {
			if arn == was[at] {
				t.Errorf("%s still runs %s", at, arn)
			}
		}
		if n := len(s.made(t)); n != 3 {
			t.Errorf("the account has %q", s.made(t))
		}
		s.expectNothingLeft(t, c, other)
	})
}

func TestTheKillSwitchIsOneWrite(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		c := core(s.Env)
		mustApply(t, c, gated(s.toward(50)))
		mustApply(t, c, gated(s.toward(50)))
		since := s.World.Journal().Seq()
		mustApply(t, c, with(gated(s.toward(50)), "kill_switch", true))
		expectOperations(t, s.operations(since), "PutKey")
		if got := s.table(t); !got.Killed || got.Weights["blue"] != 100 {
			t.Errorf("%+v", got)
		}
		if c.Get("phase") != "killed" {
			t.Errorf("phase %v", c.Get("phase"))
		}
		s.expectNothingLeft(t, c, with(gated(s.toward(50)), "kill_switch", true))
		mustApply(t, c, gated(s.toward(50)))
		if got := s.table(t); got.Killed || got.Weights["green"] != 50 {
			t.Errorf("%+v", got)
		}
		s.expectNothingLeft(t, c, gated(s.toward(50)))
	})
}

// Where somebody else associates the functions, weights move nobody until they have, and a destroy
// says whom it waits for.
func TestWhatOthersAssociateIsMovedOnceTheyHave(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		c := core(s.Env)
		config := exported(s.toward(20))
		mustApply(t, c, config)
		fails(t, c, config, "No behaviour has the functions")
		if got := s.table(t).Weights; got["blue"] != 100 {
			t.Errorf("%v", got)
		}
		arns := texts(t, c, "function_arns")
		if len(arns) != 2 {
			t.Fatalf("function_arns: %v", arns)
		}
		s.associate(arns)
		mustApply(t, c, config)
		if got := s.table(t).Weights; got["green"] != 20 {
			t.Errorf("%v", got)
		}
		s.expectNothingLeft(t, c, config)
		d := c.MustConverge(context.Background(), t, nil).Errors()
		if len(d) != 1 || d[0].Summary != "A behaviour still has a function of the split" || !strings.Contains(d[0].Detail, "two applies") {
			t.Fatal(d)
		}
		s.associate(nil)
		if d := c.MustConverge(context.Background(), t, nil).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		if left := s.made(t); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	})
}

// A create that fails leaves no state, so it takes away what it has made.
func TestACreateThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		c := core(s.Env)
		config := s.toward(10)
		config["attach"] = map[string]any{"distribution_id": s.ID, "behaviors": []string{"/missing/*"}}
		fails(t, c, config, "There is no such behaviour to split")
		if left := s.made(t); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	})
}

// Weights of an origin split go up only where answers of the two sides are kept apart.
func TestNobodyIsMovedWhereAnswersAreKeptUnderOneKey(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		s.furnish(optimized)
		c := core(s.Env)
		mustApply(t, c, s.toward(10))
		fails(t, c, s.toward(10), "Answers of both sides would be kept under one key")
		if got := s.table(t).Weights; got["blue"] != 100 {
			t.Errorf("%v", got)
		}
	})
}
