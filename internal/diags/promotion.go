package diags

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// A ReleaseStop is a run of a staging promotion that did not reach its end.
type ReleaseStop struct {
	Stop[promotion.Spec, promotion.Observation]
	Undated bool // the release is to be compared with what there was before it, and nobody knows until when that was
	invoked bool // by an action: there is no state at all
}

var releasePath = path.Root("release")

// ReleaseUnfinished words a release that came to out.
func ReleaseUnfinished(s ReleaseStop, out run.Outcome[promotion.Observation]) diag.Diagnostic {
	if o, ok := errors.AsType[*promotion.Obstacle](s.Err); ok && o.Kind == promotion.FailedBefore && out.Result == run.RolledBack {
		return ReleaseStopped(s)
	}
	return unfinished(s, out, wording[ReleaseStop]{stopped: ReleaseStopped, interrupted: ReleaseInterrupted, rolledBack: ReleaseRolledBack, rollbackFailed: ReleaseRollbackFailed})
}

func (s ReleaseStop) next() string {
	switch {
	case s.invoked:
		return invokedNext
	case s.Created:
		return "Nothing is recorded in state."
	default:
		return s.Stop.next()
	}
}

// ReleaseInterrupted words a run that was told to stop.
func ReleaseInterrupted(s ReleaseStop) diag.Diagnostic {
	if s.Back {
		return s.says(releasePath, "Rollback of the release interrupted", "The release had failed, and the run was asked to stop on its way back:\n\n  "+s.Reason,
			"State records that it failed. The next apply finishes the way back.")
	}
	return s.says(releasePath, "Release interrupted", asked, stuck(s.Err), s.next())
}

var releasing = noun{
	name: "Release", at: releasePath,
	rival: "Look for another process that writes to these distributions or their policy, such as a second configuration.",
	newer: "Upgrade the provider.",
}

// ReleaseStopped words every other run that ended early and left things as they are.
func ReleaseStopped(s ReleaseStop) diag.Diagnostic {
	if o, ok := errors.AsType[*promotion.Obstacle](s.Err); ok {
		return releaseObstacle(s, o)
	}
	failed := "  " + describe(s.Err)
	if d := releasing.stopped(s.Err, s.says, failed, s.next()); d != nil {
		return d
	}
	switch {
	case errors.Is(s.Err, awsapi.ErrRefused):
		return s.says(releasePath, "AWS refuses the release", failed, s.next(), "Change what AWS refuses in the staging distribution, then apply again.")
	default:
		return s.says(releasePath, "Release stopped half-way", failed, s.next(), "Fix the cause and apply again.")
	}
}

// ReleaseRolledBack words a release that failed and was undone.
func ReleaseRolledBack(s ReleaseStop) diag.Diagnostic {
	return s.says(releasePath, "Release failed and was rolled back", "  "+s.Reason,
		"While configuration still asks for this release, plans change nothing and say so.",
		mend(s.Reason, "Repair the staging distribution, or the gate if that was wrong, and ")+"set `retry` to a new value; a change of `release` or of staging's configuration is tried by the next apply.")
}

// ReleaseRollbackFailed words a release that failed and could not be undone.
func ReleaseRollbackFailed(s ReleaseStop, err error) diag.Diagnostic {
	return s.says(releasePath, "Release failed, and so did going back", "  "+s.Reason, "Going back stopped:\n\n  "+describe(err),
		"State records that the release failed. The next apply tries to go back again.", "Until then, check by hand what viewers get.")
}

// ReleaseLatched warns that a failed release is not tried again. over says that its way
// back was finished; where it was not, the next apply finishes it.
func ReleaseLatched(traffic run.Traffic, release, reason string, over bool) diag.Diagnostic {
	became, next := "was rolled back", "nothing is promoted"
	if !over {
		became, next = "its way back was not finished", "the next apply finishes the way back, and nothing is promoted"
	}
	return diag.NewAttributeWarningDiagnostic(releasePath, "A failed release is not tried again", paragraphs(
		Traffic(traffic),
		fmt.Sprintf("Release %s failed, and %s:\n\n  %s", release, became, reason),
		fmt.Sprintf("As long as configuration asks for it, %s. It is tried again once the staging distribution's configuration changes, or `release` or `retry` gets a new value; other settings may change meanwhile.", next),
		mend(reason, "Repair the staging distribution, or the gate if that was wrong, and ")+"set `retry` to a new value."))
}

