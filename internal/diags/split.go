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
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/split"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// A SplitStop is a change of an edge split that did not reach its end.
type SplitStop struct {
	Stop[split.Spec, split.Observation]
	From split.Weights // the weights from before; nil: not known
}

// SplitUnfinished words a change of a split that came to out.
func SplitUnfinished(s SplitStop, out run.Outcome[split.Observation]) diag.Diagnostic {
	return unfinished(s, out, wording[SplitStop]{splitStopped, splitInterrupted, splitRolledBack, splitBothUnhealthy, splitRollbackFailed})
}

func (s SplitStop) before() string {
	if s.From == nil {
		return "the weights from before"
	}
	return s.From.String()
}

var attachPath = path.Root("attach")

var splitting = noun{
	name: "Change of the split", at: atWeight,
	slow:  "All steps and waits of a change count. Raise the timeout, or take the steps in several runs with advance = \"per_apply\".",
	rival: "Look for another process that writes to this store or to this distribution.",
	newer: "Upgrade the provider, or associate `function_arns` by other means, without `attach`.",
}

func splitInterrupted(s SplitStop) diag.Diagnostic {
	if s.Back {
		return s.says(atWeight, "Way back of the split interrupted", "The change had failed, and the run was asked to stop on its way back:\n\n  "+s.Reason,
			fmt.Sprintf("State records that %s failed. The next apply finishes the way back to %s.", s.Spec.Goal, s.before()))
	}
	return s.says(atWeight, "Change of the split interrupted", asked, stuck(s.Err), s.resumes())
}

// resumes says what comes of a run that was not finished.
func (s SplitStop) resumes() string {
	if s.Created {
		return "Nothing is recorded in state. What has been made, if anything, stays unused, and the next create of this name carries on with it."
	}
	return s.next()
}

func splitStopped(s SplitStop) diag.Diagnostic {
	if o, ok := errors.AsType[*split.Obstacle](s.Err); ok {
		return splitObstacle(s, o)
	}
	failed := "  " + describe(s.Err)
	if d := splitting.stopped(s.Err, s.says, failed, s.resumes()); d != nil {
		return d
	}
	switch no := noRoom(s.Err); {
	case errors.Is(s.Err, awsapi.ErrTooManyFunctions):
		return s.says(path.Root("name"), "There is no room for the functions", failed, s.resumes(), no.fact, no.advice+" Then apply again.")
	case errors.Is(s.Err, awsapi.ErrTooManyStores):
		return s.says(path.Root("name"), "There is no room for the key value store", failed, s.resumes(), no.fact, no.advice+" Then apply again.")
	}
	return s.says(atWeight, "CloudFront refuses the change of the split", failed, s.resumes(), "Fix the cause and apply again.")
}

// A room is what is said where an account has as much of something as it may.
type room struct{ fact, advice string }

// functionRoom is about functions. has is how many there are, as somebody has counted.
func functionRoom(has string) room {
	return room{
		"CloudFront allows 100 functions in an account unless its quota was raised" + has + ". A split has two, and four while it exchanges them: new ones are made before those that viewers meet are taken away.",
		"Delete functions that no behaviour has, at least two of them, or have the quota of CloudFront for functions in an account raised.",
	}
}

// noRoom is what is said of a quota that is reached, nothing if a call was refused for another
// reason.
func noRoom(err error) room {
	switch {
	case errors.Is(err, awsapi.ErrTooManyFunctions):
		return functionRoom("")
	case errors.Is(err, awsapi.ErrTooManyStores):
		return room{
			"The account has as many key value stores as its quota of CloudFront allows. A split has one, for as long as it exists, also while it exchanges its functions.",
			"Delete a key value store that no function reads, or have the quota of CloudFront for key value stores in an account raised.",
		}
	default:
		return room{}
	}
}

func splitBothUnhealthy(s SplitStop, why string) diag.Diagnostic {
	return s.says(atWeight, "Neither side of the split is healthy", "  "+s.Reason+"\n  "+why,
		fmt.Sprintf("Giving more to %s would not help, so the weights stay as they are. %s", s.Spec.Safe, s.next()),
		"Repair either side. To go back once the other one is repaired, lower `weight` and apply; or turn on `kill_switch`.")
}

