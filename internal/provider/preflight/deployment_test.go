package preflight_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/permissions"
)

// A pair is a site with a copy of blue for a staging distribution. Nothing joins them.
type pair struct {
	*acctest.Env
	staging acctest.Distribution
}

func newPair(t *testing.T) *pair {
	t.Helper()
	e := acctest.New(t, site())
	p := &pair{Env: e, staging: e.CopyByHand(e.Blue)}
	p.Settle()
	return p
}

// join attaches a policy for staging to a distribution.
func (p *pair) join(to acctest.Distribution, enabled bool) {
	p.AttachByHand(to, p.JoinByHand(p.staging, acctest.ByWeight(0.05), enabled))
	p.Settle()
}

func (p *pair) edit(d acctest.Distribution, change func(*cftypes.DistributionConfig)) {
	p.EditByHand(d, change)
	p.Settle()
}

func (p *pair) config() acctest.Config {
	return acctest.Config{"continuous_deployment": map[string]any{"primary_distribution_id": p.Blue.ID, "staging_distribution_id": p.staging.ID}}
}

func (p *pair) aws() aws.Config {
	return aws.Config{Region: "us-east-1", HTTPClient: &http.Client{Transport: p.World.Transport()}, Credentials: credentials.NewStaticCredentialsProvider("AKIDBYHAND", "secret", "")}
}

// bucket makes a bucket which lets some distributions read, and makes it the origin of one.
func (p *pair) bucket(t *testing.T, name string, of acctest.Distribution, readers ...acctest.Distribution) {
	t.Helper()
	client := s3.NewFromConfig(p.aws())
	_, err := client.CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: aws.String(name)})
	must(t, err)
	arns := []string{}
	for _, r := range readers {
		arns = append(arns, fmt.Sprintf("arn:aws:cloudfront::%s:distribution/%s", p.World.Account(), r.ID))
	}
	policy, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Effect": "Allow", "Principal": map[string]any{"Service": "cloudfront.amazonaws.com"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::" + name + "/*",
		"Condition": map[string]any{"StringEquals": map[string]any{"AWS:SourceArn": arns}},
	}}})
	must(t, err)
	if len(readers) > 0 {
		_, err = client.PutBucketPolicy(context.Background(), &s3.PutBucketPolicyInput{Bucket: aws.String(name), Policy: aws.String(string(policy))})
		must(t, err)
	}
	p.from(t, name, of)
}

// from makes a bucket the origin of a distribution.
func (p *pair) from(t *testing.T, bucket string, of acctest.Distribution) {
	t.Helper()
	oac, err := p.CloudFront.CreateOriginAccessControl(context.Background(), &cloudfront.CreateOriginAccessControlInput{OriginAccessControlConfig: &cftypes.OriginAccessControlConfig{
		Name: aws.String(bucket), OriginAccessControlOriginType: cftypes.OriginAccessControlOriginTypesS3,
		SigningBehavior: cftypes.OriginAccessControlSigningBehaviorsAlways, SigningProtocol: cftypes.OriginAccessControlSigningProtocolsSigv4,
	}})
	must(t, err)
	p.edit(of, func(c *cftypes.DistributionConfig) {
		o := &c.Origins.Items[0]
		o.DomainName, o.CustomOriginConfig, o.S3OriginConfig = aws.String(bucket+".s3.us-east-1.amazonaws.com"), nil, &cftypes.S3OriginConfig{OriginAccessIdentity: aws.String("")}
		o.OriginAccessControlId = oac.OriginAccessControl.Id
	})
}

// alarm makes one in a state.
func (p *pair) alarm(t *testing.T, name string, state cwtypes.StateValue) {
	t.Helper()
	client := cloudwatch.NewFromConfig(p.aws())
	_, err := client.PutMetricAlarm(context.Background(), &cloudwatch.PutMetricAlarmInput{
		AlarmName: aws.String(name), Namespace: aws.String("AWS/CloudFront"), MetricName: aws.String("5xxErrorRate"), Statistic: cwtypes.StatisticAverage, Period: aws.Int32(60),
		EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(1), ComparisonOperator: cwtypes.ComparisonOperatorGreaterThanThreshold,
		Dimensions: []cwtypes.Dimension{{Name: aws.String("DistributionId"), Value: aws.String(p.Blue.ID)}, {Name: aws.String("Region"), Value: aws.String("Global")}},
	})
	must(t, err)
	_, err = client.SetAlarmState(context.Background(), &cloudwatch.SetAlarmStateInput{AlarmName: aws.String(name), StateValue: state, StateReason: aws.String("because")})
	must(t, err)
}

