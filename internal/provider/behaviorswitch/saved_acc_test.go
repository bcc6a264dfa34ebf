package behaviorswitch_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// distributed is a distribution as hashicorp/aws is told of it, with a default behaviour and
// one for /api/*, and what it ignores. It does not wait for its own changes, which would take
// a minute of the machine's time each; the switch does.
func distributed(ignored string) string {
	const behavior = `
    target_origin_id       = "app-blue"
    viewer_protocol_policy = "allow-all"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = "` + optimized + `"`
	return `
variable "comment" { type = string }

resource "aws_cloudfront_distribution" "site" {
  enabled = true
  comment = var.comment

  wait_for_deployment = false

  dynamic "origin" {
    for_each = toset(["app-blue", "app-green"])
    content {
      origin_id   = origin.key
      domain_name = "${origin.key}.example.net"
      custom_origin_config {
        http_port              = 80
        https_port             = 443
        origin_protocol_policy = "http-only"
        origin_ssl_protocols   = ["TLSv1.2"]
      }
    }
  }
  default_cache_behavior {` + behavior + `
  }
  ordered_cache_behavior {
    path_pattern           = "/api/*"` + behavior + `
  }
  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }
  viewer_certificate {
    cloudfront_default_certificate = true
  }
  lifecycle {
    ignore_changes = [` + ignored + `]
  }
}
`
}

// switching is a switch of both behaviours between sides, in JSON, which HCL reads.
func switching(distribution string, sides map[string]any) string {
	raw, _ := json.Marshal(sides) // strings cannot fail to marshal
	return fmt.Sprintf(`
variable "live" { type = string }

resource "cdn_behavior_switch" "site" {
  distribution_id = %s
  behaviors       = ["default", "/api/*"]
  live            = var.live
  sides           = %s
  timeouts        = { create = "48h", update = "48h", roll_back = "48h" }
}
`, distribution, raw)
}

// The lines of the guide "Switching inside one distribution": with them neither provider
// undoes what the other does, whatever hashicorp/aws changes beside.
func TestAccBesideHashicorpAWS_ignoredLines(t *testing.T) {
	t.Parallel()
	acctest.NeedAWSProvider(t)
	const disabled, viewer, cors = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "216adef6-5c7f-47e4-b989-5492eafa07d3", "60669652-455b-4ae9-85a4-c4c02393f86c"
	var fields []string
	for _, behavior := range []string{"default", "ordered"} {
		for _, field := range []string{"target_origin_id", "cache_policy_id", "origin_request_policy_id", "response_headers_policy_id", "lambda_function_association", "function_association"} {
			fields = append(fields, behavior+"_cache_behavior[0]."+field)
		}
	}
	for name, c := range map[string]struct {
		ignored []string
		sides   func(t *testing.T, s shop) (blue, green map[string]any) // blue is what the blocks say
		has     func(c *cftypes.DistributionConfig) string
		blue    string
		green   string
	}{
		"fields": {
			ignored: append(fields, "default_root_object"),
			sides: func(t *testing.T, s shop) (blue, green map[string]any) {
				version := s.publish(t, "one")
				_ = clock.System{}.Sleep(context.Background(), time.Second) // of a clock that runs faster: it is Active then
				none := map[string]any{}
				blue = map[string]any{
					"origin_id": "app-blue", "cache_policy_id": optimized, "origin_request_policy_id": "", "response_headers_policy_id": "",
					"default_root_object": "", "lambda_functions": none, "functions": none,
				}
				green = map[string]any{
					"origin_id": "app-green", "cache_policy_id": disabled, "origin_request_policy_id": viewer, "response_headers_policy_id": cors,
					"default_root_object": "green.html", "lambda_functions": map[string]any{"origin-request": map[string]any{"arn": version}}, "functions": map[string]any{"viewer-response": s.function(t, "green")},
				}
				return blue, green
			},
			has: func(c *cftypes.DistributionConfig) string {
				d, b := c.DefaultCacheBehavior, c.CacheBehaviors.Items[0]
				return strings.Join([]string{
					aws.ToString(c.DefaultRootObject),
					has(d.TargetOriginId, d.CachePolicyId, d.OriginRequestPolicyId, d.ResponseHeadersPolicyId, d.FunctionAssociations, d.LambdaFunctionAssociations),
					has(b.TargetOriginId, b.CachePolicyId, b.OriginRequestPolicyId, b.ResponseHeadersPolicyId, b.FunctionAssociations, b.LambdaFunctionAssociations),
				}, "; ")
			},
			blue:  strings.Repeat("; app-blue "+optimized, 2),
			green: "green.html" + strings.Repeat("; app-green "+disabled+" "+viewer+" "+cors+" viewer-response green origin-request shop:1", 2),
		},
		"origins": {
			ignored: []string{"origin"},
			sides: func(*testing.T, shop) (blue, green map[string]any) {
				at := func(path string) map[string]any {
					return map[string]any{"origins": map[string]any{"app-blue": map[string]any{"path": path}}}
				}
				return at(""), at("/green")
			},
			has: func(c *cftypes.DistributionConfig) string {
				for _, o := range c.Origins.Items {
					if aws.ToString(o.Id) == "app-blue" {
						return "at " + aws.ToString(o.OriginPath)
					}
				}
				return "gone"
			},
			blue: "at ", green: "at /green",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			acctest.EachCLI(t, func(t *testing.T, use func(*acctest.Workspace)) {
				t.Helper()
				e := acctest.NewCLI(t, acctest.Site{Names: []string{"www.example.com"}, Unclaimed: true, World: awssim.Options{Propagation: propagation}})
				w := e.Beside()
				use(w)
				r := rehearsed{e, w, t}
				blue, green := c.sides(t, of(e.Env))
				w.Put("cdn.tf", e.ProviderBlock())
				w.Put("site.tf", distributed(strings.Join(c.ignored, ", "))+switching("aws_cloudfront_distribution.site.id", map[string]any{"blue": blue, "green": green}))
				for i, want := range []struct{ live, has string }{{"blue", c.blue}, {"green", c.green}} {
					// hashicorp/aws sends the whole configuration with each comment: in the apply of the switch, and in one of its own.
					for _, comment := range []string{fmt.Sprint("-var=comment=", i), fmt.Sprint("-var=comment=", i, " again")} {
						w.Must(0, "apply", "-auto-approve", comment, "-var=live="+want.live)
						if got := c.has(r.site()); got != want.has {
							t.Errorf("%s with %s has\n%s, want\n%s", want.live, comment, got, want.has)
						}
						w.Must(0, "plan", "-detailed-exitcode", comment, "-var=live="+want.live)
					}
				}
			})
		})
	}
}