func splitRolledBack(s SplitStop) diag.Diagnostic {
	if s.Created {
		at, unmoved := atWeight, "Nothing is recorded in state, and nobody has been sent anywhere."
		rest := []string{unmoved + " Fix the cause and apply again."}
		if no := noRoom(s.Err); no != (room{}) {
			at, rest = path.Root("name"), []string{unmoved, no.fact, no.advice + " Then apply again."}
		}
		return s.says(at, "The split could not be made, and nothing is left of it", append([]string{"  " + s.Reason}, rest...)...)
	}
	return s.says(atWeight, "Change of the split failed and was rolled back", "  "+s.Reason, doubted(s.Spec.Safe, s.Doubt),
		fmt.Sprintf("While configuration still asks for %s by the same functions, plans change nothing and say so.", s.Spec.Goal),
		fmt.Sprintf("%sset `retry` to a new value, or write the weights there are: %s.", mend(s.Reason, "Repair the side and "), s.before()))
}

func splitRollbackFailed(s SplitStop, err error) diag.Diagnostic {
	after := fmt.Sprintf("The next apply finishes the way back to %s.", s.before())
	if s.Created {
		after = s.resumes()
	}
	return s.says(atWeight, "Change of the split failed, and so did going back", "  "+s.Reason, "Going back stopped:\n\n  "+describe(err), after)
}

// SplitLatched warns that what failed is not tried again. over says that everything is as it was
// before it; back leads there.
func SplitLatched(traffic run.Traffic, wanted, back split.Spec, reason string, over bool) diag.Diagnostic {
	became, next := "was rolled back", "nothing is changed"
	if !over {
		became, next = "its way back was not finished", "the next apply finishes the way back, and nothing else is changed"
	}
	return diag.NewAttributeWarningDiagnostic(atWeight, "A failed change of the split is not tried again",
		paragraphs(Traffic(traffic),
			fmt.Sprintf("The last change to %s failed, and %s:\n\n  %s", wanted.Goal, became, reason),
			fmt.Sprintf("As long as configuration asks for it by the same functions, %s; other settings may change meanwhile.", next),
			fmt.Sprintf("%sset `retry` to a new value; or write the weights there are: %s.", mend(reason, "Repair the side, or the probe if that was wrong, and "), back.Goal)))
}

// SplitNotDue warns that the next step of a per_apply change has to wait.
func SplitNotDue(traffic run.Traffic, spec split.Spec, at time.Time) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("bake_time"), "The next step of the split is not due yet",
		paragraphs(Traffic(traffic), fmt.Sprintf("In the end it is to be %s.", spec.Goal),
			fmt.Sprintf("A step stands for %s before the next one, so nothing is changed before %s.", spec.Bake, at.Format(time.RFC3339)),
			"Plan and apply again after that; or lower `weight` to go back at once."))
}

// SplitPending warns that viewers are moved by another apply. unused says that nobody has associated
// the functions yet.
func SplitPending(spec split.Spec, unused bool) diag.Diagnostic {
	first := "The next apply moves them"
	if unused {
		first = "Associate `function_arns` with the cache behaviours of a distribution, apply that, and the next apply after it moves them"
	}
	return diag.NewAttributeWarningDiagnostic(atWeight, "Everybody is on the safe side for now",
		fmt.Sprintf("The split is made, and %s has all viewers. %s: to %s.", spec.Safe, first, spec.Goal))
}

// SplitForgets warns that viewers who have a side are assigned anew.
func SplitForgets(traffic run.Traffic, lost split.Loss) diag.Diagnostic {
	var why string
	at, who := path.Root("cookie").AtName("name"), "nobody has a side any more, and every viewer gets one as if they came for the first time"
	instead := "Leave the name of the cookie as it is, or change it at 0 or 100 percent, where it makes no difference."
	switch {
	case lost.Store:
		at, why = path.Root("name"), "The key value store is gone, and the functions know cookies by a key that another store does not give them."
		instead = "To move nobody twice, apply with `weight = 0` or `kill_switch = true` first, and go up from there."
	case lost.Everybody():
		why = fmt.Sprintf("The cookie is to be called %s, and the new functions do not read %s.", lost.Is, lost.Was)
	default:
		var gone []string
		for _, side := range lost.Sides {
			gone = append(gone, string(side))
		}
		at, why = sidesPath, fmt.Sprintf("Viewers have %s, and `sides` has none of that name any more.", strings.Join(gone, " and "))
		who, instead = "their cookies are worth nothing, and they get a side as if they came for the first time", "Leave the name of the side as it is, or go to 0 percent of it first, where nobody has it."
	}
	flips := ""
	if lost.Everybody() {
		flips = fmt.Sprintf(" At %s some %d of 100 get another side than they have, and while edge locations follow, one after the other, a viewer who moves between two may see both.", lost.Weights, lost.Flips())
	}
	return diag.NewAttributeWarningDiagnostic(at, "Viewers of the split are assigned anew", paragraphs(Traffic(traffic),
		fmt.Sprintf("%s From then on %s.%s", why, who, flips), instead))
}

