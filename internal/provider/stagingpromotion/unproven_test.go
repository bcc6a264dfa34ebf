package stagingpromotion_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// killedAfter applies a configuration and kills the run right after its first write of a
// kind: state is as it was before.
func (r *rig) killedAfter(tb testing.TB, operation string, ask acctest.Config) {
	tb.Helper()
	p, err := r.core.Plan(context.Background(), ask)
	if err != nil {
		tb.Fatal(err)
	}
	before := r.core.State
	killed, kill := context.WithCancel(context.Background())
	defer kill()
	r.after(operation, kill)
	if _, err := r.core.Apply(killed, p); err != nil {
		tb.Fatal(err)
	}
	r.core.State = before
	r.Settle()
}

// kept fails the test unless state says what it said of release one, and of the way back.
func (r *rig) kept(tb testing.TB, wayBack string) {
	tb.Helper()
	if r.core.Get("settled_release") != "one" || r.core.Get("way_back") != wayBack || !strings.Contains(wayBack, "blue.origin.test") {
		tb.Errorf("the way back or its name was lost: state %s", r.core.State)
	}
}

// The panic procedure: a run was killed after it had promoted a release that answers 503,
// and `release` is set back.
func TestReleaseSetBackOverAPromotionThatNobodyProvedStops(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		r.sicken("next.origin.test")
		wayBack := r.core.Get("way_back")
		r.killedAfter(t, "UpdateDistributionWithStagingConfig", r.ask("two", afterOnly))
		if got := r.origin(t); got != "next.origin.test" {
			t.Fatalf("the primary serves from %s", got)
		}
		seq := r.World.Journal().Seq()
		for range 2 { // it is as wrong tomorrow
			expectSays(t, r.apply(t, r.ask("one", afterOnly)).Errors(), "The primary has what nobody has proven")
			r.kept(t, wayBack)
			if got := r.core.Get("phase"); got != "unproven" {
				t.Errorf("phase = %s", got)
			}
		}
		// Staging gets what it had, as it does in one stack: the primary is no better for it.
		r.stage("blue.origin.test")
		expectSays(t, r.apply(t, r.ask("one", afterOnly)).Errors(), "The primary has what nobody has proven")
		r.stage("next.origin.test")
		// Accepting it is no way to get it past the gate.
		expectSays(t, r.apply(t, r.ask("one", afterOnly, acctest.Config{"on_drift": "accept"})).Errors(), "What the primary has is not healthy")
		r.kept(t, wayBack)
		if w := r.Writes(seq); len(w) > 0 {
			t.Errorf("wrote %v", acctest.Operations(w))
		}
		restore := r.ask("one", afterOnly, acctest.Config{"on_drift": "restore"})
		if d := r.apply(t, restore); len(d.Errors()) > 0 {
			t.Fatal(d)
		}
		r.heal("next.origin.test")
		r.expect(t, "blue.origin.test")
		r.expectEmpty(t, restore)
		r.kept(t, wayBack)
	})
}

// The same in mid-canary: viewers are at a bad staging.
func TestReleaseSetBackOverACanaryThatNobodyRecordedStops(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		r.sicken("next.origin.test")
		r.killedAfter(t, "UpdateContinuousDeploymentPolicy", r.byWeights("two", 0, 15))
		if !r.enabled(t) {
			t.Fatal("there is no canary")
		}
		back := r.byWeights("one", 0, 15)
		expectSays(t, r.apply(t, back).Errors(), "Viewers are at staging, and no release is under way")
		if got := r.core.Get("phase"); got != "stray" {
			t.Errorf("phase = %s", got)
		}
		back["on_drift"] = "restore"
		if d := r.apply(t, back); len(d.Errors()) > 0 {
			t.Fatal(d)
		}
		r.heal("next.origin.test")
		r.expect(t, "blue.origin.test")
		r.expectEmpty(t, back)
	})
}

