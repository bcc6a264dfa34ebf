package stagingpromotion_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// A resource without drift is not made to show any: while a release is pending, and
// while a canary is on its way, a refresh writes neither an attribute nor private state.
func TestWhatIsPendingIsSilent(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		before := r.core.State
		silent := func(when string) {
			t.Helper()
			if d, err := r.core.Refresh(context.Background()); err != nil || len(d) > 0 {
				t.Errorf("%s: %v %s", when, err, d)
			}
			if !r.core.State.Equal(before) {
				t.Errorf("%s, a refresh writes\n%s\nbefore it was\n%s", when, r.core.State, before)
			}
		}
		silent("pending from the start")
		r.stage("later.origin.test")
		silent("after staging has changed")
		_, err := r.CloudFront.UpdateContinuousDeploymentPolicy(context.Background(), r.enabledByHand(t))
		if err != nil {
			t.Fatal(err)
		}
		// Viewers at staging, by no release on record, are no pending release.
		if _, err := r.core.Refresh(context.Background()); err != nil || r.core.Get("phase") != "stray" {
			t.Errorf("err %v, phase %s", err, r.core.Get("phase"))
		}
		r.Settle()
		r.TurnByHand(r.policy, func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.Enabled = aws.Bool(false) })
		r.Settle()
		window := acctest.Config{"pending_window": "1h"}
		r.introduce(t, r.ask("one", window))
		if p := r.expectEmpty(t, r.ask("one", window)); len(p.Diags) > 0 {
			t.Errorf("within the window it says %s", p.Diags)
		}
		for range 10 {
			r.Settle()
		}
		if err := r.World.Clock().Sleep(context.Background(), 3600e9); err != nil {
			t.Fatal(err)
		}
		expectSays(t, r.expectEmpty(t, r.ask("one", window)).Diags, "A release has been waiting for long")
	})
}

// A run that was killed during its canary leaves the state of before it. Whoever then sets
// release back has to hear that viewers are still at staging: no plan takes them away.
func TestACanaryThatStateKnowsNothingOfIsPointedOut(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		p, err := r.core.Plan(context.Background(), r.ask("two"))
		if err != nil {
			t.Fatal(err)
		}
		killed, kill := context.WithCancel(context.Background())
		r.after("UpdateContinuousDeploymentPolicy", kill)
		if _, err := r.core.Apply(killed, p); err != nil {
			t.Fatal(err)
		}
		r.Settle()
		if !r.enabled(t) || r.core.Get("phase") != "settled" {
			t.Fatalf("enabled %v, phase %s", r.enabled(t), r.core.Get("phase"))
		}
		expectSays(t, r.apply(t, r.ask("one")).Errors(), "Viewers are at staging, and no release is under way")
		// The release that sent them there carries on, and says nothing.
		if d := r.apply(t, r.ask("two")); len(d) > 0 {
			t.Error(d)
		}
		if p := r.expectEmpty(t, r.ask("two")); len(p.Diags) > 0 {
			t.Error(p.Diags)
		}
	})
}

func TestAPromotionByOtherHandsIsAcceptedByTheGateWithoutAWrite(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		r.promoteByHand(t)
		accept := r.ask("one", acctest.Config{"on_drift": "accept"})
		p, err := r.core.Plan(context.Background(), accept)
		if err != nil || p.Empty() {
			t.Fatalf("err %v, empty %v", err, p.Empty())
		}
		if r.core.Get("phase") != "unproven" {
			t.Errorf("state %s", r.core.State)
		}
		seq := r.World.Journal().Seq()
		if d, err := r.core.Apply(context.Background(), p); err != nil || len(d) > 0 {
			t.Fatal(err, d)
		}
		if w := r.Writes(seq); len(w) > 0 {
			t.Errorf("adopting wrote %v", acctest.Operations(w))
		}
		if r.core.Get("phase") != "settled" || r.core.Get("settled_fingerprint") != r.core.Get("primary_fingerprint") {
			t.Errorf("state %s", r.core.State)
		}
		if got := r.core.Get("settled_grounds"); got != "proven" {
			t.Errorf("it is settled because it is %s", got)
		}
		r.expectEmpty(t, accept)
	})
}

