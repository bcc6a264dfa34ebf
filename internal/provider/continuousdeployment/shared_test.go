package continuousdeployment_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// A refresh of many policies costs the list pages, and a call for each primary that was
// changed since.
func TestWhatARefreshOfManyDeploymentsCosts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const many = 40
		knobs := knob.Defaults()
		knobs.StagingDistributions = 100
		e := acctest.New(t, acctest.Site{Names: []string{"www.example.com"}, World: awssim.Options{Propagation: propagation, Knobs: &knobs}})
		ctx := context.Background()
		cores, primaries := make([]*acctest.Core, many), make([]acctest.Distribution, many)
		for i := range many {
			primaries[i] = e.Distribute(fmt.Sprintf("primary-%d", i), nil)
			staging := e.CopyByHand(primaries[i])
			policy := e.JoinByHand(staging, &cftypes.TrafficConfig{Type: cftypes.ContinuousDeploymentPolicyTypeSingleWeight, SingleWeightConfig: &cftypes.ContinuousDeploymentSingleWeightConfig{Weight: aws.Float32(0.05)}}, false)
			e.AttachByHand(primaries[i], policy)
			cores[i] = acctest.NewCore(resourceType, clock.System{}, e.World.Transport())
			if d, err := cores[i].Import(ctx, policy); err != nil || len(d.Errors()) > 0 {
				t.Fatal(err, d)
			}
		}
		cost := func(situation string, most float64) { e.ReportRefresh("deployments", situation, cores, most) }
		e.Settle()
		cost("as they were left", 0.2)
		for _, d := range primaries {
			e.EditByHand(d, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("changed") })
		}
		e.Settle()
		cost("all primaries changed", 1.1)
		e.AttachByHand(primaries[7], "")
		e.Settle()
		cost("one detached by hand", 1.15) // which is looked at whole
		for i, c := range cores {
			if got := strings.Contains(c.State.String(), `"attached":tftypes.Bool<"true">`); got != (i != 7) {
				t.Errorf("%d is attached: %v", i, got)
			}
		}
	})
}

// With a second policy a refresh reads a page of each list. That of distributions shows for half
// an hour what was before.
func TestAListThatLagsBehindIsNotBelieved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		knobs := knob.Defaults()
		knobs.ListLag = 30 * time.Minute
		e := acctest.New(t, acctest.Site{Names: []string{"www.example.com"}, World: awssim.Options{Propagation: propagation, Knobs: &knobs}})
		ctx := context.Background()
		var cores []*acctest.Core
		for i := range 3 {
			primary := e.Distribute(fmt.Sprintf("primary-%d", i), nil)
			staging := e.CopyByHand(primary)
			e.Settle()
			c := acctest.NewCore(resourceType, clock.System{}, e.World.Transport())
			if err := e.World.Clock().Sleep(ctx, time.Hour); err != nil {
				t.Fatal(err)
			}
			c.MustConverge(ctx, t, acctest.Config{"primary_distribution_id": primary.ID, "staging_distribution_id": staging.ID, "weight": 5})
			cores = append(cores, c)
		}
		before := e.World.Journal().Seq()
		last := cores[2].State // its primary is on the list without the policy
		if d, err := acctest.RefreshTogether(ctx, 1, cores); err != nil || len(d.Errors()) > 0 {
			t.Fatal(err, d)
		}
		if !cores[2].State.Equal(last) {
			t.Errorf("the refresh made\n%s\nof\n%s", cores[2].State, last)
		}
		if !slices.ContainsFunc(acctest.Operations(e.Calls(before)), func(o string) bool { return o == "ListDistributions" }) {
			t.Error("no list was read that could lag")
		}
	})
}

// A refresh of one instance takes no more calls than a look at each thing.
func TestARefreshOfOneDeploymentTakesThreeCalls(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, joined(w.Env))
		calls := func(when string) {
			t.Helper()
			seq := w.Env.World.Journal().Seq()
			if _, err := w.Refresh(context.Background()); err != nil {
				t.Fatal(err)
			}
			want := []string{"GetContinuousDeploymentPolicy", "GetDistribution", "GetDistribution"}
			if got := acctest.Operations(w.Env.Calls(seq)); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
				t.Errorf("%s: %v", when, got)
			}
		}
		calls("as it was left")
		w.AttachByHand(w.Blue, "")
		calls("detached by hand")
	})
}