// CanaryNotDueYet warns that the next step of a canary of one step for each apply has to wait.
func CanaryNotDueYet(traffic run.Traffic, spec promotion.Spec, at time.Time) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("canary").AtName("bake_time"), "The canary is still baking", paragraphs(
		Traffic(traffic),
		fmt.Sprintf("A step stands for %s before the next one or the promotion, so nothing is done before %s.", spec.CanaryBake, at.Format(time.RFC3339)),
		"Plan and apply again after that; or change `release` back to take viewers away from staging at once."))
}

// ReleaseDrifted warns that the primary has a configuration nobody released.
func ReleaseDrifted(traffic run.Traffic, primary string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("on_drift"), "The primary has changed behind the release's back", paragraphs(
		Traffic(traffic),
		fmt.Sprintf("%s has a configuration that is neither the one that was settled last nor that of staging.", primary),
		"Nothing is done about it, and nothing is released on top of it.",
		"If the action cdn_roll_back did it, with `way_back` or where the snapshot bucket cannot be read, this is what was to be: set `release` to the one before, and on_drift = \"accept\". Otherwise find out who changed it. Then undo the change, or set on_drift = \"restore\" to have it undone, or on_drift = \"accept\" to keep it."))
}

// ReleasePending warns that a release has been waiting for longer than it should.
func ReleasePending(traffic run.Traffic, staging string, age, window time.Duration) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("pending_window"), "A release has been waiting for long", paragraphs(
		Traffic(traffic),
		fmt.Sprintf("Staging (%s) has something else, and was last changed %s ago; `pending_window` is %s. Nothing is promoted because of this. Change `release` to release it, or make staging like the primary again.",
			staging, age.Round(time.Minute), window)))
}

// releaseNobodyProved words a primary that has what may be a release, on no record.
func releaseNobodyProved(s ReleaseStop, o *promotion.Obstacle) diag.Diagnostic {
	if s.Spec.Purpose == promotion.Release {
		return s.says(path.Root("verify").AtName("after"), "The primary has what nobody has proven", fmt.Sprintf("%s has the configuration of staging already: a run that was killed promoted it, or somebody by hand. Whether its canary was healthy is on no record, and there is no `verify.after` that could be asked now.", o.Found), s.next(),
			"Write a `verify.after`, or set on_drift = \"accept\" to take it for settled without one. Set `release` back to have it undone.")
	}
	return s.says(path.Root("on_drift"), "The primary has what nobody has proven", fmt.Sprintf("%s has a configuration that staging has or had, and no release on record brought it there: a run that was killed promoted it, or somebody by hand. It is not what was settled as %q, is not called that, and is no way back.", o.Found, s.Spec.Release),
		"Nothing was written. As long as this is so, an apply stops here.",
		"Set on_drift = \"restore\" to send back what was settled. Set on_drift = \"accept\" to take what is there for settled, once `verify.after` has passed if there is one. To carry on with the release that brought it, set `release` to its name again.")
}

// ReleaseDeclared says what a create or an import takes for settled, where staging has
// something else: that it is not released by this.
func ReleaseDeclared(s ReleaseStop, name string) diag.Diagnostic {
	spec := s.Spec
	what := fmt.Sprintf("What %s has is called %q from now on, on the word of configuration: nobody has released or proven it.", spec.Primary, name)
	if name == "" {
		what = fmt.Sprintf("What %s has is not what staging has, and has no name; it is where a release that fails goes back to.", spec.Primary)
	}
	if s.Sight.Obs.Sends() != "" {
		what += " Who is at staging stays there."
	}
	next := fmt.Sprintf("Staging (%s) has another configuration, which is pending. If that is release %q, it has not been released, and is not by applying again: give `release` a new value, or write `staging_fingerprint`. If this resource was renamed, a `moved` block keeps what was known.", spec.Staging, spec.Release)
	if name != spec.Release {
		next = fmt.Sprintf("The next plan shows the release of %q.", spec.Release)
	}
	return diag.NewAttributeWarningDiagnostic(releasePath, "What the primary has is taken for settled", paragraphs(s.traffic(), what, next))
}

