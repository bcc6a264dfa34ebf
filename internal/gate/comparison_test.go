package gate_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
)

func seen(requests, errors float64) gate.Traffic {
	return gate.Traffic{Requests: requests, Errors: errors}
}

func TestACanaryIsComparedWithItsBaseline(t *testing.T) {
	t.Parallel()
	c := gate.Comparison{Confidence: 0.95, Tolerance: 0.01, Minimum: 1000}
	for _, x := range []struct {
		name             string
		canary, baseline gate.Traffic
		want             gate.Outcome
	}{
		{"no errors anywhere", seen(1000, 0), seen(1000, 0), gate.NotWorse},
		{"alike", seen(10_000, 20), seen(10_000, 20), gate.NotWorse},
		{"better", seen(10_000, 0), seen(10_000, 500), gate.NotWorse},
		{"everything fails", seen(1000, 1000), seen(1000, 0), gate.Worse},
		{"everything fails on both sides", seen(1000, 1000), seen(1000, 1000), gate.NotWorse},
		{"worse by a lot", seen(1000, 60), seen(19_000, 95), gate.Worse},
		{"worse, but by less than the tolerance", seen(1_000_000, 3000), seen(1_000_000, 1000), gate.NotWorse},
		{"too little to tell", seen(1000, 16), seen(1000, 10), gate.Unclear},
		{"too few requests", seen(999, 999), seen(1_000_000, 0), gate.Unclear},
		{"too few in the baseline", seen(100_000, 5000), seen(999, 0), gate.Unclear},
		{"no requests", seen(0, 0), seen(0, 0), gate.Unclear},
		{"more errors than requests, by rounding", seen(1000, 1000.0001), seen(1000, 0), gate.Worse},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			if got := c.Compare(x.canary, x.baseline); got != x.want {
				t.Errorf("%q, want %q", got, x.want)
			}
			want := map[gate.Outcome]gate.Verdict{gate.NotWorse: gate.Pass, gate.Worse: gate.Fail, gate.Unclear: gate.Inconclusive}[x.want]
			f := c.Examine(known(x.canary), known(x.baseline))
			if f.Verdict != want || (f.Why == "") != (want == gate.Pass) || strings.Contains(f.Why, "NaN") {
				t.Errorf("%s: %q, want %s", f.Verdict, f.Why, want)
			}
		})
	}
}

// The interval of the paper's worked examples: R. G. Newcombe, Statistics in Medicine
// 17, 1998, table II, method 10, two-sided 95 %.
func TestTheIntervalIsThatOfThePaper(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ a, m, b, n, lower, upper float64 }{
		{56, 70, 48, 80, 0.0524, 0.3339},
		{9, 10, 3, 10, 0.1705, 0.8090},
		{10, 10, 0, 20, 0.6791, 1.0},
		{0, 10, 0, 20, -0.1611, 0.2775},
	} {
		lower, upper := gate.Comparison{Confidence: 0.975}.Difference(seen(x.m, x.a), seen(x.n, x.b))
		if math.Abs(lower-x.lower) > 0.0001 || math.Abs(upper-x.upper) > 0.0001 {
			t.Errorf("%g/%g - %g/%g: %.4f to %.4f, want %.4f to %.4f", x.a, x.m, x.b, x.n, lower, upper, x.lower, x.upper)
		}
	}
}

// The promise of a confidence: a side that is as good as the baseline is called worse at
// most that often, for every error rate and every ratio of the samples.
func TestFalseAlarmsAreAtMostWhatTheConfidenceSays(t *testing.T) {
	t.Parallel()
	const bakes, alpha = 2000, 1e-6
	for _, confidence := range []float64{0.8, 0.95, 0.99} {
		for _, n := range [][2]float64{{1000, 1000}, {1000, 19_000}, {500, 10_000}, {10_000, 100_000}} {
			for _, rate := range []float64{0, 0.0001, 0.005, 0.05, 0.3} {
				t.Run(fmt.Sprintf("%g/%g+%g/%g", confidence, n[0], n[1], rate), func(t *testing.T) {
					t.Parallel()
					src := rand.NewPCG(1, 2)
					c := gate.Comparison{Confidence: confidence, Tolerance: 0.00001, Minimum: 1} // which nothing passes by
					canary, baseline := distuv.Binomial{N: n[0], P: rate, Src: src}, distuv.Binomial{N: n[1], P: rate, Src: src}
					alarms := 0
					for range bakes {
						if c.Compare(seen(n[0], draw(canary)), seen(n[1], draw(baseline))) == gate.Worse {
							alarms++
						}
					}
					// The most there can be, but for one run in a million.
					most := 0
					for (distuv.Binomial{N: bakes, P: 1 - confidence}).Survival(float64(most)) > alpha {
						most++
					}
					if alarms > most {
						t.Errorf("%d false alarms in %d bakes, at most %d at %g", alarms, bakes, most, confidence)
					}
				})
			}
		}
	}
}

