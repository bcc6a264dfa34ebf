package stagingpromotion_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// What a pipeline sees of a release that waits for a person, before staging has viewers and
// before the promotion.
func TestAccApproval_promotion(t *testing.T) {
	for _, pause := range []string{"first_traffic", "full_traffic"} {
		t.Run(pause, func(t *testing.T) {
			acctest.EachCLI(t, func(t *testing.T, use func(*acctest.Workspace)) {
				t.Helper()
				later := acctest.NewJumper()
				s := site()
				s.World.Clock = later
				c := newCLIAt(t, s)
				use(c.Workspace)
				write := func(release string, approval any) {
					c.asked(release, acctest.Config{"pause_before": pause, "approval": approval, "canary": map[string]any{"header": canaryHeader, "bake_time": "1m"}})
				}
				waits := func(r acctest.Run) string {
					t.Helper()
					asks, _ := c.State(addr)["approval_request"].(string)
					if n := strings.Count(r.Output, "Warning: "); n != 1 || asks == "" || !r.Says("Warning: Waiting for an approval", "What waits is two, since ", asks) {
						t.Errorf("%d warnings, and %q is asked for:\n%s", n, asks, r.Output)
					}
					return asks
				}
				c.stage("blue.origin.test")
				write("one", nil)
				c.Must(0, "apply", "-auto-approve")
				c.stage("next.origin.test")
				write("two", nil)
				first := waits(c.Must(0, "apply", "-auto-approve"))
				seq := c.World.Journal().Seq()
				for range 7 {
					later.Jump(24 * time.Hour)
					c.refreshes(t, 0)
					waits(c.Must(0, "plan", "-detailed-exitcode"))
				}
				waits(c.Must(0, "apply", "-auto-approve"))
				if w := c.Writes(seq); len(w) > 0 {
					t.Errorf("while it waited it wrote %v", acctest.Operations(w))
				}

				// A plan that was saved with the yes, and applied after somebody has changed staging.
				write("two", first)
				c.Must(2, "plan", "-detailed-exitcode", "-out=saved")
				c.stage("other.origin.test")
				seq = c.World.Journal().Seq()
				r := c.Must(1, "apply", "saved")
				if pause == "first_traffic" {
					if w := c.Writes(seq); len(w) > 0 || !r.Says("Error: What was approved has changed") {
						t.Errorf("without a yes to it, it wrote %v, and says:\n%s", acctest.Operations(w), r.Output)
					}
				} else if !r.Says("Error: Staging has changed during the release") { // and nobody is left there
					t.Errorf("it says:\n%s", r.Output)
				}
				if c.enabled(t) || c.origin(t) != "blue.origin.test" {
					t.Errorf("staging has viewers (%t), or the primary its origin (%s)", c.enabled(t), c.origin(t))
				}
				write("two", nil)
				second := waits(c.Must(0, "apply", "-auto-approve"))
				c.refreshes(t, 0)
				waits(c.Must(0, "plan", "-detailed-exitcode"))
				write("two", second)
				c.Must(0, "apply", "-auto-approve")
				if got := c.origin(t); got != "other.origin.test" {
					t.Errorf("the primary serves from %s", got)
				}
				if got := c.State(addr); first == second || got["approved"] != second || got["approval_request"] != nil || got["settled_release"] != "two" {
					t.Errorf("%v was approved, %v waits, and %v is settled", got["approved"], got["approval_request"], got["settled_release"])
				}
				if r := c.Must(0, "plan", "-detailed-exitcode"); strings.Contains(r.Output, "Warning: ") {
					t.Errorf("what is left of the yes says:\n%s", r.Output)
				}
				c.ExpectServed()
			})
		})
	}
}