// A joining is a world and what a preflight of a continuous deployment finds in it.
type joining struct {
	name  string
	world func(t *testing.T, p *pair)
	edit  func(p *pair, c acctest.Config)
	finds string
}

func asked(c acctest.Config) map[string]any { return c["continuous_deployment"].(map[string]any) }

func deployments() []joining {
	set := func(name string, of func(p *pair) string) func(*pair, acctest.Config) {
		return func(p *pair, c acctest.Config) { asked(c)[name] = of(p) }
	}
	nobody := func(*pair) string { return "E0NOSUCHTHING" }
	return []joining{
		{name: "a pair that could be joined"},
		{name: "a pair that is joined", world: func(_ *testing.T, p *pair) { p.join(p.Blue, false) }},
		{name: "a primary without staging yet", edit: func(_ *pair, c acctest.Config) { delete(asked(c), "staging_distribution_id") }},
		{name: "a canary of staging that is not named", world: func(_ *testing.T, p *pair) { p.join(p.Blue, true) }, edit: func(_ *pair, c acctest.Config) {
			delete(asked(c), "staging_distribution_id")
		}, finds: "canary_runs"},
		{name: "no primary", edit: set("primary_distribution_id", nobody), finds: "!primary_missing"},
		{name: "no staging", edit: set("staging_distribution_id", nobody), finds: "!staging_missing"},
		{name: "the wrong way round", edit: func(p *pair, c acctest.Config) {
			asked(c)["primary_distribution_id"], asked(c)["staging_distribution_id"] = p.staging.ID, p.Blue.ID
		}, finds: "!primary_is_staging !not_staging"},
		{name: "a primary that is staging", edit: func(p *pair, c acctest.Config) {
			asked(c)["primary_distribution_id"] = p.staging.ID
			delete(asked(c), "staging_distribution_id")
		}, finds: "!primary_is_staging"},
		{name: "HTTP3", world: func(_ *testing.T, p *pair) {
			p.edit(p.Blue, func(c *cftypes.DistributionConfig) { c.HttpVersion = cftypes.HttpVersionHttp2and3 })
		}, finds: "!http3"},
		{name: "HTTP3 before there is staging", world: func(_ *testing.T, p *pair) {
			p.edit(p.Blue, func(c *cftypes.DistributionConfig) { c.HttpVersion = cftypes.HttpVersionHttp3 })
		}, edit: func(_ *pair, c acctest.Config) { delete(asked(c), "staging_distribution_id") }, finds: "!http3"},
		{name: "staging disabled", world: func(_ *testing.T, p *pair) {
			p.edit(p.staging, func(c *cftypes.DistributionConfig) { c.Enabled = aws.Bool(false) })
		}, finds: "!staging_disabled"},
		{name: "primary disabled", world: func(_ *testing.T, p *pair) {
			p.edit(p.Blue, func(c *cftypes.DistributionConfig) { c.Enabled = aws.Bool(false) })
		}, finds: "!primary_disabled"},
		{name: "everything differs that may not", world: func(_ *testing.T, p *pair) {
			other := p.Certify("*.example.com")
			p.edit(p.staging, func(c *cftypes.DistributionConfig) {
				c.PriceClass, c.IsIPV6Enabled, c.HttpVersion = cftypes.PriceClassPriceClass100, aws.Bool(false), cftypes.HttpVersionHttp11
				c.WebACLId = aws.String("arn:aws:wafv2:us-east-1:123456789012:global/webacl/shield/11111111-2222-3333-4444-555555555555")
				c.ViewerCertificate = &cftypes.ViewerCertificate{
					ACMCertificateArn: aws.String(other), SSLSupportMethod: cftypes.SSLSupportMethodSniOnly, MinimumProtocolVersion: cftypes.MinimumProtocolVersionTLSv12016,
				}
			})
		}, finds: "!locked_differ !locked_differ !locked_differ !locked_differ !locked_differ !locked_differ"},
		{name: "everything differs that may", world: func(_ *testing.T, p *pair) {
			p.edit(p.staging, func(c *cftypes.DistributionConfig) {
				c.Comment, c.DefaultRootObject, c.Origins.Items[0].OriginPath = aws.String("next"), aws.String("index.html"), aws.String("/next")
			})
		}},
		{name: "another policy", world: func(_ *testing.T, p *pair) {
			p.AttachByHand(p.Blue, p.JoinByHand(p.CopyByHand(p.Green), acctest.ByWeight(0.05), false))
			p.Settle()
		}, finds: "!another_policy"},
		{name: "the policy of another primary", world: func(_ *testing.T, p *pair) { p.join(p.Green, false) }, finds: "!policy_elsewhere"},
		{name: "a canary that runs", world: func(_ *testing.T, p *pair) { p.join(p.Blue, true) }, finds: "canary_runs"},
		{name: "more paths", world: func(_ *testing.T, p *pair) {
			p.edit(p.staging, func(c *cftypes.DistributionConfig) {
				c.CacheBehaviors = &cftypes.CacheBehaviors{Quantity: aws.Int32(1), Items: []cftypes.CacheBehavior{{
					PathPattern: aws.String("/beta/*"), TargetOriginId: aws.String("origin"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyAllowAll, CachePolicyId: c.DefaultCacheBehavior.CachePolicyId,
				}}}
			})
		}, finds: "path_patterns"},
		{name: "both deploying", world: func(_ *testing.T, p *pair) {
			for _, d := range []acctest.Distribution{p.Blue, p.staging} {
				p.EditByHand(d, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("new") })
			}
		}, finds: "pair_deploying pair_deploying"},
		{name: "no room", world: func(_ *testing.T, p *pair) {
			p.JoinByHand(p.staging, acctest.ByWeight(0.05), false)
			for i := range 19 {
				d := p.Distribute(fmt.Sprint("staging-", i), func(c *cftypes.DistributionConfig) { c.Staging, c.Enabled = aws.Bool(true), aws.Bool(true) })
				p.JoinByHand(d, acctest.ByWeight(0.05), false)
			}
			p.Settle()
		}, edit: func(_ *pair, c acctest.Config) { delete(asked(c), "staging_distribution_id") }, finds: "!too_many_policies !too_many_staging"},
		{name: "buckets that know one of two", world: func(t *testing.T, p *pair) {
			p.bucket(t, "site-next", p.staging, p.staging)
		}, finds: "!bucket_refuses"},
		{name: "a bucket without a policy", world: func(t *testing.T, p *pair) {
			p.bucket(t, "site-next", p.staging)
		}, finds: "!bucket_refuses !bucket_refuses"},
		{name: "a bucket that knows both", world: func(t *testing.T, p *pair) {
			p.bucket(t, "site-next", p.staging, p.Blue, p.staging)
		}},
		{name: "a bucket that is not there", world: func(t *testing.T, p *pair) { p.from(t, "site-gone", p.staging) }, finds: "bucket_unknown"},
		{name: "a pair with what hashicorp/aws erases", world: func(_ *testing.T, p *pair) {
			p.edit(p.Blue, patient)
			p.edit(p.staging, patient)
		}, finds: "erased_beside erased_beside"},
		{name: "a primary alone with what hashicorp/aws erases", world: func(_ *testing.T, p *pair) {
			p.edit(p.Blue, patient)
		}, edit: func(_ *pair, c acctest.Config) { delete(asked(c), "staging_distribution_id") }, finds: "erased_beside"},
		{name: "alarms", world: func(t *testing.T, p *pair) {
			p.alarm(t, "quiet", cwtypes.StateValueOk)
			p.alarm(t, "loud", cwtypes.StateValueAlarm)
			p.alarm(t, "idle", cwtypes.StateValueInsufficientData)
		}, edit: func(_ *pair, c acctest.Config) {
			c["alarms"] = []any{map[string]any{"name": "quiet"}, map[string]any{"name": "loud"}, map[string]any{"name": "idle"}, map[string]any{"name": "gone", "region": "eu-west-1"}}
		}, finds: "!alarm_firing !alarm_missing alarm_without_data"},
		{name: "may not ask everything", world: func(t *testing.T, p *pair) {
			p.JoinByHand(p.staging, acctest.ByWeight(0.05), false)
			p.bucket(t, "site-next", p.staging)
			p.World.Allow("cloudfront:GetDistribution", "cloudfront:ListDistributions", "cloudfront:GetContinuousDeploymentPolicy", "cloudfront:ListContinuousDeploymentPolicies")
		}, edit: func(_ *pair, c acctest.Config) { c["alarms"] = []any{map[string]any{"name": "quiet"}} }, finds: "!not_permitted not_permitted not_permitted"},
	}
}

