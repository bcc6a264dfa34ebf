package behaviorswitch_test

import (
	"context"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
)

// What is imported is as it should be: the other side is for configuration to say, and the
// plan that says it takes no step.
func TestAnImportedSwitchTakesNoStep(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t, "/api/*", "/img/*")
		c := core(s.Env)
		before := s.World.Journal().Seq()
		if d, err := c.Import(context.Background(), s.ID+";default,/api/*;blue=origin_id"); err != nil || len(d) > 0 {
			t.Fatalf("%v\n%s", err, d)
		}
		if c.Get("phase") != "settled" || c.Get("live") != "blue" || c.Get("settled_live") != "blue" {
			t.Errorf("%s", c.State)
		}
		config := gated(s.toward("blue", "default", "/api/*"))
		mustApply(t, c, config)
		expectOperations(t, s.Effects(before))
		s.ExpectNothingLeft(c, config)
		mustApply(t, c, gated(s.toward("green", "default", "/api/*")))
		if got := s.uses(t); got["default"] != "app-green" || got["/img/*"] != "app-blue" {
			t.Errorf("%v", got)
		}
	})
}

func TestAnImportIdThatCannotBeMeantSaysWhy(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]string{
		"not the form": "blue=origin_id", "no such attribute": "ID;/api/*;blue=origin", "no such behaviour": "ID;/nothing/*;blue=origin_id", "no such distribution": "E00000000000;/api/*;blue=origin_id",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T) {
				s := open(t, "/api/*")
				if len(id) > 3 && id[:3] == "ID;" {
					id = s.ID + id[2:]
				}
				d, err := core(s.Env).Import(context.Background(), id)
				if err != nil || len(d.Errors()) != 1 {
					t.Fatalf("%v\n%s", err, d)
				}
				golden.Said(t, "import", name, d.String())
			})
		})
	}
}
