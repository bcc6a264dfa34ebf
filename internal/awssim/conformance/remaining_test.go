package conformance

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
)

func TestAccessControlsAndPoliciesAreReadInPartAndInLists(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		config := &types.OriginAccessControlConfig{Name: aws.String("n"), SigningProtocol: "sigv4", SigningBehavior: "always", OriginAccessControlOriginType: "s3"}
		made := must(c.cf.CreateOriginAccessControl(c.ctx, &cloudfront.CreateOriginAccessControlInput{OriginAccessControlConfig: config}))
		id := made.OriginAccessControl.Id
		config.SigningBehavior = "never"
		must(c.cf.UpdateOriginAccessControl(c.ctx, &cloudfront.UpdateOriginAccessControlInput{Id: id, IfMatch: made.ETag, OriginAccessControlConfig: config}))
		got := must(c.cf.GetOriginAccessControl(c.ctx, &cloudfront.GetOriginAccessControlInput{Id: id}))
		if part := must(c.cf.GetOriginAccessControlConfig(c.ctx, &cloudfront.GetOriginAccessControlConfigInput{Id: id})); part.OriginAccessControlConfig.SigningBehavior != "never" || *part.ETag != *got.ETag {
			t.Errorf("the access control is %+v, ETags %s and %s", part.OriginAccessControlConfig, *part.ETag, *got.ETag)
		}
		if list := must(c.cf.ListOriginAccessControls(c.ctx, &cloudfront.ListOriginAccessControlsInput{})).OriginAccessControlList; len(list.Items) != 1 || *list.Items[0].Id != *id {
			t.Errorf("the list is %+v", list)
		}
		_, err := c.cf.DeleteOriginAccessControl(c.ctx, &cloudfront.DeleteOriginAccessControlInput{Id: id, IfMatch: made.ETag})
		c.want(err, "PreconditionFailed")
		must(c.cf.DeleteOriginAccessControl(c.ctx, &cloudfront.DeleteOriginAccessControlInput{Id: id, IfMatch: got.ETag}))

		cache := must(c.cf.CreateCachePolicy(c.ctx, &cloudfront.CreateCachePolicyInput{CachePolicyConfig: cachePolicy("p", "X")}))
		request := must(c.cf.CreateOriginRequestPolicy(c.ctx, &cloudfront.CreateOriginRequestPolicyInput{OriginRequestPolicyConfig: requestPolicy("p", "X")}))
		headers := &types.ResponseHeadersPolicyConfig{Name: aws.String("p"), RemoveHeadersConfig: &types.ResponseHeadersPolicyRemoveHeadersConfig{
			Quantity: aws.Int32(1), Items: []types.ResponseHeadersPolicyRemoveHeader{{Header: aws.String("Server")}},
		}}
		response := must(c.cf.CreateResponseHeadersPolicy(c.ctx, &cloudfront.CreateResponseHeadersPolicyInput{ResponseHeadersPolicyConfig: headers}))
		headers.Comment = aws.String("changed")
		response2 := must(c.cf.UpdateResponseHeadersPolicy(c.ctx, &cloudfront.UpdateResponseHeadersPolicyInput{Id: response.ResponseHeadersPolicy.Id, IfMatch: response.ETag, ResponseHeadersPolicyConfig: headers}))
		a := must(c.cf.GetCachePolicyConfig(c.ctx, &cloudfront.GetCachePolicyConfigInput{Id: cache.CachePolicy.Id}))
		b := must(c.cf.GetOriginRequestPolicyConfig(c.ctx, &cloudfront.GetOriginRequestPolicyConfigInput{Id: request.OriginRequestPolicy.Id}))
		d := must(c.cf.GetResponseHeadersPolicyConfig(c.ctx, &cloudfront.GetResponseHeadersPolicyConfigInput{Id: response.ResponseHeadersPolicy.Id}))
		if *a.CachePolicyConfig.Name != "p" || *b.OriginRequestPolicyConfig.Name != "p" || *d.ResponseHeadersPolicyConfig.Comment != "changed" {
			t.Errorf("the configurations are %+v, %+v and %+v", a.CachePolicyConfig, b.OriginRequestPolicyConfig, d.ResponseHeadersPolicyConfig)
		}
		requests := must(c.cf.ListOriginRequestPolicies(c.ctx, &cloudfront.ListOriginRequestPoliciesInput{})).OriginRequestPolicyList
		responses := must(c.cf.ListResponseHeadersPolicies(c.ctx, &cloudfront.ListResponseHeadersPoliciesInput{})).ResponseHeadersPolicyList
		if len(requests.Items) < 8 || len(responses.Items) < 6 {
			t.Errorf("%d origin request and %d response headers policies", len(requests.Items), len(responses.Items))
		}
		must(c.cf.DeleteOriginRequestPolicy(c.ctx, &cloudfront.DeleteOriginRequestPolicyInput{Id: request.OriginRequestPolicy.Id, IfMatch: request.ETag}))
		must(c.cf.DeleteResponseHeadersPolicy(c.ctx, &cloudfront.DeleteResponseHeadersPolicyInput{Id: response.ResponseHeadersPolicy.Id, IfMatch: response2.ETag}))
	})
}