// ReleaseImported says the same of an import, which looks at nothing.
func ReleaseImported(primary, release string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("What the primary has is taken for settled",
		fmt.Sprintf("What %s has is called %q from now on, on the word of the import id: nobody has released or proven it here, and a release that fails goes back to it.", primary, release))
}

// ReleaseLeftBehind warns that a destroyed resource leaves viewers at staging, or at a
// primary that has what nobody has proven.
func ReleaseLeftBehind(traffic run.Traffic, staging, unproven bool) diag.Diagnostic {
	summary, what := "Viewers stay at staging", "Destroying the release changes nothing about that, and nothing will go back by itself any more."
	if !staging {
		summary, what = "What the primary has stays unproven", "No release has proven that. Destroying the release changes nothing about it."
	}
	if unproven {
		what += " The way back is kept in this resource's state, and goes with it."
	}
	return diag.NewWarningDiagnostic(summary, paragraphs(Traffic(traffic), what,
		"To have it undone first, set `release` back to the settled one, with on_drift = \"restore\" if a run was killed, and apply; destroy then. Where the cdn_continuous_deployment is destroyed as well, it disables the policy, and everybody gets the primary."))
}

// RetryUnknown refuses a plan that would depend on whether an unknown text turns out to be
// the one of before. Both answers need another plan, and a plan has one.
func RetryUnknown() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("retry"), "Whether to try again is not known yet", paragraphs(
		"What is asked for has failed and is held back, and a new value of `retry` would let it be tried again. The value is known only after apply, and it may turn out to be the old one.",
		"Nothing has moved. Apply what the value comes from first, with -target, and plan again; or write a value that is known while planning, such as a hash over local files."))
}

// ReleaseStray warns of viewers at staging that no release is known to have sent there.
func ReleaseStray(s ReleaseStop) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("policy_id"), "Viewers are at staging between two releases", paragraphs(
		s.traffic(), fmt.Sprintf("Policy %s is enabled.", s.Spec.Policy),
		"No release on record sent them there; it was so when this resource was created, or was accepted. As long as `release` stays as it is, nothing is done about it.",
		"If they are not to be there, disable the policy; the action cdn_roll_back does. To release what staging has, change `release`."))
}

// ReleaseEmpty warns that a release had nothing in it.
func ReleaseEmpty(s ReleaseStop) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(releasePath, "There was nothing to release", paragraphs(
		s.traffic(), fmt.Sprintf("Staging (%s) has nothing else. So nothing was promoted, and what is there is called %q from now on.", s.Spec.Staging, s.Spec.Release),
		"If staging was to have something new, that has not arrived: apply it first, as in cdn_staging_distribution, and then change `release` once more. Otherwise there is nothing to do."))
}

// ReleaseInTheWay warns at plan about a fact that would stop the apply. That two resources of one
// configuration contradict each other is an error: the apply may not find it out, because a
// switch that has nothing to do takes no part in it.
func ReleaseInTheWay(s ReleaseStop, o *promotion.Obstacle) diag.Diagnostic {
	if o.Kind == promotion.SwitchedFields || o.Kind == promotion.SwitchedSince {
		return releaseObstacle(s, o)
	}
	return foreseen(releaseObstacle(s, o), releasePath)
}

