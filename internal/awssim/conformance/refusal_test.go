package conformance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// listed are n names for a counted list.
func listed(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("n%d", i))
	}
	return out
}

func headers(names ...string) *types.CustomHeaders {
	out := &types.CustomHeaders{Quantity: aws.Int32(int32(len(names)))}
	for _, name := range names {
		out.Items = append(out.Items, types.OriginCustomHeader{HeaderName: aws.String(name), HeaderValue: aws.String("x")})
	}
	return out
}

// forwarding is a default behaviour of before there were policies.
func forwarding(minTTL int64, change func(*types.ForwardedValues)) func(*types.DistributionConfig) {
	return func(cfg *types.DistributionConfig) {
		v := &types.ForwardedValues{QueryString: aws.Bool(false), Cookies: &types.CookiePreference{Forward: types.ItemSelectionNone}}
		change(v)
		b := cfg.DefaultCacheBehavior
		b.CachePolicyId, b.ForwardedValues, b.MinTTL = nil, v, &minTTL //nolint:staticcheck // deprecated and in use
	}
}

// behaving adds behaviours for path patterns.
func behaving(patterns ...string) func(*types.DistributionConfig) {
	return func(cfg *types.DistributionConfig) {
		cfg.CacheBehaviors = &types.CacheBehaviors{Quantity: aws.Int32(int32(len(patterns)))}
		for _, p := range patterns {
			cfg.CacheBehaviors.Items = append(cfg.CacheBehaviors.Items, types.CacheBehavior{
				PathPattern: aws.String(p), TargetOriginId: aws.String("o"), ViewerProtocolPolicy: types.ViewerProtocolPolicyAllowAll, CachePolicyId: cfg.DefaultCacheBehavior.CachePolicyId,
			})
		}
	}
}

// grouping adds an origin group.
func grouping(id string, code int32, members ...string) func(*types.DistributionConfig) {
	return func(cfg *types.DistributionConfig) {
		second := cfg.Origins.Items[0]
		second.Id = aws.String("p")
		cfg.Origins = &types.Origins{Quantity: aws.Int32(2), Items: append(cfg.Origins.Items, second)}
		g := types.OriginGroup{
			Id: &id, FailoverCriteria: &types.OriginGroupFailoverCriteria{StatusCodes: &types.StatusCodes{Quantity: aws.Int32(1), Items: []int32{code}}},
			Members: &types.OriginGroupMembers{Quantity: aws.Int32(int32(len(members)))},
		}
		for _, m := range members {
			g.Members.Items = append(g.Members.Items, types.OriginGroupMember{OriginId: aws.String(m)})
		}
		cfg.OriginGroups = &types.OriginGroups{Quantity: aws.Int32(1), Items: []types.OriginGroup{g}}
	}
}

func methods(names ...types.Method) *types.AllowedMethods {
	return &types.AllowedMethods{Quantity: aws.Int32(int32(len(names))), Items: names}
}

func logging(bucket, prefix string) func(*types.DistributionConfig) {
	return func(cfg *types.DistributionConfig) {
		cfg.Logging = &types.LoggingConfig{Enabled: aws.Bool(true), IncludeCookies: aws.Bool(false), Bucket: &bucket, Prefix: &prefix}
	}
}

