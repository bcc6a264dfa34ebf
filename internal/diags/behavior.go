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
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// A BehaviorStop is a cutover of cache behaviours that did not reach its end.
type BehaviorStop struct {
	Stop[behavior.Spec, behavior.Observation]
	From behavior.Recorded // what there was before; the zero value if nobody knows
	// Unasked are the versions that are to be associated, and of which nobody may ask whether
	// they are Active.
	Unasked []string
}

// BehaviorUnfinished words a cutover of cache behaviours that came to out.
func BehaviorUnfinished(s BehaviorStop, out run.Outcome[behavior.Observation]) diag.Diagnostic {
	return unfinished(s, out, wording[BehaviorStop]{
		stopped: behaviorStopped, interrupted: behaviorInterrupted, rolledBack: behaviorRolledBack, rollbackFailed: behaviorRollbackFailed,
	})
}

var behaviorsPath, sidesPath, invalidatePath = path.Root("behaviors"), path.Root("sides"), path.Root("invalidate")

var behaving = noun{
	name: "Cutover", at: livePath,
	rival: "Look for another process that writes to this distribution, such as an aws_cloudfront_distribution without `ignore_changes`.",
	newer: "Upgrade the provider, or change the fields by other means; they are adopted then.",
}

// before is what a cutover came from, as people call it.
func (s BehaviorStop) before() string {
	switch {
	case s.From.Side == "" && len(s.From.Definition) == 0:
		return "what there was before"
	case s.From.Side == "" || s.From.Side == s.Spec.Live: // sides of one name differ by what they say
		return s.From.Definition.Summary()
	}
	return string(s.From.Side)
}

// orBack offers the way back, where one edit leads there.
func (s BehaviorStop) orBack() string {
	switch s.From.Side {
	case "":
		return ""
	case s.Spec.Live:
		return fmt.Sprintf(", or write %s in %s to go back", s.From.Definition.Summary(), s.From.Side)
	}
	return fmt.Sprintf(", or write live = %q to go back", s.From.Side)
}

// reached says whether viewers may get anything of the target.
func (s BehaviorStop) reached() bool {
	return s.Sight.Last != nil || s.Sight.Obs.Exists && s.Spec.Target().Is(s.Sight.Obs.Values)
}

func behaviorInterrupted(s BehaviorStop) diag.Diagnostic {
	if s.Back {
		after := fmt.Sprintf("State records that %s failed. As long as configuration asks for it as it is, the next apply finishes the way back.", s.Spec.Live)
		if s.Created {
			after = "Nothing is recorded in state. As long as configuration asks for " + string(s.Spec.Live) + ", the next apply goes there again."
		}
		return s.says(livePath, "Rollback interrupted", "The cutover had failed, and the run was asked to stop on its way back:\n\n  "+s.Reason, after)
	}
	return s.says(livePath, "Cutover interrupted", asked, stuck(s.Err), s.next())
}

func behaviorStopped(s BehaviorStop) diag.Diagnostic {
	if o, ok := errors.AsType[*behavior.Obstacle](s.Err); ok {
		return behaviorObstacle(s, o)
	}
	failed, next := "  "+describe(s.Err), s.next()
	if deadline, over := errors.AsType[*engine.Deadline](s.Err); over && len(s.Unasked) > 0 && errors.Is(deadline, awsapi.ErrRefused) {
		next = paragraphs(fmt.Sprintf("The write was tried again and again, because nobody may ask whether %s is Active. Most likely `lambda:EnableReplication*` is not allowed on it, without which CloudFront never takes it; "+
			"or it does not become Active, which `lambda:GetFunctionConfiguration` would show before anything is written. Allow both.", strings.Join(s.Unasked, ", ")), next)
	}
	if d := behaving.stopped(s.Err, s.says, failed, next); d != nil {
		return d
	}
	if s.reached() {
		return s.says(livePath, "Cutover stopped half-way", failed, s.next(), "Fix the cause and apply again.")
	}
	return s.says(livePath, "Cutover stopped before traffic moved", failed, s.next(), "Nothing needs to be undone. Fix the cause and apply again.")
}

