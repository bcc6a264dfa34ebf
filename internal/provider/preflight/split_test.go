package preflight_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/sts"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/permissions"
)

const disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" // Managed-CachingDisabled

// newSplitShop is a shop whose /api/* keeps nothing, so that it can be split.
func newSplitShop(t *testing.T) shop {
	t.Helper()
	s := newShop(t)
	s.behavior(func(b *cftypes.CacheBehavior, _ *cftypes.DistributionConfig) { b.CachePolicyId = aws.String(disabled) })
	return s
}

// splitting asks about a split of one behaviour, of whose viewers green is to have some.
func (s shop) splitting() acctest.Config {
	return acctest.Config{"edge_split": map[string]any{
		"name": "shop", "safe": "blue", "weight": 10,
		"sides":  map[string]any{"blue": map[string]any{"origin_id": "app-blue"}, "green": map[string]any{"origin_id": "app-green"}},
		"attach": map[string]any{"distribution_id": s.Blue.ID, "behaviors": []string{"/api/*"}},
	}}
}

func split(c acctest.Config) map[string]any { return c["edge_split"].(map[string]any) }

// attach makes a question be about other behaviours.
func attach(c acctest.Config, id string, behaviors ...string) {
	split(c)["attach"] = map[string]any{"distribution_id": id, "behaviors": behaviors}
}

// selects makes the other side select another origin.
func selects(c acctest.Config, origin string) {
	split(c)["sides"].(map[string]any)["green"] = map[string]any{"origin_id": origin}
}

func prefixes(c acctest.Config, index string) {
	green := map[string]any{"uri_prefix": "/green"}
	if index != "" {
		green["index_document"] = index
	}
	split(c)["sides"] = map[string]any{"blue": map[string]any{}, "green": green}
}

// made makes the split that a question is about, with nobody on its way.
func (s shop) made(t *testing.T, c acctest.Config) {
	t.Helper()
	asked := acctest.Config{}
	maps.Copy(asked, split(c))
	asked["weight"] = 0
	core := acctest.NewCore("cdn_edge_split", clock.System{}, s.World.Transport())
	if d := core.MustConverge(t.Context(), t, asked).Errors(); len(d) > 0 {
		t.Fatal(d)
	}
}

// functions lists those of the account whose names begin with a prefix, as their ARNs.
func (s shop) functions(t *testing.T, prefix string) []string {
	t.Helper()
	list, err := s.CloudFront.ListFunctions(context.Background(), &cloudfront.ListFunctionsInput{Stage: cftypes.FunctionStageLive})
	must(t, err)
	var out []string
	for _, f := range list.FunctionList.Items {
		if strings.HasPrefix(aws.ToString(f.Name), prefix) {
			out = append(out, aws.ToString(f.FunctionMetadata.FunctionARN))
		}
	}
	return out
}

// A splitting is a world and what a preflight of an edge split finds in it.
type splitting struct {
	name  string
	world func(t *testing.T, s shop, c acctest.Config)
	edit  func(t *testing.T, s shop, c acctest.Config)
	// who is the provider; nil: one with keys of its own.
	who   acctest.Config
	finds string
}

