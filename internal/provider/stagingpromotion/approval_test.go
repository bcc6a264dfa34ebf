package stagingpromotion_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// waiting says what viewers have while somebody waits: canary, whether some are at staging.
func waiting(canary bool) func(*testing.T, *acctest.Env, *acctest.Core) {
	return func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		t.Helper()
		r := rigOf(e)
		r.expect(t, "blue.origin.test")
		if got := c.Get("release"); got != "two" {
			t.Errorf("state asks for %s", got)
		}
		if got := c.Get("settled_release"); got != "one" {
			t.Errorf("settled is %s", got)
		}
		if got := aws.ToBool(r.Policies()[r.policy].Enabled); got != canary {
			t.Errorf("the policy is enabled: %t", got)
		}
	}
}

func TestAPersonCanDoAnythingAtThePauseOfARelease(t *testing.T) {
	t.Parallel()
	byWeights := ways()[0].ordeal()
	matrix.Approve(t, matrix.FirstTraffic, waiting(false), byWeights)
	matrix.Approve(t, matrix.FullTraffic, waiting(true), byWeights)
}

func TestAnApprovedReleaseSurvivesDyingAtEveryWrite(t *testing.T) {
	t.Parallel()
	byWeights, back := ways()[0].ordeal(), ways()[3].ordeal()
	matrix.Die(t, matrix.Approved(matrix.FirstTraffic, byWeights), matrix.Approved(matrix.FullTraffic, byWeights), matrix.Approved(matrix.FirstTraffic, back), matrix.Paused(matrix.FullTraffic, byWeights, waiting(true)))
}

func TestAnInterruptUsesNoYesUp(t *testing.T) {
	t.Parallel()
	matrix.Interrupt(t, []time.Duration{1, 90 * time.Second, 4 * time.Minute}, matrix.Approved(matrix.FirstTraffic, ways()[0].ordeal()))
}
