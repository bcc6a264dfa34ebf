package preflight_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/permissions"
)

const optimized = "658327ea-f89d-4fab-a63d-7e88639e58f6" // Managed-CachingOptimized

// A shop is a site whose behaviours can get their answers from app-blue or from app-green.
type shop struct{ *pair }

func newShop(t *testing.T) shop {
	t.Helper()
	s := shop{&pair{Env: acctest.New(t, site())}}
	s.edit(s.Blue, func(c *cftypes.DistributionConfig) {
		from := func(id string) cftypes.Origin {
			o := c.Origins.Items[0]
			o.Id, o.DomainName = aws.String(id), aws.String(id+".origin.test")
			return o
		}
		c.Origins = &cftypes.Origins{Quantity: aws.Int32(2), Items: []cftypes.Origin{from("app-blue"), from("app-green")}}
		c.DefaultCacheBehavior.TargetOriginId, c.DefaultCacheBehavior.CachePolicyId = aws.String("app-blue"), aws.String(optimized)
		c.CacheBehaviors = &cftypes.CacheBehaviors{Quantity: aws.Int32(1), Items: []cftypes.CacheBehavior{
			{PathPattern: aws.String("/api/*"), TargetOriginId: aws.String("app-blue"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyAllowAll, CachePolicyId: aws.String(optimized)},
		}}
	})
	return s
}

// config asks about a switch of one behaviour to green.
func (s shop) config() acctest.Config {
	return acctest.Config{"behavior_switch": map[string]any{
		"distribution_id": s.Blue.ID, "behaviors": []string{"/api/*"}, "live": "green", "invalidate": []string{"/api/*"},
		"sides": map[string]any{"blue": map[string]any{"origin_id": "app-blue"}, "green": map[string]any{"origin_id": "app-green"}},
	}}
}

func question(c acctest.Config) map[string]any { return c["behavior_switch"].(map[string]any) }

// sides makes the sides name a version of a function each.
func versions(c acctest.Config, blue, green string) {
	at := func(arn string) map[string]any {
		return map[string]any{"lambda_functions": map[string]any{"viewer-request": map[string]any{"arn": arn}}}
	}
	question(c)["sides"] = map[string]any{"blue": at(blue), "green": at(green)}
}

// publish publishes a version of a function, and returns its ARN. It is Pending for some seconds.
func (s shop) publish(t *testing.T) string {
	t.Helper()
	client := lambda.NewFromConfig(s.aws())
	_, err := client.CreateFunction(context.Background(), &lambda.CreateFunctionInput{
		FunctionName: aws.String("shop"), Role: aws.String("arn:aws:iam::123456789012:role/edge"), Runtime: lambdatypes.RuntimeNodejs22x, Handler: aws.String("index.handler"),
		Code: &lambdatypes.FunctionCode{ZipFile: []byte("code")},
	})
	must(t, err)
	out, err := client.PublishVersion(context.Background(), &lambda.PublishVersionInput{FunctionName: aws.String("shop")})
	must(t, err)
	return aws.ToString(out.FunctionArn)
}

// behavior changes the cache behaviour of /api/*.
func (s shop) behavior(change func(b *cftypes.CacheBehavior, c *cftypes.DistributionConfig)) {
	s.edit(s.Blue, func(c *cftypes.DistributionConfig) { change(&c.CacheBehaviors.Items[0], c) })
}

// policy gives /api/* a cache policy of its own with a minimum TTL of a minute.
func (s shop) policy(t *testing.T) {
	t.Helper()
	own, err := s.CloudFront.CreateCachePolicy(context.Background(), &cloudfront.CreateCachePolicyInput{CachePolicyConfig: &cftypes.CachePolicyConfig{
		Name: aws.String("own"), MinTTL: aws.Int64(60), DefaultTTL: aws.Int64(60), MaxTTL: aws.Int64(3600),
	}})
	must(t, err)
	s.behavior(func(b *cftypes.CacheBehavior, _ *cftypes.DistributionConfig) { b.CachePolicyId = own.CachePolicy.Id })
}

// A switching is a world and what a preflight of a switch of behaviours finds in it.
type switching struct {
	name  string
	world func(t *testing.T, s shop)
	edit  func(t *testing.T, s shop, c acctest.Config)
	finds string
}

const elsewhereARN = "arn:aws:lambda:us-east-1:123456789012:function:other:"

func switchings() []switching {
	return []switching{
		{name: "behaviours and nothing in the way"},
		{name: "behaviours of no distribution", edit: func(_ *testing.T, _ shop, c acctest.Config) { question(c)["distribution_id"] = "E0NOSUCHTHING" }, finds: "!distribution_missing"},
		{name: "behaviours of a staging distribution", edit: func(_ *testing.T, s shop, c acctest.Config) {
			question(c)["distribution_id"] = s.CopyByHand(s.Blue).ID
			s.Settle()
		}, finds: "!distribution_staging"},
		{name: "behaviours of a disabled distribution", world: func(_ *testing.T, s shop) {
			s.edit(s.Blue, func(c *cftypes.DistributionConfig) { c.Enabled = aws.Bool(false) })
		}, finds: "!distribution_disabled"},
		{name: "no such behaviour and no such origin", edit: func(_ *testing.T, _ shop, c acctest.Config) {
			question(c)["behaviors"] = []string{"/apis/*"}
			question(c)["sides"].(map[string]any)["green"] = map[string]any{"origin_id": "app-grene"}
			question(c)["invalidate"] = []string{"/*"}
		}, finds: "!behavior_missing !origin_missing"},
		{name: "an origin that others use", edit: func(_ *testing.T, _ shop, c acctest.Config) {
			at := func(path string) map[string]any {
				return map[string]any{"origins": map[string]any{"app-blue": map[string]any{"path": path}}}
			}
			question(c)["sides"] = map[string]any{"blue": at(""), "green": at("/v2")}
		}, finds: "!origin_shared"},
		{name: "a field that no side has", world: func(_ *testing.T, s shop) {
			s.behavior(func(b *cftypes.CacheBehavior, c *cftypes.DistributionConfig) {
				third := c.Origins.Items[0]
				third.Id, third.DomainName = aws.String("third"), aws.String("third.origin.test")
				c.Origins = &cftypes.Origins{Quantity: aws.Int32(3), Items: append(c.Origins.Items, third)}
				b.TargetOriginId = aws.String("third")
			})
		}, finds: "!foreign_value"},
		{name: "policies that the behaviour cannot have", world: func(_ *testing.T, s shop) {
			s.behavior(func(b *cftypes.CacheBehavior, _ *cftypes.DistributionConfig) { legacy(b, 0) })
		}, edit: func(_ *testing.T, _ shop, c acctest.Config) {
			question(c)["sides"] = map[string]any{"blue": map[string]any{"origin_request_policy_id": ""}, "green": map[string]any{"origin_request_policy_id": "216adef6-5c7f-47e4-b989-5492eafa07d3"}}
		}, finds: "!needs_cache_policy"},
		{name: "legacy settings where a policy is asked for", world: func(_ *testing.T, s shop) {
			s.behavior(func(b *cftypes.CacheBehavior, _ *cftypes.DistributionConfig) { legacy(b, 0) })
		}, edit: func(_ *testing.T, _ shop, c acctest.Config) {
			question(c)["sides"] = map[string]any{"blue": map[string]any{"cache_policy_id": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"}, "green": map[string]any{"cache_policy_id": optimized}}
		}, finds: "!foreign_value !legacy_settings"},
		{name: "a function on viewer events beside a version", world: func(_ *testing.T, s shop) {
			s.function()
		}, edit: func(t *testing.T, s shop, c acctest.Config) {
			arn := s.publish(t)
			s.wait()
			versions(c, elsewhereARN+"1", arn)
		}, finds: "!foreign_value !viewer_events"},
		{name: "versions that are not there", edit: func(_ *testing.T, s shop, c acctest.Config) {
			versions(c, elsewhereARN+"1", elsewhereARN+"2")
			s.behavior(func(b *cftypes.CacheBehavior, _ *cftypes.DistributionConfig) { associate(b, elsewhereARN+"1") })
		}, finds: "!lambda_not_active"},
		{name: "a version that was published a moment ago", world: func(_ *testing.T, s shop) {
			s.behavior(func(b *cftypes.CacheBehavior, _ *cftypes.DistributionConfig) { associate(b, elsewhereARN+"1") })
		}, edit: func(t *testing.T, s shop, c acctest.Config) { versions(c, elsewhereARN+"1", s.publish(t)) }, finds: "version_pending"},
		{name: "cache tags that nobody reads", edit: func(_ *testing.T, _ shop, c acctest.Config) {
			question(c)["invalidate"] = []string{"/api/*", "#release:41"}
		}, finds: "!tags_unread"},
		{name: "cache tags alone", world: func(_ *testing.T, s shop) {
			s.edit(s.Blue, func(c *cftypes.DistributionConfig) {
				c.CacheTagConfig = &cftypes.CacheTagConfig{HeaderName: aws.String("Cache-Tag")}
			})
		}, edit: func(_ *testing.T, _ shop, c acctest.Config) { question(c)["invalidate"] = []string{"#release:41"} }, finds: "answers_kept min_ttl_kept errors_kept"},
		{name: "nothing is dropped", world: func(t *testing.T, s shop) { s.policy(t) }, edit: func(_ *testing.T, _ shop, c acctest.Config) {
			delete(question(c), "invalidate")
		}, finds: "answers_kept min_ttl_kept errors_kept"},
		{name: "nothing is dropped of legacy settings", world: func(_ *testing.T, s shop) {
			s.behavior(func(b *cftypes.CacheBehavior, _ *cftypes.DistributionConfig) { legacy(b, 120) })
		}, edit: func(_ *testing.T, _ shop, c acctest.Config) { delete(question(c), "invalidate") }, finds: "answers_kept min_ttl_kept errors_kept"},
		{name: "errors that are kept for long", world: func(_ *testing.T, s shop) {
			s.edit(s.Blue, func(c *cftypes.DistributionConfig) {
				c.CustomErrorResponses = &cftypes.CustomErrorResponses{Quantity: aws.Int32(2), Items: []cftypes.CustomErrorResponse{
					{ErrorCode: aws.Int32(503), ErrorCachingMinTTL: aws.Int64(300)}, {ErrorCode: aws.Int32(404), ErrorCachingMinTTL: aws.Int64(5)},
				}}
			})
		}, finds: "errors_kept"},
		{name: "a behaviour in the shadow of another", world: func(_ *testing.T, s shop) {
			s.edit(s.Blue, func(c *cftypes.DistributionConfig) {
				first := c.CacheBehaviors.Items[0]
				first.PathPattern = aws.String("/a*")
				c.CacheBehaviors = &cftypes.CacheBehaviors{Quantity: aws.Int32(2), Items: []cftypes.CacheBehavior{first, c.CacheBehaviors.Items[0]}}
			})
		}, finds: "behavior_shadowed"},
		{name: "a switch on a primary", world: func(_ *testing.T, s shop) {
			s.AttachByHand(s.Blue, s.JoinByHand(s.CopyByHand(s.Blue), acctest.ByWeight(0.05), false))
			s.Settle()
		}, finds: "staging_beside"},
		{name: "a switch beside what hashicorp/aws erases", world: func(_ *testing.T, s shop) { s.edit(s.Blue, patient) }, finds: "erased_beside"},
		{name: "alarms of a switch of behaviours", world: func(t *testing.T, s shop) {
			s.alarm(t, "loud", cwtypes.StateValueAlarm)
		}, edit: func(_ *testing.T, _ shop, c acctest.Config) { c["alarms"] = []any{map[string]any{"name": "loud"}} }, finds: "!alarm_firing"},
		{name: "may not ask how behaviours cache and what state a version is in", world: func(t *testing.T, s shop) {
			s.policy(t)
			s.behavior(func(b *cftypes.CacheBehavior, _ *cftypes.DistributionConfig) { associate(b, elsewhereARN+"1") })
			s.World.Allow("cloudfront:GetDistribution")
		}, edit: func(_ *testing.T, _ shop, c acctest.Config) {
			delete(question(c), "invalidate")
			versions(c, elsewhereARN+"1", elsewhereARN+"2")
			for _, side := range question(c)["sides"].(map[string]any) {
				side := side.(map[string]any)
				side["origin_id"] = "app-blue"
			}
			question(c)["sides"].(map[string]any)["green"].(map[string]any)["origin_id"] = "app-green"
		}, finds: "answers_kept errors_kept not_permitted not_permitted"},
	}
}

// legacy gives a behaviour forwarded values in place of a cache policy.
func legacy(b *cftypes.CacheBehavior, least int64) {
	b.CachePolicyId = nil
	b.ForwardedValues = &cftypes.ForwardedValues{QueryString: aws.Bool(false), Cookies: &cftypes.CookiePreference{Forward: cftypes.ItemSelectionNone}} //nolint:staticcheck // deprecated and in use
	b.MinTTL, b.DefaultTTL, b.MaxTTL = aws.Int64(least), aws.Int64(max(least, 600)), aws.Int64(172_800)                                                //nolint:staticcheck // as above
}

func associate(b *cftypes.CacheBehavior, arn string) {
	b.LambdaFunctionAssociations = &cftypes.LambdaFunctionAssociations{Quantity: aws.Int32(1), Items: []cftypes.LambdaFunctionAssociation{
		{EventType: cftypes.EventTypeViewerRequest, LambdaFunctionARN: aws.String(arn), IncludeBody: aws.Bool(false)},
	}}
}

// function puts a CloudFront Function on an event of /api/*.
func (s shop) function() {
	made, err := s.CloudFront.CreateFunction(context.Background(), &cloudfront.CreateFunctionInput{
		Name: aws.String("rewrite"), FunctionCode: []byte("function handler(event) { return event.request; }"),
		FunctionConfig: &cftypes.FunctionConfig{Comment: aws.String(""), Runtime: cftypes.FunctionRuntimeCloudfrontJs20},
	})
	if err == nil {
		_, err = s.CloudFront.PublishFunction(context.Background(), &cloudfront.PublishFunctionInput{Name: aws.String("rewrite"), IfMatch: made.ETag})
	}
	if err != nil {
		panic(err) // a test's own doing
	}
	s.behavior(func(b *cftypes.CacheBehavior, _ *cftypes.DistributionConfig) {
		b.FunctionAssociations = &cftypes.FunctionAssociations{Quantity: aws.Int32(1), Items: []cftypes.FunctionAssociation{
			{EventType: cftypes.EventTypeViewerResponse, FunctionARN: made.FunctionSummary.FunctionMetadata.FunctionARN},
		}}
	})
}

// wait lets versions become Active.
func (s shop) wait() { _ = clock.System{}.Sleep(context.Background(), time.Minute) }

func (w switching) begin(t *testing.T) (shop, acctest.Config) {
	t.Helper()
	s := newShop(t)
	c := s.config()
	if w.world != nil {
		w.world(t, s)
	}
	if w.edit != nil {
		w.edit(t, s, c)
	}
	return s, c
}

func TestEverythingInTheWayOfASwitchOfBehavioursIsFoundAtOnce(t *testing.T) {
	t.Parallel()
	for _, w := range switchings() {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, c := w.begin(t)
				out := s.ask(t, c)
				if len(out.Diags.Errors()) > 0 {
					t.Fatalf("the plan fails:\n%s", out.Diags)
				}
				if n := s.Writes(0); len(n) > 0 {
					t.Errorf("wrote %s", n[0].Operation)
				}
				situation{name: w.name, finds: w.finds}.expect(t, read(t, out.Value))
			})
		})
	}
}