func releaseObstacle(s ReleaseStop, o *promotion.Obstacle) diag.Diagnostic {
	primary, staging, policy := path.Root("primary_distribution_id"), path.Root("staging_distribution_id"), path.Root("policy_id")
	switch o.Kind {
	case promotion.GateBefore, promotion.GateAfter:
		return releaseUnproven(s, o)
	case promotion.PrimaryMissing:
		return s.says(primary, "The primary distribution does not exist", fmt.Sprintf("CloudFront has no distribution %s in this account.", o.Found), s.next(), "Write the id of an existing distribution, and check that the provider uses the right account.")
	case promotion.PrimaryIsStaging:
		return s.says(primary, "The primary is a staging distribution", fmt.Sprintf("%s can have no viewers of its own.", o.Found), s.next(), "Write the id of the distribution that serves.")
	case promotion.PrimaryDisabled:
		return s.says(primary, "A promotion would enable the primary", fmt.Sprintf("%s is disabled and refuses every viewer. Staging is enabled, and a promotion would bring that with it.", o.Found), s.next(), "Enable it and apply again, if it is to serve; or leave `release` as it was until it is.")
	case promotion.StagingMissing:
		return s.says(staging, "The staging distribution does not exist", fmt.Sprintf("CloudFront has no distribution %s in this account.", o.Found), s.next(), "Write the id of an existing staging distribution, and check that the provider uses the right account.")
	case promotion.NotStaging:
		return s.says(staging, "Not a staging distribution", fmt.Sprintf("%s is a standard distribution. CloudFront promotes staging distributions only.", o.Found), s.next(), "Write the id of a cdn_staging_distribution, or of an aws_cloudfront_distribution with staging = true.")
	case promotion.StagingDisabled:
		return s.says(staging, "The staging distribution is disabled", fmt.Sprintf("Promoting %s would disable the primary, and nobody would be served.", o.Found), s.next(), "Enable it and apply again.")
	case promotion.PolicyMissing:
		return s.says(policy, "The continuous deployment policy does not exist", fmt.Sprintf("CloudFront has no policy %s in this account.", o.Found), s.next(), "Write the id of an existing policy, such as cdn_continuous_deployment.site.id.")
	case promotion.PolicyOfAnother:
		return s.says(policy, "The policy belongs to another staging distribution", fmt.Sprintf("%s sends requests to %s, and %s is %s.", s.Spec.Policy, o.Found, s.Spec.Staging, s.Sight.Obs.Staging.Domain), s.next(), "Write the id of the policy that names this staging distribution.")
	case promotion.NotAttached:
		has := "It has none."
		if o.Found != "" {
			has = "It has " + o.Found + "."
		}
		return s.says(policy, "The policy is not attached to the primary", fmt.Sprintf("%s does not have policy %s. %s", s.Spec.Primary, s.Spec.Policy, has), s.next(), "Attach it: cdn_continuous_deployment does, unless attached = false.")
	case promotion.PrimaryDrifted:
		return s.says(path.Root("on_drift"), "Somebody else has changed the primary", fmt.Sprintf("%s has a configuration that is neither the one that was settled last nor that of staging. Going on would overwrite it.", o.Found), s.next(),
			"Find out who changed it. Then undo the change, or set on_drift = \"restore\" to have it overwritten, or on_drift = \"accept\" to have it count as settled.")
	case promotion.Overwritten:
		return s.says(releasePath, "Somebody has changed the primary since the promotion", fmt.Sprintf("This run has promoted staging to %s once, and the primary has another configuration now. A run promotes no second time: whoever changed it may have meant it.", o.Found), s.next(), "Find out who changed it, make a new plan, and read it.")
	case promotion.Turned:
		return s.says(policy, "Somebody has changed the policy during the canary", fmt.Sprintf("Policy %s does not send staging what this run made it send. Whoever changed or disabled it may have meant to stop the release, so it was neither turned back nor was anything promoted.", o.Found), s.next(),
			"Find out who changed it, and why. Change `release` back to give the release up; a new plan and apply begin its canary anew.")
	case promotion.NobodyProved:
		return releaseNobodyProved(s, o)
	case promotion.StrayCanary:
		return s.says(policy, "Viewers are at staging, and no release is under way", "No release on record sent them there: a run was killed before it could write that down, or somebody has enabled the policy by hand.", "Nothing was written. As long as this is so, an apply stops here.",
			"Set on_drift = \"restore\" to have the policy disabled, or on_drift = \"accept\" to leave them there. To carry on with the release that sent them, set `release` to its name again.")
	case promotion.AcceptFirst:
		return s.says(path.Root("on_drift"), "Accept what the primary has before the next release", fmt.Sprintf("%s has a configuration that no release on record gave it, and on_drift = \"accept\" is to take it for settled. A release at the same time would have nothing proven to go back to.", o.Found), s.next(),
			"Apply once with `release` as it was, and then with the new one. Or set on_drift = \"restore\": then the release goes over what is there, and its way back leads to what was settled.")
	case promotion.StagingChanged:
		return s.says(releasePath, "Staging has changed during the release", fmt.Sprintf("The release was begun with another configuration of %s. Nothing that was seen says anything about the one it has now, so nobody is sent there any more, and it was not promoted.", o.Found),
			"State keeps no evidence of it. The next apply begins the release anew, with what staging has then.", "Find out who changed it. If what it has now is to be released, apply again.")
	case promotion.NotAsApproved:
		return s.says(path.Root("staging_fingerprint"), "Staging is not what the plan was made for", fmt.Sprintf("The plan is about the fingerprint %s, and %s has %s. Nothing was written.", s.Spec.Staged, s.Spec.Staging, o.Found), s.next(),
			"Find out who changed staging. Make a new plan, read it, and apply it.")
	case promotion.NotThatRelease:
		return s.says(releasePath, "Another configuration was called that", fmt.Sprintf("%s was settled with another configuration as %q. It has what staging (%s) has, so there is nothing to release, and what is there is not called that.", o.Found, s.Spec.Release, s.Spec.Staging), s.next(),
			"To go back, give staging the configuration of before, as the build it was made from, and apply again: that is a release. Or invoke the action cdn_roll_back with the `snapshot_bucket`. If only the name is to change, write a new one.")
	case promotion.LockedFields:
		return s.says(staging, "Primary and staging differ in what cannot be released", "Continuous deployment does not let these differ, and a promotion would be refused:\n\n  "+o.Found, s.next(),
			"Make them equal. To change one of them on both, detach the policy first (attached = false in cdn_continuous_deployment).")
	case promotion.SwitchedFields:
		return s.says(releasePath, "A promotion would take back what a switch has decided", fmt.Sprintf("A cdn_behavior_switch decides about these fields of %s, and a promotion copies all behaviours and origins of staging over them:\n\n  ", s.Spec.Primary)+o.Found, s.next(),
			"Give staging (the `overrides` of its cdn_staging_distribution) what the switch has set, and apply that while `release` is what it was. Then release. If staging is to decide about them, take the switch out of configuration first: its destroy leaves them as they are.")
	case promotion.SwitchedSince:
		return s.says(path.Root("on_drift"), "To restore would take back what a switch has decided", fmt.Sprintf("A cdn_behavior_switch decides about these fields of %s, and what was settled before has them otherwise:\n\n  ", s.Spec.Primary)+o.Found, s.next(),
			"Switch back first, and restore then. Or change by hand only what is not the switch's, or write `on_drift = \"accept\"`.")
	case promotion.NoWayBack:
		return s.says(releasePath, "There is no settled configuration to go back to", fmt.Sprintf("State does not say what %s had before.", o.Found), "Change the distribution by hand, then import it here again.")
	case promotion.NotItsOwn:
		return s.says(path.Root("way_back"), "The way back belongs to another distribution", fmt.Sprintf("It is a configuration, and not one of %s. Nothing was written.", o.Found), "Write the `way_back` of the cdn_staging_promotion with this primary.")
	case promotion.AlarmMissing:
		return s.says(path.Root("verify"), "There is no such alarm", fmt.Sprintf("The gate is to watch %s, which CloudWatch does not know. Waiting for it would prove nothing.", o.Found), s.next(), "Write the name and the region of an existing alarm.")
	case promotion.AlarmFiring:
		return s.says(path.Root("verify"), "The alarm is in alarm already", fmt.Sprintf("The gate is to watch %s. The release would be undone as soon as it was begun.", o.Found), s.next(), "Repair what it is about, or take it out of `verify`, and apply again.")
	case promotion.AlarmNotEvaluated:
		return s.says(path.Root("verify"), "The alarm is not being evaluated", notEvaluated(o.Found), s.next(), "Correct the alarm, or take it out of `verify`, and apply again.")
	case promotion.NotInRecipe:
		return s.says(path.Root("steps"), "The world changed since this plan", fmt.Sprintf("It would now also be necessary to:\n\n  %s\n\nThe plan did not show that, so it was not done.", o.Found), s.next(), "Make a new plan, read it, and apply it.")
	case promotion.FailedBefore:
		return s.says(releasePath, "This release has failed before", o.Found, "It is recorded in the snapshot bucket; state had no chance to record it. While configuration asks for the release, plans change nothing and say so.", "Repair the staging distribution, or set `retry` to a new value.")
	case promotion.NoBucket:
		return s.says(path.Root("snapshot_bucket"), "The snapshot bucket cannot be used", "  "+o.Found, s.next(), "Write the name of a bucket in the provider's region, or remove `snapshot_bucket`.")
	default:
		return s.says(releasePath, "Release stopped by an unknown obstacle", o.Error(), "Please report this.")
	}
}