func TestTagsAreAddedAndTakenAway(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		id, _ := c.create(c.config(""))
		arn := c.get(id).Distribution.ARN
		tag := func(k, v string) *types.Tags { return &types.Tags{Items: []types.Tag{{Key: &k, Value: &v}}} }
		must(c.cf.TagResource(c.ctx, &cloudfront.TagResourceInput{Resource: arn, Tags: tag("a", "1")}))
		must(c.cf.TagResource(c.ctx, &cloudfront.TagResourceInput{Resource: arn, Tags: tag("b", "2")}))
		must(c.cf.UntagResource(c.ctx, &cloudfront.UntagResourceInput{Resource: arn, TagKeys: &types.TagKeys{Items: []string{"a"}}}))
		if tags := must(c.cf.ListTagsForResource(c.ctx, &cloudfront.ListTagsForResourceInput{Resource: arn})).Tags.Items; len(tags) != 1 || *tags[0].Key != "b" {
			t.Errorf("the distribution's tags are %+v", tags)
		}
		must(c.cf.CreateMonitoringSubscription(c.ctx, &cloudfront.CreateMonitoringSubscriptionInput{DistributionId: &id, MonitoringSubscription: &types.MonitoringSubscription{
			RealtimeMetricsSubscriptionConfig: &types.RealtimeMetricsSubscriptionConfig{RealtimeMetricsSubscriptionStatus: "Disabled"},
		}}))
		if got := must(c.cf.GetMonitoringSubscription(c.ctx, &cloudfront.GetMonitoringSubscriptionInput{DistributionId: &id})); got.MonitoringSubscription.RealtimeMetricsSubscriptionConfig.RealtimeMetricsSubscriptionStatus != "Disabled" {
			t.Errorf("the subscription is %+v", got.MonitoringSubscription)
		}

		api, name := c.watch("us-east-1"), aws.String("a")
		must(api.PutMetricAlarm(c.ctx, &cloudwatch.PutMetricAlarmInput{
			AlarmName: name, Namespace: aws.String("Site"), MetricName: aws.String("M"), Statistic: cwtypes.StatisticSum, Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1),
			Threshold: aws.Float64(1), ComparisonOperator: cwtypes.ComparisonOperatorGreaterThanThreshold,
		}))
		must(api.DisableAlarmActions(c.ctx, &cloudwatch.DisableAlarmActionsInput{AlarmNames: []string{"a"}}))
		alarm := must(api.DescribeAlarms(c.ctx, &cloudwatch.DescribeAlarmsInput{})).MetricAlarms[0]
		if *alarm.ActionsEnabled {
			t.Error("the actions are still enabled")
		}
		must(api.EnableAlarmActions(c.ctx, &cloudwatch.EnableAlarmActionsInput{AlarmNames: []string{"a"}}))
		must(api.TagResource(c.ctx, &cloudwatch.TagResourceInput{ResourceARN: alarm.AlarmArn, Tags: []cwtypes.Tag{{Key: aws.String("k"), Value: aws.String("v")}}}))
		must(api.UntagResource(c.ctx, &cloudwatch.UntagResourceInput{ResourceARN: alarm.AlarmArn, TagKeys: []string{"k"}}))
		if tags := must(api.ListTagsForResource(c.ctx, &cloudwatch.ListTagsForResourceInput{ResourceARN: alarm.AlarmArn})).Tags; len(tags) != 0 {
			t.Errorf("the alarm's tags are %+v", tags)
		}
		_, err := api.ListTagsForResource(c.ctx, &cloudwatch.ListTagsForResourceInput{ResourceARN: aws.String(*alarm.AlarmArn + "x")})
		c.want(err, "ResourceNotFoundException")

		certificate := c.certificate("www.example.com")
		must(c.acm.UpdateCertificateOptions(c.ctx, &acm.UpdateCertificateOptionsInput{CertificateArn: &certificate, Options: &acmtypes.CertificateOptions{Export: acmtypes.CertificateExportEnabled}}))
		if got := must(c.acm.DescribeCertificate(c.ctx, &acm.DescribeCertificateInput{CertificateArn: &certificate})).Certificate.Options; got.Export != acmtypes.CertificateExportEnabled {
			t.Errorf("the certificate's options are %+v", got)
		}
	})
}