// What the preflight calls an error the switch does not step over: it is the same list.
func TestASwitchOfBehavioursStopsAtWhatThePreflightCallsAnError(t *testing.T) {
	t.Parallel()
	held := 0
	for _, w := range switchings() {
		if !strings.Contains(w.finds, "!") {
			continue
		}
		held++
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, c := w.begin(t)
				asked := acctest.Config(question(c))
				if alarms, ok := c["alarms"]; ok {
					asked["verify"] = map[string]any{"after": map[string]any{"alarms": alarms}}
				}
				stops(t, s.Env, "cdn_behavior_switch", asked)
			})
		})
	}
	t.Logf("%d situations that the preflight calls an error", held)
}

// What a run writes is named beforehand; what it cannot need is not.
func TestTheWritesOfASwitchOfBehavioursAreNamed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		if got := untried(t, s.Env, s.config()); !slices.Equal(got, []string{invalidates, updates}) {
			t.Errorf("it names %q", got)
		}
		c := s.config()
		versions(c, elsewhereARN+"1", elsewhereARN+"2")
		if got := untried(t, s.Env, c); !slices.Contains(got, "lambda:EnableReplication*") || !slices.Contains(got, "lambda:DisableReplication*") {
			t.Errorf("with versions it names %q", got)
		}
	})
}

