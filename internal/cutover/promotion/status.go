package promotion

// A Status says how primary and staging stand to each other, for somebody who only
// looks: it needs no state, and knows as much less.
type Status string

// The statuses.
const (
	// StatusDrifted: the primary has what nobody released. Only who knows what was settled
	// last can tell that from a pending release.
	StatusDrifted Status = "drifted"
	// StatusUnproven: the primary has what staging has, and that is not what was settled.
	StatusUnproven Status = "unproven"
	// InSync: there is nothing to release.
	InSync Status = "in_sync"
	// Blocked: a release would stop before its first write, for one because one of the two
	// is missing.
	Blocked Status = "blocked"
	// Pending: staging has something to release, and nothing stands in its way. It is no
	// drift.
	Pending Status = "pending"
)

// StatusOf says how things stand, and what would stop a release, nil for nothing.
// settled is the content that was settled last, "" where nobody knows: then what the
// primary has counts for it.
func StatusOf(settled string, spec Spec, obs Observation) (Status, *Obstacle) {
	known := settled != ""
	if !known {
		settled = obs.Primary.Content
	}
	spec.Purpose, spec.Settled = Release, settled
	stops := preflight(spec, obs)
	if obs.Primary.ID == "" || obs.Primary.Staging || obs.Staging.ID == "" || !obs.Staging.Staging {
		return Blocked, stops // nothing can be compared
	}
	switch phase := (Prior{Settled: settled}).PhaseAt(obs); {
	case known && phase == Drifted:
		return StatusDrifted, stops
	case known && phase == Unproven:
		return StatusUnproven, stops
	case obs.Released():
		return InSync, stops
	case stops != nil:
		return Blocked, stops
	default:
		return Pending, nil
	}
}

// Canary says whether the policy sends requests to staging now.
func (o Observation) Canary() bool {
	return o.Policy.ID != "" && o.Policy.Enabled && o.Primary.Policy == o.Policy.ID && o.Policy.Staging == o.Staging.Domain
}
