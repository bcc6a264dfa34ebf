package behaviorswitch_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

func TestTheWorldMayNotAskForMoreThanThePlanShowed(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s, c := sick(t)
		config := gated(s.toward("green", "/api/*"))
		config["on_failure"] = "hold"
		fails(t, c, config, "The new live side is not healthy")
		s.World.Origins().Put("app-green.origin.test", origin.State{})
		// All that is left is to ask again.
		p, err := c.Plan(context.Background(), config)
		if err != nil {
			t.Fatal(err)
		}
		s.EditByHand(s.Distribution, func(c *cftypes.DistributionConfig) { c.CacheBehaviors.Items[0].TargetOriginId = aws.String("app-blue") })
		s.Settle()
		before := s.World.Journal().Seq()
		d, err := c.Apply(context.Background(), p)
		if err != nil || len(d.Errors()) != 1 || d.Errors()[0].Summary != "The world changed since this plan" {
			t.Errorf("%v\n%s", err, d)
		}
		expectOperations(t, s.operations(before))
		mustApply(t, c, config)
		if got := s.uses(t); got["/api/*"] != "app-green" {
			t.Errorf("%v", got)
		}
	})
}