// has is what the fields of one behaviour are set to, without those that are not.
func has(origin, cache, request, response *string, functions *cftypes.FunctionAssociations, lambdas *cftypes.LambdaFunctionAssociations) string {
	var out []string
	for _, v := range []*string{origin, cache, request, response} {
		if is := aws.ToString(v); is != "" {
			out = append(out, is)
		}
	}
	if functions != nil {
		for _, f := range functions.Items {
			arn := aws.ToString(f.FunctionARN)
			out = append(out, string(f.EventType)+" "+arn[strings.LastIndex(arn, "/")+1:])
		}
	}
	if lambdas != nil {
		for _, f := range lambdas.Items {
			_, version, _ := strings.Cut(aws.ToString(f.LambdaFunctionARN), ":function:")
			out = append(out, string(f.EventType)+" "+version)
		}
	}
	return strings.Join(out, " ")
}

// A plan of hashicorp/aws that was saved before a switch and is applied after it takes the
// switch back, whatever is ignored. The next plan of the switch says so, and repairs it.
func TestAccBesideHashicorpAWS_stalePlan(t *testing.T) {
	acctest.NeedAWSProvider(t)
	c := acctest.NewCLI(t, acctest.Site{Names: []string{"www.example.com"}, Unclaimed: true, World: awssim.Options{Propagation: propagation}})
	ours, theirs := c.Workspace(), c.Beside()
	theirs.Put("site.tf", distributed("default_cache_behavior[0].target_origin_id, ordered_cache_behavior[0].target_origin_id"))
	theirs.Must(0, "apply", "-auto-approve", "-var=comment=one")
	id, _ := theirs.State("aws_cloudfront_distribution.site")["id"].(string)
	uses := func(want string) {
		t.Helper()
		got, err := c.CloudFront.GetDistributionConfig(context.Background(), &cloudfront.GetDistributionConfigInput{Id: aws.String(id)})
		if err != nil {
			t.Fatal(err)
		}
		d := got.DistributionConfig
		if is := aws.ToString(d.DefaultCacheBehavior.TargetOriginId) + " " + aws.ToString(d.CacheBehaviors.Items[0].TargetOriginId); is != want+" "+want {
			t.Errorf("the behaviours use %s, want %s", is, want)
		}
	}
	ours.Write(c.ProviderBlock() + switching(`"`+id+`"`, map[string]any{"blue": map[string]any{"origin_id": "app-blue"}, "green": map[string]any{"origin_id": "app-green"}}))
	ours.Must(0, "apply", "-auto-approve", "-var=live=blue")
	theirs.Must(2, "plan", "-detailed-exitcode", "-out=stale", "-var=comment=two")
	ours.Must(0, "apply", "-auto-approve", "-var=live=green")
	uses("app-green")

	theirs.Must(0, "apply", "stale")
	uses("app-blue")
	if r := ours.Must(2, "plan", "-detailed-exitcode", "-var=live=green"); !r.Says("switch /api/*, default of "+id+" to green", `live = "blue" -> "green"`) {
		t.Errorf("the plan after that does not say how it repairs it:\n%s", r.Output)
	}
	ours.Must(0, "apply", "-auto-approve", "-var=live=green")
	uses("app-green")
	ours.Must(0, "plan", "-detailed-exitcode", "-var=live=green")
	theirs.Must(0, "plan", "-detailed-exitcode", "-var=comment=two") // one made now leaves them alone
}