func behaviorRolledBack(s BehaviorStop) diag.Diagnostic {
	if s.Created {
		return s.says(livePath, "Cutover failed and was rolled back", "  "+s.Reason,
			fmt.Sprintf("The switch does not exist in state yet, so nothing remembers this failure: the next apply with `live = %q` goes there again.", s.Spec.Live),
			fmt.Sprintf("Write as `live` the side that serves and apply, which changes nothing. Then repair %s, and set `live` to it.", s.Spec.Live))
	}
	return s.says(livePath, "Cutover failed and was rolled back", "  "+s.Reason,
		fmt.Sprintf("While configuration still asks for %s as it is (%s), plans change nothing and say so.", s.Spec.Live, s.Spec.Target().Summary()),
		fmt.Sprintf("%sset `retry` to a new value%s.", mend(s.Reason, fmt.Sprintf("Repair %s and ", s.Spec.Live)), s.orBack()))
}

func behaviorRollbackFailed(s BehaviorStop, err error) diag.Diagnostic {
	return s.says(livePath, "Cutover failed, and so did going back", "  "+s.Reason,
		fmt.Sprintf("Going back to %s stopped:\n\n  %s", s.before(), describe(err)), s.next(), "The next apply finishes the way back.")
}

// BehaviorLatched warns that what failed is not tried again. wanted is what configuration
// asks for, back what it was before; over says that everything is as it was before it.
func BehaviorLatched(traffic run.Traffic, wanted behavior.Spec, reason string, back behavior.Spec, over bool) diag.Diagnostic {
	became, next := "was rolled back", "nothing is written"
	if !over {
		became, next = "its way back was not finished", "the next apply finishes the way back, and nothing else is written"
	}
	return diag.NewAttributeWarningDiagnostic(livePath, "A failed cutover is not tried again",
		paragraphs(Traffic(traffic),
			fmt.Sprintf("The last cutover to %s failed, and %s:\n\n  %s", wanted.Live, became, reason),
			fmt.Sprintf("As long as configuration asks for %s with %s, %s. It is tried again once that is something else, or `retry` gets a new value; other settings may change meanwhile.", wanted.Live, wanted.Target().Summary(), next),
			fmt.Sprintf("%sset `retry` to a new value; or ask for what there is: %s.", mend(reason, fmt.Sprintf("Repair %s, or the probe if that was wrong, and ", wanted.Live)), back.Target().Summary())))
}

// BehaviorInTheWay warns at plan about a fact that would stop the apply.
func BehaviorInTheWay(s BehaviorStop, o *behavior.Obstacle) diag.Diagnostic {
	return foreseen(behaviorObstacle(s, o), livePath)
}

func behaviorObstacle(s BehaviorStop, o *behavior.Obstacle) diag.Diagnostic {
	if o.Gate() {
		return behaviorGate(s, o)
	}
	at, summary, fact, advice := behaviorFact(s.Spec, o)
	return s.says(at, summary, fact, s.next(), advice)
}

func behaviorGate(s BehaviorStop, o *behavior.Obstacle) diag.Diagnostic {
	side, why := s.Spec.Live, "  "+s.Reason
	switch {
	case o.Kind == behavior.GateBefore && o.Evidence == cutover.Inconclusive:
		return s.says(path.Root("verify").AtName("before"), "The idle side could not be proven healthy", why, s.next(),
			fmt.Sprintf("Make the gate able to tell whether %s is healthy, then apply again.", side))
	case o.Kind == behavior.GateBefore:
		return s.says(livePath, "The idle side is not healthy", why, s.next(), fmt.Sprintf("Repair %s, then apply again.", side))
	case o.Evidence == cutover.Inconclusive:
		return s.says(path.Root("verify").AtName("after"), "The new live side could not be proven healthy",
			why, "Traffic is held where it is, as `on_inconclusive` asks. "+s.next(), fmt.Sprintf("Make the gate able to tell, and apply again%s.", s.orBack()))
	default:
		return s.says(livePath, "The new live side is not healthy",
			why, "Traffic is held where it is. "+s.next(), fmt.Sprintf("Repair %s and apply again%s.", side, s.orBack()))
	}
}

const claimOnce = "Let one instance decide about a field: put the behaviours into one switch, or name other fields in its sides."

// FieldClaimedTwice refuses the second of two instances that decide about one field.
func FieldClaimedTwice(field string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(sidesPath, "Two instances want one field of the distribution",
		paragraphs(fmt.Sprintf("Another instance in this configuration decides about %s. They would undo each other's work, so this one has done nothing.", field), claimOnce))
}

