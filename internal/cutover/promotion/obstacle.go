package promotion

import (
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// Kind classifies what stands in the way.
type Kind string

// The obstacles of a release.
const (
	// PrimaryMissing: there is no such distribution.
	PrimaryMissing Kind = "primary_missing"
	// PrimaryIsStaging: the primary is itself a staging distribution.
	PrimaryIsStaging Kind = "primary_is_staging"
	// PrimaryDisabled: a promotion would enable what somebody has taken down.
	PrimaryDisabled Kind = "primary_disabled"
	// StagingMissing: there is no such distribution.
	StagingMissing Kind = "staging_missing"
	// NotStaging: the staging distribution is none.
	NotStaging Kind = "not_staging"
	// StagingDisabled: promoting it would disable the primary.
	StagingDisabled Kind = "staging_disabled"
	// PolicyMissing: there is no such policy.
	PolicyMissing Kind = "policy_missing"
	// PolicyOfAnother: the policy sends requests to another distribution.
	PolicyOfAnother Kind = "policy_of_another"
	// NotAttached: the primary has another policy, or none.
	NotAttached Kind = "not_attached"
	// PrimaryDrifted: a promotion would overwrite what somebody has changed.
	PrimaryDrifted Kind = "primary_drifted"
	// NobodyProved: the primary has what no release on record has proven.
	NobodyProved Kind = "nobody_proved"
	// StrayCanary: viewers are sent to staging by no release on record.
	StrayCanary Kind = "stray_canary"
	// AcceptFirst: what is on the primary is to be accepted, and something else released,
	// in one run: nothing would be left to go back to that anybody has proven.
	AcceptFirst Kind = "accept_first"
	// StagingChanged: staging has another configuration than the one this run is about.
	StagingChanged Kind = "staging_changed"
	// NotAsApproved: staging has another configuration than the plan was bound to.
	NotAsApproved Kind = "not_as_approved"
	// NotThatRelease: the primary was settled with another configuration under this name,
	// and there is nothing to release.
	NotThatRelease Kind = "not_that_release"
	// LockedFields: primary and staging differ in what continuous deployment does not
	// let differ.
	LockedFields Kind = "locked_fields"
	// SwitchedFields: a promotion would take back what a switch of behaviours has decided.
	SwitchedFields Kind = "switched_fields"
	// SwitchedSince: to restore what was settled would take back what a switch of behaviours
	// has decided since.
	SwitchedSince Kind = "switched_since"
	// Overwritten: somebody has changed the primary since this run promoted staging to it.
	Overwritten Kind = "overwritten"
	// Turned: somebody has changed or disabled the policy since this run sent viewers to
	// staging by it.
	Turned Kind = "turned"
	// NoWayBack: nobody has written down what was settled.
	NoWayBack Kind = "no_way_back"
	// NotItsOwn: the way back is the configuration of another distribution.
	NotItsOwn Kind = "not_its_own"
	// GateBefore: the canary was not proven.
	GateBefore Kind = "gate_before"
	// GateAfter: the gate after the promotion did not pass.
	GateAfter Kind = "gate_after"
	// AlarmMissing: an alarm that is to be watched does not exist.
	AlarmMissing = Kind(cutover.AlarmMissing)
	// AlarmFiring: an alarm that is to be watched is in alarm before anything has moved.
	AlarmFiring = Kind(cutover.AlarmFiring)
	// AlarmNotEvaluated: CloudWatch cannot evaluate an alarm that is to be watched.
	AlarmNotEvaluated = Kind(cutover.AlarmNotEvaluated)
	// NotInRecipe: the world asks for a step that the plan did not show.
	NotInRecipe Kind = "not_in_recipe"
	// FailedBefore: the snapshot bucket has it that this very release was taken back.
	FailedBefore Kind = "failed_before"
	// NoBucket: the snapshot bucket cannot be used.
	NoBucket Kind = "no_bucket"
)

// An Obstacle is a fact that stops a release before its next write.
type Obstacle struct {
	Kind     Kind
	Found    string // what is there instead
	Evidence cutover.Evidence
}

// Error implements error. It is for logs; diagnostics word obstacles themselves.
func (o *Obstacle) Error() string {
	parts := []string{string(o.Kind)}
	for _, s := range []string{o.Found, string(o.Evidence)} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ")
}

// Gate says whether a gate is what stopped the release.
func (o *Obstacle) Gate() bool { return o.Kind == GateBefore || o.Kind == GateAfter }

// Preflight returns the first live fact that forbids every write, as an *Obstacle.
// Plan warns about the same facts: the plan may be what changes them.
func Preflight(spec Spec, obs Observation) error {
	o := preflight(spec, obs)
	if o == nil {
		o = approved(spec, obs)
	}
	if o == nil {
		o = undecided(spec, obs)
	}
	if o != nil {
		return o
	}
	return nil
}

// approved asks whether staging has what the plan was bound to, as long as it matters.
func approved(spec Spec, obs Observation) *Obstacle {
	created := spec.Purpose == Adopt && spec.Settled == ""
	if spec.Staged == "" || spec.Purpose != Release && !created || obs.Promoted != "" || obs.Staging.ID == "" {
		return nil
	}
	if spec.Staged != obs.Staging.Fingerprint && spec.Staged != obs.Staging.Content {
		return &Obstacle{Kind: NotAsApproved, Found: obs.Staging.Fingerprint}
	}
	return nil
}

// undecided asks for what nobody has decided yet.
func undecided(spec Spec, obs Observation) *Obstacle {
	if spec.Purpose != Decide {
		return nil
	}
	if obs.Primary.Content != spec.Settled {
		return &Obstacle{Kind: NobodyProved, Found: spec.Primary}
	}
	if sent := obs.Sends(); sent != "" && sent != spec.Routed {
		return &Obstacle{Kind: StrayCanary, Found: sent}
	}
	return nil
}

func preflight(spec Spec, obs Observation) *Obstacle {
	switch {
	case obs.Primary.ID == "":
		return &Obstacle{Kind: PrimaryMissing, Found: spec.Primary}
	case obs.Primary.Staging:
		return &Obstacle{Kind: PrimaryIsStaging, Found: spec.Primary}
	}
	switch spec.Purpose {
	case Release:
		return checkRelease(spec, obs)
	case Adopt:
		return checkPair(spec, obs)
	case Return:
		if spec.Settled == "" {
			return &Obstacle{Kind: NoWayBack, Found: spec.Primary}
		}
		// From a release of its own it goes back without asking: then viewers need it.
		if spec.Decided != "" && len(obs.Undone) > 0 && !spec.ours(obs.Primary.Content) {
			return &Obstacle{Kind: SwitchedSince, Found: strings.Join(obs.Undone, "\n  ")}
		}
	case Purge, Rest, Decide:
	}
	return nil
}

// checkPair asks whether the three belong together.
func checkPair(spec Spec, obs Observation) *Obstacle {
	switch {
	case obs.Staging.ID == "":
		return &Obstacle{Kind: StagingMissing, Found: spec.Staging}
	case !obs.Staging.Staging:
		return &Obstacle{Kind: NotStaging, Found: spec.Staging}
	case obs.Policy.ID == "":
		return &Obstacle{Kind: PolicyMissing, Found: spec.Policy}
	case obs.Policy.Staging != obs.Staging.Domain:
		return &Obstacle{Kind: PolicyOfAnother, Found: obs.Policy.Staging}
	}
	return nil
}

func checkRelease(spec Spec, obs Observation) *Obstacle {
	if o := checkPair(spec, obs); o != nil {
		return o
	}
	switch {
	case len(obs.Locked) > 0 && !obs.Released(): // attaching would be refused because of it, too
		return &Obstacle{Kind: LockedFields, Found: strings.Join(obs.Locked, "\n  ")}
	case len(obs.Switched) > 0 && !obs.Released() && obs.Promoted == "":
		return &Obstacle{Kind: SwitchedFields, Found: strings.Join(obs.Switched, "\n  ")}
	case obs.Primary.Policy != obs.Policy.ID:
		return &Obstacle{Kind: NotAttached, Found: obs.Primary.Policy}
	case !obs.Staging.Enabled:
		return &Obstacle{Kind: StagingDisabled, Found: spec.Staging}
	case obs.Released():
		return nil
	case !obs.Primary.Enabled:
		return &Obstacle{Kind: PrimaryDisabled, Found: spec.Primary}
	case obs.Promoted != "", spec.expendable(obs.Primary.Content):
		return nil
	case spec.Word && obs.Primary.Content == spec.Decided:
		return &Obstacle{Kind: AcceptFirst, Found: spec.Primary}
	default:
		return &Obstacle{Kind: PrimaryDrifted, Found: spec.Primary}
	}
}
