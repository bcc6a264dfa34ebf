package conformance

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
)

func (c *client) copy(primary, ref string) *cloudfront.CopyDistributionOutput {
	c.Helper()
	out, err := c.cf.CopyDistribution(c.ctx, &cloudfront.CopyDistributionInput{
		PrimaryDistributionId: &primary, IfMatch: c.get(primary).ETag, Staging: aws.Bool(true), CallerReference: &ref,
	})
	if err != nil {
		c.Fatal(err)
	}
	return out
}

func byWeight(weight float32) *types.TrafficConfig {
	return &types.TrafficConfig{
		Type: types.ContinuousDeploymentPolicyTypeSingleWeight, SingleWeightConfig: &types.ContinuousDeploymentSingleWeightConfig{Weight: &weight},
	}
}

func policy(staging string, enabled bool, traffic *types.TrafficConfig) *types.ContinuousDeploymentPolicyConfig {
	return &types.ContinuousDeploymentPolicyConfig{
		StagingDistributionDnsNames: &types.StagingDistributionDnsNames{Quantity: aws.Int32(1), Items: []string{staging}}, Enabled: &enabled, TrafficConfig: traffic,
	}
}

// edit reads a distribution, changes it and writes it back, as every tool does.
func (c *client) edit(id string, change func(*types.DistributionConfig)) error {
	c.Helper()
	got := c.get(id)
	change(got.Distribution.DistributionConfig)
	_, err := c.cf.UpdateDistribution(c.ctx, &cloudfront.UpdateDistributionInput{Id: &id, IfMatch: got.ETag, DistributionConfig: got.Distribution.DistributionConfig})
	return err
}

func attach(policy string) func(*types.DistributionConfig) {
	return func(d *types.DistributionConfig) { d.ContinuousDeploymentPolicyId = &policy }
}

func (c *client) policyOf(id string) *cloudfront.GetContinuousDeploymentPolicyOutput {
	c.Helper()
	out, err := c.cf.GetContinuousDeploymentPolicy(c.ctx, &cloudfront.GetContinuousDeploymentPolicyInput{Id: &id})
	if err != nil {
		c.Fatal(err)
	}
	return out
}

func TestAReleaseGoesThroughStagingAndOut(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		arn := c.certificate("example.com", "*.example.com")
		primary, etag := c.create(c.config(arn, "www.example.com"))
		staged := c.copy(primary, "next")
		staging, domain := *staged.Distribution.Id, *staged.Distribution.DomainName
		if cfg := staged.Distribution.DistributionConfig; !*cfg.Staging || *cfg.Aliases.Quantity != 0 || *cfg.CallerReference != "next" ||
			aws.ToString(cfg.ViewerCertificate.ACMCertificateArn) != arn || staged.Location == nil || staged.ETag == nil {
			t.Errorf("copied %+v", staged)
		}
		if now := c.get(primary).ETag; *now != etag {
			t.Error("the copy changed the primary")
		}
		made := must(c.cf.CreateContinuousDeploymentPolicy(c.ctx, &cloudfront.CreateContinuousDeploymentPolicyInput{
			ContinuousDeploymentPolicyConfig: policy(domain, false, byWeight(0.15)),
		}))
		id := *made.ContinuousDeploymentPolicy.Id
		if w := made.ContinuousDeploymentPolicy.ContinuousDeploymentPolicyConfig.TrafficConfig.SingleWeightConfig.Weight; *w != 0.15 {
			t.Errorf("0.15 came back as %v", *w)
		}
		for _, side := range []string{primary, staging} {
			c.deployed(side)
		}
		if err := c.edit(primary, attach(id)); err != nil {
			t.Fatal(err)
		}
		if got := c.get(staging).Distribution.DistributionConfig.ContinuousDeploymentPolicyId; aws.ToString(got) != id {
			t.Errorf("staging shows policy %q", aws.ToString(got))
		}
		if err := c.edit(staging, func(d *types.DistributionConfig) {
			d.Comment, d.Origins.Items[0].DomainName = aws.String("next"), aws.String("next.example.net")
		}); err != nil {
			t.Fatal(err)
		}
		for _, side := range []string{primary, staging} {
			c.deployed(side)
		}
		sticky := byWeight(0.1)
		sticky.SingleWeightConfig.SessionStickinessConfig = &types.SessionStickinessConfig{IdleTTL: aws.Int32(300), MaximumTTL: aws.Int32(600)}
		must(c.cf.UpdateContinuousDeploymentPolicy(c.ctx, &cloudfront.UpdateContinuousDeploymentPolicyInput{
			Id: &id, IfMatch: made.ETag, ContinuousDeploymentPolicyConfig: policy(domain, true, sticky),
		}))
		if *c.get(primary).Distribution.Status != "InProgress" {
			t.Error("the primary does not redeploy with its policy")
		}
		c.deployed(primary)
		both := *c.get(primary).ETag + ", " + *c.get(staging).ETag
		done := must(c.cf.UpdateDistributionWithStagingConfig(c.ctx, &cloudfront.UpdateDistributionWithStagingConfigInput{Id: &primary, StagingDistributionId: &staging, IfMatch: &both}))
		cfg := done.Distribution.DistributionConfig
		if *cfg.Comment != "next" || *cfg.Origins.Items[0].DomainName != "next.example.net" || cfg.Aliases.Items[0] != "www.example.com" ||
			*cfg.ContinuousDeploymentPolicyId != id || *cfg.Staging || done.ETag == nil || *done.Distribution.Status != "InProgress" {
			t.Errorf("promoted to %+v", cfg)
		}
		config := must(c.cf.GetContinuousDeploymentPolicyConfig(c.ctx, &cloudfront.GetContinuousDeploymentPolicyConfigInput{Id: &id}))
		if got := config.ContinuousDeploymentPolicyConfig; *got.Enabled || *got.TrafficConfig.SingleWeightConfig.SessionStickinessConfig.MaximumTTL != 600 {
			t.Errorf("the policy is %+v", got)
		}
		c.deployed(primary)

		// And out: detach, delete the policy, disable and delete staging.
		remove := func() error {
			_, err := c.cf.DeleteContinuousDeploymentPolicy(c.ctx, &cloudfront.DeleteContinuousDeploymentPolicyInput{Id: &id, IfMatch: c.policyOf(id).ETag})
			return err
		}
		off := func(d *types.DistributionConfig) { d.Enabled = aws.Bool(false) }
		var inUse *types.ContinuousDeploymentPolicyInUse
		if err := remove(); !errors.As(err, &inUse) {
			t.Errorf("deleting an attached policy: %v", err)
		}
		var used *types.StagingDistributionInUse
		if err := c.edit(staging, off); !errors.As(err, &used) {
			t.Errorf("disabling staging: %v", err)
		}
		for _, step := range []func() error{
			func() error {
				return c.edit(primary, func(d *types.DistributionConfig) { d.ContinuousDeploymentPolicyId = nil })
			},
			func() error {
				if aws.ToString(c.get(primary).Distribution.DistributionConfig.ContinuousDeploymentPolicyId) != id {
					t.Error("leaving the id out detached the policy")
				}
				return c.edit(primary, attach(""))
			},
			remove,
			func() error { return c.edit(staging, off) },
			func() error {
				c.deployed(staging)
				_, err := c.cf.DeleteDistribution(c.ctx, &cloudfront.DeleteDistributionInput{Id: &staging, IfMatch: c.get(staging).ETag})
				return err
			},
		} {
			if err := step(); err != nil {
				t.Fatal(err)
			}
		}
		var gone *types.NoSuchContinuousDeploymentPolicy
		if _, err := c.cf.GetContinuousDeploymentPolicy(c.ctx, &cloudfront.GetContinuousDeploymentPolicyInput{Id: &id}); !errors.As(err, &gone) {
			t.Errorf("after the deletion: %v", err)
		}
	})
}

