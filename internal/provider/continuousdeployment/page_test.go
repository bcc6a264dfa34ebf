package continuousdeployment_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// What the resource's page says about costs is measured here, with the default
// poll_interval. Each row is logged as the page has to have it.
func TestThePageShowsWhatItCosts(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		shows := func(what string, do func()) {
			w.ShowsCost("../../../templates/resources/continuous_deployment.md.tmpl", what, do)
		}
		w.MarkByHand(w.staging)
		shows("creating and attaching", func() { w.apply(t, joined(w.Env)) })
		shows("a plan", func() { w.ExpectSilent(w.Core, joined(w.Env)) })
		shows("detaching", func() { w.apply(t, with(joined(w.Env), "attached", false)) })
		shows("attaching again", func() { w.apply(t, joined(w.Env)) })
		shows("destroying", func() { w.apply(t, nil) })
	})
}

func TestTheTableOfPermissionsIsExact(t *testing.T) {
	t.Parallel()
	matrix.Permit(t, "cdn_continuous_deployment", scenarios()...)
}
