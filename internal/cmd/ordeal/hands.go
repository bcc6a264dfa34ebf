//go:build unix

package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cmd/stage"
)

// hands are what strangers do meanwhile, in the console or with a pipeline of their own.
func hands() []affliction {
	move, ramp, release, inside, split := switching("domain_association", ""), ramping(), promoting(), switchingInside(), splitting()
	const theirs = "a stranger's hands, who took it away"
	return []affliction{
		{name: "moved back by hand, " + move.name, scenario: move, strike: moveBack, open: true},
		{name: "the target is disabled by hand, " + move.name, scenario: move, strike: enable(green, false), open: true, outage: theirs},
		{name: "a record is deleted by hand, " + move.name, scenario: move, strike: deleteRecords(siteName), open: true, outage: theirs},
		{name: "the zone is deleted, " + move.name, scenario: move, strike: deleteZone, open: true, outage: theirs},
		{name: "the zone is deleted after the move, " + move.name, scenario: move, strike: deleteZone, when: called("UpdateDomainAssociation"), open: true, outage: theirs},
		{name: "the zone is deleted before the apply, " + move.name, scenario: move, strike: deleteZone, early: true, open: true, outage: theirs},
		{name: "another workspace has the same alias, " + move.name, scenario: move, strike: anotherWorkspace, open: true},
		{name: "re-weighted by hand, " + ramp.name, scenario: ramp, strike: weigh, when: called("ChangeResourceRecordSets"), open: true},
		{name: "records deleted by hand, " + ramp.name, scenario: ramp, strike: deleteRecords(rampName), open: true, outage: theirs},
		{name: "the zone is deleted, " + ramp.name, scenario: ramp, strike: deleteZone, when: called("ChangeResourceRecordSets"), open: true, outage: theirs},
		{name: "the zone is deleted before the apply, " + ramp.name, scenario: ramp, strike: deleteZone, early: true, open: true, outage: theirs},
		{name: "another workspace has the same records, " + ramp.name, scenario: ramp, strike: anotherWorkspace, open: true},
		{name: "switched back by hand, " + inside.name, scenario: inside, strike: switchOriginBack, when: called("UpdateDistribution"), open: true},
		{name: "re-weighted by hand, " + split.name, scenario: split, strike: weighByHand, when: called("PutKey"), open: true},
		{name: "policy disabled by hand, " + release.name, scenario: release, strike: policy(func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.Enabled = aws.Bool(false) }), when: canary, open: true},
		{name: "policy disabled and enabled again between two looks, " + release.name, scenario: release, strike: blink, when: canary, open: true},
		{name: "policy deleted by hand, " + release.name, scenario: release, strike: deletePolicy, open: true},
		{name: "policy attached to another primary by hand, " + release.name, scenario: release, strike: elsewhere, open: true},
		{name: "promoted by hand, " + release.name, scenario: release, strike: promote, when: canary, open: true},
		{name: "staging changed in mid-canary, " + release.name, scenario: release, strike: editStaging, when: canary, open: true},
		{name: "another workspace has the same pair, " + pairing().name, scenario: pairing(), strike: anotherWorkspace, open: true},
	}
}

// insist does what somebody does who tries again: until it works, for four seconds.
func insist(ctx context.Context, do func() error) error {
	var err error
	for range 20 {
		if err = do(); err == nil {
			return nil
		}
		if err := clk.Sleep(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
	// That AWS refuses what a stranger does is none of the provider's faults.
	return nil
}

func moveBack(ctx context.Context, w *world) error {
	return insist(ctx, func() error {
		_, err := w.CloudFront.AssociateAlias(ctx, &cloudfront.AssociateAliasInput{Alias: aws.String(siteName), TargetDistributionId: aws.String(w.blue.ID)})
		return err
	})
}

func green(w *world) string { return w.green.ID }

// edit changes the configuration of a distribution.
func (w *world) editDistribution(ctx context.Context, id string, change func(*cftypes.DistributionConfig)) error {
	got, err := w.CloudFront.GetDistributionConfig(ctx, &cloudfront.GetDistributionConfigInput{Id: aws.String(id)})
	if err != nil {
		return err
	}
	change(got.DistributionConfig)
	_, err = w.CloudFront.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: aws.String(id), IfMatch: got.ETag, DistributionConfig: got.DistributionConfig})
	return err
}

