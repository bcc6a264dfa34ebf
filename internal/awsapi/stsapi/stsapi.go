// Package stsapi asks AWS who we are. It never assumes a role: credentials are
// awsapi's.
package stsapi

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// A Caller is whom AWS takes us for.
type Caller struct{ Account, ARN string }

// errNotAnAnswer: something between us and AWS said 200 to everything.
var errNotAnAnswer = errors.New("the answer names nobody")

// WhoAmI asks; nobody can be denied the answer. endpoint and region are empty for
// AWS's own, in the configured region. Source: GetCallerIdentity.
func WhoAmI(ctx context.Context, cfg aws.Config, endpoint, region string) (Caller, error) {
	client := sts.NewFromConfig(cfg, func(o *sts.Options) {
		if region != "" {
			o.Region = region
		}
		if endpoint != "" {
			o.BaseEndpoint = aws.String(endpoint)
		}
	})
	out, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err == nil && aws.ToString(out.Account) == "" {
		err = errNotAnAnswer
	}
	if err != nil {
		return Caller{}, awsapi.Wrap(ctx, "asking who we are", err)
	}
	return Caller{Account: aws.ToString(out.Account), ARN: aws.ToString(out.Arn)}, nil
}
