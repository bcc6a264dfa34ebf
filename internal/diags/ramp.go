package diags

import (
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// A RampStop is a ramp that did not reach its end.
type RampStop struct {
	Stop[ramp.Spec, ramp.Observation]
	From *int // the weight from before; nil: not known
}

// RampUnfinished words a ramp that came to out.
func RampUnfinished(s RampStop, out run.Outcome[ramp.Observation]) diag.Diagnostic {
	return unfinished(s, out, wording[RampStop]{RampStopped, RampInterrupted, RampRolledBack, RampBothUnhealthy, RampRollbackFailed})
}

func (s RampStop) before() string {
	if s.From == nil {
		return "the weight from before"
	}
	return fmt.Sprintf("%d percent", *s.From)
}

var atWeight = path.Root("weight")

// RampInterrupted words a run that was told to stop.
func RampInterrupted(s RampStop) diag.Diagnostic {
	if s.Back {
		after := fmt.Sprintf("State records that %d percent failed. %s", s.Spec.Weight, s.finishes())
		if s.Created {
			after = fmt.Sprintf("Nothing is recorded in state. As long as configuration asks for %d percent, the next apply goes there again.", s.Spec.Weight)
		}
		return s.says(atWeight, "Way back of the ramp interrupted",
			"The ramp had failed, and the run was asked to stop on its way back:\n\n  "+s.Reason, after)
	}
	return s.says(atWeight, "Ramp interrupted",
		asked, stuck(s.Err), s.next())
}

// finishes says what comes of a way back that was not finished.
func (s RampStop) finishes() string {
	return fmt.Sprintf("The next apply finishes the way back to %s.", s.before())
}

var ramping = noun{
	name: "Ramp", at: atWeight,
	slow:  "All steps and waits of a ramp count. Raise the timeout, or take the steps in several runs with advance = \"per_apply\".",
	rival: "Look for another process that writes to these records, such as an aws_route53_record of the same name.",
}

// RampStopped words every other run that ended early and left things as they are.
func RampStopped(s RampStop) diag.Diagnostic {
	if o, ok := errors.AsType[*ramp.Obstacle](s.Err); ok {
		return rampObstacle(s, o)
	}
	failed := "  " + describe(s.Err)
	if d := ramping.stopped(s.Err, s.says, failed, s.next()); d != nil {
		return d
	}
	if errors.Is(s.Err, awsapi.ErrProtected) {
		return s.says(path.Root("names"), "A record of the ramp is protected against changes", failed, s.next())
	}
	return s.says(atWeight, "Route 53 refuses the change of the ramp", failed, s.next(), "Fix the cause and apply again.")
}

// RampBothUnhealthy words a way back that was not taken because it would not help.
func RampBothUnhealthy(s RampStop, why string) diag.Diagnostic {
	return s.says(atWeight, "Neither endpoint is healthy",
		"  "+s.Reason+"\n  "+why,
		fmt.Sprintf("Giving more to %s would not help, so the weights stay as they are. %s", s.Spec.Other.Side, s.next()),
		"Repair either endpoint. To go back once the other one is repaired, lower `weight` and apply.")
}

// RampRolledBack words a ramp that failed and was undone.
func RampRolledBack(s RampStop) diag.Diagnostic {
	if s.Created {
		return s.says(atWeight, "Ramp failed and was rolled back",
			"  "+s.Reason, doubted(s.Spec.Other.Side, s.Doubt),
			fmt.Sprintf("The ramp does not exist in state yet, so nothing remembers this failure: the next apply with weight = %d tries again.", s.Spec.Weight),
			fmt.Sprintf("Write the weight there is, %s, and apply, which moves nothing. Then repair %s, and raise `weight`.", s.before(), s.Spec.Target.Side))
	}
	return s.says(atWeight, "Ramp failed and was rolled back",
		"  "+s.Reason, doubted(s.Spec.Other.Side, s.Doubt),
		fmt.Sprintf("While configuration still asks for %d percent of the same endpoint, plans change nothing and say so.", s.Spec.Weight),
		fmt.Sprintf("%sset `retry` to a new value, or set `weight` back to %s.", mend(s.Reason, fmt.Sprintf("Repair %s and ", s.Spec.Target.Side)), s.before()))
}

// RampRollbackFailed words a ramp that failed and could not be undone.
func RampRollbackFailed(s RampStop, err error) diag.Diagnostic {
	return s.says(atWeight, "Ramp failed, and so did going back",
		"  "+s.Reason, fmt.Sprintf("Going back to %s stopped:\n\n  %s", s.before(), describe(err)), s.next(),
		s.finishes())
}

// RampLatched warns that a failed ramp is not tried again. over says that everything is
// as it was before it; where it is not, the next apply brings it there. spec is about the
// weight from before.
func RampLatched(traffic run.Traffic, spec ramp.Spec, weight int, reason string, over bool) diag.Diagnostic {
	became, next := "was rolled back", "nothing is moved"
	if !over {
		became, next = "the weights are not what they were before it", fmt.Sprintf("the next apply goes back to %d percent, and nothing else is moved", spec.Weight)
	}
	return diag.NewAttributeWarningDiagnostic(atWeight, "A failed ramp is not tried again",
		paragraphs(Traffic(traffic),
			fmt.Sprintf("The last ramp to %d percent failed, and %s:\n\n  %s", weight, became, reason),
			fmt.Sprintf("As long as configuration asks for that weight of the same endpoint, %s; other settings may change meanwhile.", next),
			fmt.Sprintf("%sset `retry` to a new value; or set `weight` to %d.", mend(reason, fmt.Sprintf("Repair %s, or the probe if that was wrong, and ", spec.Target.Side)), spec.Weight)))
}

// NotDueYet warns that the next step of a per_apply ramp has to wait.
func NotDueYet(traffic run.Traffic, spec ramp.Spec, at time.Time) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("bake_time"), "The next step is not due yet",
		paragraphs(Traffic(traffic), fmt.Sprintf("%s is to have %d %% in the end.", capital(string(spec.Target.Side)), spec.Weight),
			fmt.Sprintf("A step stands for %s before the next one, so nothing is changed before %s.", spec.Bake, at.Format(time.RFC3339)),
			"Plan and apply again after that; or lower `weight` to go back at once."))
}

