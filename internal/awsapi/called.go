package awsapi

import (
	"context"
	"errors"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// A Call is one attempt at a call, as somebody may read about it who may read no secret.
// It has nothing of a body, of a header or of a message: what AWS says in words may quote
// what it was sent.
type Call struct {
	Service, Operation string // as the SDK names them: "Route 53", "GetHostedZone"
	ID                 string // what it is about, see ids; ""
	Attempt            int    // from 1
	Status             int    // of HTTP; 0: there was no answer
	Code               string // AWS's error code; "": none
	// Kind is what the answer means, in this package's vocabulary; "": it is not an error.
	Kind      string
	RequestID string
	Took      time.Duration
}

// Refused says whether somebody answered, and said no.
func (c Call) Refused() bool { return c.Kind != "" && c.Status != 0 }

// Refusal is the call that err comes from, as far as an error tells: not how long it took,
// what it was about, or how often it was tried. ok is false if err comes from none.
func Refusal(err error) (c Call, ok bool) {
	op, ok := errors.AsType[*smithy.OperationError](err)
	if !ok {
		return c, false
	}
	c.Service, c.Operation = op.ServiceID, op.OperationName
	c.answered(err)
	return c, true
}

// answered takes down what an error says. What it says in words stays out.
func (c *Call) answered(err error) {
	if resp, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		c.Status, c.RequestID = resp.HTTPStatusCode(), token(resp.ServiceRequestID())
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok && api.ErrorCode() != codeless {
		c.Code = token(api.ErrorCode())
	}
	if errors.Is(err, context.Canceled) {
		c.Kind = "interrupted"
		return
	}
	c.Kind = kind(err).Error()
}

// short is what AWS's codes and ids look like. Whoever stands between may answer anything.
var short = regexp.MustCompile(`^[A-Za-z0-9._:/+=-]{1,128}$`)

func token(text string) string {
	if text == "" || short.MatchString(text) {
		return text
	}
	return "(not shown)"
}

// ids has, by service and operation, the members of an input that say what a call is about.
// Whatever is not named here is shown to nobody, so that what comes to be in an input is not
// by itself in a log. An operation with nothing to name has an empty list; a test finds one
// that has none.
var ids = map[string]map[string][]string{
	"CloudFront": {
		"AssociateAlias":                      {"Alias", "TargetDistributionId"},
		"CopyDistribution":                    {"PrimaryDistributionId"},
		"CreateContinuousDeploymentPolicy":    {},
		"CreateFunction":                      {"Name"},
		"CreateInvalidation":                  {"DistributionId"},
		"CreateKeyValueStore":                 {"Name"},
		"DeleteContinuousDeploymentPolicy":    {"Id"},
		"DeleteDistribution":                  {"Id"},
		"DeleteFunction":                      {"Name"},
		"DeleteKeyValueStore":                 {"Name"},
		"DescribeFunction":                    {"Name", "Stage"},
		"DescribeKeyValueStore":               {"Name"},
		"GetCachePolicy":                      {"Id"},
		"GetContinuousDeploymentPolicy":       {"Id"},
		"GetDistribution":                     {"Id"},
		"GetDistributionConfig":               {"Id"},
		"GetFunction":                         {"Name", "Stage"},
		"GetInvalidation":                     {"DistributionId", "Id"},
		"ListContinuousDeploymentPolicies":    {},
		"ListDistributions":                   {},
		"ListDomainConflicts":                 {"Domain", "DomainControlValidationResource.DistributionId"},
		"ListFunctions":                       {},
		"ListInvalidations":                   {"DistributionId"},
		"ListTagsForResource":                 {"Resource"},
		"PublishFunction":                     {"Name"},
		"TagResource":                         {"Resource"},
		"TestFunction":                        {"Name", "Stage"},
		"UpdateContinuousDeploymentPolicy":    {"Id"},
		"UpdateDistribution":                  {"Id"},
		"UpdateDistributionWithStagingConfig": {"Id", "StagingDistributionId"},
		"UpdateDomainAssociation":             {"Domain", "TargetResource.DistributionId"},
	},
	"CloudFront KeyValueStore": {
		"DescribeKeyValueStore": {"KvsARN"},
		"GetKey":                {"KvsARN", "Key"},
		"PutKey":                {"KvsARN", "Key"},
	},
	"Route 53": {
		"ChangeResourceRecordSets":         {"HostedZoneId"},
		"GetChange":                        {"Id"},
		"GetHostedZone":                    {"Id"},
		"ListResourceRecordSetProtections": {"HostedZoneId"},
		"ListResourceRecordSets":           {"HostedZoneId", "StartRecordName"},
	},
	"ACM":        {"DescribeCertificate": {"CertificateArn"}},
	"CloudWatch": {"DescribeAlarms": {"AlarmNames"}, "GetMetricData": {}},
	"Lambda":     {"GetFunctionConfiguration": {"FunctionName", "Qualifier"}},
	"S3":         {"GetBucketPolicy": {"Bucket"}, "GetObject": {"Bucket", "Key"}, "PutObject": {"Bucket", "Key"}},
	"STS":        {"GetCallerIdentity": {}},
}

// about is what a call is about.
func about(service, operation string, input any) string {
	var parts []string
	for _, member := range ids[service][operation] {
		v := reflect.ValueOf(input)
		for name := range strings.SplitSeq(member, ".") {
			if v = reflect.Indirect(v); v.Kind() == reflect.Struct {
				v = v.FieldByName(name)
			}
		}
		switch v = reflect.Indirect(v); v.Kind() { //nolint:exhaustive // what is not shown is all the rest
		case reflect.String:
			parts = append(parts, v.String())
		case reflect.Slice:
			for i := range v.Len() {
				if v.Index(i).Kind() == reflect.String {
					parts = append(parts, v.Index(i).String())
				}
			}
		}
	}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " ")
}

// calling is one call, while it is made.
type calling struct {
	input    any
	attempts int
}

type callingKey struct{}

// called hands on each attempt at a call, once it is over. It stands where an attempt's turn
// has come, and sees what each was answered and how long AWS took.
func called(hand func(context.Context, Call)) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		err := stack.Initialize.Add(middleware.InitializeMiddlewareFunc("KeepInput",
			func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				return next.HandleInitialize(middleware.WithStackValue(ctx, callingKey{}, &calling{input: in.Parameters}), in)
			}), middleware.After)
		if err != nil {
			return err
		}
		return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("HandOnCall",
			func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
				began := clock.System{}.Now() // the network's time is the machine's
				out, meta, err := next.HandleFinalize(ctx, in)
				c := Call{Service: awsmiddleware.GetServiceID(ctx), Operation: awsmiddleware.GetOperationName(ctx), Took: clock.System{}.Now().Sub(began)}
				if this, ok := middleware.GetStackValue(ctx, callingKey{}).(*calling); ok {
					this.attempts++
					c.Attempt, c.ID = this.attempts, about(c.Service, c.Operation, this.input)
				}
				if resp, ok := awsmiddleware.GetRawResponse(meta).(*smithyhttp.Response); ok && resp != nil {
					c.Status = resp.StatusCode
				}
				if id, ok := awsmiddleware.GetRequestIDMetadata(meta); ok {
					c.RequestID = token(id)
				}
				if err != nil {
					c.answered(err)
				}
				hand(ctx, c)
				return out, meta, err
			}), "BackOffTogether", middleware.After)
	}
}
