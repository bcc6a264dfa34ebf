package continuousdeployment_test

import (
	"context"
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

const resourceType = "cdn_continuous_deployment"

// propagation in these tests is what CloudFront's runbooks report.
const propagation = 4 * time.Minute

// A world is a site whose blue distribution serves, with a staging copy of it.
type world struct {
	*acctest.Env
	*acctest.Core
	staging acctest.Distribution
}

func build(t *testing.T) *world {
	t.Helper()
	e := acctest.New(t, acctest.Site{Names: []string{"www.example.com"}, Zones: []string{"example.com"}, World: awssim.Options{Propagation: propagation}})
	w := &world{Env: e, staging: e.CopyByHand(e.Blue)}
	e.Settle()
	w.Core = acctest.NewCore(resourceType, clock.System{}, e.World.Transport())
	return w
}

// in runs a test against a world of its own, in which time passes by itself.
func in(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, build(t)) })
}

// joined is a complete configuration.
func joined(e *acctest.Env) acctest.Config {
	return acctest.Config{"primary_distribution_id": e.Blue.ID, "staging_distribution_id": e.Staging()[0].ID, "weight": 5}
}

func with(c acctest.Config, attribute string, value any) acctest.Config {
	c[attribute] = value
	return c
}

func (w *world) apply(t *testing.T, config acctest.Config) {
	t.Helper()
	if d := w.MustConverge(context.Background(), t, config).Errors(); len(d) > 0 {
		t.Fatal(d)
	}
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

func (w *world) policy(t *testing.T) (id string, p *cftypes.ContinuousDeploymentPolicyConfig) {
	t.Helper()
	all := w.Policies()
	if len(all) != 1 {
		t.Fatalf("there are %d policies", len(all))
	}
	for id, p = range all {
	}
	return id, p
}

func TestAPolicyIsCreatedDisabledAndAttached(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, joined(w.Env))
		id, p := w.policy(t)
		if aws.ToBool(p.Enabled) || w.PolicyOn(w.Blue) != id || w.Get("id") != id || *p.TrafficConfig.SingleWeightConfig.Weight != 0.05 {
			t.Errorf("policy %s %+v; the primary has %q, state %q", id, p, w.PolicyOn(w.Blue), w.Get("id"))
		}
		got := acctest.Strings(w.Core.State, "steps")
		if len(got) != 2 || got[1] != "attach it to "+w.Blue.ID {
			t.Errorf("steps %q", got)
		}
		w.silent(t, joined(w.Env))
		w.ExpectServed()
	})
}

func TestNobodyHearsOfACanary(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, joined(w.Env))
		id, _ := w.policy(t)
		w.TurnByHand(id, func(c *cftypes.ContinuousDeploymentPolicyConfig) {
			c.Enabled, c.TrafficConfig = aws.Bool(true), acctest.ByWeight(0.15)
		})
		w.silent(t, joined(w.Env)) // while the primary is InProgress because of it
		w.Settle()
		w.silent(t, joined(w.Env))
		w.EditByHand(w.staging, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("next") })
		w.Settle()
		w.silent(t, joined(w.Env))
	})
}

func TestAnOrphanIsAdoptedWithoutAWrite(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		id := w.JoinByHand(w.staging, acctest.ByWeight(0.05), true)
		w.AttachByHand(w.Blue, id)
		w.Settle()
		before := w.Env.World.Journal().Seq()
		w.apply(t, joined(w.Env))
		if wr := w.Writes(before); len(wr) > 0 {
			t.Errorf("wrote %v", wr)
		}
		w.silent(t, joined(w.Env))
		w.apply(t, nil)
		if n := len(w.Policies()); n != 0 || w.PolicyOn(w.Blue) != "" {
			t.Errorf("%d policies left, the primary has %q", n, w.PolicyOn(w.Blue))
		}
	})
}

func TestAPolicyThatIsGoneIsMadeAgain(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, joined(w.Env))
		was, _ := w.policy(t)
		w.AttachByHand(w.Blue, "")
		w.Settle()
		if d, err := w.Refresh(context.Background()); err != nil || len(d) > 0 {
			t.Fatal(err, d)
		}
		w.ForgetByHand(was)
		w.apply(t, joined(w.Env))
		if is, _ := w.policy(t); is == was || w.PolicyOn(w.Blue) != is {
			t.Errorf("policy %s, the primary has %q", is, w.PolicyOn(w.Blue))
		}
	})
}

func TestSomebodyElsesDetachIsRepaired(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, joined(w.Env))
		w.AttachByHand(w.Blue, "")
		w.Settle()
		p, err := w.Plan(context.Background(), joined(w.Env))
		if err != nil || p.Empty() {
			t.Fatal("a plan does not show it", err)
		}
		w.apply(t, joined(w.Env))
		w.silent(t, joined(w.Env))
	})
}

func TestACanaryKeepsItsRouting(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, joined(w.Env))
		id, _ := w.policy(t)
		w.TurnByHand(id, func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.Enabled = aws.Bool(true) })
		w.Settle()
		before := w.Env.World.Journal().Seq()
		d := w.MustConverge(context.Background(), t, with(joined(w.Env), "weight", 10))
		if e := d.Errors(); len(e) != 1 || e[0].Summary != "A canary is under way" {
			t.Errorf("said %s", d)
		}
		if len(d.Warnings()) != 1 {
			t.Errorf("the plan warned %s", d.Warnings())
		}
		if wr := w.Writes(before); len(wr) > 0 {
			t.Errorf("wrote %v", wr)
		}
		w.silent(t, joined(w.Env))
	})
}

