package edgesplit_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
	pace "github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/propagation"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// median of some durations, in seconds.
func median(of []time.Duration) float64 {
	slices.Sort(of)
	return of[len(of)/2].Seconds()
}

// A table reaches each location by itself, half of the time within 5 s and in 99 of 100 cases within
// 45 s; a step of continuous deployment is an update of a policy, which is Deployed, half of the time
// within 90 s, when the last location has it. Both are the settings of the simulator.
func TestWhatAStepOfASplitCosts(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		c := core(s.Env)
		ask := func(weight int) { mustApply(t, c, with(s.toward(weight), "bake_time", "0s")) }
		ask(0)
		var half, all, apply []time.Duration
		var within float64
		const steps = 15
		for i := range steps {
			at := clock.System{}.Now()
			since := s.World.Journal().Seq()
			ask(1 + i)
			took := clock.System{}.Now().Sub(at)
			writes := s.Writes(since)
			if len(writes) != 1 {
				t.Fatalf("a step is %d writes", len(writes))
			}
			arrivals := slices.SortedFunc(slices.Values(s.arrivals(t)), time.Time.Compare)
			wrote := writes[0].At
			half, all, apply = append(half, arrivals[len(arrivals)/2-1].Sub(wrote)), append(all, arrivals[len(arrivals)-1].Sub(wrote)), append(apply, took)
			for _, a := range arrivals {
				if a.Sub(wrote) <= time.Minute { // propagation_wait
					within++
				}
			}
		}
		var canary []time.Duration
		model := pace.New(s.World.Propagation().POPs(), 0, 1)
		for i := range 101 {
			var start time.Time
			canary = append(canary, pace.Done(model.Schedule("policy"+strconv.Itoa(i), 1, start, nil)).Sub(start))
		}
		step := median(canary)
		faster := figure.AtLeast("a step of an edge split at half of all locations: times faster than a step of continuous deployment", step/median(half), "x", 10)
		waited := figure.AtLeast("a step of an edge split: locations with the new weights after propagation_wait", 100*within/float64(steps*s.World.Propagation().POPs()), "%", 99)
		figure.Report(t, faster, waited,
			figure.Plain("a step of an edge split: half of all locations have it", median(half), "s"),
			figure.Plain("a step of an edge split: all locations have it", median(all), "s"),
			figure.Plain("a step of an edge split: an apply without bake_time", median(apply), "s"),
			figure.Plain("a step of continuous deployment: all locations have it", step, "s"),
		)
		for _, f := range []figure.Figure{faster, waited} {
			if !f.OK {
				t.Errorf("%s: %g", f.Name, f.Value)
			}
		}
	})
}
