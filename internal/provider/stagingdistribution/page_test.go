package stagingdistribution_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// What the resource's page says about costs is measured here, with the default
// poll_interval. Each row is logged as the page has to have it.
func TestThePageShowsWhatItCosts(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		shows := func(what string, do func()) {
			w.ShowsCost("../../../templates/resources/staging_distribution.md.tmpl", what, do)
		}
		shows("creating", func() { w.apply(t, next(w.Env)) })
		shows("a plan", func() { w.ExpectSilent(w.Core, next(w.Env)) })
		shows("another release", func() {
			later := next(w.Env)
			later["overrides"].(map[string]any)["comment"] = "later"
			w.apply(t, later)
		})
		shows("destroying", func() { w.apply(t, nil) })
	})
}

func TestTheTableOfPermissionsIsExact(t *testing.T) {
	t.Parallel()
	all := scenarios()
	beside := all[0] // a copy that a run died over is looked for among the others of the account
	beside.Name, beside.Start = "create beside another", func(t *testing.T) (*acctest.Env, *acctest.Core) {
		t.Helper()
		e, c := all[0].Start(t)
		e.CopyByHand(e.Green)
		return e, c
	}
	matrix.Permit(t, "cdn_staging_distribution", append(all, beside)...)
}