// Each of these is one mistake in an otherwise good configuration.
func TestConfigurationsThatCloudFrontRefuses(t *testing.T) {
	t.Parallel()
	type config = types.DistributionConfig
	type forwarded = types.ForwardedValues
	writes := methods(types.MethodGet, types.MethodHead, types.MethodOptions, types.MethodPut, types.MethodPost, types.MethodPatch, types.MethodDelete)
	errorsOf := func(list ...types.CustomErrorResponse) *types.CustomErrorResponses {
		return &types.CustomErrorResponses{Quantity: aws.Int32(int32(len(list))), Items: list}
	}
	inBubble(t, func(c *client) {
		store := c.storage("us-east-1")
		c.bucket(store, "closed")
		c.bucket(store, "logs")
		must(store.PutBucketOwnershipControls(c.ctx, &s3.PutBucketOwnershipControlsInput{Bucket: aws.String("logs"), OwnershipControls: &s3types.OwnershipControls{
			Rules: []s3types.OwnershipControlsRule{{ObjectOwnership: s3types.ObjectOwnershipBucketOwnerPreferred}},
		}}))
		for name, x := range map[string]struct {
			want   string // "" if it is fine
			change func(*config)
		}{
			"path pattern twice, with and without slash": {"InvalidArgument", behaving("/a/*", "a/*")},
			"path pattern with a space":                  {"InvalidArgument", behaving("/a b")},
			"path pattern of all good characters":        {"", behaving(`/a-b_c.d*e$f/g~h"i'j@k:l+m&n?`)},
			"path pattern too long":                      {"InvalidArgument", behaving("/" + strings.Repeat("a", 255))},
			"origin group of one origin twice":           {"InvalidArgument", grouping("g", 500, "o", "o")},
			"origin group called like an origin":         {"InvalidArgument", grouping("o", 500, "o", "p")},
			"origin group for 418":                       {"InvalidArgument", grouping("g", 418, "o", "p")},
			"origin group with an unknown origin":        {"NoSuchOrigin", grouping("g", 500, "o", "q")},
			"origin group":                               {"", grouping("g", 500, "o", "p")},
			"writes to an origin group": {"InvalidArgument", func(cfg *config) {
				grouping("g", 500, "o", "p")(cfg)
				cfg.DefaultCacheBehavior.TargetOriginId, cfg.DefaultCacheBehavior.AllowedMethods = aws.String("g"), writes
			}},
			"gRPC without POST":       {"InvalidArgument", func(cfg *config) { cfg.DefaultCacheBehavior.GrpcConfig = &types.GrpcConfig{Enabled: aws.Bool(true)} }},
			"header that is reserved": {"InvalidArgument", func(cfg *config) { cfg.Origins.Items[0].CustomHeaders = headers("Host") }},
			"header of Amazon's":      {"InvalidArgument", func(cfg *config) { cfg.Origins.Items[0].CustomHeaders = headers("X-Amz-Foo") }},
			"header twice":            {"InvalidArgument", func(cfg *config) { cfg.Origins.Items[0].CustomHeaders = headers("A", "a") }},
			"headers, too many":       {"TooManyOriginCustomHeaders", func(cfg *config) { cfg.Origins.Items[0].CustomHeaders = headers(listed(31)...) }},
			"shield without region":   {"InvalidArgument", func(cfg *config) { cfg.Origins.Items[0].OriginShield = &types.OriginShield{Enabled: aws.Bool(true)} }},
			"unknown identity":        {"InvalidOriginAccessIdentity", identified("origin-access-identity/cloudfront/ENONE")},
			"identity without path":   {"InvalidOriginAccessIdentity", identified("ENONE")},
			"cookies without names":   {"InvalidForwardCookies", forwarding(0, func(v *forwarded) { v.Cookies.Forward = types.ItemSelectionWhitelist })},
			"headers, too many to key": {"TooManyHeadersInForwardedValues", forwarding(0, func(v *forwarded) {
				v.Headers = &types.Headers{Quantity: aws.Int32(11), Items: listed(11)}
			})},
			"all headers and one more": {"InvalidArgument", forwarding(0, func(v *forwarded) {
				v.Headers = &types.Headers{Quantity: aws.Int32(2), Items: []string{"*", "A"}}
			})},
			"all headers, kept": {"InvalidArgument", forwarding(1, func(v *forwarded) { v.Headers = &types.Headers{Quantity: aws.Int32(1), Items: []string{"*"}} })},
			"keys without query string": {"InvalidQueryStringParameters", forwarding(0, func(v *forwarded) {
				v.QueryStringCacheKeys = &types.QueryStringCacheKeys{Quantity: aws.Int32(1), Items: []string{"a"}}
			})},
			"TTL below zero": {"InvalidArgument", forwarding(-1, func(*forwarded) {})},
			"origin request policy alone": {"InvalidArgument", func(cfg *config) {
				forwarding(0, func(*forwarded) {})(cfg)
				cfg.DefaultCacheBehavior.OriginRequestPolicyId = aws.String("88a5eaf4-2fd4-4709-b370-b4c650ea3fcf")
			}},
			"signer that is none": {"TrustedSignerDoesNotExist", func(cfg *config) {
				cfg.DefaultCacheBehavior.TrustedSigners = &types.TrustedSigners{Enabled: aws.Bool(true), Quantity: aws.Int32(1), Items: []string{"zzz"}}
			}},
			"signers that are none": {"InvalidArgument", func(cfg *config) {
				cfg.DefaultCacheBehavior.TrustedSigners = &types.TrustedSigners{Enabled: aws.Bool(true), Quantity: aws.Int32(0)}
			}},
			"unknown field-level encryption": {"NoSuchFieldLevelEncryptionConfig", func(cfg *config) { cfg.DefaultCacheBehavior.FieldLevelEncryptionId = aws.String("C1") }},
			"unknown real-time logs": {"NoSuchRealtimeLogConfig", func(cfg *config) {
				cfg.DefaultCacheBehavior.RealtimeLogConfigArn = aws.String("arn:aws:cloudfront::123456789012:realtime-log-config/x")
			}},
			"body of a response": {"InvalidLambdaFunctionAssociation", func(cfg *config) {
				cfg.DefaultCacheBehavior.LambdaFunctionAssociations = &types.LambdaFunctionAssociations{Quantity: aws.Int32(1), Items: []types.LambdaFunctionAssociation{{
					EventType: types.EventTypeOriginResponse, IncludeBody: aws.Bool(true), LambdaFunctionARN: aws.String("arn:aws:lambda:us-east-1:123456789012:function:f:1"),
				}}}
			}},
			"error twice": {"InvalidArgument", func(cfg *config) {
				cfg.CustomErrorResponses = errorsOf(types.CustomErrorResponse{ErrorCode: aws.Int32(404)}, types.CustomErrorResponse{ErrorCode: aws.Int32(404)})
			}},
			"error kept below 0 s": {"InvalidArgument", func(cfg *config) {
				cfg.CustomErrorResponses = errorsOf(types.CustomErrorResponse{ErrorCode: aws.Int32(404), ErrorCachingMinTTL: aws.Int64(-1)})
			}},
			"country that is none": {"InvalidLocationCode", func(cfg *config) {
				cfg.Restrictions = &types.Restrictions{GeoRestriction: &types.GeoRestriction{RestrictionType: types.GeoRestrictionTypeWhitelist, Quantity: aws.Int32(1), Items: []string{"XX"}}}
			}},
			"static addresses that are none": {"EntityNotFound", func(cfg *config) { cfg.AnycastIpListId = aws.String("x") }},
			"logs to no bucket":              {"InvalidArgument", logging("logs", "")},
			"logs to another's bucket":       {"", logging("nobodys.s3.amazonaws.com", "")},
			"logs to a bucket without ACLs":  {"InvalidArgument", logging("closed.s3.amazonaws.com", "")},
			"logs to a path":                 {"InvalidArgument", logging("logs.s3.amazonaws.com", "/a")},
			"logs":                           {"", logging("logs.s3.amazonaws.com", "a/")},
		} {
			cfg := c.config("")
			x.change(cfg)
			_, err := c.cf.CreateDistribution(c.ctx, &cloudfront.CreateDistributionInput{DistributionConfig: cfg})
			if got := code(err); got != x.want || x.want == "" && err != nil {
				t.Errorf("%s: answered %q (%v), want %q", name, got, err, x.want)
			}
		}
	})
}

