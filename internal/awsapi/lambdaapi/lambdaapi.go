// Package lambdaapi reads in which state versions of Lambda functions are: CloudFront
// associates Active ones only. It never writes, and it never publishes, invokes or deletes.
package lambdaapi

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// A Client is safe for concurrent use.
type Client struct{ api *lambda.Client }

// New returns a client; endpoint is empty for AWS's own. Functions of Lambda@Edge are in
// us-east-1, whatever region the provider is configured for.
func New(cfg aws.Config, endpoint string) *Client {
	return &Client{api: lambda.NewFromConfig(cfg, func(o *lambda.Options) {
		o.Region = awsapi.Region
		if endpoint != "" {
			o.BaseEndpoint = aws.String(endpoint)
		}
	})}
}

// A Version is what Lambda says of one.
type Version struct {
	State  string // Pending, Active, Inactive or Failed
	Reason string // as Lambda words it; "" for one that is Active
}

// errNotAnAnswer: something between us and AWS said 200 to everything.
var errNotAnAnswer = errors.New("the answer holds no state of a function")

// Version reads the state of a version by its ARN, which ends with a number. Nothing is
// kept: an Inactive one was Active before. Source: GetFunctionConfiguration. Errors:
// ErrNotFound, ErrDenied.
func (c *Client) Version(ctx context.Context, arn string) (Version, error) {
	function, number := arn, ""
	if i := strings.LastIndex(arn, ":"); i >= 0 {
		function, number = arn[:i], arn[i+1:]
	}
	out, err := c.api.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: aws.String(function), Qualifier: aws.String(number)})
	if err == nil && out.State == "" {
		err = errNotAnAnswer
	}
	if err != nil {
		return Version{}, awsapi.Wrap(ctx, "reading the state of "+arn, err)
	}
	return Version{State: string(out.State), Reason: aws.ToString(out.StateReason)}, nil
}