// SplitAwaits warns that behaviours run functions of the split that others have taken the place of.
func SplitAwaits(spec split.Spec, obs split.Observation) diag.Diagnostic {
	var users []string
	for _, b := range obs.Users {
		users = append(users, told(b))
	}
	return diag.NewAttributeWarningDiagnostic(path.Root("function_arns"), "The functions of the split are made, and no viewer meets them yet",
		fmt.Sprintf("Viewers of %s go on by other functions of the split, and %s. Nothing has been proven of the new ones.\n\n"+
			"Associate both of `function_arns` with the behaviours and apply that, which is one apply where the distribution refers to them. The next apply after it proves them, and deletes those before.",
			strings.Join(users, ", "), obs.Weights(spec)))
}

// SplitInTheWay warns at plan about a fact that would stop the apply.
func SplitInTheWay(s SplitStop, o *split.Obstacle) diag.Diagnostic {
	return foreseen(splitObstacle(s, o), atWeight)
}

func splitObstacle(s SplitStop, o *split.Obstacle) diag.Diagnostic {
	if o.Kind == split.GateFailed {
		held := fmt.Sprintf("The weights are held where they are, %s. %s", o.At, s.next())
		if o.Evidence == cutover.Inconclusive {
			return s.says(path.Root("verify"), "The step of the split could not be proven healthy", "  "+s.Reason, held, "Make the gate able to tell, and apply again.")
		}
		return s.says(atWeight, "The side with the new viewers is not healthy", "  "+s.Reason, held, "Repair it and apply again, or lower `weight` to go back.")
	}
	at, summary, fact, advice := splitFact(s.Spec, o)
	return s.says(at, summary, fact, s.resumes(), advice)
}

// told is a behaviour as people call it.
func told(b split.Behavior) string { return fmt.Sprintf("%s of %s", b.Pattern, b.Distribution) }

