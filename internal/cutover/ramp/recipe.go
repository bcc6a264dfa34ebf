package ramp

import "github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"

// A Prior is what state knows when a plan is made: the last refresh.
type Prior struct {
	Level *float64 // the share that all names have; nil: they disagree, or it is not known
	// Same: names, types and endpoints are those that are asked for now.
	Same       bool
	Displaced  bool // a record is not as it was asked for then
	Unfinished bool // a run ended before everything was done
	Weighted   bool // there are weighted records
}

// Recipe lists what a plan intends to do, in order. It knows nothing that is not
// configuration or prior state, and so lists intents that AWS may turn out to have
// fulfilled already; apply skips those and does nothing that is not listed.
func Recipe(spec Spec, prior *Prior) []string {
	var out []string
	add := func(p int, moves, proves bool) {
		if moves {
			out = append(out, shiftIntent(spec.Target.Side, p, spec.Names))
		}
		if proves {
			out = append(out, proofIntents(spec, p)...)
		}
	}
	blank := prior == nil || prior.Level == nil || !prior.Same
	level := 0.0
	if !blank {
		level = *prior.Level
	}
	doubtful := blank || prior.Displaced || prior.Unfinished
	up := float64(spec.Weight) > level
	if at := spec.Standing(level); up && at > 0 {
		add(at, blank || prior.Displaced, doubtful)
	}
	switch {
	case up:
		for i, p := range spec.path(level) {
			if i > 0 && spec.PerApply && !blank {
				break
			}
			add(p, true, true)
		}
	default:
		add(spec.Weight, blank || prior.Displaced || level > float64(spec.Weight), doubtful && spec.Weight > 0)
	}
	paused := spec.PerApply && spec.Gate && up && !blank
	if spec.collapses() && !paused && (up || blank || prior.Weighted || level > float64(spec.Weight)) {
		out = append(out, collapseIntent(spec.side(spec.Weight).Side, spec.Names))
	}
	return out
}

func proofIntents(spec Spec, p int) []string {
	switch {
	case p == 0 || spec.RollingBack:
		return nil
	case !spec.Gate && (p == spec.Weight || spec.Bake == 0 || spec.PerApply):
		return nil
	case !spec.Gate:
		return []string{waitIntent(spec.Bake)}
	}
	out := []string{verifyIntent(spec.Target.Side, p)}
	if spec.Bake > 0 && !spec.PerApply {
		out = append(out, "bake "+cutover.Brief(spec.Bake))
	}
	return out
}

// Gates are the intents that need a person's yes where a run pauses: steps up that give the
// target its first viewers, or all that it is to have. waits: somebody waits for the yes to
// its first ones already, so that viewers who are there by now came by other hands.
func Gates(spec Spec, prior *Prior, pause cutover.Pause, waits bool) []string {
	level := 0.0
	if prior != nil && prior.Level != nil {
		level = *prior.Level
	}
	switch {
	case spec.RollingBack || float64(spec.Weight) <= level:
		return nil
	case pause == cutover.FullTraffic:
		return []string{shiftIntent(spec.Target.Side, spec.Weight, spec.Names)}
	case level > 0 && !waits:
		return nil
	}
	var out []string
	for _, p := range spec.path(level) {
		out = append(out, shiftIntent(spec.Target.Side, p, spec.Names))
	}
	return out
}