// sideField is where a side says what a field is to be.
func sideField(side cutover.Side, f behavior.Field) path.Path {
	at := sidesPath.AtMapKey(string(side))
	switch f.Name {
	case behavior.OriginDomain, behavior.OriginPath:
		return at.AtName("origins").AtMapKey(f.Origin).AtName(string(f.Name))
	case behavior.Lambda:
		return at.AtName("lambda_functions").AtMapKey(f.Event).AtName("arn")
	case behavior.Function:
		return at.AtName("functions").AtMapKey(f.Event)
	case behavior.TargetOrigin, behavior.RootObject, behavior.CachePolicy, behavior.OriginRequestPolicy, behavior.ResponseHeadersPolicy:
		return at.AtName(string(f.Name))
	}
	return at
}

// behaviorFact words what stands in the way of a cutover of cache behaviours, gates apart.
func behaviorFact(spec behavior.Spec, o *behavior.Obstacle) (at path.Path, summary, fact, advice string) {
	field := sideField(spec.Live, o.Field)
	switch o.Kind {
	case behavior.DistributionMissing:
		return path.Root("distribution_id"), "The distribution of the switch does not exist", fmt.Sprintf("CloudFront has no distribution %s in this account.", o.Asked),
			"Write the id of an existing distribution, and check that the provider uses the right account."
	case behavior.DistributionStaging:
		return path.Root("distribution_id"), "A staging distribution is no place for a switch", fmt.Sprintf("%s is a staging distribution: a promotion copies it over its primary, with whatever is switched there.", o.Found),
			"Switch the primary, or release the change through the staging distribution with cdn_staging_promotion."
	case behavior.DistributionDisabled:
		return path.Root("distribution_id"), "The distribution of the switch is disabled", fmt.Sprintf("%s answers nobody, and may be about to be deleted.", o.Found),
			"Enable it (`enabled = true` in aws_cloudfront_distribution) and apply again."
	case behavior.BehaviorMissing:
		return behaviorsPath, "The distribution has no such cache behaviour", fmt.Sprintf("%s has no cache behaviour with the path pattern %s. The paths that it would match are answered by another one.", spec.Distribution, o.Field.Behavior),
			"Add the behaviour to the distribution first, or take the pattern out of `behaviors`. `default` is the default cache behaviour, and `/default` a pattern."
	case behavior.BehaviorMoved:
		return behaviorsPath, "A cache behaviour has changed places", fmt.Sprintf("%s stands on the other side of %s than when the plan was made. The first behaviour that matches a path answers, so it may answer for other paths now.", o.Field.Behavior, o.Found),
			"Make a new plan, read it, and apply it."
	case behavior.OriginMissing:
		return field, "The distribution has no such origin", fmt.Sprintf("%s has neither an origin nor an origin group %q, which %s asks for.", spec.Distribution, o.Asked, spec.Live),
			"Add the origin to the distribution in an apply before this one, and write its `origin_id`."
	case behavior.OriginShared:
		return field, "Behaviours that are not switched use the origin", fmt.Sprintf("%s gets another place, and %s would be answered from there too.", o.Field.Origin, o.Found),
			"Add those to `behaviors`, or give the switched ones an origin of their own."
	case behavior.ForeignValue:
		return field, "A field of the distribution has what no side has", fmt.Sprintf("%s is %s, and no side says so. %s asks for %s.", o.Field, o.Found, spec.Live, o.Asked),
			"A switch takes over only what one of its sides describes. Describe what is there as a side and name it in `live` first, or set the field to what a side has."
	case behavior.LegacySettings:
		return field, "The behaviour has legacy cache settings", fmt.Sprintf("%s has forwarded values in place of a cache policy, and CloudFront takes one of the two.", o.Field.Behavior),
			"Give the behaviour a cache policy in the distribution's own configuration first."
	case behavior.NeedsCachePolicy:
		return field, "An origin request policy needs a cache policy", fmt.Sprintf("%s has no cache policy, and CloudFront takes no origin request policy without one.", o.Field.Behavior),
			"Give the behaviour a cache policy first, or name `cache_policy_id` in every side."
	case behavior.ViewerEvents:
		return field, "Two kinds of functions on viewer events", fmt.Sprintf("%s would run %s beside %s, which the distribution has. CloudFront runs Lambda@Edge or a CloudFront Function on viewer events of a behaviour, not both.", o.Field.Behavior, o.Asked, o.Found),
			"Name the events of the other kind in every side too, and leave them out of this one."
	case behavior.LambdaNotActive:
		return field, "The version of the function cannot be used", fmt.Sprintf("CloudFront takes Active versions only, and %s is %s.", o.Asked, o.Found),
			"Publish a version that becomes Active, and write its ARN. An Inactive one becomes Active when it is invoked."
	case behavior.LambdaElsewhere:
		return field, "Not a version that CloudFront takes", fmt.Sprintf("%s is no numbered version of a function in us-east-1.", o.Asked),
			"Write the `qualified_arn` of an aws_lambda_function in us-east-1 with `publish = true`."
	case behavior.TagsUnread:
		return invalidatePath, "The distribution reads no cache tags", fmt.Sprintf("%s is to be invalidated, and %s has no CacheTagConfig: nothing that it holds has a tag, so nothing would be forgotten.", o.Asked, spec.Distribution),
			"Set the header that cache tags come in, in the distribution's CacheTagConfig, and invalidate paths until what was cached before is gone; or write paths."
	case behavior.AlarmMissing:
		return path.Root("verify"), "There is no such alarm", fmt.Sprintf("The gate is to watch %s, which CloudWatch does not know. Waiting for it would prove nothing.", o.Found),
			"Write the name and the region of an existing alarm."
	case behavior.AlarmFiring:
		return path.Root("verify"), "The alarm is in alarm already", fmt.Sprintf("The gate is to watch %s. The cutover would be undone as soon as it was done.", o.Found),
			"Repair what it is about, or take it out of `verify`, and apply again."
	case behavior.AlarmNotEvaluated:
		return path.Root("verify"), "The alarm is not being evaluated", notEvaluated(o.Found), "Correct the alarm, or take it out of `verify`, and apply again."
	case behavior.TakenBack:
		return livePath, "Somebody has changed a field during the cutover",
			fmt.Sprintf("%s was what %s asks for, and is %s now. Whoever changed it may have meant to stop the cutover, so it goes no further.", o.Field, spec.Live, o.Found),
			"Find out who changed it, and why. A new plan and apply changes it again."
	case behavior.Contradicted:
		return field, "Two instances want one field of the distribution", fmt.Sprintf("%s was to become something else in the same write, so this cutover left it.", o.Field), claimOnce
	case behavior.NotInRecipe:
		return path.Root("steps"), "The world changed since this plan", fmt.Sprintf("To get to %s it would now also be necessary to:\n\n  %s\n\nThe plan did not show that, so it was not done.", spec.Live, o.Found),
			"Make a new plan, read it, and apply it."
	case behavior.GateBefore, behavior.GateAfter: // see behaviorGate
	}
	return livePath, "Cutover stopped by an unknown obstacle", o.Error(), "Please report this."
}

