package behaviorswitch_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// onBlue says that nobody has been moved, and that state says so too.
func onBlue(t *testing.T, e *acctest.Env, c *acctest.Core) {
	t.Helper()
	if got := of(e).uses(t); got["default"] != "app-blue" || got["/api/*"] != "app-blue" {
		t.Errorf("the behaviours use %v", got)
	}
	if c.Get("live") != "blue" || c.Get("settled_live") != "blue" {
		t.Errorf("state says that %s is live, and %s settled", c.Get("live"), c.Get("settled_live"))
	}
}

func TestAPersonCanDoAnythingAtThePauseOfASwitch(t *testing.T) {
	t.Parallel()
	matrix.Approve(t, matrix.FirstTraffic, onBlue, scenarios()[0])
}

func TestAnApprovedCutoverSurvivesDyingAtEveryWrite(t *testing.T) {
	t.Parallel()
	matrix.DieAtOneOf(t, 4, matrix.Approved(matrix.FullTraffic, scenarios()[0]), matrix.Approved(matrix.FirstTraffic, scenarios()[2]))
}

func TestAnInterruptUsesNoYesUp(t *testing.T) {
	t.Parallel()
	matrix.Interrupt(t, []time.Duration{1, 100 * time.Second, 6 * time.Minute}, matrix.Approved(matrix.FirstTraffic, scenarios()[0]))
}

// An origin that is somewhere else now is not what anybody has looked at.
func TestAYesIsToTheOriginAsItWasSeen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		there := scenarios()[0]
		e, c := there.Start(t)
		config := there.Ask(e)
		config["pause_before"] = matrix.FirstTraffic
		if d := c.MustConverge(context.Background(), t, config).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		config["approval"] = c.Get("approval_request")
		e.EditByHand(e.Blue, func(d *cftypes.DistributionConfig) {
			for i := range d.Origins.Items {
				if aws.ToString(d.Origins.Items[i].Id) == "app-green" {
					d.Origins.Items[i].OriginPath = aws.String("/v9")
				}
			}
		})
		e.Settle()
		before := e.World.Journal().Seq()
		d := c.MustConverge(context.Background(), t, config).Errors()
		if len(d) != 1 || d[0].Summary != "What was approved has changed" || len(e.Writes(before)) > 0 {
			t.Errorf("it says %s, and wrote %v", d, e.Writes(before))
		}
		onBlue(t, e, c)
	})
}
