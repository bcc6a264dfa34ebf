package behaviorswitch_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

// A badInput is a configuration or a world that has to be refused.
type badInput struct {
	name  string
	world func(s shop)                   // makes the world wrong
	edit  func(s shop, c acctest.Config) // makes the configuration wrong
}

func badInputs() []badInput {
	both := func(name string, value any) func(shop, acctest.Config) {
		return func(_ shop, c acctest.Config) { side(c, "blue")[name], side(c, "green")[name] = value, value }
	}
	lambdas := func(event, arn string) func(shop, acctest.Config) {
		return func(_ shop, c acctest.Config) {
			side(c, "blue")["lambda_functions"] = map[string]any{}
			side(c, "green")["lambda_functions"] = map[string]any{event: map[string]any{"arn": arn}}
		}
	}
	invalidates := func(paths ...string) func(shop, acctest.Config) {
		return func(_ shop, c acctest.Config) { c["invalidate"] = paths }
	}
	const function = "arn:aws:lambda:us-east-1:123456789012:function:shop"
	return []badInput{
		{name: "no behaviour", edit: func(_ shop, c acctest.Config) { c["behaviors"] = []string{} }},
		{name: "pattern twice", edit: func(_ shop, c acctest.Config) { c["behaviors"] = []string{"/api/*", "api/*"} }},
		{name: "no pattern", edit: func(_ shop, c acctest.Config) { c["behaviors"] = []string{"/api/{id}"} }},
		{name: "unknown side", edit: func(_ shop, c acctest.Config) { c["live"] = "purple" }},
		{name: "both sides equal", edit: func(_ shop, c acctest.Config) { side(c, "green")["origin_id"] = "app-blue" }},
		{name: "sides that name different fields", edit: func(_ shop, c acctest.Config) { side(c, "green")["cache_policy_id"] = optimized }},
		{name: "side that says nothing", edit: func(_ shop, c acctest.Config) { delete(side(c, "blue"), "origin_id") }},
		{name: "latest version", edit: lambdas("origin-request", function+":$LATEST")},
		{name: "alias", edit: lambdas("origin-request", function+":prod")},
		{name: "another region", edit: lambdas("origin-request", strings.Replace(function, "us-east-1", "eu-west-1", 1)+":1")},
		{name: "no such event", edit: lambdas("viewer_request", function+":1")},
		{name: "viewer events of both kinds", edit: func(s shop, c acctest.Config) {
			lambdas("viewer-request", function+":1")(s, c)
			both("functions", map[string]any{"viewer-response": "arn:aws:cloudfront::123456789012:function/headers"})(s, c)
		}},
		{name: "default root object without default", edit: both("default_root_object", "index.html")},
		{name: "origin path with a slash at the end", edit: func(_ shop, c acctest.Config) {
			side(c, "blue")["origins"] = map[string]any{"app-blue": map[string]any{"path": "/v1"}}
			side(c, "green")["origins"] = map[string]any{"app-blue": map[string]any{"path": "/v2/"}}
		}},
		{name: "invalidation without a slash", edit: invalidates("index.html")},
		{name: "asterisk in the middle", edit: invalidates("/a*b/index.html", "no slash")},
		{name: "tag with a comma", edit: invalidates("#release:1,release:2")},
		{name: "tag that is too long", edit: invalidates("#" + strings.Repeat("x", 257))},
		{name: "tag with an asterisk", edit: invalidates("#release:*")},
		{name: "too many paths", edit: func(_ shop, c acctest.Config) {
			var paths []string
			for i := range 16 {
				paths = append(paths, fmt.Sprintf("/%d*", i))
			}
			c["invalidate"] = paths
		}},
		{name: "connection before the change", edit: func(_ shop, c acctest.Config) {
			c["verify"] = map[string]any{"before": map[string]any{"probes": []any{map[string]any{"path": "/test", "connect_to": "example.com:443"}}}}
		}},

		{name: "unknown origin", edit: func(_ shop, c acctest.Config) { side(c, "green")["origin_id"] = "app-purple" }},
		{name: "unknown behaviour", edit: func(_ shop, c acctest.Config) { c["behaviors"] = []string{"/nothing/*"} }},
		{name: "origin that others use", edit: func(_ shop, c acctest.Config) {
			c["sides"] = map[string]any{
				"blue":  map[string]any{"origins": map[string]any{"app-blue": map[string]any{"path": ""}}},
				"green": map[string]any{"origins": map[string]any{"app-blue": map[string]any{"path": "/v2"}}},
			}
		}},
		{name: "what no side has", edit: func(_ shop, c acctest.Config) {
			c["sides"].(map[string]any)["blue"] = map[string]any{"origin_id": "app-red"}
		}},
		{name: "tag without CacheTagConfig", edit: invalidates("#release:41")},
		{name: "version that does not exist", edit: func(s shop, c acctest.Config) {
			lambdas("origin-request", function+":7")(s, c)
		}},
		{name: "distribution that does not exist", edit: func(_ shop, c acctest.Config) { c["distribution_id"] = "E00000000000" }},
		{name: "disabled distribution", world: func(s shop) {
			s.EditByHand(s.Distribution, func(c *cftypes.DistributionConfig) { c.Enabled = aws.Bool(false) })
		}},
		{name: "staging distribution", edit: func(s shop, c acctest.Config) { c["distribution_id"] = s.CopyByHand(s.Distribution).ID }},
		{name: "alarm that does not exist", edit: func(_ shop, c acctest.Config) {
			c["verify"] = map[string]any{"after": map[string]any{"alarms": []any{map[string]any{"name": "errors"}}}}
		}},
		{name: "access denied", world: func(s shop) { s.World.Allow("cloudfront:GetDistribution") }},
		{name: "expired credentials", world: func(s shop) {
			s.World.Faults().Add(fault.Fault{Kind: fault.Answer, Code: "ExpiredToken", Status: 403, Message: "The security token included in the request is expired"})
		}},
	}
}

func TestBadInputIsRefusedWithAWayOutAndChangesNothing(t *testing.T) {
	t.Parallel()
	for _, bad := range badInputs() {
		t.Run(bad.name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T) {
				s := open(t, "/api/*", "/img/*")
				c := core(s.Env)
				if bad.world != nil {
					bad.world(s)
				}
				config := s.toward("green", "/api/*")
				if bad.edit != nil {
					bad.edit(s, config)
				}
				said := s.Refused(c, config)
				if !c.State.IsNull() {
					t.Errorf("left a state behind: %s", c.State)
				}
				golden.Said(t, "bad", bad.name, said)
			})
		})
	}
}
