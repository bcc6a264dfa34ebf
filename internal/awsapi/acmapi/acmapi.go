// Package acmapi reads which names a certificate covers. It never writes.
package acmapi

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// A Client is safe for concurrent use.
type Client struct {
	api *acm.Client

	mu sync.Mutex
	// By ARN. Only importing another certificate in its place could change the names,
	// and a process of the provider lives for one plan or one apply.
	names map[string][]string
}

// New returns a client; endpoint is empty for AWS's own. CloudFront takes its
// certificates from us-east-1, whatever region the provider is configured for.
func New(cfg aws.Config, endpoint string) *Client {
	return &Client{
		names: map[string][]string{},
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
	c.mu.Lock()
	names, ok := c.names[arn]
	c.mu.Unlock()
	if ok {
		return names, nil
	}
	out, err := c.api.DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: aws.String(arn)})
	if err == nil && out.Certificate == nil {
		err = errNotAnAnswer
	}
	if err != nil {
		return nil, awsapi.Wrap(ctx, "reading certificate "+arn, err)
	}
	names = []string{strings.ToLower(aws.ToString(out.Certificate.DomainName))}
	for _, n := range out.Certificate.SubjectAlternativeNames {
		names = append(names, strings.ToLower(n))
	}
	slices.Sort(names)
	names = slices.Compact(names) // AWS repeats the domain name among the alternative ones
	c.mu.Lock()
	c.names[arn] = names
	c.mu.Unlock()
	return names, nil
}
