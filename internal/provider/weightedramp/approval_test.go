package weightedramp_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// standsAt says how much the target has while somebody waits.
func standsAt(want ...string) func(*testing.T, *acctest.Env, *acctest.Core) {
	return func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		t.Helper()
		sets := want
		if len(sets) == 0 {
			sets = simple(e)
		} else {
			sets = at(e, want[0], want[1])
		}
		expectSets(t, e, sets...)
		if c.Get("weight") != "100" {
			t.Errorf("state asks for %s", c.Get("weight"))
		}
	}
}

// perApply is a ramp that takes a step in each apply.
func perApply(s matrix.Scenario) matrix.Scenario {
	ask := s.Ask
	s.Name += ", a step at a time"
	s.Ask = func(e *acctest.Env) acctest.Config {
		c := ask(e)
		c["advance"] = "per_apply"
		return c
	}
	return s
}

func TestAPersonCanDoAnythingAtThePauseOfARamp(t *testing.T) {
	t.Parallel()
	up := scenarios()[0]
	matrix.Approve(t, matrix.FirstTraffic, standsAt(), up, perApply(up))
	matrix.Approve(t, matrix.FullTraffic, standsAt("50", "50"), up, perApply(up))
}

func TestAnApprovedRampSurvivesDyingAtEveryWrite(t *testing.T) {
	t.Parallel()
	up, back := scenarios()[0], scenarios()[3]
	matrix.DieAtOneOf(t, 4, matrix.Approved(matrix.FirstTraffic, up), matrix.Approved(matrix.FullTraffic, up), matrix.Approved(matrix.FirstTraffic, back), matrix.Paused(matrix.FullTraffic, up, standsAt("50", "50")))
}

func TestAnInterruptUsesNoYesUp(t *testing.T) {
	t.Parallel()
	matrix.Interrupt(t, []time.Duration{1, 90 * time.Second, 7 * time.Minute}, matrix.Approved(matrix.FirstTraffic, scenarios()[0]))
}

// Who is content with a pause at the end does not wait at the beginning any more.
func TestAnotherPauseIsAnotherPlaceToWaitAt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		up := scenarios()[0]
		e, c := up.Start(t)
		for _, pause := range []struct {
			before string
			stands func(*testing.T, *acctest.Env, *acctest.Core)
		}{{matrix.FirstTraffic, standsAt()}, {matrix.FullTraffic, standsAt("50", "50")}} {
			config := up.Ask(e)
			config["pause_before"] = pause.before
			if d := c.MustConverge(context.Background(), t, config).Errors(); len(d) > 0 {
				t.Fatal(d)
			}
			if got := c.Get("phase"); got != "awaiting_approval" {
				t.Errorf("before %s it is %s", pause.before, got)
			}
			pause.stands(t, e, c)
		}
	})
}