func enable(which func(*world) string, enabled bool) strike {
	return func(ctx context.Context, w *world) error {
		return insist(ctx, func() error {
			return w.editDistribution(ctx, which(w), func(c *cftypes.DistributionConfig) { c.Enabled = aws.Bool(enabled) })
		})
	}
}

// change changes the records of a name: each as turn says.
func (w *world) change(ctx context.Context, name string, turn func(*r53types.ResourceRecordSet) *r53types.Change) error {
	got, err := w.Route53.ListResourceRecordSets(ctx, &route53.ListResourceRecordSetsInput{HostedZoneId: aws.String(w.zone), StartRecordName: aws.String(name)})
	if err != nil {
		return err
	}
	var batch []r53types.Change
	for _, set := range got.ResourceRecordSets {
		if strings.TrimSuffix(aws.ToString(set.Name), ".") != name {
			continue
		}
		if c := turn(&set); c != nil {
			batch = append(batch, *c)
		}
	}
	if batch == nil {
		return nil
	}
	_, err = w.Route53.ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{HostedZoneId: aws.String(w.zone), ChangeBatch: &r53types.ChangeBatch{Changes: batch}})
	return err
}

func deleteRecords(name string) strike {
	return func(ctx context.Context, w *world) error {
		return insist(ctx, func() error {
			return w.change(ctx, name, func(set *r53types.ResourceRecordSet) *r53types.Change {
				return &r53types.Change{Action: r53types.ChangeActionDelete, ResourceRecordSet: set}
			})
		})
	}
}

// deleteZone empties the zone and deletes it, however often somebody writes in between.
func deleteZone(ctx context.Context, w *world) error {
	return insist(ctx, func() error {
		got, err := w.Route53.ListResourceRecordSets(ctx, &route53.ListResourceRecordSetsInput{HostedZoneId: aws.String(w.zone)})
		if err != nil {
			return err
		}
		var batch []r53types.Change
		for _, set := range got.ResourceRecordSets {
			if strings.TrimSuffix(aws.ToString(set.Name), ".") != zoneName { // what the apex has is the zone's own
				batch = append(batch, r53types.Change{Action: r53types.ChangeActionDelete, ResourceRecordSet: &set})
			}
		}
		if batch != nil {
			if _, err := w.Route53.ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{HostedZoneId: aws.String(w.zone), ChangeBatch: &r53types.ChangeBatch{Changes: batch}}); err != nil {
				return err
			}
		}
		_, err = w.Route53.DeleteHostedZone(ctx, &route53.DeleteHostedZoneInput{Id: aws.String(w.zone)})
		return err
	})
}

// weigh gives every side of the ramp the same.
func weigh(ctx context.Context, w *world) error {
	return insist(ctx, func() error {
		return w.change(ctx, rampName, func(set *r53types.ResourceRecordSet) *r53types.Change {
			if set.Weight == nil {
				return nil
			}
			set.Weight = aws.Int64(50)
			return &r53types.Change{Action: r53types.ChangeActionUpsert, ResourceRecordSet: set}
		})
	})
}

// policyID is the one policy there is; "" if there is none.
func (w *world) policyID(ctx context.Context) (string, error) {
	list, err := w.CloudFront.ListContinuousDeploymentPolicies(ctx, &cloudfront.ListContinuousDeploymentPoliciesInput{})
	if err != nil || len(list.ContinuousDeploymentPolicyList.Items) == 0 {
		return "", err
	}
	return aws.ToString(list.ContinuousDeploymentPolicyList.Items[0].ContinuousDeploymentPolicy.Id), nil
}

// policy changes the policy.
func policy(change func(*cftypes.ContinuousDeploymentPolicyConfig)) strike {
	return func(ctx context.Context, w *world) error {
		return insist(ctx, func() error {
			id, err := w.policyID(ctx)
			if err != nil || id == "" {
				return err
			}
			got, err := w.CloudFront.GetContinuousDeploymentPolicy(ctx, &cloudfront.GetContinuousDeploymentPolicyInput{Id: aws.String(id)})
			if err != nil {
				return err
			}
			config := got.ContinuousDeploymentPolicy.ContinuousDeploymentPolicyConfig
			change(config)
			_, err = w.CloudFront.UpdateContinuousDeploymentPolicy(ctx, &cloudfront.UpdateContinuousDeploymentPolicyInput{Id: aws.String(id), IfMatch: got.ETag, ContinuousDeploymentPolicyConfig: config})
			return err
		})
	}
}