// releaseUnproven words a gate that did not pass, where viewers were told to stay.
func releaseUnproven(s ReleaseStop, o *promotion.Obstacle) diag.Diagnostic {
	why := "  " + s.Reason
	switch {
	case s.Undated && o.Evidence == cutover.Inconclusive && o.Kind == promotion.GateAfter:
		undo := "change `release` back to undo the promotion"
		if s.Spec.Purpose == promotion.Adopt {
			undo = "set on_drift = \"restore\" to send back what was settled"
		}
		return s.says(path.Root("verify").AtName("after").AtName("comparison"), "The release could not be proven healthy", why, "Viewers are held where they are, and the next apply knows no more. "+s.next(),
			"Take `comparison` out of `verify.after` until this release is settled, leave or write probes, alarms or metrics there, and apply again. Or "+undo+". With a `snapshot_bucket` the time outlives a run that is killed.")
	case s.Spec.Purpose == promotion.Adopt && o.Evidence == cutover.Inconclusive:
		return s.says(path.Root("on_drift"), "What the primary has could not be proven healthy", why, "It was not accepted: what was settled stays settled, and is kept in `way_back`.", "Make the gate able to tell and apply again, set on_drift = \"restore\" to send back what was settled, or remove `verify.after` to accept it unproven.")
	case s.Spec.Purpose == promotion.Adopt:
		return s.says(path.Root("on_drift"), "What the primary has is not healthy", why, "It was not accepted: what was settled stays settled, and is kept in `way_back`. Nothing was written.", "Set on_drift = \"restore\" to send back what was settled, or remove `verify.after` to accept it all the same.")
	case o.Kind == promotion.GateBefore && o.Evidence == cutover.Inconclusive:
		return s.says(path.Root("verify").AtName("before"), "The canary could not be proven healthy", why, "Viewers are held where they are. "+s.next(),
			"CloudFront sends nobody to staging while it is busy; apply again later, with a longer `canary.bake_time`, or with gates that are able to tell.")
	case o.Kind == promotion.GateBefore:
		return s.says(releasePath, "The canary is not healthy", why, "Viewers are held where they are, as `on_failure` asks. "+s.next(), "Repair the staging distribution and release that under another name, or change `release` back to take viewers away from it.")
	case o.Evidence == cutover.Inconclusive:
		return s.says(path.Root("verify").AtName("after"), "The release could not be proven healthy", why, "Viewers are held where they are. "+s.next(), "Make the gate able to tell and apply again, or change `release` back to undo the promotion.")
	default:
		return s.says(releasePath, "The release is not healthy", why, "Viewers are held where they are, as `on_failure` asks. "+s.next(), "Change `release` back to undo the promotion, or release something better.")
	}
}

