package latched_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

func TestEveryMutantIsCaught(t *testing.T) {
	t.Parallel()
	held := matrix.By("TestALampThatFailedIsHeld")
	matrix.Catch(t, matrix.Latch().CaughtBy(t, map[string]matrix.Catcher{
		"leaves a state behind a failed create":                           matrix.By("TestACreateOfALampThatFailsLeavesNoState"),
		"records nothing of a run that failed":                            held,
		"hides the steps of what failed from the next plan":               held,
		"does more than the plan showed":                                  matrix.By("TestALampThatSomebodyTurnedAfterThePlanIsNotTurned"),
		"begins anew where a way back is to be finished":                  matrix.By("TestAfterAnInterruptTheWayBackOfALampIsFinished"),
		"forgets that what is asked for has failed":                       held,
		"tries again although retry is what it was":                       held,
		"tries again because retry is gone":                               held,
		"plans one of two things while nobody knows whether to try again": held,
	})...)
}
