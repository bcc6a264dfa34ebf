package behavior

import (
	"fmt"
	"slices"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// Next returns the one step that brings the world closer to spec, or an *Obstacle when
// there is none to take. It performs no I/O, so apply, resume and rollback all ask it the
// same question.
func Next(spec Spec, obs Observation) (Step, error) {
	if obs.TakenBack != (Field{}) && !spec.RollingBack {
		return nil, &Obstacle{Kind: TakenBack, Field: obs.TakenBack, Found: said(obs.Values[obs.TakenBack])}
	}
	err := Preflight(spec, obs)
	changes := pending(spec, obs)
	if err != nil && (!spec.RollingBack || len(changes) == 0) {
		return nil, err
	}
	if len(changes) > 0 {
		return change(spec, obs, changes)
	}
	if !obs.Deployed {
		return Wait{For: fmt.Sprintf("every edge location has learned that %s is live", spec.Live)}, nil
	}
	if spec.moved(obs) {
		if step := forget(spec, obs); step != nil {
			return step, nil
		}
		if len(spec.Warm) > 0 && !spec.RollingBack && !obs.Warmed {
			return Warm{Paths: spec.Warm, Side: spec.Live}, nil
		}
	}
	if spec.After && !spec.RollingBack {
		switch {
		case obs.After == cutover.NoEvidence:
			return Verify{When: AfterEdit, Side: spec.Live}, nil
		case !obs.After.Enough():
			return nil, &Obstacle{Kind: GateAfter, Evidence: obs.After}
		}
	}
	return Done{}, nil
}

// moved says whether edge locations may hold what the side before has answered.
func (s Spec) moved(obs Observation) bool { return obs.Moved || s.Unfinished }

// change takes the edit, once what it names can be used.
func change(spec Spec, obs Observation, changes []Change) (Step, error) {
	if !spec.RollingBack {
		for _, c := range changes {
			if c.Field.Name == Lambda && obs.Lambdas[c.To.Text].State == Pending {
				return Wait{For: said(c.To) + " is Active"}, nil
			}
		}
		switch {
		case !spec.Before || obs.Before.Enough():
		case obs.Before == cutover.NoEvidence:
			return Verify{When: BeforeEdit, Side: spec.Live}, nil
		default:
			return nil, &Obstacle{Kind: GateBefore, Evidence: obs.Before}
		}
	}
	return edit(spec, obs, changes), nil
}

// pending lists the fields that are yet to be changed. On the way back those that can
// return must not wait for one that cannot.
func pending(spec Spec, obs Observation) []Change {
	var out []Change
	target := spec.Target()
	for _, f := range target.Fields() {
		c := Change{Field: f, From: obs.Values[f], To: target[f]}
		if c.From == c.To || spec.RollingBack && (!obs.Exists || !obs.holds(f) || checkOrigin(obs, f, c.To) != nil) {
			continue
		}
		out = append(out, c)
	}
	return out
}

// forget makes edge locations drop what they hold, nil if nothing is left to do about it.
func forget(spec Spec, obs Observation) Step {
	if len(spec.Invalidate) == 0 || !spec.Await && obs.Invalidation == cutover.Invalidating {
		return nil
	}
	return spec.purge(obs.ETag).Next(obs.Invalidation)
}

func (s Spec) purge(etag string) Invalidate {
	return Invalidate{Paths: s.Invalidate, On: s.Distribution, ETag: etag}
}

// Stale says whether edge locations go on answering with what the side before has given
// them, wherever two definitions differ. What runs for every viewer, or after the cache,
// takes effect at once, and another cache policy is another key. Source: Developer Guide,
// cache key; edge functions and the cache.
func Stale(before, after Definition) bool {
	return slices.ContainsFunc(after.Fields(), func(f Field) bool {
		if before[f] == after[f] {
			return false
		}
		switch f.Name {
		case TargetOrigin, OriginDomain, OriginPath, RootObject, OriginRequestPolicy:
			return true
		case Lambda:
			return f.Event == OriginRequest || f.Event == OriginResponse
		case Function, CachePolicy, ResponseHeadersPolicy:
		}
		return false
	})
}
