package edgesplit_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

const addr = resourceType + ".shop"

func overSockets(t *testing.T) (*acctest.CLI, shop) {
	t.Helper()
	c := acctest.NewCLI(t, acctest.Site{Names: []string{"www.example.com"}, World: awssim.Options{Propagation: propagation}})
	s := of(c.Env)
	s.furnish(nothing)
	return c, s
}

// asked has timeouts for a clock that runs faster than the machine.
func (s shop) asked(weight int, ladder ...int) acctest.Config {
	c := gated(s.toward(weight, ladder...))
	c["timeouts"] = map[string]any{"create": "48h", "update": "48h", "delete": "48h", "roll_back": "48h"}
	return c
}

func stands(phase string, green int64) []statecheck.StateCheck {
	return []statecheck.StateCheck{
		statecheck.ExpectKnownValue(addr, tfjsonpath.New("phase"), knownvalue.StringExact(phase)),
		statecheck.ExpectKnownValue(addr, tfjsonpath.New("weight"), knownvalue.Int64Exact(green)),
	}
}

// Made, moved along its steps, imported and taken away: the plan after each apply is empty.
func TestAccEdgeSplit_ramp(t *testing.T) {
	c, s := overSockets(t)
	gets := func(want int) resource.TestCheckFunc {
		return acctest.Check(func() {
			if got := s.table(t).Weights["green"]; got != want {
				t.Errorf("green has %d %%, want %d %%", got, want)
			}
		})
	}
	gone := acctest.Check(func() {
		if left := s.made(t); len(left) > 0 || len(s.runs(t)) > 0 {
			t.Errorf("left behind: %q, %v", left, s.runs(t))
		}
	})
	up := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
		plancheck.ExpectResourceAction(addr, plancheck.ResourceActionUpdate), plancheck.ExpectUnknownValue(addr, tfjsonpath.New("phase")),
	}}
	c.Test(
		gone,
		resource.TestStep{Config: c.HCL(addr, s.asked(0)), ConfigStateChecks: stands("settled", 0), Check: gets(0)},
		resource.TestStep{Config: c.HCL(addr, s.asked(50, 5, 25)), ConfigPlanChecks: up, ConfigStateChecks: stands("settled", 50), Check: gets(50)},
		resource.TestStep{
			ResourceName: addr, ImportState: true, ImportStateId: "shop", ImportStateVerify: true,
			// What AWS cannot tell.
			ImportStateVerifyIgnore: []string{
				"attach", "override", "verify", "bake_time", "weight", "weights", "timeouts", "steps", "last_cutover", "phase",
				"function_arns", "settled_weights", "settled_functions", "stepped_at",
			},
		},
		resource.TestStep{Config: c.HCL(addr, s.asked(0)), ConfigPlanChecks: up, ConfigStateChecks: stands("settled", 0), Check: gets(0)},
	) // and destroyed, which it would not be at 50
}

// A create that has viewers to move shows so in the next plan, and a scheduled apply after a change that was
// rolled back has nothing to do, by either CLI.
func TestAccEdgeSplit_latch(t *testing.T) {
	c, s := overSockets(t)
	w := c.Workspace()
	w.Write(c.HCL(addr, s.asked(5)))
	if r := w.Must(0, "apply", "-auto-approve"); !r.Says("Everybody is on the safe side for now") {
		t.Errorf("%s", r.Output)
	}
	if r := w.Must(2, "plan", "-detailed-exitcode"); !r.Says("green 5 %") {
		t.Errorf("%s", r.Output)
	}
	w.Must(0, "apply", "-auto-approve")
	w.Must(0, "plan", "-detailed-exitcode")
	s.World.Origins().Put("app-green.origin.test", origin.State{Status: 503})
	w.Write(c.HCL(addr, s.asked(50)))
	if r := w.Must(1, "apply", "-auto-approve"); !r.Says(rolledBack) {
		t.Errorf("%s", r.Output)
	}
	if r := w.Must(0, "plan", "-detailed-exitcode"); !r.Says("A failed change of the split is not tried again") {
		t.Errorf("%s", r.Output)
	}
	if r := w.Must(1, "destroy", "-auto-approve"); !r.Says("Viewers would get another side without the split") {
		t.Errorf("%s", r.Output)
	}
	w.Write(c.HCL(addr, s.asked(0)))
	w.Must(0, "apply", "-auto-approve")
	w.Must(0, "destroy", "-auto-approve")
	if left := s.made(t); len(left) > 0 || len(s.runs(t)) > 0 {
		t.Errorf("left behind: %q, %v", left, s.runs(t))
	}
}

// A scheduled check reports what others have done, and nothing after an apply of ours.
func TestAccEdgeSplit_silence(t *testing.T) {
	c, s := overSockets(t)
	w := c.Workspace()
	silent := func() {
		t.Helper()
		w.Must(0, "plan", "-refresh-only", "-detailed-exitcode")
		w.Must(0, "plan", "-detailed-exitcode")
	}
	for _, green := range []int{0, 50} {
		w.Write(c.HCL(addr, s.asked(green)))
		w.Must(0, "apply", "-auto-approve")
		silent()
	}
	s.kill(t) // in the console, at night
	w.Must(2, "plan", "-refresh-only", "-detailed-exitcode")
	if r := w.Must(2, "plan", "-detailed-exitcode"); !r.Says("green") {
		t.Errorf("%s", r.Output)
	}
	w.Must(0, "apply", "-auto-approve")
	silent()
	s.rewrite(t, true)
	w.Must(2, "plan", "-refresh-only", "-detailed-exitcode")
	if r := w.Must(1, "apply", "-auto-approve"); !r.Says("A function is not what this split has made") {
		t.Errorf("%s", r.Output)
	}
	w.Write(c.HCL(addr, with(s.asked(50), "cookie", map[string]any{"max_age": 3600})))
	w.Must(0, "apply", "-auto-approve")
	silent()
	w.Write(c.HCL(addr, s.asked(0)))
	w.Must(0, "apply", "-auto-approve")
	silent()
	w.Must(0, "destroy", "-auto-approve")
}
