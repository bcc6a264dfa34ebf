package promotion

import (
	"fmt"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// Next returns the one step that brings the world closer to spec, or an *Obstacle
// when there is none to take. It performs no I/O, so apply, resume and the way back
// all ask it the same question.
func Next(spec Spec, obs Observation) (Step, error) {
	if why := obs.Entry.Failure(spec.Release, obs.Staging.Content); why != "" && spec.Purpose == Release && !spec.Retry {
		return nil, &Obstacle{Kind: FailedBefore, Found: why}
	}
	if o := preflight(spec, obs); o != nil {
		return nil, o
	}
	switch spec.Purpose {
	case Release:
		step, err := release(spec, obs)
		return snapshotFirst(spec, obs, step), err
	case Return:
		return back(spec, obs)
	case Purge:
		if step := invalidate(spec, obs, true); step != nil {
			return step, nil
		}
	case Adopt:
		return adopt(spec, obs)
	case Decide:
		if o := undecided(spec, obs); o != nil {
			return nil, o
		}
	case Rest:
	}
	return Done{}, nil
}

// adopt takes what the primary has, on the word of configuration. While creating, nobody
// knows anything else, and there is nothing yet that could be lost; later on the way back
// would be, so that a gate which is there to be asked is asked.
func adopt(spec Spec, obs Observation) (Step, error) {
	if o := approved(spec, obs); o != nil {
		return nil, o
	}
	switch content := obs.Primary.Content; {
	case spec.Settled == "", content == spec.Settled:
		return Done{}, nil
	case content != spec.Decided: // it was accepted as it was
		return nil, &Obstacle{Kind: PrimaryDrifted, Found: obs.Primary.ID}
	}
	if step := everywhere(obs, obs.Primary, "has what is to be accepted"); step != nil {
		return step, nil
	}
	if step, err := proveAfter(spec, obs); step != nil || err != nil {
		return step, err
	}
	return Done{}, nil
}

// proveAfter asks the gate about what the primary has, if there is one; nil once it has
// passed.
func proveAfter(spec Spec, obs Observation) (Step, error) {
	if !spec.After {
		return nil, nil //nolint:nilnil // nothing is to be done, and nothing is in the way
	}
	switch obs.After {
	case cutover.Healthy:
		return nil, nil //nolint:nilnil // as above
	case cutover.NoEvidence:
		return Verify{Release: spec.Release, When: AfterPromotion, About: obs.Primary.ID, Bake: spec.Bake}, nil
	default:
		return nil, &Obstacle{Kind: GateAfter, Evidence: obs.After}
	}
}

func release(spec Spec, obs Observation) (Step, error) {
	if !obs.Released() {
		switch {
		case obs.Promoted == "":
			if obs.Bound != "" && obs.Staging.Content != obs.Bound {
				return forget(obs)
			}
			if o := approved(spec, obs); o != nil {
				return nil, o
			}
		case obs.Primary.ETag == obs.PromotedFrom:
			return Wait{For: "CloudFront shows the promotion"}, nil
		default: // once for each apply: who undid it may have meant it
			return nil, &Obstacle{Kind: Overwritten, Found: obs.Primary.ID}
		}
		return towardsPromotion(spec, obs)
	}
	if obs.Primary.Content == spec.Settled {
		// Staging has nothing new: only the name of the release is. It may not be one that
		// something else was known by.
		if p := spec.Previous; p != nil && p.Release == spec.Release && p.Content != spec.Settled {
			return nil, &Obstacle{Kind: NotThatRelease, Found: obs.Primary.ID}
		}
		if spec.Resumes != nil && obs.Policy.Enabled {
			return withdraw(obs, "staging has nothing that the primary has not"), nil
		}
		return Done{}, nil
	}
	if obs.Policy.Enabled { // a promotion disables it; where it is on again, both sides are the same
		return withdraw(obs, "the primary has the release"), nil
	}
	if obs.Policy.Bare {
		return Dress{Policy: obs.Policy.ID, IfMatch: obs.Policy.ETag}, nil
	}
	if step := everywhere(obs, obs.Primary, "has the release"); step != nil {
		return step, nil
	}
	if step, err := proveAfter(spec, obs); step != nil || err != nil {
		return step, err
	}
	if !spec.After && len(spec.Routes) > 0 && obs.Promoted == "" && spec.passed(obs.Primary.Content) == "" && !spec.Word {
		// The canary was to prove it, and whether it did only the run knows that promoted it.
		return nil, &Obstacle{Kind: NobodyProved, Found: obs.Primary.ID}
	}
	if step := invalidate(spec, obs, true); step != nil {
		return step, nil
	}
	return Done{}, nil
}

// forget ends a release whose content has changed under it: nobody is left with what was
// never approved, and no evidence outlives what it was about.
func forget(obs Observation) (Step, error) {
	if obs.Canary() {
		return withdraw(obs, "staging was changed under its canary"), nil
	}
	return nil, &Obstacle{Kind: StagingChanged, Found: obs.Staging.ID}
}

func withdraw(obs Observation, because string) Withdraw {
	return Withdraw{Policy: obs.Policy.ID, Because: because, IfMatch: obs.Policy.ETag}
}

// towardsPromotion is what comes before it: the canary, one route after the other,
// each proven before the next one sends more viewers. A run that takes one step only
// leaves the bake of that step, and the evidence, to the run after it.
//
// Who turns the policy meanwhile may be somebody with a console and an incident: that
// is neither repaired nor taken for the end of a bake.
func towardsPromotion(spec Spec, obs Observation) (Step, error) {
	if obs.Sent != nil && !(obs.Policy.Enabled && obs.Policy.Route.Same(*obs.Sent)) {
		if obs.Policy.ETag == obs.SentFrom {
			return Wait{For: "CloudFront shows the policy"}, nil
		}
		if obs.PromotingFrom != "" && obs.Primary.ETag == obs.PromotingFrom && !obs.Policy.Enabled { // which a promotion does
			return Wait{For: "CloudFront shows whether it promoted"}, nil
		}
		return nil, &Obstacle{Kind: Turned, Found: obs.Policy.ID}
	}
	for _, d := range []Distribution{obs.Staging, obs.Primary} {
		if step := everywhere(obs, d, "is deployed everywhere"); step != nil {
			return step, nil
		}
	}
	var passed Route
	if n := min(obs.Proven, len(spec.Routes)); n > 0 {
		passed = spec.Routes[n-1]
	}
	if obs.Proven < len(spec.Routes) {
		route := spec.Routes[obs.Proven]
		paused, bake := spec.PerApply && obs.Stepped, spec.CanaryBake
		if spec.PerApply { // the time between two runs is the time it bakes
			bake = 0
		}
		switch {
		case !obs.Policy.Enabled || !obs.Policy.Route.Same(route):
			return Send{Release: spec.Release, Route: route, Policy: obs.Policy.ID, Staging: obs.Staging.ID, Passed: passed, IfMatch: obs.Policy.ETag}, nil
		case obs.Before != cutover.NoEvidence:
			return nil, &Obstacle{Kind: GateBefore, Evidence: obs.Before}
		case paused && (obs.Glanced || !spec.Glance):
			return Done{}, nil
		default:
			return Verify{Release: spec.Release, When: BeforePromotion, Route: route, About: obs.Staging.ID, Bake: bake, Glance: paused}, nil
		}
	}
	return Promote{Release: spec.Release, Staging: obs.Staging.ID, Primary: obs.Primary.ID, Passed: passed, IfMatch: obs.Primary.ETag, IfMatchOfSource: obs.Staging.ETag}, nil
}

// back takes viewers away from staging first: that helps at once, wherever the primary is.
func back(spec Spec, obs Observation) (Step, error) {
	if obs.Policy.ID != "" && obs.Policy.Enabled && obs.Primary.Policy == obs.Policy.ID {
		return withdraw(obs, "viewers are to get what was settled last"), nil
	}
	if obs.Primary.Content != spec.Settled {
		if !spec.expendable(obs.Primary.Content) {
			return nil, &Obstacle{Kind: PrimaryDrifted, Found: obs.Primary.ID}
		}
		if obs.Refused {
			if step := everywhere(obs, obs.Primary, "is deployed everywhere"); step != nil {
				return step, nil
			}
		}
		return SendBack{Primary: obs.Primary.ID, IfMatch: obs.Primary.ETag}, nil
	}
	if step := everywhere(obs, obs.Primary, "has its settled configuration"); step != nil {
		return step, nil
	}
	if step := invalidate(spec, obs, obs.SentBack); step != nil {
		return step, nil
	}
	return Done{}, nil
}

// everywhere waits until every edge location has what a distribution has.
func everywhere(obs Observation, d Distribution, what string) Step {
	if !d.Deployed || obs.Spreading && d.ID == obs.Primary.ID {
		return Wait{For: fmt.Sprintf("%s %s", d.ID, what)}
	}
	return nil
}

// invalidate comes last: what it does cannot be taken back.
func invalidate(spec Spec, obs Observation, wanted bool) Step {
	if len(spec.Invalidate) == 0 || !wanted {
		return nil
	}
	return Invalidate{Paths: spec.Invalidate, On: obs.Primary.ID, ETag: obs.Primary.ETag}.Next(obs.Invalidation)
}
