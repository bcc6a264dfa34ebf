package switchover

import (
	"slices"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// A Start is what a run begins with.
type Start struct {
	// Previous is the side that state believes live; "" while creating. Settled is the one
	// that the last cutover on record left or found in order.
	Previous, Settled cutover.Side
	Found             *Observation // its first look; nil: nobody has seen anything
}

// CameFrom is the side a rollback returns to, "" if there is none: the one that was live
// when the run began. A run that found everything moved already continues one that died, if
// another side was the last to be in order. Else nothing has moved, whatever there is to
// repair, and so there is no way back: a side that happens to be the other one may be next
// week's release.
func (s Start) CameFrom(spec Spec) cutover.Side {
	if s.Found == nil {
		return ""
	}
	if live, ok := s.Found.Live(spec); ok && live != spec.Live {
		return live
	}
	if s.Previous == "" { // creating: nobody knows that the live side was ever another one
		return s.mixed(spec)
	}
	for _, side := range []cutover.Side{s.Previous, s.Settled} {
		if _, ok := spec.Sides[side]; ok && side != spec.Live {
			return side
		}
	}
	return ""
}

// mixed returns the one other side that had names when the run began.
func (s Start) mixed(spec Spec) cutover.Side {
	var found cutover.Side
	for _, name := range spec.Names {
		side, ok := spec.SideOf(s.Found.Owner(spec, name))
		if !ok || side == spec.Live {
			continue
		}
		if found != "" && found != side {
			return ""
		}
		found = side
	}
	return found
}

// Back is what is asked for on the way back from what ended a run, or why it stays where it
// is: the side that was live before gets the names back when the new one is not healthy, or
// when AWS will not let the rest of the names follow. now is the latest look.
func (s Start) Back(spec Spec, now Observation, cause cutover.Cause) (Spec, cutover.Stay) {
	from, reached, dark := s.CameFrom(spec), now.Reached(spec), now.Dark(spec)
	switch cause {
	case cutover.Sick: // a way back that nobody remembers may have left no more than a record here
		reached = reached || s.Previous != "" && now.led(spec)
	case cutover.Barred: // or it would have moved nothing
		reached = reached && s.Found != nil && s.Found.Misplaced(spec)
	case cutover.Refused, cutover.Lost, cutover.Lapsed:
	case cutover.Unable, cutover.Condemned:
		if !dark { // whatever it was, nobody is served by names that stay there
			return spec, cutover.Unmended
		}
	}
	switch {
	case !reached && !dark:
		return spec, cutover.Unmoved
	case from == "":
		return spec, cutover.Nowhere
	}
	if d, ok := now.Sides[from]; ok && !d.Enabled && !now.dark(from) && spec.Darkens() {
		return spec, cutover.Nowhere // it was disabled before, and served nobody
	}
	spec.Live, spec.RollingBack, spec.Adopting = from, true, false
	return spec, ""
}

// Reached says whether the target has any name, whichever run brought it there.
func (o Observation) Reached(spec Spec) bool {
	return slices.ContainsFunc(spec.Names, func(name string) bool { return o.Owner(spec, name) == spec.Target() })
}

// led says whether a record leads to the target, whichever side has its name.
func (o Observation) led(spec Spec) bool {
	target := o.Sides[spec.Live].Domain
	return target != "" && slices.ContainsFunc(spec.Names, func(name string) bool {
		return slices.ContainsFunc(o.Records[name], func(r Record) bool { return r.Target == target })
	})
}

// Cause is what an obstacle comes to.
func (o *Obstacle) Cause() cutover.Cause {
	switch {
	case o.Gate() && o.Evidence == cutover.Unhealthy:
		return cutover.Sick
	case o.Kind == RecordProtected:
		return cutover.Barred
	default:
		return cutover.Unable
	}
}

// A Memory is what a run remembers of who had the names at its earlier looks.
type Memory struct {
	Released map[string]bool   // names that the run has taken off a side itself, or tried to
	Stripped map[string]string // names that somebody else took off a side and gave nobody; by name, the side's distribution

	arrived map[string]bool   // names that were seen on the target
	before  map[string]bool   // ETags that the target had before one of them arrived
	had     map[string]string // the side's distribution that had each name when it was seen last
}

// NewMemory returns that of a run which has not looked yet.
func NewMemory() Memory {
	return Memory{Released: map[string]bool{}, Stripped: map[string]string{}, arrived: map[string]bool{}, before: map[string]bool{}, had: map[string]string{}}
}

// Look takes down who has the names, and returns one that was on the target before and that
// another side has now, "" if there is none. An answer as old as that of before the name
// arrived says nothing.
//
// A name that a side had, that nobody has now, and that this run has not taken off it is
// given to the target, as nobody is served by it; whoever runs this is told of it.
func (m *Memory) Look(spec Spec, obs Observation) (takenBack string) {
	target := obs.Sides[spec.Live]
	for _, name := range spec.Names {
		owner := obs.Owner(spec, name)
		_, side := spec.SideOf(owner)
		if side {
			m.had[name] = owner
		} else if was := m.had[name]; owner == "" && was != "" && !m.Released[name] && obs.Unasked[name] == "" {
			m.Stripped[name] = was
		}
		switch {
		case takenBack != "": // what is behind it in the order is looked at next time
		case owner == spec.Target():
			m.arrived[name] = true
		case !m.arrived[name]:
			m.before[target.ETag] = true
		case side && !target.Owns(name) && !m.before[target.ETag]:
			takenBack = name
		}
	}
	return takenBack
}
