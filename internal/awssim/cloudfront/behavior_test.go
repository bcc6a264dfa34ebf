package cloudfront_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// behaving is a configuration with a cache behaviour for each pattern.
func behaving(patterns ...string) *wire.Node {
	c := config()
	items := wire.Elem("Items")
	for _, p := range patterns {
		items.Children = append(items.Children, wire.Elem("CacheBehavior", wire.Text("PathPattern", p), wire.Text("TargetOriginId", "o"),
			wire.Text("ViewerProtocolPolicy", "allow-all"), wire.Text("CachePolicyId", "4135ea2d-6df8-44a3-9df3-4b5a84be39ad")))
	}
	c.Set(wire.Elem("CacheBehaviors", wire.Int("Quantity", len(patterns)), items))
	return c
}

func TestPatternsThatNobodyKnowsTheAnswerToGoByTheirKnobs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		patterns []string
		turn     func(*knob.Knobs)
		refused  bool
	}{
		"default is a pattern like any other": {[]string{"default", "/api/*"}, nil, false},
		"a star hides the default behaviour":  {[]string{"*"}, nil, false},
		"a star is refused":                   {[]string{"/*"}, func(k *knob.Knobs) { k.RefuseStarPattern = true }, true},
		"a leading slash makes no difference": {[]string{"api/*", "/api/*"}, nil, true},
		"equal patterns are accepted":         {[]string{"api/*", "/api/*"}, func(k *knob.Knobs) { k.EqualPatterns = true }, false},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			if c.turn != nil {
				c.turn(l.knobs)
			}
			if c.refused {
				l.refuses("InvalidArgument", "CreateDistribution", behaving(c.patterns...))
				return
			}
			l.must("CreateDistribution", behaving(c.patterns...))
		})
	}
}

func TestInvalidationsThatNobodyKnowsTheAnswerToGoByTheirKnobs(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	off, read := config(), config()
	off.Set(wire.Bool("Enabled", false))
	read.Set(wire.Elem("CacheTagConfig", wire.Text("HeaderName", "cache-tag")))
	disabled, _, _ := l.create(off)
	tagged, _, _ := l.create(read)
	plain, _, _ := l.create(config())
	ask := func(ref, item string) *wire.Node {
		return wire.Elem("InvalidationBatch", list("Paths", "Path", item), wire.Text("CallerReference", ref))
	}
	l.must("CreateInvalidation", ask("1", "#release:1"), "DistributionId="+plain)
	l.must("CreateInvalidation", ask("2", "/*"), "DistributionId="+disabled)
	l.knobs.RefuseTagWithoutConfig, l.knobs.RefuseInvalidationDisabled = true, true
	l.refuses("InvalidArgument", "CreateInvalidation", ask("3", "#release:1"), "DistributionId="+plain)
	l.refuses("InvalidArgument", "CreateInvalidation", ask("4", "/*"), "DistributionId="+disabled)
	l.must("CreateInvalidation", ask("5", "#release:1"), "DistributionId="+tagged)
	l.must("CreateInvalidation", ask("6", "/"), "DistributionId="+plain)
}
