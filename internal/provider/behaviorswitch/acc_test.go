package behaviorswitch_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

const addr = resourceType + ".shop"

func overSockets(t *testing.T, patterns ...string) (*acctest.CLI, shop) {
	t.Helper()
	c := acctest.NewCLI(t, acctest.Site{Names: []string{"www.example.com"}, World: awssim.Options{Propagation: propagation}})
	s := of(c.Env)
	s.furnish(patterns...)
	return c, s
}

func stands(live, phase string) []statecheck.StateCheck {
	return []statecheck.StateCheck{
		statecheck.ExpectKnownValue(addr, tfjsonpath.New("live"), knownvalue.StringExact(live)),
		statecheck.ExpectKnownValue(addr, tfjsonpath.New("settled_live"), knownvalue.StringExact(live)),
		statecheck.ExpectKnownValue(addr, tfjsonpath.New("phase"), knownvalue.StringExact(phase)),
	}
}

// asked has timeouts for a clock that runs faster than the machine.
func (s shop) asked(live string) acctest.Config {
	c := gated(s.toward(live, "default", "/api/*"))
	c["timeouts"] = map[string]any{"create": "48h", "update": "48h", "roll_back": "48h"}
	c["bake_time"] = "2m"
	return c
}

// There and back, and what stands in AWS can be imported: the plan after each apply is empty.
func TestAccBehaviorSwitch_cutover(t *testing.T) {
	c, s := overSockets(t, "/api/*", "/img/*")
	uses := func(want string) resource.TestCheckFunc {
		return acctest.Check(func() {
			if got := s.uses(t); got["default"] != want || got["/api/*"] != want || got["/img/*"] != "app-blue" {
				t.Errorf("%v, want %s", got, want)
			}
		})
	}
	up := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
		plancheck.ExpectResourceAction(addr, plancheck.ResourceActionUpdate), plancheck.ExpectUnknownValue(addr, tfjsonpath.New("phase")),
	}}
	c.Test(
		uses("app-green"), // destroyed, and still so
		resource.TestStep{Config: c.HCL(addr, s.asked("blue")), ConfigStateChecks: stands("blue", "settled"), Check: uses("app-blue")},
		resource.TestStep{Config: c.HCL(addr, s.asked("green")), ConfigPlanChecks: up, ConfigStateChecks: stands("green", "settled"), Check: uses("app-green")},
		resource.TestStep{
			ResourceName: addr, ImportState: true, ImportStateVerify: true,
			ImportStateIdFunc: func(s *terraform.State) (string, error) {
				return s.RootModule().Resources[addr].Primary.ID + ";green=origin_id", nil
			},
			// What AWS cannot tell, and the id does not carry.
			ImportStateVerifyIgnore: []string{"sides.blue", "sides.%", "verify", "bake_time", "invalidate", "timeouts", "steps", "last_cutover"},
		},
	)
}

// A scheduled apply after a cutover that was rolled back has nothing to do, by either CLI.
func TestAccBehaviorSwitch_latch(t *testing.T) {
	c, s := overSockets(t, "/api/*", "/img/*")
	w := c.Workspace()
	w.Write(c.HCL(addr, s.asked("blue")))
	w.Must(0, "apply", "-auto-approve")
	w.Must(0, "plan", "-refresh-only", "-detailed-exitcode")
	s.World.Origins().Put("app-green.origin.test", origin.State{Status: 503})
	w.Write(c.HCL(addr, s.asked("green")))
	if r := w.Must(1, "apply", "-auto-approve"); !r.Says("Cutover failed and was rolled back", "Traffic goes to blue") {
		t.Errorf("%s", r.Output)
	}
	if r := w.Must(0, "plan", "-detailed-exitcode"); !r.Says("A failed cutover is not tried again") {
		t.Errorf("%s", r.Output)
	}
	s.EditByHand(s.Distribution, func(c *cftypes.DistributionConfig) { c.DefaultCacheBehavior.TargetOriginId = aws.String("app-green") })
	if r := w.Must(2, "plan", "-detailed-exitcode"); !r.Says("switch /api/*, default of " + s.ID + " to blue") {
		t.Errorf("%s", r.Output)
	}
	w.Must(0, "apply", "-auto-approve")
	if got := s.uses(t); got["default"] != "app-blue" {
		t.Errorf("%v", got)
	}
	w.Must(0, "plan", "-detailed-exitcode")
}
