package cutover_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

func TestARunKeepsToWhatThePlanHasShown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		recipe  cutover.Recipe
		intents []string
		beyond  string
	}{
		"no plan is about it":        {nil, []string{"move a"}, ""},
		"the plan showed nothing":    {cutover.Bound(nil), []string{"move a"}, "move a"},
		"the plan showed it":         {cutover.Bound([]string{"move a", "move b"}), []string{"move b"}, ""},
		"a wait":                     {cutover.Bound(nil), []string{""}, ""},
		"one of two was not shown":   {cutover.Bound([]string{"move a"}), []string{"move a", "move b"}, "move b"},
		"a step that does not count": {cutover.Bound(nil), nil, ""},
	} {
		if got := c.recipe.Beyond(c.intents...); got != c.beyond {
			t.Errorf("%s: %q, want %q", name, got, c.beyond)
		}
	}
}