// splitFact words what stands in the way of a split.
func splitFact(spec split.Spec, o *split.Obstacle) (at path.Path, summary, fact, advice string) {
	name := path.Root("name")
	switch o.Kind {
	case split.StoreForeign:
		return name, "The key value store is not one of this split", fmt.Sprintf("There is a key value store %s already:\n\n  %s", spec.Name, o.Found), "Write another `name`, or import the split that it belongs to."
	case split.FunctionForeign:
		return name, "A function is not what this split has made", fmt.Sprintf("The function %s has %s, which is not what this split gives a function of that name. Somebody else has made or changed it.", o.Asked, o.Found),
			"Where a behaviour has it, let the split make others: any change of what the functions do will do, such as a `cookie.max_age` of one second more, and the behaviours move to those. Where none has it, delete it, and apply again."
	case split.FunctionBroken:
		return sidesPath, "A function of the split does not run", fmt.Sprintf("%s was tried before anybody was served by it, and did not answer an event of %s as it should:\n\n  %s", o.Asked, o.Role, o.Found),
			"Nobody is served by it. Please report this, with the sides, the cookie and the override of the configuration."
	case split.DistributionMissing:
		return attachPath.AtName("distribution_id"), "There is no such distribution to split", fmt.Sprintf("This account has no distribution %s.", o.Asked), "Write the id of one that it has."
	case split.DistributionStaging:
		return attachPath.AtName("distribution_id"), "A staging distribution is no place for a split", fmt.Sprintf("%s is a staging distribution, whose viewers are chosen by its policy, and which a promotion copies from.", o.Found),
			"Write the id of the primary."
	case split.BehaviorMissing:
		return attachPath.AtName("behaviors"), "There is no such behaviour to split", fmt.Sprintf("%s has no cache behaviour %s.", o.Behavior.Distribution, o.Behavior.Pattern), "Write the path pattern of one that it has, or `default`."
	case split.BehaviorTaken:
		return attachPath.AtName("behaviors"), "A behaviour has another function", fmt.Sprintf("%s runs %s at %s, and CloudFront runs one function at an event of a behaviour.", told(o.Behavior), o.Found, o.Role),
			"Take the function away first, or leave the behaviour out."
	case split.ViewerEvents:
		return attachPath.AtName("behaviors"), "Lambda@Edge runs on viewer events", fmt.Sprintf("%s has %s, and CloudFront runs Lambda@Edge or CloudFront Functions on viewer events of a behaviour, not both.", told(o.Behavior), o.Found),
			"Move it to an origin event or take it away, or leave the behaviour out."
	case split.OriginUnusable:
		return sidesPath, "An origin that no function can select", fmt.Sprintf("A side has the origin %s, and on %s it cannot be selected: %s.", o.Asked, told(o.Behavior), o.Found), "Write the `origin_id` of an origin of that distribution."
	case split.LegacySettings:
		return path.Root("variant_header"), "The behaviour to split has legacy cache settings", fmt.Sprintf("%s has forwarded values in place of a cache policy. Which origin answered is no part of the key there.", told(o.Behavior)),
			"Give the behaviour a cache policy with the variant header in its key."
	case split.CacheBlind:
		policy := "no cache policy"
		if o.Found != "" {
			policy = "the cache policy " + o.Found
		}
		return path.Root("variant_header"), "Answers of both sides would be kept under one key",
			fmt.Sprintf("%s has %s, which keeps answers without regard to the side that gave them: CloudFront's key knows nothing of the origin that was chosen, so viewers of one side would get what the other has answered.", told(o.Behavior), policy),
			"Give the behaviour a cache policy that has the header of `variant_header` in its key, or one that keeps nothing, such as Managed-CachingDisabled."
	case split.Unused:
		return path.Root("function_arns"), "No behaviour has the functions", "No distribution of this account has the functions of the split, so weights would move nobody, and nothing could be proven.",
			"Associate `function_arns` with cache behaviours and apply that first; or write `attach`."
	case split.HalfUsed:
		has := o.Found
		if has == "" {
			has = "none"
		}
		return path.Root("function_arns"), "A behaviour has not both functions as they are now", fmt.Sprintf("%s has at %s: %s. Only together they keep viewers on their side.", told(o.Behavior), o.Role, has),
			"Associate both of `function_arns` with it and apply that; the next apply carries on."
	case split.Taken:
		return atWeight, "Somebody has written the table during the change", fmt.Sprintf("The store has %s now, which this run has not written. Whoever did may have meant to stop the change, so it goes no further.", o.At),
			"Find out who wrote it, and why. Write the weights there are to leave them; a new plan and apply go on."
	case split.ProbeBlind:
		return path.Root("verify").AtName("probes"), "A probe that cannot choose its side", fmt.Sprintf("The probe asks for %s, and no behaviour that runs the functions answers that, so nobody reads the override there and nothing tells which side it was.", o.Found),
			"Ask for a path of a behaviour that runs the functions, or write a `marker` for each side."
	case split.AlarmMissing:
		return path.Root("verify"), "The alarm of the split does not exist", fmt.Sprintf("CloudWatch has no %s, so it could never speak against the side.", o.Found), "Write the name of an existing alarm, and its region."
	case split.AlarmFiring:
		return path.Root("verify"), "An alarm is firing before the split changes", fmt.Sprintf("The %s.", o.Found), "Wait until it is over, or leave it out; the change would be rolled back at its first step."
	case split.AlarmNotEvaluated:
		return path.Root("verify"), "The alarm of the split is not being evaluated", notEvaluated(o.Found), "Correct the alarm, or leave it out."
	case split.InUse:
		var ours []string
		for _, role := range split.Roles() {
			if arn := o.Behavior.Functions[role]; arn != "" {
				ours = append(ours, arn)
			}
		}
		also := ""
		if o.Asked != "" {
			also = " So have others: " + o.Asked + "."
		}
		return path.Root("function_arns"), "A behaviour still has a function of the split", fmt.Sprintf("%s has %s, and CloudFront deletes no function that is in use. Nothing was deleted.%s", told(o.Behavior), strings.Join(ours, ", "), also),
			"It takes two applies: take the functions away from the behaviour and apply that, then destroy the split."
	case split.Served:
		if spec.Origins == nil {
			return path.Root("on_destroy"), "Viewers would get another side without the split", fmt.Sprintf("The weights are %s, and without the functions %s serves paths as they are asked for, without a prefix. Nothing was changed.", o.At, told(o.Behavior)),
				fmt.Sprintf("Serve %s without a prefix: leave its `uri_prefix` out, go to 0 percent, apply, and destroy again; or write `on_destroy = \"delete_live\"` and apply that first.", spec.Safe)
		}
		return path.Root("on_destroy"), "Viewers would get another side without the split", fmt.Sprintf("The weights are %s, and %s serves its viewers something else without the functions. Nothing was changed.", o.At, told(o.Behavior)),
			"Go to 0 or 100 percent, make that side what the behaviour serves by itself (`target_origin_id`), apply, and destroy again; or write `on_destroy = \"delete_live\"` and apply that first."
	case split.Leaves:
		return path.Root("attach").AtName("behaviors"), "Viewers of a behaviour that leaves the split would get another side", fmt.Sprintf("%s is not in `attach` any more, and still runs the functions. The weights are %s, and it serves its viewers something else without them.", told(o.Behavior), o.At),
			"Put it back, go to 0 or 100 percent, make that side what the behaviour serves by itself (`target_origin_id`), apply, and leave it out then."
	case split.Elsewhere:
		return path.Root("attach").AtName("distribution_id"), "Another distribution still has the functions of the split", fmt.Sprintf("%s runs them, and `attach` leads to %s. One split is about one distribution.", told(o.Behavior), o.Asked),
			"Write another split, of another `name`, for that distribution; or go to 0 percent, destroy this one, and create it there. Where a distribution takes the place of the one before, delete that first."
	default:
		return atWeight, "The world changed since this plan of the split", fmt.Sprintf("To get where the plan leads would take a step that it did not show:\n\n  %s", o.Found), "Plan again, and read what the new plan shows."
	}
}

