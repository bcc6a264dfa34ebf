package continuousdeployment_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

// Somebody changes the primary between our look at it and our write.
func TestSomebodyElsesEditSurvivesOurs(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.Env.World.Faults().Add(fault.Fault{Operation: "UpdateDistribution", Count: 1, Hook: matrix.Once(func() {
			w.EditByHand(w.Blue, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("edited") })
		})})
		w.apply(t, joined(w.Env))
		if got := aws.ToString(w.Config(w.Blue).Comment); got != "edited" || w.PolicyOn(w.Blue) == "" {
			t.Errorf("the comment is %q, the policy %q", got, w.PolicyOn(w.Blue))
		}
	})
}
