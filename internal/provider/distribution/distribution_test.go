package distribution_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

const secret = "correct-horse-battery-staple"

func rich(c *cftypes.DistributionConfig) {
	headers := []cftypes.OriginCustomHeader{{HeaderName: aws.String("X-Origin-Verify"), HeaderValue: aws.String(secret)}}
	c.Origins.Items[0].CustomHeaders = &cftypes.CustomHeaders{Quantity: aws.Int32(1), Items: headers}
	c.Origins.Items[0].OriginPath = aws.String("/v2")
	legacy := cftypes.CacheBehavior{
		PathPattern: aws.String("old/*"), TargetOriginId: aws.String("either"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyAllowAll,
		ForwardedValues: &cftypes.ForwardedValues{QueryString: aws.Bool(false), Cookies: &cftypes.CookiePreference{Forward: cftypes.ItemSelectionNone}}, MinTTL: aws.Int64(60), MaxTTL: aws.Int64(120), DefaultTTL: aws.Int64(90), //nolint:staticcheck // deprecated and in use
	}
	spare := c.Origins.Items[0]
	spare.Id, spare.DomainName = aws.String("spare"), aws.String("spare.origin.test")
	c.Origins = &cftypes.Origins{Quantity: aws.Int32(2), Items: []cftypes.Origin{c.Origins.Items[0], spare}}
	c.OriginGroups = &cftypes.OriginGroups{Quantity: aws.Int32(1), Items: []cftypes.OriginGroup{{
		Id:               aws.String("either"),
		FailoverCriteria: &cftypes.OriginGroupFailoverCriteria{StatusCodes: &cftypes.StatusCodes{Quantity: aws.Int32(1), Items: []int32{503}}},
		Members:          &cftypes.OriginGroupMembers{Quantity: aws.Int32(2), Items: []cftypes.OriginGroupMember{{OriginId: aws.String("spare")}, {OriginId: aws.String("origin")}}},
	}}}
	c.DefaultRootObject, c.CacheTagConfig = aws.String("index.html"), &cftypes.CacheTagConfig{HeaderName: aws.String("Cache-Tag")}
	api := cftypes.CacheBehavior{
		PathPattern: aws.String("/api/*"), TargetOriginId: aws.String("origin"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyHttpsOnly, CachePolicyId: c.DefaultCacheBehavior.CachePolicyId,
	}
	c.CacheBehaviors = &cftypes.CacheBehaviors{Quantity: aws.Int32(2), Items: []cftypes.CacheBehavior{api, legacy}}
	c.HttpVersion, c.PriceClass, c.IsIPV6Enabled = cftypes.HttpVersionHttp2and3, cftypes.PriceClassPriceClass200, aws.Bool(false)
	c.Aliases = &cftypes.Aliases{Quantity: aws.Int32(2), Items: []string{"www.example.com", "a.example.com"}}
}

// at walks into a value: "viewer_certificate.minimum_protocol_version", "cache_behaviors.0.path_pattern".
func at(t *testing.T, v tftypes.Value, path string) string {
	t.Helper()
	for step := range strings.SplitSeq(path, ".") {
		var members map[string]tftypes.Value
		var elements []tftypes.Value
		switch {
		case v.As(&members) == nil:
			v = members[step]
		case v.As(&elements) == nil && int(step[0]-'0') < len(elements):
			v = elements[step[0]-'0']
		default:
			t.Fatalf("there is no %s", path)
		}
	}
	return v.String()
}

func read(t *testing.T, e *acctest.Env, id string) tftypes.Value {
	t.Helper()
	out, err := acctest.NewData("cdn_distribution", clock.System{}, e.World.Transport()).Read(t.Context(), acctest.Config{"id": id})
	if err != nil || len(out.Diags) > 0 {
		t.Fatal(err, out.Diags)
	}
	return out.Value
}

func TestADistributionIsShownAsItIsNow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := acctest.New(t, acctest.Site{Names: []string{"www.example.com"}, Unclaimed: true, World: awssim.Options{Propagation: time.Minute}})
		d := e.Distribute("rich", rich)
		v := read(t, e, d.ID)
		for path, want := range map[string]string{
			"arn": "arn:aws:cloudfront::123456789012:distribution/" + d.ID, "domain_name": d.Domain, "hosted_zone_id": "Z2FDTNDATAQYW2",
			"status": "InProgress", "deployed": "false", "enabled": "true", "staging": "false", "is_ipv6_enabled": "false",
			"http_version": "http2and3", "price_class": "PriceClass_200", "aliases.0": "a.example.com", "aliases.1": "www.example.com",
			"viewer_certificate.minimum_protocol_version": "TLSv1.2_2021", "viewer_certificate.acm_certificate_arn": e.Certificate,
			"viewer_certificate.cloudfront_default_certificate": "false",
			"origins.0.origin_id":                               "origin", "origins.0.domain_name": "rich.origin.test", "origins.0.path": "/v2",
			"origins.0.custom_header_names.0": "x-origin-verify",
			"origins.1.origin_id":             "spare", "origin_groups.0.origin_id": "either", "origin_groups.0.member_origin_ids.0": "spare",
			"default_root_object": "index.html", "cache_tag_header": "Cache-Tag",
			"behaviors.0.path_pattern": "/api/*", "behaviors.0.behavior": "/api/*", "behaviors.0.origin_id": "origin",
			"behaviors.1.path_pattern": "old/*", "behaviors.1.behavior": "/old/*", "behaviors.1.origin_id": "either",
			"behaviors.1.min_ttl": "60", "behaviors.1.default_ttl": "90", "behaviors.1.max_ttl": "120",
			"behaviors.2.path_pattern": "*", "behaviors.2.behavior": "default", "behaviors.2.origin_id": "origin",
		} {
			if got := at(t, v, path); !strings.Contains(got, `"`+want+`"`) {
				t.Errorf("%s is %s, want %s", path, got, want)
			}
		}
		for _, path := range []string{"continuous_deployment_policy_id", "web_acl_id", "viewer_certificate.iam_certificate_id", "behaviors.2.response_headers_policy_id", "behaviors.0.min_ttl", "behaviors.1.cache_policy_id"} {
			if got := at(t, v, path); !strings.Contains(got, "null") {
				t.Errorf("%s is %s, want null", path, got)
			}
		}
		if strings.Contains(v.String(), secret) {
			t.Error("the value of a header is in state")
		}

		e.Settle()
		before := at(t, v, "fingerprint")
		if got := at(t, read(t, e, d.ID), "status"); !strings.Contains(got, "Deployed") {
			t.Errorf("status %s", got)
		}
		e.EditByHand(d, func(c *cftypes.DistributionConfig) { c.Aliases = &cftypes.Aliases{Quantity: aws.Int32(0)} })
		if got := at(t, read(t, e, d.ID), "fingerprint"); got != before {
			t.Error("the fingerprint changes with the names")
		}
		e.EditByHand(d, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("other") })
		if got := at(t, read(t, e, d.ID), "fingerprint"); got == before {
			t.Error("the fingerprint does not change with the configuration")
		}
	})
}
