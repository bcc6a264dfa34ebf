package ramp

import (
	"slices"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// unlocked is what a step waits for in a zone that takes no change for the moment.
const unlocked = "Route 53 unlocks the hosted zone"

// Writes says whether any record has yet to be changed, now or at a later step.
func (o Observation) Writes(spec Spec) bool {
	return slices.ContainsFunc(spec.Keys(), func(k Key) bool { return o.left(spec, k) })
}

// left says whether the records of a key are yet to be changed.
func (o Observation) left(spec Spec, k Key) bool {
	return !o.at(spec, k, float64(spec.Weight)) || spec.collapses() && slices.ContainsFunc(o.Records[k], Record.weighted)
}

// checkGuard asks whether Route 53 would change every record of every step that is left.
// On the way back it is not asked: names that can go back must not wait for one that cannot.
func checkGuard(spec Spec, obs Observation) *Obstacle {
	if spec.RollingBack || !obs.Writes(spec) {
		return nil
	}
	if begun := obs.Stepped || obs.Going > 0; obs.Guard.Locked != "" && !begun {
		return &Obstacle{Kind: ZoneLocked, Name: obs.Domain, Found: obs.Guard.Locked}
	}
	return protected(spec, obs)
}

// protected is the first record that has yet to be changed and cannot be.
func protected(spec Spec, obs Observation) *Obstacle {
	for _, k := range spec.Keys() {
		if p, ok := obs.Guard.Of(k.Name, k.Type); ok && obs.left(spec, k) {
			return &Obstacle{Kind: RecordProtected, Name: k.Name, Found: k.Type, Comment: p.Comment}
		}
	}
	return nil
}

// stuck says whether a rollback has to leave a key as it is.
func stuck(spec Spec, guard cutover.Guard, k Key) bool {
	_, ok := guard.Of(k.Name, k.Type)
	return ok && spec.RollingBack
}

// guarded is a step as Route 53 lets it be taken. What forbids a change of records is met
// at the change and not before: a gate that fails must still be able to send back whoever
// can go.
func guarded(spec Spec, obs Observation, step Step) (Step, error) {
	switch step.(type) {
	case Shift, Collapse:
		if o := checkGuard(spec, obs); o != nil {
			return nil, o
		}
		if obs.Guard.Locked != "" {
			return Wait{For: unlocked}, nil
		}
	case Done:
		if o := protected(spec, obs); o != nil && spec.RollingBack {
			return nil, o
		}
	}
	return step, nil
}
