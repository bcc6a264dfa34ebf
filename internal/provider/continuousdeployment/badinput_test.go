package continuousdeployment_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
)

func TestBadInputIsRefusedWithAWayOutAndChangesNothing(t *testing.T) {
	t.Parallel()
	header := func(name, value string) map[string]any { return map[string]any{"name": name, "value": value} }
	sticky := func(idle, maximum int) map[string]any {
		return map[string]any{"idle_ttl": idle, "maximum_ttl": maximum}
	}
	for _, bad := range []struct {
		name  string
		world func(w *world)
		edit  func(w *world, c acctest.Config)
	}{
		{"weight over 15", nil, func(_ *world, c acctest.Config) { c["weight"] = 16 }},
		{"header without the prefix", nil, func(_ *world, c acctest.Config) { delete(c, "weight"); c["header"] = header("x-staging", "yes") }},
		{"header without a value", nil, func(_ *world, c acctest.Config) { delete(c, "weight"); c["header"] = header("aws-cf-cd-x", "") }},
		{"weight and header", nil, func(_ *world, c acctest.Config) { c["header"] = header("aws-cf-cd-x", "yes") }},
		{"neither weight nor header", nil, func(_ *world, c acctest.Config) { delete(c, "weight") }},
		{"idle longer than the session", nil, func(_ *world, c acctest.Config) { c["session_stickiness"] = sticky(900, 600) }},
		{"session too short", nil, func(_ *world, c acctest.Config) { c["session_stickiness"] = sticky(60, 600) }},
		{"session with a header", nil, func(_ *world, c acctest.Config) {
			delete(c, "weight")
			c["header"], c["session_stickiness"] = header("aws-cf-cd-x", "yes"), sticky(300, 600)
		}},
		{"staging is the primary", nil, func(w *world, c acctest.Config) { c["staging_distribution_id"] = w.Blue.ID }},
		{"staging is an ordinary distribution", nil, func(w *world, c acctest.Config) { c["staging_distribution_id"] = w.Green.ID }},
		{"primary is a staging distribution", nil, func(w *world, c acctest.Config) {
			c["primary_distribution_id"], c["staging_distribution_id"] = w.staging.ID, w.Distribute("other", func(c *cftypes.DistributionConfig) { c.Staging = aws.Bool(true) }).ID
		}},
		{"primary that does not exist", nil, func(_ *world, c acctest.Config) { c["primary_distribution_id"] = "E0NOSUCHTHING" }},
		{"staging that does not exist", nil, func(_ *world, c acctest.Config) { c["staging_distribution_id"] = "E0NOSUCHTHING" }},
		{"HTTP/3", func(w *world) {
			w.EditByHand(w.Blue, func(c *cftypes.DistributionConfig) { c.HttpVersion = cftypes.HttpVersionHttp2and3 })
			w.Settle()
		}, nil},
		{"staging is disabled", func(w *world) {
			w.EditByHand(w.staging, func(c *cftypes.DistributionConfig) { c.Enabled = aws.Bool(false) })
			w.Settle()
		}, nil},
		{"another price class", func(w *world) {
			w.EditByHand(w.Blue, func(c *cftypes.DistributionConfig) { c.PriceClass = cftypes.PriceClassPriceClass100 })
			w.Settle()
		}, nil},
		{"another policy on the primary", func(w *world) {
			other := w.Distribute("second", func(c *cftypes.DistributionConfig) { c.Staging = aws.Bool(true) })
			w.AttachByHand(w.Blue, w.JoinByHand(other, acctest.ByWeight(0.01), false))
			w.Settle()
		}, nil},
		{"access denied", func(w *world) { w.Env.World.Allow("cloudfront:GetDistribution") }, nil},
	} {
		t.Run(bad.name, func(t *testing.T) {
			t.Parallel()
			in(t, func(t *testing.T, w *world) {
				if bad.world != nil {
					bad.world(w)
				}
				config := acctest.Config{"primary_distribution_id": w.Blue.ID, "staging_distribution_id": w.staging.ID, "weight": 5}
				if bad.edit != nil {
					bad.edit(w, config)
				}
				d := w.MustConverge(context.Background(), t, config)
				got := d.String()
				if len(d.Errors()) == 0 || len(w.Writes(0)) > 0 || !w.Core.State.IsNull() {
					t.Errorf("was accepted, wrote %v, or left %s:\n%s", w.Writes(0), w.Core.State, got)
				}
				golden.Said(t, "bad", bad.name, got)
			})
		})
	}
}