func TestErrorsOfContinuousDeploymentHaveTheTypesOfTheSDK(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		primary, etag := c.create(c.config(""))
		staged := c.copy(primary, "next")
		staging, domain := *staged.Distribution.Id, *staged.Distribution.DomainName
		again := func(etag *string, ref string) error {
			_, err := c.cf.CopyDistribution(c.ctx, &cloudfront.CopyDistributionInput{PrimaryDistributionId: &primary, IfMatch: etag, Staging: aws.Bool(true), CallerReference: &ref})
			return err
		}
		var exists *types.DistributionAlreadyExists
		if err := again(&etag, "next"); !errors.As(err, &exists) {
			t.Errorf("the same reference: %v", err)
		}
		var stale *types.PreconditionFailed
		if err := again(staged.ETag, "other"); !errors.As(err, &stale) {
			t.Errorf("another's ETag: %v", err)
		}
		var missing *types.InvalidIfMatchVersion
		if err := again(nil, "other"); !errors.As(err, &missing) {
			t.Errorf("no ETag: %v", err)
		}
		create := func(config *types.ContinuousDeploymentPolicyConfig) (*cloudfront.CreateContinuousDeploymentPolicyOutput, error) {
			return c.cf.CreateContinuousDeploymentPolicy(c.ctx, &cloudfront.CreateContinuousDeploymentPolicyInput{ContinuousDeploymentPolicyConfig: config})
		}
		var invalid *types.InvalidArgument
		if _, err := create(policy(domain, true, byWeight(0.16))); !errors.As(err, &invalid) {
			t.Errorf("16 percent: %v", err)
		}
		wrong := policy(domain, true, byWeight(0.1))
		wrong.StagingDistributionDnsNames.Quantity = aws.Int32(2)
		var quantities *types.InconsistentQuantities
		if _, err := create(wrong); !errors.As(err, &quantities) {
			t.Errorf("a wrong quantity: %v", err)
		}
		made := must(create(policy(domain, false, byWeight(0.1))))
		id := *made.ContinuousDeploymentPolicy.Id
		var used *types.StagingDistributionInUse
		if _, err := create(policy(domain, false, byWeight(0.1))); !errors.As(err, &used) {
			t.Errorf("a second policy: %v", err)
		}
		if err := c.edit(primary, attach(id)); err != nil {
			t.Fatal(err)
		}
		var illegal *types.IllegalUpdate
		if err := c.edit(primary, func(d *types.DistributionConfig) { d.PriceClass = types.PriceClassPriceClass100 }); !errors.As(err, &illegal) {
			t.Errorf("a locked field: %v", err)
		}
		other, _ := c.create(c.config(""))
		var inUse *types.ContinuousDeploymentPolicyInUse
		if err := c.edit(other, attach(id)); !errors.As(err, &inUse) {
			t.Errorf("a second primary: %v", err)
		}
		fresh := c.config("")
		fresh.ContinuousDeploymentPolicyId = &id
		_, err := c.cf.CreateDistribution(c.ctx, &cloudfront.CreateDistributionInput{DistributionConfig: fresh})
		if !errors.As(err, &invalid) {
			t.Errorf("attached at creation: %v", err)
		}
		promote := func(id, staging, etags string) error {
			_, err := c.cf.UpdateDistributionWithStagingConfig(c.ctx, &cloudfront.UpdateDistributionWithStagingConfigInput{Id: &id, StagingDistributionId: &staging, IfMatch: &etags})
			return err
		}
		one, two := *c.get(primary).ETag, *c.get(staging).ETag
		if err := promote(primary, staging, one); !errors.As(err, &missing) {
			t.Errorf("one ETag: %v", err)
		}
		if err := promote(primary, staging, two+", "+one); !errors.As(err, &stale) {
			t.Errorf("the ETags the wrong way round: %v", err)
		}
		if err := promote(other, staging, *c.get(other).ETag+", "+two); !errors.As(err, &illegal) {
			t.Errorf("another's staging: %v", err)
		}
		var none *types.NoSuchDistribution
		if err := promote(primary, "ENONE", one+", "+two); !errors.As(err, &none) {
			t.Errorf("no staging: %v", err)
		}
		_, err = c.cf.UpdateContinuousDeploymentPolicy(c.ctx, &cloudfront.UpdateContinuousDeploymentPolicyInput{Id: &id, IfMatch: aws.String("E0"), ContinuousDeploymentPolicyConfig: policy(domain, true, byWeight(0.1))})
		if !errors.As(err, &stale) {
			t.Errorf("a stale policy: %v", err)
		}
	})
}

