package continuousdeployment_test

import (
	"os"
	"strings"
	"testing"
)

// What the resource's page says about costs is measured here, with the default
// poll_interval. Each row is logged as the page has to have it.
func TestThePageShowsWhatItCosts(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../../templates/resources/continuous_deployment.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	in(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			what string
			do   func()
		}{
			{"creating and attaching", func() { w.apply(t, joined(w.Env)) }},
			{"a plan", func() { w.silent(t, joined(w.Env)) }},
			{"detaching", func() { w.apply(t, with(joined(w.Env), "attached", false)) }},
			{"attaching again", func() { w.apply(t, joined(w.Env)) }},
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
