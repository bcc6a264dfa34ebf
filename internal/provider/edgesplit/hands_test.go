package edgesplit_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// Whoever writes the table between a look and a write of a run is not written over.
func TestATableThatSomebodyWritesInBetweenIsNotWrittenOver(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]int64{"with the next generation": 1, "with the same generation": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T) {
				s := open(t)
				c := core(s.Env)
				mustApply(t, c, s.toward(0))
				mustApply(t, c, s.toward(50))
				s.World.Faults().Add(fault.Fault{Operation: "PutKey", Count: 1, Hook: matrix.Once(func() {
					_ = clock.System{}.Sleep(context.Background(), time.Millisecond)
					table := s.table(t)
					table.Generation, table.Weights, table.Killed = table.Generation+by, map[string]int{"blue": 100, "green": 0}, true
					text, err := table.Encode()
					if err != nil {
						t.Error(err)
					}
					s.put(t, text) // the console, at night
				})})
				fails(t, c, s.toward(100), "Somebody has written the table during the change")
				if got := s.table(t); !got.Killed || got.Weights["green"] != 0 {
					t.Errorf("written over by %+v", got)
				}
			})
		})
	}
}

// Every function has answered every kind of event before it is published.
func TestFunctionsAreTriedBeforeTheyArePublished(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		before := s.World.Journal().Seq()
		mustApply(t, core(s.Env), s.toward(0))
		var calls []string
		for _, call := range s.Calls(before) {
			if call.Operation == "TestFunction" || call.Operation == "PublishFunction" {
				calls = append(calls, call.Operation)
			}
		}
		if got := slices.Compact(slices.Clone(calls)); !slices.Equal(got, []string{"TestFunction", "PublishFunction", "TestFunction", "PublishFunction"}) {
			t.Errorf("called %q", calls)
		}
		if len(calls) < 2+2*6 {
			t.Errorf("tried %d events only", len(calls)-2)
		}
	})
}