func splittings() []splitting {
	group := func(c *cftypes.DistributionConfig) {
		member := func(id string) cftypes.OriginGroupMember { return cftypes.OriginGroupMember{OriginId: aws.String(id)} }
		c.OriginGroups = &cftypes.OriginGroups{Quantity: aws.Int32(1), Items: []cftypes.OriginGroup{{
			Id: aws.String("both"), Members: &cftypes.OriginGroupMembers{Quantity: aws.Int32(2), Items: []cftypes.OriginGroupMember{member("app-blue"), member("app-green")}},
			FailoverCriteria: &cftypes.OriginGroupFailoverCriteria{StatusCodes: &cftypes.StatusCodes{Quantity: aws.Int32(1), Items: []int32{503}}},
		}}}
	}
	blind := func(_ *testing.T, s shop, _ acctest.Config) {
		s.behavior(func(b *cftypes.CacheBehavior, _ *cftypes.DistributionConfig) { b.CachePolicyId = aws.String(optimized) })
	}
	role := acctest.Config{"assume_role": []any{map[string]any{"role_arn": "arn:aws:iam::123456789012:role/deploy"}}}
	root := func(_ *testing.T, s shop, _ acctest.Config) {
		s.edit(s.Blue, func(c *cftypes.DistributionConfig) { c.DefaultRootObject = aws.String("index.html") })
	}
	return []splitting{
		{name: "a split and nothing in the way"},
		{name: "a split of no distribution", edit: func(_ *testing.T, _ shop, c acctest.Config) { attach(c, "E0NOSUCHTHING", "/api/*") }, finds: "!distribution_missing"},
		{name: "a split of a staging distribution", edit: func(_ *testing.T, s shop, c acctest.Config) {
			attach(c, s.CopyByHand(s.Blue).ID, "/api/*")
			s.Settle()
		}, finds: "!distribution_staging"},
		{name: "everything in the way of a split", world: func(t *testing.T, s shop, c acctest.Config) {
			blind(t, s, c)
			arn := s.publish(t)
			s.wait()
			s.edit(s.Blue, func(c *cftypes.DistributionConfig) {
				c.DefaultCacheBehavior.LambdaFunctionAssociations = &cftypes.LambdaFunctionAssociations{Quantity: aws.Int32(1), Items: []cftypes.LambdaFunctionAssociation{
					{EventType: cftypes.EventTypeViewerRequest, LambdaFunctionARN: aws.String(arn), IncludeBody: aws.Bool(false)},
				}}
			})
			s.function()
			_, err := s.CloudFront.CreateKeyValueStore(context.Background(), &cloudfront.CreateKeyValueStoreInput{Name: aws.String("shop"), Comment: aws.String("of another team")})
			must(t, err)
		}, edit: func(_ *testing.T, s shop, c acctest.Config) {
			attach(c, s.Blue.ID, "default", "/api/*", "/apis/*")
			selects(c, "app-grene")
		}, finds: "!store_foreign !behavior_missing !behavior_taken !origin_unusable !viewer_events !cache_blind !cache_blind"},
		{name: "a side that is an origin group", world: func(_ *testing.T, s shop, _ acctest.Config) { s.edit(s.Blue, group) }, edit: func(_ *testing.T, _ shop, c acctest.Config) { selects(c, "both") }, finds: "!origin_unusable"},
		{name: "a side with a client certificate", world: func(_ *testing.T, s shop, _ acctest.Config) {
			s.edit(s.Blue, func(c *cftypes.DistributionConfig) {
				c.Origins.Items[1].CustomOriginConfig.OriginMtlsConfig = &cftypes.OriginMtlsConfig{ClientCertificateArn: aws.String("arn:aws:acm:us-east-1:123456789012:certificate/0f1e2d3c-0000-4000-8000-000000000000")}
			})
		}, finds: "!origin_unusable"},
		{name: "a split of legacy settings", world: func(_ *testing.T, s shop, _ acctest.Config) {
			s.behavior(func(b *cftypes.CacheBehavior, _ *cftypes.DistributionConfig) { legacy(b, 0) })
		}, finds: "!legacy_settings"},
		{name: "a cache that keeps one side for the other", world: blind, finds: "!cache_blind"},
		{name: "a cache that is to keep what testers get", world: blind, edit: func(_ *testing.T, _ shop, c acctest.Config) {
			split(c)["weight"], split(c)["override"] = 0, map[string]any{"header": "x-side"}
		}, finds: "!cache_blind"},
		{name: "prefixes in one cache", world: blind, edit: func(_ *testing.T, _ shop, c acctest.Config) { prefixes(c, "") }},
		{name: "a function that somebody has changed", world: func(t *testing.T, s shop, c acctest.Config) {
			s.made(t, c)
			for _, arn := range s.functions(t, "shop-request-") {
				_, name, _ := strings.Cut(arn, ":function/")
				is, err := s.CloudFront.DescribeFunction(context.Background(), &cloudfront.DescribeFunctionInput{Name: aws.String(name), Stage: cftypes.FunctionStageDevelopment})
				must(t, err)
				config := is.FunctionSummary.FunctionConfig
				config.Comment = aws.String("mine now")
				_, err = s.CloudFront.UpdateFunction(context.Background(), &cloudfront.UpdateFunctionInput{Name: aws.String(name), IfMatch: is.ETag, FunctionConfig: config, FunctionCode: []byte("function handler(event) { return event.request; }")})
				must(t, err)
			}
		}, finds: "!function_foreign"},
		{name: "a split that is made already", world: func(t *testing.T, s shop, c acctest.Config) { s.made(t, c) }},
		{name: "a behaviour that the split is to leave", world: func(t *testing.T, s shop, c acctest.Config) {
			wider := acctest.Config{}
			maps.Copy(wider, split(c))
			wider["attach"] = map[string]any{"distribution_id": s.Blue.ID, "behaviors": []string{"default", "/api/*"}}
			s.edit(s.Blue, func(c *cftypes.DistributionConfig) { c.DefaultCacheBehavior.CachePolicyId = aws.String(disabled) })
			core := acctest.NewCore("cdn_edge_split", clock.System{}, s.World.Transport())
			for range 2 { // made, and on its way
				if d := core.MustConverge(t.Context(), t, wider).Errors(); len(d) > 0 {
					t.Fatal(d)
				}
			}
			split(c)["salt"] = "other" // so that something is to be associated
		}, finds: "!leaves"},
		{name: "functions that are yet to be made", edit: func(_ *testing.T, _ shop, c acctest.Config) { delete(split(c), "attach") }},
		{name: "functions that nobody has associated", world: func(t *testing.T, s shop, c acctest.Config) {
			delete(split(c), "attach")
			s.made(t, c)
		}, finds: "!unused"},
		{name: "one function of two", world: func(t *testing.T, s shop, c acctest.Config) {
			delete(split(c), "attach")
			s.made(t, c)
			s.behavior(func(b *cftypes.CacheBehavior, _ *cftypes.DistributionConfig) {
				b.FunctionAssociations = &cftypes.FunctionAssociations{Quantity: aws.Int32(1), Items: []cftypes.FunctionAssociation{
					{EventType: cftypes.EventTypeViewerRequest, FunctionARN: aws.String(s.functions(t, "shop-request-")[0])},
				}}
			})
		}, finds: "!half_used"},
		{name: "no room for functions", world: func(t *testing.T, s shop, _ acctest.Config) {
			for i := range 99 {
				_, err := s.CloudFront.CreateFunction(context.Background(), &cloudfront.CreateFunctionInput{
					Name: aws.String(fmt.Sprintf("other-%d", i)), FunctionCode: []byte("function handler(event) { return event.request; }"),
					FunctionConfig: &cftypes.FunctionConfig{Comment: aws.String(""), Runtime: cftypes.FunctionRuntimeCloudfrontJs20},
				})
				must(t, err)
			}
		}, finds: "!too_many_functions"},
		{name: "a session of the global endpoint", who: role, world: func(_ *testing.T, s shop, _ acctest.Config) {
			s.World.Turn(func(k *knob.Knobs) { k.SessionTokens = 1 })
			s.World.Identity().AddRole(sts.Role{Name: "deploy", Trusts: []string{"*"}})
		}, finds: "session_refused"},
		{name: "a session of a regional endpoint", who: role, world: func(_ *testing.T, s shop, _ acctest.Config) {
			s.World.Identity().AddRole(sts.Role{Name: "deploy", Trusts: []string{"*"}})
		}},
		{name: "may not ask how many functions there are", world: func(_ *testing.T, s shop, _ acctest.Config) {
			s.World.Allow("cloudfront:DescribeKeyValueStore", "cloudfront:GetDistribution", "cloudfront:GetCachePolicy")
		}, finds: "!not_permitted not_permitted"},
		{name: "no document for the root", world: root, edit: func(_ *testing.T, s shop, c acctest.Config) {
			prefixes(c, "")
			attach(c, s.Blue.ID, "default")
		}, finds: "root_lost"},
		{name: "a document for the root", world: root, edit: func(_ *testing.T, s shop, c acctest.Config) {
			prefixes(c, "index.html")
			attach(c, s.Blue.ID, "default")
		}},
		{name: "no document for a root that is not split", world: root, edit: func(_ *testing.T, _ shop, c acctest.Config) { prefixes(c, "") }},
		{name: "a split in the shadow of another behaviour", world: func(_ *testing.T, s shop, _ acctest.Config) {
			s.edit(s.Blue, func(c *cftypes.DistributionConfig) {
				first := c.CacheBehaviors.Items[0]
				first.PathPattern = aws.String("/a*")
				c.CacheBehaviors = &cftypes.CacheBehaviors{Quantity: aws.Int32(2), Items: []cftypes.CacheBehavior{first, c.CacheBehaviors.Items[0]}}
			})
		}, finds: "behavior_shadowed"},
		{name: "a split on a primary", world: func(_ *testing.T, s shop, _ acctest.Config) {
			s.AttachByHand(s.Blue, s.JoinByHand(s.CopyByHand(s.Blue), acctest.ByWeight(0.05), false))
			s.Settle()
		}, finds: "staging_beside"},
		{name: "a split beside what hashicorp/aws erases", world: func(_ *testing.T, s shop, _ acctest.Config) { s.edit(s.Blue, patient) }, finds: "erased_beside"},
		{name: "alarms of a split", world: func(t *testing.T, s shop, _ acctest.Config) {
			s.alarm(t, "loud", cwtypes.StateValueAlarm)
		}, edit: func(_ *testing.T, _ shop, c acctest.Config) { c["alarms"] = []any{map[string]any{"name": "loud"}} }, finds: "!alarm_firing"},
	}
}

