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

func TestUpdateDomainAssociationMovesANameInOneTransaction(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		arn := c.certificate("example.com", "*.example.com")
		blue, blueTag := c.create(c.config(arn, "example.com", "www.example.com"))
		green, greenTag := c.create(c.config(arn))
		c.deployed(blue)
		c.deployed(green)
		since := now()
		_, err := c.move("www.example.com", green, blueTag)
		if _, ok := errors.AsType[*types.PreconditionFailed](err); !ok { // it is the target's ETag that counts
			t.Errorf("with the source's ETag: %v", err)
		}
		out := must(c.move("www.example.com", green, greenTag))
		if *out.Domain != "www.example.com" || *out.ResourceId != green || *out.ETag != *c.get(green).ETag || *out.ETag == greenTag {
			t.Errorf("answered %+v", out)
		}
		if *c.get(blue).ETag == blueTag {
			t.Error("the source's ETag stayed")
		}
		equal(t, "source", c.get(blue).Distribution.DistributionConfig.Aliases.Items, []string{"example.com"})
		equal(t, "target", c.get(green).Distribution.DistributionConfig.Aliases.Items, []string{"www.example.com"})
		for _, id := range []string{blue, green} {
			if got := *c.get(id).Distribution.Status; got != "InProgress" {
				t.Errorf("%s is %s", id, got)
			}
		}
		c.deployed(blue)
		c.deployed(green)
		must(c.move("example.com", green, *c.get(green).ETag)) // the apex moves too
		pass(time.Minute)
		if v := c.sim.Audit(since, "www.example.com", "example.com"); len(v) != 0 {
			t.Errorf("viewers were let down: %+v", v)
		}
	})
}

func TestAMoveOntoAnUndeployedTargetIsFoundByTheAudit(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		arn := c.certificate("www.example.com")
		blue, _ := c.create(c.config(arn, "www.example.com"))
		c.deployed(blue)
		since := now()
		green, tag := c.create(c.config(arn))
		must(c.move("www.example.com", green, tag))
		pass(time.Minute)
		if len(c.sim.Audit(since, "www.example.com")) == 0 {
			t.Error("nobody noticed")
		}
	})
}

func TestMovesThatAreRefused(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		arn := c.certificate("example.com", "*.example.com")
		c.create(c.config(arn, "www.example.com"))
		green, tag := c.create(c.config(arn))
		bare, bareTag := c.create(c.config(""))
		_, err := c.move("www.example.com", "E00000000000", tag)
		c.want(err, "EntityNotFound")
		_, err = c.move("nobody.example.com", green, tag)
		c.want(err, "EntityNotFound")
		_, err = c.move("www.example.com", bare, bareTag)
		c.want(err, "InvalidArgument")
		_, err = c.cf.UpdateDomainAssociation(c.ctx, &cloudfront.UpdateDomainAssociationInput{
			Domain:         aws.String("www.example.com"),
			TargetResource: &types.DistributionResourceId{DistributionId: &green},
		})
		c.want(err, "InvalidIfMatchVersion")
		_, err = c.move("www.example.com", green, tag)
		c.want(err, "IllegalUpdate")
	}, func(k *knob.Knobs) { k.SourceMustBeDisabled = true })
}

func TestAssociateAliasNeedsNoPrecondition(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		arn := c.certificate("*.example.com")
		blue, _ := c.create(c.config(arn, "*.example.com"))
		green, _ := c.create(c.config(arn))
		must(c.cf.AssociateAlias(c.ctx, &cloudfront.AssociateAliasInput{TargetDistributionId: &green, Alias: aws.String("*.example.com")}))
		equal(t, "source", c.get(blue).Distribution.DistributionConfig.Aliases.Items, nil)
		equal(t, "target", c.get(green).Distribution.DistributionConfig.Aliases.Items, []string{"*.example.com"})
		_, err := c.cf.AssociateAlias(c.ctx, &cloudfront.AssociateAliasInput{TargetDistributionId: aws.String("E0"), Alias: aws.String("*.example.com")})
		c.want(err, "NoSuchDistribution")
	})
}

func TestConflictsFindTheOwnerAndTheOverlap(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		arn := c.certificate("example.com", "*.example.com")
		blue, _ := c.create(c.config(arn, "a.example.com", "b.example.com"))
		wild, _ := c.create(c.config(arn, "*.example.com"))
		bare, _ := c.create(c.config(""))
		mask := func(id string) string { return "*******" + id[7:] }

		list := must(c.cf.ListConflictingAliases(c.ctx, &cloudfront.ListConflictingAliasesInput{DistributionId: &blue, Alias: aws.String("a.example.com")}))
		var aliases, owners []string
		for _, x := range list.ConflictingAliasesList.Items {
			aliases, owners = append(aliases, *x.Alias), append(owners, *x.DistributionId)
		}
		equal(t, "aliases", aliases, []string{"*.example.com", "a.example.com"})
		equal(t, "owners", owners, []string{mask(wild), mask(blue)})

		pages := cloudfront.NewListDomainConflictsPaginator(c.cf, &cloudfront.ListDomainConflictsInput{
			Domain: aws.String("*.example.com"), MaxItems: aws.Int32(2),
			DomainControlValidationResource: &types.DistributionResourceId{DistributionId: &blue},
		})
		aliases = nil
		for pages.HasMorePages() {
			for _, x := range must(pages.NextPage(c.ctx)).DomainConflicts {
				aliases = append(aliases, *x.Domain)
				if x.ResourceType != types.DistributionResourceTypeDistribution || *x.AccountId != "******789012" {
					t.Errorf("%+v", x)
				}
			}
		}
		equal(t, "conflicts", aliases, []string{"*.example.com", "a.example.com", "b.example.com"})

		_, err := c.cf.ListDomainConflicts(c.ctx, &cloudfront.ListDomainConflictsInput{
			Domain:                          aws.String("a.example.com"),
			DomainControlValidationResource: &types.DistributionResourceId{DistributionId: &bare},
		})
		c.want(err, "InvalidArgument")
	})
}