func draw(b distuv.Binomial) float64 {
	if b.P == 0 {
		return 0
	}
	return b.Rand()
}

// Power: what is clearly worse is found, and what is clearly good passes.
func TestAClearDifferenceIsFound(t *testing.T) {
	t.Parallel()
	src := rand.NewPCG(3, 4)
	c := gate.Comparison{Confidence: 0.95, Tolerance: 0.01, Minimum: 1000}
	const bakes = 500
	bad, good := 0, 0
	for range bakes {
		baseline := seen(19_000, distuv.Binomial{N: 19_000, P: 0.002, Src: src}.Rand())
		if c.Compare(seen(1000, distuv.Binomial{N: 1000, P: 0.05, Src: src}.Rand()), baseline) == gate.Worse {
			bad++
		}
		if c.Compare(seen(5000, distuv.Binomial{N: 5000, P: 0.002, Src: src}.Rand()), baseline) == gate.NotWorse {
			good++
		}
	}
	if bad < bakes*99/100 || good < bakes*99/100 {
		t.Errorf("of %d: %d bad ones found, %d good ones passed", bakes, bad, good)
	}
}

func TestABakeStopsOnTheWayOnlyForARateOfEnoughRequests(t *testing.T) {
	t.Parallel()
	c := gate.Comparison{Minimum: 100, Stop: 0.5}
	for _, x := range []struct {
		seen gate.Traffic
		want gate.Verdict
	}{{seen(99, 99), gate.Inconclusive}, {seen(100, 49), gate.Inconclusive}, {seen(100, 50), gate.Fail}, {seen(0, 0), gate.Inconclusive}, {seen(100, math.NaN()), gate.Inconclusive}} {
		if got := c.Abort(known(x.seen)); got.Verdict != x.want {
			t.Errorf("%v: %s (%s)", x.seen, got.Verdict, got.Why)
		}
	}
	if (gate.Comparison{}).Abort(known(seen(1000, 1000))).Verdict != gate.Inconclusive {
		t.Error("stopped although nobody asked for it")
	}
}

// Errors that nobody knows are not none: neither side can be called as good as the other.
func TestAComparisonIsOpenWhereErrorsAreNotKnown(t *testing.T) {
	t.Parallel()
	c := gate.Comparison{Confidence: 0.95, Tolerance: 0.01, Minimum: 1000}
	good, worse := known(seen(10_000, 0)), known(seen(10_000, 5000))
	without := func(c gate.Count) gate.Count { c.Minutes, c.Unknown = 10, 3; return c }
	for _, x := range []struct {
		name             string
		canary, baseline gate.Count
		want             gate.Verdict
		why              string
	}{
		{"all is known", good, good, gate.Pass, ""},
		{"of the canary", without(good), good, gate.Inconclusive, "the errors in 3 of 10 minutes are not known"},
		{"of the baseline", good, without(good), gate.Inconclusive, "the errors in 3 of 10 minutes of the baseline are not known"},
		{"of a canary that is worse without them", without(worse), good, gate.Fail, "worse"},
		{"of the baseline of one that seems worse", worse, without(good), gate.Inconclusive, "of the baseline are not known"},
	} {
		if got := c.Examine(x.canary, x.baseline); got.Verdict != x.want || !strings.Contains(got.Why, x.why) {
			t.Errorf("%s: %s (%s), want %s (%s)", x.name, got.Verdict, got.Why, x.want, x.why)
		}
	}
}
