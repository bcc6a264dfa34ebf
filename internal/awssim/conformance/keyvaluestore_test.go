package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	kvs "github.com/aws/aws-sdk-go-v2/service/cloudfrontkeyvaluestore"
	kvstypes "github.com/aws/aws-sdk-go-v2/service/cloudfrontkeyvaluestore/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyendpoints "github.com/aws/smithy-go/endpoints"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	simsts "github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/sts"
)

// elsewhere sends calls to another place, signed as the real one wants them.
type elsewhere struct{ to url.URL }

func (e elsewhere) ResolveEndpoint(ctx context.Context, p kvs.EndpointParameters) (smithyendpoints.Endpoint, error) {
	out, err := kvs.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, p)
	out.URI = e.to
	return out, err
}

func (c *client) keys(key, secret, token string, turn ...func(*kvs.Options)) *kvs.Client {
	return kvs.NewFromConfig(aws.Config{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider(key, secret, token),
		HTTPClient: &http.Client{Transport: c.sim.Transport()}, RetryMaxAttempts: 1,
	}, turn...)
}

func status(err error) int {
	if e := (interface{ HTTPStatusCode() int })(nil); errors.As(err, &e) {
		return e.HTTPStatusCode()
	}
	return 0
}

func (c *client) store(name string, source *types.ImportSource) (arn *string) {
	c.Helper()
	made := must(c.cf.CreateKeyValueStore(c.ctx, &cloudfront.CreateKeyValueStoreInput{Name: &name, ImportSource: source}))
	pass(time.Minute)
	return made.KeyValueStore.ARN
}

func TestAKeyValueStoreIsMadeDescribedAndDeleted(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		name := aws.String("split")
		create := &cloudfront.CreateKeyValueStoreInput{Name: name, Comment: aws.String("weights"), Tags: &types.Tags{Items: []types.Tag{{Key: aws.String("team"), Value: aws.String("web")}}}}
		made := must(c.cf.CreateKeyValueStore(c.ctx, create))
		if *made.KeyValueStore.Status != "PROVISIONING" || made.ETag == nil || made.Location == nil {
			t.Errorf("made %+v with %v at %v", made.KeyValueStore, made.ETag, made.Location)
		}
		arn := made.KeyValueStore.ARN
		if want := "arn:aws:cloudfront::123456789012:key-value-store/" + *made.KeyValueStore.Id; *arn != want {
			t.Errorf("the ARN is %s, not %s", *arn, want)
		}
		data := c.keys("AKIDEXAMPLE", "secret", "")
		_, err := data.GetKey(c.ctx, &kvs.GetKeyInput{KvsARN: arn, Key: aws.String("a")})
		c.want(err, "ConflictException")
		if got := must(data.DescribeKeyValueStore(c.ctx, &kvs.DescribeKeyValueStoreInput{KvsARN: arn})); *got.Status != "PROVISIONING" || got.LastModified != nil {
			t.Errorf("the data plane says %+v", got)
		}
		_, err = c.cf.CreateKeyValueStore(c.ctx, create)
		c.want(err, "EntityAlreadyExists")
		pass(time.Minute)
		got := must(c.cf.DescribeKeyValueStore(c.ctx, &cloudfront.DescribeKeyValueStoreInput{Name: name}))
		if *got.KeyValueStore.Status != "READY" || *got.ETag != *made.ETag {
			t.Errorf("after a minute it is %+v at %s", got.KeyValueStore, *got.ETag)
		}
		if list := must(c.cf.ListKeyValueStores(c.ctx, &cloudfront.ListKeyValueStoresInput{Status: aws.String("READY")})).KeyValueStoreList; len(list.Items) != 1 || *list.Quantity != 1 {
			t.Errorf("listed are %+v", list)
		}
		if tags := must(c.cf.ListTagsForResource(c.ctx, &cloudfront.ListTagsForResourceInput{Resource: arn})); len(tags.Tags.Items) != 1 {
			t.Errorf("its tags are %+v", tags.Tags)
		}
		before := must(data.DescribeKeyValueStore(c.ctx, &kvs.DescribeKeyValueStoreInput{KvsARN: arn}))
		updated := must(c.cf.UpdateKeyValueStore(c.ctx, &cloudfront.UpdateKeyValueStoreInput{Name: name, Comment: aws.String("new"), IfMatch: made.ETag}))
		if *updated.ETag == *made.ETag || *updated.KeyValueStore.Comment != "new" {
			t.Errorf("updated to %+v at %s", updated.KeyValueStore, *updated.ETag)
		}
		if after := must(data.DescribeKeyValueStore(c.ctx, &kvs.DescribeKeyValueStoreInput{KvsARN: arn})); *after.ETag != *before.ETag {
			t.Errorf("another comment is another ETag of the keys: %s, before %s", *after.ETag, *before.ETag)
		}
		_, err = c.cf.UpdateKeyValueStore(c.ctx, &cloudfront.UpdateKeyValueStoreInput{Name: name, Comment: aws.String(""), IfMatch: made.ETag})
		c.want(err, "PreconditionFailed")
		_, err = c.cf.DeleteKeyValueStore(c.ctx, &cloudfront.DeleteKeyValueStoreInput{Name: name, IfMatch: made.ETag})
		c.want(err, "PreconditionFailed")
		must(c.cf.DeleteKeyValueStore(c.ctx, &cloudfront.DeleteKeyValueStoreInput{Name: name, IfMatch: updated.ETag}))
		_, err = c.cf.DescribeKeyValueStore(c.ctx, &cloudfront.DescribeKeyValueStoreInput{Name: name})
		c.want(err, "EntityNotFound")
		_, err = data.DescribeKeyValueStore(c.ctx, &kvs.DescribeKeyValueStoreInput{KvsARN: arn})
		c.want(err, "ResourceNotFoundException")
		again := must(c.cf.CreateKeyValueStore(c.ctx, create))
		if *again.KeyValueStore.ARN == *arn || *again.ETag != *made.ETag {
			t.Errorf("made anew it is %s at %s, as before %s at %s", *again.KeyValueStore.ARN, *again.ETag, *arn, *made.ETag)
		}
	})
}

