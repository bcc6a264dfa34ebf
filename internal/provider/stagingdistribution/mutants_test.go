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
	matrix.Catch(t, []matrix.Mutant{
		{
			Name: "follows a primary that drifted", File: flow,
			Old: "case w.spec.Follow && obs.Primary != nil:", With: "case obs.Primary != nil:",
			Caught: "TestADriftedPrimaryIsNotFollowedByAnotherChange",
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
			Name: "deletes what is still being disabled", File: next,
			Old: "	case !s.Deployed:\n		return Wait{For: fmt.Sprintf(\"every edge", With: "	case false:\n		return Wait{For: fmt.Sprintf(\"every edge",
			Caught: "TestADestroyWaitsUntilStagingIsDisabledEverywhere",
		},
	}...)
}
