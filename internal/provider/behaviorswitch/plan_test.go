package behaviorswitch_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
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
		expectOperations(t, s.Effects(before))
		mustApply(t, c, config)
		if got := s.uses(t); got["/api/*"] != "app-green" {
			t.Errorf("%v", got)
		}
	})
}

// What one invalidation may have is for the provider's configuration to say.
func TestTheProvidersQuotasBoundWhatACutoverInvalidates(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t, "/api/*")
		c := core(s.Env)
		config := s.toward("green", "/api/*")
		config["invalidate"] = []string{"/1", "/2", "/3*"}
		for quota, summary := range map[int]string{1: "More than one invalidation may have", 2: ""} {
			c.Provider = acctest.Config{"access_key": "AKIDPROVIDER", "secret_key": "secret", "invalidation_quotas": map[string]any{"paths_in_progress": quota}}
			p, err := c.Plan(context.Background(), config)
			if err != nil {
				t.Fatal(err)
			}
			if d := p.Diags.Errors(); len(d) > 0 != (summary != "") || len(d) > 0 && d[0].Summary != summary {
				t.Errorf("with %d: %s", quota, p.Diags)
			}
		}
	})
}
