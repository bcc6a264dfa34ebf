package stagingpromotion_test

import (
	"slices"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// shared are the mutants of what other nouns use too.
func shared(tb testing.TB) []matrix.Mutant {
	tb.Helper()
	failed := matrix.By("TestACanaryThatFailsIsTakenBackAndNotTriedAgain")
	return slices.Concat(
		matrix.CutOver().CaughtBy(tb, map[string]matrix.Catcher{
			"words what was seen before its last write":          matrix.By("TestNobodyIsToldWhatNobodySaw"),
			"takes no last look":                                 matrix.By("TestNobodyIsToldWhatNobodySaw"),
			"keeps it from state that nobody saw its last write": matrix.By("TestWhatIsSaidOfViewersSurvivesEveryTrouble/all/by_header/write=1/answered,_and_the_network_is_gone"),
			"takes a lost answer for a refusal":                  matrix.By("TestNobodyIsToldWhatNobodySaw"),
			"goes back where it is to hold":                      matrix.By("TestOnFailureHoldLeavesViewersWhereTheyAre"),
			"goes nowhere where it is to go back":                failed,
			"says of a finished way back that it held":           failed,
			"goes back to a side that is sick too":               {None: "what a promotion goes back to is gone from CloudFront, so there is nobody to ask whether it is sick"},
			"begins although an alarm cannot be asked":           matrix.By("TestBadInputIsRefusedWithAWayOutAndChangesNothing/alarm_that_does_not_exist"),
			"begins with a verdict that passes":                  matrix.By("TestNothingPassesWithoutEvidence/the_canary/comparison/down,_slower_than_the_interval"),
		}),
		matrix.Latch().CaughtBy(tb, map[string]matrix.Catcher{
			"leaves a state behind a failed create":                           matrix.By("TestAFailedCreateLeavesNoState"),
			"records nothing of a run that failed":                            failed,
			"hides the steps of what failed from the next plan":               failed,
			"does more than the plan showed":                                  matrix.By("TestTheWorldMayNotAskForMoreThanThePlanShowed"),
			"begins anew where a way back is to be finished":                  {None: "what a run is for a promotion asks of state: what has been promoted and is not settled goes back, whoever asks"},
			"forgets that what is asked for has failed":                       failed,
			"tries again although retry is what it was":                       failed,
			"tries again because retry is gone":                               failed,
			"plans one of two things while nobody knows whether to try again": matrix.By("TestARetryThatIsNotKnownIsRefusedWhileTheLatchHolds"),
		}),
		matrix.Steps().CaughtBy(tb, map[string]matrix.Catcher{
			"steps before the bake is over":                                   matrix.By("TestACanaryOfOneStepInEachApply"),
			"says that it has finished what it leaves to a later run":         matrix.By("TestACanaryOfOneStepInEachApply"),
			"takes the next step because another setting changes":             matrix.By("TestOtherSettingsChangeWhileACanaryBakes/at_once"),
			"plans that a step stands which may be over by the time of apply": matrix.By("TestOtherSettingsChangeWhileACanaryBakes/late"),
		}),
		matrix.Recognition().CaughtBy(tb, map[string]matrix.Catcher{
			"takes a new spelling for a change": matrix.By("TestNoReleaseComesOfHowCloudFrontSpellsItsAnswers"),
			"does not count as AWS does":        matrix.By("TestNoReleaseComesOfHowCloudFrontSpellsItsAnswers"),
		}),
	)
}

func mutants(tb testing.TB) []matrix.Mutant {
	tb.Helper()
	const (
		next     = "internal/cutover/promotion/next.go"
		standing = "internal/cutover/promotion/standing.go"
		flow     = "internal/provider/stagingpromotion/workflow.go"
		gates    = "internal/provider/stagingpromotion/verify.go"
		snapshot = "internal/awsapi/cloudfrontapi/snapshot.go"
	)
	return append(shared(tb), []matrix.Mutant{
		{
			Name: "asks nobody", File: "internal/provider/stagingpromotion/workflow.go",
			Old: "w.Awaits(w.spec.ContentToApprove(obs), promotion.Shown(step))", With: "w.Awaits(w.spec.ContentToApprove(obs))",
			Caught: "TestAnInterruptUsesNoYesUp",
		},
		{
			Name: "takes what a switch has decided for drift", File: "internal/provider/stagingpromotion/state.go",
			Old: "state.Attempt.IsNull() && w.switchedSince(", With: "false && w.switchedSince(",
			Caught: "TestASwitchOfThePrimaryIsNoDrift",
		},
		{
			Name: "takes any change for what a switch has decided", File: "internal/awsapi/cloudfrontapi/but.go",
			Old: "return knownHash(is, owned...) == knownHash(was, owned...)", With: "return len(fields) > 0",
			Caught: "TestASwitchOfThePrimaryIsNoDrift",
		},
		{
			Name: "promotes over what a switch has decided", File: "internal/cutover/promotion/obstacle.go",
			Old: "case len(obs.Switched) > 0 && !obs.Released()", With: "case false && !obs.Released()",
			Caught: "TestNoPromotionTakesBackWhatASwitchHasDecided",
		},
		{
			Name: "restores over what a switch has decided", File: "internal/cutover/promotion/obstacle.go",
			Old: "if spec.Decided != \"\" && len(obs.Undone) > 0", With: "if false && spec.Decided != \"\"",
			Caught: "TestNoRestoringTakesBackWhatASwitchHasDecided",
		},
		{
			Name: "goes back to before a switch of the same apply", File: flow,
			Old: "if w.switchedSince(w.spec.Settled, w.spec.WayBack, obs) {", With: "if w.switchedSince(w.spec.Settled, w.spec.WayBack, obs) && false {",
			Caught: "TestAReleaseAfterASwitchInOneApplyGoesOnFromThere",
		},
		{
			Name: "reads what another build wrote as text", File: flow,
			Old: "return e.Named(names...)", With: "return e.Named(names[:0]...)",
			Caught: "TestALedgerOfAnotherBuildIsAboutTheSameConfigurations",
		},
		{
			Name: "leaves the policy without its sessions", File: "internal/cutover/promotion/next.go",
			Old: "if obs.Policy.Bare {", With: "if obs.Policy.Bare && false {",
			Caught: "TestACanaryByHeaderLeavesNoDrift/promoted",
		},
		{
			Name: "forgets sessions that a killed canary has taken", File: "internal/provider/continuousdeployment/plan.go",
			Old: " || deployment.Forgot(w.spec.Routing, obs.Policy) {", With: " {",
			Caught: "TestSessionsOutliveACanaryByHeader",
		},
		{
			Name: "shows what AWS quotes of a policy", File: "internal/awsapi/cloudfrontapi/policy.go",
			Old: "awsapi.Hide(err, r.Value, seen.Routing.Value)", With: "err",
			Caught: "TestTheValueOfACanarysHeaderIsNowhereElse",
		},
		{
			Name: "keeps evidence of what staging has again", File: "internal/provider/stagingpromotion/workflow.go",
			Old: " || w.since.staging.Before(obs.Staging.Modified) {", With: " {",
			Caught: "TestEvidenceDoesNotOutliveAContentThatComesBack",
		},
		{
			Name: "keeps evidence of what the primary has again", File: "internal/provider/stagingpromotion/workflow.go",
			Old: " || w.since.primary.Before(obs.Primary.Modified) {", With: " {",
			Caught: "TestEvidenceAboutThePrimaryDoesNotOutliveAContentThatComesBack",
		},
		{
			Name: "goes on with the bake of what staging has again", File: "internal/cutover/promotion/promotion.go",
			Old: "obs.Policy.Enabled && !s.Rewritten(obs)", With: "obs.Policy.Enabled",
			Caught: "TestABakeBetweenTwoAppliesDoesNotOutliveAContentThatComesBack",
		},
		{
			Name: "promotes without traffic", File: gates,
			Old: "out.Minimum = g.traffic", With: "out.Minimum = 0",
			Caught: "TestWithoutTrafficNothingIsPromoted",
		},
		{
			Name: "proves a release by the minutes before it", File: gates,
			Old: "UnderTraffic: true, Baseline: watch.Baseline{Distribution: obs.Primary.ID, Before", With: "Baseline: watch.Baseline{Distribution: obs.Primary.ID, Before",
			Caught: "TestWithoutABakeAGateIsNotAboutTheReleaseOfBefore/the_promotion_of_what_is_sick",
		},
		{
			Name: "keeps nothing of a promotion whose answer was lost", File: flow,
			Old: "		if effect != run.NoEffect {\n", With: "		if err == nil {\n",
			Caught: "TestAPromotionWhoseAnswerIsLostIsOfThisRun",
		},
		{
			Name: "blames a person for a promotion that does not show yet", File: next,
			Old: "if obs.PromotingFrom != \"\" && ", With: "if false && ",
			Caught: "TestAPromotionWhoseAnswerIsLostIsOfThisRun/and_the_primary_shows_it_late",
		},
		{
			Name: "writes down what staging has by now", File: "internal/cutover/promotion/entry.go",
			Old: "Content: obs.Bound, Settled", With: "Content: obs.Staging.Content, Settled",
			Caught: "TestTheLedgerIsAboutWhatWasReleased",
		},
		{
			Name: "compares a release with itself", File: gates,
			Old: "if g.undated(until) {", With: "if false {",
			Caught: "TestAReleaseIsNotComparedWithItself",
		},
		{
			Name: "writes its snapshot together with another step", File: flow,
			Old: "		err := send()\n", With: "		_ = w.ledger.Write(ctx, w.ledger.Entry())\n		err := send()\n",
			Caught: "TestTheBucketHasTheWayBackBeforeThePromotion",
		},
		{
			Name: "writes down no time before a promotion", File: flow,
			Old: "			s.Entry.Until = promotion.Date(w.until)\n", With: "",
			Caught: "TestAReleaseIsNotComparedWithItself/killed,_with_a_bucket",
		},
		{
			Name: "has a person decide about what its canary has proven", File: next,
			Old: `spec.passed(obs.Primary.Content) == "" && `, With: "",
			Caught: "TestAfterAnInterruptAPromotionNeedsNoGateToBeFinished",
		},
		{
			Name: "asks the gate before it enables the policy", File: next,
			Old: "case !obs.Policy.Enabled || !obs.Policy.Route.Same(route):", With: "case obs.Before != cutover.NoEvidence && !obs.Policy.Enabled:",
			Caught: "TestACanaryThatFailsIsTakenBackAndNotTriedAgain",
		},
		{
			Name: "promotes what the gate found sick", File: gates,
			Old: "if w.before.Enough() && w.about", With: "if w.about",
			Caught: "TestACanaryThatFailsIsTakenBackAndNotTriedAgain",
		},
		{
			Name: "does not wait until a write is everywhere", File: next,
			Old: "if !d.Deployed || obs.Spreading && d.ID == obs.Primary.ID {", With: "if false {",
			Caught: "TestAReleaseIsPromotedAndSettled",
		},
		{
			Name: "gives a silent policy no time", File: next,
			Old: "if !d.Deployed || obs.Spreading && d.ID == obs.Primary.ID {", With: "if !d.Deployed {",
			Caught: "TestAPolicyThatTravelsSilentlyIsGivenTime",
		},
		{
			Name: "answers a 412 by overwriting", File: snapshot,
			Old: "	}, sending(body))\n", With: "	}, sending(body))\n	if err != nil {\n		f, _ := c.Distribution(ctx, d.ID, c.clock.Now().Add(360*sharedWith))\n		_, err = c.api.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: aws.String(d.ID), IfMatch: aws.String(f.ETag), DistributionConfig: d.config}, sending(body))\n	}\n",
			Caught: "TestTheWayBackOverwritesNobodysChange",
		},
		{
			Name: "sends back over anything", File: next,
			Old: "if !spec.expendable(obs.Primary.Content) {", With: "if false {",
			Caught: "TestTheWayBackOverwritesNobodysChange",
		},
		{
			Name: "takes a default for a change of the release", File: "internal/awsapi/cloudfrontapi/defaults.go",
			Old: "values := defaults[s.schema]", With: "values := []string(nil)",
			Caught: "TestNoReleaseComesOfHowCloudFrontSpellsItsAnswers",
		},
		{
			Name: "promotes a second time", File: next,
			Old: "			return nil, &Obstacle{Kind: Overwritten, Found: obs.Primary.ID}", With: "",
			Caught: "TestARunPromotesOnce",
		},
		{
			Name: "turns back a policy that somebody turned", File: next,
			Old: "if obs.Sent != nil && ", With: "if obs.Sent != nil && false && ",
			Caught: "TestWhoTurnsThePolicyByHandStopsTheRelease",
		},
		{
			Name: "promotes a build that arrived during the canary of another", File: next,
			Old: "				return forget(obs)\n", With: "",
			Caught: "TestABuildThatArrivesDuringTheCanaryIsNotPromoted",
		},
		{
			Name: "promotes what the plan was not made for", File: next,
			Old: "			if o := approved(spec, obs); o != nil {\n", With: "			if o := approved(spec, obs); false {\n",
			Caught: "TestAPlanIsBoundToWhatStagingHad",
		},
		{
			Name: "takes for settled what nobody has proven", File: next,
			Old: "	case Decide:\n		if o := undecided(spec, obs); o != nil {\n			return nil, o\n		}\n", With: "",
			Caught: "TestReleaseSetBackOverAPromotionThatNobodyProvedStops",
		},
		{
			Name: "accepts past the gate", File: next,
			Old: "	if step := everywhere(obs, obs.Primary, \"has what is to be accepted\"); step != nil {\n", With: "	if true {\n		return Done{}, nil\n	}\n	if step := everywhere(obs, obs.Primary, \"has what is to be accepted\"); step != nil {\n",
			Caught: "TestReleaseSetBackOverAPromotionThatNobodyProvedStops",
		},
		{
			Name: "forgets that it was unproven when staging moves on", File: standing,
			Old: "	case primary == obs.Staging.Content, p.Phase == Unproven && primary == p.Primary:\n", With: "	case primary == obs.Staging.Content:\n",
			Caught: "TestReleaseSetBackOverAPromotionThatNobodyProvedStops",
		},
		{
			Name: "leaves viewers at staging without a word", File: standing,
			Old: "		return Stray\n", With: "		return Settled\n",
			Caught: "TestReleaseSetBackOverACanaryThatNobodyRecordedStops",
		},
		{
			Name: "shows what is pending", File: standing,
			Old: "	if primary == p.Settled {\n", With: "	if primary != obs.Staging.Content {\n		return Canary\n	}\n	if primary == p.Settled {\n",
			Caught: "TestWhatIsPendingIsSilent",
		},
		{
			Name: "takes every step in one apply", File: next,
			Old: "case paused && (obs.Glanced || !spec.Glance):", With: "case false:",
			Caught: "TestACanaryOfOneStepInEachApply",
		},
		{
			Name: "sees only the end of a bake between two applies", File: gates,
			Old: "g.Since = w.baking", With: "g.UnderTraffic = false",
			Caught: "TestACanaryOfOneStepInEachApply",
		},
		{
			Name: "knows nothing of minutes without an error rate", File: "internal/gate/cloudwatch.go",
			Old: "			out.Unknown++\n", With: "			_ = rated\n",
			Caught: "TestNothingPassesWithoutEvidence/the_promotion/comparison/errors_without_requests,_requests_without_errors",
		},
		{
			Name: "calls an alarm in order that nobody evaluates", File: "internal/gate/cloudwatch.go",
			Old: "case r.Evaluation != AlarmEvaluated:", With: "case false:",
			Caught: "TestNothingPassesWithoutEvidence/the_canary/log_alarm/a_part_of_it",
		},
		{
			Name: "takes for the same what a list shows another version of", File: "internal/awsapi/cloudfrontapi/recall.go",
			Old: "if s.Version == known.Version {", With: "if s.Version != \"\" {",
			Caught: "TestAListThatLagsBehindIsNotBelieved",
		},
		{
			Name: "renews what it remembers in a refresh that says nothing new", File: "internal/provider/latched/latched.go",
			Old: "if out.Renewed {", With: "if out.There {",
			Caught: "TestARefreshOfOneReleaseTakesThreeCalls",
		},
		{
			Name: "sends the certificate of before too", File: snapshot,
			Old: "if !slices.Contains(owned, m.name) {", With: "if !slices.Contains(owned, m.name) || m.name == \"ViewerCertificate\" {",
			Caught: "TestTheWayBackLeavesAliasesCertificateAndPolicyAsTheyAreNow",
		},
	}...)
}

func TestEveryMutantIsCaught(t *testing.T) {
	t.Parallel()
	matrix.Catch(t, mutants(t)...)
}