// SplitNotDestroyed words a destroy that ended with err.
func SplitNotDestroyed(spec split.Spec, err error) diag.Diagnostic {
	const stays = "The split stays in state; destroying again carries on."
	if o, ok := errors.AsType[*split.Obstacle](err); ok {
		_, summary, fact, advice := splitFact(spec, o)
		return diag.NewErrorDiagnostic(summary, paragraphs(fact, stays, advice))
	}
	say := func(at path.Path, summary string, parts ...string) diag.Diagnostic {
		return says(at, summary, parts...)
	}
	if d := splitting.stopped(err, say, "  "+describe(err), stays); d != nil {
		return d
	}
	if errors.Is(err, awsapi.ErrInUse) {
		return diag.NewErrorDiagnostic("Something still uses what the split has made", paragraphs("  "+describe(err), stays, "Whatever uses the functions or the store has to let go of them first; then destroy again."))
	}
	return diag.NewErrorDiagnostic("The split could not be destroyed", paragraphs("  "+describe(err), stays, "Fix the cause and destroy again."))
}

// SplitDestroyPlanned warns what a destroy does to viewers.
func SplitDestroyPlanned(spec split.Spec, now split.Weights, live bool) diag.Diagnostics {
	var d diag.Diagnostics
	switch {
	case now == nil:
	case spec.Attach != nil && live:
		d.AddAttributeWarning(path.Root("on_destroy"), "Viewers may get another side by the destroy",
			fmt.Sprintf("The weights are %s. `on_destroy = \"delete_live\"` takes the functions away whatever the behaviours serve without them.", now))
	case spec.Attach != nil && len(now) == 1 && spec.Origins == nil && (!spec.Bare || now[spec.Safe] == 0):
		d.AddAttributeWarning(path.Root("on_destroy"), "Viewers would get another side without the split",
			fmt.Sprintf("The weights are %s, and the behaviours serve paths without a prefix once the functions are gone. The destroy fails before it changes anything, unless everybody is on a safe side without `uri_prefix` by then.", now))
	case spec.Attach != nil && len(now) > 1:
		d.AddAttributeWarning(path.Root("on_destroy"), "The destroy stops while viewers are split",
			fmt.Sprintf("The weights are %s, so some viewers would get another side. The destroy fails before it changes anything, unless they are at 0 or 100 percent by then.", now))
	default:
		d.AddAttributeWarning(path.Root("name"), "The split goes, whoever else has it",
			fmt.Sprintf("The store and the functions of %s are deleted, and nobody gets another side by it. If the split has only got another address, write a `moved` block in place of the destroy: two applies know nothing of each other, and what the other address has would be made anew.", spec.Name))
	}
	return d
}
