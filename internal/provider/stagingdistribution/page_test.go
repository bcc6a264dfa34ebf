package stagingdistribution_test

import "testing"

// What the resource's page says about costs is measured here, with the default
// poll_interval. Each row is logged as the page has to have it.
func TestThePageShowsWhatItCosts(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		shows := func(what string, do func()) {
			w.ShowsCost("../../../templates/resources/staging_distribution.md.tmpl", what, do)
		}
		shows("creating", func() { w.apply(t, next(w.Env)) })
		shows("a plan", func() { w.silent(t, next(w.Env)) })
		shows("another release", func() {
			later := next(w.Env)
			later["overrides"].(map[string]any)["comment"] = "later"
			w.apply(t, later)
		})
		shows("destroying", func() { w.apply(t, nil) })
	})
}
