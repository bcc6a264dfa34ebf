package behaviorswitch_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

// asProgram is a shop whose provider a CLI starts itself, on the machine's clock: how edits come
// together depends on how a CLI begins them.
func asProgram(t *testing.T, use func(*acctest.Workspace), patterns ...string) (shop, *acctest.Workspace, string) {
	t.Helper()
	c := acctest.NewCLI(t, acctest.Site{Names: []string{"www.example.com"}, World: acctest.Hasty()})
	s := of(c.Env)
	s.furnish(patterns...)
	control, _ := c.Addresses()
	w := c.Program("AWS_ENDPOINT_URL=" + control)
	use(w)
	return s, w, c.Provider(acctest.Config{"access_key": "AKIDPROVIDER", "secret_key": "secret"})
}

// updates are the provider's writes of a distribution since a call, and how many of them came too late.
func (s shop) updates(since int) (made, late int) {
	for _, w := range s.Writes(since) {
		switch {
		case w.Operation != "UpdateDistribution":
		case w.Effect:
			made++
		case w.Code == "PreconditionFailed":
			late++
		}
	}
	return made, late
}

func TestAccBehaviorSwitch_together(t *testing.T) {
	t.Parallel()
	acctest.EachCLI(t, func(t *testing.T, use func(*acctest.Workspace)) {
		t.Helper()
		const many = 20
		var patterns []string
		for i := range many {
			patterns = append(patterns, fmt.Sprintf("/p%02d/*", i))
		}
		s, w, provider := asProgram(t, use, patterns...)
		w.Write(provider + `
variable "live" { type = string }
resource "cdn_behavior_switch" "each" {
  for_each        = toset(["` + strings.Join(patterns, `", "`) + `"])
  distribution_id = "` + s.ID + `"
  behaviors       = [each.key]
  live            = var.live
  sides = {
    blue  = { origin_id = "app-blue" }
    green = { origin_id = "app-green" }
  }
}
`)
		before := s.World.Journal().Seq()
		w.Must(0, "apply", "-auto-approve", "-var=live=blue")
		if made, _ := s.updates(before); made > 0 {
			t.Errorf("the first apply wrote %d times", made)
		}
		for _, way := range []struct {
			live, parallelism string
			most              int // writes
		}{{"green", "30", 2}, {"blue", "10", 4}} {
			before, began := s.World.Journal().Seq(), s.World.Clock().Now()
			w.Must(0, "apply", "-auto-approve", "-var=live="+way.live, "-parallelism="+way.parallelism)
			made, late := s.updates(before)
			t.Logf("parallelism %s: %d writes, %d of them too late, in %s", way.parallelism, made, late, s.World.Clock().Now().Sub(began))
			if made > way.most {
				t.Errorf("%d writes with parallelism %s, and %d are enough", made, way.parallelism, way.most)
			}
			for p, uses := range s.uses(t) {
				if p != "default" && uses != "app-"+way.live {
					t.Errorf("%s uses %s: somebody's edit was lost", p, uses)
				}
			}
			w.Must(0, "plan", "-detailed-exitcode", "-var=live="+way.live)
		}
	})
}

// Two provider blocks are two processes, which know nothing of each other's edits, and nothing
// of somebody who edits the distribution by hand. Whoever comes too late decides again.
func TestAccBehaviorSwitch_twoProviders(t *testing.T) {
	t.Parallel()
	acctest.EachCLI(t, func(t *testing.T, use func(*acctest.Workspace)) {
		t.Helper()
		s, w, provider := asProgram(t, use, "/api/*", "/img/*")
		one := func(name, by, pattern string) string {
			return `
resource "cdn_behavior_switch" "` + name + `" {
  provider        = ` + by + `
  distribution_id = "` + s.ID + `"
  behaviors       = ["` + pattern + `"]
  live            = var.live
  invalidate      = ["/` + name + `/*"]
  sides = {
    blue  = { origin_id = "app-blue" }
    green = { origin_id = "app-green" }
  }
}
`
		}
		other := strings.Replace(provider, "{\n", "{\nalias = \"other\"\n", 1)
		w.Write(provider + other + "variable \"live\" { type = string }\n" + one("api", "cdn", "/api/*") + one("img", "cdn.other", "/img/*"))
		w.Must(0, "apply", "-auto-approve", "-var=live=blue")
		before := s.World.Journal().Seq()
		s.World.Faults().Add(fault.Fault{Service: "cloudfront", Operation: "UpdateDistribution", Count: 1, Hook: func() {
			s.EditByHand(s.Distribution, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("edited in between") })
		}})
		w.Must(0, "apply", "-auto-approve", "-var=live=green")
		made, late := s.updates(before)
		if got := s.uses(t); made != 2 || late == 0 || got["/api/*"] != "app-green" || got["/img/*"] != "app-green" || got["default"] != "app-blue" {
			t.Errorf("%d writes, %d too late: %v", made, late, got)
		}
		if got := aws.ToString(s.config(t).Comment); got != "edited in between" {
			t.Errorf("what somebody wrote in between is lost: %q", got)
		}
		w.Must(0, "plan", "-detailed-exitcode", "-var=live=green")
	})
}