func TestEverySettingOfABucketIsReadAsItWasPut(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		api, name := c.storage("us-east-1"), aws.String("site")
		c.bucket(api, "site")
		days := aws.Int32(30)
		must(api.PutBucketLifecycleConfiguration(c.ctx, &s3.PutBucketLifecycleConfigurationInput{Bucket: name, LifecycleConfiguration: &s3types.BucketLifecycleConfiguration{Rules: []s3types.LifecycleRule{
			{ID: aws.String("old"), Status: s3types.ExpirationStatusEnabled, Filter: &s3types.LifecycleRuleFilter{Prefix: aws.String("old/")}, Expiration: &s3types.LifecycleExpiration{Days: days}},
		}}}))
		if rules := must(api.GetBucketLifecycleConfiguration(c.ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: name})).Rules; len(rules) != 1 || *rules[0].Expiration.Days != 30 || *rules[0].Filter.Prefix != "old/" {
			t.Errorf("lifecycle %+v", rules)
		}
		must(api.DeleteBucketLifecycle(c.ctx, &s3.DeleteBucketLifecycleInput{Bucket: name}))

		must(api.PutBucketEncryption(c.ctx, &s3.PutBucketEncryptionInput{Bucket: name, ServerSideEncryptionConfiguration: &s3types.ServerSideEncryptionConfiguration{Rules: []s3types.ServerSideEncryptionRule{
			{ApplyServerSideEncryptionByDefault: &s3types.ServerSideEncryptionByDefault{SSEAlgorithm: s3types.ServerSideEncryptionAwsKms}, BucketKeyEnabled: aws.Bool(true)},
		}}}))
		algorithm := func() s3types.ServerSideEncryption {
			return must(api.GetBucketEncryption(c.ctx, &s3.GetBucketEncryptionInput{Bucket: name})).ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm
		}
		if got := algorithm(); got != "aws:kms" {
			t.Errorf("encryption %s", got)
		}
		must(api.DeleteBucketEncryption(c.ctx, &s3.DeleteBucketEncryptionInput{Bucket: name}))
		if got := algorithm(); got != "AES256" {
			t.Errorf("the default encryption is %s", got)
		}

		must(api.PutBucketWebsite(c.ctx, &s3.PutBucketWebsiteInput{Bucket: name, WebsiteConfiguration: &s3types.WebsiteConfiguration{RedirectAllRequestsTo: &s3types.RedirectAllRequestsTo{HostName: aws.String("www.example.com")}}}))
		if got := must(api.GetBucketWebsite(c.ctx, &s3.GetBucketWebsiteInput{Bucket: name})).RedirectAllRequestsTo; *got.HostName != "www.example.com" {
			t.Errorf("website %+v", got)
		}
		must(api.DeleteBucketWebsite(c.ctx, &s3.DeleteBucketWebsiteInput{Bucket: name}))
		must(api.PutPublicAccessBlock(c.ctx, &s3.PutPublicAccessBlockInput{Bucket: name, PublicAccessBlockConfiguration: &s3types.PublicAccessBlockConfiguration{BlockPublicAcls: aws.Bool(true)}}))
		must(api.PutBucketOwnershipControls(c.ctx, &s3.PutBucketOwnershipControlsInput{Bucket: name, OwnershipControls: &s3types.OwnershipControls{Rules: []s3types.OwnershipControlsRule{{ObjectOwnership: s3types.ObjectOwnershipBucketOwnerPreferred}}}}))
		must(api.PutBucketAcl(c.ctx, &s3.PutBucketAclInput{Bucket: name, ACL: s3types.BucketCannedACLPrivate}))
		must(api.DeleteBucketOwnershipControls(c.ctx, &s3.DeleteBucketOwnershipControlsInput{Bucket: name}))
		_, err := api.GetBucketOwnershipControls(c.ctx, &s3.GetBucketOwnershipControlsInput{Bucket: name})
		c.want(err, "OwnershipControlsNotFoundError")
		must(api.PutBucketRequestPayment(c.ctx, &s3.PutBucketRequestPaymentInput{Bucket: name, RequestPaymentConfiguration: &s3types.RequestPaymentConfiguration{Payer: s3types.PayerRequester}}))
		must(api.PutBucketAccelerateConfiguration(c.ctx, &s3.PutBucketAccelerateConfigurationInput{Bucket: name, AccelerateConfiguration: &s3types.AccelerateConfiguration{Status: "Enabled"}}))
		must(api.PutBucketLogging(c.ctx, &s3.PutBucketLoggingInput{Bucket: name, BucketLoggingStatus: &s3types.BucketLoggingStatus{LoggingEnabled: &s3types.LoggingEnabled{TargetBucket: name, TargetPrefix: aws.String("logs/")}}}))
		if got := must(api.GetBucketLogging(c.ctx, &s3.GetBucketLoggingInput{Bucket: name})).LoggingEnabled; *got.TargetPrefix != "logs/" {
			t.Errorf("logging %+v", got)
		}
		must(api.PutBucketNotificationConfiguration(c.ctx, &s3.PutBucketNotificationConfigurationInput{Bucket: name, NotificationConfiguration: &s3types.NotificationConfiguration{EventBridgeConfiguration: &s3types.EventBridgeConfiguration{}}}))
		if got := must(api.GetBucketNotificationConfiguration(c.ctx, &s3.GetBucketNotificationConfigurationInput{Bucket: name})); got.EventBridgeConfiguration == nil {
			t.Errorf("notifications %+v", got)
		}
		policy := strings.Replace(readFor, "DISTRIBUTION", "E1", 1)
		must(api.PutBucketPolicy(c.ctx, &s3.PutBucketPolicyInput{Bucket: name, Policy: &policy}))
		if got := must(api.GetBucketPolicy(c.ctx, &s3.GetBucketPolicyInput{Bucket: name})).Policy; *got != policy {
			t.Errorf("the policy is %s", *got)
		}
		must(api.DeleteBucketPolicy(c.ctx, &s3.DeleteBucketPolicyInput{Bucket: name}))
		must(api.DeleteBucketTagging(c.ctx, &s3.DeleteBucketTaggingInput{Bucket: name}))
		must(api.DeleteBucketCors(c.ctx, &s3.DeleteBucketCorsInput{Bucket: name}))
		must(api.DeleteBucketReplication(c.ctx, &s3.DeleteBucketReplicationInput{Bucket: name}))

		must(c.put(api, "site", "k", "v"))
		must(api.HeadObject(c.ctx, &s3.HeadObjectInput{Bucket: name, Key: aws.String("k")}))
		must(api.PutObjectTagging(c.ctx, &s3.PutObjectTaggingInput{Bucket: name, Key: aws.String("k"), Tagging: &s3types.Tagging{TagSet: []s3types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}}}))
		if got := must(api.HeadObject(c.ctx, &s3.HeadObjectInput{Bucket: name, Key: aws.String("k")})); *got.TagCount != 1 {
			t.Errorf("the object has %d tags", *got.TagCount)
		}
		must(api.DeleteObjectTagging(c.ctx, &s3.DeleteObjectTaggingInput{Bucket: name, Key: aws.String("k")}))
		must(api.GetObjectAcl(c.ctx, &s3.GetObjectAclInput{Bucket: name, Key: aws.String("k")}))

		must(api.CreateBucket(c.ctx, &s3.CreateBucketInput{Bucket: aws.String("locked"), ObjectLockEnabledForBucket: aws.Bool(true)}))
		lock := must(api.GetObjectLockConfiguration(c.ctx, &s3.GetObjectLockConfigurationInput{Bucket: aws.String("locked")}))
		versioning := must(api.GetBucketVersioning(c.ctx, &s3.GetBucketVersioningInput{Bucket: aws.String("locked")}))
		replicated := &s3types.ReplicationConfiguration{Role: aws.String("arn:aws:iam::123456789012:role/r"), Rules: []s3types.ReplicationRule{{
			Status: s3types.ReplicationRuleStatusEnabled, Prefix: aws.String(""), Destination: &s3types.Destination{Bucket: aws.String("arn:aws:s3:::elsewhere")},
		}}}
		_, err = api.PutBucketReplication(c.ctx, &s3.PutBucketReplicationInput{Bucket: name, ReplicationConfiguration: replicated})
		c.want(err, "InvalidRequest")
		must(api.PutBucketReplication(c.ctx, &s3.PutBucketReplicationInput{Bucket: aws.String("locked"), ReplicationConfiguration: replicated}))
		if got := must(api.GetBucketReplication(c.ctx, &s3.GetBucketReplicationInput{Bucket: aws.String("locked")})).ReplicationConfiguration; len(got.Rules) != 1 {
			t.Errorf("replication %+v", got)
		}
		if lock.ObjectLockConfiguration.ObjectLockEnabled != "Enabled" || versioning.Status != "Enabled" {
			t.Errorf("a bucket with locks: %+v, versions %s", lock.ObjectLockConfiguration, versioning.Status)
		}
	})
}

func TestZonesAreReadInEveryWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api, ctx := route53Client(t, awssim.New(awssim.Options{})), t.Context()
		zone := aws.String(newZone(t, api))
		must(api.UpdateHostedZoneComment(ctx, &route53.UpdateHostedZoneCommentInput{Id: zone, Comment: aws.String("ours")}))
		got := must(api.GetHostedZone(ctx, &route53.GetHostedZoneInput{Id: zone}))
		limit := must(api.GetHostedZoneLimit(ctx, &route53.GetHostedZoneLimitInput{HostedZoneId: zone, Type: r53types.HostedZoneLimitTypeMaxRrsetsByZone}))
		count := must(api.GetHostedZoneCount(ctx, &route53.GetHostedZoneCountInput{}))
		list := must(api.ListHostedZones(ctx, &route53.ListHostedZonesInput{}))
		byName := must(api.ListHostedZonesByName(ctx, &route53.ListHostedZonesByNameInput{DNSName: aws.String("example.com")}))
		signing := must(api.GetDNSSEC(ctx, &route53.GetDNSSECInput{HostedZoneId: zone}))
		if *got.HostedZone.Config.Comment != "ours" || *limit.Limit.Value != 10000 || *count.HostedZoneCount != 1 || len(list.HostedZones) != 1 || len(byName.HostedZones) != 1 || *signing.Status.ServeSignature != "NOT_SIGNING" {
			t.Errorf("%+v %+v %d %d %d %+v", got.HostedZone, limit.Limit, *count.HostedZoneCount, len(list.HostedZones), len(byName.HostedZones), signing.Status)
		}
		if _, err := api.DisableHostedZoneDNSSEC(ctx, &route53.DisableHostedZoneDNSSECInput{HostedZoneId: zone}); code(err) != "DNSSECNotFound" {
			t.Errorf("DisableHostedZoneDNSSEC: %v", err)
		}
		must(api.ChangeTagsForResource(ctx, &route53.ChangeTagsForResourceInput{ResourceType: r53types.TagResourceTypeHostedzone, ResourceId: zone, AddTags: []r53types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}}))
		many := must(api.ListTagsForResources(ctx, &route53.ListTagsForResourcesInput{ResourceType: r53types.TagResourceTypeHostedzone, ResourceIds: []string{*zone}}))
		if len(many.ResourceTagSets) != 1 || len(many.ResourceTagSets[0].Tags) != 1 {
			t.Errorf("tags %+v", many.ResourceTagSets)
		}
		pass(time.Minute) // the limit of calls per second is another test's
		vpc := func(id string) *r53types.VPC {
			return &r53types.VPC{VPCId: &id, VPCRegion: r53types.VPCRegionUsEast1}
		}
		private := must(api.CreateHostedZone(ctx, &route53.CreateHostedZoneInput{Name: aws.String("internal.example.com"), CallerReference: aws.String("private"), VPC: vpc("vpc-11111111")})).HostedZone.Id
		must(api.AssociateVPCWithHostedZone(ctx, &route53.AssociateVPCWithHostedZoneInput{HostedZoneId: private, VPC: vpc("vpc-22222222")}))
		if zones := must(api.ListHostedZonesByVPC(ctx, &route53.ListHostedZonesByVPCInput{VPCId: aws.String("vpc-22222222"), VPCRegion: r53types.VPCRegionUsEast1})).HostedZoneSummaries; len(zones) != 1 {
			t.Errorf("zones of the network: %+v", zones)
		}
		must(api.DisassociateVPCFromHostedZone(ctx, &route53.DisassociateVPCFromHostedZoneInput{HostedZoneId: private, VPC: vpc("vpc-22222222")}))
		must(api.DeleteHostedZone(ctx, &route53.DeleteHostedZoneInput{Id: private}))

		check := must(api.CreateHealthCheck(ctx, &route53.CreateHealthCheckInput{CallerReference: aws.String("c"), HealthCheckConfig: &r53types.HealthCheckConfig{Type: "HTTPS", FullyQualifiedDomainName: aws.String("www.example.com")}})).HealthCheck.Id
		must(api.UpdateHealthCheck(ctx, &route53.UpdateHealthCheckInput{HealthCheckId: check, ResourcePath: aws.String("/health")}))
		one := must(api.GetHealthCheck(ctx, &route53.GetHealthCheckInput{HealthCheckId: check}))
		all := must(api.ListHealthChecks(ctx, &route53.ListHealthChecksInput{}))
		number := must(api.GetHealthCheckCount(ctx, &route53.GetHealthCheckCountInput{}))
		status := must(api.GetHealthCheckStatus(ctx, &route53.GetHealthCheckStatusInput{HealthCheckId: check}))
		must(api.GetHealthCheckLastFailureReason(ctx, &route53.GetHealthCheckLastFailureReasonInput{HealthCheckId: check}))
		if *one.HealthCheck.HealthCheckConfig.ResourcePath != "/health" || len(all.HealthChecks) != 1 || *number.HealthCheckCount != 1 || !slices.ContainsFunc(status.HealthCheckObservations, func(o r53types.HealthCheckObservation) bool {
			return strings.HasPrefix(*o.StatusReport.Status, "Success")
		}) {
			t.Errorf("%+v %d %d %+v", one.HealthCheck, len(all.HealthChecks), *number.HealthCheckCount, status.HealthCheckObservations)
		}
		must(api.DeleteHealthCheck(ctx, &route53.DeleteHealthCheckInput{HealthCheckId: check}))
	})
}
