package edgesplit_test

import (
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// standsAt says how much green has while somebody waits.
func standsAt(want int) func(*testing.T, *acctest.Env, *acctest.Core) {
	return func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		t.Helper()
		if got := of(e).table(t).Weights["green"]; got != want {
			t.Errorf("green has %d %%, want %d %%", got, want)
		}
		if c.Get("weight") != "100" {
			t.Errorf("state asks for %s", c.Get("weight"))
		}
	}
}

func TestAPersonCanDoAnythingAtThePauseOfASplit(t *testing.T) {
	t.Parallel()
	up := scenarios()[1]
	matrix.Approve(t, matrix.FirstTraffic, standsAt(0), up)
	matrix.Approve(t, matrix.FullTraffic, standsAt(50), up)
}

func TestAnApprovedSplitSurvivesDyingAtEveryWrite(t *testing.T) {
	t.Parallel()
	up, back := scenarios()[1], scenarios()[4]
	matrix.DieAtOneOf(t, 4, matrix.Approved(matrix.FirstTraffic, up), matrix.Approved(matrix.FullTraffic, up), matrix.Approved(matrix.FirstTraffic, back), matrix.Paused(matrix.FullTraffic, up, standsAt(50)))
}

func TestAnInterruptUsesNoYesUp(t *testing.T) {
	t.Parallel()
	matrix.Interrupt(t, []time.Duration{1, 90 * time.Second, 4 * time.Minute}, matrix.Approved(matrix.FirstTraffic, scenarios()[1]))
}

// An origin that is somewhere else now is not what anybody has looked at.
func TestAYesIsToTheOriginAsItWasSeen(t *testing.T) {
	t.Parallel()
	site := func(e *acctest.Env) acctest.Distribution { return of(e).Distribution }
	matrix.AnotherOrigin(t, scenarios()[1], site, "app-green", func(t *testing.T, e *acctest.Env, _ *acctest.Core) {
		t.Helper()
		if got := of(e).table(t).Weights["green"]; got != 0 {
			t.Errorf("green has %d %%", got)
		}
	})
}
