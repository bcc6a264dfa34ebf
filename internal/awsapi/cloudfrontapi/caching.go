package cloudfrontapi

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// managed are the TTLs of AWS's own cache policies, which nobody can change, by id.
// Source: Developer Guide, managed cache policies.
var managed = map[string]TTL{
	"658327ea-f89d-4fab-a63d-7e88639e58f6": {Min: 1, Default: 86_400, Max: 31_536_000}, // CachingOptimized
	"b2884449-e4de-46a7-ac36-70bc7f1ddd6d": {Min: 1, Default: 86_400, Max: 31_536_000}, // CachingOptimizedForUncompressedObjects
	"4135ea2d-6df8-44a3-9df3-4b5a84be39ad": {},                                         // CachingDisabled
	"2e54312d-136d-493c-8eb9-b001f22f67d2": {Min: 2, Default: 2, Max: 600},             // Amplify
	"08627262-05a9-4f76-9ded-b50ca2e3a84f": {Default: 86_400, Max: 31_536_000},         // Elemental-MediaPackage
	"83da9c7e-98b4-4e11-a168-04f0df8e2c65": {Max: 31_536_000},                          // UseOriginCacheControlHeaders
	"4cc15a8a-d715-48a4-82b8-cc0b614638fe": {Max: 31_536_000},                          // UseOriginCacheControlHeaders-QueryStrings
}

// PolicyTTL reads how long a cache policy has answers kept. AWS's own are known without a
// call. Source: GetCachePolicy. Errors: ErrNotFound, ErrDenied.
func (c *Client) PolicyTTL(ctx context.Context, id string) (TTL, error) {
	ttl, _, err := c.CachePolicy(ctx, id)
	return ttl, err
}

// CachePolicy reads how long a cache policy has answers kept, and the request headers that
// tell one from another, in lower case. AWS's own are known without a call; the headers of those
// are left out, none of which anybody else sets. Source: GetCachePolicy. Errors: ErrNotFound,
// ErrDenied.
func (c *Client) CachePolicy(ctx context.Context, id string) (TTL, []string, error) {
	if ttl, ok := managed[id]; ok {
		return ttl, nil, nil
	}
	out, err := c.api.GetCachePolicy(ctx, &cloudfront.GetCachePolicyInput{Id: aws.String(id)})
	if err == nil && (out.CachePolicy == nil || out.CachePolicy.CachePolicyConfig == nil) {
		err = errNotAnAnswer
	}
	if err != nil {
		return TTL{}, nil, awsapi.Wrap(ctx, "reading cache policy "+id, err)
	}
	policy := out.CachePolicy.CachePolicyConfig
	ttl := TTL{Min: aws.ToInt64(policy.MinTTL), Default: legacyDefaultTTL, Max: legacyMaxTTL} // the defaults are the same
	if policy.DefaultTTL != nil {
		ttl.Default = *policy.DefaultTTL
	}
	if policy.MaxTTL != nil {
		ttl.Max = *policy.MaxTTL
	}
	var headers []string
	if p := policy.ParametersInCacheKeyAndForwardedToOrigin; p != nil && p.HeadersConfig != nil && p.HeadersConfig.Headers != nil {
		for _, h := range p.HeadersConfig.Headers.Items {
			headers = append(headers, strings.ToLower(h))
		}
	}
	return ttl, headers, nil
}

// ErrorTTLs lists for how long, in seconds, a distribution keeps errors that it says so of,
// by status. Source: CustomErrorResponses, ErrorCachingMinTTL.
func (d Distribution) ErrorTTLs() map[int]int64 {
	out := map[int]int64{}
	if d.config == nil || d.config.CustomErrorResponses == nil {
		return out
	}
	for _, e := range d.config.CustomErrorResponses.Items {
		if e.ErrorCachingMinTTL != nil {
			out[int(aws.ToInt32(e.ErrorCode))] = *e.ErrorCachingMinTTL
		}
	}
	return out
}
