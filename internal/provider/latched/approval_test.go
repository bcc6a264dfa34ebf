package latched_test

import (
	"context"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

func turned() matrix.Scenario { return ways()[0] }

func TestAPersonCanDoAnythingAtThePauseOfALamp(t *testing.T) {
	t.Parallel()
	matrix.Approve(t, matrix.FirstTraffic, shows("awaiting_approval", "off"), turned())
}

func TestALampThatWaitsSurvivesDyingAtEveryWrite(t *testing.T) {
	t.Parallel()
	matrix.Die(t, matrix.Approved(matrix.FullTraffic, turned()))
	matrix.Die(t, matrix.Approved(matrix.FullTraffic, ways()[1]))
}

func TestAnInterruptOfAnApprovedLampUsesNoYesUp(t *testing.T) {
	t.Parallel()
	matrix.Interrupt(t, []time.Duration{1, 20 * time.Second, 2 * time.Minute}, matrix.Approved(matrix.FirstTraffic, turned()))
}

// asked is what the lamp is asked for with a pause before it is turned.
func asked(e *acctest.Env, more acctest.Config) acctest.Config {
	c := asks(e, true)
	c["pause_before"] = matrix.FirstTraffic
	maps.Copy(c, more)
	return c
}

func expectSays(t *testing.T, d acctest.Diagnostics, want string) {
	t.Helper()
	if len(d) != 1 || d[0].Summary != want {
		t.Errorf("it says %s, want %q", d, want)
	}
}

// A lamp in a zone that takes no change is not turned, and the yes to it stands.
func TestAYesIsNotUsedUpByWhatFailsBeforeIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, c := begin(t, false)
		c.MustConverge(context.Background(), t, asked(e, nil))
		yes := asked(e, acctest.Config{"approval": c.Get("approval_request")})
		e.World.Faults().Add(fault.Fault{Operation: "ChangeResourceRecordSets", Kind: fault.Answer, Code: "AccessDenied", Status: 403, Count: 1})
		if d := c.MustConverge(context.Background(), t, yes).Errors(); len(d) != 1 {
			t.Fatalf("refused: %s", d)
		}
		if c.Get("approved") != "" || c.Get("approval_request") != yes["approval"] || c.Get("phase") != "awaiting_approval" {
			t.Errorf("after a failure: approved %q, asks for %q, %s", c.Get("approved"), c.Get("approval_request"), c.Get("phase"))
		}
		shows("awaiting_approval", "off")(t, e, c)
		if d := c.MustConverge(context.Background(), t, yes).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		shows("settled", "on")(t, e, c)
	})
}

func TestACreateOfALampWaitsForNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := acctest.New(t, acctest.Site{Names: []string{"www.example.com"}, Zones: []string{"example.com"}})
		c := core(e)
		before := e.World.Journal().Seq()
		expectSays(t, c.MustConverge(context.Background(), t, asked(e, nil)).Errors(), "The lamp was not turned")
		if w := e.Writes(before); len(w) > 0 || !c.State.IsNull() {
			t.Errorf("wrote %v, and state has %s", w, c.State)
		}
		byHand(e, "on")
		if d := c.MustConverge(context.Background(), t, asked(e, nil)).Errors(); len(d) > 0 {
			t.Errorf("what is there is not adopted: %s", d)
		}
	})
}

