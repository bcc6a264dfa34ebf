package stagingpromotion_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

// Who changes the primary at the very moment of a write wins: the run looks again and
// finds out that there is nothing of ours left to undo.
func TestTheWayBackOverwritesNobodysChange(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		r.sicken("next.origin.test")
		r.World.Faults().Add(fault.Fault{Operation: "UpdateDistribution", Count: 1, Hook: matrix.Once(func() { r.primaryGets("wild.origin.test") })})
		expectSays(t, r.apply(t, r.ask("two", afterOnly)).Errors(), "Release failed, and so did going back")
		if got := r.origin(t); got != "wild.origin.test" {
			t.Errorf("the primary serves from %s: somebody's change is lost", got)
		}
	})
}

// Disabling the policy is what somebody does who wants a canary to end, now. The gate has
// seen enough already, and would have let it pass.
func TestWhoTurnsThePolicyByHandStopsTheRelease(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		weights []any
		turn    func(*cftypes.ContinuousDeploymentPolicyConfig)
	}{
		"disabled before the promotion": {[]any{5}, func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.Enabled = aws.Bool(false) }},
		"lowered before the next step":  {[]any{5, 15}, func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.TrafficConfig = acctest.ByWeight(0.01) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T, r *rig) {
				seq := r.World.Journal().Seq()
				r.after("UpdateContinuousDeploymentPolicy", func() {
					_ = r.World.Clock().Sleep(context.Background(), propagation+90*time.Second) // into the bake
					r.TurnByHand(r.policy, c.turn)
				})
				expectSays(t, r.apply(t, r.byWeights("two", 0, c.weights...)).Errors(), "Somebody has changed the policy during the canary")
				if got := strings.Join(acctest.Operations(r.Writes(seq)), " "); got != "UpdateContinuousDeploymentPolicy" {
					t.Errorf("made %s", got)
				}
				if r.origin(t) != "blue.origin.test" || r.core.Get("release") != "one" || r.core.Get("phase") != "canary" {
					t.Errorf("serves from %s, state %s", r.origin(t), r.core.State)
				}
				r.Settle()
				if d := r.apply(t, r.byWeights("one", 0, c.weights...)); len(d) > 0 || r.enabled(t) || r.core.Get("phase") != "settled" {
					t.Errorf("given up, it says %s, is enabled: %v, state %s", d, r.enabled(t), r.core.State)
				}
			})
		})
	}
}
