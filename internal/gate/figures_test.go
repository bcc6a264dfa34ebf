package gate_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
)

// make bench simulates 10,000.
var simulated = flag.Int("bakes", 500, "how many bakes a figure of the comparison is made of")

// What a comparison is worth: how often it is wrong about a good canary, and how often it
// finds a bad one. The sample is that of a 5 % canary with 1,000 requests.
func TestWhatAComparisonIsWorth(t *testing.T) {
	t.Parallel()
	const canary, baseline, usual = 1000, 19_000, 0.005
	n := float64(*simulated)
	for _, confidence := range []float64{0.95, 0.99} {
		c := gate.Comparison{Confidence: confidence, Tolerance: 0.01, Minimum: 1000}
		said := func(rate float64) map[gate.Outcome]float64 {
			src := rand.NewPCG(5, 6)
			mine, theirs := distuv.Binomial{N: canary, P: rate, Src: src}, distuv.Binomial{N: baseline, P: usual, Src: src}
			out := map[gate.Outcome]float64{}
			for range *simulated {
				out[c.Compare(seen(canary, mine.Rand()), seen(baseline, theirs.Rand()))]++
			}
			return out
		}
		label := func(what string) string {
			return fmt.Sprintf("comparison at %g, %d bakes: %s", confidence, *simulated, what)
		}
		most := 0.0
		for (distuv.Binomial{N: n, P: 1 - confidence}).Survival(most) > 1e-6 {
			most++
		}
		alike := said(usual)
		alarms := figure.AtMost(label("false alarms, level "+fmt.Sprintf("%.2g", 1-confidence)+" and chance"), 100*alike[gate.Worse]/n, "%", 100*most/n)
		figure.Report(t, alarms, figure.Plain(label("good canaries passed"), 100*alike[gate.NotWorse]/n, "%"))
		if !alarms.OK {
			t.Errorf("%s: %g, want %s", alarms.Name, alarms.Value, alarms.Bound)
		}
		for _, rate := range []float64{0.01, 0.02, 0.05} {
			figure.Report(t, figure.Plain(label(fmt.Sprintf("found, %g %% errors instead of %g %%", 100*rate, 100*usual)), 100*said(rate)[gate.Worse]/n, "%"))
		}
	}
}
