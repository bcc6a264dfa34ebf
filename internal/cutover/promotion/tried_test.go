package promotion_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
)

func TestHowFarAReleaseCameThatWasBegun(t *testing.T) {
	t.Parallel()
	five := promotion.Route{Percent: 5}
	for name, c := range map[string]struct {
		change        func(*promotion.Spec, *promotion.Observation)
		passed        promotion.Grounds
		astray, timed bool
		want          promotion.Attempt
	}{
		"nobody is at staging":             {timed: true, want: promotion.Attempt{}},
		"viewers are at staging":           {change: func(_ *promotion.Spec, o *promotion.Observation) { o.Policy.Enabled, o.Policy.Route = true, five }, want: promotion.Attempt{Route: five.String()}},
		"and that bakes":                   {change: func(_ *promotion.Spec, o *promotion.Observation) { o.Policy.Enabled, o.Policy.Route = true, five }, timed: true, want: promotion.Attempt{Route: five.String(), Baking: true}},
		"and that is not where to begin":   {change: func(_ *promotion.Spec, o *promotion.Observation) { o.Policy.Enabled, o.Policy.Route = true, five }, timed: true, astray: true},
		"by a route that nobody asked for": {change: func(_ *promotion.Spec, o *promotion.Observation) { o.Policy.Enabled, o.Policy.Route.Percent = true, 9 }, timed: true},
		"its canary has passed":            {passed: promotion.Proven, want: promotion.Attempt{Canary: promotion.Proven}},
		"its canary has passed in a run before": {
			change: func(s *promotion.Spec, _ *promotion.Observation) {
				s.Resumes = &promotion.Attempt{Release: "two", Content: "B", Canary: promotion.Unasked}
			}, want: promotion.Attempt{Canary: promotion.Unasked},
		},
		"that of another content has": {
			change: func(s *promotion.Spec, _ *promotion.Observation) {
				s.Resumes = &promotion.Attempt{Release: "two", Content: "C", Canary: promotion.Proven}
			},
		},
		"that of another release has": {
			change: func(s *promotion.Spec, _ *promotion.Observation) {
				s.Resumes = &promotion.Attempt{Release: "three", Content: "B", Canary: promotion.Proven}
			},
		},
	} {
		w, s := newWorld(), spec(promotion.Release)
		w.obs.Bound = "B"
		if c.change != nil {
			c.change(&s, &w.obs)
		}
		c.want.Release, c.want.Content = "two", "B"
		if got := promotion.Tried(s, w.obs, c.passed, c.astray, c.timed); got == nil || *got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	if got := promotion.Tried(spec(promotion.Return), newWorld().obs, promotion.Proven, false, true); got != nil {
		t.Errorf("a way back tries %+v", got)
	}
}

func TestWhatIsNotWhereThePlanTookItToBe(t *testing.T) {
	t.Parallel()
	unplanned := fmt.Errorf("sending: %w", &promotion.Obstacle{Kind: promotion.NotInRecipe})
	for name, c := range map[string]struct {
		err              error
		perApply, landed bool
		want             bool
	}{
		"the canary":                   {err: unplanned, perApply: true, want: true},
		"a canary in one apply":        {err: unplanned},
		"the promotion":                {err: unplanned, perApply: true, landed: true},
		"it stopped for another cause": {err: &promotion.Obstacle{Kind: promotion.Turned}, perApply: true},
		"it failed":                    {err: errors.New("refused"), perApply: true},
		"it did not stop":              {perApply: true},
	} {
		w, s := newWorld(), spec(promotion.Release)
		if s.PerApply = c.perApply; c.landed {
			w.obs.Primary.Content = "B"
		}
		if got := s.OffPlan(c.err, w.obs); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
