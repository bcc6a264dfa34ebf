package edgesplit_test

import (
	"context"
	"testing"
)

// A destroy goes where nobody notices, and otherwise before its first write.
func TestADestroyStopsWhileViewersAreSplit(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		c := core(s.Env)
		mustApply(t, c, s.toward(0))
		for _, weight := range []int{50, 100} { // at 100 the behaviours serve blue without the split
			mustApply(t, c, s.toward(weight))
			before := s.World.Journal().Seq()
			d := c.MustConverge(context.Background(), t, nil).Errors()
			if len(d) != 1 || d[0].Summary != "Viewers would get another side without the split" {
				t.Fatalf("at %d: %s", weight, d)
			}
			expectOperations(t, s.Effects(before))
		}
		mustApply(t, c, with(s.toward(100), "on_destroy", "delete_live"))
		mustApply(t, c, nil)
		if left := s.made(t); len(left) > 0 || len(s.runs(t)) > 0 {
			t.Errorf("left behind: %q, %v", left, s.runs(t))
		}
	})
}