// RampInTheWay warns at plan about a fact that would stop the apply.
func RampInTheWay(s RampStop, o *ramp.Obstacle) diag.Diagnostic {
	return foreseen(rampObstacle(s, o), atWeight)
}

func rampObstacle(s RampStop, o *ramp.Obstacle) diag.Diagnostic {
	if o.Kind == ramp.GateFailed {
		return rampGate(s, o)
	}
	where, summary, fact, advice := rampFact(s.Spec, o)
	return s.says(where, summary, fact, s.next(), advice)
}

// orBack offers the way back, where there is one.
func (s RampStop) orBack() string {
	if s.From == nil || *s.From >= s.Spec.Weight {
		return ""
	}
	return fmt.Sprintf(", or write weight = %d to go back", *s.From)
}

func rampGate(s RampStop, o *ramp.Obstacle) diag.Diagnostic {
	held := fmt.Sprintf("The weights are held where they are, at %d percent. %s", o.Percent, s.next())
	if o.Evidence == cutover.Inconclusive {
		return s.says(path.Root("verify"), "The step could not be proven healthy",
			"  "+s.Reason, held, fmt.Sprintf("Make the gate able to tell, and apply again%s.", s.orBack()))
	}
	return s.says(atWeight, "The endpoint with the new traffic is not healthy",
		"  "+s.Reason, held, fmt.Sprintf("Repair %s and apply again%s.", s.Spec.Target.Side, s.orBack()))
}

