package promotion

// A Run is what a run came to, as far as it decides what is remembered of it.
type Run struct {
	Spec Spec
	Obs  Observation // the last one
	// Finished: it came to its end. Stepped: to that of its step, and the next one belongs to
	// another run. RolledBack: it failed, and everything is as it was settled.
	Finished, Stepped, RolledBack bool
	Failed                        bool     // what it tried is not to be tried again
	GoingBack                     bool     // the way back was begun and not finished
	Touched                       bool     // it wrote something, or found the canary where no record has it
	Attempt                       *Attempt // what it tried and has not settled
	Known                         string   // what the primary's configuration is called by a record beside state; "": by nothing
}

// Settles says whether a run makes what the primary has the settled configuration, and
// with that the way back. This is the only place that does.
func (r Run) Settles() bool {
	return r.Finished && (r.Spec.Purpose == Adopt || r.Spec.Purpose == Release)
}

// grounds says why it does.
func (r Run) grounds(prior *Prior) Grounds {
	switch s, passed := r.Spec, r.Spec.passed(r.Obs.Primary.Content); {
	case prior == nil:
		return Declared
	case r.Obs.Primary.Content == s.Settled:
		return prior.Grounds
	case s.After, s.Before && r.Obs.Promoted == r.Obs.Primary.Content, passed == Proven:
		return Proven
	case s.Word:
		return Accepted
	default:
		return Unasked
	}
}

// baseline is what a create declares that the primary has. Where configuration says which
// content it means by the release, and the primary has another one, that has no name: the
// release is due, and the next plan shows it.
func (r Run) baseline() string {
	switch {
	case r.Known != "":
		return r.Known
	case r.Spec.Staged != "" && r.Obs.Primary.Content != r.Obs.Staging.Content:
		return ""
	default:
		return r.Spec.Release
	}
}

// After is what is known once a run has ended: prior with what it came to. prior is nil
// while creating.
func (r Run) After(prior *Prior) Prior {
	primary := r.Obs.Primary.Content
	if r.Settles() {
		next := Prior{Release: r.Spec.Release, Settled: primary, Primary: primary, Phase: Settled, Grounds: r.grounds(prior), Routed: r.Obs.Sends()}
		switch {
		case prior == nil:
			next.Release = r.baseline()
		case prior.Settled == primary:
			next.Previous = prior.Previous
		default:
			next.Previous = &Attempt{Release: prior.Release, Content: prior.Settled}
		}
		return next
	}
	if prior == nil {
		return Prior{}
	}
	next := *prior
	next.Settled = r.Spec.Settled
	switch {
	case r.Stepped:
		next.Attempt, next.Phase, next.Failed = r.Attempt, Canary, nil // it is tried again
	case r.RolledBack, r.Finished: // everything is as it was settled
		next.Attempt, next.Phase = nil, Settled
		if r.Spec.Purpose == Return {
			next.Routed = ""
		}
		if r.Failed || next.Failed != nil {
			next.Phase = RolledBack
		}
	case r.GoingBack:
		next.Attempt, next.Phase = r.Attempt, GoingBack
	case r.Spec.Purpose == Return && prior.Attempt != nil:
		next.Phase = GoingBack
	case r.Attempt != nil && r.void(): // nothing is left of it
		next.Attempt, next.Phase, next.Failed = nil, Settled, nil
	case r.Attempt != nil && (r.Touched || primary == r.Attempt.Content && primary != next.Settled):
		// Who has touched nothing leaves the record of who did.
		next.Attempt, next.Phase, next.Failed = r.Attempt, Canary, nil
	}
	if r.Failed {
		next.Failed = &Attempt{Release: r.Attempt.Release, Content: r.Attempt.Content}
	}
	next.Phase = next.PhaseAt(r.Obs)
	next.Primary = primary
	return next
}

// void says whether a run ended because what it was about is gone, with nobody at staging.
func (r Run) void() bool {
	o := r.Obs
	return o.Bound != "" && o.Promoted == "" && !o.Released() && o.Staging.Content != o.Bound && !o.Canary()
}
