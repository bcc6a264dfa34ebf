package stagingpromotion_test

import (
	"slices"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// A release that was held is taken back at once, by a CLI that has actions, with what
// state knows. An interrupt holds, and invoking again finishes.
//
// The clock is a slow one. Terraform 1.14 crashes when an action tells of a step after
// Ctrl-C and before the provider has heard of that, so here there are seconds between the
// last thing it tells, the wait, and the next, which is told a minute later.
func TestAccActionRollBack(t *testing.T) {
	acctest.NeedActions(t)
	const slow, pause = 30, 20 * time.Second
	s := site()
	s.World.Clock, s.World.Propagation = clock.NewScaled(slow), 2*time.Minute
	c := newCLIAt(t, s)
	c.Workspace = c.c.Acting()
	act := c.c.Act("cdn_roll_back.site", acctest.Config{
		"primary_distribution_id": c.Blue.ID, "staging_distribution_id": acctest.Expr(addr + ".staging_distribution_id"),
		"policy_id": acctest.Expr(addr + ".policy_id"), "way_back": acctest.Expr(addr + ".way_back"), "timeout": "48h",
	})
	c.Put("act.tf", act)
	c.asked("one")
	c.Must(0, "apply", "-auto-approve")
	gate := map[string]any{"after": map[string]any{"probes": []any{map[string]any{"path": "/health", "scheme": "http"}}}}
	c.sicken("next.origin.test")
	c.asked("two", acctest.Config{"on_failure": "hold", "canary": nil, "verify": gate})
	if r := c.Must(1, "apply", "-auto-approve"); !r.Says("The release is not healthy") {
		t.Errorf("the apply says:\n%s", r.Output)
	}
	c.heal("next.origin.test")

	seq := c.World.Journal().Seq()
	p := c.Start("apply", "-auto-approve", "-invoke=action.cdn_roll_back.site")
	for written := false; !written; { // and once more after that
		written = len(c.Writes(seq)) > 0
		if err := c.World.Clock().Sleep(t.Context(), pause); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Interrupt(); err != nil {
		t.Fatal(err)
	}
	if r := p.Wait(); r.Exit != 1 || !r.Says("giving "+c.Blue.ID+" its settled configuration back", "Going back was interrupted", "Invoke the action again") {
		t.Errorf("interrupted, it exited with %d:\n%s", r.Exit, r.Output)
	}

	r := c.Must(0, "apply", "-auto-approve", "-invoke=action.cdn_roll_back.site")
	if !r.Says(c.Blue.ID+" had the configuration of before already", "Apply complete!") {
		t.Errorf("it says:\n%s", r.Output)
	}
	if got := acctest.Operations(c.Writes(seq)); !slices.Equal(got, []string{"UpdateDistribution"}) {
		t.Errorf("wrote %v", got)
	}
	c.expect(t, "blue.origin.test")
	c.asked("one", acctest.Config{"on_failure": "hold", "canary": nil, "verify": gate})
	c.Must(0, "apply", "-auto-approve")
	c.Must(0, "plan", "-detailed-exitcode")
}
