package stagingdistribution_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

func TestSomebodyElsesEditOfStagingSurvivesOurs(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, next(w.Env))
		d, _ := w.staging(t)
		w.Env.World.Faults().Add(fault.Fault{Operation: "UpdateDistribution", Count: 1, Hook: matrix.Once(func() {
			w.EditByHand(d, func(c *cftypes.DistributionConfig) { c.DefaultRootObject = aws.String("theirs.html") })
		})})
		w.apply(t, later(w.Env))
		if _, c := w.staging(t); path(c) != "/later" || aws.ToString(c.DefaultRootObject) != "theirs.html" {
			t.Errorf("staging is at %q with %q", path(c), aws.ToString(c.DefaultRootObject))
		}
	})
}
