package edgesplit_test

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

// standsAt says how much green has while somebody waits.
func standsAt(want int) func(*testing.T, *acctest.Env, *acctest.Core) {
	return func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		t.Helper()
		if got := of(e).table(t).Weights["green"]; got != want {
			t.Errorf("green has %d %%, want %d %%", got, want)
		}
		if c.Get("weight") != "100" {
			t.Errorf("state asks for %s", c.Get("weight"))
		}
	}
}

func TestAPersonCanDoAnythingAtThePauseOfASplit(t *testing.T) {
	t.Parallel()
	up := scenarios()[1]
	matrix.Approve(t, matrix.FirstTraffic, standsAt(0), up)
	matrix.Approve(t, matrix.FullTraffic, standsAt(50), up)
}

func TestAnApprovedSplitSurvivesDyingAtEveryWrite(t *testing.T) {
	t.Parallel()
	up, back := scenarios()[1], scenarios()[4]
	matrix.DieAtOneOf(t, 4, matrix.Approved(matrix.FirstTraffic, up), matrix.Approved(matrix.FullTraffic, up), matrix.Approved(matrix.FirstTraffic, back), matrix.Paused(matrix.FullTraffic, up, standsAt(50)))
}

func TestAnInterruptUsesNoYesUp(t *testing.T) {
	t.Parallel()
	matrix.Interrupt(t, []time.Duration{1, 90 * time.Second, 4 * time.Minute}, matrix.Approved(matrix.FirstTraffic, scenarios()[1]))
}

// An origin that is somewhere else now is not what anybody has looked at.
func TestAYesIsToTheOriginAsItWasSeen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		up := scenarios()[1]
		e, c := up.Start(t)
		config := up.Ask(e)
		config["pause_before"] = matrix.FirstTraffic
		if d := c.MustConverge(context.Background(), t, config).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		seen := c.Get("approval_request")
		config["approval"] = seen
		e.EditByHand(of(e).Distribution, func(d *cftypes.DistributionConfig) {
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
		if got := of(e).table(t).Weights["green"]; got != 0 {
			t.Errorf("green has %d %%", got)
		}
		if now := c.Get("approval_request"); now == "" || now == seen {
			t.Errorf("it asks for a yes to %q again", now)
		}
	})
}