func (w splitting) begin(t *testing.T) (shop, acctest.Config) {
	t.Helper()
	s := newSplitShop(t)
	c := s.splitting()
	if w.world != nil {
		w.world(t, s, c)
	}
	if w.edit != nil {
		w.edit(t, s, c)
	}
	return s, c
}

func TestEverythingInTheWayOfAnEdgeSplitIsFoundAtOnce(t *testing.T) {
	t.Parallel()
	for _, w := range splittings() {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, c := w.begin(t)
				before := s.World.Journal().Seq()
				data := acctest.NewData("cdn_preflight", clock.System{}, s.World.Transport())
				maps.Copy(data.Provider, w.who)
				out, err := data.Read(t.Context(), c)
				must(t, err)
				if len(out.Diags.Errors()) > 0 {
					t.Fatalf("the plan fails:\n%s", out.Diags)
				}
				if n := s.Writes(before); len(n) > 0 {
					t.Errorf("wrote %s", n[0].Operation)
				}
				situation{name: w.name, finds: w.finds}.expect(t, read(t, out.Value))
			})
		})
	}
}

// What the preflight calls an error the split does not step over: it is the same list. It may make
// what sends nobody anywhere.
func TestAnEdgeSplitSendsNobodyPastWhatThePreflightCallsAnError(t *testing.T) {
	t.Parallel()
	held := 0
	for _, w := range splittings() {
		if !strings.Contains(w.finds, "!") || strings.Contains(w.finds, "not_permitted") { // who may not ask is told by AWS when it asks
			continue
		}
		held++
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, c := w.begin(t)
				asked := acctest.Config{}
				maps.Copy(asked, split(c))
				if o, ok := asked["override"]; ok {
					o.(map[string]any)["secret"] = "only-our-testers-know"
				}
				if alarms, ok := c["alarms"]; ok {
					asked["verify"] = map[string]any{"alarms": alarms}
				}
				core := acctest.NewCore("cdn_edge_split", clock.System{}, s.World.Transport())
				before := s.World.Journal().Seq()
				refused := false
				for range 2 { // a create makes, and another apply sends
					if asked["verify"] != nil {
						s.alarm(t, "loud", cwtypes.StateValueAlarm) // still, or CloudWatch has seen that nothing is wrong
					}
					p, err := core.Plan(t.Context(), asked)
					must(t, err)
					d := p.Diags
					if len(d.Errors()) == 0 {
						d, err = core.Apply(t.Context(), p)
						must(t, err)
					}
					refused = refused || len(d.Errors()) > 0
				}
				if !refused {
					t.Error("was done, although the preflight calls it an error")
				}
				tables, stores := 0, 0
				for _, call := range s.Writes(before) {
					switch {
					case call.Effect && call.Operation == "PutKey":
						tables++
					case call.Effect && call.Operation == "CreateKeyValueStore":
						stores++
					}
				}
				if tables > stores { // the first table of a store has everybody on the safe side
					t.Errorf("wrote %d tables into %d stores: one of them sends somebody to the other side", tables, stores)
				}
			})
		})
	}
	t.Logf("%d situations that the preflight calls an error", held)
}

