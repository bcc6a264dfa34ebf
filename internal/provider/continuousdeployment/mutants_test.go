package continuousdeployment_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

func TestEveryMutantIsCaught(t *testing.T) {
	const (
		front  = "internal/awsapi/cloudfrontapi/cloudfrontapi.go"
		policy = "internal/awsapi/cloudfrontapi/policy.go"
		next   = "internal/cutover/deployment/deployment.go"
	)
	t.Parallel()
	matrix.Catch(t, []matrix.Mutant{
		{
			Name: "leaves the id out instead of sending an empty one", File: policy,
			Old: "	cfg.ContinuousDeploymentPolicyId = aws.String(policy)", With: "	if cfg.ContinuousDeploymentPolicyId = nil; policy != \"\" {\n		cfg.ContinuousDeploymentPolicyId = aws.String(policy)\n	}",
			Caught: "TestTheDestroyFinishesWhatHandsBegan",
		},
		{
			Name: "believes a glance that finds nothing", File: "internal/provider/configured/memo.go",
			Old:    "there && !d.HasError() && fwtypes.Alike(&before, &seen) {\n			*state = seen\n			return Refreshed{There: true, Diags: d}",
			With:   "!d.HasError() && (!there || fwtypes.Alike(&before, &seen)) {\n			*state = seen\n			return Refreshed{There: there, Diags: d}",
			Caught: "TestWhateverHappensToADeploymentIsTheSameAtAGlance",
		},
		{
			Name: "decides about a policy by what the list of them says", File: "internal/provider/continuousdeployment/workflow.go",
			Old: "	case w.memo != nil:\n		return w.p.CloudFront.SharedPolicy", With: "	case true:\n		return w.p.CloudFront.SharedPolicy",
			Caught: "TestWhatAWriteIsDecidedByIsReadForIt",
		},
		{
			Name: "overwrites blindly after a 412", File: front,
			Old: "	}, guard.option)\n	c.wrote()", With: "	}, guard.option)\n	if now, e := c.api.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: aws.String(d.ID)}); err != nil && e == nil {\n" +
				"		_, err = c.api.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: aws.String(d.ID), IfMatch: now.ETag, DistributionConfig: cfg})\n	}\n	c.wrote()",
			Caught: "TestSomebodyElsesEditSurvivesOurs",
		},
		{
			Name: "creates the policy enabled", File: policy,
			Old: "ContinuousDeploymentPolicyConfig: p.config()})", With: "ContinuousDeploymentPolicyConfig: Policy{Enabled: true, Staging: p.Staging, Routing: p.Routing}.config()})",
			Caught: "TestAPolicyIsCreatedDisabledAndAttached",
		},
		{
			Name: "changes nothing about a canary and says that it did", File: next,
			Old: "add(spec.Reroute && !spec.Adopting && obs.Policy.Enabled && !obs.Policy.AsAsked, Canary, obs.Policy.ID)", With: "add(false, Canary, obs.Policy.ID)",
			Caught: "TestACanaryKeepsItsRouting",
		},
		{
			Name: "says of an enabled policy that it sends nobody to staging", File: "internal/cutover/deployment/traffic.go",
			Old: "if o.Attached() && o.Policy.Enabled {", With: "if false {",
			Caught: "TestNoAnswerToACallLeavesAPolicyThatNobodyOwns/all/destroy_during_a_canary/UpdateContinuousDeploymentPolicy/denied/after=0",
		},
		{
			Name: "takes an adopted canary for what is asked for", File: next,
			Old: "return p != nil && !p.Enabled && !p.AsAsked && p.Routing == found", With: "return false",
			Caught: "TestAnAdoptedCanaryIsMadeToRouteAsAskedOnceItIsOver",
		},
		{
			Name: "deletes the policy that another address has adopted", File: next,
			Old: "if obs.Owner != \"\" && obs.Owner != owner {", With: "if false {",
			Caught: "TestAPolicyThatAnotherAddressHasAdoptedIsNotDeletedByTheOldOne",
		},
		{
			Name: "takes a mark that it cannot read for none", File: "internal/provider/continuousdeployment/workflow.go",
			Old: "	r.unowned = err != nil\n	return obs, configured.Again(err)\n", With: "	return obs, nil\n",
			Caught: "TestAPolicyWhoseMarkCannotBeReadIsNotDeleted",
		},
		{
			Name: "ends the canary of another primary", File: next,
			Old: "p != nil && (obs.User != \"\" || obs.Unsure && p.Enabled) {", With: "p != nil && false {",
			Caught: "TestADestroyDoesNotEndTheCanaryOfAnotherPrimary",
		},
		{
			Name: "adopts without leaving a mark", File: next,
			Old: "case spec.Owner != \"\" && obs.Owner != spec.Owner:", With: "case false:",
			Caught: "TestAPolicyThatAnotherAddressHasAdoptedIsNotDeletedByTheOldOne",
		},
		{
			Name: "replaces the policy of somebody else", File: next,
			Old: "add(foreign && spec.Attached && !p.Staging, AnotherPolicy, p.Policy)", With: "add(foreign && false, AnotherPolicy, p.Policy)",
			Caught: "TestBadInputIsRefusedWithAWayOutAndChangesNothing",
		},
	}...)
}