// rampFact words what stands in the way of a ramp.
func rampFact(spec ramp.Spec, o *ramp.Obstacle) (where path.Path, summary, fact, advice string) {
	names, sides, verify := path.Root("names"), path.Root("sides"), path.Root("verify")
	switch o.Kind {
	case ramp.ZoneMissing:
		return path.Root("zone_id"), "The zone of the ramp does not exist", fmt.Sprintf("Route 53 has no hosted zone %s in this account.", o.Found),
			"Write the id of the zone that holds the names, and check that the provider uses the right account."
	case ramp.OutsideZone:
		return names, "The name does not lie in the zone", fmt.Sprintf("%s is the zone of %s, and %s does not lie in it.", spec.Zone, o.Found, o.Name),
			"Write the id of its own zone. Names of several zones need a ramp for each."
	case ramp.Delegated:
		return names, "The zone of the ramp has handed the name to other name servers",
			fmt.Sprintf("%s delegates %s, so nobody asks it for %s, and the shares of its records are not those that viewers get.", spec.Zone, o.Found, o.Name),
			fmt.Sprintf("Write the id of the zone of %s as `zone_id`, or leave the name out.", o.Found)
	case ramp.Apex:
		return path.Root("types"), "A CNAME cannot stand at the apex of the zone", fmt.Sprintf("%s is the apex of its zone, where DNS allows no CNAME.", o.Name),
			"Write types = [\"A\", \"AAAA\"] and sides with `alias` or addresses."
	case ramp.AliasOutside:
		return sides, "The alias target does not lie in its zone", fmt.Sprintf("%s is said to lie in %s, which is the zone of %s.", o.Name, spec.Zone, o.Found),
			"Write the hosted zone id of the target: `Z2FDTNDATAQYW2` for CloudFront, the `zone_id` of an aws_lb, the `hosted_zone_id` of an aws_s3_bucket."
	case ramp.ForeignRecord:
		return names, "A record of the name is neither side's", fmt.Sprintf("%s is what the zone has, and neither %s nor %s.", o.Found, spec.Target.Side, spec.Other.Side),
			"A ramp takes over only records that are those of one of its sides. Describe what is there as one of the `sides`, or delete the record."
	case ramp.RoutedRecord:
		return names, "The name has records with another routing policy", fmt.Sprintf("%s cannot stand beside simple or weighted records.", o.Found),
			"Make it a simple or weighted record first, or leave the name out."
	case ramp.ForeignSet:
		return names, "The name has weighted records of somebody else", fmt.Sprintf("%s has an identifier that is neither %q nor %q, so shares of two sides would not be what they say.", o.Found, spec.Target.ID, spec.Other.ID),
			"If it is one of the sides, write its identifier as `set_identifier`; otherwise delete it."
	case ramp.Conflict:
		return path.Root("types"), "Records of the name exclude the types asked for", fmt.Sprintf("%s is there, and DNS allows nothing beside a CNAME.", o.Found),
			"Write the types that the name has, or delete the record."
	case ramp.ZoneLocked:
		w := locked(path.Root("zone_id"), o.Name, o.Found)
		return w.at, "The zone of the ramp is locked", w.fact, w.advice
	case ramp.RecordProtected:
		w := protected(names, o.Found, o.Name, o.Comment, unfollowing)
		return w.at, "A record of the ramp is protected against changes", w.fact, w.advice
	case ramp.Served:
		by := "is served by " + o.Found
		if o.Elsewhere {
			by = "leads elsewhere than to a CloudFront distribution, where nobody can tell whether anybody is served, so it counts as served:\n\n  " + o.Found + "\n\n"
		} else {
			by += ". "
		}
		return names, "The names are being served", fmt.Sprintf("%s %sThe ramp was to be destroyed, and `on_destroy = \"delete\"` deletes no record that viewers need.", o.Name, by), DestroyOfRamp(spec).waysOut()
	case ramp.Diverted:
		w := diverted(names, o.Name, o.Found, "the name out of `names`", "give it to the sides")
		return w.at, w.summary, w.fact, w.advice
	case ramp.Lowered:
		return atWeight, "Somebody has taken traffic off the target during the ramp", fmt.Sprintf("%s has less of %s than this run gave it:\n\n  %s\n\nWhoever changed that may have meant to stop the ramp, so it goes no further.", capital(string(spec.Target.Side)), o.Name, o.Found),
			"Find out who changed the weights, and why. Write the `weight` there is to leave it there; a new plan and apply begin to ramp again."
	case ramp.AlarmMissing:
		return verify, "The alarm does not exist", fmt.Sprintf("CloudWatch has no %s, so it could never speak against the target.", o.Found), "Write the name of an existing alarm, and its region."
	case ramp.AlarmFiring:
		return verify, "An alarm is firing before the ramp begins", fmt.Sprintf("The %s.", o.Found), "Wait until it is over, or leave it out; the ramp would be rolled back at its first step."
	case ramp.AlarmNotEvaluated:
		return verify, "The alarm is not being evaluated", notEvaluated(o.Found), "Correct the alarm, or leave it out."
	default:
		return atWeight, "The world changed since this plan of the ramp", fmt.Sprintf("To get where the plan leads would take a step that it did not show:\n\n  %s", o.Found),
			"Plan again, and read what the new plan shows."
	}
}
