package stagingdistribution_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

const resourceType = "cdn_staging_distribution"

// propagation in these tests is what CloudFront's runbooks report.
const propagation = 4 * time.Minute

// A world is a site whose blue distribution serves.
type world struct {
	*acctest.Env
	*acctest.Core
}

func build(t *testing.T) *world {
	t.Helper()
	e := acctest.New(t, acctest.Site{Names: []string{"www.example.com"}, Zones: []string{"example.com"}, World: awssim.Options{Propagation: propagation}})
	return &world{Env: e, Core: acctest.NewCore(resourceType, clock.System{}, e.World.Transport())}
}

// in runs a test against a world of its own, in which time passes by itself.
func in(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, build(t)) })
}

// next is a complete configuration: the next release at another path.
func next(e *acctest.Env) acctest.Config {
	return acctest.Config{
		"primary_distribution_id": e.Blue.ID,
		"overrides": map[string]any{
			"comment":          "next",
			"origins":          map[string]any{"origin": map[string]any{"origin_path": "/next"}},
			"default_behavior": map[string]any{"origin_request_policy_id": "216adef6-5c7f-47e4-b989-5492eafa07d3"},
			"error_responses":  []any{map[string]any{"error_code": "404", "response_page_path": "/404.html"}, map[string]any{"error_code": "503"}},
		},
	}
}

// turns is a configuration with sides: the primary is at the root.
func turns(e *acctest.Env, release string) acctest.Config {
	side := func(path string) map[string]any {
		return map[string]any{"origins": map[string]any{"origin": map[string]any{"origin_path": path}}}
	}
	return acctest.Config{"primary_distribution_id": e.Blue.ID, "release": release, "sides": map[string]any{"one": side(""), "two": side("/two")}}
}

func with(c acctest.Config, attribute string, value any) acctest.Config {
	c[attribute] = value
	return c
}

func (w *world) apply(t *testing.T, config acctest.Config) acctest.Diagnostics {
	t.Helper()
	d := w.MustConverge(context.Background(), t, config)
	if len(d.Errors()) > 0 {
		t.Fatal(d)
	}
	return d
}

// silent fails the test unless a refresh changes nothing, a plan asks for nothing, and
// neither writes.
func (w *world) silent(t *testing.T, config acctest.Config) {
	t.Helper()
	before, state := w.Env.World.Journal().Seq(), w.Core.State
	p, err := w.Plan(context.Background(), config)
	if err != nil || !p.Empty() || len(p.Diags) > 0 {
		t.Errorf("err %v, empty %v\nfrom %s\nto   %s\n%s", err, p.Empty(), p.Prior, p.Planned, p.Diags)
	}
	if !w.Core.State.Equal(state) {
		t.Errorf("the refresh changed state\nfrom %s\nto   %s", state, w.Core.State)
	}
	if wr := w.Writes(before); len(wr) > 0 {
		t.Errorf("wrote %v", wr)
	}
}

func (w *world) staging(t *testing.T) (acctest.Distribution, *cftypes.DistributionConfig) {
	t.Helper()
	all := w.Staging()
	if len(all) != 1 {
		t.Fatalf("there are %d staging distributions", len(all))
	}
	return all[0], w.Config(all[0])
}

func path(c *cftypes.DistributionConfig) string { return aws.ToString(c.Origins.Items[0].OriginPath) }

func TestACopyGetsItsOverridesAndNoName(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, next(w.Env))
		d, c := w.staging(t)
		if w.Get("id") != d.ID || w.Get("domain_name") != d.Domain || !strings.HasSuffix(w.Get("arn"), d.ID) || w.Get("fingerprint") == "" || w.Get("base") == "" {
			t.Errorf("state %s", w.Core.State)
		}
		if !aws.ToBool(c.Staging) || !aws.ToBool(c.Enabled) || *c.Aliases.Quantity != 0 || *c.Comment != "next" || path(c) != "/next" || *c.CustomErrorResponses.Quantity != 2 {
			t.Errorf("staging is %+v", c)
		}
		w.silent(t, next(w.Env))
		w.EditByHand(w.Blue, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("drifted") })
		w.silent(t, next(w.Env)) // a primary that somebody changed is not followed
		w.ExpectServed()
		w.apply(t, nil)
		if n := len(w.Staging()); n != 0 {
			t.Errorf("%d staging distributions left", n)
		}
	})
}

