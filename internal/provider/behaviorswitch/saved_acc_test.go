package behaviorswitch_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
)

// distributed is a distribution as hashicorp/aws is told of it, with a default behaviour and
// one for /api/*, and what it ignores.
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