func TestPoliciesAreListedWithoutAPaginator(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		primary, _ := c.create(c.config(""))
		var want, got []string
		for _, ref := range []string{"a", "b", "c"} {
			made := must(c.cf.CreateContinuousDeploymentPolicy(c.ctx, &cloudfront.CreateContinuousDeploymentPolicyInput{
				ContinuousDeploymentPolicyConfig: policy(*c.copy(primary, ref).Distribution.DomainName, false, byWeight(0.01)),
			}))
			want = append(want, *made.ContinuousDeploymentPolicy.Id)
		}
		for marker := (*string)(nil); ; {
			page := must(c.cf.ListContinuousDeploymentPolicies(c.ctx, &cloudfront.ListContinuousDeploymentPoliciesInput{Marker: marker, MaxItems: aws.Int32(2)})).ContinuousDeploymentPolicyList
			for _, s := range page.Items {
				got = append(got, *s.ContinuousDeploymentPolicy.Id)
			}
			if *page.Quantity != 3 {
				t.Errorf("Quantity %d, want all there are", *page.Quantity)
			}
			if marker = page.NextMarker; marker == nil {
				break
			}
		}
		equal(t, "policies", got, want)
	})
}

// Weights are 32-bit numbers in the SDK, decimals on the wire and percentages for people.
func TestEveryWholePercentArrives(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		primary, _ := c.create(c.config(""))
		domain := *c.copy(primary, "next").Distribution.DomainName
		made := must(c.cf.CreateContinuousDeploymentPolicy(c.ctx, &cloudfront.CreateContinuousDeploymentPolicyInput{ContinuousDeploymentPolicyConfig: policy(domain, false, byWeight(0))}))
		id, etag := made.ContinuousDeploymentPolicy.Id, made.ETag
		for percent := range 16 {
			weight := float32(percent) / 100
			out := must(c.cf.UpdateContinuousDeploymentPolicy(c.ctx, &cloudfront.UpdateContinuousDeploymentPolicyInput{Id: id, IfMatch: etag, ContinuousDeploymentPolicyConfig: policy(domain, false, byWeight(weight))}))
			if got := *out.ContinuousDeploymentPolicy.ContinuousDeploymentPolicyConfig.TrafficConfig.SingleWeightConfig.Weight; got != weight {
				t.Errorf("%d %% came back as %v", percent, got)
			}
			etag = out.ETag
		}
	})
}

func TestACopyRepeatedByKnobIsTheOneThereIs(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		primary, _ := c.create(c.config(""))
		first := c.copy(primary, "next")
		pass(time.Minute)
		if again := c.copy(primary, "next"); *again.Distribution.Id != *first.Distribution.Id || *again.ETag != *first.ETag {
			t.Errorf("the second copy is %s", *again.Distribution.Id)
		}
	}, func(k *knob.Knobs) { k.CopyReplay = true })
}
