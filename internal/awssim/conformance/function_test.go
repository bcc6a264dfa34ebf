package conformance

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
)

func functionConfig() *types.FunctionConfig {
	return &types.FunctionConfig{Comment: aws.String("rewrites"), Runtime: types.FunctionRuntimeCloudfrontJs20}
}

const handler = "function handler(event) { return event.request }"

func TestAFunctionIsDevelopedPublishedAndKeptWhileInUse(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		name := aws.String("rewrite")
		create := &cloudfront.CreateFunctionInput{Name: name, FunctionConfig: functionConfig(), FunctionCode: []byte(handler)}
		made := must(c.cf.CreateFunction(c.ctx, create))
		arn := made.FunctionSummary.FunctionMetadata.FunctionARN
		if *made.FunctionSummary.Status != "UNPUBLISHED" || made.FunctionSummary.FunctionMetadata.Stage != types.FunctionStageDevelopment || made.Location == nil {
			t.Errorf("the function is %+v at %v", made.FunctionSummary, made.Location)
		}
		_, err := c.cf.CreateFunction(c.ctx, create)
		c.want(err, "FunctionAlreadyExists")
		_, err = c.cf.DescribeFunction(c.ctx, &cloudfront.DescribeFunctionInput{Name: name, Stage: types.FunctionStageLive})
		c.want(err, "NoSuchFunctionExists")

		cfg := c.config("")
		cfg.DefaultCacheBehavior.FunctionAssociations = &types.FunctionAssociations{Quantity: aws.Int32(1), Items: []types.FunctionAssociation{{EventType: types.EventTypeViewerRequest, FunctionARN: arn}}}
		_, err = c.cf.CreateDistribution(c.ctx, &cloudfront.CreateDistributionInput{DistributionConfig: cfg})
		c.want(err, "InvalidFunctionAssociation")
		must(c.cf.PublishFunction(c.ctx, &cloudfront.PublishFunctionInput{Name: name, IfMatch: made.ETag}))
		id, _ := c.create(cfg)
		if got := must(c.cf.DescribeFunction(c.ctx, &cloudfront.DescribeFunctionInput{Name: name})); *got.FunctionSummary.Status != "IN_PROGRESS" {
			t.Errorf("once associated, the function is %s", *got.FunctionSummary.Status)
		}
		c.sim.Turn(func(k *knob.Knobs) { k.FunctionAtOnce = true })
		if got := must(c.cf.DescribeFunction(c.ctx, &cloudfront.DescribeFunctionInput{Name: name})); *got.FunctionSummary.Status != "DEPLOYED" {
			t.Errorf("where it is so at once, the function is %s", *got.FunctionSummary.Status)
		}
		c.sim.Turn(func(k *knob.Knobs) { k.FunctionAtOnce = false })
		c.deployed(id)
		published := must(c.cf.DescribeFunction(c.ctx, &cloudfront.DescribeFunctionInput{Name: name, Stage: types.FunctionStageLive}))
		if *published.ETag != *made.ETag {
			t.Errorf("published as %s, the live one is %s", *made.ETag, *published.ETag)
		}

		update := &cloudfront.UpdateFunctionInput{Name: name, IfMatch: made.ETag, FunctionConfig: functionConfig(), FunctionCode: []byte(handler + "// new")}
		updated := must(c.cf.UpdateFunction(c.ctx, update))
		if updated.ETag == nil || *updated.ETag == *made.ETag || *updated.FunctionSummary.Status != "UNPUBLISHED" {
			t.Errorf("the update: %+v, ETag %v", updated.FunctionSummary, updated.ETag)
		}
		_, err = c.cf.UpdateFunction(c.ctx, update)
		c.want(err, "PreconditionFailed")
		_, err = c.cf.PublishFunction(c.ctx, &cloudfront.PublishFunctionInput{Name: name, IfMatch: made.ETag})
		c.want(err, "PreconditionFailed")
		live := must(c.cf.GetFunction(c.ctx, &cloudfront.GetFunctionInput{Name: name, Stage: types.FunctionStageLive}))
		dev := must(c.cf.GetFunction(c.ctx, &cloudfront.GetFunctionInput{Name: name}))
		if string(live.FunctionCode) != handler || string(dev.FunctionCode) != handler+"// new" || *live.ETag == *dev.ETag {
			t.Errorf("live is %q %s, in development %q %s", live.FunctionCode, *live.ETag, dev.FunctionCode, *dev.ETag)
		}
		must(c.cf.PublishFunction(c.ctx, &cloudfront.PublishFunctionInput{Name: name, IfMatch: updated.ETag}))
		if list := must(c.cf.ListFunctions(c.ctx, &cloudfront.ListFunctionsInput{Stage: types.FunctionStageLive})).FunctionList; len(list.Items) != 1 || *list.Items[0].FunctionMetadata.FunctionARN != *arn {
			t.Errorf("the live functions: %+v", list)
		}

		_, err = c.cf.DeleteFunction(c.ctx, &cloudfront.DeleteFunctionInput{Name: name, IfMatch: updated.ETag})
		c.want(err, "FunctionInUse")
		cfg.DefaultCacheBehavior.FunctionAssociations = nil
		must(c.cf.UpdateDistribution(c.ctx, &cloudfront.UpdateDistributionInput{Id: &id, IfMatch: c.get(id).ETag, DistributionConfig: cfg}))
		must(c.cf.DeleteFunction(c.ctx, &cloudfront.DeleteFunctionInput{Name: name, IfMatch: updated.ETag}))
		_, err = c.cf.GetFunction(c.ctx, &cloudfront.GetFunctionInput{Name: name})
		c.want(err, "NoSuchFunctionExists")
		if again := must(c.cf.CreateFunction(c.ctx, create)); *again.ETag != *made.ETag {
			t.Errorf("made again under its name it is at %s, and not at %s as at first", *again.ETag, *made.ETag)
		}
		pass(time.Second)
	})
}

func TestMistakesInFunctionsAreRefused(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		_, err := c.cf.CreateFunction(c.ctx, &cloudfront.CreateFunctionInput{Name: aws.String("large"), FunctionConfig: functionConfig(), FunctionCode: []byte(strings.Repeat("x", 10<<10+1))})
		c.want(err, "FunctionSizeLimitExceeded")
		old := functionConfig()
		old.Runtime = types.FunctionRuntimeCloudfrontJs10
		old.KeyValueStoreAssociations = &types.KeyValueStoreAssociations{Quantity: aws.Int32(1), Items: []types.KeyValueStoreAssociation{{KeyValueStoreARN: aws.String("arn:aws:cloudfront::123456789012:key-value-store/11111111-1111-1111-1111-111111111111")}}}
		_, err = c.cf.CreateFunction(c.ctx, &cloudfront.CreateFunctionInput{Name: aws.String("old"), FunctionConfig: old, FunctionCode: []byte(handler)})
		c.want(err, "InvalidArgument")
		cfg := c.config("")
		cfg.DefaultCacheBehavior.FunctionAssociations = &types.FunctionAssociations{Quantity: aws.Int32(1), Items: []types.FunctionAssociation{
			{EventType: types.EventTypeViewerRequest, FunctionARN: aws.String("arn:aws:cloudfront::123456789012:function/none")},
		}}
		_, err = c.cf.CreateDistribution(c.ctx, &cloudfront.CreateDistributionInput{DistributionConfig: cfg})
		c.want(err, "InvalidFunctionAssociation")
	})
}