// Terraform before 1.12 and OpenTofu know of no identities and hand none over, as this
// harness does: whoever changes nothing at AWS has to answer with one all the same.
func TestOtherSettingsChangeWithoutAWrite(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, with(next(w.Env), "follow", "1"))
		before := w.Env.World.Journal().Seq()
		for _, config := range []acctest.Config{
			with(with(next(w.Env), "follow", "1"), "timeouts", map[string]any{"update": "80m"}),
			next(w.Env),
		} {
			w.apply(t, config)
			w.silent(t, config)
		}
		if wr := w.Writes(before); len(wr) > 0 {
			t.Errorf("wrote %v", wr)
		}
	})
}

func TestAnOverrideThatSomebodyUndidIsPutBack(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, next(w.Env))
		d, _ := w.staging(t)
		w.EditByHand(d, func(c *cftypes.DistributionConfig) {
			c.Origins.Items[0].OriginPath, c.CustomErrorResponses = aws.String("/else"), nil
		})
		w.Settle()
		w.apply(t, next(w.Env))
		if _, c := w.staging(t); path(c) != "/next" || *c.CustomErrorResponses.Quantity != 2 {
			t.Errorf("staging is %+v", c)
		}
		w.EditByHand(d, func(c *cftypes.DistributionConfig) { c.Enabled = aws.Bool(false) })
		w.Settle()
		w.apply(t, next(w.Env))
		if _, c := w.staging(t); !aws.ToBool(c.Enabled) {
			t.Error("staging is disabled")
		}
		w.silent(t, next(w.Env))
	})
}

func TestFollowingTakesAWordAndWarnsOfDrift(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, with(next(w.Env), "follow", "1"))
		w.EditByHand(w.Blue, func(c *cftypes.DistributionConfig) {
			c.DefaultRootObject, c.Comment = aws.String("home.html"), aws.String("production")
		})
		w.Settle()
		w.silent(t, with(next(w.Env), "follow", "1"))
		d := w.apply(t, with(next(w.Env), "follow", "2"))
		if len(d.Warnings()) != 1 || !strings.Contains(d[0].Summary, "changed since") {
			t.Errorf("said %s", d)
		}
		if _, c := w.staging(t); aws.ToString(c.DefaultRootObject) != "home.html" || *c.Comment != "next" || path(c) != "/next" {
			t.Errorf("staging is %+v", c)
		}
		w.silent(t, with(next(w.Env), "follow", "2"))
	})
}

// A policy that names staging locks nothing until the primary has it.
func TestFollowingChangesWhatAnAttachedPolicyLocks(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, with(next(w.Env), "follow", "1"))
		w.EditByHand(w.Blue, func(c *cftypes.DistributionConfig) { c.PriceClass = cftypes.PriceClassPriceClass100 })
		w.Settle()
		w.JoinByHand(w.Staging()[0], acctest.ByWeight(0.05), false)
		w.apply(t, with(next(w.Env), "follow", "2"))
		if _, c := w.staging(t); c.PriceClass != cftypes.PriceClassPriceClass100 {
			t.Errorf("staging has price class %s", c.PriceClass)
		}
		w.silent(t, with(next(w.Env), "follow", "2"))
	})
}

