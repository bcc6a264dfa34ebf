package stagingpromotion_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

func mutants() []matrix.Mutant {
	const (
		next     = "internal/cutover/promotion/next.go"
		standing = "internal/cutover/promotion/standing.go"
		flow     = "internal/provider/stagingpromotion/workflow.go"
		gates    = "internal/provider/stagingpromotion/verify.go"
		snapshot = "internal/awsapi/cloudfrontapi/snapshot.go"
	)
	return []matrix.Mutant{
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
			Old: "	}, sending(body))\n", With: "	}, sending(body))\n	if err != nil {\n		f, _ := c.Distribution(ctx, d.ID, c.clock.Now().Add(time.Hour))\n		_, err = c.api.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: aws.String(d.ID), IfMatch: aws.String(f.ETag), DistributionConfig: d.config}, sending(body))\n	}\n",
			Caught: "TestTheWayBackOverwritesNobodysChange",
		},
		{
			Name: "sends back over anything", File: next,
			Old: "if !spec.expendable(obs.Primary.Content) {", With: "if false {",
			Caught: "TestTheWayBackOverwritesNobodysChange",
		},
		{
			Name: "knows a release by how CloudFront spells it", File: "internal/awsapi/cloudfrontapi/settings.go",
			Old: "out[vocabulary[s.schema]] = append(out[vocabulary[s.schema]], s)", With: "out[1] = append(out[1], s)",
			Caught: "TestNoReleaseComesOfHowCloudFrontSpellsItsAnswers",
		},
		{
			Name: "takes a default for a change of the release", File: "internal/awsapi/cloudfrontapi/defaults.go",
			Old: "values := defaults[s.schema]", With: "values := []string(nil)",
			Caught: "TestNoReleaseComesOfHowCloudFrontSpellsItsAnswers",
		},
		{
			Name: "does not count as AWS does", File: "internal/cutover/identity/identity.go",
			Old: "case recorded.Version != \"\" && recorded.Version == seen.Version:", With: "case false:",
			Caught: "TestNoReleaseComesOfHowCloudFrontSpellsItsAnswers",
		},
		{
			Name: "forgets the latch", File: standing,
			Old: "prior.Failed.Release == wish.Release &&", With: "false &&",
			Caught: "TestACanaryThatFailsIsTakenBackAndNotTriedAgain",
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
			// With a look that fails and takes longer than the interval, that is an exit of 0.
			Name: "begins with a verdict that passes", File: "internal/gate/watch/watch.go",
			Old:    "	verdict, why := gate.Decide(a.obligations())\n",
			With:   "	verdict, why := gate.Pass, \"\"\n	for _, o := range a.obligations() {\n		if o.Verdict != gate.Pass && o.Why != \"\" {\n			verdict, why = gate.Inconclusive, o.Why\n		}\n	}\n",
			Caught: "TestNothingPassesWithoutEvidence/the_canary/comparison/down,_slower_than_the_interval",
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
			Name: "sends the certificate of before too", File: snapshot,
			Old: "if !slices.Contains(owned, m.name) {", With: "if !slices.Contains(owned, m.name) || m.name == \"ViewerCertificate\" {",
			Caught: "TestTheWayBackLeavesAliasesCertificateAndPolicyAsTheyAreNow",
		},
		{
			Name: "words what was seen before its last write", File: "internal/run/sight.go",
			Old: "r.sight.Fresh = r.sight.Seen() && r.at == book.count", With: "r.sight.Fresh, r.sight.Blind = r.sight.Seen(), nil",
			Caught: "TestNobodyIsToldWhatNobodySaw",
		},
		{
			Name: "takes no last look", File: "internal/run/sight.go",
			Old: "if err != nil && !r.looked {", With: "if false {",
			Caught: "TestNobodyIsToldWhatNobodySaw",
		},
	}
}

func TestEveryMutantIsCaught(t *testing.T) {
	t.Parallel()
	matrix.Catch(t, mutants()...)
}
