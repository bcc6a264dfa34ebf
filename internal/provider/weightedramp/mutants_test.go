package weightedramp_test

import (
	"slices"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

func TestEveryMutantIsCaught(t *testing.T) {
	t.Parallel()
	const (
		next  = "internal/cutover/ramp/next.go"
		flow  = "internal/provider/weightedramp/workflow.go"
		plan  = "internal/provider/weightedramp/plan.go"
		front = "internal/awsapi/route53api/route53api.go"
	)
	matrix.Catch(t, append(shared(t), []matrix.Mutant{
		{
			Name: "asks nobody", File: "internal/provider/weightedramp/workflow.go",
			Old: "latched.Within(&w.Way, cutover.ContentOf(append([]string{fingerprint(w.spec.Target)}, w.spec.Names...)...), step, err,", With: "cutover.Within(w.Bounds, step, err,",
			Caught: "TestAnInterruptUsesNoYesUp",
		},
		{
			Name: "lists what the resource would refuse", File: "internal/provider/weightedramp/list.go",
			Old: "if d.Append(problems(ctx, m)...); d.HasError() {", With: "if d.HasError() {",
			Caught: "TestAListNamesRecordsThatComeOverAsTheyAre",
		},
		{
			Name: "imports weighted records as if they were to be simple", File: "internal/cutover/ramp/pair.go",
			Old: "spec.Collapse = level > 0 && level < Everything || !o.Weighted(spec)", With: "spec.Collapse = true",
			Caught: "TestAListNamesRecordsThatComeOverAsTheyAre",
		},
		{
			Name: "deletes in one batch and creates in another", File: front,
			Old: "	out, err := c.api.ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{\n		HostedZoneId: aws.String(zone), ChangeBatch: batch,\n	})",
			With: "	if n := len(del); n > 0 && len(add) > 0 {\n		half := *batch\n		half.Changes = batch.Changes[:n]\n		if _, err := c.api.ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{HostedZoneId: aws.String(zone), ChangeBatch: &half}); err != nil {\n			return \"\", err\n		}\n		batch.Changes = batch.Changes[n:]\n	}\n" +
				"	out, err := c.api.ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{\n		HostedZoneId: aws.String(zone), ChangeBatch: batch,\n	})",
			Caught: "TestARampGoesUpInStepsAndDownInOne",
		},
		{
			Name: "takes the records of a renamed side for somebody else's", File: "internal/provider/weightedramp/model.go",
			Old: "out[old.ID] = e.ID", With: "_ = old.ID",
			Caught: "TestARenamedSideTakesItsRecordsAlong",
		},
		{
			Name: "takes what leads elsewhere than to CloudFront for unused", File: "internal/cutover/ramp/remove.go",
			Old: "if rec.AtCloudFront() == \"\" {", With: "if rec.AtCloudFront() == \"\" && false {",
			Caught: "TestWhatLeadsElsewhereThanToCloudFrontCountsAsServed",
		},
		{
			Name: "takes names for served by nobody whom nobody could ask about", File: "internal/cutover/ramp/remove.go",
			Old: "	case !asked:\n", With: "	case !asked && false:\n",
			Caught: "TestWhereNobodyCanTellWhoIsServedTheRecordsOfARampStay",
		},
		{
			Name: "deletes records that were changed since it left them", File: "internal/cutover/ramp/remove.go",
			Old: "if known && !r.Kept[k] && obs.at(r.Spec, k, left) {", With: "if _ = left; known && !r.Kept[k] && len(obs.Records[k]) > 0 {",
			Caught: "TestARecordOfARampThatWasChangedSinceStays",
		},
		{
			Name: "deletes records before it asks what is protected", File: "internal/cutover/ramp/remove.go",
			Old: "if p, ok := obs.Guard.Of(k.Name, k.Type); ok {", With: "if p, ok := obs.Guard.Of(k.Name, k.Type); ok && false {",
			Caught: "TestADestroyOfARampStopsBeforeAProtectedRecord",
		},
		{
			Name: "opens its latch for a side with another name", File: plan,
			Old: "if fingerprint(target) != failed.Fingerprint", With: "if !plan.Target.Equal(state.Target) || fingerprint(target) != failed.Fingerprint",
			Caught: "TestTheLatchOfARampStaysShutWhenSidesAreRenamed",
		},
		{
			Name: "forgets that resolvers remember where it reckons how long a ramp takes", File: "internal/cutover/ramp/ramp.go",
			Old: "time.Duration(max(0, waits-1)) * time.Duration(max(s.Target.TTL, s.Other.TTL)) * time.Second", With: "0",
			Caught: "TestARampThatNoRunCanSitOutIsRefusedAtPlan",
		},
		{
			Name: "ramps a name that nobody asks its zone for", File: "internal/cutover/ramp/obstacle.go",
			Old: "case obs.DelegatedAt[name] != \"\" && !spec.RollingBack:", With: "case false:",
			Caught: "TestANameThatItsZoneHandsOnIsNotRamped",
		},
		{
			Name: "stops for what is protected beside it", File: "internal/cutover/guard.go",
			Old: "comment, ok := g.Protected[k]", With: "comment, ok := \"\", len(g.Protected) > 0",
			Caught: "TestCutoverSurvivesDyingAtEveryWrite/by_create",
		},
		{
			Name: "gives the target what the other side should have", File: next,
			Old:    "[]Record{spec.Other.part(k, Everything-int64(want)), spec.Target.part(k, int64(want))}",
			With:   "[]Record{spec.Other.part(k, int64(want)), spec.Target.part(k, Everything-int64(want))}",
			Caught: "TestResolversAlwaysGetAnAnswerAndSharesAreWhatTheStepSays",
		},
		{
			Name: "asks for evidence before the name servers have the step", File: next,
			Old:    "	case obs.Pending:\n		return Wait{For: insync}, nil\n	case obs.Cached: // until",
			With:   "	case obs.Cached && false: // until",
			Caught: "TestEvidenceWaitsForNameServersAndForTheOldTTL",
		},
		{
			Name: "skips the gate", File: next,
			Old: "	if p == 0 || spec.RollingBack || obs.Down ||", With: "	if spec.Gate || spec.RollingBack || obs.Down ||",
			Caught: "TestAFailedRampGoesBackAndIsNotTriedAgain",
		},
		{
			Name: "jumps to the end", File: next,
			Old: "if s := shift(spec, obs, spec.path(low)[0]); s != nil {", With: "if s := shift(spec, obs, spec.Weight); s != nil {",
			Caught: "TestARampGoesUpInStepsAndDownInOne",
		},
		{
			Name: "takes every step in one apply", File: next,
			Old: "case spec.PerApply && obs.Stepped", With: "case false && obs.Stepped",
			Caught: "TestPerApplyTakesOneStepEachRunAndNotTooSoon",
		},
		{
			// The next apply then takes the step that it is stuck at for what was before.
			Name: "takes where a way back is stuck for its end", File: "internal/provider/weightedramp/state.go",
			Old: "		case out.WentBack(): // where", With: "		case out.WentBack() && false: // where",
			Caught: "TestAWayBackThatIsStuckIsFinishedByTheNextApply",
		},
		{
			Name: "takes drift after a rollback for what it was rolled back to", File: "internal/provider/weightedramp/state.go",
			Old: "even && level == math.Trunc(level) && moved && !failed {", With: "even && level == math.Trunc(level) && moved {",
			Caught: "TestDriftAfterARollbackIsNoRollback",
		},
		{
			Name: "goes back one step only", File: "internal/cutover/ramp/wayback.go",
			Old: " || p.From != nil && float64(*p.From) <= level {", With: " {",
			Caught: "TestPerApplyGoesBackToTheBeginning",
		},
		{
			Name: "goes back to more than it found", File: "internal/cutover/ramp/wayback.go",
			Old: "p.From != nil && float64(*p.From) <= level {", With: "p.From != nil {",
			Caught: "TestARampThatSomebodyTookBackGoesBackToWhatItFound",
		},
		{
			Name: "raises what somebody lowered", File: next,
			Old: "if k := obs.Lowered; k != nil && ", With: "if k := obs.Lowered; k != nil && false && ",
			Caught: "TestWhoLowersTheWeightByHandStopsTheRamp",
		},
		{
			Name: "takes over what is neither side's", File: "internal/cutover/ramp/obstacle.go",
			Old: "slices.Contains(spec.Joining, r.Key)) && !spec.ours(r):", With: "slices.Contains(spec.Joining, r.Key)) && false:",
			Caught: "TestBadInputIsRefusedWithAWayOutAndChangesNothing",
		},
		{
			Name: "takes names back that are further on", File: next,
			Old: "	if ahead {", With: "	if ahead && false {",
			Caught: "TestANameThatJoinsDoesNotTakeTheOthersBack",
		},
		{
			Name: "sends a refused write for ever", File: "internal/engine/engine.go",
			Old: "	if known.times < 2 || over < said.Within ||", With: "	if known.times > 0 || over < said.Within ||",
			Caught: "TestABatchThatIsRefusedAlikeEachTimeEndsTheRun",
		},
		{
			Name: "orders names by their labels", File: "internal/awsapi/route53api/list.go",
			Old:    "return name == first || found[name] != nil\n",
			With:   "return name == first || found[name] != nil || strings.ReplaceAll(reversed(name), \".\", \"\\x00\") < strings.ReplaceAll(reversed(next), \".\", \"\\x00\")\n",
			Caught: "TestARampFindsItsNamesWhateverOrderRoute53ListsThemIn",
		},
		{
			Name: "does not look at what is protected before it begins", File: flow,
			Old: "obs.Guard, err = guard()", With: "_, err = guard()",
			Caught: "TestARampOverAProtectedRecordDoesNotBegin",
		},
		{
			Name: "does not ask for alarms on logs", File: "internal/awsapi/cloudwatchapi/cloudwatchapi.go",
			Old: "AlarmTypes: kinds})", With: "AlarmTypes: kinds[:2]})",
			Caught: "TestNothingPassesWithoutEvidence/a_step/log_alarm",
		},
		{
			Name: "judges a step by what was before it", File: flow,
			Old: "	g.UnderTraffic = true ", With: "	g.UnderTraffic = false ",
			Caught: "TestMetricsOfAStepThatIsNotHeldAreAboutTheTimeAfterIt",
		},
		{
			Name: "takes the proof of one share for that of another", File: flow,
			Old: "w.past.Proven && w.past.Known(w.spec, obs) && level > 0 {", With: "w.past.Proven && level > 0 {",
			Caught: "TestAProofIsOfTheShareThatWasProvenAndOfNoOther",
		},
		{
			Name: "judges a step that nobody wrote down by the time before it", File: flow,
			Old: "if !w.stepped && w.past.Unrecorded(w.spec, obs) {", With: "if false {",
			Caught: "TestAStepWhoseAnswerWasLostIsTheOneOfItsRun",
		},
		{
			Name: "writes over what somebody pointed elsewhere", File: next,
			Old: "if k := obs.Diverted; k != nil && ", With: "if k := obs.Diverted; k != nil && false && ",
			Caught: "TestWhoPointsANameElsewhereStopsTheRamp",
		},
		{
			Name: "leaves the records weighted", File: next,
			Old: "	if !spec.collapses() {\n		return nil", With: "	if true {\n		return nil",
			Caught: "TestARampGoesUpInStepsAndDownInOne",
		},
	}...)...)
}

// shared are the mutants of what other nouns use too.
func shared(tb testing.TB) []matrix.Mutant {
	tb.Helper()
	failed := matrix.By("TestAFailedRampGoesBackAndIsNotTriedAgain")
	return slices.Concat(
		matrix.CutOver().CaughtBy(tb, map[string]matrix.Catcher{
			"words what was seen before its last write":          matrix.By("TestNobodyIsToldWhatNobodySaw"),
			"takes no last look":                                 matrix.By("TestNobodyIsToldWhatNobodySaw"),
			"keeps it from state that nobody saw its last write": matrix.By("TestNobodyIsToldWhatNobodySaw"),
			"takes a lost answer for a refusal":                  matrix.By("TestNobodyIsToldWhatNobodySaw"),
			"goes back where it is to hold":                      matrix.By("TestAHeldRampStaysWhereItIsAndCarriesOn"),
			"goes nowhere where it is to go back":                failed,
			"says of a finished way back that it held":           failed,
			"goes back to a side that is sick too":               matrix.By("TestARampGoesBackToTheOtherEndpointUnlessThatIsSickToo"),
			"begins although an alarm cannot be asked":           matrix.By("TestBadInputIsRefusedWithAWayOutAndChangesNothing/alarm_that_does_not_exist"),
			"begins with a verdict that passes":                  matrix.By("TestNothingPassesWithoutEvidence/a_step/custom_metric/down,_slower_than_the_interval"),
		}),
		matrix.Latch().CaughtBy(tb, map[string]matrix.Catcher{
			"leaves a state behind a failed create":                           matrix.By("TestAFailedCreateLeavesNoState"),
			"records nothing of a run that failed":                            failed,
			"hides the steps of what failed from the next plan":               matrix.By("TestAHeldRampStaysWhereItIsAndCarriesOn"),
			"does more than the plan showed":                                  matrix.By("TestTheWorldMayNotAskForMoreThanThePlanShowed"),
			"begins anew where a way back is to be finished":                  matrix.By("TestAfterAnInterruptTheWayBackIsFinished"),
			"forgets that what is asked for has failed":                       failed,
			"tries again although retry is what it was":                       failed,
			"tries again because retry is gone":                               failed,
			"plans one of two things while nobody knows whether to try again": failed,
		}),
		matrix.Steps().CaughtBy(tb, map[string]matrix.Catcher{
			"steps before the bake is over":                                   matrix.By("TestPerApplyTakesOneStepEachRunAndNotTooSoon"),
			"says that it has finished what it leaves to a later run":         matrix.By("TestPerApplyTakesOneStepEachRunAndNotTooSoon"),
			"takes the next step because another setting changes":             matrix.By("TestOtherSettingsChangeWhileAStepStands/at_once"),
			"plans that a step stands which may be over by the time of apply": matrix.By("TestOtherSettingsChangeWhileAStepStands/late"),
		}),
		matrix.Identities().CaughtBy(tb, map[string]matrix.Catcher{
			"writes an identity again when the id has changed":          matrix.By("TestAnIdentityStaysWhateverBecomesOfTheSides"),
			"leaves an update without an identity where state had none": matrix.By("TestAnIdentityStaysWhateverBecomesOfTheSides"),
			"imports nothing by an identity":                            matrix.By("TestAnImportByIdentityIsOneByID"),
		}),
		matrix.Records().CaughtBy(tb, map[string]matrix.Catcher{
			"does not see what is protected":               matrix.By("TestARampOverAProtectedRecordDoesNotBegin"),
			"does not see that a zone is locked":           matrix.By("TestARampInALockedZoneDoesNotBeginAndAnotherWaits"),
			"does not wait until resolvers have forgotten": matrix.By("TestEvidenceWaitsForNameServersAndForTheOldTTL"),
		}),
	)
}
