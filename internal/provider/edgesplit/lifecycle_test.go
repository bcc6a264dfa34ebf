package edgesplit_test

import (
	"context"
	"maps"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// A create makes everything and sends nobody anywhere; the next apply goes up the ladder.
func TestASplitIsMadeFirstAndRampedThen(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		c := core(s.Env)
		since := s.World.Journal().Seq()
		mustApply(t, c, s.toward(50, 5, 25))
		expectOperations(t, s.Effects(since),
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
		expectOperations(t, s.Effects(since), "PutKey", "PutKey", "PutKey")
		if got := s.table(t).Weights; !maps.Equal(got, map[string]int{"blue": 50, "green": 50}) {
			t.Errorf("ends with %v", got)
		}
		if got := c.Get("phase"); got != "settled" {
			t.Errorf("phase %v", got)
		}
		s.ExpectNothingLeft(c, s.toward(50, 5, 25))

		since = s.World.Journal().Seq()
		mustApply(t, c, s.toward(0, 5, 25)) // the ladder is for the way up
		expectOperations(t, s.Effects(since), "PutKey")
		s.ExpectNothingLeft(c, s.toward(0, 5, 25))

		since = s.World.Journal().Seq()
		if d := c.MustConverge(context.Background(), t, nil); len(d.Errors()) > 0 {
			t.Fatal(d)
		}
		expectOperations(t, s.Effects(since), "UpdateDistribution", "DeleteFunction", "DeleteFunction", "DeleteKeyValueStore")
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
		got := s.Effects(since)
		expectOperations(t, got, "CreateFunction", "PublishFunction", "CreateFunction", "PublishFunction", "UpdateDistribution", "DeleteFunction", "DeleteFunction")
		for at, arn := range s.runs(t) {
			if arn == was[at] {
				t.Errorf("%s still runs %s", at, arn)
			}
		}
		if n := len(s.made(t)); n != 3 {
			t.Errorf("the account has %q", s.made(t))
		}
		s.ExpectNothingLeft(c, other)
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
		expectOperations(t, s.Effects(since), "PutKey")
		if got := s.table(t); !got.Killed || got.Weights["blue"] != 100 {
			t.Errorf("%+v", got)
		}
		if c.Get("phase") != "killed" {
			t.Errorf("phase %v", c.Get("phase"))
		}
		s.ExpectNothingLeft(c, with(gated(s.toward(50)), "kill_switch", true))
		mustApply(t, c, gated(s.toward(50)))
		if got := s.table(t); got.Killed || got.Weights["green"] != 50 {
			t.Errorf("%+v", got)
		}
		s.ExpectNothingLeft(c, gated(s.toward(50)))
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
		s.ExpectNothingLeft(c, config)
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
		if left := s.made(t); len(left) > 0 || !c.State.IsNull() {
			t.Errorf("left behind: %q, and state has %s", left, c.State)
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
		ask := s.toward(10)
		delete(ask, "override")
		mustApply(t, c, ask)
		fails(t, c, ask, blind)
		if got := s.table(t).Weights; got["blue"] != 100 {
			t.Errorf("%v", got)
		}
	})
}

// This is what that is for: viewers of one side get what the other has answered.
func TestNobodyGetsWhatTheOtherSideAnswered(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		s.furnish(optimized)
		c := core(s.Env)
		ask := s.toward(50)
		delete(ask, "override")
		mustApply(t, c, ask)
		c.MustConverge(context.Background(), t, ask) // whatever it says
		s.wait()
		a := s.audience(300)
		a.path = "/page"
		a.everybody(300)
		if a.torn > 0 || len(a.bad) > 0 {
			t.Errorf("%d of 300 viewers got what the other side has answered; errors %.3q", a.torn, a.bad)
		}
	})
}

const blind = "Answers of both sides would be kept under one key"

// What testers get is kept for everybody too, whatever the weights are.
func TestTestersLeaveNothingInACacheThatCannotTellTheSides(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		s.furnish(optimized)
		c := core(s.Env)
		fails(t, c, s.toward(0), blind)
		if left := s.made(t); len(left) > 0 || len(s.runs(t)) > 0 {
			t.Errorf("left behind: %q, and the behaviours run %v", left, s.runs(t))
		}
	})
}

// Code that writes the side to another header than the cache knows is not associated while viewers
// are on both sides.
func TestOtherCodeWaitsForTheCacheToKnowItsHeader(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		s.furnish(s.policy(t, "x-cdn-variant"))
		c := core(s.Env)
		mustApply(t, c, s.toward(50))
		mustApply(t, c, s.toward(50))
		was := s.runs(t)
		fails(t, c, with(s.toward(50), "variant_header", "x-side-of-viewer"), blind)
		if got := s.runs(t); !maps.Equal(got, was) || s.table(t).Weights["green"] != 50 {
			t.Errorf("the behaviours run %v, and green has %v", got, s.table(t).Weights)
		}
	})
}

