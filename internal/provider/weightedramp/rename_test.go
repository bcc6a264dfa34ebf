package weightedramp_test

import (
	"context"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// called is a configuration with its two sides under other names, which set identifiers
// follow that are not written out.
func called(c acctest.Config, blue, green string) acctest.Config {
	sides := c["sides"].(map[string]any)
	c["sides"], c["target"] = map[string]any{blue: sides["blue"], green: sides["green"]}, green
	return c
}

// renames are the ways to call the sides otherwise, the last one by each other's names.
var renames = map[string][2]string{
	"the target":        {"blue", "new"},
	"the other side":    {"old", "green"},
	"both":              {"old", "new"},
	"each as the other": {"green", "blue"},
}

// under is what every name has when green has a share of it, with identifiers of its sides.
func under(e *acctest.Env, sides [2]string, percent, rest string) []string {
	return []string{sides[0] + " " + rest + " " + e.Blue.Domain, sides[1] + " " + percent + " " + elsewhere + " ttl=60"}
}

// The records under the old identifier are the side's own, and nobody's share changes.
func TestARenamedSideTakesItsRecordsAlong(t *testing.T) {
	t.Parallel()
	for name, sides := range renames {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, site(www, "api.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				mustApply(t, c, gated(e, toward(e, 25)))
				before := e.World.Journal().Seq()
				ask := called(gated(e, toward(e, 25)), sides[0], sides[1])
				if d := c.MustConverge(context.Background(), t, ask); len(d) > 0 {
					t.Errorf("it says %s", d)
				}
				if w := e.Writes(before); len(w) != 1 {
					t.Errorf("%d writes, want one batch: %v", len(w), w)
				}
				expectSets(t, e, under(e, sides, "25", "75")...)
				e.ExpectNothingLeft(c, ask)
				// And goes on under its new name, to the end.
				ask = called(gated(e, toward(e, 100)), sides[0], sides[1])
				mustApply(t, c, ask)
				expectSets(t, e, elsewhere+" ttl=60")
				e.ExpectNothingLeft(c, ask)
				e.ExpectServed()
			})
		})
	}
}

// The endpoint is as sick as before, whatever it is called.
func TestTheLatchOfARampStaysShutWhenSidesAreRenamed(t *testing.T) {
	t.Parallel()
	for name, sides := range renames {
		for start, weight := range map[string]int{"from nothing": 0, "from a share": 25} {
			t.Run(name+", "+start, func(t *testing.T) {
				t.Parallel()
				running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
					mustApply(t, c, gated(e, toward(e, weight)))
					e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
					if d := c.MustConverge(context.Background(), t, gated(e, toward(e, 50))).Errors(); len(d) != 1 || d[0].Summary != "Ramp failed and was rolled back" {
						t.Fatalf("%s", d)
					}
					want := simple(e)
					if weight > 0 {
						want = under(e, sides, "25", "75")
					}
					ask := called(gated(e, toward(e, 50)), sides[0], sides[1])
					for range 2 {
						if d := c.MustConverge(context.Background(), t, ask); len(d.Errors()) > 0 || len(d.Warnings()) == 0 || d.Warnings()[0].Summary != "A failed ramp is not tried again" {
							t.Errorf("it says %s", d)
						}
						expectSets(t, e, want...)
						e.ExpectNothingLeft(c, ask)
					}
					e.World.Origins().Put("green.origin.test", origin.State{})
					ask["retry"] = "repaired"
					mustApply(t, c, ask)
					expectSets(t, e, under(e, sides, "50", "50")...)
					e.ExpectNothingLeft(c, ask)
				})
			})
		}
	}
}