func TestKeysAreWrittenOnConditionAndAllOrNothing(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		arn, data := c.store("split", nil), c.keys("AKIDEXAMPLE", "secret", "")
		first := must(data.DescribeKeyValueStore(c.ctx, &kvs.DescribeKeyValueStoreInput{KvsARN: arn})).ETag
		put := must(data.PutKey(c.ctx, &kvs.PutKeyInput{KvsARN: arn, Key: aws.String("a/b c"), Value: aws.String("1"), IfMatch: first}))
		if *put.ItemCount != 1 || *put.TotalSizeInBytes == 0 || *put.ETag == *first || !strings.HasPrefix(*put.ETag, "KV") {
			t.Errorf("put answers %+v with %s", put, *put.ETag)
		}
		if got := must(data.GetKey(c.ctx, &kvs.GetKeyInput{KvsARN: arn, Key: aws.String("a/b c")})); *got.Value != "1" || *got.Key != "a/b c" {
			t.Errorf("the key is %s = %s", *got.Key, *got.Value)
		}
		_, err := data.PutKey(c.ctx, &kvs.PutKeyInput{KvsARN: arn, Key: aws.String("z"), Value: aws.String("1"), IfMatch: first})
		c.want(err, "ConflictException")
		if status(err) != http.StatusConflict {
			t.Errorf("an older ETag is answered with %d", status(err))
		}
		update := func(etag *string, puts map[string]string, deletes ...string) (*kvs.UpdateKeysOutput, error) {
			in := &kvs.UpdateKeysInput{KvsARN: arn, IfMatch: etag}
			for k, v := range puts {
				in.Puts = append(in.Puts, kvstypes.PutKeyRequestListItem{Key: &k, Value: &v})
			}
			for _, k := range deletes {
				in.Deletes = append(in.Deletes, kvstypes.DeleteKeyRequestListItem{Key: &k})
			}
			return data.UpdateKeys(c.ctx, in)
		}
		out := must(update(put.ETag, map[string]string{"b": "2", "c": "3"}, "a/b c"))
		if *out.ItemCount != 2 {
			t.Errorf("after the update there are %d keys", *out.ItemCount)
		}
		_, err = update(out.ETag, map[string]string{"d": "4"}, "none")
		c.want(err, "ResourceNotFoundException")
		_, err = update(out.ETag, map[string]string{"b": "4"}, "b")
		c.want(err, "ValidationException")
		_, err = update(out.ETag, map[string]string{"d": strings.Repeat("x", 1025)})
		c.want(err, "ValidationException")
		_, err = update(out.ETag, map[string]string{strings.Repeat("x", 513): ""})
		c.want(err, "ValidationException")
		many := map[string]string{}
		for i := range 51 {
			many[fmt.Sprint(i)] = "x"
		}
		_, err = update(out.ETag, many)
		c.want(err, "ValidationException")
		delete(many, "50")
		all := must(update(out.ETag, many))
		if n := must(data.DescribeKeyValueStore(c.ctx, &kvs.DescribeKeyValueStoreInput{KvsARN: arn})); *n.ItemCount != 52 || n.LastModified == nil || *n.ETag != *all.ETag {
			t.Errorf("there are %d keys at %s", *n.ItemCount, *n.ETag)
		}
		var names []string
		for pages := kvs.NewListKeysPaginator(data, &kvs.ListKeysInput{KvsARN: arn, MaxResults: aws.Int32(20)}); pages.HasMorePages(); {
			for _, item := range must(pages.NextPage(c.ctx)).Items {
				names = append(names, *item.Key)
			}
		}
		if len(names) != 52 || names[50] != "b" {
			t.Errorf("listed are %d: %v", len(names), names)
		}
		gone := must(data.DeleteKey(c.ctx, &kvs.DeleteKeyInput{KvsARN: arn, Key: aws.String("b"), IfMatch: all.ETag}))
		_, err = data.GetKey(c.ctx, &kvs.GetKeyInput{KvsARN: arn, Key: aws.String("b")})
		c.want(err, "ResourceNotFoundException")
		_, err = data.DeleteKey(c.ctx, &kvs.DeleteKeyInput{KvsARN: arn, Key: aws.String("b"), IfMatch: gone.ETag})
		c.want(err, "ResourceNotFoundException")
		c.sim.Turn(func(k *knob.Knobs) { k.DeleteAbsentKey, k.StaleStore = true, "PreconditionFailed" })
		if same := must(data.DeleteKey(c.ctx, &kvs.DeleteKeyInput{KvsARN: arn, Key: aws.String("b"), IfMatch: gone.ETag})); *same.ETag != *gone.ETag {
			t.Errorf("to delete nothing is a change, to %s", *same.ETag)
		}
		_, err = data.PutKey(c.ctx, &kvs.PutKeyInput{KvsARN: arn, Key: aws.String("z"), Value: aws.String("1"), IfMatch: first})
		if status(err) != http.StatusPreconditionFailed {
			t.Errorf("an older ETag is answered with %v", err)
		}
	})
}

