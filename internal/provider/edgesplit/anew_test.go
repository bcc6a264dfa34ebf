package edgesplit_test

import (
	"context"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
)

const anew = "Viewers of the split are assigned anew"

// A plan says that viewers are assigned anew where they are, and nowhere else: of every setting of the functions.
func TestAPlanSaysWhenViewersAreAssignedAnew(t *testing.T) {
	t.Parallel()
	cookie := func(name string, value any) func(acctest.Config) acctest.Config {
		return func(c acctest.Config) acctest.Config { return with(c, "cookie", map[string]any{name: value}) }
	}
	set := func(name string, value any) func(acctest.Config) acctest.Config {
		return func(c acctest.Config) acctest.Config { return with(c, name, value) }
	}
	sides := func(safe string, names ...string) func(acctest.Config) acctest.Config {
		return func(c acctest.Config) acctest.Config {
			of := map[string]any{}
			for i, name := range names {
				of[name] = map[string]any{"origin_id": []string{"app-blue", "app-green"}[i]}
			}
			return with(with(c, "sides", of), "safe", safe)
		}
	}
	for _, c := range []struct {
		name string
		edit func(acctest.Config) acctest.Config
		anew bool
	}{
		{"name of the cookie", cookie("name", "shop-side"), true},
		{"name of a side", sides("blue", "blue", "canary"), true},
		{"names of all sides", sides("stable", "stable", "canary"), true},
		{"age of the cookie", cookie("max_age", 3600), false},
		{"domain of the cookie", cookie("domain", "example.com"), false},
		{"path of the cookie", cookie("path", "/shop"), false},
		{"policy of the cookie", cookie("same_site", "Strict"), false},
		{"cookie in the clear", cookie("secure", false), false},
		{"cookie for scripts", cookie("http_only", false), false},
		{"salt", set("salt", "2"), false}, // before the next change of weights
		{"header of the side", set("variant_header", "x-side-of-the-shop"), false},
		{"who comes without the cookie", set("without_cookie", "safe"), false},
		{"no testers", set("override", nil), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T) {
				s := open(t)
				core := core(s.Env)
				ask := s.toward(50)
				mustApply(t, core, ask)
				mustApply(t, core, ask)
				s.arrived(t)
				a := s.audience(60)
				a.everybody(60)
				ask = c.edit(ask)
				p, err := core.Plan(context.Background(), ask)
				if err != nil || p.Empty() {
					t.Fatalf("%v\n%s", err, p.Diags)
				}
				if c.anew {
					golden.Said(t, "anew", c.name, p.Diags.Warnings().String())
				} else if len(p.Diags) > 0 {
					t.Errorf("warns:\n%s", p.Diags)
				}
				mustApply(t, core, ask)
				s.wait()
				a.changed = 0
				a.everybody(60)
				if a.changed > 0 != c.anew || len(a.bad) > 0 {
					t.Errorf("%d of 60 viewers get another side than they had (%.3q)", a.changed, a.bad)
				}
				s.ExpectNothingLeft(core, ask)
			})
		})
	}
}

// Where one side has everybody nobody can tell, so nothing is said.
func TestNobodyIsAssignedAnewAtTheEnds(t *testing.T) {
	t.Parallel()
	for _, weight := range []int{0, 100} {
		running(t, func(t *testing.T) {
			s := open(t)
			c := core(s.Env)
			mustApply(t, c, s.toward(weight))
			mustApply(t, c, s.toward(weight))
			p, err := c.Plan(context.Background(), with(s.toward(weight), "cookie", map[string]any{"name": "shop-side"}))
			if err != nil || p.Empty() || len(p.Diags) > 0 {
				t.Errorf("at %d %%: %v\n%s", weight, err, p.Diags)
			}
		})
	}
}

// A store can only be deleted after the functions, and these only once nobody runs them. A split that is made again after that
// knows no cookie from before.
func TestAPlanSaysThatALostStoreTakesEverybodysSide(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		c := core(s.Env)
		ask := s.toward(50)
		mustApply(t, c, ask)
		mustApply(t, c, ask)
		s.raze(t)
		if _, err := c.Refresh(context.Background()); err != nil {
			t.Fatal(err)
		}
		p, err := c.Plan(context.Background(), ask)
		if err != nil || p.Empty() {
			t.Fatalf("%v\n%s", err, p.Diags)
		}
		golden.Said(t, "anew", "store", p.Diags.Warnings().String())
		if !slices.ContainsFunc(p.Diags, func(d *tfprotov6.Diagnostic) bool { return d.Summary == anew }) {
			t.Error("says nothing of it")
		}
		mustApply(t, c, ask)
		mustApply(t, c, ask)
		s.ExpectNothingLeft(c, ask)
	})
}

// raze takes the split away by hand, as somebody would who thinks that nobody needs it.
func (s shop) raze(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	s.EditByHand(s.Distribution, func(c *cftypes.DistributionConfig) {
		c.DefaultCacheBehavior.FunctionAssociations, c.CacheBehaviors.Items[0].FunctionAssociations = nil, nil
	})
	s.Settle()
	for _, name := range s.made(t) {
		if f, err := s.CloudFront.DescribeFunction(ctx, &cloudfront.DescribeFunctionInput{Name: aws.String(name)}); err == nil {
			if _, err := s.CloudFront.DeleteFunction(ctx, &cloudfront.DeleteFunctionInput{Name: aws.String(name), IfMatch: f.ETag}); err != nil {
				t.Fatal(err)
			}
		}
	}
	store, err := s.CloudFront.DescribeKeyValueStore(ctx, &cloudfront.DescribeKeyValueStoreInput{Name: aws.String("shop")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.CloudFront.DeleteKeyValueStore(ctx, &cloudfront.DeleteKeyValueStoreInput{Name: aws.String("shop"), IfMatch: store.ETag}); err != nil {
		t.Fatal(err)
	}
	s.Settle()
}
