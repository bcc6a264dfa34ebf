package conformance

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
)

func TestADistributionLivesFromCreationToDeletion(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		arn := c.certificate("example.com", "*.example.com")
		out := must(c.cf.CreateDistributionWithTags(c.ctx, &cloudfront.CreateDistributionWithTagsInput{DistributionConfigWithTags: &types.DistributionConfigWithTags{
			DistributionConfig: c.config(arn, "www.example.com"),
			Tags:               &types.Tags{Items: []types.Tag{{Key: aws.String("side"), Value: aws.String("blue")}}},
		}}))
		d := out.Distribution
		if out.ETag == nil || out.Location == nil || *d.Status != "InProgress" || len(*d.Id) < 13 {
			t.Errorf("created %+v", out)
		}
		tags := must(c.cf.ListTagsForResource(c.ctx, &cloudfront.ListTagsForResourceInput{Resource: d.ARN}))
		if len(tags.Tags.Items) != 1 || *tags.Tags.Items[0].Value != "blue" {
			t.Errorf("tags %+v", tags.Tags)
		}
		c.deployed(*d.Id)
		read := must(c.cf.GetDistributionConfig(c.ctx, &cloudfront.GetDistributionConfigInput{Id: d.Id}))
		read.DistributionConfig.Enabled = aws.Bool(false)
		updated := must(c.cf.UpdateDistribution(c.ctx, &cloudfront.UpdateDistributionInput{Id: d.Id, IfMatch: read.ETag, DistributionConfig: read.DistributionConfig}))
		if *updated.ETag == *read.ETag || *updated.Distribution.Status != "InProgress" {
			t.Errorf("updated: ETag %s, status %s", *updated.ETag, *updated.Distribution.Status)
		}
		_, err := c.cf.DeleteDistribution(c.ctx, &cloudfront.DeleteDistributionInput{Id: d.Id, IfMatch: updated.ETag})
		c.want(err, "DistributionNotDisabled")
		c.deployed(*d.Id)
		must(c.cf.DeleteDistribution(c.ctx, &cloudfront.DeleteDistributionInput{Id: d.Id, IfMatch: updated.ETag}))
		_, err = c.cf.GetDistribution(c.ctx, &cloudfront.GetDistributionInput{Id: d.Id})
		if _, ok := errors.AsType[*types.NoSuchDistribution](err); !ok {
			t.Errorf("after the deletion: %v", err)
		}
	})
}

// What hashicorp/aws dereferences without looking, and what AWS derives.
func TestASmallConfigurationComesBackComplete(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		arn := c.certificate("example.com")
		id, _ := c.create(c.config(arn))
		got := c.get(id).Distribution.DistributionConfig
		b := got.DefaultCacheBehavior
		for name, there := range map[string]bool{
			"Aliases": got.Aliases != nil, "OriginGroups": got.OriginGroups != nil && got.OriginGroups.Quantity != nil,
			"CacheBehaviors": got.CacheBehaviors != nil, "CustomErrorResponses": got.CustomErrorResponses != nil,
			"AllowedMethods": b.AllowedMethods != nil && b.AllowedMethods.CachedMethods != nil,
			"TrustedSigners": b.TrustedSigners != nil, "TrustedKeyGroups": b.TrustedKeyGroups != nil,
			"FunctionAssociations": b.FunctionAssociations != nil, "LambdaFunctionAssociations": b.LambdaFunctionAssociations != nil,
			"WebACLId": got.WebACLId != nil, "Restrictions": got.Restrictions != nil && got.Restrictions.GeoRestriction != nil,
			"Logging": got.Logging != nil, "Staging": got.Staging != nil, "CustomHeaders": got.Origins.Items[0].CustomHeaders != nil,
			"OriginSslProtocols": got.Origins.Items[0].CustomOriginConfig.OriginSslProtocols != nil,
			"HttpVersion":        got.HttpVersion == types.HttpVersionHttp2, "PriceClass": got.PriceClass == types.PriceClassPriceClassAll,
		} {
			if !there {
				t.Errorf("%s is missing", name)
			}
		}
		// CloudFront deprecates two members and goes on sending them; older clients read nothing else.
		deprecated := func(v *types.ViewerCertificate) (types.CertificateSource, string) {
			return v.CertificateSource, aws.ToString(v.Certificate) //nolint:staticcheck // SA1019: that they are still sent is what is tested
		}
		if v := got.ViewerCertificate; aws.ToString(v.ACMCertificateArn) != arn || v.MinimumProtocolVersion == "" || *v.CloudFrontDefaultCertificate {
			t.Errorf("ViewerCertificate %+v", v)
		}
		if source, certificate := deprecated(got.ViewerCertificate); source != types.CertificateSourceAcm || certificate != arn {
			t.Errorf("the deprecated members say %q %q", source, certificate)
		}
		id, _ = c.create(c.config(""))
		v := c.get(id).Distribution.DistributionConfig.ViewerCertificate
		if source, _ := deprecated(v); !*v.CloudFrontDefaultCertificate || source != types.CertificateSourceCloudfront || v.ACMCertificateArn != nil {
			t.Errorf("default ViewerCertificate %+v", v)
		}
	})
}

