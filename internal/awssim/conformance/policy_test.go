package conformance

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
)

// cachePolicy keeps answers for an hour, apart by the values of one header.
func cachePolicy(name, header string) *types.CachePolicyConfig {
	return &types.CachePolicyConfig{
		Name: &name, MinTTL: aws.Int64(1), DefaultTTL: aws.Int64(3600),
		ParametersInCacheKeyAndForwardedToOrigin: &types.ParametersInCacheKeyAndForwardedToOrigin{
			EnableAcceptEncodingGzip: aws.Bool(true),
			HeadersConfig:            &types.CachePolicyHeadersConfig{HeaderBehavior: types.CachePolicyHeaderBehaviorWhitelist, Headers: &types.Headers{Quantity: aws.Int32(1), Items: []string{header}}},
			CookiesConfig:            &types.CachePolicyCookiesConfig{CookieBehavior: types.CachePolicyCookieBehaviorNone},
			QueryStringsConfig: &types.CachePolicyQueryStringsConfig{
				QueryStringBehavior: types.CachePolicyQueryStringBehaviorAllExcept, QueryStrings: &types.QueryStringNames{Quantity: aws.Int32(1), Items: []string{"utm"}},
			},
		},
	}
}

func requestPolicy(name string, headers ...string) *types.OriginRequestPolicyConfig {
	return &types.OriginRequestPolicyConfig{
		Name: &name,
		HeadersConfig: &types.OriginRequestPolicyHeadersConfig{
			HeaderBehavior: types.OriginRequestPolicyHeaderBehaviorWhitelist, Headers: &types.Headers{Quantity: aws.Int32(int32(len(headers))), Items: headers},
		},
		CookiesConfig:      &types.OriginRequestPolicyCookiesConfig{CookieBehavior: types.OriginRequestPolicyCookieBehaviorNone},
		QueryStringsConfig: &types.OriginRequestPolicyQueryStringsConfig{QueryStringBehavior: types.OriginRequestPolicyQueryStringBehaviorAll},
	}
}

func TestPoliciesAreMadeChangedConditionallyAndKeptWhileInUse(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		made := must(c.cf.CreateCachePolicy(c.ctx, &cloudfront.CreateCachePolicyInput{CachePolicyConfig: cachePolicy("site", "X-Tenant")}))
		id := made.CachePolicy.Id
		if cfg := made.CachePolicy.CachePolicyConfig; *cfg.MaxTTL != 31536000 || *cfg.ParametersInCacheKeyAndForwardedToOrigin.EnableAcceptEncodingBrotli || made.Location == nil {
			t.Errorf("the policy became %+v at %v", cfg, made.Location)
		}
		_, err := c.cf.CreateCachePolicy(c.ctx, &cloudfront.CreateCachePolicyInput{CachePolicyConfig: cachePolicy("site", "X-Tenant")})
		c.want(err, "CachePolicyAlreadyExists")

		changed := must(c.cf.UpdateCachePolicy(c.ctx, &cloudfront.UpdateCachePolicyInput{Id: id, IfMatch: made.ETag, CachePolicyConfig: cachePolicy("site", "X-Brand")}))
		_, err = c.cf.UpdateCachePolicy(c.ctx, &cloudfront.UpdateCachePolicyInput{Id: id, IfMatch: made.ETag, CachePolicyConfig: cachePolicy("site", "X-Tenant")})
		c.want(err, "PreconditionFailed")
		_, err = c.cf.UpdateCachePolicy(c.ctx, &cloudfront.UpdateCachePolicyInput{Id: id, CachePolicyConfig: cachePolicy("site", "X-Tenant")})
		c.want(err, "InvalidIfMatchVersion")

		cfg := c.config("")
		cfg.DefaultCacheBehavior.CachePolicyId = id
		d, _ := c.create(cfg)
		_, err = c.cf.DeleteCachePolicy(c.ctx, &cloudfront.DeleteCachePolicyInput{Id: id, IfMatch: changed.ETag})
		c.want(err, "CachePolicyInUse")
		uses := must(c.cf.ListDistributionsByCachePolicyId(c.ctx, &cloudfront.ListDistributionsByCachePolicyIdInput{CachePolicyId: id}))
		equal(t, "distributions that use it", uses.DistributionIdList.Items, []string{d})

		c.deployed(d)
		cfg.DefaultCacheBehavior.CachePolicyId = aws.String(cachingDisabled)
		must(c.cf.UpdateDistribution(c.ctx, &cloudfront.UpdateDistributionInput{Id: &d, IfMatch: c.get(d).ETag, DistributionConfig: cfg}))
		must(c.cf.DeleteCachePolicy(c.ctx, &cloudfront.DeleteCachePolicyInput{Id: id, IfMatch: changed.ETag}))
		_, err = c.cf.GetCachePolicy(c.ctx, &cloudfront.GetCachePolicyInput{Id: id})
		c.want(err, "NoSuchCachePolicy")
		_, err = c.cf.ListDistributionsByCachePolicyId(c.ctx, &cloudfront.ListDistributionsByCachePolicyIdInput{CachePolicyId: id})
		c.want(err, "NoSuchCachePolicy")
	})
}

const cachingDisabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"

func TestTheOtherKindsOfPolicyGoTheSameWay(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		request := must(c.cf.CreateOriginRequestPolicy(c.ctx, &cloudfront.CreateOriginRequestPolicyInput{OriginRequestPolicyConfig: requestPolicy("site", "X-Tenant")}))
		request2 := must(c.cf.UpdateOriginRequestPolicy(c.ctx, &cloudfront.UpdateOriginRequestPolicyInput{
			Id: request.OriginRequestPolicy.Id, IfMatch: request.ETag, OriginRequestPolicyConfig: requestPolicy("site", "X-Tenant", "X-Brand"),
		}))
		headers := &types.ResponseHeadersPolicyConfig{
			Name: aws.String("site"),
			CustomHeadersConfig: &types.ResponseHeadersPolicyCustomHeadersConfig{Quantity: aws.Int32(1), Items: []types.ResponseHeadersPolicyCustomHeader{
				{Header: aws.String("X-Side"), Value: aws.String("blue"), Override: aws.Bool(true)},
			}},
		}
		response := must(c.cf.CreateResponseHeadersPolicy(c.ctx, &cloudfront.CreateResponseHeadersPolicyInput{ResponseHeadersPolicyConfig: headers}))
		cfg := c.config("")
		cfg.DefaultCacheBehavior.OriginRequestPolicyId = request.OriginRequestPolicy.Id
		cfg.DefaultCacheBehavior.ResponseHeadersPolicyId = response.ResponseHeadersPolicy.Id
		d, _ := c.create(cfg)

		_, err := c.cf.DeleteOriginRequestPolicy(c.ctx, &cloudfront.DeleteOriginRequestPolicyInput{Id: request.OriginRequestPolicy.Id, IfMatch: request2.ETag})
		c.want(err, "OriginRequestPolicyInUse")
		_, err = c.cf.DeleteResponseHeadersPolicy(c.ctx, &cloudfront.DeleteResponseHeadersPolicyInput{Id: response.ResponseHeadersPolicy.Id, IfMatch: response.ETag})
		c.want(err, "ResponseHeadersPolicyInUse")
		byRequest := must(c.cf.ListDistributionsByOriginRequestPolicyId(c.ctx, &cloudfront.ListDistributionsByOriginRequestPolicyIdInput{OriginRequestPolicyId: request.OriginRequestPolicy.Id}))
		byResponse := must(c.cf.ListDistributionsByResponseHeadersPolicyId(c.ctx, &cloudfront.ListDistributionsByResponseHeadersPolicyIdInput{ResponseHeadersPolicyId: response.ResponseHeadersPolicy.Id}))
		equal(t, "by origin request policy", byRequest.DistributionIdList.Items, []string{d})
		equal(t, "by response headers policy", byResponse.DistributionIdList.Items, []string{d})
		all := must(c.cf.ListDistributionsByConnectionMode(c.ctx, &cloudfront.ListDistributionsByConnectionModeInput{ConnectionMode: types.ConnectionModeDirect}))
		none := must(c.cf.ListDistributionsByWebACLId(c.ctx, &cloudfront.ListDistributionsByWebACLIdInput{WebACLId: aws.String("null")}))
		if len(all.DistributionList.Items) != 1 || len(none.DistributionList.Items) != 1 || *none.DistributionList.Items[0].Id != d {
			t.Errorf("direct: %+v, without a web ACL: %+v", all.DistributionList, none.DistributionList)
		}
	})
}

