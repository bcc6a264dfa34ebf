package acctest

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
)

// CopyByHand makes a staging distribution from a primary.
func (e *Env) CopyByHand(primary Distribution) Distribution {
	e.tb.Helper()
	got, err := e.CloudFront.GetDistribution(e.ctx(), &cloudfront.GetDistributionInput{Id: aws.String(primary.ID)})
	e.must(err)
	out, err := e.CloudFront.CopyDistribution(e.ctx(), &cloudfront.CopyDistributionInput{
		PrimaryDistributionId: aws.String(primary.ID), IfMatch: got.ETag, Staging: aws.Bool(true), CallerReference: aws.String("by hand of " + primary.ID),
	})
	e.must(err)
	return Distribution{ID: aws.ToString(out.Distribution.Id), Domain: aws.ToString(out.Distribution.DomainName)}
}

// MarkByHand makes a staging distribution one of cdn_staging_distribution, as far as
// others can tell.
func (e *Env) MarkByHand(staging Distribution) {
	e.tb.Helper()
	got, err := e.CloudFront.GetDistribution(e.ctx(), &cloudfront.GetDistributionInput{Id: aws.String(staging.ID)})
	e.must(err)
	_, err = e.CloudFront.TagResource(e.ctx(), &cloudfront.TagResourceInput{
		Resource: got.Distribution.ARN, Tags: &cftypes.Tags{Items: []cftypes.Tag{{Key: aws.String("cdn-bluegreen:owner"), Value: aws.String("SOMEBODY")}}},
	})
	e.must(err)
}

// ByWeight routes a share of requests.
func ByWeight(share float32) *cftypes.TrafficConfig {
	return &cftypes.TrafficConfig{
		Type: cftypes.ContinuousDeploymentPolicyTypeSingleWeight, SingleWeightConfig: &cftypes.ContinuousDeploymentSingleWeightConfig{Weight: aws.Float32(share)},
	}
}

// JoinByHand makes a policy for a staging distribution and returns its id.
func (e *Env) JoinByHand(staging Distribution, traffic *cftypes.TrafficConfig, enabled bool) string {
	e.tb.Helper()
	out, err := e.CloudFront.CreateContinuousDeploymentPolicy(e.ctx(), &cloudfront.CreateContinuousDeploymentPolicyInput{ContinuousDeploymentPolicyConfig: &cftypes.ContinuousDeploymentPolicyConfig{
		Enabled: aws.Bool(enabled), TrafficConfig: traffic,
		StagingDistributionDnsNames: &cftypes.StagingDistributionDnsNames{Quantity: aws.Int32(1), Items: []string{staging.Domain}},
	}})
	e.must(err)
	return aws.ToString(out.ContinuousDeploymentPolicy.Id)
}

// AttachByHand puts a distribution under a policy, or takes it out with "".
func (e *Env) AttachByHand(primary Distribution, policy string) {
	e.tb.Helper()
	e.EditByHand(primary, func(c *cftypes.DistributionConfig) { c.ContinuousDeploymentPolicyId = aws.String(policy) })
}

// TurnByHand changes a policy as a release would.
func (e *Env) TurnByHand(policy string, turn func(*cftypes.ContinuousDeploymentPolicyConfig)) {
	e.tb.Helper()
	got, err := e.CloudFront.GetContinuousDeploymentPolicyConfig(e.ctx(), &cloudfront.GetContinuousDeploymentPolicyConfigInput{Id: aws.String(policy)})
	e.must(err)
	turn(got.ContinuousDeploymentPolicyConfig)
	_, err = e.CloudFront.UpdateContinuousDeploymentPolicy(e.ctx(), &cloudfront.UpdateContinuousDeploymentPolicyInput{
		Id: aws.String(policy), IfMatch: got.ETag, ContinuousDeploymentPolicyConfig: got.ContinuousDeploymentPolicyConfig,
	})
	e.must(err)
}

// ForgetByHand deletes a policy.
func (e *Env) ForgetByHand(policy string) {
	e.tb.Helper()
	got, err := e.CloudFront.GetContinuousDeploymentPolicy(e.ctx(), &cloudfront.GetContinuousDeploymentPolicyInput{Id: aws.String(policy)})
	e.must(err)
	_, err = e.CloudFront.DeleteContinuousDeploymentPolicy(e.ctx(), &cloudfront.DeleteContinuousDeploymentPolicyInput{Id: aws.String(policy), IfMatch: got.ETag})
	e.must(err)
}

// PolicyOn returns the id of the policy that a distribution has, "" for none.
func (e *Env) PolicyOn(d Distribution) string {
	e.tb.Helper()
	return aws.ToString(e.Config(d).ContinuousDeploymentPolicyId)
}

// Config is a distribution's configuration.
func (e *Env) Config(d Distribution) *cftypes.DistributionConfig {
	e.tb.Helper()
	got, err := e.CloudFront.GetDistributionConfig(e.ctx(), &cloudfront.GetDistributionConfigInput{Id: aws.String(d.ID)})
	e.must(err)
	return got.DistributionConfig
}

// Truly asks what there is: lists that lag behind do not while it lasts.
func (e *Env) Truly(ask func()) {
	lag := e.World.Knobs().ListLag
	e.World.Turn(func(k *knob.Knobs) { k.ListLag = 0 })
	defer e.World.Turn(func(k *knob.Knobs) { k.ListLag = lag })
	ask()
}

// Policies are the configurations of the policies there are, by id.
func (e *Env) Policies() map[string]*cftypes.ContinuousDeploymentPolicyConfig {
	e.tb.Helper()
	var list *cloudfront.ListContinuousDeploymentPoliciesOutput
	var err error
	e.Truly(func() {
		list, err = e.CloudFront.ListContinuousDeploymentPolicies(e.ctx(), &cloudfront.ListContinuousDeploymentPoliciesInput{})
	})
	e.must(err)
	out := map[string]*cftypes.ContinuousDeploymentPolicyConfig{}
	for _, p := range list.ContinuousDeploymentPolicyList.Items {
		out[aws.ToString(p.ContinuousDeploymentPolicy.Id)] = p.ContinuousDeploymentPolicy.ContinuousDeploymentPolicyConfig
	}
	return out
}

// Staging lists the staging distributions there are.
func (e *Env) Staging() []Distribution {
	e.tb.Helper()
	var list *cloudfront.ListDistributionsOutput
	var err error
	e.Truly(func() { list, err = e.CloudFront.ListDistributions(e.ctx(), &cloudfront.ListDistributionsInput{}) })
	e.must(err)
	var out []Distribution
	for _, d := range list.DistributionList.Items {
		if aws.ToBool(d.Staging) {
			out = append(out, Distribution{ID: aws.ToString(d.Id), Domain: strings.ToLower(aws.ToString(d.DomainName))})
		}
	}
	return out
}
