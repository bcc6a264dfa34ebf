package stagingpromotion_test

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

var releases = flag.Int("releases", 40, "how many releases are refreshed")

// What a refresh of many releases costs beside the list pages, which are the account's:
// nothing where all is as it was left, and one call for each release that is pending.
func TestWhatARefreshOfManyReleasesCosts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		many := *releases
		s := site()
		knobs := knob.Defaults()
		knobs.StagingDistributions, knobs.Distributions = many+10, 2*many+10
		s.World.Knobs = &knobs
		r, ctx := newRig(t, s), context.Background()
		cores := make([]*acctest.Core, many)
		staged := make([]acctest.Distribution, many)
		for i := range many {
			primary := r.Distribute(fmt.Sprintf("primary-%d", i), nil)
			staged[i] = r.Distribute(fmt.Sprintf("staging-%d", i), func(c *cftypes.DistributionConfig) { c.Staging = aws.Bool(true) })
			policy := r.JoinByHand(staged[i], &cftypes.TrafficConfig{Type: cftypes.ContinuousDeploymentPolicyTypeSingleWeight, SingleWeightConfig: &cftypes.ContinuousDeploymentSingleWeightConfig{Weight: aws.Float32(0.05)}}, false)
			r.AttachByHand(primary, policy)
			cores[i] = acctest.NewCore(resourceType, clock.System{}, r.World.Transport())
			if d, err := cores[i].Import(ctx, strings.Join([]string{primary.ID, staged[i].ID, policy, "one"}, ",")); err != nil || len(d.Errors()) > 0 {
				t.Fatal(err, d)
			}
		}
		cost := func(situation string, most float64) {
			states := make([]string, many)
			for i, c := range cores {
				states[i] = c.State.String()
			}
			r.ReportRefresh("releases", situation, cores, most)
			for i, c := range cores {
				if c.State.String() != states[i] {
					t.Errorf("%s: the refresh of %d changed its state", situation, i)
				}
			}
		}
		r.Settle()
		cost("imported while something was deploying", 0.2)
		for i := range staged {
			r.EditByHand(staged[i], func(c *cftypes.DistributionConfig) { c.Origins.Items[0].DomainName = aws.String("later.origin.test") })
		}
		r.Settle()
		cost("all of them pending", 1.1)
	})
}

// A list that lags behind shows for half an hour what both had before a release. Of the instance
// that has promoted, it invents nothing; from another one that is about the same two, it keeps
// the promotion for as long as it lags, and no longer.
func TestAListThatLagsBehindIsNotBelieved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := site()
		knobs := knob.Defaults()
		knobs.ListLag = 30 * time.Minute
		s.World.Knobs = &knobs
		r, ctx := newRig(t, s), context.Background()
		r.introduce(t, r.ask("one"))
		one := r.core
		two := acctest.NewCore(resourceType, clock.System{}, r.World.Transport())
		if d, err := two.Import(ctx, strings.Join([]string{r.Blue.ID, r.staging.ID, r.policy, "one"}, ",")); err != nil || len(d.Errors()) > 0 {
			t.Fatal(err, d)
		}
		other := r.Distribute("other", nil)
		three := acctest.NewCore(resourceType, clock.System{}, r.World.Transport())
		if d, err := three.Import(ctx, strings.Join([]string{other.ID, r.staging.ID, r.policy, "one"}, ",")); err != nil || len(d.Errors()) > 0 {
			t.Fatal(err, d)
		}
		if err := r.World.Clock().Sleep(ctx, time.Hour); err != nil {
			t.Fatal(err)
		}
		if d := r.apply(t, r.ask("two")); len(d.Errors()) > 0 {
			t.Fatal(d)
		}
		state, seq := one.State, r.World.Journal().Seq()
		for _, later := range []time.Duration{0, time.Hour} {
			if err := r.World.Clock().Sleep(ctx, later); err != nil {
				t.Fatal(err)
			}
			if d, err := acctest.RefreshTogether(ctx, 1, []*acctest.Core{three, two, one}); err != nil || len(d.Errors()) > 0 {
				t.Fatal(err, d)
			}
			if !one.State.Equal(state) {
				t.Errorf("the refresh of the release that was promoted made\n%s\nof\n%s", one.State, state)
			}
		}
		if got := two.Get("phase"); got == "settled" {
			t.Error("who has not promoted it never hears of it")
		}
		if !slices.Contains(acctest.Operations(r.Calls(seq)), "ListDistributions") {
			t.Error("no list was read that could lag")
		}
	})
}

