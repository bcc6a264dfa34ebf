package edgesplit_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
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
		const steps = 30
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
		k := knob.Defaults()
		about := fmt.Sprintf("a step of an edge split, at each of %d locations within %s at the median, and within %s in 99 of 100 cases: ", s.World.Propagation().POPs(), k.StoreMedian, k.StoreP99)
		faster := figure.AtLeast(about+"at half of all locations, times faster than a step of continuous deployment", step/median(half), "x", 10)
		waited := figure.AtLeast(about+"locations with the new weights after a propagation_wait of 60 s", 100*within/float64(steps*s.World.Propagation().POPs()), "%", 99)
		figure.Report(t, faster, waited,
			figure.Plain(about+"half of all locations have it", median(half), "s"),
			figure.Plain(about+"all locations have it", median(all), "s"),
			figure.Plain(about+"an apply without bake_time", median(apply), "s"),
			figure.Plain("a step of continuous deployment, which is Deployed within 90 s at the median: all locations have it", step, "s"),
		)
		for _, f := range []figure.Figure{faster, waited} {
			if !f.OK {
				t.Errorf("%s: %g", f.Name, f.Value)
			}
		}
	})
}