func TestErrorsHaveTheTypesOfTheSDK(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		arn := c.certificate("example.com", "*.example.com")
		id, etag := c.create(c.config(arn, "www.example.com"))
		update := func(etag *string, change func(*types.DistributionConfig)) error {
			cfg := c.get(id).Distribution.DistributionConfig
			change(cfg)
			_, err := c.cf.UpdateDistribution(c.ctx, &cloudfront.UpdateDistributionInput{Id: &id, IfMatch: etag, DistributionConfig: cfg})
			return err
		}
		same := func(*types.DistributionConfig) {}
		var taken *types.CNAMEAlreadyExists
		if _, err := c.cf.CreateDistribution(c.ctx, &cloudfront.CreateDistributionInput{DistributionConfig: c.config(arn, "www.example.com")}); !errors.As(err, &taken) {
			t.Errorf("a second owner: %v", err)
		}
		var missing *types.InvalidIfMatchVersion
		if err := update(nil, same); !errors.As(err, &missing) {
			t.Errorf("without If-Match: %v", err)
		}
		if err := update(&etag, same); err != nil {
			t.Error(err)
		}
		var stale *types.PreconditionFailed
		if err := update(&etag, same); !errors.As(err, &stale) {
			t.Errorf("with a used ETag: %v", err)
		}
		now := c.get(id).ETag
		var cert *types.InvalidViewerCertificate
		if err := update(now, func(d *types.DistributionConfig) {
			d.Aliases = &types.Aliases{Quantity: aws.Int32(1), Items: []string{"www.example.org"}}
		}); !errors.As(err, &cert) {
			t.Errorf("a name outside of the certificate: %v", err)
		}
		var quantities *types.InconsistentQuantities
		if err := update(now, func(d *types.DistributionConfig) { d.Aliases.Quantity = aws.Int32(2) }); !errors.As(err, &quantities) {
			t.Errorf("a wrong quantity: %v", err)
		}
		c.want(update(now, func(d *types.DistributionConfig) { d.PriceClass = "PriceClass_Free" }), "MalformedXML")
		c.want(update(now, func(d *types.DistributionConfig) { d.ContinuousDeploymentPolicyId = aws.String("none") }), "NoSuchContinuousDeploymentPolicy")
		if *c.get(id).ETag != *now {
			t.Error("a refused update changed the ETag")
		}
	})
}

func TestListsGoPageByPage(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		var want, got []string
		for range 7 {
			id, _ := c.create(c.config(""))
			want = append(want, id)
		}
		pages := cloudfront.NewListDistributionsPaginator(c.cf, &cloudfront.ListDistributionsInput{MaxItems: aws.Int32(3)})
		for n := 0; pages.HasMorePages(); n++ {
			page := must(pages.NextPage(c.ctx))
			for _, s := range page.DistributionList.Items {
				got = append(got, *s.Id)
				if s.ETag == nil {
					t.Error("a summary without ETag")
				}
			}
			if n > 2 {
				t.Fatal("it never ends")
			}
		}
		equal(t, "distributions", got, want)
	})
}

