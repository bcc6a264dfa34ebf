package stagingdistribution_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
)

func TestAnOverrideThatSomebodyUndidIsPutBack(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, next(w.Env))
		d, _ := w.staging(t)
		w.EditByHand(d, func(c *cftypes.DistributionConfig) {
			c.Origins.Items[0].OriginPath, c.CustomErrorResponses = aws.String("/else"), nil
		})
		w.Settle()
		w.apply(t, next(w.Env))
		if _, c := w.staging(t); path(c) != "/next" || *c.CustomErrorResponses.Quantity != 2 {
			t.Errorf("staging is %+v", c)
		}
		w.EditByHand(d, func(c *cftypes.DistributionConfig) { c.Enabled = aws.Bool(false) })
		w.Settle()
		w.apply(t, next(w.Env))
		if _, c := w.staging(t); !aws.ToBool(c.Enabled) {
			t.Error("staging is disabled")
		}
		w.ExpectSilent(w.Core, next(w.Env))
	})
}

// What somebody did to the primary must not reach viewers by way of staging, whatever
// else is changed there.
func TestADriftedPrimaryIsNotFollowedByAnotherChange(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, next(w.Env))
		w.EditByHand(w.Blue, func(c *cftypes.DistributionConfig) { c.DefaultRootObject = aws.String("wild.html") })
		w.Settle()
		w.apply(t, later(w.Env))
		if _, c := w.staging(t); path(c) != "/later" || aws.ToString(c.DefaultRootObject) == "wild.html" {
			t.Errorf("staging is at %q with %q", path(c), aws.ToString(c.DefaultRootObject))
		}
	})
}
