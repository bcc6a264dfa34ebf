package conformance

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	kvs "github.com/aws/aws-sdk-go-v2/service/cloudfrontkeyvaluestore"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
)

const testEvent = `{"version":"1.0","context":{"eventType":"viewer-request","requestId":"abc"},"viewer":{"ip":"192.0.2.1"},` +
	`"request":{"method":"GET","uri":"/","querystring":{},"headers":{"host":{"value":"www.example.com"}},"cookies":{}}}`

func TestAFunctionIsTestedBeforeItIsPublished(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		arn := c.store("split", nil)
		data := c.keys("AKIDEXAMPLE", "secret", "")
		must(data.PutKey(c.ctx, &kvs.PutKeyInput{KvsARN: arn, Key: aws.String("side"), Value: aws.String("green"), IfMatch: must(data.DescribeKeyValueStore(c.ctx, &kvs.DescribeKeyValueStoreInput{KvsARN: arn})).ETag}))
		config := functionConfig()
		config.KeyValueStoreAssociations = &types.KeyValueStoreAssociations{Quantity: aws.Int32(1), Items: []types.KeyValueStoreAssociation{{KeyValueStoreARN: arn}}}
		nth := 0
		test := func(code, event string) *types.TestResult {
			nth++
			name := aws.String(string(rune('a' + nth)))
			made := must(c.cf.CreateFunction(c.ctx, &cloudfront.CreateFunctionInput{Name: name, FunctionConfig: config, FunctionCode: []byte(code)}))
			return must(c.cf.TestFunction(c.ctx, &cloudfront.TestFunctionInput{Name: name, IfMatch: made.ETag, EventObject: []byte(event)})).TestResult
		}
		good := test("import cf from 'cloudfront';\nasync function handler(event) {\n  const side = await cf.kvs().get('side');\n  console.log(side);\n  cf.selectRequestOriginById('no such origin');\n"+
			"  delete event.request.headers.host;\n  event.request.uri = '/' + side;\n  return event.request;\n}", testEvent)
		var out struct{ Request struct{ URI string } }
		if err := json.Unmarshal([]byte(aws.ToString(good.FunctionOutput)), &out); err != nil || out.Request.URI != "/green" {
			t.Errorf("the output is %s, %v", aws.ToString(good.FunctionOutput), err)
		}
		if aws.ToString(good.FunctionErrorMessage) != "" || !slices.Equal(good.FunctionExecutionLogs, []string{"green"}) || aws.ToString(good.ComputeUtilization) == "" || strings.Contains(*good.FunctionOutput, "no such origin") {
			t.Errorf("a good one: %+v", good)
		}
		bad := test("async function handler(event) {\n  return event?.request;\n}", testEvent)
		if !strings.HasPrefix(aws.ToString(bad.FunctionErrorMessage), "SyntaxError") || aws.ToString(bad.FunctionOutput) != "" || *bad.FunctionSummary.FunctionMetadata.FunctionARN == "" {
			t.Errorf("a bad one: %+v", bad)
		}
		if got := test("function handler(event) { return {statusCode: 302}; }", testEvent); *got.FunctionOutput != `{"response":{"statusCode":302}}` {
			t.Errorf("a generated response: %+v", got)
		}
		if got := test("function handler(event) { return event.response; }", `{"context":{"eventType":"viewer-response"},"request":{},"response":{"statusCode":200}}`); *got.FunctionOutput != `{"response":{"statusCode":200}}` {
			t.Errorf("a response: %+v", got)
		}
		if got := test("function handler(event) {}", testEvent); aws.ToString(got.FunctionErrorMessage) == "" {
			t.Errorf("nothing: %+v", got)
		}

		name, old := aws.String("b"), must(c.cf.DescribeFunction(c.ctx, &cloudfront.DescribeFunctionInput{Name: aws.String("b")})).ETag
		ask := func(etag *string, stage types.FunctionStage, event string) error {
			_, err := c.cf.TestFunction(c.ctx, &cloudfront.TestFunctionInput{Name: name, IfMatch: etag, Stage: stage, EventObject: []byte(event)})
			return err
		}
		c.want(ask(old, types.FunctionStageLive, testEvent), "NoSuchFunctionExists")
		c.want(ask(old, types.FunctionStageDevelopment, "no JSON"), "InvalidArgument")
		must(c.cf.PublishFunction(c.ctx, &cloudfront.PublishFunctionInput{Name: name, IfMatch: old}))
		must(c.cf.UpdateFunction(c.ctx, &cloudfront.UpdateFunctionInput{Name: name, IfMatch: old, FunctionConfig: config, FunctionCode: []byte(handler)}))
		if err := ask(old, types.FunctionStageLive, testEvent); err != nil {
			t.Error(err)
		}
		c.want(ask(old, types.FunctionStageDevelopment, testEvent), "InvalidIfMatchVersion")
		c.sim.Turn(func(k *knob.Knobs) { k.StaleTest = "PreconditionFailed" })
		c.want(ask(old, types.FunctionStageDevelopment, testEvent), "PreconditionFailed")
	})
}