func (p *pair) ask(t *testing.T, c acctest.Config) acctest.Answer {
	t.Helper()
	out, err := acctest.NewData("cdn_preflight", clock.System{}, p.World.Transport()).Read(t.Context(), c)
	must(t, err)
	return out
}

func TestEverythingInTheWayOfAContinuousDeploymentIsFoundAtOnce(t *testing.T) {
	t.Parallel()
	for _, s := range deployments() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPair(t)
				if s.world != nil {
					s.world(t, p)
				}
				c := p.config()
				if s.edit != nil {
					s.edit(p, c)
				}
				out := p.ask(t, c)
				if len(out.Diags.Errors()) > 0 {
					t.Fatalf("the plan fails:\n%s", out.Diags)
				}
				if w := p.Writes(0); len(w) > 0 {
					t.Errorf("wrote %s", w[0].Operation)
				}
				situation{name: s.name, finds: s.finds}.expect(t, read(t, out.Value))
			})
		})
	}
}

// What a rollback would need again is named, and nothing that both have.
func TestWhatARollbackNeedsIsNamed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		kept := func(c acctest.Config) string {
			t.Helper()
			out := p.ask(t, c)
			var object map[string]tftypes.Value
			var list []tftypes.Value
			must(t, out.Value.As(&object))
			must(t, object["keep_until_settled"].As(&list))
			var all []string
			for _, one := range list {
				var members map[string]tftypes.Value
				var kind, name string
				must(t, one.As(&members))
				must(t, members["kind"].As(&kind))
				must(t, members["name"].As(&name))
				all = append(all, kind+" "+name)
			}
			return strings.Join(all, ", ")
		}
		if got := kept(p.config()); got != "" {
			t.Errorf("a copy does without %s", got)
		}
		p.edit(p.staging, func(c *cftypes.DistributionConfig) {
			c.Origins.Items[0].OriginPath, c.DefaultCacheBehavior.CachePolicyId = aws.String("/next"), aws.String("658327ea-f89d-4fab-a63d-7e88639e58f6")
		})
		want := "cache_policy 4135ea2d-6df8-44a3-9df3-4b5a84be39ad, origin blue.origin.test"
		if got := kept(p.config()); got != want {
			t.Errorf("keeps %q, want %q", got, want)
		}
		if got := kept(config(p.Env)); got != "" {
			t.Errorf("a switch keeps %q", got)
		}
	})
}

