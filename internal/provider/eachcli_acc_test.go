package provider_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// A null argument is none, whichever way a CLI sends it: OpenTofu leaves its place empty.
// Without a type it is not even sent: v1.12.6 does not call a function then, and takes its
// result for unknown (providerFunctionParameter, AllowDynamicType), as the page says.
func TestAccFunctions_null(t *testing.T) {
	t.Parallel()
	acctest.EachCLI(t, func(t *testing.T, use func(*acctest.Workspace)) {
		t.Helper()
		c := onCLI(t)
		w := c.Workspace()
		use(w)
		const typed = `
			variable "options" {
			  type    = object({ invalidate = bool })
			  default = null
			}
			locals {
			  kinds   = ["cdn_staging_promotion"]
			  without = provider::cdn::iam_policy("apply", local.kinds)
			}
			output "typed" { value = provider::cdn::iam_policy("apply", local.kinds, var.options) == local.without }
			output "metrics" { value = strcontains(local.without, "cloudwatch:GetMetricData") }
		`
		w.Write(typed)
		if r := w.Must(0, "apply", "-auto-approve"); !r.Says("typed = true", "metrics = true") {
			t.Errorf("a null for options says:\n%s", r.Output)
		}
		want := "literal = true"
		if w.Run("version").Says("OpenTofu") {
			want = "literal = (known after apply)"
		}
		w.Write(typed + `output "literal" { value = provider::cdn::iam_policy("apply", local.kinds, null) == local.without }`)
		if r := w.Must(0, "plan"); !r.Says(want) {
			t.Errorf("a null without a type does not say %q:\n%s", want, r.Output)
		}
		w.Write(`output "x" { value = provider::cdn::iam_policy(null, ["cdn_staging_promotion"]) }`)
		if r := w.Must(1, "plan"); !r.Says("Invalid", "mode", "null") {
			t.Errorf("a null for what is required says:\n%s", r.Output)
		}
	})
}

// A replacement that destroys first keeps the records, although on_destroy would delete
// them: what private state gets while planning reaches the destroy, in every CLI.
func TestAccReplacement_keepsTheRecords(t *testing.T) {
	acctest.EachCLISince(t, "1.8", func(t *testing.T, use func(*acctest.Workspace)) {
		t.Helper()
		c := onCLI(t)
		body := switched(c.Env, "blue")
		body["dns"] = map[string]any{"example.com": map[string]any{"zone_id": c.ZoneIDs["example.com"], "on_destroy": "delete"}}
		w := c.Workspace()
		use(w)
		w.Write(c.HCL(addr, body))
		w.Must(0, "apply", "-auto-approve")
		before := c.World.Journal().Seq()
		// A create that came first would keep them for another reason.
		if r := w.Must(0, "apply", "-auto-approve", "-replace="+addr); !r.Says("destroy and then create replacement", "1 added", "1 destroyed") {
			t.Errorf("the replacement says:\n%s", r.Output)
		}
		if wrote := c.Writes(before); len(wrote) > 0 {
			t.Errorf("the replacement wrote %v", wrote)
		}
		w.Must(0, "plan", "-detailed-exitcode")
		c.ExpectServed()
		// The end of a site is another matter, and nothing is kept of the mark.
		if r := w.Must(1, "destroy", "-auto-approve"); !r.Says("The names are being served") {
			t.Errorf("a destroy says:\n%s", r.Output)
		}
	})
}

// pair is a site with a staging distribution and a policy made by hand, and what says so.
func pair(t *testing.T) (c *acctest.CLI, staging, policy, hcl string) {
	t.Helper()
	c = onCLI(t)
	d := c.CopyByHand(c.Blue)
	c.EditByHand(d, func(cfg *cftypes.DistributionConfig) { cfg.Comment = aws.String("next") })
	policy = c.JoinByHand(d, acctest.ByWeight(0.05), false)
	c.AttachByHand(c.Blue, policy)
	c.Settle()
	return c, d.ID, policy, c.ProviderBlock() + fmt.Sprintf(`
resource "cdn_staging_distribution" "next" {
  primary_distribution_id = %[1]q
  overrides               = { comment = "next" }
}
resource "cdn_continuous_deployment" "next" {
  primary_distribution_id = %[1]q
  staging_distribution_id = cdn_staging_distribution.next.id
  weight                  = 5
}
`, c.Blue.ID)
}

// What CloudFront gives an identity is imported by it, in every CLI that knows of identities.
func TestAccImport_identity(t *testing.T) {
	acctest.EachCLISince(t, "1.12", func(t *testing.T, use func(*acctest.Workspace)) {
		t.Helper()
		c, staging, policy, hcl := pair(t)
		w := c.Workspace()
		use(w)
		w.Write(hcl + fmt.Sprintf(`
import {
  to       = cdn_staging_distribution.next
  identity = { id = %q }
}
import {
  to       = cdn_continuous_deployment.next
  identity = { id = %q }
}
`, staging, policy))
		before := c.World.Journal().Seq()
		if r := w.Must(0, "apply", "-auto-approve"); !r.Says("2 imported, 0 added", "0 destroyed") {
			t.Errorf("the import says:\n%s", r.Output)
		}
		if wrote := c.Writes(before); len(wrote) > 0 {
			t.Errorf("the import wrote %v", wrote)
		}
		w.Write(hcl)
		w.Must(0, "plan", "-detailed-exitcode")
		if got := w.State("cdn_staging_distribution.next")["id"]; got != staging {
			t.Errorf("imported %v, want %s", got, staging)
		}
		if got := w.State("cdn_continuous_deployment.next")["id"]; got != policy {
			t.Errorf("imported %v, want %s", got, policy)
		}
	})
}

