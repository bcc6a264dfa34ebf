//go:build unix

package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
)

// apiPattern is the behaviour that blue gets beside the default one.
const apiPattern = "/api/*"

// switchingInside goes between two origins of one distribution, and there are no two targets
// that have the name.
func switchingInside() scenario {
	return scenario{
		name: "switch of behaviours", targets: [2]string{"origin", "other"},
		prepare: func(ctx context.Context, w *world) error {
			err := w.editDistribution(ctx, w.blue.ID, func(c *cftypes.DistributionConfig) {
				other := c.Origins.Items[0]
				other.Id, other.OriginPath = aws.String("other"), aws.String("/other")
				c.Origins.Items, c.Origins.Quantity = append(c.Origins.Items, other), aws.Int32(2)
				c.CacheBehaviors = &cftypes.CacheBehaviors{Quantity: aws.Int32(1), Items: []cftypes.CacheBehavior{{
					PathPattern: aws.String(apiPattern), TargetOriginId: aws.String("origin"),
					ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyAllowAll, CachePolicyId: c.DefaultCacheBehavior.CachePolicyId,
				}}}
			})
			if err != nil {
				return err
			}
			return w.settle(ctx)
		},
		config: func(w *world, live string) string {
			return fmt.Sprintf(`resource "cdn_behavior_switch" "www" {
  distribution_id = %q
  behaviors       = ["default", %q]
  live            = %q
  sides           = { for id in ["origin", "other"] : id => { origin_id = id } }
  invalidate      = ["/*"]
  verify          = { after = { probes = [{ path = "/", scheme = "http" }], interval = "500ms" } }
  bake_time       = "2s"
  timeouts        = { create = "60s", update = "60s", roll_back = "60s" }
}
`, w.blue.ID, apiPattern, live)
		},
		settled: func(ctx context.Context, w *world, live string) error {
			got, err := w.CloudFront.GetDistributionConfig(ctx, &cloudfront.GetDistributionConfigInput{Id: aws.String(w.blue.ID)})
			if err != nil {
				return err
			}
			c := got.DistributionConfig
			if api := c.CacheBehaviors.Items[0]; aws.ToString(c.DefaultCacheBehavior.TargetOriginId) != live || aws.ToString(api.TargetOriginId) != live {
				return fmt.Errorf("%s is to be live, and the behaviours use %s and %s", live, aws.ToString(c.DefaultCacheBehavior.TargetOriginId), aws.ToString(api.TargetOriginId))
			}
			return nil
		},
	}
}

// switchOriginBack is somebody who points one of the behaviours at the other origin.
func switchOriginBack(ctx context.Context, w *world) error {
	return insist(ctx, func() error {
		return w.editDistribution(ctx, w.blue.ID, func(c *cftypes.DistributionConfig) {
			now, to := aws.ToString(c.DefaultCacheBehavior.TargetOriginId), "origin"
			if now == to {
				to = "other"
			}
			c.DefaultCacheBehavior.TargetOriginId = aws.String(to)
		})
	})
}
