package cloudfrontapi

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// A Summary is what both GetDistribution and ListDistributions say. It has no
// configuration, so nothing can be written by it.
type Summary struct {
	ID, Domain, ETag string
	ARN, Status      string
	Deployed         bool // Status: every edge location has the configuration
	Enabled, Staging bool
	IPv6, HTTP3      bool
	Aliases          []string // lower case
	CertificateARN   string   // in ACM; empty: default or IAM certificate
	// DefaultCertificate: CloudFront serves its own, which covers no name of ours.
	DefaultCertificate bool
	// Version identifies how often AWS has counted a write to this distribution, and when:
	// the same version is the same configuration. "" where the answer does not say.
	Version  string
	Outline  Outline
	modified time.Time
}

// Modified is when the configuration was last changed.
func (s Summary) Modified() time.Time { return s.modified }

func summary(d types.DistributionSummary) Summary {
	s := Summary{
		ID: aws.ToString(d.Id), Domain: strings.ToLower(aws.ToString(d.DomainName)), ETag: aws.ToString(d.ETag),
		ARN: aws.ToString(d.ARN), Status: aws.ToString(d.Status), Deployed: aws.ToString(d.Status) == "Deployed",
		Enabled: aws.ToBool(d.Enabled), Staging: aws.ToBool(d.Staging), IPv6: aws.ToBool(d.IsIPV6Enabled),
		HTTP3:              d.HttpVersion == types.HttpVersionHttp3 || d.HttpVersion == types.HttpVersionHttp2and3,
		DefaultCertificate: servesOwn(d.ViewerCertificate), modified: aws.ToTime(d.LastModifiedTime),
		Outline: outline(d),
	}
	if d.Aliases != nil {
		for _, a := range d.Aliases.Items {
			s.Aliases = append(s.Aliases, strings.ToLower(a))
		}
	}
	if vc := d.ViewerCertificate; vc != nil {
		s.CertificateARN = aws.ToString(vc.ACMCertificateArn)
	}
	if s.ETag != "" && !s.modified.IsZero() {
		s.Version = hash(6, setting{path: s.ID, value: s.ETag}, setting{value: s.modified.UTC().Format(time.RFC3339Nano)})
	}
	return s
}

// SharedSummary says of one distribution what a list does too, by an answer that many callers
// share and that may be as old as shared.Lasts: a page of the list where enough of them ask, and
// GetDistribution where not, or where nobody may list. It is for whoever compares it with what
// is known already: a list may lag behind, and nobody says how far. Errors: ErrNotFound, which
// is never the word of a list.
func (c *Client) SharedSummary(ctx context.Context, id string) (Summary, error) {
	return c.summaries.Look(ctx, id)
}

func (c *Client) one(ctx context.Context, id string) (Summary, error) {
	d, err := c.Distribution(ctx, id, c.clock.Now().Add(-sharedWith))
	return d.Summary, err
}

// sharedWith is how old an answer about one distribution may be to become a summary of it:
// others asked for it, in full.
const sharedWith = 10 * time.Second

func (c *Client) page(ctx context.Context, marker string) (map[string]Summary, string, error) {
	in := &cloudfront.ListDistributionsInput{}
	if marker != "" {
		in.Marker = aws.String(marker)
	}
	page, err := c.api.ListDistributions(ctx, in)
	if err == nil && page.DistributionList == nil {
		err = errNotAList
	}
	if err != nil {
		return nil, "", awsapi.Wrap(ctx, "listing distributions", err)
	}
	out := map[string]Summary{}
	for _, d := range page.DistributionList.Items {
		out[aws.ToString(d.Id)] = summary(d)
	}
	if !aws.ToBool(page.DistributionList.IsTruncated) {
		return out, "", nil
	}
	return out, aws.ToString(page.DistributionList.NextMarker), nil
}