// identified is an origin that is a bucket, read by an origin access identity.
func identified(identity string) func(*types.DistributionConfig) {
	return func(cfg *types.DistributionConfig) {
		cfg.Origins.Items[0] = types.Origin{Id: aws.String("o"), DomainName: aws.String("site.s3.amazonaws.com"), S3OriginConfig: &types.S3OriginConfig{OriginAccessIdentity: &identity}}
	}
}

// responding is a response headers policy with one header of one's own, or one to remove.
func responding(name, added, removed string) *types.ResponseHeadersPolicyConfig {
	out := &types.ResponseHeadersPolicyConfig{Name: &name}
	if added != "" {
		out.CustomHeadersConfig = &types.ResponseHeadersPolicyCustomHeadersConfig{Quantity: aws.Int32(1), Items: []types.ResponseHeadersPolicyCustomHeader{{
			Header: &added, Value: aws.String("x"), Override: aws.Bool(true),
		}}}
	}
	if removed != "" {
		out.RemoveHeadersConfig = &types.ResponseHeadersPolicyRemoveHeadersConfig{Quantity: aws.Int32(1), Items: []types.ResponseHeadersPolicyRemoveHeader{{Header: &removed}}}
	}
	return out
}

func sharing(credentials bool, origin string, methods ...types.ResponseHeadersPolicyAccessControlAllowMethodsValues) *types.ResponseHeadersPolicyConfig {
	return &types.ResponseHeadersPolicyConfig{Name: aws.String("r"), CorsConfig: &types.ResponseHeadersPolicyCorsConfig{
		AccessControlAllowCredentials: &credentials, OriginOverride: aws.Bool(true),
		AccessControlAllowOrigins: &types.ResponseHeadersPolicyAccessControlAllowOrigins{Quantity: aws.Int32(1), Items: []string{origin}},
		AccessControlAllowHeaders: &types.ResponseHeadersPolicyAccessControlAllowHeaders{Quantity: aws.Int32(1), Items: []string{"X-A"}},
		AccessControlAllowMethods: &types.ResponseHeadersPolicyAccessControlAllowMethods{Quantity: aws.Int32(int32(len(methods))), Items: methods},
	}}
}

