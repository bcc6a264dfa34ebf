package behavior

import (
	"maps"
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// A Start is what a run begins with.
type Start struct {
	// Previous is what state believes live; nil while creating. Settled is what the last
	// cutover on record left or found in order; nil: none has.
	Previous, Settled *Recorded
	Found             *Observation // its first look; nil: nobody has seen anything
}

// CameFrom is what a rollback returns to, and whether there is anything: what was live
// when the run began, if a side has or had it, or else what was in order last. The
// definition that a side had then counts, and not the one that it has now: where only the
// newest version of a function is in configuration, both sides of a cutover are called the
// same. What nobody ever defined was never proven, and is no way back; but for what a
// create finds, which served viewers before there was a switch.
func (s Start) CameFrom(spec Spec) (Recorded, bool) {
	if s.Found == nil || !s.Found.Exists {
		return Recorded{}, false
	}
	var known []Recorded
	for _, r := range []*Recorded{s.Settled, s.Previous} {
		if r != nil {
			known = append(known, *r)
		}
	}
	back := func(r Recorded) (Recorded, bool) {
		// A field that the switch did not own then goes back to what it was.
		out := s.Found.Owned(spec)
		for f, v := range r.Definition {
			if _, owned := out[f]; owned {
				out[f] = v
			}
		}
		return Recorded{r.Side, out}, !maps.Equal(out, spec.Target())
	}
	for _, r := range slices.Concat(known, spec.known()) {
		if from, ok := back(r); ok && len(r.Definition) > 0 && r.Definition.Is(s.Found.Values) {
			return from, true
		}
	}
	for _, r := range known {
		if from, ok := back(r); ok {
			return from, true
		}
	}
	if s.Previous != nil || slices.ContainsFunc(spec.Target().Fields(), func(f Field) bool { return s.Found.foreign(spec, f) }) {
		return Recorded{}, false
	}
	return back(Recorded{})
}

// everything is what edge locations forget on the way back from a cutover that dropped
// cache tags: they name what was live before it, and what is to go is what came after.
const everything = "/*"

// Back is what is asked for on the way back from what ended a run, or why it stays where
// it is. now is the latest look.
func (s Start) Back(spec Spec, now Observation, cause cutover.Cause) (Spec, cutover.Stay) {
	switch cause {
	case cutover.Sick, cutover.Refused, cutover.Lost, cutover.Lapsed:
	case cutover.Unable, cutover.Condemned, cutover.Barred:
		return spec, cutover.Unmended
	}
	from, ok := s.CameFrom(spec)
	switch {
	case !now.reached(spec, from.Definition):
		return spec, cutover.Unmoved
	case !ok:
		return spec, cutover.Nowhere
	}
	spec.Known = append([]Recorded{{spec.Live, spec.Target()}}, spec.Known...)
	spec.Sides = maps.Clone(spec.Sides)
	spec.Live, spec.RollingBack, spec.Adopting, spec.Joining = from.Side, true, false, nil
	spec.Sides[from.Side] = from.Definition
	if slices.ContainsFunc(spec.Invalidate, func(s string) bool { return strings.HasPrefix(s, "#") }) {
		spec.Invalidate = []string{everything}
	}
	return spec, ""
}

// reached says whether any field is the target's that was not before, whichever run made it so.
func (o Observation) reached(spec Spec, from Definition) bool {
	for f, v := range spec.Target() {
		if was, known := from[f]; o.Values[f] == v && (!known || was != v) {
			return true
		}
	}
	return false
}

// A Memory is what a run remembers of its earlier looks. The zero value has seen nothing.
type Memory struct {
	arrived map[Field]bool
	before  map[string]bool // ETags of the time before a field arrived
}

// Look takes down what fields are set to, and returns one that was the target's before and
// is not any more, the zero value if there is none. An answer as old as that of before the
// field arrived says nothing.
func (m *Memory) Look(spec Spec, obs Observation) (takenBack Field) {
	if m.arrived == nil {
		m.arrived, m.before = map[Field]bool{}, map[string]bool{}
	}
	target := spec.Target()
	for _, f := range target.Fields() {
		switch {
		case obs.Values[f] == target[f]:
			m.arrived[f] = true
		case !m.arrived[f]:
			m.before[obs.ETag] = true
		case !m.before[obs.ETag]:
			return f
		}
	}
	return Field{}
}