func TestTheDestroyFinishesWhatHandsBegan(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]func(w *world, id string){
		"nothing": func(*world, string) {},
		"a canary runs": func(w *world, id string) {
			w.TurnByHand(id, func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.Enabled = aws.Bool(true) })
		},
		"detached": func(w *world, _ string) { w.AttachByHand(w.Blue, "") },
		"detached while a canary ran": func(w *world, id string) {
			w.TurnByHand(id, func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.Enabled = aws.Bool(true) })
			w.AttachByHand(w.Blue, "")
		},
		"policy gone": func(w *world, id string) {
			w.AttachByHand(w.Blue, "")
			w.ForgetByHand(id)
		},
		"staging gone as well": func(w *world, id string) {
			w.AttachByHand(w.Blue, "")
			w.ForgetByHand(id)
			w.Settle()
			w.DeleteByHand(w.staging)
		},
		"primary gone": func(w *world, _ string) {
			w.AttachByHand(w.Blue, "")
			w.DeleteByHand(w.Blue)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in(t, func(t *testing.T, w *world) {
				config := joined(w.Env)
				w.apply(t, config)
				p, err := w.Plan(context.Background(), nil)
				if err != nil {
					t.Fatal(err)
				}
				begin(w, w.Get("id"))
				if d, err := w.Core.Apply(context.Background(), p); err != nil || len(d.Errors()) > 0 {
					t.Fatal(err, d)
				}
				if n := len(w.Policies()); n != 0 || !w.Core.State.IsNull() {
					t.Errorf("%d policies left, state %s", n, w.Core.State)
				}
			})
		})
	}
}

// A primary that is made in the same apply has no id when the plan is made.
func TestAPrimaryThatIsYetToComeIsNoMistake(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		for _, attribute := range []string{"primary_distribution_id", "staging_distribution_id", "weight"} {
			p, err := w.Plan(context.Background(), with(joined(w.Env), attribute, acctest.Unknown))
			if err != nil || len(p.Diags) > 0 {
				t.Errorf("%s: %v %s", attribute, err, p.Diags)
			}
		}
		if n := len(w.Calls(0)); n > 0 {
			t.Errorf("planning made %d calls", n)
		}
	})
}

// Somebody changes the primary between our look at it and our write.
func TestSomebodyElsesEditSurvivesOurs(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.Env.World.Faults().Add(fault.Fault{Operation: "UpdateDistribution", Count: 1, Hook: matrix.Once(func() {
			w.EditByHand(w.Blue, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("edited") })
		})})
		w.apply(t, joined(w.Env))
		if got := aws.ToString(w.Config(w.Blue).Comment); got != "edited" || w.PolicyOn(w.Blue) == "" {
			t.Errorf("the comment is %q, the policy %q", got, w.PolicyOn(w.Blue))
		}
	})
}

// A policy that is enabled when it is adopted routes as whoever enabled it wants. That it
// is to route otherwise is not forgotten: once it is disabled the plan says so, once.
func TestAnAdoptedCanaryIsMadeToRouteAsAskedOnceItIsOver(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.AttachByHand(w.Blue, w.JoinByHand(w.staging, acctest.ByWeight(0.12), true))
		w.Settle()
		before := w.Env.World.Journal().Seq()
		d := w.MustConverge(context.Background(), t, joined(w.Env))
		if len(d.Errors()) > 0 || len(d) != 1 || d[0].Summary != "The policy is enabled, and routes otherwise than it is asked to" {
			t.Fatalf("says %s", d)
		}
		if wr := w.Writes(before); len(wr) > 0 {
			t.Fatalf("wrote %v", wr)
		}
		w.silent(t, joined(w.Env)) // while the canary runs nobody hears of it
		id, _ := w.policy(t)
		w.TurnByHand(id, func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.Enabled = aws.Bool(false) })
		w.Settle()
		p, err := w.Plan(context.Background(), joined(w.Env))
		if err != nil || p.Empty() {
			t.Fatalf("the policy still routes 12 %% and the plan is empty: %v", err)
		}
		w.apply(t, joined(w.Env))
		if _, c := w.policy(t); aws.ToFloat32(c.TrafficConfig.SingleWeightConfig.Weight) != 0.05 || aws.ToBool(c.Enabled) {
			t.Errorf("the policy is %+v", c.TrafficConfig.SingleWeightConfig)
		}
		w.silent(t, joined(w.Env))
		// What a release leaves behind later is the release's.
		w.TurnByHand(id, func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.TrafficConfig = acctest.ByWeight(0.1) })
		w.silent(t, joined(w.Env))
	})
}

// Primary and staging are no different because CloudFront says more of one of them, or of both.
func TestAPairIsJoinedHoweverCloudFrontSpellsIt(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, joined(w.Env))
		way, cases := w.Spell(), 0
		for _, of := range []string{"", w.Blue.ID, w.staging.ID} {
			for _, way.Spelling = range acctest.Spellings() {
				before := way.Spelled
				way.Of = of
				w.silent(t, joined(w.Env))
				adopter := acctest.NewCore(resourceType, clock.System{}, way)
				if d := adopter.MustConverge(context.Background(), t, joined(w.Env)); len(d) > 0 || t.Failed() {
					t.Fatalf("%s: %s", way.Spelling.Name, d)
				}
				if way.Spelled > before {
					cases++
				}
			}
		}
		t.Logf("%d answers", cases)
	})
}
