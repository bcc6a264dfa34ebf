package ramp

import (
	"math"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// A Past is what is on record of the runs before this one.
type Past struct {
	From       *int      // the weight from before the ramp; nil: not on record
	Unfinished bool      // a run ended before everything was done
	Level      *float64  // the share that all names had, which Proven and Since are about; nil: not on record
	Proven     bool      // it has been proven
	Since      time.Time // when the names got it; zero: not on record
}

// CameFrom is the weight that a rollback returns to, nil if nobody knows: the last one that
// was in order, or what the run found where that is less, because somebody has lowered it
// since. found is its first look, nil if there was none.
func (p Past) CameFrom(spec Spec, found *Observation) *int {
	if found == nil {
		return p.From
	}
	level, even := found.Level(spec)
	if !even || level != math.Trunc(level) || p.From != nil && float64(*p.From) <= level {
		return p.From
	}
	n := int(level)
	return &n
}

// Back is what is asked for on the way back from what ended a run, or why it stays where it
// is. Only a gate that
// speaks against the target calls for it, or a yes that has not come. Where Route 53 refuses the
// next step, viewers have a share that the plan has shown and that its gate has let pass, and
// the way back is a batch for the same zone.
func Back(spec Spec, from *int, cause cutover.Cause) (Spec, cutover.Stay) {
	switch cause {
	case cutover.Sick, cutover.Lapsed:
	case cutover.Refused, cutover.Lost, cutover.Barred:
		return spec, cutover.AsShown
	case cutover.Unable, cutover.Condemned:
		return spec, cutover.Unmended
	}
	if from == nil || *from >= spec.Weight {
		return spec, cutover.Nowhere
	}
	spec.Weight, spec.Weights, spec.RollingBack, spec.Adopting, spec.PerApply = *from, nil, true, false, false
	return spec, ""
}

// Cause is what an obstacle comes to.
func (o *Obstacle) Cause() cutover.Cause {
	switch {
	case o.Kind == GateFailed && o.Evidence == cutover.Unhealthy:
		return cutover.Sick
	case o.Kind == RecordProtected:
		return cutover.Barred
	default:
		return cutover.Unable
	}
}

// Down says whether a run begins above the weight, where going down proves nothing. Whoever
// lowered it by hand to what it is to be lowered to was only faster.
func (p Past) Down(spec Spec, found Observation) bool {
	level, even := found.Level(spec)
	weight := float64(spec.Weight)
	return even && (level > weight || level == weight && p.Proven && p.Level != nil && *p.Level > weight)
}

// Known says whether every name has the share that the record is about.
func (p Past) Known(spec Spec, obs Observation) bool {
	level, even := obs.Level(spec)
	return even && p.Level != nil && *p.Level == level
}

// Unrecorded says whether the names stand at a step of which no record says when they came
// there: its run could not write it down, its answer was lost, or it was taken by hand. It
// counts as taken now, for what is known about the time before is about another share.
func (p Past) Unrecorded(spec Spec, obs Observation) bool {
	low, _ := obs.Level(spec)
	if obs.Down || spec.RollingBack || low == 0 || spec.Standing(low) == 0 {
		return false
	}
	return !p.Known(spec, obs) || !p.Proven && p.Since.IsZero()
}

// Shares are those of the first look since the last change of a run. The zero value has
// seen none.
type Shares map[Key]float64

// Lowered finds a key of which the target has less than before, and than it is to have,
// although the run has changed nothing meanwhile; nil if there is none.
func (s *Shares) Lowered(spec Spec, obs Observation) *Key {
	first := *s == nil
	if first {
		*s = Shares{}
	}
	for _, k := range spec.Keys() {
		share, ok := obs.Share(spec, k)
		if was, known := (*s)[k]; ok && known && share < was && share < float64(spec.Weight) {
			return &k
		} else if ok && first {
			(*s)[k] = share
		}
	}
	return nil
}