// A refresh of one instance asks what it asked before there were lists. Where it has nothing new
// to say, it does not write down either what it has seen, though nothing it remembers is true any
// more: that would count as drift.
func TestARefreshOfOneReleaseTakesThreeCalls(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		calls := func(when string) {
			t.Helper()
			seq := r.World.Journal().Seq()
			if _, err := r.core.Refresh(context.Background()); err != nil {
				t.Fatal(err)
			}
			want := []string{"GetContinuousDeploymentPolicy", "GetDistribution", "GetDistribution"}
			if got := acctest.Operations(r.Calls(seq)); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
				t.Errorf("%s: %v", when, got)
			}
		}
		calls("settled")
		r.stage("later.origin.test")
		private := r.core.Private()
		calls("pending")
		if got := r.core.Private(); got != private || !strings.Contains(got, "version") && !strings.Contains(got, "seen") {
			t.Errorf("a silent refresh made private state\n%s\nof\n%s", got, private)
		}
		r.primaryGets("wild.origin.test")
		calls("drifted a moment ago")
		r.Settle()
		calls("drifted")
	})
}

// The rows of the table of what is drift, each refreshed by what lists say and for itself: while a
// release is pending neither writes anything down, and what is no release both show.
func TestEveryRowOfWhatIsDriftIsTheSameAtAGlance(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		change func(t *testing.T, r *rig)
		silent bool   // a refresh writes neither an attribute nor private state
		phase  string // after it
		plans  bool   // whether a plan that asks for the release of before has something to do
		next   bool   // whether one that asks for another release has
	}{
		"settled": {change: func(*testing.T, *rig) {}, silent: true, phase: "settled", next: true},
		"pending": {change: func(_ *testing.T, r *rig) { r.stage("later.origin.test") }, silent: true, phase: "settled", next: true},
		"release": {change: func(t *testing.T, r *rig) {
			r.stage("next.origin.test")
			r.expectFull(t, r.ask("two"))
		}, silent: true, phase: "settled", next: true},
		"unfinished": {change: func(t *testing.T, r *rig) {
			p, err := r.core.Plan(context.Background(), r.ask("two"))
			if err != nil {
				t.Fatal(err)
			}
			stopped, stop := context.WithCancel(context.Background())
			r.after("UpdateDistributionWithStagingConfig", stop)
			if _, err := r.core.Interrupt(stopped, p); err != nil {
				t.Fatal(err)
			}
			r.Settle()
		}, silent: true, phase: "promoted", plans: true, next: true}, // the run has written down how far it came
		"promoted by other hands": {change: func(t *testing.T, r *rig) { r.promoteByHand(t) }, phase: "unproven", plans: true, next: true},
		"drift":                   {change: func(_ *testing.T, r *rig) { r.primaryGets("wild.origin.test"); r.Settle() }, phase: "drifted", next: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T, r *rig) {
				other := acctest.NewCore(resourceType, clock.System{}, r.World.Transport())
				id := strings.Join([]string{r.Distribute("other", nil).ID, r.staging.ID, r.policy, "one"}, ",")
				if d, err := other.Import(context.Background(), id); err != nil || len(d.Errors()) > 0 {
					t.Fatal(err, d)
				}
				row.change(t, r)
				got, _ := r.Glance(r.core, other)
				if silent := got.State.Equal(r.core.State) && got.Private() == r.core.Private(); silent != row.silent || got.Get("phase") != row.phase {
					t.Errorf("silent %t, phase %s, of\n%s", silent, got.Get("phase"), r.core.State)
				}
				for release, full := range map[string]bool{"one": row.plans, "three": row.next} {
					if p, err := r.core.Plan(context.Background(), r.ask(release)); err != nil || p.Empty() == full {
						t.Errorf("release %s: %v, empty %t", release, err, p.Empty())
					}
				}
			})
		})
	}
}
