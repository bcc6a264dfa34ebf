package stagingdistribution_test

import (
	"context"
	"testing"

	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
)

func TestBadInputIsRefusedWithAWayOutAndChangesNothing(t *testing.T) {
	t.Parallel()
	overrides := func(c acctest.Config) map[string]any { return c["overrides"].(map[string]any) }
	for _, bad := range []struct {
		name  string
		world func(w *world)
		edit  func(w *world, c acctest.Config)
	}{
		{"primary that does not exist", nil, func(_ *world, c acctest.Config) { c["primary_distribution_id"] = "E0NOSUCHTHING" }},
		{"primary is a staging distribution", nil, func(w *world, c acctest.Config) { c["primary_distribution_id"] = w.CopyByHand(w.Blue).ID }},
		{"HTTP/3", func(w *world) {
			w.EditByHand(w.Blue, func(c *cftypes.DistributionConfig) { c.HttpVersion = cftypes.HttpVersionHttp3 })
			w.Settle()
		}, nil},
		{"origin that is not there", nil, func(_ *world, c acctest.Config) {
			overrides(c)["origins"] = map[string]any{"shop": map[string]any{"origin_path": "/next"}}
		}},
		{"behaviour that is not there", nil, func(_ *world, c acctest.Config) {
			overrides(c)["behaviors"] = map[string]any{"/api/*": map[string]any{"target_origin_id": "origin"}}
		}},
		{"origin path that ends with a slash", nil, func(_ *world, c acctest.Config) {
			overrides(c)["origins"] = map[string]any{"origin": map[string]any{"origin_path": "next/"}}
		}},
		{"release without sides", nil, func(_ *world, c acctest.Config) { c["release"] = "1" }},
		{"sides that are the same", nil, func(w *world, c acctest.Config) {
			side := map[string]any{"origins": map[string]any{"origin": map[string]any{"origin_path": "/one"}}}
			c["sides"] = map[string]any{"one": side, "two": side}
		}},
		{"primary on none of the sides", nil, func(w *world, c acctest.Config) {
			side := func(p string) map[string]any {
				return map[string]any{"origins": map[string]any{"origin": map[string]any{"origin_path": p}}}
			}
			c["sides"] = map[string]any{"one": side("/one"), "two": side("/two")}
		}},
		{"access denied", func(w *world) {
			w.Env.World.Allow("cloudfront:GetDistribution", "cloudfront:GetDistributionConfig", "cloudfront:ListDistributions")
		}, nil},
	} {
		t.Run(bad.name, func(t *testing.T) {
			t.Parallel()
			in(t, func(t *testing.T, w *world) {
				if bad.world != nil {
					bad.world(w)
				}
				config := next(w.Env)
				if bad.edit != nil {
					bad.edit(w, config)
				}
				d := w.MustConverge(context.Background(), t, config)
				got := d.String()
				for _, wr := range w.Writes(0) {
					if wr.Effect {
						t.Errorf("wrote %s", wr.Operation)
					}
				}
				if len(d.Errors()) == 0 || !w.Core.State.IsNull() {
					t.Errorf("was accepted, or left %s:\n%s", w.Core.State, got)
				}
				golden.Said(t, "bad", bad.name, got)
			})
		})
	}
}
