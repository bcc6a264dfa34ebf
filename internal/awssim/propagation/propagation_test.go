package propagation_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/propagation"
)

var now = time.Date(2026, 11, 29, 3, 0, 0, 0, time.UTC)

// spans are how long changes of a hundred things, forty versions each, take, in order.
func spans(m *propagation.Model) []time.Duration {
	var out []time.Duration
	for thing := range 100 {
		for version := range 40 {
			out = append(out, propagation.Done(m.Schedule(fmt.Sprintf("E%dEXAMPLE", thing), version, now, nil)).Sub(now))
		}
	}
	slices.Sort(out)
	return out
}

func TestHalfOfAllChangesTakeNinetySecondsAndSomeTakeMinutes(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		all := spans(propagation.New(24, 0, seed))
		median, late, longest := all[len(all)/2], all[len(all)*95/100], all[len(all)-1]
		t.Logf("seed %d: median %s, 95th percentile %s, longest %s of %d", seed, median, late, longest, len(all))
		if (median - 90*time.Second).Abs() > 3*time.Second {
			t.Errorf("seed %d: half of all changes have arrived after %s, want 90s", seed, median)
		}
		if late < 190*time.Second || late > 220*time.Second {
			t.Errorf("seed %d: 19 of 20 changes have arrived after %s, want about 205s", seed, late)
		}
		if longest < 6*time.Minute || longest > 10*time.Minute {
			t.Errorf("seed %d: the last of %d changes has arrived after %s, want 6 to 10 minutes", seed, len(all), longest)
		}
	}
}

func TestMostPointsOfPresenceFollowLongBeforeTheLast(t *testing.T) {
	t.Parallel()
	for name, span := range map[string]time.Duration{"CloudFront's own pace": 0, "a span": 4 * time.Minute} {
		m := propagation.New(24, span, 1)
		early, all := 0, 0
		for version := range 200 {
			arrives := m.Schedule("E1EXAMPLE", version, now, nil)
			third := now.Add(propagation.Done(arrives).Sub(now) / 3)
			for _, t := range arrives {
				if all++; !t.After(third) {
					early++
				}
			}
		}
		if share := float64(early) / float64(all); share < 0.75 || share > 0.95 {
			t.Errorf("%s: %.0f %% of the points of presence have a change after a third of the time", name, 100*share)
		}
	}
}

// Two distributions that change at once, in whichever order, take what each takes alone.
func TestTheDelaysOfAChangeDependOnNothingElse(t *testing.T) {
	t.Parallel()
	one, other := propagation.New(24, 0, 7), propagation.New(24, 0, 7)
	blue, green := one.Schedule("EBLUE", 3, now, nil), one.Schedule("EGREEN", 3, now, nil)
	if again := other.Schedule("EGREEN", 3, now, nil); !slices.Equal(green, again) {
		t.Errorf("green took %v after blue and %v before it", green, again)
	}
	if again := other.Schedule("EBLUE", 3, now, nil); !slices.Equal(blue, again) {
		t.Errorf("blue took %v before green and %v after it", blue, again)
	}
	for name, differs := range map[string][]time.Time{
		"another distribution": green,
		"another version":      other.Schedule("EBLUE", 4, now, nil),
		"another seed":         propagation.New(24, 0, 8).Schedule("EBLUE", 3, now, nil),
	} {
		if slices.Equal(blue, differs) {
			t.Errorf("%s takes exactly as long at every point of presence", name)
		}
	}
}

func TestASpanIsKeptToWithinAThird(t *testing.T) {
	t.Parallel()
	m := propagation.New(24, 4*time.Minute, 1)
	all := spans(m)
	if all[0] < 168*time.Second || all[len(all)-1] > 312*time.Second {
		t.Errorf("changes of about 4m take %s to %s, want 0.7 to 1.3 of it", all[0], all[len(all)-1])
	}
	if m.Span() != 4*time.Minute || m.Bound() < all[len(all)-1] {
		t.Errorf("the model says about %s and at most %s of what takes up to %s", m.Span(), m.Bound(), all[len(all)-1])
	}
}

func TestNoChangeExceedsTheBound(t *testing.T) {
	t.Parallel()
	m := propagation.New(6, 0, 1)
	m.Slow(2, 3)
	if m.Span() != 90*time.Second || m.Bound() != 30*time.Minute {
		t.Errorf("about %s, at most %s; want 90s and three times ten minutes", m.Span(), m.Bound())
	}
	if all := spans(m); all[len(all)-1] > m.Bound() {
		t.Errorf("a change took %s, and the model promised at most %s", all[len(all)-1], m.Bound())
	}
}

func TestAChangeNeverOvertakesTheOneBefore(t *testing.T) {
	t.Parallel()
	m := propagation.New(24, 0, 1)
	var before []time.Time
	for version := range 200 {
		arrives := m.Schedule("E1EXAMPLE", version, now.Add(time.Duration(version)*time.Second), before)
		for pop := range before {
			if arrives[pop].Before(before[pop]) {
				t.Fatalf("version %d is at point of presence %d before version %d", version, pop, version-1)
			}
		}
		before = arrives
	}
}
