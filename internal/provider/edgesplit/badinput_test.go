package edgesplit_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/sts"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
)

// A badInput is a configuration or a world that has to be refused.
type badInput struct {
	name  string
	made  bool                           // the split is there, and weights would go up from nothing
	world func(s shop)                   // makes the world wrong
	edit  func(s shop, c acctest.Config) // makes the configuration wrong
	who   acctest.Config                 // of the provider block
}

func side(c acctest.Config, name string) map[string]any {
	return c["sides"].(map[string]any)[name].(map[string]any)
}

func badInputs(t *testing.T) []badInput {
	t.Helper()
	set := func(name string, value any) func(shop, acctest.Config) {
		return func(_ shop, c acctest.Config) {
			if c[name] = value; value == nil {
				delete(c, name)
			}
		}
	}
	cookie := func(name string, value any) func(shop, acctest.Config) {
		return set("cookie", map[string]any{name: value})
	}
	shares := func(of map[string]any) func(shop, acctest.Config) {
		return func(_ shop, c acctest.Config) {
			delete(c, "weight")
			c["shares"] = of
			c["sides"].(map[string]any)["red"] = map[string]any{"origin_id": "app-red"}
		}
	}
	override := func(of map[string]any) func(shop, acctest.Config) { return set("override", of) }
	asks := func(id string) func(shop, acctest.Config) {
		return func(_ shop, c acctest.Config) { side(c, "green")["origin_id"] = id }
	}
	edited := func(edit func(*cftypes.DistributionConfig)) func(shop) {
		return func(s shop) {
			s.EditByHand(s.Distribution, edit)
			s.Settle()
		}
	}
	answered := func(operation, code string, status int, message string) func(shop) {
		return func(s shop) {
			s.World.Faults().Add(fault.Fault{Operation: operation, Kind: fault.Answer, Code: code, Status: status, Message: message})
		}
	}
	return []badInput{
		{name: "weight above 100", edit: set("weight", 101)},
		{name: "weight below 0", edit: set("weight", -1)},
		{name: "share above 100", edit: shares(map[string]any{"green": 101, "red": 0})},
		{name: "shares above 100 together", edit: shares(map[string]any{"green": 60, "red": 50})},
		{name: "share of the safe side", edit: shares(map[string]any{"blue": 50, "green": 50})},
		{name: "share of no side", edit: shares(map[string]any{"purple": 50})},
		{name: "weight and shares", edit: set("shares", map[string]any{"green": 10})},
		{name: "neither weight nor shares", edit: set("weight", nil)},
		{name: "one weight for three sides", edit: func(_ shop, c acctest.Config) {
			c["sides"].(map[string]any)["red"] = map[string]any{"origin_id": "app-red"}
		}},
		{name: "weights that do not rise", edit: set("weights", []any{5, 5, 0})},
		{name: "step beyond the weight", edit: set("weights", []any{5, 50})},
		{name: "steps that outlast the change", edit: func(_ shop, c acctest.Config) { c["weight"], c["weights"], c["bake_time"] = 100, []any{1, 5, 50}, "2h" }},
		{name: "one side", edit: func(_ shop, c acctest.Config) { delete(c["sides"].(map[string]any), "green") }},
		{name: "unknown safe side", edit: set("safe", "purple")},
		{name: "name of a side", edit: func(_ shop, c acctest.Config) {
			sides := maps.Clone(c["sides"].(map[string]any))
			sides["Green!"] = sides["green"]
			delete(sides, "green")
			c["sides"] = sides
		}},
		{name: "both kinds of one side", edit: func(_ shop, c acctest.Config) { side(c, "green")["uri_prefix"] = "/green" }},
		{name: "sides of both kinds", edit: func(_ shop, c acctest.Config) {
			c["sides"].(map[string]any)["green"] = map[string]any{"uri_prefix": "/green"}
		}},
		{name: "side that is nowhere", edit: func(_ shop, c acctest.Config) { delete(side(c, "green"), "origin_id") }},
		{name: "both sides equal", edit: asks("app-blue")},
		{name: "prefix with a slash at the end", edit: func(_ shop, c acctest.Config) {
			c["sides"] = map[string]any{"blue": map[string]any{}, "green": map[string]any{"uri_prefix": "/green/"}}
		}},
		{name: "document with a slash", edit: func(_ shop, c acctest.Config) {
			c["sides"] = map[string]any{"blue": map[string]any{}, "green": map[string]any{"uri_prefix": "/green", "index_document": "/index.html"}}
		}},
		{name: "name that is too long", edit: set("name", strings.Repeat("s", 43))},
		{name: "cookie name", edit: cookie("name", "my cookie")},
		{name: "cookie for ever", edit: cookie("max_age", 401*24*3600)},
		{name: "cookie domain with a dot", edit: cookie("domain", ".example.com")},
		{name: "cookie path with a semicolon", edit: cookie("path", "/; Domain=example.org")},
		{name: "cookie of other sites in the clear", edit: set("cookie", map[string]any{"same_site": "None", "secure": false})},
		{name: "cookie of no such policy", edit: cookie("same_site", "lax")},
		{name: "host cookie with a domain", edit: set("cookie", map[string]any{"name": "__Host-side", "domain": "example.com"})},
		{name: "salt", edit: set("salt", "a b")},
		{name: "header that functions may not have", edit: set("variant_header", "x-edge-side")},
		{name: "without cookie", edit: set("without_cookie", "random")},
		{name: "secret too short", edit: override(map[string]any{"header": "x-side", "secret": "short"})},
		{name: "override without a secret", edit: override(map[string]any{"header": "x-side"})},
		{name: "override of both", edit: override(map[string]any{"header": "x-side", "cookie": "side", "secret": secret})},
		{name: "secret that nobody sees change", edit: override(map[string]any{"header": "x-side", "secret_wo": secret})},
		{name: "override that is the variant", edit: override(map[string]any{"header": "x-cdn-variant", "secret": secret})},
		{name: "behaviour twice", edit: func(s shop, c acctest.Config) {
			c["attach"] = map[string]any{"distribution_id": s.ID, "behaviors": []string{"/api/*", "api/*"}}
		}},
		{name: "no pattern", edit: func(s shop, c acctest.Config) {
			c["attach"] = map[string]any{"distribution_id": s.ID, "behaviors": []string{"/api/{id}"}}
		}},
		{name: "probe that cannot choose", edit: func(_ shop, c acctest.Config) {
			delete(c, "override")
			c["verify"] = gated(c)["verify"]
		}},

		{name: "behaviour that does not exist", edit: func(s shop, c acctest.Config) {
			c["attach"] = map[string]any{"distribution_id": s.ID, "behaviors": []string{"/missing/*"}}
		}},
		{name: "distribution that does not exist", edit: set("attach", map[string]any{"distribution_id": "E00000000000", "behaviors": []string{"default"}})},
		{name: "staging distribution", edit: func(s shop, c acctest.Config) {
			c["attach"] = map[string]any{"distribution_id": s.CopyByHand(s.Distribution).ID, "behaviors": []string{"default"}}
		}},
		{name: "viewer events of Lambda@Edge", world: func(s shop) {
			arn := s.version(t)
			edited(func(c *cftypes.DistributionConfig) {
				c.CacheBehaviors.Items[0].LambdaFunctionAssociations = &cftypes.LambdaFunctionAssociations{Quantity: aws.Int32(1), Items: []cftypes.LambdaFunctionAssociation{
					{EventType: cftypes.EventTypeViewerRequest, LambdaFunctionARN: aws.String(arn)},
				}}
			})(s)
		}},
		{name: "behaviour with another function", world: func(s shop) { s.associate(map[string]string{"viewer-request": s.stranger(t)}) }},
		{name: "unknown origin of the safe side", edit: func(_ shop, c acctest.Config) { side(c, "blue")["origin_id"] = "app-bleu" }},
		{name: "cache that keeps what testers get", world: func(s shop) { s.furnish(optimized) }},
		{name: "store of somebody else", world: func(s shop) { s.keep(t, "of the shop's other team") }},
		{name: "access denied", world: func(s shop) { s.World.Allow("cloudfront:DescribeKeyValueStore") }},
		{name: "expired credentials", world: answered("", "ExpiredToken", 403, "The security token included in the request is expired")},
		{name: "quota of stores", world: answered("CreateKeyValueStore", "EntityLimitExceeded", 400, "The entity limit has been exceeded.")},

		{name: "unknown origin", made: true, edit: asks("app-purple")},
		{name: "origin group", made: true, edit: asks("both"), world: edited(func(c *cftypes.DistributionConfig) {
			member := func(id string) cftypes.OriginGroupMember { return cftypes.OriginGroupMember{OriginId: aws.String(id)} }
			c.OriginGroups = &cftypes.OriginGroups{Quantity: aws.Int32(1), Items: []cftypes.OriginGroup{{
				Id: aws.String("both"), Members: &cftypes.OriginGroupMembers{Quantity: aws.Int32(2), Items: []cftypes.OriginGroupMember{member("app-blue"), member("app-green")}},
				FailoverCriteria: &cftypes.OriginGroupFailoverCriteria{StatusCodes: &cftypes.StatusCodes{Quantity: aws.Int32(1), Items: []int32{503}}},
			}}}
		})},
		{name: "origin with a client certificate", made: true, world: edited(func(c *cftypes.DistributionConfig) {
			c.Origins.Items[1].CustomOriginConfig.OriginMtlsConfig = &cftypes.OriginMtlsConfig{ClientCertificateArn: aws.String("arn:aws:acm:us-east-1:123456789012:certificate/0f1e2d3c-0000-4000-8000-000000000000")}
		})},
		{name: "policy without the variant", made: true, world: edited(func(c *cftypes.DistributionConfig) {
			c.DefaultCacheBehavior.CachePolicyId, c.CacheBehaviors.Items[0].CachePolicyId = aws.String(optimized), aws.String(optimized)
		})},
		{name: "legacy settings", made: true, world: edited(func(c *cftypes.DistributionConfig) {
			b := &c.CacheBehaviors.Items[0]
			b.CachePolicyId, b.MinTTL, b.DefaultTTL, b.MaxTTL = nil, aws.Int64(0), aws.Int64(60), aws.Int64(3600)                                              //nolint:staticcheck // that is what is refused
			b.ForwardedValues = &cftypes.ForwardedValues{QueryString: aws.Bool(false), Cookies: &cftypes.CookiePreference{Forward: cftypes.ItemSelectionNone}} //nolint:staticcheck // as above
		})},
		{name: "alarm that does not exist", made: true, edit: set("verify", map[string]any{"alarms": []any{map[string]any{"name": "errors"}}})},
		{name: "key value store denied", made: true, world: answered("GetKey", "AccessDeniedException", 403, "User is not authorized to perform: cloudfront-keyvaluestore:GetKey")},
		{name: "session of the global endpoint", made: true, who: acctest.Config{"assume_role": []any{map[string]any{"role_arn": "arn:aws:iam::123456789012:role/deploy"}}}, world: func(s shop) {
			s.World.Turn(func(k *knob.Knobs) { k.SessionTokens = 1 })
			s.World.Identity().AddRole(sts.Role{Name: "deploy", Trusts: []string{"*"}})
		}},
		{name: "runtime 1.0", made: true, edit: set("salt", "other"), world: func(s shop) {
			code := s.response(t, "other")
			s.makes(t, edgefunction.FunctionName("shop", edgefunction.ViewerResponse, code), "terraform-provider-cdn: edge split shop", cftypes.FunctionRuntimeCloudfrontJs10, code)
		}},
		{name: "code that somebody saved", made: true, world: func(s shop) { s.rewrite(t, false) }},
		{name: "code that somebody published", made: true, world: func(s shop) { s.rewrite(t, true) }},
		{name: "quota of functions", made: true, edit: set("salt", "other"), world: answered("CreateFunction", "TooManyFunctions", 400, "You have reached the maximum number of functions for this account.")},
	}
}