func TestAStoreIsImportedFromS3(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		objects := s3.NewFromConfig(aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""), HTTPClient: &http.Client{Transport: c.sim.Transport()}})
		must(objects.CreateBucket(c.ctx, &s3.CreateBucketInput{Bucket: aws.String("imports")}))
		for key, content := range map[string]string{"good.json": `{"data":[{"key":"a","value":"1"},{"key":"b","value":"2"}]}`, "twice.json": `{"data":[{"key":"a","value":"1"},{"key":"a","value":"2"}]}`} {
			must(objects.PutObject(c.ctx, &s3.PutObjectInput{Bucket: aws.String("imports"), Key: aws.String(key), Body: strings.NewReader(content)}))
		}
		source := func(arn string) *types.ImportSource {
			return &types.ImportSource{SourceType: types.ImportSourceTypeS3, SourceARN: &arn}
		}
		data := c.keys("AKIDEXAMPLE", "secret", "")
		if got := must(data.GetKey(c.ctx, &kvs.GetKeyInput{KvsARN: c.store("good", source("arn:aws:s3:::imports/good.json")), Key: aws.String("b")})); *got.Value != "2" {
			t.Errorf("imported is %s", *got.Value)
		}
		if got := must(data.DescribeKeyValueStore(c.ctx, &kvs.DescribeKeyValueStoreInput{KvsARN: c.store("twice", source("arn:aws:s3:::imports/twice.json"))})); *got.Status != "IMPORT_FAILED" || !strings.Contains(*got.FailureReason, "duplicate") {
			t.Errorf("a file with duplicate keys is %s", *got.Status)
		}
		_, err := c.cf.CreateKeyValueStore(c.ctx, &cloudfront.CreateKeyValueStoreInput{Name: aws.String("none"), ImportSource: source("imports/good.json")})
		c.want(err, "InvalidArgument")
		c.sim.Allow("cloudfront:CreateKeyValueStore")
		_, err = c.cf.CreateKeyValueStore(c.ctx, &cloudfront.CreateKeyValueStoreInput{Name: aws.String("none"), ImportSource: source("arn:aws:s3:::imports/good.json")})
		c.want(err, "AccessDenied")
	})
}

