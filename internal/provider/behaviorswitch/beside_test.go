package behaviorswitch_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// A rehearsed is a configuration with both providers in it, and the folder it is applied in.
type rehearsed struct {
	*acctest.CLI
	*acctest.Workspace
	t *testing.T
}

// beside is a workspace with both providers, for a switch of some name.
func beside(t *testing.T, use func(*acctest.Workspace), name string) rehearsed {
	t.Helper()
	c := acctest.NewCLI(t, acctest.Site{Names: []string{"www.example.com"}, Unclaimed: true, World: awssim.Options{Propagation: propagation}})
	w := c.Beside()
	use(w)
	w.Put("cdn.tf", c.ProviderBlock())
	trusting(t, c, w)
	// The clock runs faster than the machine.
	w.Put("fast_override.tf", `resource "cdn_behavior_switch" "`+name+`" {
  timeouts = { create = "48h", update = "48h", roll_back = "48h" }
}
`)
	return rehearsed{c, w, t}
}

// trusting has the provider of a workspace trust the certificates of the simulator's edge.
func trusting(t *testing.T, c *acctest.CLI, w *acctest.Workspace) {
	t.Helper()
	authority, err := c.World.Fleet().AuthorityPEM()
	if err != nil {
		t.Fatal(err)
	}
	w.Put("trust_override.tf", "provider \"cdn\" {\n  custom_ca_bundle = \""+w.File("ca.pem", string(authority))+"\"\n}\n")
}

