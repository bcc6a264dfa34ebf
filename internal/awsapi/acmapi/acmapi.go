// Package acmapi reads which names a certificate covers, and whether it is valid.
// It never writes.
package acmapi

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/shared"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// A Client is safe for concurrent use.
type Client struct {
	api *acm.Client

	clock clock.Clock
	// By ARN. Only importing another certificate in its place could change one, and a process
	// of the provider lives for one plan or one apply.
	certificates shared.Answers[Certificate]
}

// A Certificate is what ACM says about one.
type Certificate struct {
	Names    []string // that it covers, lower case
	Status   string   // ISSUED, EXPIRED, PENDING_VALIDATION …
	NotAfter time.Time
}

// New returns a client; endpoint is empty for AWS's own. CloudFront takes its
// certificates from us-east-1, whatever region the provider is configured for.
func New(cfg aws.Config, endpoint string, c clock.Clock) *Client {
	return &Client{
		clock: c, certificates: shared.Answers[Certificate]{Lasts: 24 * time.Hour},
		api: acm.NewFromConfig(cfg, func(o *acm.Options) {
			o.Region = awsapi.Region
			if endpoint != "" {
				o.BaseEndpoint = aws.String(endpoint)
			}
		}),
	}
}

// errNotAnAnswer: something between us and AWS said 200 to everything.
var errNotAnAnswer = errors.New("the answer holds no certificate")

// Names returns the names a certificate covers, lower case. Errors: ErrNotFound, ErrDenied.
func (c *Client) Names(ctx context.Context, arn string) ([]string, error) {
	certificate, err := c.Certificate(ctx, arn)
	return certificate.Names, err
}

// Certificate reads a certificate, once for everybody who asks. Errors: ErrNotFound,
// ErrDenied.
func (c *Client) Certificate(ctx context.Context, arn string) (Certificate, error) {
	return c.certificates.Look(ctx, c.clock, arn, func(ctx context.Context) (Certificate, error) { return c.describe(ctx, arn) })
}

func (c *Client) describe(ctx context.Context, arn string) (Certificate, error) {
	out, err := c.api.DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: aws.String(arn)})
	if err == nil && out.Certificate == nil {
		err = errNotAnAnswer
	}
	if err != nil {
		return Certificate{}, awsapi.Wrap(ctx, "reading certificate "+arn, err)
	}
	read := Certificate{
		Names:  []string{strings.ToLower(aws.ToString(out.Certificate.DomainName))},
		Status: string(out.Certificate.Status), NotAfter: aws.ToTime(out.Certificate.NotAfter),
	}
	for _, n := range out.Certificate.SubjectAlternativeNames {
		read.Names = append(read.Names, strings.ToLower(n))
	}
	slices.Sort(read.Names)
	read.Names = slices.Compact(read.Names) // AWS repeats the domain name among the alternative ones
	return read, nil
}
