package weightedramp_test

import (
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// What the page says about costs is measured here, with the default poll_interval and
// step_wait. Each row is logged as the page has to have it.
func TestThePageShowsWhatItCosts(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		e := acctest.New(t, site(www))
		c := core(e)
		row := func(what string, do func()) {
			row := "| " + what + " | " + e.Cost(do) + " |"
			t.Log(row)
			if !strings.Contains(string(raw), row) {
				t.Errorf("the page does not have this row:\n%s", row)
			}
		}
		to := func(weight int, steps ...any) func() {
			return func() { mustApply(t, c, gated(e, toward(e, weight, steps...))) }
		}
		row("introducing it", to(0))
		row("a plan", func() { expectNothingLeft(t, e, c, gated(e, toward(e, 0))) })
		row("one step, to `weight = 5`", to(5))
		row("from there to `weight = 100` by `steps = [25, 50]`", to(100, 25, 50))
		row("down to `weight = 0`", to(0))
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		row("a step that fails at once, and its way back", func() {
			if d := c.MustConverge(t.Context(), t, gated(e, toward(e, 5))); len(d.Errors()) == 0 {
				t.Error("the step did not fail")
			}
		})
	})
}
