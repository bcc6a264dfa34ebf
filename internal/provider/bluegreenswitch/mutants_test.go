package bluegreenswitch_test

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

func mutants(tb testing.TB) []matrix.Mutant {
	tb.Helper()
	const (
		next  = "internal/cutover/switchover/next.go"
		ways  = "internal/cutover/switchover/method.go"
		times = "internal/cutover/switchover/ttl.go"
		flow  = "internal/provider/bluegreenswitch/workflow.go"
		front = "internal/awsapi/cloudfrontapi/cloudfrontapi.go"
	)
	return append(shared(tb), []matrix.Mutant{
		{
			Name: "asks for another yes once it is on its way", File: "internal/provider/latched/approval.go",
			Old: "taken := told.Approved.Equal(told.ApprovalRequest)", With: "taken := false",
			Caught: "TestAYesIsGoodForAllOfTheNames",
		},
		{
			Name: "waits for a yes in the dark", File: flow,
			Old: "lit := switchover.Relight(w.spec, obs)", With: "lit := switchover.Step(nil)",
			Caught: "TestNobodyWaitsForAYesInTheDark",
		},
		{
			Name: "asks nobody", File: flow,
			Old: "w.Awaits(obs.ContentToApprove(w.spec), intents...)", With: "w.Awaits(obs.ContentToApprove(w.spec))",
			Caught: "TestAnInterruptUsesNoYesUp",
		},
		{
			Name: "lists a pair of which both sides have names", File: "internal/cutover/switchover/pair.go",
			Old: "case len(found[0].Aliases) > 0 && spec.Live != \"\":", With: "case len(found[0].Aliases) > 0 && false:",
			Caught: "TestAListNamesPairsThatComeOverAsTheyAre",
		},
		{
			Name: "lists a pair whose records are elsewhere", File: "internal/cutover/switchover/pair.go",
			Old: "if obs.PhaseAt(asked) != Settled {", With: "if obs.PhaseAt(asked) == Displaced {",
			Caught: "TestAListNamesPairsThatComeOverAsTheyAre",
		},
		{
			Name: "writes into state what only a list says", File: "internal/provider/configured/memo.go",
			Old: "there && !d.HasError() && fwtypes.Alike(&before, &seen)", With: "there && !d.HasError()",
			Caught: "TestAListThatLagsBehindIsNotBelieved",
		},
		{
			Name: "decides about a write by what a list says", File: flow,
			Old: "	var err error\n	if w.glancing {\n		d.Summary, err", With: "	var err error\n	if true {\n		d.Summary, err",
			Caught: "TestAListThatLagsBehindIsNotBelieved",
		},
		{
			Name: "decides about a write by records that others have read", File: flow,
			Old: "	if w.sharing {\n		return w.zone(zone).Route53.SharedRecords", With: "	if true {\n		return w.zone(zone).Route53.SharedRecords",
			Caught: "TestWhatAWriteIsDecidedByIsReadForIt",
		},
		{
			Name: "takes an invalidation for done that nobody saw", File: flow,
			Old: "(w.start.Found.Misplaced(w.spec) || w.start.Found.MovedLately(w.spec))", With: "w.start.Found.Misplaced(w.spec)",
			Caught: "TestACreateThatFinishesAKilledOneInvalidates",
		},
		{
			Name: "deletes the records of one zone before it asks about those of another", File: "internal/cutover/switchover/remove.go",
			Old: "if p, ok := guard.Of(rec.Name, rec.Type); ok {", With: "if p, ok := guard.Of(rec.Name, rec.Type); ok && false {",
			Caught: "TestADestroyStopsBeforeAProtectedRecord",
		},
		{
			Name: "takes names off the source before their wildcard is everywhere", File: ways,
			Old: "if len(covers) > 0 && !target.Deployed {", With: "if false {",
			Caught:  "TestTheWildcardServesTheNamesOnTheirWay",
			Viewers: "wildcard_overlap", Seen: true,
		},
		{
			Name: "opens the latch for a side that is gone", File: "internal/cutover/switchover/switchover.go",
			Old: "	return identity.Compare(recorded, o.Sides[side].Identity())", With: "	if d, ok := o.Sides[side]; !ok || d.Fingerprint != recorded.Known {\n		return identity.Changed\n	}\n	return identity.Same",
			Caught: "TestATargetThatIsGoneDoesNotOpenTheLatch",
		},
		{
			Name: "needs no wildcard", File: ways,
			Old: "if step := cover(spec, obs, owned); step != nil {", With: "if step := cover(spec, obs, owned); step != nil && false {",
			Caught:  "TestTheWildcardServesTheNamesOnTheirWay",
			Viewers: "wildcard_overlap", Seen: true,
		},
		{
			Name: "leaves the wildcard behind", File: next,
			Old: "	if step := tidy(spec, obs); step != nil {\n		return step, nil", With: "	if step := tidy(spec, obs); step != nil {\n		return Done{}, nil",
			Caught:  "TestTheWildcardServesTheNamesOnTheirWay",
			Viewers: "wildcard_overlap",
		},
		{
			Name: "associates an alias by taking it off the source first", File: ways,
			Old: "return m == WildcardOverlap || m == RemoveAndAdd", With: "return m != DomainAssociation",
			Caught:  "TestAnAssociatedAliasMovesOnlyOntoWhatIsEverywhere",
			Viewers: "associate_alias", Seen: true,
		},
		{
			Name: "waits for the removal before it adds the name", File: ways,
			Old: "	if len(unowned) > 0 {\n", With: "	for side, d := range obs.Sides {\n		if side != spec.Live && !d.Deployed {\n			return Wait{For: \"nothing\"}\n		}\n	}\n	if len(unowned) > 0 {\n",
			Caught:  "TestTheOutageOfRemoveAndAddIsBoundedByPropagationAndDNS",
			Viewers: "remove_and_add", Seen: true,
		},
		{
			Name: "does not wait until resolvers have forgotten the old TTL", File: next,
			Old: "		case obs.Cached:\n", With: "		case false:\n",
			Caught:  "TestTheTTLIsLowAndTheOldOneIsOverWhenTheFirstNameMoves",
			Viewers: "lowered TTL",
		},
		{
			Name: "leaves the TTL low", File: times,
			Old: "if r, ok := cnameOf(spec, obs, zone, name); ok && r.TTL != zone.TTL {", With: "if r, ok := cnameOf(spec, obs, zone, name); ok && false {",
			Caught:  "TestTheTTLIsLowAndTheOldOneIsOverWhenTheFirstNameMoves",
			Viewers: "lowered TTL",
		},
		{
			Name: "counts evidence from before the wait for resolvers", File: flow,
			Old: "ok && s.Lower && effect != run.NoEffect { // waiting", With: "ok && s.Lower && false { // waiting",
			Caught:  "TestTheGateIsAskedAgainOnceTheTTLIsOver",
			Viewers: "target sick once the TTL is over", Seen: true,
		},
		{
			Name: "invalidates what nothing moved to", File: next,
			Old: "|| !obs.Moved && !spec.Unfinished {", With: "{",
			Caught: "TestTheNewLiveSideIsInvalidatedOnce",
		},
		{
			Name: "fails a cutover over its invalidation", File: "internal/provider/invalidation/invalidation.go",
			Old: "		r.Err = err\n		return false, nil", With: "		return false, err",
			Caught: "TestAFailedInvalidationUndoesNothing",
		},
		{
			Name: "takes a name again from whoever took it back", File: next,
			Old: "	case obs.TakenBack != \"\":\n", With: "	case false:\n",
			Caught: "TestANameThatSomebodyTakesBackStopsTheCutover",
		},
		{
			Name: "writes over a record that somebody pointed elsewhere", File: next,
			Old: "	case len(obs.Diverted) > 0:\n", With: "	case false:\n",
			Caught: "TestWhoPointsANameElsewhereStopsTheCutover",
		},
		{
			Name: "writes over a record that somebody pointed elsewhere, on the way back", File: next,
			Old: "if !ok || obs.Diverted[name] != \"\" {", With: "if !ok {",
			Caught: "TestTheWayBackLeavesARecordThatSomebodyPointedElsewhere",
		},
		{
			Name: "does not wait for a change of records that got no answer", File: "internal/run/spread.go",
			Old: "s.unheard = now.Add(insyncMargin)", With: "s.unheard = now",
			Caught: "TestRemoveAndAddWaitsForRecordsWhoseChangeWasNotAnswered",
		},
		{
			Name: "knows a side that was changed and changed back by its content", File: flow,
			Old: "restored = s.fingerprint == now.fingerprint && ", With: "restored = false && ",
			Caught: "TestAChangeOfTheNewSideAndBackInABakeIsNoticed",
		},
		{
			Name: "takes names for served by nobody whom nobody could ask about", File: "internal/provider/bluegreenswitch/delete.go",
			Old: "		obs.Unasked[name] = noAsker\n", With: "",
			Caught: "TestADestroyWithNoSideLeftCannotAskAndDeletesNothing",
		},
		{
			Name: "forgets a name that is taken out of aliases without a word", File: "internal/provider/bluegreenswitch/plan.go",
			Old: "		case !still:\n			names = append(names, name)\n", With: "		case !still:\n",
			Caught: "TestAnAliasThatIsGivenUpIsNamed",
		},
		{
			Name: "repairs without a word what somebody took off a side", File: "internal/provider/bluegreenswitch/state.go",
			Old: "	if len(w.names.Stripped) > 0 {", With: "	if false {",
			Caught: "TestAnAliasThatSomebodyTakesAwayInARunIsGivenBackAloud",
		},
		{
			Name: "writes records that nobody asks for into a zone that has handed the name on", File: "internal/provider/bluegreenswitch/delegation.go",
			Old: "return r.Type == \"NS\" }), err", With: "return r.Type == \"\" }), err",
			Caught: "TestANameThatItsZoneHandsOnIsNotSettled",
		},
		{
			Name: "asks who has a name once nobody has it", File: flow,
			Old: "	if w.asked || w.Log.Any() || w.spec.RollingBack", With: "	if true || w.asked || w.Log.Any() || w.spec.RollingBack",
			Caught: "TestWhatTheWayWillAskIsAskedBeforeTheFirstWrite",
		},
		{
			Name: "stands still beside a name that nobody has", File: flow,
			Old: "w.recalled = err != nil && w.bereft(ctx, err)", With: "w.recalled = false && err != nil",
			Caught: "TestANameThatNobodyHasIsAddedWithoutALook",
		},
		{
			Name: "calls an invalidation complete that nobody saw", File: "internal/provider/invalidation/invalidation.go",
			Old: "		return cutover.Unconfirmed", With: "		r.Unseen = nil\n		return cutover.Invalidated",
			Caught: "TestAnInvalidationThatNobodyMaySeeIsNotCalledComplete",
		},
		{
			Name: "does not wait for the target to be deployed", File: next,
			Old: "ready := target.Deployed || target.Settling", With: "ready := true",
			Caught:  "TestANewTargetGetsNothingBeforeItIsEverywhere",
			Viewers: "target still deploying", Seen: true,
		},
		{
			Name: "moves DNS before the name has arrived everywhere", File: next,
			Old: "	case !target.Deployed:\n		return Wait{For: fmt.Sprintf(\"every edge", With: "	case false:\n		return Wait{For: fmt.Sprintf(\"every edge",
			Caught:  "TestNoViewerIsLostDuringACutover",
			Viewers: "domain_association", Seen: true,
		},
		{
			Name: "removes the name before adding it", File: front,
			Old: "	_, err := c.api.UpdateDomainAssociation(ctx, &cloudfront.UpdateDomainAssociationInput{", With: removeFirst,
			Caught:  "TestNoViewerIsLostDuringACutover",
			Viewers: "domain_association", Seen: true,
		},
		{
			Name: "skips the gate before the move", File: next,
			Old: "case spec.Before && !spec.RollingBack && obs.Before == cutover.NoEvidence:\n			return Verify{When: BeforeMove, Side: spec.Live}, nil\n		case spec.Before && !spec.RollingBack && !obs.Before.Enough():", With: "case false:",
			Caught:  "TestASickTargetGetsNoTraffic",
			Viewers: "sick target", Seen: true,
		},
		{
			Name: "skips the gate after the move", File: next,
			Old: "	if spec.After && !spec.RollingBack {", With: "	if false {",
			Caught:  "TestAFailedCutoverGoesBackAndIsNotTriedAgain",
			Viewers: "target sick under traffic", Seen: true,
		},
		{
			Name: "probes the side that is live before the move", File: flow,
			Old: "g, hold = w.gates.beforeMove(s.Side, from, obs), 0", With: "g, hold = w.gates.beforeMove(from, from, obs), 0",
			Caught:  "TestASickTargetGetsNoTraffic",
			Viewers: "sick target", Seen: true,
		},
		{
			Name: "overwrites blindly after a 412", File: front,
			Old: "	_, err := c.api.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{", With: blindOverwrite,
			Caught: "TestSomebodyElsesEditSurvivesOurs",
		},
		{
			Name: "moves a name without If-Match", File: front,
			Old: "Domain: aws.String(domain), IfMatch: aws.String(to.ETag),", With: "Domain: aws.String(domain),",
			Caught: "TestNoViewerIsLostDuringACutover",
		},
		{
			Name: "takes one datapoint for all of a metric", File: "internal/gate/cloudwatch.go",
			Old: "	wanted := max(1, periods)\n", With: "	wanted := min(1, periods)\n",
			Caught: "TestNothingPassesWithoutEvidence/before_the_move/custom_metric/recovering_at_the_last_moment",
		},
		{
			Name: "takes the other side for the one it came from", File: "internal/cutover/switchover/wayback.go",
			Old:    "	for _, side := range []cutover.Side{s.Previous, s.Settled} {\n		if _, ok := spec.Sides[side]; ok && side != spec.Live {\n			return side\n		}\n	}",
			With:   "	for side := range spec.Sides {\n		if side != spec.Live {\n			return side\n		}\n	}",
			Caught: "TestARepairDoesNotEndOnTheOtherSide",
		},
		{
			Name: "does not look at what is protected before names move", File: flow,
			Old: "		guard, err := w.guard(ctx, z.ID)\n", With: "		guard, err := cutover.Guard{}, error(nil)\n",
			Caught: "TestNothingMovesWhoseRecordIsProtected",
		},
		{
			Name: "deletes the records of a name that is served", File: "internal/cutover/switchover/remove.go",
			Old: "if by, ok := obs.ServedBy(r.Spec, rec.Name); ok && ", With: "if by, ok := obs.ServedBy(r.Spec, rec.Name); ok && false && ",
			Caught: "TestANameThatIsServedIsNotTakenOutOfDNS",
		},
		{
			Name: "forgets that a cutover failed once its side has another name", File: "internal/provider/bluegreenswitch/plan.go",
			Old: "	is, was := plan.distribution(plan.Live.ValueString()), state.distribution(failed.Target.ValueString())", With: "	is, was := plan.distribution(failed.Target.ValueString()), state.distribution(failed.Target.ValueString())",
			Caught: "TestSidesThatGetOtherNamesKeepTheLatchShut",
		},
	}...)
}

