package stage

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// OwnKey is the access key of what is done by hand: the journal tells calls apart by it.
const OwnKey = "AKIDDEMO"

// Hands are what a team has before this provider: the AWS SDK.
type Hands struct {
	CloudFront *cloudfront.Client
	Route53    *route53.Client
	ACM        *acm.Client
	CloudWatch *cloudwatch.Client
}

// NewHands reach a simulated AWS.
func NewHands(w *World) Hands {
	cfg := aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(w.Control),
		Credentials: credentials.NewStaticCredentialsProvider(OwnKey, "secret", ""),
	}
	return Hands{cloudfront.NewFromConfig(cfg), route53.NewFromConfig(cfg), acm.NewFromConfig(cfg), cloudwatch.NewFromConfig(cfg)}
}

// A Distribution is one that was made.
type Distribution struct{ ID, Domain string }

// Distribute makes a distribution with one origin, no cache and these names.
func (h Hands) Distribute(ctx context.Context, comment, origin, certificate string, names ...string) (Distribution, error) {
	out, err := h.CloudFront.CreateDistribution(ctx, &cloudfront.CreateDistributionInput{DistributionConfig: &cftypes.DistributionConfig{
		CallerReference: aws.String(comment), Comment: aws.String(comment), Enabled: aws.Bool(true), IsIPV6Enabled: aws.Bool(true),
		Aliases: &cftypes.Aliases{Quantity: aws.Int32(int32(len(names))), Items: names}, //nolint:gosec // a few
		Origins: &cftypes.Origins{Quantity: aws.Int32(1), Items: []cftypes.Origin{{
			Id: aws.String("origin"), DomainName: aws.String(origin),
			CustomOriginConfig: &cftypes.CustomOriginConfig{HTTPPort: aws.Int32(80), HTTPSPort: aws.Int32(443), OriginProtocolPolicy: cftypes.OriginProtocolPolicyHttpOnly},
		}}},
		DefaultCacheBehavior: &cftypes.DefaultCacheBehavior{
			TargetOriginId: aws.String("origin"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyAllowAll,
			CachePolicyId: aws.String("4135ea2d-6df8-44a3-9df3-4b5a84be39ad"), // Managed-CachingDisabled: a cache would hide who serves
		},
		ViewerCertificate: &cftypes.ViewerCertificate{
			ACMCertificateArn: aws.String(certificate), SSLSupportMethod: cftypes.SSLSupportMethodSniOnly, MinimumProtocolVersion: cftypes.MinimumProtocolVersionTLSv122021,
		},
	}})
	if err != nil {
		return Distribution{}, err
	}
	return Distribution{aws.ToString(out.Distribution.Id), aws.ToString(out.Distribution.DomainName)}, nil
}

// Certify requests a certificate for a zone and everything one label below it.
func (h Hands) Certify(ctx context.Context, zone string) (arn string, err error) {
	out, err := h.ACM.RequestCertificate(ctx, &acm.RequestCertificateInput{DomainName: aws.String(zone), SubjectAlternativeNames: []string{"*." + zone}})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.CertificateArn), nil
}

// Zone makes a hosted zone and returns its id.
func (h Hands) Zone(ctx context.Context, name string) (id string, err error) {
	out, err := h.Route53.CreateHostedZone(ctx, &route53.CreateHostedZoneInput{Name: aws.String(name), CallerReference: aws.String(name)})
	if err != nil {
		return "", err
	}
	return strings.TrimPrefix(aws.ToString(out.HostedZone.Id), "/hostedzone/"), nil
}

// Point makes the A and AAAA records of a name aliases of a distribution.
func (h Hands) Point(ctx context.Context, zone, name, domain string) error {
	var changes []r53types.Change
	for _, rtype := range []r53types.RRType{r53types.RRTypeA, r53types.RRTypeAaaa} {
		changes = append(changes, r53types.Change{Action: r53types.ChangeActionUpsert, ResourceRecordSet: &r53types.ResourceRecordSet{
			Name: aws.String(name), Type: rtype,
			AliasTarget: &r53types.AliasTarget{HostedZoneId: aws.String("Z2FDTNDATAQYW2"), DNSName: aws.String(domain)}, // of every distribution
		}})
	}
	_, err := h.Route53.ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{
		HostedZoneId: aws.String(zone), ChangeBatch: &r53types.ChangeBatch{Changes: changes},
	})
	return err
}

// SetNames replaces the alternate domain names of a distribution.
func (h Hands) SetNames(ctx context.Context, id string, names ...string) error {
	got, err := h.CloudFront.GetDistributionConfig(ctx, &cloudfront.GetDistributionConfigInput{Id: aws.String(id)})
	if err != nil {
		return err
	}
	got.DistributionConfig.Aliases = &cftypes.Aliases{Quantity: aws.Int32(int32(len(names))), Items: names} //nolint:gosec // a few
	_, err = h.CloudFront.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: aws.String(id), IfMatch: got.ETag, DistributionConfig: got.DistributionConfig})
	return err
}

// Alarm makes an alarm about server errors of a distribution that says OK, and goes on
// saying so where there is no data.
func (h Hands) Alarm(ctx context.Context, name, distribution string) error {
	if _, err := h.CloudWatch.PutMetricAlarm(ctx, &cloudwatch.PutMetricAlarmInput{
		AlarmName: aws.String(name), Namespace: aws.String("AWS/CloudFront"), MetricName: aws.String("5xxErrorRate"), Statistic: cwtypes.StatisticAverage,
		Dimensions: []cwtypes.Dimension{{Name: aws.String("DistributionId"), Value: aws.String(distribution)}, {Name: aws.String("Region"), Value: aws.String("Global")}},
		Period:     aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(50), ComparisonOperator: cwtypes.ComparisonOperatorGreaterThanThreshold,
		TreatMissingData: aws.String("notBreaching"),
	}); err != nil {
		return err
	}
	_, err := h.CloudWatch.SetAlarmState(ctx, &cloudwatch.SetAlarmStateInput{AlarmName: aws.String(name), StateValue: cwtypes.StateValueOk, StateReason: aws.String("made so")})
	return err
}
