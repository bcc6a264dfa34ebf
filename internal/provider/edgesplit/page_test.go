package edgesplit_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/permissions"
)

const page = "../../../templates/resources/edge_split.md.tmpl"

// With what the table has, and no more, everything works, and whoever lacks one action is
// told which.
func TestWithoutOneActionADiagnosticNamesIt(t *testing.T) {
	t.Parallel()
	bySide := matrix.Scenario{
		Name: "where the side is in the cache key",
		Start: func(t *testing.T) (*acctest.Env, *acctest.Core) {
			t.Helper()
			s := open(t)
			s.furnish(s.bySide(t))
			c := core(s.Env)
			mustApply(t, c, s.toward(0))
			return s.Env, c
		},
		Ask: func(e *acctest.Env) acctest.Config { return of(e).toward(5) },
		Check: func(t *testing.T, e *acctest.Env, _ *acctest.Core) {
			t.Helper()
			if got := of(e).table(t).Weights["green"]; got != 5 {
				t.Errorf("green has %d %%", got)
			}
		},
	}
	matrix.PermitWith(t, resourceType, permissions.Options{}, append(scenarios(), bySide)...)
}

// bySide makes a cache policy that keeps answers of each side by itself.
func (s shop) bySide(t *testing.T) string {
	t.Helper()
	made, err := s.CloudFront.CreateCachePolicy(context.Background(), &cloudfront.CreateCachePolicyInput{CachePolicyConfig: &cftypes.CachePolicyConfig{
		Name: aws.String("by-side"), MinTTL: aws.Int64(0),
		ParametersInCacheKeyAndForwardedToOrigin: &cftypes.ParametersInCacheKeyAndForwardedToOrigin{
			EnableAcceptEncodingGzip: aws.Bool(true), CookiesConfig: &cftypes.CachePolicyCookiesConfig{CookieBehavior: cftypes.CachePolicyCookieBehaviorNone},
			QueryStringsConfig: &cftypes.CachePolicyQueryStringsConfig{QueryStringBehavior: cftypes.CachePolicyQueryStringBehaviorAll},
			HeadersConfig: &cftypes.CachePolicyHeadersConfig{
				HeaderBehavior: cftypes.CachePolicyHeaderBehaviorWhitelist, Headers: &cftypes.Headers{Quantity: aws.Int32(1), Items: []string{"X-Cdn-Variant"}},
			},
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(made.CachePolicy.Id)
}

// A policy that is confined to the distribution, to functions by the name of the split and to
// stores of the account is enough, and a plan writes nothing.
func TestTheTableOfPermissionsIsExact(t *testing.T) {
	t.Parallel()
	for name, attached := range map[string]bool{"attached": true, "exported": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T) {
				s := open(t)
				s.furnish(s.bySide(t))
				c := core(s.Env)
				account := "arn:aws:cloudfront::" + s.World.Account() + ":"
				o := permissions.Options{
					Exported: !attached, Distributions: []string{account + "distribution/" + s.ID},
					EdgeFunctions: []string{account + "function/shop-*"}, Stores: []string{account + "key-value-store/*"},
				}
				restrict := func(mode permissions.Mode) {
					policy, err := permissions.Policy(mode, []string{resourceType}, o)
					if err == nil {
						err = s.World.Restrict(policy)
					}
					if err != nil {
						t.Fatal(err)
					}
				}
				from, to := s.toward(0), s.toward(50)
				if !attached {
					from, to = exported(from), exported(to)
				}
				before := s.World.Journal().Seq()
				restrict(permissions.Apply)
				mustApply(t, c, from)
				if !attached {
					s.World.Allow()
					s.associate(texts(t, c, "function_arns"))
					restrict(permissions.Apply)
					mustApply(t, c, from)
				}
				restrict(permissions.Plan)
				planned := s.World.Journal().Seq()
				if p, err := c.Plan(context.Background(), to); err != nil || len(p.Diags.Errors()) > 0 || p.Empty() {
					t.Errorf("%v\n%s", err, p.Diags)
				}
				matrix.Exact(t, s.Env, planned, permissions.Plan, resourceType, o)
				restrict(permissions.Apply)
				mustApply(t, c, to)
				mustApply(t, c, from)
				if !attached {
					s.World.Allow()
					s.associate(nil)
					restrict(permissions.Apply)
				}
				mustApply(t, c, nil)
				matrix.Exact(t, s.Env, before, permissions.Apply, resourceType, o)
			})
		})
	}
}

func TestThePageShowsThePhasesAsThePackageDoes(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("../../cutover/split/split.go")
	if err != nil {
		t.Fatal(err)
	}
	var drawn int
	for line := range strings.Lines(string(source)) {
		if line, ok := strings.CutPrefix(line, "//\t"); ok {
			if drawn++; !strings.Contains(string(text), strings.TrimRight(line, "\n")) {
				t.Errorf("the page does not show %q", line)
			}
		}
	}
	if drawn == 0 {
		t.Error("the package draws nothing")
	}
}

// What the page says about costs is measured here, with the default poll_interval,
// propagation_wait and bake_time = "2m".
func TestThePageShowsWhatItCosts(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		c := core(s.Env)
		shows := func(what string, do func()) { s.ShowsCost(page, what, do) }
		shows("making it", func() { mustApply(t, c, gated(s.toward(0))) })
		shows("a plan", func() { s.ExpectNothingLeft(c, gated(s.toward(0))) })
		shows("one step, to `weight = 5`", func() { mustApply(t, c, gated(s.toward(5))) })
		shows("from there to `weight = 100` by `weights = [25, 50]`", func() { mustApply(t, c, gated(s.toward(100, 25, 50))) })
		shows("down to `weight = 0`", func() { mustApply(t, c, gated(s.toward(0))) })
		mustApply(t, c, gated(s.toward(50)))
		shows("`kill_switch = true`, at 50 percent", func() { mustApply(t, c, with(gated(s.toward(50)), "kill_switch", true)) })
		mustApply(t, c, gated(s.toward(0)))
		shows("taking it away", func() { mustApply(t, c, nil) })
	})
}