func TestTheQuotaOfStoresHolds(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		c.store("one", nil)
		_, err := c.cf.CreateKeyValueStore(c.ctx, &cloudfront.CreateKeyValueStoreInput{Name: aws.String("two")})
		c.want(err, "EntityLimitExceeded")
	}, func(k *knob.Knobs) { k.KeyValueStores = 1 })
}

// The data plane takes signatures of version 4A for all regions, and session tokens of version 2.
func TestTheDataPlaneOfStoresIsSignedForAllRegions(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		arn := c.store("split", nil)
		c.sim.Identity().AddUser(simsts.User{Name: "ci", AccessKey: "AKIDCI", SecretKey: "good"})
		role := c.sim.Identity().AddRole(simsts.Role{Name: "deploy", Trusts: []string{"*"}})
		describe := func(api *kvs.Client) error {
			_, err := api.DescribeKeyValueStore(c.ctx, &kvs.DescribeKeyValueStoreInput{KvsARN: arn})
			return err
		}
		refused := func(what, want string, err error) {
			t.Helper()
			if code(err) != want || status(err) != http.StatusForbidden {
				t.Errorf("%s: %v, want %s and 403", what, err, want)
			}
		}
		here := url.URL{Scheme: "https", Host: "localhost:8443"}
		if err := describe(c.keys("AKIDCI", "good", "", kvs.WithEndpointResolverV2(elsewhere{here}))); err != nil {
			t.Error(err)
		}
		refused("a wrong secret", "InvalidSignatureException", describe(c.keys("AKIDCI", "bad", "")))
		refused("an unknown key", "UnrecognizedClientException", describe(c.keys("AKIDNONE", "good", "")))
		// A resolver that gives a place only has no properties for the signature.
		bare := c.keys("AKIDCI", "good", "", func(o *kvs.Options) { o.EndpointResolverV2 = bareEndpoint{here} })
		refused("a signature for one region", "InvalidSignatureException", describe(bare))

		assume := func(host string) *kvs.Client {
			api := sts.NewFromConfig(aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("AKIDCI", "good", ""), HTTPClient: &http.Client{Transport: c.sim.Transport()}},
				func(o *sts.Options) { o.BaseEndpoint = aws.String("https://" + host) })
			got := must(api.AssumeRole(c.ctx, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("run")})).Credentials
			return c.keys(*got.AccessKeyId, *got.SecretAccessKey, *got.SessionToken)
		}
		if err := describe(assume("sts.eu-west-1.amazonaws.com")); err != nil {
			t.Error(err)
		}
		refused("a token of the global endpoint", "AccessDeniedException", describe(assume("sts.amazonaws.com")))
		c.sim.Turn(func(k *knob.Knobs) { k.SessionTokens = 2 })
		if err := describe(assume("sts.amazonaws.com")); err != nil {
			t.Error(err)
		}
		c.sim.Turn(func(k *knob.Knobs) { k.SessionTokens = 1 })
		refused("where every token has version 1", "AccessDeniedException", describe(assume("sts.eu-west-1.amazonaws.com")))

		if err := c.sim.Restrict(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"cloudfront-keyvaluestore:GetKey","Resource":"` + *arn + `"}}`); err != nil {
			t.Fatal(err)
		}
		api := c.keys("AKIDCI", "good", "")
		refused("what no policy allows", "AccessDeniedException", describe(api))
		_, err := api.GetKey(c.ctx, &kvs.GetKeyInput{KvsARN: arn, Key: aws.String("none")})
		c.want(err, "ResourceNotFoundException")
	})
}

// bareEndpoint is a resolver that says where, and nothing else.
type bareEndpoint struct{ to url.URL }

func (e bareEndpoint) ResolveEndpoint(context.Context, kvs.EndpointParameters) (smithyendpoints.Endpoint, error) {
	return smithyendpoints.Endpoint{URI: e.to}, nil
}

// A store that a function has, the live one alone included, is not deleted.
func TestAStoreIsKeptWhileAFunctionHasIt(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		arn := c.store("split", nil)
		with := functionConfig()
		with.KeyValueStoreAssociations = &types.KeyValueStoreAssociations{Quantity: aws.Int32(1), Items: []types.KeyValueStoreAssociation{{KeyValueStoreARN: arn}}}
		name := aws.String("f")
		made := must(c.cf.CreateFunction(c.ctx, &cloudfront.CreateFunctionInput{Name: name, FunctionConfig: with, FunctionCode: []byte(handler)}))
		_, err := c.cf.CreateFunction(c.ctx, &cloudfront.CreateFunctionInput{Name: aws.String("g"), FunctionConfig: with, FunctionCode: []byte(handler)})
		c.want(err, "InvalidArgument")
		must(c.cf.PublishFunction(c.ctx, &cloudfront.PublishFunctionInput{Name: name, IfMatch: made.ETag}))
		remove := func() error {
			etag := must(c.cf.DescribeKeyValueStore(c.ctx, &cloudfront.DescribeKeyValueStoreInput{Name: aws.String("split")})).ETag
			_, err := c.cf.DeleteKeyValueStore(c.ctx, &cloudfront.DeleteKeyValueStoreInput{Name: aws.String("split"), IfMatch: etag})
			return err
		}
		c.want(remove(), "CannotDeleteEntityWhileInUse")
		updated := must(c.cf.UpdateFunction(c.ctx, &cloudfront.UpdateFunctionInput{Name: name, IfMatch: made.ETag, FunctionConfig: functionConfig(), FunctionCode: []byte(handler)}))
		c.want(remove(), "CannotDeleteEntityWhileInUse") // the live one has it
		must(c.cf.PublishFunction(c.ctx, &cloudfront.PublishFunctionInput{Name: name, IfMatch: updated.ETag}))
		if err := remove(); err != nil {
			t.Error(err)
		}
		_, err = c.cf.CreateFunction(c.ctx, &cloudfront.CreateFunctionInput{Name: aws.String("g"), FunctionConfig: with, FunctionCode: []byte(handler)})
		c.want(err, "InvalidArgument") // there is no such store any more
	}, func(k *knob.Knobs) { k.FunctionsPerStore = 1 })
}
