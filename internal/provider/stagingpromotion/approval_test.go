package stagingpromotion_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
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
		if got := r.origin(t); got != "blue.origin.test" {
			t.Errorf("the primary serves from %s", got)
		}
		r.ExpectServed()
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
	matrix.DieAtOneOf(t, 4, matrix.Approved(matrix.FirstTraffic, byWeights), matrix.Approved(matrix.FullTraffic, byWeights), matrix.Approved(matrix.FirstTraffic, back), matrix.Paused(matrix.FullTraffic, byWeights, waiting(true)))
}

func TestAnInterruptUsesNoYesUp(t *testing.T) {
	t.Parallel()
	matrix.Interrupt(t, []time.Duration{1, 90 * time.Second, 4 * time.Minute}, matrix.Approved(matrix.FirstTraffic, ways()[0].ordeal()))
}

// A release is approved with the content that it had at the pause.
func TestAYesIsToStagingAsItWasSeen(t *testing.T) {
	t.Parallel()
	for _, pause := range []string{matrix.FirstTraffic, matrix.FullTraffic} {
		t.Run(pause, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e, c := ways()[0].ordeal().Start(t)
				r := rigOf(e)
				asks := func(approval any) acctest.Config {
					config := weights(r)
					config["pause_before"], config["approval"] = pause, approval
					return config
				}
				if d := c.MustConverge(context.Background(), t, asks(nil)).Errors(); len(d) > 0 {
					t.Fatal(d)
				}
				seen := c.Get("approval_request")
				r.stage("other.origin.test")
				before := e.World.Journal().Seq()
				d := c.MustConverge(context.Background(), t, asks(seen)).Errors()
				if pause == matrix.FirstTraffic {
					expectSays(t, d, "What was approved has changed")
					if w := e.Writes(before); len(w) > 0 {
						t.Errorf("it wrote %v", w)
					}
				} else { // nobody is left with what nobody has approved
					expectSays(t, d, "Staging has changed during the release")
				}
				if r.enabled(t) {
					t.Error("viewers are at staging")
				}
				if now := c.Get("approval_request"); now == seen || (now == "") != (pause == matrix.FullTraffic) {
					t.Errorf("%s, and asks for %q after %q", c.Get("phase"), now, seen)
				}
				if c.Get("approved") != "" {
					t.Error("the yes is used up")
				}
				r.stage("next.origin.test")
				if d := c.MustConverge(context.Background(), t, asks(nil)).Errors(); len(d) > 0 {
					t.Fatal(d)
				}
				if got := r.origin(t); got != "blue.origin.test" {
					t.Errorf("the primary serves from %s", got)
				}
			})
		})
	}
}

// A release that is called by a hash is called by the beginning of it wherever people read of it,
// and by all of it, as it is written, where programs do.
func TestAReleaseThatWaitsIsCalledAsItIsElsewhere(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		const release = "cc6b8a7c60bd32a35a455d4350ee1367d1759bec0246dfa21d2a1ca128e6ada5"
		r.stage("next.origin.test")
		p, err := r.core.Plan(context.Background(), r.ask(release, acctest.Config{"pause_before": matrix.FullTraffic}))
		if err != nil {
			t.Fatal(err)
		}
		steps := acctest.Strings(p.Planned, "steps")
		if got := steps[len(steps)-1]; got != "wait until somebody approves cc6b8a7c60bd" {
			t.Errorf("the last step is: %s", got)
		}
		d, err := r.core.Apply(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(d.String(), "What waits is cc6b8a7c60bd, since ") {
			t.Errorf("it says %s", d)
		}
		if got := r.core.State.String(); !strings.Contains(got, `"target":tftypes.String<"`+release) {
			t.Errorf("state does not say what waits: %s", got)
		}
	})
}
