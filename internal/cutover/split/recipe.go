package split

import (
	"maps"
	"slices"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// A Prior is what state knows when a plan is made: the last refresh.
type Prior struct {
	Weights    Weights // nil: not known
	Same       bool    // the functions are what they would be made as now, and where they are to be
	Flags      bool    // the table says of testers and of the kill switch what is asked for
	Displaced  bool    // something is missing, or not as it was asked for then
	Unfinished bool    // a run ended before everything was done
}

// Recipe lists what a plan intends to do, in order. It knows nothing that is not configuration or
// prior state, and so lists intents that AWS may turn out to have fulfilled already; apply skips
// those and does nothing that is not listed.
func Recipe(spec Spec, prior *Prior) []string {
	var out []string
	now := spec.safe()
	if prior != nil && prior.Weights != nil {
		now = prior.Weights
	}
	doubtful := prior == nil || prior.Displaced || prior.Unfinished || prior.Weights == nil
	if spec.Kill && (doubtful || !prior.Flags || !now.Same(spec.safe())) {
		out = append(out, weighIntent(Table{Weights: spec.safe(), Killed: true}))
		now = spec.safe()
	}
	if prior == nil || prior.Displaced {
		out = append(out, MakeStore{spec.Name}.Intent())
		if !spec.Kill {
			out = append(out, weighIntent(Table{Weights: spec.safe()}))
		}
	}
	if doubtful || !prior.Same {
		for _, role := range Roles() {
			out = append(out, makeIntent(role), tryIntent(role), publishIntent(role))
		}
		if spec.Attach != nil {
			out = append(out, attachIntent(*spec.Attach))
			if prior != nil {
				out = append(out, leaveIntent)
			}
		}
	}
	if !spec.Creating && !spec.Kill {
		way := spec.way(now, prior, doubtful)
		if doubtful && !now.Same(spec.safe()) { // the table may be gone, and everybody on the safe side
			for _, intent := range spec.way(spec.safe(), prior, doubtful) {
				if !slices.Contains(way, intent) {
					way = append(way, intent)
				}
			}
		}
		out = append(out, way...)
	}
	if prior != nil && (doubtful || !prior.Same) {
		out = append(out, removeIntent)
	}
	return out
}

// way is the part of a recipe that moves viewers.
func (s Spec) way(now Weights, prior *Prior, doubtful bool) []string {
	var out []string
	path := s.Path(now)
	if s.Rung(now) && (doubtful || !prior.Same) {
		out = append(out, s.proof(now)...)
	}
	if prior != nil && !prior.Flags && len(path) == 0 {
		out = append(out, weighIntent(Table{Weights: now}))
	}
	up := len(s.ups(now)) > 0
	for i, w := range path {
		if i > 0 && s.PerApply {
			break
		}
		if out = append(out, weighIntent(Table{Weights: w})); up && s.Rung(w) {
			out = append(out, s.proof(w)...)
		}
	}
	return out
}

func (s Spec) proof(at Weights) []string {
	switch {
	case s.RollingBack || at.Same(s.safe()):
		return nil
	case !s.Gate && (at.Same(s.goal()) || s.Bake == 0 || s.PerApply):
		return nil
	case !s.Gate:
		return []string{waitIntent(s.Bake)}
	}
	out := []string{verifyIntent(s.asked(at), at)}
	if s.Bake > 0 && !s.PerApply {
		out = append(out, "bake "+cutover.Brief(s.Bake))
	}
	return out
}

// Gates are the intents that need a person's yes where a run pauses: tables that give a side its
// first viewers, or all that it is to have. waits: somebody waits for the yes to its first ones
// already, so that viewers who are there by now came by other hands.
func Gates(spec Spec, prior *Prior, pause cutover.Pause, waits bool) []string {
	now := spec.safe()
	if prior != nil && prior.Weights != nil {
		now = prior.Weights
	}
	ups := spec.ups(now)
	switch {
	case spec.Creating || spec.Kill || spec.RollingBack || len(ups) == 0:
		return nil
	case pause == cutover.FullTraffic:
		return []string{weighIntent(Table{Weights: spec.goal()})}
	case !waits && !slices.ContainsFunc(ups, func(side cutover.Side) bool { return now[side] == 0 }):
		return nil
	}
	var out []string
	for _, w := range slices.Concat(spec.Path(now), spec.Path(spec.safe())) {
		if slices.ContainsFunc(ups, func(side cutover.Side) bool { return w[side] > now[side] }) {
			out = append(out, weighIntent(Table{Weights: w}))
		}
	}
	return out
}

// ContentToApprove is what viewers would get by other weights: the code, the weights, and where
// the origins are among which it decides. code identifies the code.
func (o Observation) ContentToApprove(spec Spec, code string) string {
	parts := []string{spec.Name, spec.Goal.String(), code}
	for _, b := range slices.Concat(o.Site.Behaviors, o.Users) {
		parts = append(parts, b.Distribution, b.Pattern, b.Origin)
		for _, id := range slices.Sorted(maps.Keys(b.Origins)) {
			parts = append(parts, id, b.Origins[id])
		}
	}
	return cutover.ContentOf(parts...)
}