// shared are the mutants of what other nouns use too.
func shared(tb testing.TB) []matrix.Mutant {
	tb.Helper()
	failed := matrix.By("TestAFailedCutoverGoesBackAndIsNotTriedAgain")
	return slices.Concat(
		matrix.CutOver().CaughtBy(tb, map[string]matrix.Catcher{
			"words what was seen before its last write":          matrix.By("TestNobodyIsToldWhatNobodySaw"),
			"takes no last look":                                 matrix.By("TestNobodyIsToldWhatNobodySaw"),
			"keeps it from state that nobody saw its last write": matrix.By("TestNobodyIsToldWhatNobodySaw"),
			"takes a lost answer for a refusal":                  matrix.By("TestRemoveAndAddWaitsForRecordsWhoseChangeWasNotAnswered"),
			"goes back where it is to hold":                      matrix.By("TestACutoverThatIsToHoldStaysWhereItIs"),
			"goes nowhere where it is to go back":                failed,
			"says of a finished way back that it held":           failed,
			"goes back to a side that is sick too":               matrix.By("TestNothingGoesBackToASideThatIsSickToo"),
			"begins although an alarm cannot be asked":           matrix.By("TestBadInputIsRefusedWithAWayOutAndChangesNothing/alarm_that_does_not_exist"),
			"begins with a verdict that passes":                  matrix.By("TestNothingPassesWithoutEvidence/after_it/minimum_of_requests/down,_slower_than_the_interval"),
		}),
		matrix.Latch().CaughtBy(tb, map[string]matrix.Catcher{
			"leaves a state behind a failed create":                           matrix.By("TestAFailedCreateLeavesNoState"),
			"records nothing of a run that failed":                            failed,
			"hides the steps of what failed from the next plan":               matrix.By("TestStepsPlannedAgainShow"),
			"does more than the plan showed":                                  matrix.By("TestTheWorldMayNotAskForMoreThanThePlanShowed"),
			"begins anew where a way back is to be finished":                  matrix.By("TestAnInterruptedRollbackIsFinishedByTheNextApply"),
			"forgets that what is asked for has failed":                       failed,
			"tries again although retry is what it was":                       failed,
			"tries again because retry is gone":                               matrix.By("TestRemovingRetryDoesNotOpenTheLatch"),
			"plans one of two things while nobody knows whether to try again": failed,
		}),
		matrix.Identities().CaughtBy(tb, map[string]matrix.Catcher{
			"writes an identity again when the id has changed":          matrix.By("TestAnIdentityStaysWhateverBecomesOfTheSides"),
			"leaves an update without an identity where state had none": matrix.By("TestAnIdentityStaysWhateverBecomesOfTheSides"),
			"imports nothing by an identity":                            matrix.By("TestAnImportByIdentityIsOneByID"),
		}),
		matrix.Records().CaughtBy(tb, map[string]matrix.Catcher{
			"does not see what is protected":               matrix.By("TestNothingMovesWhoseRecordIsProtected"),
			"does not see that a zone is locked":           matrix.By("TestNothingMovesWhoseZoneIsLocked"),
			"does not wait until resolvers have forgotten": matrix.By("TestTheTTLIsLowAndTheOldOneIsOverWhenTheFirstNameMoves"),
		}),
		matrix.Recognition().CaughtBy(tb, map[string]matrix.Catcher{
			"takes a new spelling for a change": matrix.By("TestTheLatchHoldsHoweverCloudFrontSpellsItsAnswers"),
			"does not count as AWS does":        matrix.By("TestTheLatchHoldsHoweverCloudFrontSpellsItsAnswers"),
		}),
	)
}

