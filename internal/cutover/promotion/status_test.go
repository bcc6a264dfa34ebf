package promotion_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
)

func TestWhoOnlyLooksIsToldHowThingsStand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		settled string
		edit    func(o *promotion.Observation)
		want    promotion.Status
		stops   promotion.Kind
	}{
		{"pending", "A", func(*promotion.Observation) {}, promotion.Pending, ""},
		{"pending, by who knows nothing of before", "", func(*promotion.Observation) {}, promotion.Pending, ""},
		{"the same", "A", func(o *promotion.Observation) { o.Staging.Content = "A" }, promotion.InSync, ""},
		{"the same, by other hands", "A", func(o *promotion.Observation) { o.Primary.Content = "B" }, promotion.StatusUnproven, ""},
		{"the same, by who knows nothing of before", "", func(o *promotion.Observation) { o.Primary.Content = "B" }, promotion.InSync, ""},
		{"a canary is pending", "A", func(o *promotion.Observation) { o.Policy.Enabled = true }, promotion.Pending, ""},
		{"drifted", "A", func(o *promotion.Observation) { o.Primary.Content = "C" }, promotion.StatusDrifted, promotion.PrimaryDrifted},
		{"drifted, by who cannot tell", "", func(o *promotion.Observation) { o.Primary.Content = "C" }, promotion.Pending, ""},
		{"detached", "A", func(o *promotion.Observation) { o.Primary.Policy = "" }, promotion.Blocked, promotion.NotAttached},
		{"detached, and nothing to release", "A", func(o *promotion.Observation) { o.Primary.Policy, o.Staging.Content = "", "A" }, promotion.InSync, promotion.NotAttached},
		{"staging disabled", "A", func(o *promotion.Observation) { o.Staging.Enabled = false }, promotion.Blocked, promotion.StagingDisabled},
		{"locked", "A", func(o *promotion.Observation) { o.Locked = []string{"PriceClass"} }, promotion.Blocked, promotion.LockedFields},
		{"no policy", "A", func(o *promotion.Observation) { o.Policy = promotion.Policy{} }, promotion.Blocked, promotion.PolicyMissing},
		{"no primary", "A", func(o *promotion.Observation) { o.Primary = promotion.Distribution{} }, promotion.Blocked, promotion.PrimaryMissing},
		{"no staging", "A", func(o *promotion.Observation) { o.Staging = promotion.Distribution{} }, promotion.Blocked, promotion.StagingMissing},
		{"staging that is none", "A", func(o *promotion.Observation) { o.Staging.Staging = false }, promotion.Blocked, promotion.NotStaging},
		{"a primary that is staging", "A", func(o *promotion.Observation) { o.Primary.Staging = true }, promotion.Blocked, promotion.PrimaryIsStaging},
	} {
		w := newWorld()
		c.edit(&w.obs)
		got, o := promotion.StatusOf(c.settled, promotion.Spec{Asked: promotion.Asked{Primary: "E1", Staging: "E2", Policy: "P"}}, w.obs)
		stops := promotion.Kind("")
		if o != nil {
			stops = o.Kind
		}
		if got != c.want || stops != c.stops {
			t.Errorf("%s: %s, stopped by %q; want %s, %q", c.name, got, stops, c.want, c.stops)
		}
		if canary := w.obs.Canary(); canary != (c.name == "a canary is pending") {
			t.Errorf("%s: a canary runs: %t", c.name, canary)
		}
	}
}