// BehaviorsDrifted warns of behaviours that have gone or changed places since state was
// written, and of values that are on other behaviours now.
func BehaviorsDrifted(spec behavior.Spec, obs behavior.Observation, values behavior.Definition, order []behavior.Pattern) diag.Diagnostics {
	var lines []string
	if !obs.Exists {
		return nil // the plan that follows says so
	}
	for _, d := range obs.Drifted(spec, values, order) {
		switch {
		case d.Gone && d.Field.Behavior != "":
			lines = append(lines, fmt.Sprintf("%s: there is no such behaviour any more", d.Field))
		case d.Gone:
			lines = append(lines, fmt.Sprintf("%s: there is no such origin any more", d.Field))
		case len(d.Instead) > 0:
			lines = append(lines, fmt.Sprintf("%s: was %q and is %q; %s has what it was", d.Field, d.Was.Text, d.Is.Text, joined(d.Instead)))
		}
	}
	for _, m := range behavior.Shuffled(spec.Patterns, order, obs.Order) {
		lines = append(lines, fmt.Sprintf("%s stands on the other side of %s in the order", m.Behavior, m.Other))
	}
	if len(lines) == 0 {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(behaviorsPath, "The cache behaviours of the distribution are not those that state knows",
		paragraphs(fmt.Sprintf("Since state was written, %s was changed:\n\n  %s", spec.Distribution, strings.Join(lines, "\n  ")),
			"The switch goes by path patterns and has followed nothing. The first behaviour that matches a path answers.",
			"Where behaviours are added, removed or reordered beside an `ignore_changes` of one by its index, the ignored value stays at the index and comes to another behaviour. Correct those by hand, and reorder in a change of its own."))}
}

