package edgesplit_test

import (
	"slices"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

func TestEveryMutantIsCaught(t *testing.T) {
	t.Parallel()
	const (
		decide = "internal/cutover/split/next.go"
		work   = "internal/provider/edgesplit/workflow.go"
	)
	matrix.Catch(t, append(shared(t), []matrix.Mutant{
		{
			Name: "asks nobody", File: "internal/provider/edgesplit/workflow.go",
			Old: "latched.Within(&w.Way, obs.ContentToApprove(w.spec, w.identifies()), step, err,", With: "cutover.Within(w.Bounds, step, err,",
			Caught: "TestAnInterruptUsesNoYesUp",
		},
		{
			Name: "holds a yes for one to an origin that is somewhere else now", File: "internal/cutover/split/recipe.go",
			Old: "parts = append(parts, id, b.Origins[id])", With: "parts = append(parts, id)",
			Caught: "TestAYesIsToTheOriginAsItWasSeen",
		},
		{
			Name: "does not look whether the side is in the cache key", File: work,
			Old: "out.Blind = ttl.Max > 0 && ", With: "out.Blind = false && ttl.Max > 0 && ",
			Caught: "TestNobodyGetsWhatTheOtherSideAnswered",
		},
		{
			Name: "leaves the functions with a behaviour that is not in attach any more", File: work,
			Old: "if left := w.running(d.ID, b); left != nil {", With: "if left := w.running(d.ID, b); left != nil && false {",
			Caught: "TestABehaviourThatLeavesTheSplitLosesItsFunctions",
		},
		{
			Name: "publishes what it has not tried", File: decide,
			Old: "case !f.Published && !f.Tried:", With: "case !f.Published && !f.Tried && false:",
			Caught: "TestFunctionsAreTriedBeforeTheyArePublished",
		},
		{
			Name: "moves viewers as it creates", File: decide,
			Old: "case spec.Creating, len(path) == 0,", With: "case len(path) == 0,",
			Caught: "TestASplitIsMadeFirstAndRampedThen",
		},
		{
			Name: "tries again, over what somebody has written in between", File: work,
			Old: "	err = w.p.KVS.Put(ctx, w.store.ARN, edgefunction.Key, w.value, text)\n",
			With: "	for range 2 {\n		if err = w.p.KVS.Put(ctx, w.store.ARN, edgefunction.Key, w.value, text); errors.Is(err, awsapi.ErrStale) {\n" +
				"			w.value, _ = w.p.KVS.Get(ctx, w.store.ARN, edgefunction.Key)\n			continue\n		}\n		break\n	}\n",
			Caught: "TestATableThatSomebodyWritesInBetweenIsNotWrittenOver",
		},
		{
			Name: "takes the functions away while viewers are split", File: "internal/cutover/split/obstacle.go",
			Old: "if len(off) > 0 && !r.Live {", With: "if len(off) > 0 && !r.Live && false {",
			Caught: "TestADestroyStopsWhileViewersAreSplit",
		},
		{
			Name: "takes the table of somebody else for its own", File: work,
			Old: "obs.Taken = w.taken(obs)", With: "obs.Taken = false",
			Caught: "TestATableThatSomebodyWritesInBetweenIsNotWrittenOver",
		},
		{
			Name: "moves viewers by functions that no behaviour has", File: decide,
			Old: "if o := unready(spec, obs); o != nil {", With: "if o := unready(spec, obs); o != nil && false {",
			Caught: "TestWhatOthersAssociateIsMovedOnceTheyHave",
		},
		{
			Name: "asks before a table has arrived", File: decide,
			Old: "case obs.Spreading: // until then it would be evidence about the table before\n		return Wait{For: arrived}, nil", With: "case false:",
			Caught: "TestEvidenceIsOfATableThatHasArrived",
		},
		{
			Name: "takes for proof of other code what the code before has shown", File: "internal/provider/edgesplit/state.go",
			Old: "case w.Out.Err == nil && obs.Awaits(w.spec) && ", With: "case w.Out.Err == nil && false && ",
			Caught: "TestOtherCodeThatOthersAssociateIsProvenOnceTheyHave",
		},
		{
			Name: "forgets on its way back a side that is not asked for any more", File: work,
			Old: "	for side, n := range s.To.Weights {", With: "	for side, n := range s.To.Weights {\n		if !slices.Contains(w.spec.Sides, side) {\n			continue\n		}",
			Caught: "TestASideThatIsRenamedIsTakenBackByItsGate",
		},
		{
			Name: "leaves the functions from before on its way back", File: decide,
			Old: "restore := restorable(found, now)", With: "restore := restorable(nil, now)",
			Caught: "TestOtherCodeIsTakenBackByItsGate",
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
			"goes back where it is to hold":                      matrix.By("TestAFailureMayHold"),
			"goes nowhere where it is to go back":                failed,
			"says of a finished way back that it held":           failed,
			"goes back to a side that is sick too":               matrix.By("TestNobodyIsTakenBackToASideThatIsSickToo"),
			"begins although an alarm cannot be asked":           matrix.By("TestBadInputIsRefusedWithAWayOutAndChangesNothing/alarm_that_does_not_exist"),
			"begins with a verdict that passes":                  matrix.By("TestNothingPassesWithoutEvidence/of_a_step/custom_metric/down,_slower_than_the_interval"),
		}),
		matrix.Latch().CaughtBy(tb, map[string]matrix.Catcher{
			"leaves a state behind a failed create":                           matrix.By("TestACreateThatFailsLeavesNothing"),
			"records nothing of a run that failed":                            failed,
			"hides the steps of what failed from the next plan":               matrix.By("TestAFailureMayHold"),
			"does more than the plan showed":                                  matrix.By("TestTheWorldMayNotAskForMoreThanThePlanShowed"),
			"begins anew where a way back is to be finished":                  matrix.By("TestAfterAnInterruptTheWayBackIsFinished"),
			"forgets that what is asked for has failed":                       failed,
			"tries again although retry is what it was":                       failed,
			"tries again because retry is gone":                               failed,
			"plans one of two things while nobody knows whether to try again": failed,
		}),
		matrix.Steps().CaughtBy(tb, map[string]matrix.Catcher{
			"steps before the bake is over":                                   matrix.By("TestOneStepInEachApply"),
			"says that it has finished what it leaves to a later run":         matrix.By("TestOneStepInEachApply"),
			"takes the next step because another setting changes":             matrix.By("TestOtherSettingsChangeWhileAStepStands/at_once"),
			"plans that a step stands which may be over by the time of apply": matrix.By("TestOtherSettingsChangeWhileAStepStands/late"),
		}),
	)
}