func blink(ctx context.Context, w *world) error {
	return errors.Join(
		policy(func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.Enabled = aws.Bool(false) })(ctx, w),
		policy(func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.Enabled = aws.Bool(true) })(ctx, w),
	)
}

// deletePolicy detaches, disables and deletes it.
func deletePolicy(ctx context.Context, w *world) error {
	id, err := w.policyID(ctx)
	if err != nil || id == "" {
		return err
	}
	return errors.Join(
		policy(func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.Enabled = aws.Bool(false) })(ctx, w),
		insist(ctx, func() error {
			return w.editDistribution(ctx, w.blue.ID, func(c *cftypes.DistributionConfig) { c.ContinuousDeploymentPolicyId = aws.String("") })
		}),
		insist(ctx, func() error {
			got, err := w.CloudFront.GetContinuousDeploymentPolicy(ctx, &cloudfront.GetContinuousDeploymentPolicyInput{Id: aws.String(id)})
			if err != nil {
				return err
			}
			_, err = w.CloudFront.DeleteContinuousDeploymentPolicy(ctx, &cloudfront.DeleteContinuousDeploymentPolicyInput{Id: aws.String(id), IfMatch: got.ETag})
			return err
		}),
	)
}

// elsewhere takes the policy off blue and gives it to green.
func elsewhere(ctx context.Context, w *world) error {
	id, err := w.policyID(ctx)
	if err != nil || id == "" {
		return err
	}
	return errors.Join(
		insist(ctx, func() error {
			return w.editDistribution(ctx, w.blue.ID, func(c *cftypes.DistributionConfig) { c.ContinuousDeploymentPolicyId = aws.String("") })
		}),
		insist(ctx, func() error {
			return w.editDistribution(ctx, w.green.ID, func(c *cftypes.DistributionConfig) { c.ContinuousDeploymentPolicyId = aws.String(id) })
		}),
	)
}

// stagingID is the one staging distribution there is; "" if there is none.
func (w *world) stagingID(ctx context.Context) (string, error) {
	list, err := w.CloudFront.ListDistributions(ctx, &cloudfront.ListDistributionsInput{})
	if err != nil {
		return "", err
	}
	for _, d := range list.DistributionList.Items {
		if aws.ToBool(d.Staging) {
			return aws.ToString(d.Id), nil
		}
	}
	return "", nil
}

func promote(ctx context.Context, w *world) error {
	return insist(ctx, func() error {
		id, err := w.stagingID(ctx)
		if err != nil || id == "" {
			return err
		}
		primary, err := w.CloudFront.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: aws.String(w.blue.ID)})
		if err != nil {
			return err
		}
		staging, err := w.CloudFront.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: aws.String(id)})
		if err != nil {
			return err
		}
		_, err = w.CloudFront.UpdateDistributionWithStagingConfig(ctx, &cloudfront.UpdateDistributionWithStagingConfigInput{
			Id: aws.String(w.blue.ID), StagingDistributionId: aws.String(id), IfMatch: aws.String(aws.ToString(primary.ETag) + ", " + aws.ToString(staging.ETag)),
		})
		return err
	})
}

func editStaging(ctx context.Context, w *world) error {
	return insist(ctx, func() error {
		id, err := w.stagingID(ctx)
		if err != nil || id == "" {
			return err
		}
		return w.editDistribution(ctx, id, func(c *cftypes.DistributionConfig) { c.Origins.Items[0].OriginPath = aws.String("/somebody-elses") })
	})
}

func loseState(_ context.Context, w *world) error {
	return errors.Join(os.Remove(w.statefile()), os.RemoveAll(filepath.Join(w.cli.Dir, "terraform.tfstate.backup")))
}

// anotherWorkspace applies the configuration of before, from a folder of its own and
// without a state, at the same time.
func anotherWorkspace(ctx context.Context, w *world) error {
	dir := filepath.Join(w.cli.Dir, "another")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(w.header()+w.config(w, w.targets[0])), 0o600); err != nil {
		return err
	}
	cli := *w.cli
	cli.Dir = dir
	_, err := cli.Run(context.WithoutCancel(ctx), "apply", "-input=false", "-auto-approve", "-json")
	if f := (*stage.Failure)(nil); errors.As(err, &f) {
		return nil // theirs may fail: they fight
	}
	return err
}