// Another build arrives at staging while the canary of a release goes on. The gate is
// content with both, and what was approved is the first.
func TestABuildThatArrivesDuringTheCanaryIsNotPromoted(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		seq := r.World.Journal().Seq()
		r.after("UpdateContinuousDeploymentPolicy", func() {
			_ = r.World.Clock().Sleep(context.Background(), propagation+30*time.Second) // into the bake
			r.EditByHand(r.staging, func(c *cftypes.DistributionConfig) { c.Origins.Items[0].DomainName = aws.String("later.origin.test") })
		})
		ask := r.byWeights("two", 0, 5, 15)
		ask["verify"] = map[string]any{"after": map[string]any{"probes": []any{map[string]any{"path": "/health"}}}}
		expectSays(t, r.apply(t, ask).Errors(), "Staging has changed during the release")
		want := []string{"UpdateContinuousDeploymentPolicy", "UpdateContinuousDeploymentPolicy"}
		if got := acctest.Operations(r.Writes(seq)); !slices.Equal(got, want) {
			t.Errorf("wrote %v", got)
		}
		r.Settle()
		r.expect(t, "blue.origin.test")
		if r.core.Get("release") != "one" || r.core.Get("phase") != "settled" {
			t.Errorf("state %s", r.core.State)
		}
		// The next plan begins anew, with what is there now.
		if d := r.apply(t, ask); len(d.Errors()) > 0 {
			t.Fatal(d)
		}
		r.expect(t, "later.origin.test")
	})
}

// Hands change staging between its own apply and the release: without a plan that is bound,
// what they left would be released under the name of what was approved.
func TestAPlanIsBoundToWhatStagingHad(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		seq := r.World.Journal().Seq()
		bound := r.ask("two", acctest.Config{"staging_fingerprint": "what the plan was made for"})
		expectSays(t, r.apply(t, bound).Errors(), "Staging is not what the plan was made for")
		if w := r.Writes(seq); len(w) > 0 || r.core.Get("release") != "one" {
			t.Errorf("wrote %v", acctest.Operations(w))
		}
	})
}

// What a create finds it declares, and says so; bound to staging, it knows that this is not
// the release.
func TestACreateDeclaresAndSaysSo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		staged        bool
		settled, does string
	}{
		"unbound": {settled: "two"},
		"bound":   {staged: true, does: "send requests with the header aws-cf-cd-canary to release two"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, site())
				ask := r.ask("two")
				if c.staged {
					ask["staging_fingerprint"] = r.contentOf(t)
				}
				expectSays(t, r.apply(t, ask), "What the primary has is taken for settled")
				if r.core.Get("settled_release") != c.settled || r.core.Get("settled_grounds") != "declared" {
					t.Errorf("settled is %q, because it is %s", r.core.Get("settled_release"), r.core.Get("settled_grounds"))
				}
				p, err := r.core.Plan(context.Background(), ask)
				if err != nil {
					t.Fatal(err)
				}
				if got := strings.Join(acctest.Strings(p.Planned, "steps"), "; "); p.Empty() != (c.does == "") || !p.Empty() && !strings.HasPrefix(got, c.does) {
					t.Errorf("the next plan is empty: %v, and shows %s", p.Empty(), got)
				}
			})
		})
	}
}

// contentOf is the fingerprint that cdn_promotion_status has of staging.
func (r *rig) contentOf(tb testing.TB) string {
	tb.Helper()
	got, err := acctest.NewData("cdn_promotion_status", clock.System{}, r.World.Transport()).Read(context.Background(), acctest.Config{"primary_distribution_id": r.Blue.ID, "staging_distribution_id": r.staging.ID})
	if err != nil {
		tb.Fatal(err)
	}
	return within(&acctest.Core{State: got.Value}, "staging", "fingerprint")
}

// A value of retry that only apply knows could mean either, and a plan shows one thing.
func TestARetryThatIsNotKnownIsRefusedWhileTheLatchHolds(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		unknown := acctest.Config{"retry": acctest.Unknown}
		if p, err := r.core.Plan(context.Background(), r.ask("one", unknown)); err != nil || len(p.Diags.Errors()) > 0 {
			t.Errorf("nothing is held, and it says %v %s", err, p.Diags)
		}
		r.sicken("next.origin.test")
		expectSays(t, r.apply(t, r.ask("two", afterOnly)).Errors(), "Release failed and was rolled back")
		p, err := r.core.Plan(context.Background(), r.ask("two", afterOnly, unknown))
		if err != nil {
			t.Fatal(err)
		}
		expectSays(t, p.Diags, "Whether to try again is not known yet")
	})
}
