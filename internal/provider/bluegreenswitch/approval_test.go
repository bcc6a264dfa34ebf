package bluegreenswitch_test

import (
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// approvable are the ways of a switch that a person is asked about, by name.
func approvable(names ...string) []matrix.Scenario {
	var out []matrix.Scenario
	for _, s := range scenarios() {
		for _, name := range names {
			if s.name == name {
				out = append(out, s.ordeal())
			}
		}
	}
	return out
}

// onBlue says that nobody has been moved, and that state says so too.
func onBlue(t *testing.T, e *acctest.Env, c *acctest.Core) {
	t.Helper()
	e.ExpectOn(e.Blue)
	if c.Get("live") != "blue" || c.Get("live_distribution_id") != e.Blue.ID {
		t.Errorf("state says that %s (%s) is live", c.Get("live"), c.Get("live_distribution_id"))
	}
}

func TestAPersonCanDoAnythingAtThePauseOfASwitch(t *testing.T) {
	t.Parallel()
	matrix.Approve(t, matrix.FirstTraffic, onBlue, approvable("apex and www in two zones", "wildcard_overlap", "CNAME whose TTL is lowered")...)
	matrix.Approve(t, matrix.FullTraffic, onBlue, approvable("one name", "remove_and_add")...)
}

func TestAnApprovedCutoverSurvivesDyingAtEveryWrite(t *testing.T) {
	t.Parallel()
	for _, s := range approvable("apex and www in two zones", "rollback", "wildcard_overlap") {
		matrix.Die(t, matrix.Approved(matrix.FullTraffic, s))
	}
}

func TestAnInterruptUsesNoYesUp(t *testing.T) {
	t.Parallel()
	for _, s := range approvable("apex and www in two zones") {
		matrix.Interrupt(t, []time.Duration{1, 20 * time.Second, 3 * time.Minute}, matrix.Approved(matrix.FirstTraffic, s))
	}
}