func TestPoliciesThatCloudFrontRefuses(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		for _, header := range []string{"Cookie", "*", "Transfer-Encoding"} {
			_, err := c.cf.CreateCachePolicy(c.ctx, &cloudfront.CreateCachePolicyInput{CachePolicyConfig: cachePolicy("c", header)})
			c.want(err, "InvalidArgument")
			_, err = c.cf.CreateOriginRequestPolicy(c.ctx, &cloudfront.CreateOriginRequestPolicyInput{OriginRequestPolicyConfig: requestPolicy("o", header)})
			c.want(err, "InvalidArgument")
		}
		_, err := c.cf.CreateOriginRequestPolicy(c.ctx, &cloudfront.CreateOriginRequestPolicyInput{OriginRequestPolicyConfig: requestPolicy("o", "X-A", "x-a")})
		c.want(err, "InvalidArgument")
		viewers := requestPolicy("o", "X-A")
		viewers.HeadersConfig.HeaderBehavior = types.OriginRequestPolicyHeaderBehaviorAllViewerAndWhitelistCloudFront
		_, err = c.cf.CreateOriginRequestPolicy(c.ctx, &cloudfront.CreateOriginRequestPolicyInput{OriginRequestPolicyConfig: viewers})
		c.want(err, "InvalidArgument")

		const get, all = types.ResponseHeadersPolicyAccessControlAllowMethodsValuesGet, types.ResponseHeadersPolicyAccessControlAllowMethodsValuesAll
		guard := func(x types.ResponseHeadersPolicyXSSProtection) *types.ResponseHeadersPolicyConfig {
			x.Override = aws.Bool(true)
			return &types.ResponseHeadersPolicyConfig{Name: aws.String("r"), SecurityHeadersConfig: &types.ResponseHeadersPolicySecurityHeadersConfig{XSSProtection: &x}}
		}
		for name, x := range map[string]*types.ResponseHeadersPolicyConfig{
			"security header":       responding("r", "X-Frame-Options", ""),
			"CORS header":           responding("r", "Access-Control-Max-Age", ""),
			"header of the network": responding("r", "Connection", ""),
			"no header":             responding("r", "a b", ""),
			"indispensable":         responding("r", "", "Content-Encoding"),
			"CloudFront's own":      responding("r", "", "X-Amz-Cf-Id"),
			"everybody trusted":     sharing(true, "*", get),
			"all methods trusted":   sharing(true, "https://a.test", all),
			"all methods and one":   sharing(false, "*", all, get),
			"two ways to protect":   guard(types.ResponseHeadersPolicyXSSProtection{Protection: aws.Bool(true), ModeBlock: aws.Bool(true), ReportUri: aws.String("https://a.test")}),
			"blocked unprotected":   guard(types.ResponseHeadersPolicyXSSProtection{Protection: aws.Bool(false), ModeBlock: aws.Bool(true)}),
		} {
			_, err := c.cf.CreateResponseHeadersPolicy(c.ctx, &cloudfront.CreateResponseHeadersPolicyInput{ResponseHeadersPolicyConfig: x})
			if got := code(err); got != "InvalidArgument" {
				t.Errorf("%s: answered %q (%v)", name, got, err)
			}
		}
		good := sharing(true, "https://a.test", get)
		must(c.cf.CreateResponseHeadersPolicy(c.ctx, &cloudfront.CreateResponseHeadersPolicyInput{ResponseHeadersPolicyConfig: good}))
	})
}

func TestAWebACLIsAssociatedByItself(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		id, etag := c.create(c.config(""))
		c.deployed(id)
		arn := aws.String("arn:aws:wafv2:us-east-1:123456789012:global/webacl/site/12345678-1234-1234-1234-123456789012")
		_, err := c.cf.AssociateDistributionWebACL(c.ctx, &cloudfront.AssociateDistributionWebACLInput{Id: aws.String("ENONE"), WebACLArn: arn})
		c.want(err, "EntityNotFound")
		_, err = c.cf.AssociateDistributionWebACL(c.ctx, &cloudfront.AssociateDistributionWebACLInput{Id: &id, WebACLArn: aws.String("arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/site/1")})
		c.want(err, "InvalidArgument")
		on := must(c.cf.AssociateDistributionWebACL(c.ctx, &cloudfront.AssociateDistributionWebACLInput{Id: &id, IfMatch: &etag, WebACLArn: arn}))
		if got := c.get(id); *got.Distribution.DistributionConfig.WebACLId != *arn || *got.ETag != *on.ETag || *got.Distribution.Status != "InProgress" {
			t.Errorf("the distribution is %+v, the answer was %+v", got, on)
		}
		_, err = c.cf.DisassociateDistributionWebACL(c.ctx, &cloudfront.DisassociateDistributionWebACLInput{Id: &id, IfMatch: &etag})
		c.want(err, "PreconditionFailed")
		must(c.cf.DisassociateDistributionWebACL(c.ctx, &cloudfront.DisassociateDistributionWebACLInput{Id: &id}))
		if got := c.get(id).Distribution.DistributionConfig.WebACLId; *got != "" {
			t.Errorf("it still has %s", *got)
		}
	})
}