func TestSidesTakeTurns(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, turns(w.Env, "1"))
		d, c := w.staging(t)
		if w.Get("live") != "one" || w.Get("idle") != "two" || w.Get("side") != "two" || path(c) != "/two" {
			t.Errorf("live %q, idle %q, side %q, path %q", w.Get("live"), w.Get("idle"), w.Get("side"), path(c))
		}
		w.silent(t, turns(w.Env, "1"))
		w.EditByHand(w.Blue, func(c *cftypes.DistributionConfig) { c.Origins.Items[0].OriginPath = aws.String("/two") }) // as a promotion does
		w.Settle()
		before := w.Env.World.Journal().Seq()
		w.apply(t, turns(w.Env, "1"))
		if w.Get("live") != "two" || w.Get("idle") != "one" || w.Get("side") != "two" || len(w.Writes(before)) > 0 {
			t.Errorf("after a promotion: live %q, idle %q, side %q, writes %v", w.Get("live"), w.Get("idle"), w.Get("side"), w.Writes(before))
		}
		w.apply(t, turns(w.Env, "2"))
		if _, c = w.staging(t); path(c) != "" || w.Get("side") != "one" {
			t.Errorf("the next release is at %q on %q", path(c), w.Get("side"))
		}
		w.silent(t, turns(w.Env, "2"))
		w.EditByHand(d, func(c *cftypes.DistributionConfig) { c.Origins.Items[0].OriginPath = aws.String("/nowhere") })
		w.Settle()
		w.apply(t, turns(w.Env, "2"))
		if _, c = w.staging(t); path(c) != "" {
			t.Errorf("the release is at %q", path(c))
		}
	})
}

