package promotion

import (
	"fmt"
	"slices"
	"time"
)

// Recipe lists what a plan intends to do, in order. It knows nothing that is not
// configuration or prior state, and so lists an intent that AWS may turn out to have
// fulfilled already; apply skips those and does nothing that is not listed.
func Recipe(spec Spec, prior *Prior) []string {
	out := []string{}
	add := func(s Step) { out = append(out, s.Intent()) }
	switch spec.Purpose {
	case Adopt:
		return []string{"record what " + spec.Primary + " serves; nothing is written"}
	case Release:
		for _, r := range spec.Routes {
			add(Send{Route: r, Staging: spec.Staging})
			if spec.Before {
				add(Verify{When: BeforePromotion, Route: r, About: spec.Staging})
			}
			if spec.CanaryBake > 0 {
				out = append(out, "bake "+brief(spec.CanaryBake))
			}
		}
		add(Promote{Staging: spec.Staging, Primary: spec.Primary})
		if spec.After {
			add(Verify{When: AfterPromotion, About: spec.Primary})
			if spec.Bake > 0 {
				out = append(out, "bake "+brief(spec.Bake))
			}
		}
	case Return:
		add(Withdraw{Policy: spec.Policy})
		if prior == nil || prior.Primary != prior.Settled {
			add(SendBack{Primary: spec.Primary})
		} else {
			return out
		}
	case Purge:
	case Rest:
		return out
	}
	if len(spec.Invalidate) > 0 {
		add(Invalidate{Paths: spec.Invalidate, On: spec.Primary})
	}
	return out
}

// InRecipe says whether a recipe has a step. What keeps nobody from being served as
// before needs no line: waits, and disabling a policy whose two sides are the same.
func InRecipe(recipe []string, step Step) bool {
	switch s := step.(type) {
	case Wait, Done, Withdraw:
		return true
	case Verify: // evidence may also be no more than the bake
		return s.When == BeforePromotion || slices.Contains(recipe, step.Intent())
	default:
		return slices.Contains(recipe, step.Intent())
	}
}

// brief prints a duration without the zeros Go appends.
func brief(d time.Duration) string {
	switch {
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	default:
		return d.String()
	}
}