func TestDriftIsReportedRestoredOrAccepted(t *testing.T) {
	t.Parallel()
	drift := func(r *rig) {
		r.EditByHand(r.Blue, func(c *cftypes.DistributionConfig) { c.Origins.Items[0].DomainName = aws.String("wild.origin.test") })
		r.Settle()
	}
	t.Run("report", func(t *testing.T) {
		t.Parallel()
		running(t, func(t *testing.T, r *rig) {
			drift(r)
			if _, err := r.core.Refresh(context.Background()); err != nil || r.core.Get("phase") != "drifted" {
				t.Errorf("err %v, state %s", err, r.core.State)
			}
			if got := acctest.Strings(r.core.State, "steps"); len(got) > 0 {
				t.Errorf("state has %q, which a plan of the same would hide", got)
			}
			expectSays(t, r.expectEmpty(t, r.ask("one")).Diags, "The primary has changed behind the release's back")
			// Nothing is released on top of it.
			seq := r.World.Journal().Seq()
			d := r.apply(t, r.ask("two"))
			expectSays(t, d.Errors(), "Somebody else has changed the primary")
			if w := r.Writes(seq); len(w) > 0 || r.core.Get("phase") != "drifted" {
				t.Errorf("wrote %v, state %s", acctest.Operations(w), r.core.State)
			}
			// Undone by hand, it is as if nothing had been.
			r.EditByHand(r.Blue, func(c *cftypes.DistributionConfig) { c.Origins.Items[0].DomainName = aws.String("blue.origin.test") })
			r.Settle()
			r.expectEmpty(t, r.ask("one"))
			if r.core.Get("phase") != "settled" {
				t.Errorf("state %s", r.core.State)
			}
		})
	})
	t.Run("restore", func(t *testing.T) {
		t.Parallel()
		running(t, func(t *testing.T, r *rig) {
			drift(r)
			ask := r.ask("one", acctest.Config{"on_drift": "restore"})
			if d := r.apply(t, ask); len(d) > 0 {
				t.Fatal(d)
			}
			r.expect(t, "blue.origin.test")
			r.expectEmpty(t, ask)
		})
	})
	t.Run("accept", func(t *testing.T) {
		t.Parallel()
		running(t, func(t *testing.T, r *rig) {
			drift(r)
			seq := r.World.Journal().Seq()
			seen := acctest.Config{"on_drift": "accept", "verify": map[string]any{"after": map[string]any{"probes": []any{map[string]any{"path": "/health"}}}}}
			ask := r.ask("one", seen)
			if d := r.apply(t, ask); len(d) > 0 {
				t.Fatal(d)
			}
			if w := r.Writes(seq); len(w) > 0 {
				t.Errorf("accepting wrote %v", acctest.Operations(w))
			}
			r.expect(t, "wild.origin.test")
			r.expectEmpty(t, ask)
			// The way back leads there now. What is drift again is not released over in the same
			// run: nothing proven would be left to go back to.
			r.EditByHand(r.Blue, func(c *cftypes.DistributionConfig) { c.Origins.Items[0].DomainName = aws.String("wilder.origin.test") })
			r.Settle()
			seq = r.World.Journal().Seq()
			expectSays(t, r.apply(t, r.ask("two", seen)).Errors(), "Accept what the primary has before the next release")
			if w := r.Writes(seq); len(w) > 0 || !strings.Contains(r.core.Get("way_back"), "wild.origin.test") {
				t.Errorf("wrote %v", acctest.Operations(w))
			}
		})
	})
}

func TestAPrimaryThatIsGoneTakesTheResourceWithIt(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		r.EditByHand(r.Blue, func(c *cftypes.DistributionConfig) { c.ContinuousDeploymentPolicyId = aws.String("") })
		r.DeleteByHand(r.Blue)
		if _, err := r.core.Refresh(context.Background()); err != nil || !r.core.State.IsNull() {
			t.Errorf("err %v, state %s", err, r.core.State)
		}
		expectSays(t, r.apply(t, r.ask("one")).Errors(), "The primary distribution does not exist")
		if !r.core.State.IsNull() {
			t.Errorf("a failed create left %s", r.core.State)
		}
	})
}