// A mistake of a question is at the member of the question that has it.
func TestAMistakeInAQuestionAboutBehavioursSaysWhere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		for name, w := range map[string]struct {
			edit func(c acctest.Config)
			want string
		}{
			"latest": {func(c acctest.Config) {
				versions(c, elsewhereARN+"1", "arn:aws:lambda:us-east-1:123456789012:function:shop:$LATEST")
			}, "Not a version that CloudFront takes"},
			"another region": {func(c acctest.Config) {
				versions(c, elsewhereARN+"1", "arn:aws:lambda:eu-west-1:123456789012:function:shop:1")
			}, "The function is not in us-east-1"},
			"tag with a wildcard": {func(c acctest.Config) { question(c)["invalidate"] = []string{"#release:*"} }, "A cache tag has no wildcard"},
			"wildcards": {func(c acctest.Config) {
				var many []string
				for i := range 16 {
					many = append(many, fmt.Sprintf("/%d*", i))
				}
				question(c)["invalidate"] = many
			}, "More than one invalidation may have"},
			"two questions": {func(c acctest.Config) { c["live"] = "green" }, "Two cutovers in one question"},
		} {
			c := s.config()
			w.edit(c)
			out, err := acctest.NewData("cdn_preflight", clock.System{}, s.World.Transport()).Read(t.Context(), c)
			must(t, err)
			if d := out.Diags.Errors(); len(d) != 1 || d[0].Summary != w.want || !strings.Contains(d[0].Attribute.String(), "behavior_switch") {
				t.Errorf("%s: want %q, got\n%s at %v", name, w.want, out.Diags, d)
			}
		}
	})
}

// The policy on the page is what the question needs, and no more.
func TestTheDocumentedPolicyOfAQuestionAboutBehavioursIsExact(t *testing.T) {
	t.Parallel()
	o := permissions.Options{Behaviors: true, Functions: true, Versions: []string{"arn:aws:lambda:us-east-1:123456789012:function:shop:*"}, Zones: []string{}}
	policy, err := permissions.Policy(permissions.Plan, []string{"cdn_preflight"}, o)
	must(t, err)
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		s.policy(t)
		c, aliases := s.config(), config(s.Env)
		delete(aliases, "dns")
		versions(c, elsewhereARN+"1", s.publish(t))
		must(t, s.World.Restrict(policy))
		before := s.World.Journal().Seq()
		for _, one := range []acctest.Config{c, aliases} {
			if out := s.ask(t, one); len(out.Diags) > 0 || strings.Contains(out.Value.String(), "ListDistributions") {
				t.Errorf("%s\n%s", out.Diags, out.Value)
			}
		}
		matrix.Exact(t, s.Env, before, permissions.Plan, "cdn_preflight", o)
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
