package edgesplit_test

import (
	"context"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// Before the table has had its time, an answer is about the weights of before.
func TestEvidenceIsOfATableThatHasArrived(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s, c := sick(t)
		began := s.World.Journal().Seq()
		go func() {
			for len(s.Writes(began)) == 0 {
				_ = clock.System{}.Sleep(context.Background(), time.Second)
			}
			_ = clock.System{}.Sleep(context.Background(), 30*time.Second)
			s.World.Origins().Put("app-green.origin.test", origin.State{})
		}()
		mustApply(t, c, gated(s.toward(50)))
		if got := s.table(t).Weights["green"]; got != 50 || c.Get("phase") != "settled" {
			t.Errorf("green has %d %%, phase %q", got, c.Get("phase"))
		}
	})
}
