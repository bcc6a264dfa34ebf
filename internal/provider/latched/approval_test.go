package latched_test

import (
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
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