const removeFirst = `	{
		list, err := c.api.ListDistributions(ctx, &cloudfront.ListDistributionsInput{})
		if err != nil {
			return err
		}
		for _, d := range list.DistributionList.Items {
			got, err := c.api.GetDistributionConfig(ctx, &cloudfront.GetDistributionConfigInput{Id: d.Id})
			if err != nil {
				return err
			}
			var kept []string
			for _, a := range got.DistributionConfig.Aliases.Items {
				if a != domain {
					kept = append(kept, a)
				}
			}
			if len(kept) == len(got.DistributionConfig.Aliases.Items) {
				continue
			}
			got.DistributionConfig.Aliases = &types.Aliases{Items: kept, Quantity: aws.Int32(int32(len(kept)))}
			if _, err := c.api.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: d.Id, IfMatch: got.ETag, DistributionConfig: got.DistributionConfig}); err != nil {
				return err
			}
			if err := c.clock.Sleep(ctx, 10*time.Minute); err != nil {
				return err
			}
			cfg := *to.config
			cfg.Aliases = &types.Aliases{Items: append(append([]string(nil), to.Aliases...), domain), Quantity: aws.Int32(int32(len(to.Aliases) + 1))}
			_, err = c.api.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: aws.String(to.ID), IfMatch: aws.String(to.ETag), DistributionConfig: &cfg})
			c.wrote()
			return awsapi.Wrap(ctx, "adding", err)
		}
	}
	_, err := c.api.UpdateDomainAssociation(ctx, &cloudfront.UpdateDomainAssociationInput{`

