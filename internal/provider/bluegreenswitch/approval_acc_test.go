package bluegreenswitch_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// What a pipeline sees of a switch that waits for a person: a week of silence but for one
// warning, a yes by a variable, which is about what was seen and is used once, and back again
// with another one.
func TestAccApproval_switch(t *testing.T) {
	acctest.EachCLI(t, func(t *testing.T, use func(*acctest.Workspace)) {
		t.Helper()
		later := acctest.NewJumper()
		s := site("www.example.com")
		s.World.Clock = later
		c := acctest.NewCLI(t, s)
		body := asked(c, "green")
		body["live"], body["approval"], body["pause_before"] = acctest.Expr("var.live"), acctest.Expr("var.approval"), acctest.Expr(`var.frozen ? "first_traffic" : null`)
		w := c.Workspace()
		use(w)
		w.Write(c.HCL(addr, body, "variable \"live\" { type = string }", "variable \"frozen\" { default = true }", "variable \"approval\" {\n  type = string\n  default = null\n}"))
		says := func(r acctest.Run, warnings int, texts ...string) {
			t.Helper()
			if got := strings.Count(r.Output, "Warning: "); got != warnings || !r.Says(texts...) {
				t.Errorf("%d warnings, want %d and %q:\n%s", got, warnings, texts, r.Output)
			}
		}
		request := func() string {
			t.Helper()
			asks, _ := w.State(addr)["approval_request"].(string)
			return asks
		}
		const waits = "Warning: Waiting for an approval"

		w.Must(0, "apply", "-auto-approve", "-var=live=blue")
		says(w.Must(0, "apply", "-auto-approve", "-var=live=green"), 1, waits, "What waits is green, since ", "verifying green before the move: healthy")
		first := request()
		for range 7 {
			later.Jump(24 * time.Hour)
			says(w.Must(0, "plan", "-refresh-only", "-detailed-exitcode", "-var=live=green"), 0, "No changes")
			says(w.Must(0, "plan", "-detailed-exitcode", "-var=live=green"), 1, "No changes", waits, first)
		}
		says(w.Must(0, "apply", "-auto-approve", "-var=live=green"), 1, "No changes", waits)
		if calls := c.Writes(0); len(calls) > 0 || request() != first {
			t.Errorf("while it waited it wrote %v, and asks for %q after %q", calls, request(), first)
		}
		c.ExpectOn(c.Blue)

		// A plan that was saved with the yes, and applied after somebody has changed green.
		w.Must(2, "plan", "-detailed-exitcode", "-out=saved", "-var=live=green", "-var=approval="+first)
		c.EditByHand(c.Green, comment("another green"))
		c.Settle()
		says(w.Must(1, "apply", "saved"), 0, "Error: What was approved has changed")
		if calls := c.Writes(0); len(calls) > 0 {
			t.Errorf("without a yes to it, it wrote %v", calls)
		}
		c.ExpectOn(c.Blue)
		second := request()
		says(w.Must(0, "plan", "-detailed-exitcode", "-var=live=green", "-var=approval="+first), 1, "Warning: The approval is of something else", second)
		says(w.Must(0, "apply", "-auto-approve", "-var=live=green"), 1, waits, second) // which takes the void one out of state
		w.Must(0, "plan", "-refresh-only", "-detailed-exitcode", "-var=live=green")
		says(w.Must(0, "plan", "-detailed-exitcode", "-var=live=green"), 1, waits, second)
		if calls := c.Writes(0); len(calls) > 0 || request() != second {
			t.Errorf("it wrote %v, and asks for %q after %q", calls, request(), second)
		}

		w.Must(0, "apply", "-auto-approve", "-var=live=green", "-var=approval="+second)
		c.ExpectOn(c.Green)
		says(w.Must(0, "plan", "-detailed-exitcode", "-var=live=green", "-var=approval="+second), 0, "No changes")
		if got := w.State(addr); got["approved"] != second || got["approval_request"] != nil {
			t.Errorf("%v was approved, and %v waits", got["approved"], got["approval_request"])
		}

		// Used once; and whoever does not want it any more has nothing to undo.
		says(w.Must(0, "apply", "-auto-approve", "-var=live=blue", "-var=approval="+second), 1, waits)
		c.ExpectOn(c.Green)
		w.Must(0, "apply", "-auto-approve", "-var=live=green")
		if got := request(); got != "" {
			t.Errorf("%s waits still", got)
		}
		w.Must(0, "plan", "-detailed-exitcode", "-var=live=green")
		c.ExpectOn(c.Green)

		// A freeze asks, and what it has held goes on by itself when it is over.
		w.Must(0, "apply", "-auto-approve", "-var=live=blue")
		c.ExpectOn(c.Green)
		w.Must(0, "apply", "-auto-approve", "-var=live=blue", "-var=frozen=false")
		c.ExpectOn(c.Blue)
		says(w.Must(0, "plan", "-detailed-exitcode", "-var=live=blue", "-var=frozen=false"), 0, "No changes")
		c.ExpectServed()
	})
}
