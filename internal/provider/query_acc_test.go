package provider_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// takeOver has a CLI find what a list says and write configuration for it, and takes that over as it
// is: nothing is written to AWS, and nothing is left to do. It returns what it said, and the
// configuration.
func takeOver(t *testing.T, c *acctest.CLI, lists string) (said acctest.Run, generated string) {
	t.Helper()
	w := c.Acting()
	w.Write(c.ProviderBlock())
	w.File("estate.tfquery.hcl", lists)
	before := c.World.Journal().Seq()
	out := w.File("generated.tf", "")
	if err := os.Remove(out); err != nil {
		t.Fatal(err)
	}
	said = w.Must(0, "query", "-generate-config-out="+out)
	raw, err := os.ReadFile(out) //nolint:gosec // of this test
	if err != nil {
		t.Fatalf("%s\n%s", err, said.Output)
	}
	imports := strings.Count(string(raw), "\nimport {")
	if r := w.Must(0, "plan"); !r.Says(fmt.Sprintf("Plan: %d to import, 0 to add, 0 to change, 0 to destroy", imports)) || r.Says("Warning") {
		t.Fatalf("the plan of\n%s\nsays:\n%s", raw, r.Output)
	}
	w.Must(0, "apply", "-auto-approve")
	w.Must(0, "plan", "-detailed-exitcode")
	if wrote := c.Writes(before); len(wrote) > 0 {
		t.Errorf("taking over wrote %v", wrote)
	}
	return said, string(raw)
}

func TestAccQuery_stagingDistributions(t *testing.T) {
	acctest.NeedActions(t)
	c := onCLI(t)
	ours := c.Acting()
	ours.Write(c.HCL("cdn_staging_distribution.ours", acctest.Config{"primary_distribution_id": c.Blue.ID, "name": "canary"}))
	ours.Must(0, "apply", "-auto-approve")
	mine := ours.State("cdn_staging_distribution.ours")["id"]
	foreign := c.CopyByHand(c.Green)
	c.EditByHand(foreign, func(cfg *cftypes.DistributionConfig) { cfg.Comment = aws.String("somebody's") })
	c.AttachByHand(c.Green, c.JoinByHand(foreign, acctest.ByWeight(0.1), false))
	c.Settle()
	said, generated := takeOver(t, c, `
list "cdn_staging_distribution" "all" {
  provider = cdn
}
list "cdn_continuous_deployment" "joined" {
  provider = cdn
  config {
    orphaned = false
  }
}
`)
	if !said.Says(fmt.Sprint(mine), foreign.ID, "somebody's") {
		t.Errorf("it says:\n%s", said.Output)
	}
	for _, want := range []string{`"canary"`, c.Blue.ID, c.Green.ID} {
		if !strings.Contains(generated, want) {
			t.Errorf("no %s in\n%s", want, generated)
		}
	}
}

// The example of each list is run as its page shows it, in an account that has what it lists.
func TestAccQuery_examples(t *testing.T) {
	acctest.NeedActions(t)
	const folder = "../../examples/list-resources/"
	examples, err := os.ReadDir(folder)
	if err != nil || len(examples) != len(estates) {
		t.Fatalf("%d lists have an example, want %d: %v", len(examples), len(estates), err)
	}
	for _, example := range examples {
		t.Run(example.Name(), func(t *testing.T) {
			raw, err := os.ReadFile(folder + example.Name() + "/list-resource.tfquery.hcl") //nolint:gosec // of this repository
			if err != nil {
				t.Fatal(err)
			}
			c := onCLI(t)
			_, ids := estates[example.Name()].set(c.Env)
			if whole := estates[example.Name()].whole; whole != nil {
				whole(c.Env, ids)
			}
			c.Settle()
			said, generated := takeOver(t, c, strings.ReplaceAll(string(raw), "Z0123456789ABCDEFGHIJ", c.ZoneIDs["example.com"]))
			for _, id := range ids {
				if !said.Says(id) || !strings.Contains(generated, id) {
					t.Errorf("no %s in\n%s\nnor in\n%s", id, said.Output, generated)
				}
			}
		})
	}
}

// What is nearly of a kind is said, and keeps nobody from taking over the rest.
func TestAccQuery_remarks(t *testing.T) {
	acctest.NeedActions(t)
	c := onCLI(t)
	_, switches := estates["cdn_bluegreen_switch"].set(c.Env)
	c.Distribute("lost-blue", nil)
	c.ChangeByHand("half.example.com", divided("half.example.com", map[string]int64{"blue": 2, "green": 1})...)
	c.ChangeByHand("whole.example.com", divided("whole.example.com", map[string]int64{"blue": 1, "green": 1})...)
	c.Settle()
	said, generated := takeOver(t, c, fmt.Sprintf(`
list "cdn_bluegreen_switch" "sites" {
  provider = cdn
  config {
    pattern = "{site}-{side}"
  }
}
list "cdn_weighted_ramp" "pairs" {
  provider = cdn
  config {
    zone_id = %q
    target  = "blue"
  }
}
`, c.ZoneIDs["example.com"]))
	for _, want := range []string{"Some sites are not listed", "lost: it has no green", "Some weighted records are not listed", "blue has 66.67 percent"} {
		if !said.Says(want) {
			t.Errorf("it does not say %q:\n%s", want, said.Output)
		}
	}
	if got := strings.Count(generated, "\nimport {"); got != len(switches)+1 || !strings.Contains(generated, "whole.example.com;A;green,blue") {
		t.Errorf("%d imports of %v and a ramp:\n%s", got, switches, generated)
	}
}