func TestAStagingDistributionArrivesWithoutAWrite(t *testing.T) {
	t.Parallel()
	for name, arrive := range map[string]func(w *world, id string) (acctest.Diagnostics, error){
		"import": func(w *world, id string) (acctest.Diagnostics, error) { return w.Import(context.Background(), id) },
		"moved": func(w *world, id string) (acctest.Diagnostics, error) {
			return w.Move(context.Background(), "registry.terraform.io/hashicorp/aws", "aws_cloudfront_distribution", `{"id":"`+id+`","staging":true,"enabled":true}`)
		},
		"moved by OpenTofu before 1.12.4": func(w *world, id string) (acctest.Diagnostics, error) {
			return w.Move(context.Background(), "aws", "aws_cloudfront_distribution", `{"id":"`+id+`","staging":true,"enabled":true}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in(t, func(t *testing.T, w *world) {
				d := w.CopyByHand(w.Blue)
				w.EditByHand(d, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("next") })
				w.Settle()
				if d, err := arrive(w, d.ID); err != nil || len(d) > 0 {
					t.Fatal(err, d)
				}
				config := acctest.Config{"primary_distribution_id": w.Blue.ID, "overrides": map[string]any{"comment": "next"}}
				w.apply(t, config)
				w.silent(t, config)
				if wr := w.Writes(0); len(wr) > 0 || w.Get("id") != d.ID {
					t.Errorf("%s became %s, wrote %v", d.ID, w.Get("id"), wr)
				}
			})
		})
	}
}

func TestAnOrdinaryDistributionIsNeverMoved(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		d, err := w.Move(context.Background(), "registry.terraform.io/hashicorp/aws", "aws_cloudfront_distribution", `{"id":"`+w.Blue.ID+`","staging":false}`)
		if err != nil || len(d.Errors()) != 1 || !strings.Contains(d.String(), "Remove the moved block") {
			t.Errorf("said %v %s", err, d)
		}
		if d, err := w.Import(context.Background(), w.Blue.ID); err != nil || len(d.Errors()) != 1 {
			t.Errorf("the import said %v %s", err, d)
		}
	})
}

func TestAPolicyHoldsItsStagingDistribution(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, next(w.Env))
		d, _ := w.staging(t)
		policy := w.JoinByHand(d, acctest.ByWeight(0.05), false)
		said := w.MustConverge(context.Background(), t, nil).Errors()
		if len(said) != 1 || !strings.Contains(said[0].Detail, "StagingDistributionInUse") || !strings.Contains(said[0].Detail, "policy names") {
			t.Errorf("said %s", said)
		}
		w.ForgetByHand(policy)
		w.apply(t, nil)
		if n := len(w.Staging()); n != 0 {
			t.Errorf("%d staging distributions left", n)
		}
	})
}

// A primary that is made in the same apply has no id when the plan is made.
func TestAPrimaryThatIsYetToComeIsNoMistake(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		for _, attribute := range []string{"primary_distribution_id", "overrides", "follow"} {
			p, err := w.Plan(context.Background(), with(next(w.Env), attribute, acctest.Unknown))
			if err != nil || len(p.Diags) > 0 {
				t.Errorf("%s: %v %s", attribute, err, p.Diags)
			}
		}
		if n := len(w.Calls(0)); n > 0 {
			t.Errorf("planning made %d calls", n)
		}
	})
}

// later is next with another path.
func later(e *acctest.Env) acctest.Config {
	c := next(e)
	c["overrides"].(map[string]any)["origins"] = map[string]any{"origin": map[string]any{"origin_path": "/later"}}
	return c
}

// What somebody did to the primary must not reach viewers by way of staging, whatever
// else is changed there.
func TestADriftedPrimaryIsNotFollowedByAnotherChange(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, next(w.Env))
		w.EditByHand(w.Blue, func(c *cftypes.DistributionConfig) { c.DefaultRootObject = aws.String("wild.html") })
		w.Settle()
		w.apply(t, later(w.Env))
		if _, c := w.staging(t); path(c) != "/later" || aws.ToString(c.DefaultRootObject) == "wild.html" {
			t.Errorf("staging is at %q with %q", path(c), aws.ToString(c.DefaultRootObject))
		}
	})
}

func TestSomebodyElsesEditOfStagingSurvivesOurs(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, next(w.Env))
		d, _ := w.staging(t)
		w.Env.World.Faults().Add(fault.Fault{Operation: "UpdateDistribution", Count: 1, Hook: matrix.Once(func() {
			w.EditByHand(d, func(c *cftypes.DistributionConfig) { c.DefaultRootObject = aws.String("theirs.html") })
		})})
		w.apply(t, later(w.Env))
		if _, c := w.staging(t); path(c) != "/later" || aws.ToString(c.DefaultRootObject) != "theirs.html" {
			t.Errorf("staging is at %q with %q", path(c), aws.ToString(c.DefaultRootObject))
		}
	})
}

func TestADestroyWaitsUntilStagingIsDisabledEverywhere(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, next(w.Env))
		before := w.Env.World.Journal().Seq()
		w.apply(t, nil)
		for _, c := range w.Writes(before) {
			if c.Status >= 300 {
				t.Errorf("%s was answered %d %s", c.Operation, c.Status, c.Code)
			}
		}
	})
}

// Between a run that failed and the next one, policies read state, and a plan may be made
// without a refresh.
func TestAChangeThatIsInterruptedRecordsWhatAWSShows(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, next(w.Env))
		other := next(w.Env)
		other["overrides"].(map[string]any)["origins"] = map[string]any{"origin": map[string]any{"origin_path": "/other"}}
		p, err := w.Plan(t.Context(), other)
		if err != nil {
			t.Fatal(err)
		}
		before := w.Get("fingerprint")
		ctx, cancel := clock.WithTimeout(t.Context(), clock.System{}, propagation/2) // the write is under way
		defer cancel()
		d, err := w.Interrupt(ctx, p)
		if err != nil || len(d.Errors()) != 1 {
			t.Fatalf("%v\n%s", err, d)
		}
		if w.Get("fingerprint") == before {
			t.Error("state has the fingerprint of before")
		}
		recorded := w.Core.State
		if d, err := w.Refresh(t.Context()); err != nil || !w.Core.State.Equal(recorded) {
			t.Errorf("%v\n%s\nAWS shows something else than was recorded\nfrom %s\nto   %s", err, d, recorded, w.Core.State)
		}
		w.apply(t, other)
		w.Settle()
		w.silent(t, other)
	})
}