// The policy on the page is what both kinds of question need together, and no more.
func TestTheDocumentedPolicyOfAContinuousDeploymentIsExact(t *testing.T) {
	t.Parallel()
	o := permissions.Options{Deployments: true, Alarms: true}
	policy, err := permissions.Policy(permissions.Plan, []string{"cdn_preflight"}, o)
	must(t, err)
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.alarm(t, "quiet", cwtypes.StateValueOk)
		p.bucket(t, "site-next", p.staging, p.Blue, p.staging)
		p.JoinByHand(p.staging, acctest.ByWeight(0.05), false)
		must(t, p.World.Restrict(policy))
		before := p.World.Journal().Seq()
		joined, first, ofSwitch := p.config(), p.config(), config(p.Env)
		delete(asked(first), "staging_distribution_id")
		ofSwitch["alarms"] = []any{map[string]any{"name": "quiet"}}
		for _, c := range []acctest.Config{joined, first, ofSwitch} {
			if out := p.ask(t, c); len(out.Diags) > 0 || strings.Contains(out.Value.String(), "not_permitted") {
				t.Errorf("%s\n%s", out.Diags, out.Value)
			}
		}
		matrix.Exact(t, p.Env, before, permissions.Plan, "cdn_preflight", o)
	})
	page, err := os.ReadFile("../../../templates/data-sources/preflight.md.tmpl")
	must(t, err)
	for _, g := range permissions.Grants(permissions.Plan, []string{"cdn_preflight"}, o) {
		without := permissions.Grants(permissions.Plan, []string{"cdn_preflight"}, permissions.Options{})
		if !slices.ContainsFunc(without, func(w permissions.Grant) bool { return w.Action == g.Action }) && !strings.Contains(string(page), "`"+g.Action+"`") {
			t.Errorf("the page does not name %s", g.Action)
		}
	}
}