// What a run writes is named beforehand; what it cannot need is not.
func TestTheWritesOfAnEdgeSplitAreNamed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSplitShop(t)
		got := untried(t, s.Env, s.splitting())
		for _, action := range []string{updates, "cloudfront-keyvaluestore:PutKey", "cloudfront:CreateKeyValueStore", "cloudfront:CreateFunction", "cloudfront:TestFunction", "cloudfront:PublishFunction", "cloudfront:DeleteFunction"} {
			if !slices.Contains(got, action) {
				t.Errorf("it does not name %s: %q", action, got)
			}
		}
		c := s.splitting()
		delete(split(c), "attach")
		if got := untried(t, s.Env, c); slices.Contains(got, updates) {
			t.Errorf("somebody else associates the functions, and it names %q", got)
		}
	})
}

// A mistake of a question is at the member of the question that has it.
func TestAMistakeInAQuestionAboutAnEdgeSplitSaysWhere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSplitShop(t)
		const twice = "about behaviours as well" // is said of the other one
		for name, w := range map[string]struct {
			edit func(c acctest.Config)
			want string
		}{
			"weight and shares": {func(c acctest.Config) { split(c)["shares"] = map[string]any{"green": 10} }, "Weights are written once"},
			"no such safe side": {func(c acctest.Config) { split(c)["safe"] = "purple" }, "The split cannot be written as a function"},
			"no pattern":        {func(c acctest.Config) { attach(c, s.Blue.ID, "/api/{id}") }, "Not a path pattern"},
			"override of both":  {func(c acctest.Config) { split(c)["override"] = map[string]any{"header": "x-side", "cookie": "side"} }, "An override is a header or a cookie"},
			"two questions":     {func(c acctest.Config) { c["live"] = "green" }, "Two cutovers in one question"},
			twice:               {func(c acctest.Config) { c["behavior_switch"] = s.config()["behavior_switch"] }, "Two cutovers in one question"},
		} {
			c := s.splitting()
			w.edit(c)
			out, err := acctest.NewData("cdn_preflight", clock.System{}, s.World.Transport()).Read(t.Context(), c)
			must(t, err)
			if d := out.Diags.Errors(); len(d) != 1 || d[0].Summary != w.want || !strings.Contains(d[0].Attribute.String(), "edge_split") && name != twice {
				t.Errorf("%s: want %q, got\n%s at %v", name, w.want, out.Diags, d)
			}
		}
	})
}

