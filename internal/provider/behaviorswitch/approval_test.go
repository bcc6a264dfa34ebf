package behaviorswitch_test

import (
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// onBlue says that nobody has been moved, and that state says so too.
func onBlue(t *testing.T, e *acctest.Env, c *acctest.Core) {
	t.Helper()
	if got := of(e).uses(t); got["default"] != "app-blue" || got["/api/*"] != "app-blue" {
		t.Errorf("the behaviours use %v", got)
	}
	if c.Get("live") != "blue" || c.Get("settled_live") != "blue" {
		t.Errorf("state says that %s is live, and %s settled", c.Get("live"), c.Get("settled_live"))
	}
}

func TestAPersonCanDoAnythingAtThePauseOfASwitch(t *testing.T) {
	t.Parallel()
	matrix.Approve(t, matrix.FirstTraffic, onBlue, scenarios()[0])
}

func TestAnApprovedCutoverSurvivesDyingAtEveryWrite(t *testing.T) {
	t.Parallel()
	matrix.DieAtOneOf(t, 4, matrix.Approved(matrix.FullTraffic, scenarios()[0]), matrix.Approved(matrix.FirstTraffic, scenarios()[2]))
}

func TestAnInterruptUsesNoYesUp(t *testing.T) {
	t.Parallel()
	matrix.Interrupt(t, []time.Duration{1, 100 * time.Second, 6 * time.Minute}, matrix.Approved(matrix.FirstTraffic, scenarios()[0]))
}

// An origin that is somewhere else now is not what anybody has looked at.
func TestAYesIsToTheOriginAsItWasSeen(t *testing.T) {
	t.Parallel()
	site := func(e *acctest.Env) acctest.Distribution { return e.Blue }
	matrix.AnotherOrigin(t, scenarios()[0], site, "app-green", onBlue)
}
