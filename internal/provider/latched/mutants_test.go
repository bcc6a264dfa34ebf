package latched_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

func TestEveryMutantIsCaught(t *testing.T) {
	t.Parallel()
	held := matrix.By("TestALampThatFailedIsHeld")
	const (
		pause    = "internal/provider/latched/approval.go"
		decide   = "internal/cutover/approval.go"
		whatever = "TestAPersonCanDoAnythingAtThePauseOfALamp"
	)
	matrix.Catch(t, []matrix.Mutant{
		{Name: "takes any yes for the one that was asked for", File: pause, Old: "parts.Approval.Equal(told.ApprovalRequest)", With: "!parts.Approval.IsNull()", Caught: whatever},
		{Name: "says nothing of a yes to something else", File: pause, Old: "	case q.waits != nil:\n", With: "	case q.waits != nil && false:\n", Caught: whatever},
		{Name: "counts a yes twice", File: pause, Old: "	told.Waiting = r.nothingWaits(was)\n", With: "	if was != nil {\n		told.Waiting = r.Noun.Parts(was).Waiting\n	}\n", Caught: whatever},
		{Name: "uses a yes up that led nowhere", File: pause, Old: "(out.Journal.Took(q.Steps) || out.Err == nil || out.WentBack())", With: "true", Caught: "TestAYesIsNotUsedUpByWhatFailsBeforeIt"},
		{Name: "forgets what waits when something else fails", File: pause, Old: "case told.Phase.Equal(waits.Phase) || !out.Journal.Any():", With: "case false:", Caught: "TestAYesIsNotUsedUpByWhatFailsBeforeIt"},
		{Name: "shows the target of what nobody approved", File: pause, Old: "		set(parts.Target, r.Noun.Parts(state).Target)\n	}\n	aim.Fill", With: "	}\n	aim.Fill", Caught: whatever},
		{Name: "lets a refresh show the phase behind the pause", File: pause, Old: "		told.Phase = phase\n", With: "", Caught: whatever},
		{Name: "waits for ever", File: pause, Old: "q.standing && !q.Given && q.window > 0", With: "false", Caught: whatever},
		{Name: "sends viewers what was not approved", File: decide, Old: "content != a.Content", With: "false", Caught: "TestAYesIsToWhatWasSeen"},
		{Name: "sends viewers anywhere in a create", File: decide, Old: "	case a.Creating:\n", With: "	case a.Creating && false:\n", Caught: "TestACreateOfALampWaitsForNobody"},
	}...)
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