const blindOverwrite = `	if now, err := c.api.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: aws.String(d.ID)}); err == nil {
		if _, err := c.api.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: aws.String(d.ID), IfMatch: now.ETag, DistributionConfig: cfg}); err == nil {
			c.wrote()
			return nil
		}
		if now, err = c.api.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: aws.String(d.ID)}); err == nil {
			d.ETag = aws.ToString(now.ETag)
		}
	}
	_, err := c.api.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{`

// The count of viewers who are let down is worth something only if it can go wrong.
// Each mutant is counted beside the provider itself, in the same situation. Not every
// harm is one that viewers see: the table says which is, and is held to that too.
func BenchmarkWhatViewersSeeOfMutants(b *testing.B) {
	compiled := matrix.Compile(b, mutants(b)...)
	count := func(who string, m matrix.Mutant, in string) (lost float64) {
		out, _ := compiled.Run(b, m, "-test.v", "-test.run=^TestWhatViewersSeeOfACutover$", "-situation", in, "-viewers", strconv.Itoa(*perSecond)) // a mutant fails, and has to
		found, err := figure.Read(out)
		if err != nil || len(found) == 0 {
			b.Fatalf("nothing was measured of %s: %v\n%s", who, err, out)
		}
		for _, f := range found {
			if f.Unit != "answers" || strings.HasSuffix(f.Name, failedAnswers) { // the unowned ones are among them
				lost += f.Value
			}
			figure.Report(b, figure.Plain(who+", "+f.Name, f.Value, f.Unit))
		}
		return lost
	}
	itself := map[string]float64{}
	for _, m := range mutants(b) {
		in := cmp.Or(m.Viewers, "domain_association")
		if _, ok := itself[in]; !ok {
			itself[in] = count("the provider itself", matrix.Mutant{}, in)
		}
		more := count("MUTANT that "+m.Name, m, in) - itself[in]
		name := "MUTANT that " + m.Name + ": let down more than by the provider itself"
		if m.Seen {
			figure.Report(b, figure.AtLeast(name, more, "answers and violations", 1))
		} else {
			figure.Report(b, figure.AtMost(name+" (its harm is of another kind)", more, "answers and violations", 0))
		}
	}
}

