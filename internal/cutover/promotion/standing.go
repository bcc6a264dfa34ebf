package promotion

// A Prior is what state knows: what was settled last, and how the last run ended.
type Prior struct {
	Release string   // that was settled last
	Settled string   // its content
	Primary string   // content of the primary at the last refresh
	Phase   Phase    // at the last refresh
	Attempt *Attempt // release that a run ended in the middle of
	Failed  *Attempt // release that was rolled back
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
	// IsElsewhere: the primary has what staging has, and we did not settle it.
	IsElsewhere
	// IsDrifted: the primary has something that nobody released.
	IsDrifted
)

// Stand says how things are. The content of the configurations decides; whether they
// are deployed everywhere is only something to wait for.
func Stand(prior Prior, release, primary, staging string) Standing {
	switch phase := prior.PhaseAt(primary, staging); {
	case phase == Drifted:
		return IsDrifted
	case phase == Elsewhere && release == prior.Release:
		return IsElsewhere
	case phase == Canary, phase == Promoted, phase == GoingBack:
		return IsUnfinished
	case release != prior.Release:
		return IsDue // also where it is promoted already, by a run that could not write it down
	case staging != prior.Settled:
		return IsPending
	default:
		return IsSettled
	}
}

// PhaseAt is the phase after a refresh. As long as the primary has what was settled it
// is the one state has, whatever staging or the policy look like: a refresh while a
// release is pending, or on its way, finds nothing to write.
func (p Prior) PhaseAt(primary, staging string) Phase {
	if primary == p.Settled {
		switch p.Phase {
		case Drifted, Elsewhere, "":
			return Settled
		case Promoted: // somebody took it back
			return Canary
		case Settled, Canary, GoingBack, RolledBack, Stale:
		}
		return p.Phase
	}
	switch {
	case p.Attempt != nil && primary == p.Attempt.Content && p.Phase == GoingBack:
		return GoingBack
	case p.Attempt != nil && primary == p.Attempt.Content:
		return Promoted
	case primary == staging:
		return Elsewhere
	default:
		return Drifted
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
	case Elsewhere:
		return Adopt
	case Stale:
		return Purge
	case Drifted:
		return map[OnDrift]Purpose{Restore: Return, Accept: Adopt}[wish.OnDrift]
	case Settled, RolledBack:
	}
	return Rest
}

// Reopened says whether staging has another content than the one that failed: whether
// that is healthy is an open question, and the latch opens.
func (p Prior) Reopened(staging string) bool {
	return p.Failed != nil && staging != "" && p.Failed.Content != staging
}