func TestManagedPoliciesAreAmazonsOwn(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		optimized := must(c.cf.GetCachePolicy(c.ctx, &cloudfront.GetCachePolicyInput{Id: aws.String("658327ea-f89d-4fab-a63d-7e88639e58f6")}))
		_, err := c.cf.UpdateCachePolicy(c.ctx, &cloudfront.UpdateCachePolicyInput{Id: optimized.CachePolicy.Id, IfMatch: optimized.ETag, CachePolicyConfig: cachePolicy("mine", "X")})
		c.want(err, "IllegalUpdate")
		_, err = c.cf.DeleteCachePolicy(c.ctx, &cloudfront.DeleteCachePolicyInput{Id: optimized.CachePolicy.Id, IfMatch: optimized.ETag})
		c.want(err, "IllegalDelete")

		must(c.cf.CreateCachePolicy(c.ctx, &cloudfront.CreateCachePolicyInput{CachePolicyConfig: cachePolicy("mine", "X")}))
		names := func(kind types.CachePolicyType) (out []string) {
			for _, p := range must(c.cf.ListCachePolicies(c.ctx, &cloudfront.ListCachePoliciesInput{Type: kind})).CachePolicyList.Items {
				out = append(out, *p.CachePolicy.CachePolicyConfig.Name)
			}
			return out
		}
		equal(t, "custom", names(types.CachePolicyTypeCustom), []string{"mine"})
		for _, name := range names(types.CachePolicyTypeManaged) {
			if !strings.HasPrefix(name, "Managed-") {
				t.Errorf("%s is listed as managed", name)
			}
		}
		var paged []string
		in := &cloudfront.ListCachePoliciesInput{MaxItems: aws.Int32(3)}
		for {
			page := must(c.cf.ListCachePolicies(c.ctx, in)).CachePolicyList
			for _, p := range page.Items {
				paged = append(paged, *p.CachePolicy.CachePolicyConfig.Name)
			}
			if in.Marker = page.NextMarker; in.Marker == nil {
				break
			}
		}
		equal(t, "in pages", paged, names(""))
	})
}

func TestMistakesInPoliciesAreRefused(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		for title, tt := range map[string]struct {
			code  string
			spoil func(*types.CachePolicyConfig)
		}{
			"TTLs in the wrong order": {"InvalidArgument", func(p *types.CachePolicyConfig) { p.MinTTL = aws.Int64(7200) }},
			"a list without a reason": {"InvalidArgument", func(p *types.CachePolicyConfig) {
				p.ParametersInCacheKeyAndForwardedToOrigin.HeadersConfig.HeaderBehavior = types.CachePolicyHeaderBehaviorNone
			}},
			"a key that caches nothing": {"InvalidArgument", func(p *types.CachePolicyConfig) {
				p.MinTTL, p.DefaultTTL, p.MaxTTL = aws.Int64(0), aws.Int64(0), aws.Int64(0)
			}},
			"too many headers": {"TooManyHeadersInCachePolicy", func(p *types.CachePolicyConfig) {
				h := p.ParametersInCacheKeyAndForwardedToOrigin.HeadersConfig.Headers
				h.Items, h.Quantity = strings.Split("A B C D E F G H I J K", " "), aws.Int32(11)
			}},
			"a wrong count": {"InconsistentQuantities", func(p *types.CachePolicyConfig) {
				p.ParametersInCacheKeyAndForwardedToOrigin.HeadersConfig.Headers.Quantity = aws.Int32(2)
			}},
		} {
			p := cachePolicy("site", "X-Tenant")
			tt.spoil(p)
			if _, err := c.cf.CreateCachePolicy(c.ctx, &cloudfront.CreateCachePolicyInput{CachePolicyConfig: p}); code(err) != tt.code {
				t.Errorf("%s: %v, want %s", title, err, tt.code)
			}
		}
		_, err := c.cf.CreateOriginRequestPolicy(c.ctx, &cloudfront.CreateOriginRequestPolicyInput{OriginRequestPolicyConfig: requestPolicy("site", "Authorization")})
		c.want(err, "InvalidArgument")
		_, err = c.cf.CreateResponseHeadersPolicy(c.ctx, &cloudfront.CreateResponseHeadersPolicyInput{ResponseHeadersPolicyConfig: &types.ResponseHeadersPolicyConfig{Name: aws.String("empty")}})
		c.want(err, "InvalidArgument")
		cfg := c.config("")
		cfg.DefaultCacheBehavior.OriginRequestPolicyId = aws.String("11111111-1111-1111-1111-111111111111")
		_, err = c.cf.CreateDistribution(c.ctx, &cloudfront.CreateDistributionInput{DistributionConfig: cfg})
		c.want(err, "NoSuchOriginRequestPolicy")
	})
}

