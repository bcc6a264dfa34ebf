package bluegreenswitch_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// truth compares what is said of the names of a switch, or what its state has, with who
// has them and who answers.
func truth(e *acctest.Env, c *acctest.Core, claim *acctest.Claim) []string {
	var wrong []string
	if claim != nil {
		for _, name := range e.Names {
			wrong = append(wrong, e.ServedBy(*claim, name)...)
		}
		return wrong
	}
	sides := map[string]string{e.Blue.ID: "blue", e.Green.ID: "green"}
	owners, all := map[string]string{}, map[string]bool{}
	for _, name := range e.Names {
		owners[name] = e.Owner(name)
		all[owners[name]] = true
	}
	v, _, err := tftypes.WalkAttributePath(c.State, tftypes.NewAttributePath().WithAttributeName("owners"))
	if err != nil {
		return []string{err.Error()}
	}
	said := map[string]string{}
	var values map[string]tftypes.Value
	if err := v.(tftypes.Value).As(&values); err != nil {
		return []string{err.Error()}
	}
	for name, value := range values {
		var owner string
		if err := value.As(&owner); err != nil {
			return []string{err.Error()}
		}
		said[name] = owner
	}
	if !maps.Equal(said, owners) {
		wrong = append(wrong, fmt.Sprintf("owners are %v", owners))
	}
	for owner := range all {
		if len(all) == 1 && sides[owner] != "" && sides[owner] != c.Get("live") {
			wrong = append(wrong, "live is "+sides[owner])
		}
	}
	if phase := c.Get("phase"); len(all) > 1 && (phase == "settled" || phase == "rolled_back") {
		wrong = append(wrong, "the names are on several distributions, and phase is "+phase)
	}
	return wrong
}

// limited bounds how long a run that can do nothing tries.
func limited(s matrix.Scenario) matrix.Scenario {
	ask := s.Ask
	s.Ask = func(e *acctest.Env) acctest.Config {
		c := ask(e)
		c["timeouts"] = map[string]any{"create": "40m", "update": "40m", "roll_back": "20m"}
		return c
	}
	return s
}

// told are the scenarios of these names.
func told(names ...string) []matrix.Scenario {
	var out []matrix.Scenario
	for _, s := range scenarios() {
		if slices.Contains(names, s.name) {
			out = append(out, limited(s.ordeal()))
		}
	}
	return out
}

func TestNobodyIsToldWhatNobodySaw(t *testing.T) {
	t.Parallel()
	matrix.Tell(t, truth, told("one name")...)
}

func TestWhatIsSaidOfViewersSurvivesEveryTrouble(t *testing.T) {
	t.Parallel()
	matrix.Tell(t, truth, told("cutover by create", "rollback", "associate_alias", "wildcard_overlap, rolled back", "remove_and_add", "invalidation")...)
}