func TestInvalidationsCompleteAndAreRepeatedByReference(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		id, _ := c.create(c.config(""))
		create := func(ref string, paths ...string) (*cloudfront.CreateInvalidationOutput, error) {
			return c.cf.CreateInvalidation(c.ctx, &cloudfront.CreateInvalidationInput{DistributionId: &id, InvalidationBatch: &types.InvalidationBatch{
				CallerReference: &ref, Paths: &types.Paths{Quantity: aws.Int32(int32(len(paths))), Items: paths},
			}})
		}
		first := must(create("1", "/*"))
		if *first.Invalidation.Status != "InProgress" || first.Location == nil {
			t.Errorf("created %+v", first.Invalidation)
		}
		if again := must(create("1", "/*")); *again.Invalidation.Id != *first.Invalidation.Id {
			t.Error("the same reference made another invalidation")
		}
		_, err := create("1", "/a")
		c.want(err, "InvalidationBatchAlreadyExists")
		_, err = create("2", "no-slash")
		c.want(err, "InvalidArgument")
		if n := *c.get(id).Distribution.InProgressInvalidationBatches; n != 1 {
			t.Errorf("%d in progress", n)
		}
		in := &cloudfront.GetInvalidationInput{DistributionId: &id, Id: first.Invalidation.Id}
		if err := cloudfront.NewInvalidationCompletedWaiter(c.cf).Wait(c.ctx, in, 10*time.Minute); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			must(create(fmt.Sprint("more", i), "/a"))
		}
		pages, n := cloudfront.NewListInvalidationsPaginator(c.cf, &cloudfront.ListInvalidationsInput{DistributionId: &id, MaxItems: aws.Int32(3)}), 0
		for pages.HasMorePages() {
			n += len(must(pages.NextPage(c.ctx)).InvalidationList.Items)
		}
		if n != 4 {
			t.Errorf("%d invalidations listed, want 4", n)
		}
	})
}

func TestThrottlingIsWhatTheSDKRetries(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		c.create(c.config(""))
		_, err := c.cf.CreateDistribution(c.ctx, &cloudfront.CreateDistributionInput{DistributionConfig: c.config("")})
		c.want(err, "Throttling")
	}, func(k *knob.Knobs) { k.DistributionWrites = 1 })
}

func TestWhatIsNotServedFailsLoudly(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		_, err := c.cf.ListVpcOrigins(c.ctx, &cloudfront.ListVpcOriginsInput{})
		if err == nil {
			t.Error("ListVpcOrigins was served")
		}
		_, err = c.cf.ListVpcOrigins(c.ctx, &cloudfront.ListVpcOriginsInput{})
		if err == nil {
			t.Error("ListVpcOrigins was served")
		}
	})
}

func TestManagedPoliciesAndAccessControlsAreThere(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		list := must(c.cf.ListCachePolicies(c.ctx, &cloudfront.ListCachePoliciesInput{Type: types.CachePolicyTypeManaged}))
		if len(list.CachePolicyList.Items) < 3 {
			t.Errorf("%d cache policies", len(list.CachePolicyList.Items))
		}
		p := must(c.cf.GetCachePolicy(c.ctx, &cloudfront.GetCachePolicyInput{Id: aws.String("658327ea-f89d-4fab-a63d-7e88639e58f6")}))
		if cfg := p.CachePolicy.CachePolicyConfig; *cfg.Name != "Managed-CachingOptimized" || *cfg.DefaultTTL != 86400 || p.ETag == nil {
			t.Errorf("CachingOptimized is %+v", cfg)
		}
		must(c.cf.GetOriginRequestPolicy(c.ctx, &cloudfront.GetOriginRequestPolicyInput{Id: aws.String("216adef6-5c7f-47e4-b989-5492eafa07d3")}))
		must(c.cf.GetResponseHeadersPolicy(c.ctx, &cloudfront.GetResponseHeadersPolicyInput{Id: aws.String("67f7725c-6f97-4210-82d7-5512b31e9d03")}))
		_, err := c.cf.GetCachePolicy(c.ctx, &cloudfront.GetCachePolicyInput{Id: aws.String("none")})
		c.want(err, "NoSuchCachePolicy")

		config := &types.OriginAccessControlConfig{Name: aws.String("n"), SigningProtocol: "sigv4", SigningBehavior: "always", OriginAccessControlOriginType: "s3"}
		oac := must(c.cf.CreateOriginAccessControl(c.ctx, &cloudfront.CreateOriginAccessControlInput{OriginAccessControlConfig: config}))
		_, err = c.cf.CreateOriginAccessControl(c.ctx, &cloudfront.CreateOriginAccessControlInput{OriginAccessControlConfig: config})
		c.want(err, "OriginAccessControlAlreadyExists")
		cfg := c.config("")
		cfg.Origins.Items[0] = types.Origin{
			Id: aws.String("o"), DomainName: aws.String("b.s3.eu-west-1.amazonaws.com"),
			S3OriginConfig: &types.S3OriginConfig{OriginAccessIdentity: aws.String("")}, OriginAccessControlId: oac.OriginAccessControl.Id,
		}
		c.create(cfg)
		_, err = c.cf.DeleteOriginAccessControl(c.ctx, &cloudfront.DeleteOriginAccessControlInput{Id: oac.OriginAccessControl.Id, IfMatch: oac.ETag})
		c.want(err, "OriginAccessControlInUse")
	})
}