// ReleaseStands says in one text how primary and staging stand to each other, for an
// error_message. o is what would stop a release, nil for nothing; differences are lines.
func ReleaseStands(spec promotion.Spec, obs promotion.Observation, status promotion.Status, o *promotion.Obstacle, differences []string) string {
	how := map[promotion.Status]string{
		promotion.InSync:         "%[1]s has what %[2]s has. There is nothing to release.",
		promotion.Pending:        "%[2]s has a configuration that %[1]s does not have. Its release is pending.",
		promotion.Blocked:        "A release from %[2]s to %[1]s would stop before its first write.",
		promotion.StatusDrifted:  "%[1]s has a configuration that is neither the one that was settled last nor that of %[2]s.",
		promotion.StatusUnproven: "%[1]s has the configuration of %[2]s, and that is not the one that was settled last.",
	}[status]
	staging := "its staging distribution"
	if spec.Staging != "" {
		staging = "staging (" + spec.Staging + ")"
	}
	parts := []string{capital(fmt.Sprintf(how, "the primary ("+spec.Primary+")", staging))}
	if obs.Canary() {
		parts[0] += fmt.Sprintf(" Staging gets %s.", obs.Policy.Route)
	}
	if o != nil {
		parts = append(parts, "In the way: "+releaseObstacle(ReleaseStop{Stop: Seen(spec, run.Looked(time.Time{}, obs))}, o).Summary()+".")
	}
	if len(differences) > 0 {
		parts = append(parts, "They differ in:\n\n  "+strings.Join(differences, "\n  "))
	}
	return paragraphs(parts...)
}

