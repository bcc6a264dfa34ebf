package stagingdistribution_test

import (
	"os"
	"strings"
	"testing"
)

// What the resource's page says about costs is measured here, with the default
// poll_interval. Each row is logged as the page has to have it.
func TestThePageShowsWhatItCosts(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../../templates/resources/staging_distribution.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	in(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			what string
			do   func()
		}{
			{"creating", func() { w.apply(t, next(w.Env)) }},
			{"a plan", func() { w.silent(t, next(w.Env)) }},
			{"another release", func() {
				later := next(w.Env)
				later["overrides"].(map[string]any)["comment"] = "later"
				w.apply(t, later)
			}},
			{"destroying", func() { w.apply(t, nil) }},
		} {
			row := "| " + c.what + " | " + w.Cost(c.do) + " |"
			t.Log(row)
			if !strings.Contains(string(raw), row) {
				t.Errorf("the page does not have this row:\n%s", row)
			}
		}
	})
}