func joined(patterns []behavior.Pattern) string {
	var out []string
	for _, p := range patterns {
		out = append(out, string(p))
	}
	return strings.Join(out, ", ")
}

// BehaviorNotInvalidated warns that edge locations go on with what they hold. Where the
// cutover did not reach its end either, that may be why: nothing tells then who answers.
// back: it is the invalidation of the way back.
func BehaviorNotInvalidated(s BehaviorStop, back bool, err error) diag.Diagnostic {
	summary, copies := "The cutover is finished but nothing was invalidated", "what the side before has given them"
	switch {
	case back:
		summary, copies = "The way back is done, and nothing was invalidated", "what the failed side has given them"
	case s.Err != nil:
		summary = "Nothing was invalidated"
	}
	return diag.NewAttributeWarningDiagnostic(invalidatePath, summary,
		paragraphs(s.traffic(), fmt.Sprintf("CloudFront did not invalidate %s on %s:\n\n  %s", strings.Join(s.Spec.Invalidate, ", "), s.Spec.Distribution, awsapi.Brief(err)),
			"The fields stay as they are. The next plan shows the invalidation again.",
			"Until then edge locations may answer with "+copies+". Allow cloudfront:CreateInvalidation if that is missing, or remove `invalidate`."))
}

// BehaviorInvalidationUnseen warns that err kept us from seeing the end of an invalidation.
func BehaviorInvalidationUnseen(s BehaviorStop, id string, err error) diag.Diagnostic {
	next := "Nothing is left to do for the next apply."
	if s.Err != nil {
		next = ""
	}
	return diag.NewAttributeWarningDiagnostic(invalidatePath, "Nobody could see the invalidation complete",
		paragraphs(s.traffic(), unseenBecause(id, s.Spec.Distribution, err)+" Until it is complete, edge locations may serve copies of before.", next, willWait(err)))
}

// BehaviorStillInvalidating warns that an invalidation takes longer than a run waits.
func BehaviorStillInvalidating(s BehaviorStop, id string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(invalidatePath, "The invalidation is still under way",
		paragraphs(s.traffic(), fmt.Sprintf("CloudFront has taken invalidation %s of %s on %s, and the end of it was not seen. It goes on by itself.", id, strings.Join(s.Spec.Invalidate, ", "), s.Spec.Distribution),
			"Nothing is left to do for the next apply."))
}

// BehaviorBrowsersKeep warns that browsers go on with the entry document of before. until is
// the zero value where edge locations may still give it out.
func BehaviorBrowsersKeep(s BehaviorStop, cacheControl string, keep time.Duration, until time.Time) diag.Diagnostic {
	long := fmt.Sprintf("Browsers that got it go on with it until %s, and ask nobody.", until.UTC().Format("15:04 on 2 January 2006 UTC"))
	if until.IsZero() {
		long = fmt.Sprintf("Browsers that get it go on with it for %s, and ask nobody. Edge locations may still give it out, because nobody has seen them forget it.", cutover.Brief(keep))
	}
	return diag.NewAttributeWarningDiagnostic(sidesPath, "Browsers keep the entry document of before",
		paragraphs(s.traffic(),
			fmt.Sprintf("The entry document, what %s answers for /, is another one now. The one of before said Cache-Control: %s, which is longer than the cutover took. %s No invalidation reaches them.", s.Spec.Distribution, cacheControl, long),
			"Nothing is left to do for the next apply.",
			"Until then keep what that document names, such as scripts and styles, under both sides. Give the entry document `no-cache` in the next release: it is asked for again each time then, which costs little."))
}

// BehaviorMistake refuses a definition that nothing in AWS can make right.
func BehaviorMistake(m behavior.Mistake) diag.Diagnostic {
	at, summary, detail := mistakeOf(m)
	return diag.NewAttributeErrorDiagnostic(at, summary, detail)
}

