package continuousdeployment_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

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
		w.ExpectSilent(w.Core, joined(w.Env))
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
		w.ExpectSilent(w.Core, joined(w.Env)) // while the primary is InProgress because of it
		w.Settle()
		w.ExpectSilent(w.Core, joined(w.Env))
		w.EditByHand(w.staging, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("next") })
		w.Settle()
		w.ExpectSilent(w.Core, joined(w.Env))
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
		w.ExpectSilent(w.Core, joined(w.Env))
	})
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
		w.ExpectSilent(w.Core, joined(w.Env)) // while the canary runs nobody hears of it
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
		w.ExpectSilent(w.Core, joined(w.Env))
		// What a release leaves behind later is the release's.
		w.TurnByHand(id, func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.TrafficConfig = acctest.ByWeight(0.1) })
		w.ExpectSilent(w.Core, joined(w.Env))
	})
}
