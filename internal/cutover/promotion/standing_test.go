package promotion_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
)

// The six rows of the drift table: A is what was settled, B what staging has, C what
// nobody has released.
func TestTheDriftTable(t *testing.T) {
	t.Parallel()
	const a, b, c = "A", "B", "C"
	attempt := &promotion.Attempt{Release: "two", Content: b}
	seen := func(primary, staging string) promotion.Observation {
		return promotion.Observation{Seen: promotion.Seen{Primary: promotion.Distribution{Content: primary}, Staging: promotion.Distribution{Content: staging}}}
	}
	for _, x := range []struct {
		name                      string
		phase                     promotion.Phase // in state
		attempt                   *promotion.Attempt
		release, primary, staging string
		row                       promotion.Standing
		shows                     promotion.Phase // after a refresh; the one in state: it writes nothing
		does                      promotion.Purpose
	}{
		{"1 settled", promotion.Settled, nil, "one", a, a, promotion.IsSettled, promotion.Settled, promotion.Rest},
		{"1 rolled back, staging as before", promotion.RolledBack, nil, "one", a, a, promotion.IsSettled, promotion.RolledBack, promotion.Rest},
		{"2 pending", promotion.Settled, nil, "one", a, b, promotion.IsPending, promotion.Settled, promotion.Rest},
		{"2 pending after a rollback", promotion.RolledBack, nil, "one", a, b, promotion.IsPending, promotion.RolledBack, promotion.Rest},
		{"3 release", promotion.Settled, nil, "two", a, b, promotion.IsDue, promotion.Settled, promotion.Release},
		{"3 release of what staging gets in the same apply", promotion.Settled, nil, "two", a, a, promotion.IsDue, promotion.Settled, promotion.Release},
		{"3 release that a dead run has promoted", promotion.Settled, nil, "two", b, b, promotion.IsDue, promotion.Unproven, promotion.Release},
		{"4 canary", promotion.Canary, attempt, "two", a, b, promotion.IsUnfinished, promotion.Canary, promotion.Release},
		{"4 canary that is not asked for any more", promotion.Canary, attempt, "one", a, b, promotion.IsUnfinished, promotion.Canary, promotion.Return},
		{"4 promoted", promotion.Promoted, attempt, "two", b, b, promotion.IsUnfinished, promotion.Promoted, promotion.Release},
		{"4 promoted, and staging has moved on", promotion.Promoted, attempt, "two", b, c, promotion.IsUnfinished, promotion.Promoted, promotion.Release},
		{"4 promoted, not asked for any more", promotion.Promoted, attempt, "one", b, b, promotion.IsUnfinished, promotion.Promoted, promotion.Return},
		{"4 promoted, then taken back by other hands", promotion.Promoted, attempt, "one", a, b, promotion.IsUnfinished, promotion.Canary, promotion.Return},
		{"4 going back", promotion.GoingBack, attempt, "one", b, b, promotion.IsUnfinished, promotion.GoingBack, promotion.Return},
		{"4 gone back, not recorded", promotion.GoingBack, attempt, "one", a, b, promotion.IsUnfinished, promotion.GoingBack, promotion.Return},
		{"5 promoted, and nobody has proven it", promotion.Settled, nil, "one", b, b, promotion.IsUnproven, promotion.Unproven, promotion.Decide},
		{"5 the same, and staging has moved on", promotion.Unproven, nil, "one", b, c, promotion.IsUnproven, promotion.Unproven, promotion.Decide},
		{"5 the same, and another release is asked for", promotion.Unproven, nil, "three", b, c, promotion.IsDue, promotion.Unproven, promotion.Release},
		{"5 the same, taken back by hand", promotion.Unproven, nil, "one", a, b, promotion.IsPending, promotion.Settled, promotion.Rest},
		{"6 drift", promotion.Settled, nil, "one", c, b, promotion.IsDrifted, promotion.Drifted, promotion.Rest},
		{"6 drift during a canary", promotion.Canary, attempt, "two", c, b, promotion.IsDrifted, promotion.Drifted, promotion.Release},
		{"drift that went away", promotion.Drifted, nil, "one", a, b, promotion.IsPending, promotion.Settled, promotion.Rest},
		{"a stale invalidation", promotion.Stale, nil, "one", a, a, promotion.IsSettled, promotion.Stale, promotion.Purge},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			prior, obs := promotion.Prior{Release: "one", Settled: a, Primary: x.primary, Phase: x.phase, Attempt: x.attempt}, seen(x.primary, x.staging)
			if got := promotion.Stand(prior, x.release, obs); got != x.row {
				t.Errorf("row %d, want %d", got, x.row)
			}
			shown := prior.PhaseAt(obs)
			if shown != x.shows {
				t.Errorf("a refresh shows %s, want %s", shown, x.shows)
			}
			prior.Phase = shown
			if got := prior.PhaseAt(obs); got != shown {
				t.Errorf("a second refresh shows %s after %s", got, shown)
			}
			if got := promotion.PurposeOf(&prior, promotion.Wish{Release: x.release, OnDrift: promotion.Report}); got != x.does {
				t.Errorf("the plan is to %q, want %q", got, x.does)
			}
		})
	}
}

func TestWhatTheLatchHolds(t *testing.T) {
	t.Parallel()
	prior := func(phase promotion.Phase) *promotion.Prior {
		return &promotion.Prior{
			Release: "one", Settled: "A", Primary: "A", Phase: phase,
			Failed: &promotion.Attempt{Release: "two", Content: "B"}, Attempt: &promotion.Attempt{Release: "two", Content: "B"},
		}
	}
	for _, x := range []struct {
		name  string
		prior *promotion.Prior
		wish  promotion.Wish
		does  promotion.Purpose
	}{
		{"the failed release", prior(promotion.RolledBack), promotion.Wish{Release: "two"}, promotion.Rest},
		{"with a new value of retry", prior(promotion.RolledBack), promotion.Wish{Release: "two", Retry: true}, promotion.Release},
		{"another release", prior(promotion.RolledBack), promotion.Wish{Release: "three"}, promotion.Release},
		{"the one before", prior(promotion.RolledBack), promotion.Wish{Release: "one"}, promotion.Rest},
		{"a way back that was interrupted", prior(promotion.GoingBack), promotion.Wish{Release: "two"}, promotion.Return},
		{"drift that is to be undone", prior(promotion.Drifted), promotion.Wish{Release: "two", OnDrift: promotion.Restore}, promotion.Return},
		{"drift that is only reported", prior(promotion.Drifted), promotion.Wish{Release: "two", OnDrift: promotion.Report}, promotion.Rest},
		{"a create", nil, promotion.Wish{Release: "two"}, promotion.Adopt},
	} {
		if got := promotion.PurposeOf(x.prior, x.wish); got != x.does {
			t.Errorf("%s: the plan is to %q, want %q", x.name, got, x.does)
		}
	}
	for staging, opens := range map[string]bool{"B": false, "C": true, "": false} {
		if got := prior(promotion.RolledBack).Reopened(staging); got != opens {
			t.Errorf("staging with content %q opens the latch: %v, want %v", staging, got, opens)
		}
	}
}