// The policy on the page is what the question needs, and no more.
func TestTheDocumentedPolicyOfAQuestionAboutAnEdgeSplitIsExact(t *testing.T) {
	t.Parallel()
	o := permissions.Options{Splits: true, Exported: true, Zones: []string{}}
	policy, err := permissions.Policy(permissions.Plan, []string{"cdn_preflight"}, o)
	must(t, err)
	synctest.Test(t, func(t *testing.T) {
		s := newSplitShop(t)
		s.policy(t)
		c, aliases, exported := s.splitting(), config(s.Env), s.splitting()
		delete(aliases, "dns")
		delete(split(exported), "attach")
		split(exported)["name"] = "shop-2"
		s.made(t, exported)
		s.behavior(func(b *cftypes.CacheBehavior, _ *cftypes.DistributionConfig) {
			b.FunctionAssociations = &cftypes.FunctionAssociations{Quantity: aws.Int32(2), Items: []cftypes.FunctionAssociation{
				{EventType: cftypes.EventTypeViewerRequest, FunctionARN: aws.String(s.functions(t, "shop-2-request-")[0])},
				{EventType: cftypes.EventTypeViewerResponse, FunctionARN: aws.String(s.functions(t, "shop-2-response-")[0])},
			}}
		})
		must(t, s.World.Restrict(policy))
		before := s.World.Journal().Seq()
		for _, one := range []acctest.Config{c, exported, aliases} {
			if out := s.ask(t, one); len(out.Diags) > 0 || strings.Contains(out.Value.String(), "not_permitted") {
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
