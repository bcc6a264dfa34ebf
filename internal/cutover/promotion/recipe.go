package promotion

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// Recipe lists what a plan intends to do, in order. It knows nothing that is not
// configuration or prior state, and so lists an intent that AWS may turn out to have
// fulfilled already; apply skips those and does nothing that is not listed.
func Recipe(spec Spec, prior *Prior) []string {
	out := []string{}
	add := func(s Step) { out = append(out, s.Intent()) }
	switch spec.Purpose {
	case Adopt:
		if prior == nil {
			return []string{fmt.Sprintf("declare that %s has release %s; nothing is written, and nothing is released", spec.Primary, cutover.Briefly(spec.Release))}
		}
		out = append(out, fmt.Sprintf("accept what %s has as release %s; nothing is written", spec.Primary, cutover.Briefly(spec.Release)))
		if prior.Primary != prior.Settled {
			out = append(out, after(spec)...)
		}
		return out
	case Decide:
		return []string{`nothing, before somebody decides: set on_drift to "restore" or "accept"`}
	case Release:
		steps, promotes := canary(spec, prior)
		if out = append(out, steps...); !promotes {
			return out
		}
		add(Promote{Release: spec.Release, Staging: spec.Staging, Primary: spec.Primary})
		out = append(out, after(spec)...)
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

// after lists the intents of the gate about the primary.
func after(spec Spec) []string {
	if !spec.After {
		return nil
	}
	out := []string{Verify{Release: spec.Release, When: AfterPromotion, About: spec.Primary}.Intent()}
	if spec.Bake > 0 {
		out = append(out, "bake "+cutover.Brief(spec.Bake))
	}
	return out
}

// canary lists the intents before the promotion, and says whether that is to follow.
func canary(spec Spec, prior *Prior) (out []string, promotes bool) {
	add := func(s Step) { out = append(out, s.Intent()) }
	if !spec.PerApply {
		for _, r := range spec.Routes {
			add(Send{Release: spec.Release, Route: r, Staging: spec.Staging})
			if spec.Before {
				add(Verify{Release: spec.Release, When: BeforePromotion, Route: r, About: spec.Staging})
			}
			if spec.CanaryBake > 0 {
				out = append(out, "bake "+cutover.Brief(spec.CanaryBake))
			}
		}
		return out, true
	}
	next := 0
	if at := spec.recorded(prior); at >= 0 {
		if next = at; prior.Attempt.Baking {
			if next++; spec.Before {
				add(Verify{Release: spec.Release, When: BeforePromotion, Route: spec.Routes[at], About: spec.Staging})
			}
		}
	} else if prior != nil && prior.Phase == Promoted {
		return nil, true
	}
	if next == len(spec.Routes) {
		return out, true
	}
	add(Send{Release: spec.Release, Route: spec.Routes[next], Staging: spec.Staging})
	if spec.Glance {
		add(Verify{Release: spec.Release, When: BeforePromotion, Route: spec.Routes[next], About: spec.Staging})
	}
	return out, false
}

// recorded is the route at which a run left this release, by our own record; -1: none.
func (s Spec) recorded(prior *Prior) int {
	if prior == nil || prior.Phase != Canary || prior.Attempt == nil || prior.Attempt.Release != s.Release {
		return -1
	}
	return slices.IndexFunc(s.Routes, func(r Route) bool { return r.String() == prior.Attempt.Route })
}

// Bakes says whether the bake of a step that an earlier run took is what is to be waited for.
func (s Spec) Bakes(prior *Prior) bool {
	return s.PerApply && s.Purpose == Release && s.recorded(prior) >= 0 && prior.Attempt.Baking
}

// Shown is the line of a plan without which a step is not taken; "" if it needs none. What
// keeps nobody from being served as before needs none: waits, snapshots, and disabling a
// policy whose two sides are the same, and what a disabled policy has. Neither does evidence
// about staging, which may also be no more than the bake.
func Shown(step Step) string {
	switch s := step.(type) {
	case Wait, Done, Snapshot, Withdraw, Dress:
		return ""
	case Verify:
		if s.When == BeforePromotion {
			return ""
		}
	}
	return step.Intent()
}

// Gates are the intents that need a person's yes where a run pauses: those that send anybody to
// staging, and the promotion. A canary that is under way has its first viewers, unless somebody
// waits for the yes to them still.
func Gates(spec Spec, prior *Prior, pause cutover.Pause, waits bool) []string {
	if spec.Purpose != Release {
		return nil
	}
	out := []string{Promote{Release: spec.Release, Staging: spec.Staging, Primary: spec.Primary}.Intent()}
	if pause == cutover.FullTraffic || len(spec.Routes) == 0 {
		return out
	}
	if prior != nil && !waits && prior.Phase == Canary && prior.Attempt != nil && prior.Attempt.Release == spec.Release {
		return nil
	}
	for _, r := range spec.Routes {
		out = append(out, Send{Release: spec.Release, Route: r, Staging: spec.Staging}.Intent())
	}
	return out
}

// ContentToApprove is what viewers would get by a release.
func (s Spec) ContentToApprove(obs Observation) string {
	return cutover.ContentOf(s.Primary, s.Release, cmp.Or(obs.Bound, obs.Staging.Content))
}