// ReleaseNotInvalidated warns that edge locations may hold copies of before, or, after the
// way back, of the release.
func ReleaseNotInvalidated(s ReleaseStop, back bool, err error) diag.Diagnostic {
	summary, copies := "The release is in place, and was not invalidated", "of before"
	if back {
		summary, copies = "The way back is done, and nothing was invalidated", "of the release"
	}
	return diag.NewAttributeWarningDiagnostic(path.Root("invalidate"), summary, paragraphs(s.traffic(),
		fmt.Sprintf("Edge locations may go on serving copies %s until they expire:\n\n  %s", copies, describe(err)),
		"The next plan shows the invalidation again. Nothing is undone because of it. Allow cloudfront:CreateInvalidation if that is missing, or remove `invalidate`."))
}

// ReleaseStillInvalidating warns of an invalidation that takes longer than a run waits.
func ReleaseStillInvalidating(s ReleaseStop, back bool, invalidation string) diag.Diagnostic {
	summary, copies := "The invalidation of the release is still under way", "of before"
	if back {
		summary, copies = "The invalidation after going back is still under way", "of the release"
	}
	return diag.NewAttributeWarningDiagnostic(path.Root("invalidate"), summary, paragraphs(s.traffic(),
		fmt.Sprintf("CloudFront has taken invalidation %s and is still at it; edge locations may serve copies %s for a while.", invalidation, copies)))
}

// ReleaseInvalidationUnseen warns that err kept us from seeing the end of an invalidation.
func ReleaseInvalidationUnseen(s ReleaseStop, back bool, invalidation string, err error) diag.Diagnostic {
	summary, copies := "Nobody could see the invalidation of the release complete", "of before"
	if back {
		summary, copies = "Nobody could see the invalidation after going back complete", "of the release"
	}
	return diag.NewAttributeWarningDiagnostic(path.Root("invalidate"), summary, paragraphs(s.traffic(),
		unseenBecause(invalidation, s.Spec.Primary, err)+fmt.Sprintf(" Until it is complete, edge locations may serve copies %s.", copies), willWait(err)))
}
