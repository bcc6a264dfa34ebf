package behaviorswitch_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// truth compares what is said of the behaviours of a switch, or what its state has, with
// what the distribution has and who answers what no location holds yet.
func truth(t *testing.T) matrix.Truth {
	t.Helper()
	return func(e *acctest.Env, c *acctest.Core, claim *acctest.Claim) []string {
		var wrong []string
		s := of(e)
		for pattern, is := range s.uses(t) {
			if pattern == "/img/*" { // the switch has nothing to do with it
				continue
			}
			if claim == nil {
				at := tftypes.NewAttributePath().WithAttributeName("current_values").WithElementKeyString("origin_id of " + pattern)
				if v, _, err := tftypes.WalkAttributePath(c.State, at); err != nil || !strings.Contains(fmt.Sprint(v), fmt.Sprintf("%q", is)) {
					wrong = append(wrong, fmt.Sprintf("current_values says %s of %s, which uses %s (%v)", v, pattern, is, err))
				}
				continue
			}
			for _, r := range claim.Routes {
				if !r.Concerns(pattern) {
					continue
				}
				if side, _, _ := strings.Cut(r.To, " ("); "app-"+side != is {
					wrong = append(wrong, fmt.Sprintf("%s uses %s", pattern, is))
				}
				if claim.Now && !r.Learning {
					path := fmt.Sprintf("/never-asked-for-%d", e.World.Journal().Seq())
					if pattern != "default" {
						path = strings.TrimSuffix(pattern, "/*") + path
					}
					for who, n := range s.answers(t, path) {
						if who != is+".origin.test" {
							wrong = append(wrong, fmt.Sprintf("at %d places %s is answered by %s", n, path, who))
						}
					}
				}
			}
		}
		return wrong
	}
}

// told are the scenarios of these names, with a bound on how long a run that can do nothing
// tries.
func told(names ...string) []matrix.Scenario {
	var out []matrix.Scenario
	for _, s := range scenarios() {
		if !slices.Contains(names, s.Name) {
			continue
		}
		ask := s.Ask
		s.Ask = func(e *acctest.Env) acctest.Config {
			c := ask(e)
			c["timeouts"] = map[string]any{"create": "40m", "update": "40m", "roll_back": "20m"}
			return c
		}
		out = append(out, s)
	}
	return out
}

func TestNobodyIsToldWhatNobodySaw(t *testing.T) {
	t.Parallel()
	matrix.Tell(t, truth(t), told("there")...)
}

func TestWhatIsSaidOfViewersSurvivesEveryTrouble(t *testing.T) {
	t.Parallel()
	matrix.Tell(t, truth(t), told("by create", "rolled back")...)
}
