package cloudfrontapi

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
)

// CloudFront may answer the flag beside another certificate: that one is served, its names
// are covered, and its minimum is the one that was chosen.
func TestTheFlagOfTheDefaultCertificateDecidesNothingBesideAnother(t *testing.T) {
	t.Parallel()
	with := func(flag bool, edit func(*types.ViewerCertificate)) *types.ViewerCertificate {
		out := &types.ViewerCertificate{CloudFrontDefaultCertificate: aws.Bool(flag), MinimumProtocolVersion: types.MinimumProtocolVersionTLSv122021}
		edit(out)
		return out
	}
	acm := func(vc *types.ViewerCertificate) {
		vc.ACMCertificateArn = aws.String("arn:aws:acm:us-east-1:123456789012:certificate/a")
	}
	iam := func(vc *types.ViewerCertificate) { vc.IAMCertificateId = aws.String("ASCA1") }
	for name, c := range map[string]struct {
		vc  *types.ViewerCertificate
		own bool
	}{
		"no certificate":     {nil, true},
		"the flag alone":     {with(true, func(*types.ViewerCertificate) {}), true},
		"the flag and ACM's": {with(true, acm), false},
		"the flag and IAM's": {with(true, iam), false},
		"ACM's":              {with(false, acm), false},
	} {
		if got := servesOwn(c.vc); got != c.own {
			t.Errorf("%s: CloudFront serves its own: %t", name, got)
		}
		facts := Distribution{config: &types.DistributionConfig{ViewerCertificate: c.vc}}.Facts()
		if chosen := facts.MinimumTLS != ""; chosen == c.own {
			t.Errorf("%s: minimum %q", name, facts.MinimumTLS)
		}
	}
}
