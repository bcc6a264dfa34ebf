package switchover

import (
	"maps"
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// A Prior is what state knows when a plan is made: the last refresh, or nothing
// when the switch is being created.
type Prior struct {
	Owners map[string]string // distribution id by name
	// Pointed is Observation.Pointed of each name. Nil: no records are kept.
	Pointed    map[string]string
	LiveDomain string              // domain name of the live distribution at that time
	Live       cutover.Side        // the side state believes to be live
	LiveID     string              // its distribution
	Zones      []Zone              // as they were asked for then
	Unfinished bool                // a run ended before everything was done
	Proofs     map[string][]string // Observation.Proven at its end
}

// Recipe lists what a plan intends to do, in order. It knows nothing that is not
// configuration or prior state, and so lists an intent that AWS may turn out to
// have fulfilled already; apply skips those and does nothing that is not listed.
func Recipe(spec Spec, prior *Prior) []string {
	var moves, points []string
	for _, name := range misplacedAt(spec, prior) {
		moves = append(moves, moveIntent(spec.Method, name, spec.Live, spec.Target()))
	}
	for _, name := range spec.Names {
		if _, ok := spec.ZoneOf(name); ok && !pointed(spec, prior, name) {
			points = append(points, pointIntent(name, spec.Live, spec.Target()))
		}
	}
	var out []string
	if !spec.Darkens() { // nobody moves by what was disabled, so it does not stay so any longer
		out = prior.lighting(spec)
	}
	if spec.Before && len(moves) > 0 {
		out = append(out, verifyIntent(BeforeMove, spec.Live))
	}
	if len(moves) > 0 {
		out = append(out, retimeIntents(spec, true)...)
	}
	if len(moves) > 0 {
		for _, w := range spec.Wildcards() {
			out = append(out, coverIntent(w, spec.Live, spec.Target()))
		}
	}
	if spec.Method.leads() {
		moves, points = points, moves
	}
	before, after, end := betweenIntents(spec, prior)
	out = slices.Concat(out, before, moves, after, points)
	if spec.After {
		out = append(out, verifyIntent(AfterMove, spec.Live))
		if spec.Bake > 0 {
			out = append(out, "bake "+cutover.Brief(spec.Bake))
		}
	}
	out = append(out, retimeIntents(spec, false)...)
	for _, w := range spec.Wildcards() { // state does not know where they are
		out = append(out, tidyIntent(w))
		if spec.KeepWildcard && len(spec.Sides) == 2 {
			out = append(out, safetyNetIntent(w))
		}
	}
	out = append(out, end...)
	if len(spec.Invalidate) > 0 && (len(misplacedAt(spec, prior)) > 0 || prior.Unfinished) {
		out = append(out, spec.purge("").Intent())
	}
	return out
}

func misplacedAt(spec Spec, prior *Prior) []string {
	var out []string
	for _, name := range spec.Names {
		if prior == nil || prior.Owners[name] != spec.Target() {
			out = append(out, name)
		}
	}
	return out
}

// retimeIntents lists the CNAMEs whose TTL may have to be lowered or raised again:
// state does not know TTLs.
func retimeIntents(spec Spec, down bool) []string {
	var out []string
	for _, name := range spec.Names {
		zone, ok := spec.ZoneOf(name)
		switch {
		case !ok || !spec.lowers(zone):
		case down:
			out = append(out, retimeIntent(name, true, zone.LowerTTL))
		default:
			out = append(out, retimeIntent(name, false, zone.TTL))
		}
	}
	return out
}

// pointed says whether state shows the records of name at the target, and of the
// kind that is asked for now. State knows the domain name of the live distribution
// only, so during a switch to another side every name is listed.
func pointed(spec Spec, prior *Prior, name string) bool {
	if prior == nil || prior.LiveID != spec.Target() || prior.LiveDomain == "" || prior.Pointed[name] != prior.LiveDomain {
		return false
	}
	was, _ := Spec{Asked: Asked{Zones: prior.Zones}}.ZoneOf(name)
	is, _ := spec.ZoneOf(name)
	return was.Same(is)
}

// Gates are the intents that need a person's yes where a run pauses: those that bring names to
// the target, all in one go, so that every pause is before the first of them. Names that only
// come back to the side that was live are not asked about. A TTL that is lowered for the move is
// not to stay so for as long as somebody sleeps on it.
func Gates(spec Spec, prior *Prior) []string {
	if prior != nil && prior.LiveID == spec.Target() {
		return nil
	}
	before, _, _ := betweenIntents(spec, nil) // nobody is in the dark for as long as somebody sleeps on it, either
	out := append(retimeIntents(spec, true), before...)
	for _, w := range spec.Wildcards() {
		out = append(out, coverIntent(w, spec.Live, spec.Target()))
	}
	for _, name := range spec.Names {
		out = append(out, moveIntent(spec.Method, name, spec.Live, spec.Target()))
		if spec.Method.leads() {
			out = append(out, pointIntent(name, spec.Live, spec.Target()))
		}
	}
	return out
}

// Relight enables a side that an earlier run has disabled, so that nobody is in the dark while
// this one waits, or because it ends; nil: there is none.
func Relight(spec Spec, obs Observation) Step {
	if !obs.Dark(spec) {
		return nil
	}
	return light(spec, obs)
}

// Relit lists the intents of Relight, as far as state tells.
func Relit(spec Spec, prior *Prior) (out []string) {
	if !prior.disabled() {
		return nil
	}
	for _, side := range spec.order() {
		if spec.apart(side, spec.Live) {
			out = append(out, enableIntent(side, spec.Sides[side]))
		}
	}
	return out
}

// disabled says whether a side may be dark, as what stands beside the proofs says.
func (p *Prior) disabled() bool { return p != nil && len(disabledBy(p.Proofs)) > 0 }

// disabledBy lists the values that say of a distribution that a cutover has disabled it.
func disabledBy(proofs map[string][]string) (out []string) {
	for _, at := range slices.Sorted(maps.Keys(proofs)) {
		for _, v := range proofs[at] {
			if isLedger(at) && strings.HasPrefix(v, strings.TrimSuffix(disables(""), `"`)) && !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
	}
	return out
}

// Dark lists the sides that a cutover may have left disabled, as far as state tells: it knows the
// domain of the live side only.
func (p *Prior) Dark(spec Spec) []cutover.Side {
	if !p.disabled() {
		return nil
	}
	if side, ok := spec.SideOf(p.LiveID); ok && slices.Equal(disabledBy(p.Proofs), []string{disables(p.LiveDomain)}) {
		return []cutover.Side{side}
	}
	return spec.order()
}

// lighting lists the intents to enable them.
func (p *Prior) lighting(spec Spec) (out []string) {
	for _, side := range p.Dark(spec) {
		out = append(out, enableIntent(side, spec.Sides[side]))
	}
	return out
}

// ContentToApprove is what viewers would get by a cutover, and how: the configuration of the
// target, by which names, and a method, of which some cost an outage.
func (o Observation) ContentToApprove(spec Spec) string {
	parts := append([]string{spec.Target(), o.Sides[spec.Live].Fingerprint, string(spec.Method)}, spec.Names...)
	for _, zone := range spec.Zones {
		parts = append(parts, zone.ID)
	}
	return cutover.ContentOf(parts...)
}
