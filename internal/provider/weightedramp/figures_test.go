package weightedramp_test

import (
	"testing"
	"testing/synctest"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// What the page says about costs is measured here, with the default poll_interval and
// bake_time.
func TestThePageShowsWhatItCosts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := acctest.New(t, site(www))
		c := core(e)
		shows := func(what string, do func()) { e.ShowsCost(page, what, do) }
		to := func(weight int, weights ...any) func() {
			return func() { mustApply(t, c, gated(e, toward(e, weight, weights...))) }
		}
		shows("introducing it", to(0))
		shows("a plan", func() { expectNothingLeft(t, e, c, gated(e, toward(e, 0))) })
		shows("one step, to `weight = 5`", to(5))
		shows("from there to `weight = 100` by `weights = [25, 50]`", to(100, 25, 50))
		shows("down to `weight = 0`", to(0))
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		shows("a step that fails at once, and its way back", func() {
			if d := c.MustConverge(t.Context(), t, gated(e, toward(e, 5))); len(d.Errors()) == 0 {
				t.Error("the step did not fail")
			}
		})
	})
}