// An update of a policy is seen by viewers without an update of the distribution.
func TestAPolicyDecidesWhatIsCachedAndReachesThePOPsByItself(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		p := must(c.cf.CreateCachePolicy(c.ctx, &cloudfront.CreateCachePolicyInput{CachePolicyConfig: cachePolicy("site", "X-Tenant")}))
		r := must(c.cf.CreateOriginRequestPolicy(c.ctx, &cloudfront.CreateOriginRequestPolicyInput{OriginRequestPolicyConfig: requestPolicy("site", "User-Agent")}))
		cfg := c.config("")
		cfg.DefaultCacheBehavior.CachePolicyId, cfg.DefaultCacheBehavior.OriginRequestPolicyId = p.CachePolicy.Id, r.OriginRequestPolicy.Id
		id, _ := c.create(cfg)
		c.deployed(id)

		viewer, host := c.sim.Transport(), *c.get(id).Distribution.DomainName
		ask := func(query, tenant, brand string) (cache string, echo struct {
			Query   string
			Headers map[string]string
		},
		) {
			req := must(http.NewRequestWithContext(c.ctx, http.MethodGet, "http://"+host+"/"+query, nil))
			req.Header = http.Header{"X-Tenant": {tenant}, "X-Brand": {brand}, "User-Agent": {"curl/8"}}
			resp := must(viewer.RoundTrip(req))
			defer resp.Body.Close()
			_ = json.Unmarshal(must(io.ReadAll(resp.Body)), &echo)
			return resp.Header.Get("X-Cache"), echo
		}
		const hit, miss = "Hit from cloudfront", "Miss from cloudfront"
		first, echo := ask("?a=1&utm=x", "a", "1")
		if first != miss || echo.Query != "a=1&utm=x" || echo.Headers["User-Agent"] != "curl/8" {
			t.Errorf("the first is a %s, and the origin saw %+v", first, echo)
		}
		for _, tt := range []struct{ query, tenant, brand, want string }{
			{"?a=1&utm=y", "a", "2", hit}, {"?a=2", "a", "1", miss}, {"?a=1", "b", "1", miss},
		} {
			if got, _ := ask(tt.query, tt.tenant, tt.brand); got != tt.want {
				t.Errorf("%v: %s", tt, got)
			}
		}
		must(c.cf.UpdateCachePolicy(c.ctx, &cloudfront.UpdateCachePolicyInput{Id: p.CachePolicy.Id, IfMatch: p.ETag, CachePolicyConfig: cachePolicy("site", "X-Brand")}))
		if got, _ := ask("?a=1", "a", "1"); got != hit {
			t.Errorf("before the policy arrives: %s", got)
		}
		pass(time.Minute)
		if got, _ := ask("?a=1", "a", "3"); got != miss {
			t.Errorf("another brand, once the policy has arrived: %s", got)
		}
		if got, _ := ask("?a=1", "c", "3"); got != hit {
			t.Errorf("another tenant of the same brand: %s", got)
		}
	})
}

// The marker of a side that the page of cdn_bluegreen_switch shows: a header that CloudFront
// adds, to what it has in its cache too.
func TestAResponseHeadersPolicyMarksTheAnswersOfADistribution(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		marker := func(value string) *types.ResponseHeadersPolicyConfig {
			return &types.ResponseHeadersPolicyConfig{
				Name: aws.String("marker"),
				CustomHeadersConfig: &types.ResponseHeadersPolicyCustomHeadersConfig{Quantity: aws.Int32(1), Items: []types.ResponseHeadersPolicyCustomHeader{
					{Header: aws.String("X-Side"), Value: &value, Override: aws.Bool(true)},
				}},
			}
		}
		p := must(c.cf.CreateResponseHeadersPolicy(c.ctx, &cloudfront.CreateResponseHeadersPolicyInput{ResponseHeadersPolicyConfig: marker("blue")}))
		cfg := c.config("")
		cfg.DefaultCacheBehavior.ResponseHeadersPolicyId = p.ResponseHeadersPolicy.Id
		id, _ := c.create(cfg)
		c.deployed(id)
		viewer, host := c.sim.Transport(), *c.get(id).Distribution.DomainName
		ask := func() string {
			resp := must(viewer.RoundTrip(must(http.NewRequestWithContext(c.ctx, http.MethodGet, "http://"+host+"/", nil))))
			defer resp.Body.Close()
			return resp.Header.Get("X-Side")
		}
		if got := ask(); got != "blue" {
			t.Errorf("X-Side: %q", got)
		}
		must(c.cf.UpdateResponseHeadersPolicy(c.ctx, &cloudfront.UpdateResponseHeadersPolicyInput{
			Id: p.ResponseHeadersPolicy.Id, IfMatch: p.ETag, ResponseHeadersPolicyConfig: marker("azure"),
		}))
		pass(time.Minute)
		if got := ask(); got != "azure" {
			t.Errorf("X-Side once the change has arrived: %q", got)
		}

		managed := c.config("")
		managed.DefaultCacheBehavior.ResponseHeadersPolicyId = aws.String("67f7725c-6f97-4210-82d7-5512b31e9d03") // SecurityHeadersPolicy
		other, _ := c.create(managed)
		c.deployed(other)
		resp := must(viewer.RoundTrip(must(http.NewRequestWithContext(c.ctx, http.MethodGet, "http://"+*c.get(other).Distribution.DomainName+"/", nil))))
		_ = resp.Body.Close()
		if got := resp.Header.Get("X-Frame-Options"); got != "SAMEORIGIN" {
			t.Errorf("a managed policy: X-Frame-Options %q", got)
		}
	})
}