// A split by prefix needs nothing of the cache, and a destroy leaves behaviours as those on a safe
// side without a prefix know them.
func TestASplitByPrefix(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		s.furnish(optimized)
		c := core(s.Env)
		by := func(weight int, safe map[string]any) acctest.Config {
			return with(s.toward(weight), "sides", map[string]any{"blue": safe, "green": map[string]any{"uri_prefix": "/green", "index_document": "index.html"}})
		}
		bare, prefixed := map[string]any{}, map[string]any{"uri_prefix": "/blue"}
		mustApply(t, c, by(50, bare))
		mustApply(t, c, by(50, bare))
		s.ExpectNothingLeft(c, by(50, bare))
		s.wait()
		asked := map[string]int{}
		for pop := range s.World.Propagation().POPs() {
			for range 20 {
				asked[s.visit(pop, "/", nil).Path]++
			}
		}
		if asked["/"] == 0 || asked["/green/index.html"] == 0 || len(asked) != 2 {
			t.Errorf("the origin was asked for %v", asked)
		}
		const refused = "Viewers would get another side without the split"
		stays := func(what string) {
			t.Helper()
			since := s.World.Journal().Seq()
			if d := c.MustConverge(context.Background(), t, nil).Errors(); len(d) != 1 || d[0].Summary != refused || len(s.Effects(since)) > 0 {
				t.Errorf("%s: %s", what, d)
			}
		}
		stays("at 50 %")
		mustApply(t, c, by(0, prefixed))
		s.ExpectNothingLeft(c, by(0, prefixed))
		stays("where every side has a prefix")
		mustApply(t, c, by(100, bare))
		stays("at 100 %")
		mustApply(t, c, by(0, bare))
		if d := c.MustConverge(context.Background(), t, nil); len(d) != 1 || d[0].Summary != "The split goes, whoever else has it" {
			t.Fatal(d)
		}
		if left := s.made(t); len(left) > 0 || len(s.runs(t)) > 0 {
			t.Errorf("left behind: %q, and the behaviours run %v", left, s.runs(t))
		}
	})
}

// Where somebody else associates the functions, other code is proven once they have, by evidence of that code; until
// then both live, viewers go on by the one from before, and nobody more is moved.
func TestOtherCodeThatOthersAssociateIsProvenOnceTheyHave(t *testing.T) {
	t.Parallel()
	for name, sick := range map[string]bool{"well": false, "sick": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T) {
				s := open(t)
				s.overHand()
				c := core(s.Env)
				config := exported(gated(s.toward(50)))
				mustApply(t, c, config)
				s.associate(texts(t, c, "function_arns"))
				mustApply(t, c, config)
				s.wait()
				a := s.audience(200)
				a.everybody(200)
				other := with(config, "variant_header", "x-side-of-viewer")

				since := s.World.Journal().Seq()
				d := c.MustConverge(context.Background(), t, with(other, "weight", 60)) // more viewers wait for the code too
				expectOperations(t, s.Effects(since), "CreateFunction", "PublishFunction", "CreateFunction", "PublishFunction")
				if len(d.Errors()) > 0 || len(d.Warnings()) != 1 || d.Warnings()[0].Summary != "The functions of the split are made, and no viewer meets them yet" || c.Get("phase") != "unproven" {
					t.Errorf("phase %q: %s", c.Get("phase"), d)
				}
				fails(t, c, with(other, "weight", 60), "A behaviour has not both functions as they are now")

				since = s.World.Journal().Seq()
				d = c.MustConverge(context.Background(), t, other)
				if len(d.Errors()) > 0 || len(d.Warnings()) != 1 || d.Warnings()[0].Summary != "The functions of the split are made, and no viewer meets them yet" || c.Get("phase") != "unproven" {
					t.Errorf("phase %q: %s", c.Get("phase"), d)
				}
				expectOperations(t, s.Effects(since))
				a.everybody(200)

				if sick {
					s.World.Origins().Put("app-green.origin.test", origin.State{Status: 503})
				}
				a.during(a.sessions(0, 200), func() { s.associate(texts(t, c, "function_arns")) })
				if len(a.flips)+a.torn > 0 || a.changed > 0 {
					t.Errorf("%d flips, %d torn, %d saw another side while locations ran the one and the other", len(a.flips), a.torn, a.changed)
				}
				if sick {
					fails(t, c, other, "The side with the new viewers is not healthy")
					if got := c.Get("phase"); got != "unproven" || len(s.made(t)) != 5 {
						t.Errorf("phase %q, made %q", got, s.made(t))
					}
					s.World.Origins().Put("app-green.origin.test", origin.State{})
				}
				mustApply(t, c, other)
				if made := s.made(t); len(made) != 3 || c.Get("phase") != "settled" {
					t.Errorf("made %q, phase %q", made, c.Get("phase"))
				}
				s.ExpectNothingLeft(c, other)
			})
		})
	}
}
