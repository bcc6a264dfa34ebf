package weightedramp_test

import (
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/permissions"
)

const page = "../../../templates/resources/weighted_ramp.md.tmpl"

// The documented policies are enough, and nothing in them is left over.
func TestTheDocumentedPoliciesAreExact(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := acctest.New(t, site(www))
		c := core(e)
		o := permissions.Options{Zones: []string{"arn:aws:route53:::hostedzone/" + e.ZoneIDs["example.com"]}}
		use := func(mode permissions.Mode, do func()) {
			policy, err := permissions.Policy(mode, []string{resourceType}, o)
			if err != nil {
				t.Fatal(err)
			}
			if err := e.World.Restrict(policy); err != nil {
				t.Fatal(err)
			}
			before := e.World.Journal().Seq()
			do()
			matrix.Exact(t, e, before, mode, resourceType, o)
		}
		use(permissions.Apply, func() { mustApply(t, c, toward(e, 10)) })
		use(permissions.Plan, func() { e.ExpectNothingLeft(c, toward(e, 10)) })
	})
}

func TestThePageShowsThePhasesAsThePackageDoes(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("../../cutover/ramp/ramp.go")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(source)) {
		if drawn, ok := strings.CutPrefix(line, "//\t"); ok && !strings.Contains(string(text), strings.TrimRight(drawn, "\n")) {
			t.Errorf("the page does not show %q", drawn)
		}
	}
}

// What the page says about costs is measured here, with the default poll_interval and
// bake_time.
func TestThePageShowsWhatItCosts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := acctest.New(t, site(www))
		c := core(e)
		shows := func(what string, do func()) { e.ShowsCost(page, what, do) }
		to := func(weight int, weights ...any) func() {
			return func() { mustApply(t, c, gated(e, toward(e, weight, weights...))) }
		}
		shows("introducing it", to(0))
		shows("a plan", func() { e.ExpectNothingLeft(c, gated(e, toward(e, 0))) })
		shows("one step, to `weight = 5`", to(5))
		shows("from there to `weight = 100` by `weights = [25, 50]`", to(100, 25, 50))
		shows("down to `weight = 0`", to(0))
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		shows("a step that fails at once, and its way back", func() {
			if d := c.MustConverge(t.Context(), t, gated(e, toward(e, 5))); len(d.Errors()) != 1 || d.Errors()[0].Summary != "Ramp failed and was rolled back" {
				t.Errorf("the step ended otherwise: %s", d)
			}
		})
	})
}

func TestTheTableOfPermissionsIsExact(t *testing.T) {
	t.Parallel()
	matrix.Permit(t, "cdn_weighted_ramp", scenarios()...)
}
