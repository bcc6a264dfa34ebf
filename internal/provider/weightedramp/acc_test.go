package weightedramp_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

const addr = resourceType + ".site"

func planned(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(addr, action)}}
}

func stands(weight int64, phase string) []statecheck.StateCheck {
	return []statecheck.StateCheck{
		statecheck.ExpectKnownValue(addr, tfjsonpath.New("weight"), knownvalue.Int64Exact(weight)),
		statecheck.ExpectKnownValue(addr, tfjsonpath.New("current_weight"), knownvalue.Float64Exact(float64(weight))),
		statecheck.ExpectKnownValue(addr, tfjsonpath.New("phase"), knownvalue.StringExact(phase)),
		statecheck.ExpectKnownValue(addr, tfjsonpath.New("failed"), knownvalue.Null()),
	}
}

func asked(c *acctest.CLI, weight int, weights ...any) acctest.Config {
	body := gated(c.Env, toward(c.Env, weight, weights...))
	body["bake_time"] = "2m"
	body["timeouts"] = map[string]any{"create": "48h", "update": "48h", "roll_back": "48h"}
	return body
}

// The commit that introduces a ramp writes nothing, a ramp loses nobody, the plan after
// each apply is empty, and what stands in AWS can be imported.
func TestAccWeightedRamp_ramp(t *testing.T) {
	c := acctest.NewCLI(t, site(www, "api.example.com"))
	up := planned(plancheck.ResourceActionUpdate)
	up.PreApply = append(up.PreApply, plancheck.ExpectUnknownValue(addr, tfjsonpath.New("current_weight")), plancheck.ExpectUnknownValue(addr, tfjsonpath.New("phase")))
	c.Test(
		acctest.Check(func() { expectSets(t, c.Env, elsewhere+" ttl=60") }), // destroyed, and still served
		resource.TestStep{
			Config: c.HCL(addr, asked(c, 0)), ConfigPlanChecks: planned(plancheck.ResourceActionCreate), ConfigStateChecks: stands(0, "settled"),
			Check: acctest.Check(func() {
				if w := c.Writes(0); len(w) > 0 {
					t.Errorf("introducing the ramp made %d writes: %+v", len(w), w)
				}
			}),
		},
		resource.TestStep{
			Config: c.HCL(addr, asked(c, 40, 5, 20)), ConfigPlanChecks: up, ConfigStateChecks: stands(40, "settled"),
			Check: acctest.Check(func() { expectSets(t, c.Env, at(c.Env, "40", "60")...) }),
		},
		resource.TestStep{
			ResourceName: addr, ImportState: true, ImportStateVerify: true,
			ImportStateIdFunc: func(s *terraform.State) (string, error) { return s.RootModule().Resources[addr].Primary.ID, nil },
			// What AWS cannot tell, and the id does not carry.
			ImportStateVerifyIgnore: []string{"verify", "weights", "bake_time", "timeouts", "steps", "last_cutover", "stepped_at"},
		},
		resource.TestStep{
			Config: c.HCL(addr, asked(c, 100)), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate), ConfigStateChecks: stands(100, "settled"),
			Check: acctest.Check(func() { expectSets(t, c.Env, elsewhere+" ttl=60") }),
		},
		resource.TestStep{ // of simple records nobody can tell whose they are, so the id does
			ResourceName: addr, ImportState: true, ImportStateVerify: true,
			ImportStateIdFunc: func(s *terraform.State) (string, error) {
				return s.RootModule().Resources[addr].Primary.ID + ";100", nil
			},
			// The side that has nothing left no trace.
			ImportStateVerifyIgnore: []string{"sides.blue", "verify", "weights", "bake_time", "timeouts", "steps", "last_cutover", "stepped_at"},
		},
	)
	c.ExpectServed()
}

// Drift shows in a refresh, and only drift does, although state has numbers.
func TestAccWeightedRamp_drift(t *testing.T) {
	c := acctest.NewCLI(t, site(www))
	w := c.Workspace()
	w.Write(c.HCL(addr, asked(c, 25)))
	w.Must(0, "apply", "-auto-approve")
	w.Must(0, "plan", "-refresh-only", "-detailed-exitcode")
	w.Must(0, "plan", "-detailed-exitcode")
	c.ChangeByHand(www, r53types.Change{Action: r53types.ChangeActionUpsert, ResourceRecordSet: &r53types.ResourceRecordSet{
		Name: aws.String(www), Type: r53types.RRTypeA, SetIdentifier: aws.String("green"), Weight: aws.Int64(75), TTL: aws.Int64(60), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String(elsewhere)}},
	}})
	if r := w.Must(2, "plan", "-refresh-only", "-detailed-exitcode"); !r.Says("current_weight", "25 -> 50") {
		t.Errorf("a refresh after somebody's change says:\n%s", r.Output)
	}
	if r := w.Must(2, "plan", "-detailed-exitcode"); !r.Says("weight = 50 -> 25", "1 to change") {
		t.Errorf("a plan after somebody's change says:\n%s", r.Output)
	}
	w.Must(0, "apply", "-auto-approve")
	expectSets(t, c.Env, at(c.Env, "25", "75")...)
	w.Must(0, "plan", "-detailed-exitcode")
}
