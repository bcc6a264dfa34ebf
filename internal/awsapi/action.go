package awsapi

import (
	"errors"
	"regexp"

	"github.com/aws/smithy-go"
)

// prefixes are the IAM prefixes of the services by the name the SDK gives them.
var prefixes = map[string]string{"CloudFront": "cloudfront", "Route 53": "route53", "ACM": "acm", "CloudWatch": "cloudwatch", "CloudFront KeyValueStore": "cloudfront-keyvaluestore"}

// toPerform finds the action in the message of a denial. It is read to name the
// action and for nothing else: an operation may need more than the action of its
// own name, and only AWS knows which of them was missing.
var toPerform = regexp.MustCompile(`not authorized to perform: ([a-z0-9-]+:[A-Za-z0-9]+)`)

// Action names the IAM action that a denied call was missing, such as
// cloudfront:GetDistribution; "" if err is not about that.
func Action(err error) string {
	if !errors.Is(err, ErrDenied) {
		return ""
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		if m := toPerform.FindStringSubmatch(api.ErrorMessage()); m != nil {
			return m[1]
		}
	}
	op, ok := errors.AsType[*smithy.OperationError](err)
	if !ok || prefixes[op.ServiceID] == "" {
		return ""
	}
	return prefixes[op.ServiceID] + ":" + op.OperationName
}