// What a release and others do to a deployment, each refreshed by what lists say and for itself.
func TestWhateverHappensToADeploymentIsTheSameAtAGlance(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(w *world, policy string)
		silent bool
		gone   bool
	}{
		"nothing": {change: func(*world, string) {}, silent: true},
		"a release is pending": {silent: true, change: func(w *world, _ string) {
			w.EditByHand(w.staging, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("next") })
		}},
		"a canary runs": {silent: true, change: func(w *world, policy string) {
			w.TurnByHand(policy, func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.Enabled = aws.Bool(true) })
		}},
		"the primary is another one": {silent: true, change: func(w *world, _ string) {
			w.EditByHand(w.Blue, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("wild") })
		}},
		"the canary grows": {silent: true, change: func(w *world, policy string) {
			w.TurnByHand(policy, func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.TrafficConfig = acctest.ByWeight(0.11) })
		}},
		"it routes by a header": {silent: true, change: func(w *world, policy string) {
			w.TurnByHand(policy, func(c *cftypes.ContinuousDeploymentPolicyConfig) {
				c.TrafficConfig = &cftypes.TrafficConfig{
					Type:               cftypes.ContinuousDeploymentPolicyTypeSingleHeader,
					SingleHeaderConfig: &cftypes.ContinuousDeploymentSingleHeaderConfig{Header: aws.String("aws-cf-cd-canary"), Value: aws.String("yes")},
				}
			})
		}},
		"the policy names another staging distribution": {change: func(w *world, policy string) {
			other := w.Distribute("another", func(c *cftypes.DistributionConfig) { c.Staging = aws.Bool(true) })
			w.TurnByHand(policy, func(c *cftypes.ContinuousDeploymentPolicyConfig) {
				c.StagingDistributionDnsNames.Items = []string{other.Domain}
			})
		}},
		"it is detached":        {change: func(w *world, _ string) { w.AttachByHand(w.Blue, "") }},
		"the policy is deleted": {gone: true, change: func(w *world, policy string) { w.AttachByHand(w.Blue, ""); w.Settle(); w.ForgetByHand(policy) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in(t, func(t *testing.T, w *world) {
				w.apply(t, joined(w.Env))
				w.Settle()
				var others []*acctest.Core
				for i := range 3 {
					primary := w.Distribute(fmt.Sprintf("primary-%d", i), nil)
					staging := w.CopyByHand(primary)
					policy := w.JoinByHand(staging, acctest.ByWeight(0.05), false)
					w.AttachByHand(primary, policy)
					other := acctest.NewCore(resourceType, clock.System{}, w.Env.World.Transport())
					if d, err := other.Import(context.Background(), policy); err != nil || len(d.Errors()) > 0 {
						t.Fatal(err, d)
					}
					others = append(others, other)
				}
				c.change(w, w.Core.Get("id"))
				w.Settle()
				got, _ := w.Glance(w.Core, others...)
				if silent := got.State.Equal(w.State) && got.Private() == w.Private(); silent != c.silent || got.State.IsNull() != c.gone {
					t.Errorf("silent %t: from\n%s\nto\n%s", silent, w.State, got.State)
				}
			})
		})
	}
}

func TestWhatAWriteIsDecidedByIsReadForIt(t *testing.T) {
	t.Parallel()
	for _, takes := range []time.Duration{time.Minute, 75 * time.Second, 90 * time.Second, 105 * time.Second} { // a shared answer lasts for four polls
		synctest.Test(t, func(t *testing.T) {
			w := within(t, takes)
			w.apply(t, joined(w.Env))
			w.TurnByHand(w.Core.Get("id"), func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.Enabled = aws.Bool(true) })
			w.Settle()
			before := w.Env.World.Journal().Seq()
			w.apply(t, nil)
			const read = "GetContinuousDeploymentPolicy"
			w.ExpectReadFor(before, map[string]string{"UpdateContinuousDeploymentPolicy": read, "DeleteContinuousDeploymentPolicy": read, "UpdateDistribution": "GetDistribution"})
		})
	}
}