func mistakeOf(m behavior.Mistake) (at path.Path, summary, detail string) {
	at = sideField(m.Side, m.Field)
	switch m.Wrong {
	case behavior.NoBehaviors:
		return behaviorsPath, "No behaviour to switch", "`behaviors` is empty. Write path patterns of cache behaviours, or \"default\" for the default one."
	case behavior.BadPattern:
		return behaviorsPath, "Not a path pattern", fmt.Sprintf("CloudFront has no path pattern %q: %s. Write the pattern of a cache behaviour, such as \"/api/*\", or \"default\" for the default one.", m.Text, m.Why)
	case behavior.PatternTwice:
		return behaviorsPath, "The same behaviour twice", fmt.Sprintf("To CloudFront a leading slash makes no difference, so %q is in `behaviors` twice. Remove one of them.", m.Text)
	case behavior.NoFields:
		return at, "A side that says nothing", fmt.Sprintf("%s names no field, so it is not known what the behaviours are to have. Write `origin_id`, or another attribute of a side.", m.Side)
	case behavior.FieldsDiffer:
		return at, "The sides name different fields", fmt.Sprintf("%s names %s, and %s does not, so going there and back would not be the same way. Write it in both.", m.Other, called(m.Field), m.Side)
	case behavior.SidesEqual:
		return at, "Two sides are the same", fmt.Sprintf("%s says what %s says, so going from one to the other changes nothing. Change one of them, or remove it.", m.Side, m.Other)
	case behavior.BadVersion:
		return at, "Not a version that CloudFront takes", fmt.Sprintf("%q does not end with the number of a version, and CloudFront takes neither $LATEST nor an alias. Write the `qualified_arn` of an aws_lambda_function with `publish = true`.", m.Text)
	case behavior.BadRegion:
		return at, "The function is not in us-east-1", fmt.Sprintf("CloudFront takes functions of Lambda@Edge from us-east-1 only, and %q is elsewhere. Publish it there: CloudFront replicates it to its edge locations.", m.Text)
	case behavior.BadEvent:
		events := "viewer-request, origin-request, origin-response or viewer-response"
		if m.Field.Name == behavior.Function {
			events = "viewer-request or viewer-response, the events of CloudFront Functions"
		}
		return at, "No such event", fmt.Sprintf("%q is no event for this kind of function. Write %s.", m.Field.Event, events)
	case behavior.BothKinds:
		return at, "Two kinds of functions on viewer events", fmt.Sprintf("%s has a Lambda function at %s and a CloudFront Function at %s. CloudFront runs one of the two kinds on viewer events of a behaviour. Remove one, or move the Lambda function to origin events.", m.Side, m.Field.Event, m.Text)
	case behavior.RootElsewhere:
		return at, "The default root object belongs to the default behaviour", "What is served for / is answered by the default behaviour, which is not switched. Add \"default\" to `behaviors`, or remove `default_root_object`."
	case behavior.BadPath:
		return at, "Not the path of an origin", fmt.Sprintf("CloudFront does not take %q: %s. Write a prefix such as \"/v2\", or \"\" for none.", m.Text, m.Why)
	case behavior.BadRoot:
		return at, "Not a default root object", fmt.Sprintf("CloudFront does not take %q: %s. Write the name of an object, such as \"index.html\".", m.Text, m.Why)
	case behavior.Empty:
		return at, "A field that has to be something", fmt.Sprintf("%s is empty, and a behaviour cannot be without. Write what it is to be, or leave the attribute out of every side.", called(m.Field))
	}
	return at, "Cutover stopped by an unknown obstacle", m.Error()
}

// called is what a side calls a field.
func called(f behavior.Field) string {
	switch f.Name {
	case behavior.OriginDomain, behavior.OriginPath:
		return fmt.Sprintf("`%s` of origin %q", f.Name, f.Origin)
	case behavior.Lambda:
		return fmt.Sprintf("`lambda_functions` (%s)", f.Event)
	case behavior.Function:
		return fmt.Sprintf("`functions` (%s)", f.Event)
	case behavior.TargetOrigin, behavior.RootObject, behavior.CachePolicy, behavior.OriginRequestPolicy, behavior.ResponseHeadersPolicy:
	}
	return "`" + string(f.Name) + "`"
}