// example is an example of the page, as it stands.
func example(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile("../../../examples/resources/cdn_behavior_switch/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// edited is a text with a change that has to be one.
func edited(t *testing.T, text, old, by string) string {
	t.Helper()
	if !strings.Contains(text, old) {
		t.Fatalf("there is no %q in\n%s", old, text)
	}
	return strings.ReplaceAll(text, old, by)
}

// site is the configuration of the distribution that hashicorp/aws has made.
func (r rehearsed) site() *cftypes.DistributionConfig {
	r.t.Helper()
	id, _ := r.State("aws_cloudfront_distribution.site")["id"].(string)
	got, err := r.CloudFront.GetDistributionConfig(context.Background(), &cloudfront.GetDistributionConfigInput{Id: aws.String(id)})
	if err != nil {
		r.t.Fatal(err)
	}
	return got.DistributionConfig
}

// targets are the origins of the behaviours in their order, the default one first.
func (r rehearsed) targets() string {
	r.t.Helper()
	c := r.site()
	out := []string{aws.ToString(c.DefaultCacheBehavior.TargetOriginId)}
	if c.CacheBehaviors != nil {
		for _, b := range c.CacheBehaviors.Items {
			out = append(out, aws.ToString(b.PathPattern)+"="+aws.ToString(b.TargetOriginId))
		}
	}
	return strings.Join(out, " ")
}

func (r rehearsed) expectTargets(want string) {
	r.t.Helper()
	if got := r.targets(); got != want {
		r.t.Errorf("the behaviours use %s, want %s", got, want)
	}
}

// introduced is what a create does over a distribution that was made a moment ago: it might
// be the rest of a cutover that died.
var introduced = []string{"CreateInvalidation"}

// expectWrites holds which calls of our provider have changed anything since a call.
func (r rehearsed) expectWrites(since int, want ...string) {
	r.t.Helper()
	var got []string
	for _, w := range r.World.Journal().Writes(since) {
		if w.Effect && w.AccessKey == "AKIDPROVIDER" {
			got = append(got, w.Operation)
		}
	}
	expectOperations(r.t, got, want...)
}

func TestAccBesideHashicorpAWS_loadBalancers(t *testing.T) {
	t.Parallel()
	acctest.NeedAWSProvider(t)
	acctest.EachCLI(t, func(t *testing.T, use func(*acctest.Workspace)) {
		t.Helper()
		r := beside(t, use, "app")
		for _, side := range []string{"blue", "green"} {
			r.World.Origins().Put("app-"+side+".example.net", origin.State{Headers: map[string]string{"X-Release": side}})
		}
		hcl, v := example(t, "resource.tf"), "-var=certificate_arn="+r.Certificate
		before := r.World.Journal().Seq()
		r.Put("site.tf", hcl)
		r.Must(0, "apply", "-auto-approve", v)
		r.expectTargets("app-blue /api/*=app-blue")
		r.expectWrites(before, introduced...)

		before = r.World.Journal().Seq()
		r.Put("site.tf", edited(t, hcl, `live = "blue"`, `live = "green"`))
		r.Must(0, "apply", "-auto-approve", v)
		r.expectTargets("app-green /api/*=app-green")
		r.expectWrites(before, "UpdateDistribution", "CreateInvalidation")
		r.Must(0, "plan", "-detailed-exitcode", v)

		// The idle side is ill: it is asked directly, and nobody is sent there.
		r.World.Origins().Put("app-blue.example.net", origin.State{Status: 503})
		before = r.World.Journal().Seq()
		r.Put("site.tf", hcl)
		if got := r.Must(1, "apply", "-auto-approve", v); !got.Says("The idle side is not healthy", "https://app-blue.example.net/health answered 503") {
			t.Errorf("%s", got.Output)
		}
		r.expectTargets("app-green /api/*=app-green")
		r.expectWrites(before)
		r.Must(0, "destroy", "-auto-approve", v)
	})
}

func TestAccBesideHashicorpAWS_prefixes(t *testing.T) {
	t.Parallel()
	acctest.NeedAWSProvider(t)
	acctest.EachCLI(t, func(t *testing.T, use func(*acctest.Workspace)) {
		t.Helper()
		r := beside(t, use, "site")
		hcl := example(t, "resource_prefix.tf")
		// The first apply makes the bucket, and the page is there before anybody asks for it.
		r.Put("site.tf", hcl)
		r.Must(0, "apply", "-auto-approve", "-target=aws_s3_bucket_policy.site")
		bucket, _ := r.State("aws_s3_bucket.site")["id"].(string)
		for _, side := range []string{"blue", "green"} {
			r.upload(bucket, side+"/index.html", "<title>"+side+"</title>")
		}
		before := r.World.Journal().Seq()
		r.Must(0, "apply", "-auto-approve")
		r.expectWrites(before, introduced...)
		r.expectTargets("blue /assets/*=assets")
		before = r.World.Journal().Seq()
		r.Put("site.tf", edited(t, hcl, `live = "blue"`, `live = "green"`))
		r.Must(0, "apply", "-auto-approve")
		r.expectWrites(before, "UpdateDistribution", "CreateInvalidation")
		r.expectTargets("green /assets/*=assets")
		if got := r.asks("/"); got != "<title>green</title>" {
			t.Errorf("viewers get %s", got)
		}
		r.Must(0, "plan", "-detailed-exitcode")
	})
}

// upload puts an object into a bucket.
func (r rehearsed) upload(bucket, key, body string) {
	r.t.Helper()
	hands := s3.NewFromConfig(aws.Config{
		Region: "us-east-1", HTTPClient: &http.Client{Transport: r.World.Transport()}, Credentials: credentials.NewStaticCredentialsProvider("AKIDBYHAND", "secret", ""),
	}, func(o *s3.Options) { o.UsePathStyle = true })
	_, err := hands.PutObject(context.Background(), &s3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String(key), Body: strings.NewReader(body), ContentType: aws.String("text/html")})
	if err != nil {
		r.t.Fatal(err)
	}
}

// asks is what a viewer gets from the distribution that hashicorp/aws has made.
func (r rehearsed) asks(path string) string {
	r.t.Helper()
	domain, _ := r.State("aws_cloudfront_distribution.site")["domain_name"].(string)
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "https://"+domain+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	resp, err := r.World.Transport().RoundTrip(req)
	if err != nil {
		r.t.Fatal(err)
	}
	var body bytes.Buffer
	if _, err := body.ReadFrom(resp.Body); err != nil {
		r.t.Fatal(err)
	}
	_ = resp.Body.Close()
	return body.String()
}

func TestAccBesideHashicorpAWS_functions(t *testing.T) {
	t.Parallel()
	acctest.NeedAWSProvider(t)
	acctest.EachCLI(t, func(t *testing.T, use func(*acctest.Workspace)) {
		t.Helper()
		r := beside(t, use, "edge")
		r.Put("site.tf", example(t, "resource_function.tf"))
		vars := []string{"-auto-approve", "-var=role_arn=arn:aws:iam::123456789012:role/edge", "-var=package=" + zipped(t, "one")}
		before := r.World.Journal().Seq()
		r.Must(0, append([]string{"apply"}, vars...)...)
		r.expectWrites(before, introduced...)
		runs := func() string {
			t.Helper()
			arn := aws.ToString(r.site().DefaultCacheBehavior.LambdaFunctionAssociations.Items[0].LambdaFunctionARN)
			return arn[strings.LastIndex(arn, ":")+1:]
		}
		if got := runs(); got != "1" {
			t.Errorf("version %s", got)
		}
		vars[2] = "-var=package=" + zipped(t, "two")
		before = r.World.Journal().Seq()
		if got := r.Must(0, append([]string{"apply"}, vars...)...); !got.Says("~ steps = [", "] -> (known after apply)") {
			t.Errorf("%s", got.Output)
		}
		r.expectWrites(before, "UpdateDistribution", "CreateInvalidation")
		if got := runs(); got != "2" {
			t.Errorf("version %s", got)
		}

		// A version that fails at the edge is taken back; the pipeline that runs again does not try it again.
		r.World.Origins().Put("app.example.net", origin.State{Status: 502})
		vars[2] = "-var=package=" + zipped(t, "three")
		if got := r.Must(1, append([]string{"apply"}, vars...)...); !got.Says("Cutover failed and was rolled back") {
			t.Errorf("%s", got.Output)
		}
		if got := runs(); got != "2" {
			t.Errorf("version %s", got)
		}
		if got := r.Must(0, append([]string{"plan", "-detailed-exitcode"}, vars[1:]...)...); !got.Says("A failed cutover is not tried again") {
			t.Errorf("%s", got.Output)
		}
	})
}

// zipped is a package with some code in it.
func zipped(t *testing.T, code string) string {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	f, err := z.Create("index.js")
	if err == nil {
		_, err = f.Write([]byte("exports.handler = async () => '" + code + "'\n"))
	}
	if err == nil {
		err = z.Close()
	}
	file := filepath.Join(t.TempDir(), code+".zip")
	if err == nil {
		err = os.WriteFile(file, out.Bytes(), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// ordered is a distribution whose behaviours come in some order, and a switch of those that
// are in switched. written is what target_origin_id says in the blocks.
func ordered(written string, patterns, switched []string) string {
	var behaviors, ignored []string
	for i, p := range patterns {
		behaviors = append(behaviors, `
  ordered_cache_behavior {
    path_pattern           = "`+p+`"
    target_origin_id       = `+written+`
    viewer_protocol_policy = "allow-all"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = "`+optimized+`"
  }`)
		if i < len(switched) {
			ignored = append(ignored, fmt.Sprintf("ordered_cache_behavior[%d].target_origin_id", i))
		}
	}
	return `
variable "live" { type = string }

resource "cdn_behavior_switch" "site" {
  distribution_id = aws_cloudfront_distribution.site.id
  behaviors       = ["` + strings.Join(switched, `", "`) + `"]
  live            = var.live
  sides           = { blue = { origin_id = "app-blue" }, green = { origin_id = "app-green" } }
}

resource "aws_cloudfront_distribution" "site" {
  enabled = true
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
  default_cache_behavior {
    target_origin_id       = "app-blue"
    viewer_protocol_policy = "allow-all"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = "` + optimized + `"
  }` + strings.Join(behaviors, "") + `
  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }
  viewer_certificate {
    cloudfront_default_certificate = true
  }
  lifecycle {
    ignore_changes = [` + strings.Join(ignored, ", ") + `]
  }
}
`
}

// A line of ignore_changes means a place. What stays at the place comes to another behaviour
// where one is inserted, before the switch could know; the next plan names both.
func TestAccBesideHashicorpAWS_insertedBehaviour(t *testing.T) {
	t.Parallel()
	acctest.NeedAWSProvider(t)
	acctest.EachCLI(t, func(t *testing.T, use func(*acctest.Workspace)) {
		t.Helper()
		const written, green = `"app-blue"`, "-var=live=green"
		r := beside(t, use, "site")
		r.Put("site.tf", ordered(written, []string{"/api/*", "/img/*"}, []string{"/api/*"}))
		r.Must(0, "apply", "-auto-approve", "-var=live=blue")
		r.Must(0, "apply", "-auto-approve", green)
		r.expectTargets("app-blue /api/*=app-green /img/*=app-blue")
		r.Put("site.tf", ordered(written, []string{"/new/*", "/api/*", "/img/*"}, []string{"/api/*"}))
		r.Must(0, "apply", "-auto-approve", green)
		r.expectTargets("app-blue /new/*=app-green /api/*=app-blue /img/*=app-blue")
		if got := r.Must(2, "plan", "-detailed-exitcode", green); !got.Says(drifted, "/new/* has what it was", "switch /api/* of") {
			t.Errorf("%s", got.Output)
		}
	})
}

// Where all behaviours are fed from what is live, what changes places is all alike.
func TestAccBesideHashicorpAWS_fedBehaviours(t *testing.T) {
	t.Parallel()
	acctest.NeedAWSProvider(t)
	acctest.EachCLI(t, func(t *testing.T, use func(*acctest.Workspace)) {
		t.Helper()
		const written, green = `"app-${var.live}"`, "-var=live=green"
		switched := []string{"/api/*", "/img/*"}
		r := beside(t, use, "site")
		r.Put("site.tf", ordered(written, switched, switched))
		r.Must(0, "apply", "-auto-approve", green)
		r.expectTargets("app-blue /api/*=app-green /img/*=app-green")
		before := r.World.Journal().Seq()
		r.Put("site.tf", ordered(written, []string{"/new/*", "/api/*", "/img/*"}, switched))
		r.Must(0, "apply", "-auto-approve", green)
		r.expectTargets("app-blue /new/*=app-green /api/*=app-green /img/*=app-green")
		r.expectWrites(before)
	})
}
