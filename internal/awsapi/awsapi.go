// Package awsapi and the packages below it are the only ones that talk to AWS.
//
// They offer conditional writes and plain reads, and translate what AWS answers
// into one small vocabulary. They decide nothing, wait for nothing and never
// resend a write that AWS refused: that is for whoever looks again.
package awsapi

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsbase "github.com/hashicorp/aws-sdk-go-base/v2"
)

// Region is where CloudFront's control plane, its certificates and its metrics live.
const Region = "us-east-1"

// A Config says who calls, and from where.
type Config struct {
	Region    string // empty: us-east-1
	Profile   string
	AccessKey string
	SecretKey string
	Token     string

	Version    string       // of the provider, for the user agent
	CLI        string       // version of Terraform or OpenTofu, for the user agent
	HTTPClient *http.Client // nil: aws-sdk-go-base's
}

// Load resolves credentials the way every AWS provider does, through
// aws-sdk-go-base. It calls no AWS service for static keys and shared files, so
// that a plan without a refresh stays without calls; wrong credentials show with
// the first real call.
func Load(ctx context.Context, c Config) (aws.Config, error) {
	region := c.Region
	if region == "" {
		region = Region
	}
	_, cfg, diags := awsbase.GetAwsConfig(ctx, &awsbase.Config{
		AccessKey: c.AccessKey, SecretKey: c.SecretKey, Token: c.Token,
		Profile: c.Profile, Region: region,
		SkipCredsValidation: true, SkipRequestingAccountId: true,
		// Its request log prints bodies, and a distribution's body holds the values of
		// custom origin headers, which are secrets.
		SuppressDebugLog: true,
		CallerName:       "The cdn provider",
		UserAgent: awsbase.UserAgentProducts{
			{Name: "Terraform", Version: c.CLI},
			{Name: "terraform-provider-cdn", Version: c.Version},
		},
	})
	var problems []string
	for _, d := range diags.Errors() {
		problems = append(problems, strings.TrimSpace(d.Summary()+" "+d.Detail()))
	}
	if len(problems) > 0 {
		return aws.Config{}, fmt.Errorf("%w: %s", ErrCredentials, strings.Join(problems, "; "))
	}
	if c.HTTPClient != nil { // after loading: a CA bundle in the environment is for the network's client
		cfg.HTTPClient = c.HTTPClient
	}
	return cfg, nil
}
