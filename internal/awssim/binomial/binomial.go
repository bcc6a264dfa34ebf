// Package binomial says how far the outcome of a fair split may lie from its
// weight by chance alone. It is for tests that count answers: a count outside of
// the bounds is a split that does not follow its weight, and not bad luck.
package binomial

import "math"

// Bounds returns the smallest interval low..high of outcomes of n draws, each a
// success with probability p, outside of which an outcome lies with a probability
// of at most alpha, shared by both sides. It sums the distribution itself; there is
// no approximation by a normal one, which is wrong where p is small.
func Bounds(n int, p, alpha float64) (low, high int) {
	mass := masses(n, p)
	low, high = 0, n
	for sum := 0.0; low < high; low++ {
		if sum += mass[low]; sum > alpha/2 {
			break
		}
	}
	for sum := 0.0; high > low; high-- {
		if sum += mass[high]; sum > alpha/2 {
			break
		}
	}
	return low, high
}

// masses is the probability of each outcome from 0 to n.
func masses(n int, p float64) []float64 {
	mass := make([]float64, n+1)
	switch {
	case p <= 0:
		mass[0] = 1
		return mass
	case p >= 1:
		mass[n] = 1
		return mass
	}
	all := logFactorial(n)
	for k := range mass {
		mass[k] = math.Exp(all - logFactorial(k) - logFactorial(n-k) + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
	}
	return mass
}

func logFactorial(n int) float64 {
	l, _ := math.Lgamma(float64(n) + 1) // the sign is 1: the argument is positive
	return l
}
