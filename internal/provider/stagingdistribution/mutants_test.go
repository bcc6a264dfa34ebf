//go:build !race

// Mutants are compiled and run one by one, which the race detector makes slow and
// no better: they are left to the second half of `make test`.

package stagingdistribution_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

func TestEveryMutantIsCaught(t *testing.T) {
	const (
		api  = "internal/awsapi/cloudfrontapi/staging.go"
		next = "internal/cutover/staging/staging.go"
		flow = "internal/provider/stagingdistribution/workflow.go"
	)
	t.Parallel()
	recognition := matrix.Recognition().CaughtBy(t, map[string]matrix.Catcher{
		"takes a new spelling for a change": matrix.By("TestACopyAndItsRefreshAreTheSameHoweverCloudFrontSpellsThem"),
		"does not count as AWS does":        matrix.By("TestACopyAndItsRefreshAreTheSameHoweverCloudFrontSpellsThem"),
	})
	matrix.Catch(t, append(recognition, []matrix.Mutant{
		{
			Name: "follows a primary that drifted", File: flow,
			Old: "case w.spec.Follow && obs.Primary != nil:", With: "case obs.Primary != nil:",
			Caught: "TestADriftedPrimaryIsNotFollowedByAnotherChange",
		},
		{
			Name: "takes a copy of before for one of now", File: "internal/provider/stagingdistribution/model.go",
			Old: "return state == nil || !plan", With: "return state != nil && !plan",
			Caught: "TestACreateThatFindsACopyMakesItWhatIsAskedFor",
		},
		{
			Name: "invents what staging agreed with", File: flow,
			Old: "if done && obs.Agrees {", With: "if done && (obs.Agrees || w.base == \"\") {",
			Caught: "TestAnImportInventsNoBase",
		},
		{
			Name: "sends legacy settings beside a cache policy", File: api,
			Old: "if aws.ToString(b.CachePolicy) != \"\" {", With: "if false {",
			Caught: "TestACachePolicyReplacesLegacySettings",
		},
		{
			Name: "believes a list that shows another version of the copy", File: "internal/provider/stagingdistribution/plan.go",
			Old: "err != nil || copied.Version != memo[id].Version || !copied.Staging ||\n			identity.Compare(recorded(m.Fingerprint), configured.Identity(copied)) != identity.Same {", With: "err != nil {",
			Caught: "TestAListThatLagsBehindIsNotBelieved",
		},
		{
			Name: "decides about a copy by what lists say of it", File: "internal/provider/stagingdistribution/workflow.go",
			Old: "	d, err := w.p.CloudFront.Distribution(ctx, id, since)\n	if errors.Is", With: "	d, err := w.p.CloudFront.Recalled(ctx, id, w.p.CloudFront.Latest(id).Rest())\n	if errors.Is",
			Caught: "TestFollowingTakesAWordAndWarnsOfDrift",
		},
		{
			Name: "gives staging the names of its primary", File: api,
			Old: "is.Enabled, is.Aliases = aws.Bool(true), &types.Aliases{Quantity: aws.Int32(0)}", With: "is.Enabled = aws.Bool(true)",
			Caught: "TestFollowingTakesAWordAndWarnsOfDrift",
		},
		{
			Name: "leaves staging disabled", File: api,
			Old: "is.Enabled, is.Aliases = aws.Bool(true),", With: "is.Enabled, is.Aliases = was.Enabled,",
			Caught: "TestAnOverrideThatSomebodyUndidIsPutBack",
		},
		{
			Name: "overwrites blindly after a 412", File: api,
			Old: "DistributionConfig: change.config,\n	})\n", With: "DistributionConfig: change.config,\n	})\n" +
				"	if now, e := c.api.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: aws.String(change.of.ID)}); err != nil && e == nil {\n" +
				"		_, err = c.api.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: aws.String(change.of.ID), IfMatch: now.ETag, DistributionConfig: change.config})\n	}\n",
			Caught: "TestSomebodyElsesEditOfStagingSurvivesOurs",
		},
		{
			Name: "deletes the copy that another address has adopted", File: next,
			Old: "case obs.Owner != \"\" && obs.Owner != owner:", With: "case false:",
			Caught: "TestACopyThatAnotherAddressHasAdoptedIsNotDeletedByTheOldOne",
		},
		{
			Name: "takes a mark that it cannot read for none", File: "internal/provider/stagingdistribution/workflow.go",
			Old: "if r.unowned = err != nil; r.unowned {", With: "if r.unowned = err != nil; r.unowned && false {",
			Caught: "TestACopyWhoseMarkCannotBeReadIsNotDeleted",
		},
		{
			Name: "adopts without leaving a mark", File: next,
			Old: "case spec.Owner != \"\" && obs.Owner != spec.Owner:", With: "case false:",
			Caught: "TestACopyThatAnotherAddressHasAdoptedIsNotDeletedByTheOldOne",
		},
		{
			Name: "deletes what is still being disabled", File: next,
			Old: "	case !s.Deployed:\n		return Wait{For: fmt.Sprintf(\"every edge", With: "	case false:\n		return Wait{For: fmt.Sprintf(\"every edge",
			Caught: "TestADestroyWaitsUntilStagingIsDisabledEverywhere",
		},
	}...)...)
}
