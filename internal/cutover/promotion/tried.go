package promotion

import (
	"cmp"
	"errors"
)

// Tried is the release that a run has begun which saw obs last, and how far it has come;
// nil: it is about no release. passed is why its canary counts as passed, by this run.
// astray: the canary is to begin with its first step. timed: it is known since when the
// step bakes that there is.
func Tried(spec Spec, obs Observation, passed Grounds, astray, timed bool) *Attempt {
	if spec.Purpose != Release {
		return nil
	}
	out := &Attempt{Release: spec.Release, Content: obs.Bound, Canary: cmp.Or(passed, spec.passed(obs.Bound))}
	if !astray {
		out.Route = spec.At(obs)
		out.Baking = out.Route != "" && timed
	}
	return out
}

// OffPlan says whether err ended a run which saw obs last because the canary is not where
// the plan took it to be. What it found has to be on record, or the next plan would say
// the same.
func (s Spec) OffPlan(err error, obs Observation) bool {
	o, ok := errors.AsType[*Obstacle](err)
	return ok && o.Kind == NotInRecipe && s.PerApply && !obs.Released()
}