func TestBadInputIsRefusedWithAWayOutAndChangesNothing(t *testing.T) {
	t.Parallel()
	for _, bad := range badInputs(t) {
		t.Run(bad.name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T) {
				s := open(t)
				c := core(s.Env)
				config := s.toward(10)
				if bad.world != nil && !bad.made {
					bad.world(s)
				}
				if bad.edit != nil {
					bad.edit(s, config)
				}
				if bad.made {
					mustApply(t, c, s.toward(0))
					if bad.world != nil {
						bad.world(s)
					}
				}
				maps.Copy(c.Provider, bad.who)
				was := fmt.Sprint(c.State)
				said := s.Refused(c, config)
				if !bad.made && !c.State.IsNull() {
					t.Errorf("left a state behind: %s", c.State)
				}
				if bad.made && c.State.IsNull() {
					t.Errorf("lost the state that was %s", was)
				}
				golden.Said(t, "bad", bad.name, said)
			})
		})
	}
}

// version publishes a version of a Lambda function.
func (s shop) version(t *testing.T) string {
	t.Helper()
	ctx := context.Background()
	hands := lambda.NewFromConfig(aws.Config{
		Region: "us-east-1", HTTPClient: &http.Client{Transport: s.World.Transport()}, Credentials: credentials.NewStaticCredentialsProvider("AKIDHANDS", "secret", ""),
	})
	out, err := hands.CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: aws.String("shop"), Role: aws.String("arn:aws:iam::123456789012:role/edge"), Runtime: lambdatypes.RuntimeNodejs22x, Handler: aws.String("index.handler"),
		Code: &lambdatypes.FunctionCode{ZipFile: []byte("x")}, Publish: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.wait()
	return aws.ToString(out.FunctionArn)
}