// What UpdateDistribution refuses to associate.
func TestAssociationsOfFunctionsAreRefused(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		name := aws.String("f")
		made := must(c.cf.CreateFunction(c.ctx, &cloudfront.CreateFunctionInput{Name: name, FunctionConfig: functionConfig(), FunctionCode: []byte(handler)}))
		arn := made.FunctionSummary.FunctionMetadata.FunctionARN
		cfg := c.config("")
		id, _ := c.create(cfg)
		update := func(events ...types.EventType) error {
			items := []types.FunctionAssociation{}
			for _, e := range events {
				items = append(items, types.FunctionAssociation{EventType: e, FunctionARN: arn})
			}
			cfg.DefaultCacheBehavior.FunctionAssociations = &types.FunctionAssociations{Quantity: aws.Int32(int32(len(items))), Items: items}
			_, err := c.cf.UpdateDistribution(c.ctx, &cloudfront.UpdateDistributionInput{Id: &id, IfMatch: c.get(id).ETag, DistributionConfig: cfg})
			return err
		}
		c.want(update(types.EventTypeViewerRequest), "InvalidFunctionAssociation") // not published
		must(c.cf.PublishFunction(c.ctx, &cloudfront.PublishFunctionInput{Name: name, IfMatch: made.ETag}))
		c.want(update(types.EventTypeOriginRequest), "InvalidFunctionAssociation")
		c.want(update(types.EventTypeViewerRequest, types.EventTypeViewerRequest), "InvalidFunctionAssociation")
		c.want(update(types.EventTypeViewerRequest, types.EventTypeViewerResponse, types.EventTypeViewerResponse), "TooManyFunctionAssociations")
		c.want(update("viewer-whatever"), "MalformedXML")
		if err := update(types.EventTypeViewerRequest, types.EventTypeViewerResponse); err != nil {
			t.Fatal(err)
		}
		if err := update(types.EventTypeViewerRequest); err != nil { // its own association does not count
			t.Fatal(err)
		}
		second := c.config("")
		second.DefaultCacheBehavior.FunctionAssociations = cfg.DefaultCacheBehavior.FunctionAssociations
		_, err := c.cf.CreateDistribution(c.ctx, &cloudfront.CreateDistributionInput{DistributionConfig: second})
		c.want(err, "TooManyDistributionsWithFunctionAssociations")
		c.sim.Turn(func(k *knob.Knobs) { k.FunctionDistributions, k.FlatRatePlan = 100, true })
		_, err = c.cf.CreateDistribution(c.ctx, &cloudfront.CreateDistributionInput{DistributionConfig: second})
		c.want(err, "TooManyDistributionsWithFunctionAssociations")
		c.sim.Turn(func(k *knob.Knobs) { k.UnpublishedFunction = "InvalidArgument" })
		other := must(c.cf.CreateFunction(c.ctx, &cloudfront.CreateFunctionInput{Name: aws.String("g"), FunctionConfig: functionConfig(), FunctionCode: []byte(handler)}))
		arn = other.FunctionSummary.FunctionMetadata.FunctionARN
		c.want(update(types.EventTypeViewerRequest), "InvalidArgument")
	}, func(k *knob.Knobs) { k.FunctionDistributions = 1 })
}