// A decision is imported by the id that a list would print, and an edit of its sides leaves that as
// its identity.
func TestAccImport_identityOfADecision(t *testing.T) {
	acctest.EachCLISince(t, "1.12", func(t *testing.T, use func(*acctest.Workspace)) {
		t.Helper()
		c := onCLI(t)
		zone := c.ZoneIDs["example.com"]
		ramped := acctest.Config{
			"zone_id": zone, "names": []any{"www.example.com"}, "types": []any{"A"}, "target": "elsewhere", "weight": 0,
			"sides": map[string]any{
				"cloudfront": map[string]any{"alias": map[string]any{"domain_name": c.Blue.Domain, "zone_id": "Z2FDTNDATAQYW2"}},
				"elsewhere":  map[string]any{"values": map[string]any{"A": []any{"192.0.2.1"}}},
			},
		}
		hcl := func(body acctest.Config) string {
			return c.HCL(addr, body, c.Resource("cdn_weighted_ramp.www", ramped))
		}
		w := c.Workspace()
		use(w)
		w.Write(hcl(switched(c.Env, "blue")) + fmt.Sprintf(`
import {
  to       = %s
  identity = { id = "blue=%s,green=%s;example.com,www.example.com;example.com=%s" }
}
import {
  to       = cdn_weighted_ramp.www
  identity = { id = "%[4]s;www.example.com;A;cloudfront,elsewhere" }
}
`, addr, c.Blue.ID, c.Green.ID, zone))
		before := c.World.Journal().Seq()
		if r := w.Must(0, "apply", "-auto-approve"); !r.Says("2 imported, 0 added", "0 destroyed") {
			t.Errorf("the import says:\n%s", r.Output)
		}
		w.Write(hcl(switched(c.Env, "blue")))
		w.Must(0, "plan", "-detailed-exitcode")
		turned := switched(c.Env, "one")
		turned["sides"] = map[string]any{"one": map[string]any{"distribution_id": c.Blue.ID}, "two": map[string]any{"distribution_id": c.Green.ID}}
		w.Write(hcl(turned))
		w.Must(0, "apply", "-auto-approve")
		w.Must(0, "plan", "-detailed-exitcode")
		if wrote := c.Writes(before); len(wrote) > 0 {
			t.Errorf("it wrote %v", wrote)
		}
	})
}

// Everything that has a moved block from hashicorp/aws comes over by it in one apply, in
// every CLI, and AWS is not told.
func TestAccBesideHashicorpAWS_moved(t *testing.T) {
	t.Parallel()
	acctest.NeedAWSProvider(t)
	acctest.EachCLI(t, func(t *testing.T, use func(*acctest.Workspace)) {
		t.Helper()
		c, staging, policy, hcl := pair(t)
		w := c.Beside()
		use(w)
		w.Put("site.tf", `
resource "aws_route53_record" "www" {}
resource "aws_cloudfront_distribution" "next" {}
resource "aws_cloudfront_continuous_deployment_policy" "next" {}
`)
		w.Must(0, "import", "aws_route53_record.www", c.ZoneIDs["example.com"]+"_www.example.com_A")
		w.Must(0, "import", "aws_cloudfront_distribution.next", staging)
		w.Must(0, "import", "aws_cloudfront_continuous_deployment_policy.next", policy)

		w.Put("site.tf", hcl+c.Resource("cdn_weighted_ramp.www", acctest.Config{
			"zone_id": c.ZoneIDs["example.com"], "names": []any{"www.example.com"}, "types": []any{"A"}, "target": "elsewhere", "weight": 0,
			"sides": map[string]any{
				"cloudfront": map[string]any{"alias": map[string]any{"domain_name": c.Blue.Domain, "zone_id": "Z2FDTNDATAQYW2"}},
				"elsewhere":  map[string]any{"values": map[string]any{"A": []any{"192.0.2.1"}}},
			},
		})+`
moved {
  from = aws_route53_record.www
  to   = cdn_weighted_ramp.www
}
moved {
  from = aws_cloudfront_distribution.next
  to   = cdn_staging_distribution.next
}
moved {
  from = aws_cloudfront_continuous_deployment_policy.next
  to   = cdn_continuous_deployment.next
}
`)
		before := c.World.Journal().Seq()
		if r := w.Must(0, "apply", "-auto-approve"); !r.Says("0 added", "0 destroyed") {
			t.Errorf("the move says:\n%s", r.Output)
		}
		if wrote := c.Writes(before); len(wrote) > 0 {
			t.Errorf("the move wrote %v", wrote)
		}
		w.Must(0, "plan", "-detailed-exitcode")
		for address, id := range map[string]string{"cdn_staging_distribution.next": staging, "cdn_continuous_deployment.next": policy} {
			if got := w.State(address)["id"]; got != id {
				t.Errorf("%s is %v, want %s", address, got, id)
			}
		}
	})
}
