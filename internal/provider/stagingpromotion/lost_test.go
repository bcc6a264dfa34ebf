package stagingpromotion_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
)

// lose lets the next call of an operation take effect and cuts its answer off: it is sent
// again, and CloudFront says that somebody has written first. then happens at that moment.
func (r *rig) lose(operation string, then func()) {
	r.World.Faults().Add(fault.Fault{Operation: operation, Kind: fault.Cut, When: fault.AfterEffect, Count: 1, Hook: matrix.Once(then)})
}

// The canary has proven it, and only this run knows: what it promoted is its own although
// nobody said so.
func TestAPromotionWhoseAnswerIsLostIsOfThisRun(t *testing.T) {
	t.Parallel()
	for name, lag := range map[string]int{"": 0, "and the primary shows it late": 4} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T, r *rig) {
				ask := r.ask("two", acctest.Config{"invalidate": []string{"/*"}})
				delete(ask["verify"].(map[string]any), "after")
				r.lose("UpdateDistributionWithStagingConfig", func() {
					if lag > 0 {
						r.World.Faults().Add(fault.Fault{Operation: "GetDistribution", Resource: r.Blue.ID, Kind: fault.Stale, Count: lag})
					}
				})
				seq := r.World.Journal().Seq()
				if d := r.apply(t, ask); len(d) > 0 {
					t.Errorf("it says %s", d)
				}
				if w := acctest.Operations(r.Writes(seq)); !slices.Contains(w, "CreateInvalidation") {
					t.Errorf("it wrote %v", w)
				}
				if r.core.Get("settled_release") != "two" || r.core.Get("settled_grounds") != "proven" {
					t.Errorf("state %s", r.core.State)
				}
				r.expect(t, "next.origin.test")
				r.expectEmpty(t, ask)
			})
		})
	}
}

// Edge locations learn of a policy no sooner for its answer having been lost.
func TestAPolicyWhoseAnswerIsLostIsGivenTimeToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := site()
		s.World.Propagation = 2 * time.Minute
		r := newRig(t, s)
		r.introduce(t, r.ask("one"))
		r.World.Turn(func(k *knob.Knobs) { k.PolicyUpdatePrimary = "silent" })
		r.lose("UpdateContinuousDeploymentPolicy", func() {})
		if d := r.apply(t, r.ask("two")).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		r.expect(t, "next.origin.test")
	})
}

// Copies of what was taken back are dropped also where nobody said that it was.
func TestAWayBackWhoseAnswerIsLostInvalidatesToo(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		r.sicken("next.origin.test")
		r.lose("UpdateDistribution", func() {})
		seq := r.World.Journal().Seq()
		expectSays(t, r.apply(t, r.ask("two", afterOnly, acctest.Config{"invalidate": []string{"/*"}})).Errors(), "Release failed and was rolled back")
		if w := acctest.Operations(r.Writes(seq)); !slices.Contains(w, "CreateInvalidation") {
			t.Errorf("it wrote %v", w)
		}
	})
}

// A ledger is about what was released, whatever staging gets while the release is finished.
func TestTheLedgerIsAboutWhatWasReleased(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		r.bucket(t)
		r.after("UpdateDistributionWithStagingConfig", func() {
			r.EditByHand(r.staging, func(c *cftypes.DistributionConfig) { c.Origins.Items[0].DomainName = aws.String("later.origin.test") })
			r.TurnByHand(r.policy, func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.Enabled = aws.Bool(true) }) // so that the run writes once more
		})
		ask := r.ask("two", acctest.Config{"snapshot_bucket": bucket})
		if d := r.apply(t, ask).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		r.Settle()
		r.expect(t, "next.origin.test")
		if got := r.rollBack(t, r.back()); len(got.Diags) > 0 {
			t.Errorf("taking it back says %s", got.Diags)
		}
		r.expect(t, "blue.origin.test")
	})
}
