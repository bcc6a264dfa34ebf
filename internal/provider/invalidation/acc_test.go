package invalidation_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
)

const addr = resourceType + ".site"

func overSockets(t *testing.T) *acctest.CLI {
	t.Helper()
	c := acctest.NewCLI(t, acctest.Site{Names: []string{"www.example.com"}, World: awssim.Options{Propagation: propagation}})
	c.EditByHand(c.Blue, func(d *cftypes.DistributionConfig) {
		d.CacheTagConfig = &cftypes.CacheTagConfig{HeaderName: aws.String("cache-tag")}
	})
	c.Settle()
	return c
}

// asked has timeouts for a clock that runs faster than the machine.
func asked(c *acctest.CLI, release string) acctest.Config {
	return with(released(c.Env, release), "timeouts", map[string]any{"create": "48h", "update": "48h"})
}

// There and back, and imported: the plan after each apply is empty.
func TestAccInvalidation_lifecycle(t *testing.T) {
	c := overSockets(t)
	has := func(want int) resource.TestCheckFunc {
		return acctest.Check(func() {
			if got := droppings(t, c.Env, c.Blue); len(got) != want {
				t.Errorf("%v, want %d", got, want)
			}
		})
	}
	changes := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
		plancheck.ExpectResourceAction(addr, plancheck.ResourceActionUpdate), plancheck.ExpectUnknownValue(addr, tfjsonpath.New("id")),
	}}
	c.Test(
		has(3), // destroyed, and nothing more
		resource.TestStep{Config: c.HCL(addr, asked(c, "7")), Check: has(1)},
		resource.TestStep{Config: c.HCL(addr, asked(c, "8")), ConfigPlanChecks: changes, Check: has(2)},
		resource.TestStep{Config: c.HCL(addr, asked(c, "7")), ConfigPlanChecks: changes, Check: has(3)},
		resource.TestStep{
			ResourceName: addr, ImportState: true, ImportStateVerify: true,
			ImportStateIdFunc: func(s *terraform.State) (string, error) {
				is := s.RootModule().Resources[addr].Primary
				return is.Attributes["distribution_id"] + "/" + is.ID + "?release=7", nil
			},
			ImportStateVerifyIgnore: []string{"timeouts", "steps"}, // what the id does not carry
		},
	)
}

// By each CLI: a change is an invalidation, also back to what was before. To replace it is one
// too, although nothing that it is derived from has changed; to destroy it is none.
func TestAccInvalidation_replace(t *testing.T) {
	t.Parallel()
	acctest.EachCLI(t, func(t *testing.T, use func(*acctest.Workspace)) {
		t.Helper()
		c := overSockets(t)
		w := c.Workspace()
		use(w)
		made := 0
		has := func(want int) {
			t.Helper()
			if got := droppings(t, c.Env, c.Blue); len(got) != want {
				t.Errorf("%v, want %d", got, want)
			}
		}
		for _, release := range []string{"7", "8", "7"} {
			w.Write(c.HCL(addr, asked(c, release)))
			if made > 0 {
				if r := w.Must(2, "plan", "-detailed-exitcode"); !r.Says("\"release\" = ", "id = ", "(known after apply)") {
					t.Errorf("the plan does not show it:\n%s", r.Output)
				}
			}
			w.Must(0, "apply", "-auto-approve")
			made++
			has(made)
		}
		for range 2 {
			w.Must(0, "apply", "-auto-approve", "-replace="+addr)
			made++
			has(made)
		}
		w.Must(0, "plan", "-detailed-exitcode")
		w.Must(0, "plan", "-refresh-only", "-detailed-exitcode")
		w.Must(0, "destroy", "-auto-approve")
		has(made)
	})
}

// Invoked by a CLI that has actions, it tells how far it is.
func TestAccActionInvalidate(t *testing.T) {
	acctest.NeedActions(t)
	c := overSockets(t)
	w := c.Acting()
	w.Write(c.ProviderBlock() + c.Act(invalidate+".site", acctest.Config{"distribution_id": c.Blue.ID, "paths": []any{"/*"}, "tags": []any{"release:6"}, "timeout": "48h"}))
	for i := range 2 {
		r := w.Must(0, "apply", "-auto-approve", "-invoke=action."+invalidate+".site")
		all := droppings(t, c.Env, c.Blue)
		if len(all) != i+1 || !r.Says("invalidating #release:6, /* on "+c.Blue.ID, "invalidation "+all[i].id+" is complete") {
			t.Errorf("%v, and it says:\n%s", all, r.Output)
		}
	}
	c.ExpectServed()
}
