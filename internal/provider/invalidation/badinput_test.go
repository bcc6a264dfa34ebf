package invalidation_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
)

// badInputs are what the resource and the action refuse.
func badInputs() []struct {
	name  string
	world func(w *world)
	edit  func(w *world, c acctest.Config)
} {
	many := func(n int, form string) (out []string) {
		for i := range n {
			out = append(out, fmt.Sprintf(form, i))
		}
		return out
	}
	paths := func(list ...string) func(*world, acctest.Config) {
		return func(_ *world, c acctest.Config) { c["paths"] = list }
	}
	tags := func(list ...string) func(*world, acctest.Config) {
		return func(_ *world, c acctest.Config) { c["tags"] = list }
	}
	disable := func(c *cftypes.DistributionConfig) { c.Enabled = aws.Bool(false) }
	return []struct {
		name  string
		world func(w *world)
		edit  func(w *world, c acctest.Config)
	}{
		{"path without a slash", nil, paths("index.html")},
		{"path with an asterisk in the middle, and a space", nil, paths("/app/*/index.html", "/a b")},
		{"tag among the paths", nil, paths("#release:6")},
		{"tag with its number sign", nil, tags("#release:6")},
		{"tag with a comma", nil, tags("release:6,release:7")},
		{"tag that is too long", nil, tags(strings.Repeat("x", 257))},
		{"tag with an asterisk", nil, tags("release:*")},
		{"no path and no tag", nil, func(_ *world, c acctest.Config) { delete(c, "paths"); delete(c, "tags") }},
		{"empty lists", nil, func(_ *world, c acctest.Config) { c["paths"], c["tags"] = []string{}, []string{} }},
		{"ARN of a distribution", nil, func(w *world, c acctest.Config) {
			c["distribution_id"] = "arn:aws:cloudfront::123456789012:distribution/" + w.Blue.ID
		}},
		{"too many paths", func(w *world) { // as for three thousand, which a set takes long over
			w.Core.Provider = acctest.Config{"access_key": "AKIDPROVIDER", "secret_key": "secret", "invalidation_quotas": map[string]any{"paths_in_progress": 30}}
		}, paths(many(31, "/%d")...)},
		{"too many wildcards", nil, paths(many(16, "/%d*")...)},
		{"tag of a distribution that reads none", func(w *world) {
			w.EditByHand(w.Blue, func(c *cftypes.DistributionConfig) { c.CacheTagConfig = nil })
			w.Settle()
		}, nil},
		{"disabled distribution, if CloudFront minds", func(w *world) {
			w.EditByHand(w.Blue, disable)
			w.Env.World.Turn(func(k *knob.Knobs) { k.RefuseInvalidationDisabled = true })
		}, nil},
		{"unknown distribution", nil, func(_ *world, c acctest.Config) { c["distribution_id"] = "E0NOSUCHTHING" }},
		{"access denied", func(w *world) { w.Env.World.Allow("cloudfront:GetDistribution") }, nil},
		{"refused", func(w *world) {
			w.Env.World.Turn(func(k *knob.Knobs) { k.InvalidationPaths = 1 }) // less than the provider thinks
		}, nil},
	}
}

// taken counts the invalidations that CloudFront has taken from the provider.
func taken(w *world) (n int) {
	for _, c := range w.Calls(0) {
		if c.Operation == "CreateInvalidation" && c.Code == "" {
			n++
		}
	}
	return n
}

func TestBadInputIsRefusedWithAWayOutAndChangesNothing(t *testing.T) {
	t.Parallel()
	for _, bad := range badInputs() {
		t.Run(bad.name, func(t *testing.T) {
			t.Parallel()
			in(t, func(t *testing.T, w *world) {
				if bad.world != nil {
					bad.world(w)
				}
				config := released(w.Env, "7")
				if bad.edit != nil {
					bad.edit(w, config)
				}
				d := w.MustConverge(context.Background(), t, config)
				got := d.String()
				if len(d.Errors()) == 0 || taken(w) > 0 || !w.Core.State.IsNull() {
					t.Errorf("was accepted, or left %s:\n%s", w.Core.State, got)
				}
				golden.Said(t, "bad", bad.name, got)
			})
		})
	}
}

func TestTheActionRefusesTheSame(t *testing.T) {
	t.Parallel()
	for _, bad := range badInputs() {
		t.Run(bad.name, func(t *testing.T) {
			t.Parallel()
			in(t, func(t *testing.T, w *world) {
				if bad.world != nil {
					bad.world(w)
				}
				config := without(released(w.Env, "7"), "triggers")
				if bad.edit != nil {
					bad.edit(w, config)
				}
				got, err := w.InvokeAction(context.Background(), invalidate, config)
				if err != nil || len(got.Diags.Errors()) == 0 || taken(w) > 0 {
					t.Errorf("was accepted: %v\n%s", err, got.Diags)
				}
				golden.Said(t, "invoked", bad.name, got.Diags.String())
			})
		})
	}
}
