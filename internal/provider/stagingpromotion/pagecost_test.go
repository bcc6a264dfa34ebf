package stagingpromotion_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// What the page says about costs is measured here, with the default poll_interval and
// bake times.
func TestThePageShowsWhatItCosts(t *testing.T) {
	t.Parallel()
	byDefault := func(c acctest.Config) acctest.Config {
		canary(c)["bake_time"] = nil
		return c
	}
	header := func(r *rig, release string) acctest.Config { return byDefault(r.ask(release)) }
	weights := func(r *rig, release string) acctest.Config { return byDefault(r.byWeights(release, 1, 5, 15)) }
	for _, tt := range []struct {
		what   string
		ask    func(r *rig, release string) acctest.Config
		before func(r *rig)
		fails  bool
	}{
		{what: "a release with `header`", ask: header},
		{what: "a release with `weights = [5, 15]`", ask: weights},
		{what: "a canary that fails at once, and its way back", ask: header, before: func(r *rig) { r.sicken("next.origin.test") }, fails: true},
		{what: "a promotion that fails at once, and its way back", before: func(r *rig) { r.sicken("next.origin.test") }, fails: true, ask: func(r *rig, release string) acctest.Config {
			return r.ask(release, afterOnly)
		}},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, site())
				r.introduce(t, tt.ask(r, "one"))
				if tt.before != nil {
					tt.before(r)
				}
				leave := r.view(t, 4, 5*time.Second)
				defer leave()
				shows := func(what string, do func()) {
					r.ShowsCost("../../../templates/resources/staging_promotion.md.tmpl", what, do)
				}
				shows(tt.what, func() {
					if d := r.apply(t, tt.ask(r, "two")).Errors(); len(d) > 0 != tt.fails {
						t.Error(d)
					}
				})
				shows("a plan", func() { r.expectEmpty(t, tt.ask(r, "two")) })
			})
		})
	}
}
