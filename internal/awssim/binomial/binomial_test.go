package binomial_test

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/binomial"
)

// exact computes the bounds in fractions.
func exact(n int, p *big.Rat, alpha *big.Rat) (low, high int) {
	tail := new(big.Rat).Quo(alpha, big.NewRat(2, 1))
	mass := func(k int) *big.Rat {
		m := new(big.Rat).SetInt(new(big.Int).Binomial(int64(n), int64(k)))
		for range k {
			m.Mul(m, p)
		}
		q := new(big.Rat).Sub(big.NewRat(1, 1), p)
		for range n - k {
			m.Mul(m, q)
		}
		return m
	}
	sum := new(big.Rat)
	for low = 0; low < n; low++ {
		if sum.Add(sum, mass(low)).Cmp(tail) > 0 {
			break
		}
	}
	sum = new(big.Rat)
	for high = n; high > low; high-- {
		if sum.Add(sum, mass(high)).Cmp(tail) > 0 {
			break
		}
	}
	return low, high
}

func TestBoundsAreExact(t *testing.T) {
	t.Parallel()
	alpha := big.NewRat(1, 1_000_000)
	for _, n := range []int{1, 10, 60, 100} {
		for _, percent := range []int64{1, 5, 15, 50, 99} {
			t.Run(fmt.Sprintf("n=%d,p=%d%%", n, percent), func(t *testing.T) {
				p, _ := big.NewRat(percent, 100).Float64()
				low, high := binomial.Bounds(n, p, 1e-6)
				if wantLow, wantHigh := exact(n, big.NewRat(percent, 100), alpha); low != wantLow || high != wantHigh {
					t.Errorf("%d..%d, want %d..%d", low, high, wantLow, wantHigh)
				}
			})
		}
	}
}

func TestCertaintyLeavesNoRoom(t *testing.T) {
	t.Parallel()
	if low, high := binomial.Bounds(1000, 0, 1e-6); low != 0 || high != 0 {
		t.Errorf("never: %d..%d", low, high)
	}
	if low, high := binomial.Bounds(1000, 1, 1e-6); low != 1000 || high != 1000 {
		t.Errorf("always: %d..%d", low, high)
	}
	// A larger number than factorials in floating point could hold.
	if low, high := binomial.Bounds(200_000, 0.15, 1e-6); low < 29_000 || low > 30_000 || high < 30_000 || high > 31_000 {
		t.Errorf("many: %d..%d", low, high)
	}
}