// The bulb of a lamp is what a yes is about.
func TestAYesIsToWhatWasSeen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, c := begin(t, false)
		c.MustConverge(context.Background(), t, asked(e, nil))
		yes := asked(e, acctest.Config{"approval": c.Get("approval_request")})
		bulbs.Store(e.ZoneIDs["example.com"], "another bulb")
		before := e.World.Journal().Seq()
		expectSays(t, c.MustConverge(context.Background(), t, yes).Errors(), "The lamp was not turned")
		if w := e.Writes(before); len(w) > 0 {
			t.Errorf("wrote %v", w)
		}
		shows("awaiting_approval", "off")(t, e, c)
		if got := c.Get("approval_request"); got == yes["approval"] || got == "" {
			t.Errorf("what waits now is asked about by %q, as before", got)
		}
		p, err := c.Plan(context.Background(), yes)
		if err != nil {
			t.Fatal(err)
		}
		expectSays(t, p.Diags, "The approval is of something else")
		yes["approval"] = c.Get("approval_request")
		if d := c.MustConverge(context.Background(), t, yes).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		shows("settled", "on")(t, e, c)
	})
}

// Nobody knows yet what somebody will say: a plan shows one thing, and not one of two.
func TestAYesHasToBeKnownOnceSomethingWaitsForIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, c := begin(t, false)
		unknown := asked(e, acctest.Config{"approval": acctest.Unknown})
		if p, err := c.Plan(context.Background(), unknown); err != nil || len(p.Diags.Errors()) > 0 {
			t.Errorf("before anything waits: %v %s", err, p.Diags)
		}
		c.MustConverge(context.Background(), t, asked(e, nil))
		p, err := c.Plan(context.Background(), unknown)
		if err != nil {
			t.Fatal(err)
		}
		expectSays(t, p.Diags.Errors(), "The approval is not known yet")
	})
}

// Whoever asks for what was before asks for nothing that anybody would have to approve.
func TestWhatWaitsIsForgottenWhenItIsNotAskedForAnyMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, c := begin(t, false)
		c.MustConverge(context.Background(), t, asked(e, nil))
		back := asks(e, false)
		back["pause_before"] = matrix.FirstTraffic
		if d := c.MustConverge(context.Background(), t, back); len(d) > 0 {
			t.Errorf("%s", d)
		}
		shows("settled", "off")(t, e, c)
		if c.Get("awaiting") != "" || c.Get("approval_request") != "" {
			t.Errorf("%s waits for %s", c.Get("awaiting"), c.Get("approval_request"))
		}
	})
}

// A run that was stopped once viewers were on their way is finished by whoever applies next.
func TestAYesIsGoodForAllOfTheWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, c := begin(t, false)
		c.MustConverge(context.Background(), t, asked(e, nil))
		p, err := c.Plan(context.Background(), asked(e, acctest.Config{"approval": c.Get("approval_request")}))
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
		defer stop()
		if d, err := c.Interrupt(ctx, p); err != nil || len(d.Errors()) != 1 {
			t.Fatalf("%v %s", err, d)
		}
		if c.Get("approved") == "" || c.Get("shines") != "on" {
			t.Fatalf("approved %q, shines %s: nothing is on its way", c.Get("approved"), c.Get("shines"))
		}
		if d := c.MustConverge(context.Background(), t, asked(e, nil)).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		shows("settled", "on")(t, e, c)
	})
}

// A plan that only changes a setting says nothing of a wait that may be over by its apply.
func TestAWaitMayEndBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		later time.Duration
		phase string
		fails int
	}{"not yet": {time.Hour, "awaiting_approval", 0}, "over": {3 * time.Hour, "rolled_back", 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e, core := begin(t, false)
				config := asked(e, acctest.Config{"approval_window": "24h"})
				core.MustConverge(context.Background(), t, config)
				pass := func(d time.Duration) { _ = clock.System{}.Sleep(context.Background(), d) }
				pass(22 * time.Hour)
				config["on_failure"] = "hold"
				p, err := core.Plan(context.Background(), config)
				if err != nil || len(p.Diags.Errors()) > 0 || p.Empty() {
					t.Fatalf("%v %s", err, p.Diags)
				}
				pass(c.later)
				d, err := core.Apply(context.Background(), p)
				if err != nil || len(d.Errors()) != c.fails {
					t.Errorf("%v %s", err, d)
				}
				shows(c.phase, "off")(t, e, core)
			})
		})
	}
}
