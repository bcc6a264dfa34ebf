package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
)

const (
	siteName     = "www.example.com"
	zoneName     = "example.com"
	markerHeader = "x-release" // every answer of a side says which release it is

	// The journal tells calls apart by who made them.
	providerKey = "AKIDPROVIDER"
	ownKey      = "AKIDDEMO"
)

// hands are what a team has before this provider: the AWS SDK.
type hands struct {
	cloudfront *cloudfront.Client
	route53    *route53.Client
	acm        *acm.Client
}

func newHands(endpoint string) hands {
	cfg := aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(endpoint),
		Credentials: credentials.NewStaticCredentialsProvider(ownKey, "secret", ""),
	}
	return hands{cloudfront.NewFromConfig(cfg), route53.NewFromConfig(cfg), acm.NewFromConfig(cfg)}
}

// A site is what is running before the provider comes.
type site struct {
	hands
	zone  string // id
	sides [2]side
}

// build creates a certificate, two distributions of which blue has the name, and
// a zone with the records of the name. It does not wait for any of it.
func build(ctx context.Context, w *world) (*site, error) {
	s := &site{hands: newHands(w.control)}
	certificate, err := s.acm.RequestCertificate(ctx, &acm.RequestCertificateInput{DomainName: aws.String(zoneName), SubjectAlternativeNames: []string{"*." + zoneName}})
	if err != nil {
		return nil, err
	}
	for i, name := range []string{"blue", "green"} {
		var names []string
		if i == 0 {
			names = []string{siteName}
		}
		side := side{name: name, origin: name + ".origin.test"}
		if err := s.distribute(ctx, &side, names, aws.ToString(certificate.CertificateArn)); err != nil {
			return nil, fmt.Errorf("creating the distribution of %s: %w", name, err)
		}
		if err := w.setOrigin(ctx, side, 0); err != nil {
			return nil, err
		}
		s.sides[i] = side
	}
	zone, err := s.route53.CreateHostedZone(ctx, &route53.CreateHostedZoneInput{Name: aws.String(zoneName), CallerReference: aws.String("demo")})
	if err != nil {
		return nil, err
	}
	s.zone = strings.TrimPrefix(aws.ToString(zone.HostedZone.Id), "/hostedzone/")
	return s, s.point(ctx, s.sides[0])
}

func (s *site) distribute(ctx context.Context, side *side, names []string, certificate string) error {
	out, err := s.cloudfront.CreateDistribution(ctx, &cloudfront.CreateDistributionInput{DistributionConfig: &cftypes.DistributionConfig{
		CallerReference: aws.String(side.name), Comment: aws.String(side.name), Enabled: aws.Bool(true), IsIPV6Enabled: aws.Bool(true),
		Aliases: &cftypes.Aliases{Quantity: aws.Int32(int32(len(names))), Items: names}, //nolint:gosec // one or none
		Origins: &cftypes.Origins{Quantity: aws.Int32(1), Items: []cftypes.Origin{{
			Id: aws.String("origin"), DomainName: aws.String(side.origin),
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
		return err
	}
	side.id, side.domain = aws.ToString(out.Distribution.Id), aws.ToString(out.Distribution.DomainName)
	return nil
}

// point makes the records of the name point at a side.
func (s *site) point(ctx context.Context, to side) error {
	var changes []r53types.Change
	for _, rtype := range []r53types.RRType{r53types.RRTypeA, r53types.RRTypeAaaa} {
		changes = append(changes, r53types.Change{Action: r53types.ChangeActionUpsert, ResourceRecordSet: &r53types.ResourceRecordSet{
			Name: aws.String(siteName), Type: rtype,
			AliasTarget: &r53types.AliasTarget{HostedZoneId: aws.String("Z2FDTNDATAQYW2"), DNSName: aws.String(to.domain)}, // of every distribution
		}})
	}
	_, err := s.route53.ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{
		HostedZoneId: aws.String(s.zone), ChangeBatch: &r53types.ChangeBatch{Changes: changes},
	})
	return err
}

// setNames replaces the alternate domain names of a side.
func (s *site) setNames(ctx context.Context, of side, names ...string) error {
	got, err := s.cloudfront.GetDistributionConfig(ctx, &cloudfront.GetDistributionConfigInput{Id: aws.String(of.id)})
	if err != nil {
		return err
	}
	got.DistributionConfig.Aliases = &cftypes.Aliases{Quantity: aws.Int32(int32(len(names))), Items: names} //nolint:gosec // one or none
	_, err = s.cloudfront.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: aws.String(of.id), IfMatch: got.ETag, DistributionConfig: got.DistributionConfig})
	return err
}

const tick = 100 * time.Millisecond

// settle waits until nothing is on its way any more.
func (w *world) settle(ctx context.Context, each func(snapshot)) error {
	for {
		now, err := w.look(ctx)
		if err != nil {
			return err
		}
		if each != nil {
			each(now)
		}
		if !now.deploying && !now.pending {
			return nil
		}
		if err := clk.Sleep(ctx, tick); err != nil {
			return err
		}
	}
}
