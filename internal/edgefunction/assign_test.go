package edgefunction_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/binomial"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
)

// alpha is how unlikely a share outside of its bounds is by chance.
const alpha = 1e-6

var names = []string{"blue", "green", "red", "amber", "violet"}

// split draws percentages of n sides that sum to 100; some may be 0.
func split(r *rand.Rand, n int) []edgefunction.Weight {
	out := make([]edgefunction.Weight, n)
	left := 100
	for i := range out {
		p := left
		if i < n-1 {
			p = r.IntN(left + 1)
		}
		out[i] = edgefunction.Weight{Side: names[i], Percent: p}
		left -= p
	}
	return out
}

func viewer(i int) string { return fmt.Sprintf("%x_%d", uint64(i)*0x9E3779B97F4A7C15, i) }

func TestSharesAreTheWeights(t *testing.T) {
	t.Parallel()
	const viewers = 50_000
	for _, weights := range [][]int{{99, 1}, {95, 5}, {75, 25}, {50, 50}, {1, 99}, {100, 0}, {60, 39, 1}, {25, 25, 25, 25}, {90, 4, 3, 2, 1}, {20, 20, 20, 20, 20}} {
		var given []edgefunction.Weight
		for i, p := range weights {
			given = append(given, edgefunction.Weight{Side: names[i], Percent: p})
		}
		got := map[string]int{}
		for i := range viewers {
			got[edgefunction.Assign("shares", viewer(i), given)]++
		}
		for _, w := range given {
			low, high := binomial.Bounds(viewers, float64(w.Percent)/100, alpha)
			if n := got[w.Side]; n < low || n > high {
				t.Errorf("%v: %s got %d of %d, want %d to %d", weights, w.Side, n, viewers, low, high)
			}
		}
	}
}

// Raising the weight of a side at the expense of others, in proportion or of one only, moves viewers to it and nobody else;
// lowering it again moves the same ones back.
func TestARaiseOnlyMovesViewersToTheSide(t *testing.T) {
	t.Parallel()
	const viewers = 500
	r := rand.New(rand.NewPCG(14, 1))
	moved := 0
	for range 200 {
		before := split(r, 2+r.IntN(4))
		raised := r.IntN(len(before))
		after := append([]edgefunction.Weight(nil), before...)
		// Weights count relative to each other: raising one alone is raising its share.
		after[raised].Percent += 1 + r.IntN(100)
		for i := range viewers {
			id := viewer(i)
			was, is := edgefunction.Assign("s", id, before), edgefunction.Assign("s", id, after)
			if is != was && is != before[raised].Side {
				t.Fatalf("%s went from %s to %s while %s rose: %v, %v", id, was, is, before[raised].Side, before, after)
			}
			if is != was {
				moved++
			}
			if back := edgefunction.Assign("s", id, before); back != was {
				t.Fatalf("%s came back to %s and not to %s", id, back, was)
			}
		}
	}
	if moved == 0 {
		t.Error("nobody moved")
	}
}

// Of two sides with 100 to share this is what an operator sees: whoever has the side at 5 % has it at every higher weight.
func TestTwoSidesAreAThreshold(t *testing.T) {
	t.Parallel()
	for i := range 500 {
		on := false
		for p := 0; p <= 100; p++ {
			side := edgefunction.Assign("s", viewer(i), []edgefunction.Weight{{Side: "blue", Percent: 100 - p}, {Side: "green", Percent: p}})
			if on && side != "green" {
				t.Fatalf("%s left green when it rose to %d", viewer(i), p)
			}
			on = side == "green"
		}
		if !on {
			t.Fatalf("%s is not on green at 100", viewer(i))
		}
	}
}

func TestTheOrderOfSidesDoesNotMatterAndTheSaltDoes(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(14, 2))
	const viewers = 20_000
	same := 0
	for i := range viewers {
		weights := split(r, 5)
		side := edgefunction.Assign("s", viewer(i), weights)
		r.Shuffle(len(weights), func(a, b int) { weights[a], weights[b] = weights[b], weights[a] })
		if again := edgefunction.Assign("s", viewer(i), weights); again != side {
			t.Fatalf("%s: %s or %s, by the order of %v", viewer(i), side, again, weights)
		}
		halves := []edgefunction.Weight{{Side: "blue", Percent: 50}, {Side: "green", Percent: 50}}
		if edgefunction.Assign("one", viewer(i), halves) == edgefunction.Assign("another", viewer(i), halves) {
			same++
		}
	}
	if low, high := binomial.Bounds(viewers, 0.5, alpha); same < low || same > high {
		t.Errorf("%d of %d have the same side with another salt, want %d to %d", same, viewers, low, high)
	}
	if side := edgefunction.Assign("s", "id", []edgefunction.Weight{{Side: "blue"}, {Side: "green"}}); side != "" {
		t.Errorf("without any weight everybody is on %q", side)
	}
}
