package behaviorswitch_test

import (
	"slices"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

func TestEveryMutantIsCaught(t *testing.T) {
	t.Parallel()
	const (
		decide = "internal/cutover/behavior/next.go"
		plan   = "internal/provider/behaviorswitch/plan.go"
		gather = "internal/awsapi/cloudfrontapi/gather.go"
	)
	matrix.Catch(t, append(shared(t), []matrix.Mutant{
		{
			Name: "asks nobody", File: "internal/provider/behaviorswitch/workflow.go",
			Old: "latched.Within(&w.Way, obs.ContentToApprove(w.spec), step, err,", With: "cutover.Within(w.Bounds, step, err,",
			Caught: "TestAnInterruptUsesNoYesUp",
		},
		{
			Name: "invalidates nothing", File: decide,
			Old: "		if step := forget(spec, obs); step != nil {\n			return step, nil", With: "		if step := forget(spec, obs); step != nil && false {\n			return step, nil",
			Caught: "TestAfterACutoverNobodyGetsWhatTheSideBeforeAnswered/invalidated",
		},
		{
			Name: "invalidates before every edge location has the change", File: decide,
			Old: "	if !obs.Deployed {\n		return Wait{", With: "	if !obs.Deployed && (obs.Invalidation == cutover.Invalidated || len(spec.Invalidate) == 0) {\n		return Wait{",
			Caught: "TestAfterACutoverNobodyGetsWhatTheSideBeforeAnswered/invalidated",
		},
		{
			Name: "writes one edit of those that came together", File: gather,
			Old: "merged[change.Field] = change", With: "merged = map[Field]FieldChange{change.Field: change}",
			Caught: "TestManySwitchesOfOneDistributionShareAWrite/one_apply_of_all",
		},
		{
			Name: "gives each edit a write of its own", File: gather,
			Old: "shared := !e.Alone && ", With: "shared := false && ",
			Caught: "TestManySwitchesOfOneDistributionShareAWrite/one_apply_of_all",
		},
		{
			Name: "drops what it does not know", File: "internal/awsapi/cloudfrontapi/fields.go",
			Old: "if _, err := c.render(ctx, doing, d, d.config, d.raw); err != nil {", With: "if _, err := c.render(ctx, doing, d, d.config, d.raw); err != nil && false {",
			Caught: "TestASettingThatThisBuildDoesNotKnowIsNotDropped",
		},
		{
			Name: "follows a behaviour to its new place", File: "internal/cutover/behavior/obstacle.go",
			Old: "range Shuffled(spec.Patterns, spec.Order, obs.Order)", With: "range Shuffled(spec.Patterns, obs.Order, obs.Order)",
			Caught: "TestBehavioursThatChangePlacesAfterThePlanStopTheApply",
		},
		{
			Name: "moves the place of an origin that others use", File: "internal/cutover/behavior/obstacle.go",
			Old: "if f.Origin == \"\" || len(others) == 0 {", With: "if true {",
			Caught: "TestBadInputIsRefusedWithAWayOutAndChangesNothing/origin_that_others_use",
		},
		{
			Name: "forgets what its way back did not invalidate", File: "internal/provider/behaviorswitch/cutover.go",
			Old: "if w.undo != nil {", With: "if w.undo != nil && false {",
			Caught: "TestAWayBackThatInvalidatesNothingSaysSoAndIsFinished",
		},
		{
			Name: "claims nothing", File: "internal/provider/behaviorswitch/resource.go",
			Old: "taken != \"\" {", With: "taken != \"\" && false {",
			Caught: "TestTheSecondOfTwoSwitchesOfOneFieldIsRefused",
		},
		{
			Name: "latches the name of a side", File: plan,
			Old: "spec.Target().Fingerprint() != p.failed.Fingerprint.ValueString() ||", With: "string(spec.Live) != p.failed.Target.ValueString() ||",
			Caught: "TestAnotherVersionOfTheLiveSideIsACutoverWithAWayBack",
		},
		{
			Name: "says nothing of what is in the way", File: plan,
			Old: "if !s.ok {\n		return d", With: "if true {\n		return d",
			Caught: "TestABehaviourThatHasGoneIsAWarningAndThenAnError",
		},
	}...)...)
}

// shared are the mutants of what other nouns use too.
func shared(tb testing.TB) []matrix.Mutant {
	tb.Helper()
	failed := matrix.By("TestAFailedGateGoesBackAndIsLatched")
	return slices.Concat(
		matrix.CutOver().CaughtBy(tb, map[string]matrix.Catcher{
			"words what was seen before its last write":          matrix.By("TestNobodyIsToldWhatNobodySaw"),
			"takes no last look":                                 matrix.By("TestNobodyIsToldWhatNobodySaw"),
			"keeps it from state that nobody saw its last write": matrix.By("TestNobodyIsToldWhatNobodySaw"),
			"takes a lost answer for a refusal":                  matrix.By("TestNobodyIsToldWhatNobodySaw"),
			"goes back where it is to hold":                      matrix.By("TestAHeldSwitchStaysWhereItIsAndCarriesOn"),
			"goes nowhere where it is to go back":                failed,
			"says of a finished way back that it held":           failed,
			"goes back to a side that is sick too":               {None: "what the fields had before is no side that a gate is written about, so nobody is asked about it"},
			"begins although an alarm cannot be asked":           matrix.By("TestBadInputIsRefusedWithAWayOutAndChangesNothing/alarm_that_does_not_exist"),
			"begins with a verdict that passes":                  matrix.By("TestNothingPassesWithoutEvidence/after_it/custom_metric/down,_slower_than_the_interval"),
		}),
		matrix.Latch().CaughtBy(tb, map[string]matrix.Catcher{
			"leaves a state behind a failed create":                           matrix.By("TestACreateThatFailsLeavesNoStateAndGoesBack"),
			"records nothing of a run that failed":                            failed,
			"hides the steps of what failed from the next plan":               matrix.By("TestAHeldSwitchStaysWhereItIsAndCarriesOn"),
			"does more than the plan showed":                                  matrix.By("TestTheWorldMayNotAskForMoreThanThePlanShowed"),
			"begins anew where a way back is to be finished":                  matrix.By("TestAfterAnInterruptTheWayBackIsFinished"),
			"forgets that what is asked for has failed":                       failed,
			"tries again although retry is what it was":                       failed,
			"tries again because retry is gone":                               failed,
			"plans one of two things while nobody knows whether to try again": failed,
		}),
	)
}
