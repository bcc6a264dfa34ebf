package conformance

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// lambda calls Lambda without an SDK: there is none among the modules of this
// repository, and boto3 asks the same questions in package clients.
func (c *client) lambda(method, path string, in any) (status int, code string, out map[string]any) {
	c.Helper()
	body := ""
	if in != nil {
		body = string(must(json.Marshal(in)))
	}
	req := must(http.NewRequestWithContext(c.ctx, method, "https://lambda.us-east-1.amazonaws.com"+path, strings.NewReader(body)))
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0")
	resp := must(c.sim.Transport().RoundTrip(req))
	defer resp.Body.Close()
	if raw := must(io.ReadAll(resp.Body)); len(raw) > 0 {
		if err := json.Unmarshal(raw, &out); err != nil {
			c.Fatalf("%s: %v", raw, err)
		}
	}
	return resp.StatusCode, resp.Header.Get("X-Amzn-Errortype"), out
}

func TestLambdaAtTheEdgeGoesByNumberedVersions(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		code := func(text string) map[string]any {
			return map[string]any{"ZipFile": base64.StdEncoding.EncodeToString([]byte(text))}
		}
		const functions = "/2015-03-31/functions"
		create := map[string]any{"FunctionName": "split", "Runtime": "nodejs22.x", "Handler": "index.handler", "Role": "arn:aws:iam::123456789012:role/edge", "Code": code("one"), "Tags": map[string]any{"side": "blue"}}
		status, _, made := c.lambda("POST", functions, create)
		if status != http.StatusCreated || made["Version"] != "$LATEST" || made["State"] != "Active" {
			t.Errorf("CreateFunction: %d %v", status, made)
		}
		if status, code, _ := c.lambda("POST", functions, create); status != http.StatusConflict || code != "ResourceConflictException" {
			t.Errorf("again: %d %s", status, code)
		}
		arn := made["FunctionArn"].(string)
		associate := func(version string) *types.DistributionConfig {
			cfg := c.config("")
			cfg.DefaultCacheBehavior.LambdaFunctionAssociations = &types.LambdaFunctionAssociations{Quantity: aws.Int32(1), Items: []types.LambdaFunctionAssociation{
				{EventType: types.EventTypeOriginRequest, LambdaFunctionARN: aws.String(arn + version)},
			}}
			return cfg
		}
		refused := func(version string) {
			_, err := c.cf.CreateDistribution(c.ctx, &cloudfront.CreateDistributionInput{DistributionConfig: associate(version)})
			c.want(err, "InvalidLambdaFunctionAssociation")
		}
		refused("")
		refused(":$LATEST")
		refused(":1")
		_, _, one := c.lambda("POST", functions+"/split/versions", nil)
		_, _, same := c.lambda("POST", functions+"/split/versions", map[string]any{})
		if one["Version"] != "1" || same["Version"] != "1" {
			t.Errorf("versions %v and %v: nothing has changed in between", one["Version"], same["Version"])
		}
		if one["State"] != "Pending" || one["StateReasonCode"] != "Creating" {
			t.Errorf("a version that was just published is %v", one)
		}
		refused(":1")
		c.sim.Turn(func(k *knob.Knobs) { k.InactiveVersion = "InvalidArgument" })
		_, err := c.cf.CreateDistribution(c.ctx, &cloudfront.CreateDistributionInput{DistributionConfig: associate(":1")})
		c.want(err, "InvalidArgument")
		active := func() { _ = clock.System{}.Sleep(c.ctx, 5*time.Second) }
		active()
		if _, _, got := c.lambda("GET", functions+"/split/configuration?Qualifier=1", nil); got["State"] != "Active" || got["StateReasonCode"] != nil {
			t.Errorf("five seconds later it is %v", got)
		}
		id, _ := c.create(associate(":1"))
		c.lambda("PUT", functions+"/split/code", code("two"))
		_, _, two := c.lambda("POST", functions+"/split/versions", nil)
		if two["Version"] != "2" || two["CodeSha256"] == one["CodeSha256"] {
			t.Errorf("version %v has code %v, version 1 had %v", two["Version"], two["CodeSha256"], one["CodeSha256"])
		}
		active()
		f := must(c.cf.CreateFunction(c.ctx, &cloudfront.CreateFunctionInput{Name: aws.String("beside"), FunctionConfig: functionConfig(), FunctionCode: []byte(handler)}))
		must(c.cf.PublishFunction(c.ctx, &cloudfront.PublishFunctionInput{Name: aws.String("beside"), IfMatch: f.ETag}))
		beside := func(lambda, function types.EventType) error {
			cfg := associate(":2")
			cfg.DefaultCacheBehavior.LambdaFunctionAssociations.Items[0].EventType = lambda
			cfg.DefaultCacheBehavior.FunctionAssociations = &types.FunctionAssociations{Quantity: aws.Int32(1), Items: []types.FunctionAssociation{{EventType: function, FunctionARN: f.FunctionSummary.FunctionMetadata.FunctionARN}}}
			_, err := c.cf.CreateDistribution(c.ctx, &cloudfront.CreateDistributionInput{DistributionConfig: cfg})
			return err
		}
		c.want(beside(types.EventTypeViewerResponse, types.EventTypeViewerRequest), "InvalidFunctionAssociation")
		c.want(beside(types.EventTypeViewerRequest, types.EventTypeViewerResponse), "InvalidFunctionAssociation")
		if err := beside(types.EventTypeOriginResponse, types.EventTypeViewerRequest); err != nil {
			t.Errorf("a function on a viewer event beside Lambda@Edge on an origin event: %v", err)
		}
		c.lambda("PUT", functions+"/split/configuration", map[string]any{"Environment": map[string]any{"Variables": map[string]any{"A": "b"}}})
		c.lambda("POST", functions+"/split/versions", nil)
		if status, code, _ := c.lambda("POST", functions+"/split/versions", map[string]any{"RevisionId": "of yesterday"}); status != http.StatusPreconditionFailed || code != "PreconditionFailedException" {
			t.Errorf("a revision that is none: %d %s", status, code)
		}
		for member, value := range map[string]string{"Runtime": "cobol", "Role": "nobody"} {
			bad := maps.Clone(create)
			bad["FunctionName"], bad[member] = "bad", value
			if status, code, _ := c.lambda("POST", functions, bad); status != http.StatusBadRequest || code != "ValidationException" {
				t.Errorf("%s %s: %d %s", member, value, status, code)
			}
		}
		active()
		refused(":3")
		_, _, list := c.lambda("GET", functions+"/"+url.PathEscape(arn)+"/versions", nil)
		if versions := list["Versions"].([]any); len(versions) != 4 || versions[0].(map[string]any)["Version"] != "$LATEST" {
			t.Errorf("the versions are %v", versions)
		}
		if _, _, got := c.lambda("GET", functions+"/split/configuration?Qualifier=2", nil); got["FunctionArn"] != arn+":2" || got["CodeSha256"] != two["CodeSha256"] {
			t.Errorf("version 2 is %v", got)
		}
		if status, code, _ := c.lambda("GET", functions+"/split?Qualifier=9", nil); status != http.StatusNotFound || code != "ResourceNotFoundException" {
			t.Errorf("version 9: %d %s", status, code)
		}
		if _, _, got := c.lambda("GET", functions+"/split", nil); got["Tags"].(map[string]any)["side"] != "blue" {
			t.Errorf("the function is %v", got)
		}
		c.lambda("GET", functions, nil)
		c.lambda("GET", "/2020-06-30/functions/split/code-signing-config", nil)
		tags := "/2017-03-31/tags/" + url.PathEscape(arn)
		c.lambda("POST", tags, map[string]any{"Tags": map[string]any{"a": "b"}})
		c.lambda("DELETE", tags+"?tagKeys=side", nil)
		if _, _, got := c.lambda("GET", tags, nil); len(got["Tags"].(map[string]any)) != 1 {
			t.Errorf("the tags are %v", got)
		}

		if status, code, _ := c.lambda("DELETE", functions+"/split", nil); status != http.StatusBadRequest || code != "InvalidParameterValueException" {
			t.Errorf("deleting what is replicated: %d %s", status, code)
		}
		cfg := associate(":2")
		cfg.CallerReference = c.get(id).Distribution.DistributionConfig.CallerReference
		must(c.cf.UpdateDistribution(c.ctx, &cloudfront.UpdateDistributionInput{Id: &id, IfMatch: c.get(id).ETag, DistributionConfig: cfg}))
		if status, _, _ := c.lambda("DELETE", functions+"/split?Qualifier=1", nil); status != http.StatusBadRequest {
			t.Errorf("deleting version 1 while it has replicas: %d", status)
		}
		_ = clock.System{}.Sleep(c.ctx, 2*time.Hour)
		if status, _, _ := c.lambda("DELETE", functions+"/split?Qualifier=1", nil); status >= 300 {
			t.Errorf("deleting version 1: %d", status)
		}
	})
}
