package gate

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
)

// A Comparison holds a canary's rate of server errors against a baseline's.
//
// "Worse" is Fisher's exact test, one-sided: given how many of all requests failed, how
// probable is it that so many of them are the canary's, if both sides are alike? The
// test is exact, so that a canary that is no worse is called worse at most as often as
// the confidence says, whatever the error rate and however unequal the samples are.
// (Intervals by approximation do not keep that promise: where the baseline has many
// times the canary's requests they are wrong up to three times as often.)
//
// "Not worse" by more than the tolerance is the upper bound of Newcombe's hybrid score
// interval for the difference of two independent proportions (R. G. Newcombe, Statistics
// in Medicine 17, 1998, method 10), built of two Wilson intervals, one-sided at the same
// confidence, with quantiles from gonum. Other than the textbook interval it stays sound
// where a rate is 0, which is where healthy sides are.
//
// There is one look, at the end of the bake: looking again and again would raise the
// false alarms above what the confidence says.
type Comparison struct {
	// Confidence, above 0.5 and below 1, of either statement: "worse" about a canary
	// that is not is said at most once in 1/(1-Confidence) times.
	Confidence float64
	// Tolerance is by how much the canary's error rate may exceed the baseline's, as a
	// fraction of requests. Without any, no finite sample could show a canary to be good.
	Tolerance float64
	// Minimum requests of either side; below it nothing is said.
	Minimum int
	// Stop is the error rate, a fraction of requests, at which a bake is given up on
	// the way, whatever the baseline does. 0: none.
	Stop float64
}

// Outcome is what a comparison says about the canary.
type Outcome string

// The outcomes of a comparison.
const (
	Unclear  Outcome = ""          // the sample allows neither statement
	NotWorse Outcome = "not worse" // than the baseline, by more than the tolerance
	Worse    Outcome = "worse"     // than the baseline
)

// chance is the probability that at least as many of all errors are the canary's, if
// the sides are alike: the upper tail of a hypergeometric distribution.
func chance(canary, baseline Traffic) float64 {
	n1, n2 := math.Round(canary.Requests), math.Round(baseline.Requests)
	x := min(n1, math.Round(canary.Errors))
	all := x + min(n2, math.Round(baseline.Errors))
	if x*(n1+n2) <= all*n1 {
		return 1 // not more than its share
	}
	log := logChoose(all, x) + logChoose(n1+n2-all, n1-x) - logChoose(n1+n2, n1)
	sum, term := 0.0, math.Exp(log)
	for k := x; k <= min(all, n1) && term > 0; k++ {
		sum += term
		term *= (all - k) * (n1 - k) / ((k + 1) * (n2 - all + k + 1))
		if term < sum*1e-16 {
			break
		}
	}
	return min(1, sum)
}

func logChoose(n, k float64) float64 {
	a, _ := math.Lgamma(n + 1)
	b, _ := math.Lgamma(k + 1)
	c, _ := math.Lgamma(n - k + 1)
	return a - b - c
}

// Difference returns the bounds of the difference between the error rates of canary
// and baseline, each one-sided at the comparison's confidence.
func (c Comparison) Difference(canary, baseline Traffic) (lower, upper float64) {
	if canary.Requests <= 0 || baseline.Requests <= 0 {
		return -1, 1
	}
	z := mathext.NormalQuantile(c.Confidence)
	p1, l1, u1 := wilson(canary, z)
	p2, l2, u2 := wilson(baseline, z)
	d := p1 - p2
	return d - math.Hypot(p1-l1, u2-p2), d + math.Hypot(u1-p1, p2-l2)
}

// wilson is the score interval of one proportion. Source: E. B. Wilson, JASA 22, 1927.
func wilson(t Traffic, z float64) (p, lower, upper float64) {
	n := t.Requests
	p = min(1, max(0, t.Errors/n))
	centre := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return p, max(0, centre-half), min(1, centre+half)
}

// Compare says what the traffic of a whole bake shows.
func (c Comparison) Compare(canary, baseline Traffic) Outcome {
	least := float64(max(1, c.Minimum))
	if canary.Requests < least || baseline.Requests < least {
		return Unclear
	}
	_, upper := c.Difference(canary, baseline)
	switch {
	case upper < c.Tolerance:
		return NotWorse
	case chance(canary, baseline) <= 1-c.Confidence:
		return Worse
	default:
		return Unclear
	}
}

// Examine judges the traffic of a whole bake. What is not known of a minute, on either
// side, leaves open what speaks for the canary: the errors may have been in it. A canary
// that is worse even without them is worse.
func (c Comparison) Examine(canary, baseline Count) Finding {
	outcome := c.Compare(canary.Traffic, baseline.Traffic)
	for _, side := range []struct {
		name string
		Count
	}{{"", canary}, {" of the baseline", baseline}} {
		if side.Unknown > 0 && (outcome != Worse || baseline.Unknown > 0) {
			return Finding{Why: fmt.Sprintf("the errors in %d of %d minutes%s are not known", side.Unknown, side.Minutes, side.name), Later: true}
		}
	}
	rates := fmt.Sprintf("%s of %.0f requests failed, against %s of %.0f in the baseline", percent(canary.Traffic), canary.Requests, percent(baseline.Traffic), baseline.Requests)
	switch outcome {
	case NotWorse:
		return Finding{Verdict: Pass}
	case Worse:
		return Finding{Verdict: Fail, Why: fmt.Sprintf("%s: worse, at %.4g %% confidence", rates, c.Confidence*100)}
	case Unclear:
	}
	if least := float64(max(1, c.Minimum)); canary.Requests < least || baseline.Requests < least {
		return Finding{Why: fmt.Sprintf("%s; a comparison needs %.0f of each", rates, least)}
	}
	return Finding{Why: fmt.Sprintf("%s: the sample is too small to tell, at %.4g %% confidence and a tolerance of %.4g %%", rates, c.Confidence*100, c.Tolerance*100)}
}

// Abort judges the traffic of a bake that is still going on. It can only fail: that the
// bake goes on says nothing for the canary. Errors that are not known count as none here,
// so that it is never too early.
func (c Comparison) Abort(canary Count) Finding {
	if c.Stop > 0 && canary.Requests >= float64(max(1, c.Minimum)) && canary.Errors/canary.Requests >= c.Stop {
		return Finding{Verdict: Fail, Why: fmt.Sprintf("%s of %.0f requests failed, %.4g %% is where the bake stops", percent(canary.Traffic), canary.Requests, c.Stop*100)}
	}
	return Finding{}
}

func percent(t Traffic) string {
	if t.Requests <= 0 {
		return "0 %"
	}
	return fmt.Sprintf("%.3g %%", 100*t.Errors/t.Requests)
}
