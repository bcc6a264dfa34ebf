package continuousdeployment_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

const addr = resourceType + ".next"

// asked is a copy of the primary at another path, joined to it.
func asked(c *acctest.CLI, path, more string) string {
	return c.ProviderBlock() + fmt.Sprintf(`
resource "cdn_staging_distribution" "next" {
  primary_distribution_id = %q
  overrides = {
    origins         = { origin = { origin_path = %q } }
    error_responses = [{ error_code = 404, response_page_path = "/404.html" }]
  }
  timeouts                = { create = "48h", update = "48h", delete = "48h" }
}

resource "cdn_continuous_deployment" "next" {
  primary_distribution_id = cdn_staging_distribution.next.primary_distribution_id
  staging_distribution_id = cdn_staging_distribution.next.id
  timeouts                = { create = "48h", update = "48h", delete = "48h" }
  %s
}
`, c.Blue.ID, path, more)
}

func site() acctest.Site {
	return acctest.Site{Names: []string{"www.example.com"}, Zones: []string{"example.com"}}
}

func planned(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(addr, action)}}
}

// From nothing to a pair, an import of both, a change of the routing, and one destroy
// that leaves no orphan.
func TestAccContinuousDeployment_lifecycle(t *testing.T) {
	c := acctest.NewCLI(t, site())
	sticky := `weight = 7.5
  session_stickiness = { idle_ttl = 300, maximum_ttl = 600 }`
	c.Test(
		acctest.Check(func() {
			if len(c.Policies()) != 0 || len(c.Staging()) != 0 || c.PolicyOn(c.Blue) != "" {
				t.Errorf("the destroy left %v, %v and %q on the primary", c.Policies(), c.Staging(), c.PolicyOn(c.Blue))
			}
			c.ExpectServed()
		}),
		resource.TestStep{Config: asked(c, "/next", sticky), ConfigPlanChecks: planned(plancheck.ResourceActionCreate)},
		resource.TestStep{
			ResourceName: addr, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"steps", "timeouts"},
		},
		resource.TestStep{
			ResourceName: "cdn_staging_distribution.next", ImportState: true, ImportStateVerify: true,
			ImportStateVerifyIgnore: []string{"steps", "timeouts", "overrides", "primary_distribution_id", "name", "base"},
		},
		resource.TestStep{
			PreConfig: func() {
				for id := range c.Policies() { // a canary begins
					c.TurnByHand(id, func(p *cftypes.ContinuousDeploymentPolicyConfig) {
						p.Enabled, p.TrafficConfig.SingleWeightConfig.Weight = aws.Bool(true), aws.Float32(0.15)
					})
				}
			},
			RefreshState: true, // and a refresh that is to show nothing
		},
		resource.TestStep{Config: asked(c, "/next", sticky), ConfigPlanChecks: planned(plancheck.ResourceActionNoop)},
		resource.TestStep{
			PreConfig: func() {
				for id := range c.Policies() {
					c.TurnByHand(id, func(p *cftypes.ContinuousDeploymentPolicyConfig) { p.Enabled = aws.Bool(false) })
				}
			},
			Config: asked(c, "/later", `header = { name = "aws-cf-cd-next", value = "yes" }`), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
		},
	)
}

// What health checks of HCP Terraform ask: does a refresh show anything?
func TestAccContinuousDeployment_silenceWhileACanaryRuns(t *testing.T) {
	c := acctest.NewCLI(t, site())
	w := c.Workspace()
	w.Write(asked(c, "/next", "weight = 5"))
	w.Must(0, "apply", "-auto-approve")
	for id := range c.Policies() {
		c.TurnByHand(id, func(p *cftypes.ContinuousDeploymentPolicyConfig) {
			p.Enabled, p.TrafficConfig = aws.Bool(true), acctest.ByWeight(0.1)
		})
	}
	before := c.World.Journal().Seq()
	w.Must(0, "plan", "-refresh-only", "-detailed-exitcode")
	w.Must(0, "plan", "-detailed-exitcode")
	c.Settle()
	w.Must(0, "plan", "-refresh-only", "-detailed-exitcode")
	if wr := c.Writes(before); len(wr) > 0 {
		t.Errorf("wrote %v", wr)
	}
	w.Must(0, "destroy", "-auto-approve")
	if len(c.Policies()) != 0 || len(c.Staging()) != 0 {
		t.Errorf("the destroy left %v and %v", c.Policies(), c.Staging())
	}
}
