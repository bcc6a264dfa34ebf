package promotion

import (
	"cmp"
	"slices"
)

// A Prior is what state knows: what was settled last, and how the last run ended.
type Prior struct {
	Release string   // that was settled last
	Settled string   // its content
	Primary string   // content of the primary at the last refresh
	Phase   Phase    // at the last refresh
	Attempt *Attempt // release that a run ended in the middle of
	Failed  *Attempt // release that was rolled back
	// Previous is what was settled before Release, nil if nobody knows.
	Previous *Attempt
	Grounds  Grounds // why Release counts as settled
	// Routed is what staging was sent when that was declared or accepted; "": nothing.
	Routed string
}

// A Standing is a row of the drift table.
type Standing int

// The rows of the drift table.
const (
	// IsSettled: the primary and staging have what was settled.
	IsSettled Standing = iota + 1
	// IsPending: staging has something else, and nobody asked for its release. This is
	// how things are between two releases; it is no drift.
	IsPending
	// IsDue: configuration asks for another release.
	IsDue
	// IsUnfinished: half promoted or half taken back, by our own record.
	IsUnfinished
	// IsUnproven: the primary has what staging has, or viewers are at staging, and no
	// release on record did that.
	IsUnproven
	// IsDrifted: the primary has something that nobody released.
	IsDrifted
)

// Stand says how things are. The content of the configurations decides; whether they
// are deployed everywhere is only something to wait for.
func Stand(prior Prior, release string, obs Observation) Standing {
	switch phase := prior.PhaseAt(obs); {
	case phase == Drifted:
		return IsDrifted
	case (phase == Unproven || phase == Stray) && release == prior.Release:
		return IsUnproven
	case phase == Canary, phase == Promoted, phase == GoingBack:
		return IsUnfinished
	case release != prior.Release:
		return IsDue // also where it is promoted already, by a run that could not write it down
	case obs.Staging.Content != prior.Settled:
		return IsPending
	default:
		return IsSettled
	}
}

// PhaseAt is the phase after a refresh. As long as the primary has what was settled, and
// nobody is sent to staging, it is the one state has, whatever staging looks like: a
// refresh while a release is pending, or on its way, finds nothing to write.
func (p Prior) PhaseAt(obs Observation) Phase {
	primary := obs.Primary.Content
	if primary == p.Settled {
		return p.settledPhase(obs)
	}
	switch {
	case p.Attempt != nil && primary == p.Attempt.Content && p.Phase == GoingBack:
		return GoingBack
	case p.Attempt != nil && primary == p.Attempt.Content:
		return Promoted
	case primary == obs.Staging.Content, p.Phase == Unproven && primary == p.Primary:
		return Unproven // staging that changes afterwards proves nothing
	default:
		return Drifted
	}
}

// settledPhase is PhaseAt where the primary has what was settled.
func (p Prior) settledPhase(obs Observation) Phase {
	switch p.Phase {
	case Promoted: // somebody took it back
		return Canary
	case Canary, GoingBack, Stale:
		return p.Phase
	case Settled, RolledBack, Drifted, Unproven, Stray:
	}
	sent := obs.Sends()
	switch {
	case sent != "" && sent != p.Routed:
		return Stray
	case p.Phase == RolledBack, p.Phase == Stray && p.Failed != nil:
		return RolledBack
	default:
		return Settled
	}
}

// A Wish is what configuration asks for, as far as it decides what a run is for.
type Wish struct {
	Release string
	OnDrift OnDrift
	Retry   bool // with a new value of retry
}

// Latched says whether configuration asks for the release that failed, and for nothing
// that would open the latch.
func Latched(prior *Prior, wish Wish) bool {
	return prior != nil && prior.Failed != nil && prior.Failed.Release == wish.Release && wish.Release != prior.Release && !wish.Retry
}

// PurposeOf says what a run is for, from nothing but configuration and prior state.
func PurposeOf(prior *Prior, wish Wish) Purpose {
	switch {
	case prior == nil:
		return Adopt
	case Latched(prior, wish): // as if what was settled were asked for
	case wish.Release != prior.Release:
		return Release
	}
	switch prior.Phase {
	case Canary, Promoted, GoingBack: // the release is not asked for any more
		return Return
	case Unproven, Stray:
		return cmp.Or(decided[wish.OnDrift], Decide)
	case Stale:
		return Purge
	case Drifted:
		return decided[wish.OnDrift]
	case Settled, RolledBack:
	}
	return Rest
}

// decided is what is done about what no release on record did, once somebody has said so.
var decided = map[OnDrift]Purpose{Restore: Return, Accept: Adopt}

// Aim says what a run is for, and completes spec with what prior state knows about it.
// prior is nil while creating.
func Aim(spec *Spec, prior *Prior, wish Wish) {
	spec.Purpose, spec.Retry = PurposeOf(prior, wish), wish.Retry
	if prior == nil {
		return
	}
	spec.SettledRelease, spec.SettledGrounds = prior.Release, prior.Grounds
	spec.Settled, spec.Resumes, spec.Previous, spec.Routed = prior.Settled, prior.Attempt, prior.Previous, prior.Routed
	if _, said := decided[wish.OnDrift]; said && slices.Contains([]Phase{Drifted, Unproven, Promoted}, prior.Phase) {
		spec.Decided, spec.Word = prior.Primary, wish.OnDrift == Accept
	}
}

// Reopened says whether staging has another content than the one that failed: whether
// that is healthy is an open question, and the latch opens.
func (p Prior) Reopened(staging string) bool {
	return p.Failed != nil && staging != "" && p.Failed.Content != staging
}