// stranger publishes a function that is nobody's split.
func (s shop) stranger(t *testing.T) string {
	t.Helper()
	return s.makes(t, "headers", "", cftypes.FunctionRuntimeCloudfrontJs20, []byte("function handler(event) { return event.request; }"))
}

// makes publishes a function by hand.
func (s shop) makes(t *testing.T, name, comment string, runtime cftypes.FunctionRuntime, code []byte) string {
	t.Helper()
	ctx := context.Background()
	out, err := s.CloudFront.CreateFunction(ctx, &cloudfront.CreateFunctionInput{
		Name: aws.String(name), FunctionConfig: &cftypes.FunctionConfig{Comment: aws.String(comment), Runtime: runtime}, FunctionCode: code,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.CloudFront.PublishFunction(ctx, &cloudfront.PublishFunctionInput{Name: aws.String(name), IfMatch: out.ETag}); err != nil {
		t.Fatal(err)
	}
	return aws.ToString(out.FunctionSummary.FunctionMetadata.FunctionARN)
}

// response is the code of the viewer-response function with another salt than it has.
func (s shop) response(t *testing.T, salt string) []byte {
	t.Helper()
	out, err := s.CloudFront.GetFunction(context.Background(), &cloudfront.GetFunctionInput{Name: aws.String(s.named(t, "shop-response-")), Stage: cftypes.FunctionStageLive})
	if err != nil {
		t.Fatal(err)
	}
	c, err := edgefunction.Parse(out.FunctionCode)
	if err != nil {
		t.Fatal(err)
	}
	c.Salt = salt
	_, code, err := edgefunction.Generate(c)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// named is the first thing of the account whose name begins so.
func (s shop) named(t *testing.T, prefix string) string {
	t.Helper()
	for _, name := range s.made(t) {
		if strings.HasPrefix(name, prefix) {
			return name
		}
	}
	t.Fatalf("nothing begins with %s", prefix)
	return ""
}

// rewrite gives the viewer-response function other code in the console, and publishes it there or not.
func (s shop) rewrite(t *testing.T, publish bool) {
	t.Helper()
	ctx, name := context.Background(), aws.String(s.named(t, "shop-response-"))
	is, err := s.CloudFront.DescribeFunction(ctx, &cloudfront.DescribeFunctionInput{Name: name, Stage: cftypes.FunctionStageDevelopment})
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.CloudFront.UpdateFunction(ctx, &cloudfront.UpdateFunctionInput{
		Name: name, IfMatch: is.ETag, FunctionConfig: is.FunctionSummary.FunctionConfig, FunctionCode: []byte("function handler(event) { return event.response; }"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if publish {
		if _, err := s.CloudFront.PublishFunction(ctx, &cloudfront.PublishFunctionInput{Name: name, IfMatch: out.ETag}); err != nil {
			t.Fatal(err)
		}
	}
}

// keep makes a store of the split's name.
func (s shop) keep(t *testing.T, comment string) {
	t.Helper()
	if _, err := s.CloudFront.CreateKeyValueStore(context.Background(), &cloudfront.CreateKeyValueStoreInput{Name: aws.String("shop"), Comment: aws.String(comment)}); err != nil {
		t.Fatal(err)
	}
	s.wait()
}