// acrossMutants are those of moves between accounts. What viewers see of such a move is measured
// on its own.
func acrossMutants() []matrix.Mutant {
	const (
		rules    = "internal/cutover/switchover/account.go"
		flow     = "internal/provider/bluegreenswitch/account.go"
		accounts = "internal/provider/configured/account.go"
	)
	return []matrix.Mutant{
		{
			Name: "asks for a proof before every name server has it", File: rules,
			Old: "	if obs.Pending {\n		return Wait{For: \"every name server of the zone has the proofs\"}", With: "	if false {\n		return nil",
			Caught: "TestNobodyAsksForAProofThatIsNotEverywhere",
		},
		{
			Name: "disables a source before AWS was asked for its names", File: rules,
			Old: "if step, ok := try(spec, obs, moves); ok {", With: "if step, ok := try(spec, obs, moves); ok && false {",
			Caught: "TestWhereANameCannotMoveNobodyIsDarkened",
		},
		{
			Name: "disables a source before there is a proof", File: rules,
			Old: "if step, ok := prove(spec, obs, moves); ok {", With: "if step, ok := prove(spec, obs, moves); ok && false {",
			Caught: "TestNobodyAsksForAProofThatIsNotEverywhere",
		},
		{
			Name: "writes over the values of others in a proof", File: rules,
			Old: "is.Values = slices.DeleteFunc(slices.Clone(was.Values), func(v string) bool { return slices.Contains(less, v) && !slices.Contains(values, v) })", With: "is.Values = nil",
			Caught: "TestAProofLeavesTheValuesOfOthersAlone",
		},
		{
			Name: "takes the values of others away with its own", File: rules,
			Old: "func(v string) bool { return slices.Contains(obs.Proven[at], v) })\n				if r.Type", With: "func(string) bool { return true })\n				if r.Type",
			Caught: "TestAProofLeavesTheValuesOfOthersAlone",
		},
		{
			Name: "takes any two values for as good as one", File: rules,
			Old: "return o.Alone && !slices", With: "return false && !slices",
			Caught: "TestWhatAWSWantsOfAProofIsFoundOutBeforeAnythingIsDark",
		},
		{
			Name: "notes a source that somebody else has disabled as its own", File: rules,
			Old: "ok && obs.Sides[side].Enabled {\n		if notes", With: "ok {\n		if notes",
			Caught: "TestASourceThatSomebodyHasDisabledStaysSo",
		},
		{
			Name: "leaves the source disabled once its names have moved", File: rules,
			Old: "if d := obs.Sides[side]; side != spec.Live {", With: "if d := obs.Sides[side]; false {",
			Caught: "TestAMoveBetweenAccountsLosesNobodyButByDisabling",
		},
		{
			Name: "darkens names that nobody has agreed to", File: rules,
			Old: "&& !slices.Contains(spec.MayDarken, alias) {", With: "&& false {",
			Caught: "TestNothingMovesBetweenAccountsThatCannot",
		},
		{
			Name: "does not know its own source by half of its id", File: rules,
			Old: "len(id) == len(owner) && strings.HasSuffix(id, shown)", With: "id == shown",
			Caught: "TestNothingMovesBetweenAccountsThatCannot",
		},
		{
			Name: "leaves names dark when a run ends otherwise than by its evidence", File: "internal/cutover/switchover/wayback.go",
			Old: "if !dark { //", With: "if true { //",
			Caught: "TestADarkNameGoesBackWhateverEndsTheRun",
		},
		{
			Name: "waits in the dark for as long as resolvers may remember", File: flow,
			Old: "patience = darkBy", With: "patience = provenBy",
			Caught: "TestNobodyWaitsInTheDarkForAProof",
		},
		{
			Name: "takes a refused proof for a source that is enabled", File: flow,
			Old: "if errors.Is(err, awsapi.ErrNoProof) {", With: "if errors.Is(err, awsapi.ErrNotFound) {",
			Caught: "TestWhereANameCannotMoveNobodyIsDarkened",
		},
		{
			Name: "knows nothing of what a killed run has added", File: flow,
			Old: "	w.own(switchover.Recall(w.spec, *obs))\n", With: "",
			Caught: "TestTheNextRunTidiesUpAfterAKilledOne",
		},
		{
			Name: "leaves what a create has added that failed", File: flow,
			Old: "for range len(w.spec.Zones) {", With: "for range 0 {",
			Caught: "TestACreateThatFailsTakesItsProofsAway",
		},
		{
			Name: "takes away what says by whom a side is dark", File: flow,
			Old: "if len(obs.Left(w.spec)) > 0 || w.Out.Result == run.Interrupted {", With: "if false {",
			Caught: "TestACreateThatIsInterruptedInTheDarkIsCarriedOn",
		},
		{
			Name: "forgets what was disabled once the method is another one", File: "internal/provider/bluegreenswitch/workflow.go",
			Old: "w.dark[side] || obs.Unfinished(side)", With: "w.dark[side] || w.spec.Darkens() && obs.Unfinished(side)",
			Caught: "TestAnotherMethodEnablesWhatWasDisabled",
		},
		{
			Name: "looks at nothing that was noted for a name that is given up", File: flow,
			Old: "	for at := range w.proofs {\n		add(at)\n	}\n", With: "",
			Caught: "TestWhatWasDisabledForANameThatIsGivenUpIsEnabled",
		},
		{
			Name: "leaves what was disabled so when the switch goes", File: "internal/cutover/switchover/remove.go",
			Old: "if step := withdraw(r.Spec, obs); step != nil {", With: "if step := withdraw(r.Spec, obs); step != nil && false {",
			Caught: "TestADestroyEnablesWhatTheSwitchHasDisabled",
		},
		{
			Name: "reads the metrics of another account's side in its own", File: flow,
			Old: "p.Locate(id, out[spec.Accounts[side]])", With: "p.Locate(id, out[spec.Accounts[side[:0]]])",
			Caught: "TestGatesReadTheMetricsOfASideInItsAccount",
		},
		{
			Name: "changes records in the account of the provider", File: "internal/provider/bluegreenswitch/workflow.go",
			Old: "w.records.Write(ctx, w.zone(zone.ID), ", With: "w.records.Write(ctx, w.p, ",
			Caught: "TestTheDanceMovesNamesBetweenAccountsAndBack",
		},
		{
			Name: "takes names off a distribution as the account of the target", File: "internal/provider/bluegreenswitch/workflow.go",
			Old: "return w.of(s.From).CloudFront.RemoveAliases(", With: "return w.of(s.To).CloudFront.RemoveAliases(",
			Caught: "TestTheDanceMovesNamesBetweenAccountsAndBack",
		},
		{
			Name: "takes one account for two", File: accounts,
			Old: "if other, taken := p.accounts.names[id]; taken && other != name {", With: "if other, taken := p.accounts.names[id]; taken && other != name && false {",
			Caught: "TestNothingMovesBetweenAccountsThatCannot",
		},
		{
			Name: "does not say in which account a call was refused", File: "internal/awsapi/account.go",
			Old: "				err = &inAccount{account, err}\n", With: "				err = &inAccount{\"\", err}\n",
			Caught: "TestADarkNameGoesBackWhateverEndsTheRun",
		},
		{
			Name: "holds whom nobody serves", File: "internal/run/cutover.go",
			Old: "&& !k.Unserved(out.Sight.Obs)", With: "",
			Caught: "TestADarkNameGoesBackWhateverEndsTheRun",
		},
		{
			Name: "lets a name go that could not come back", File: "internal/cutover/switchover/obstacle.go",
			Old: "ok && !spec.RollingBack { // else the way back", With: "ok && false { // else the way back",
			Caught: "TestNothingMovesBetweenAccountsThatCannot",
		},
		{
			Name: "takes a yes for one to any method", File: "internal/cutover/switchover/recipe.go",
			Old: "o.Sides[spec.Live].Fingerprint, string(spec.Method)}", With: "o.Sides[spec.Live].Fingerprint}",
			Caught: "TestAYesIsToTheMethodThatWasSeen",
		},
	}
}

func TestEveryMutantIsCaught(t *testing.T) {
	t.Parallel()
	share := matrix.Share{Of: 2} // with that of the others, one of six
	across := slices.DeleteFunc(acrossMutants(), func(m matrix.Mutant) bool { return !share.Takes(t, m.Name) })
	matrix.Catch(t, append(mutants(t), across...)...)
}
