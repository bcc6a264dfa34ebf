package stagingpromotion_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
)

func TestIntroducingThePromotionWritesNothing(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		if w := r.Writes(0); len(w) > 0 {
			t.Errorf("%d writes: %v", len(w), acctest.Operations(w))
		}
		if r.core.Get("phase") != "settled" || r.core.Get("release") != "one" || r.core.Get("settled_fingerprint") == "" {
			t.Errorf("state %s", r.core.State)
		}
		r.expectEmpty(t, r.ask("one"))
		r.expect(t, "blue.origin.test")
	})
}

func TestAReleaseIsPromotedAndSettled(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		seq := r.World.Journal().Seq()
		ask := r.ask("two", acctest.Config{"invalidate": []string{"/*"}})
		if d := r.apply(t, ask).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		if got, want := strings.Join(acctest.Operations(r.Writes(seq)), " "), "UpdateContinuousDeploymentPolicy UpdateDistributionWithStagingConfig CreateInvalidation"; got != want {
			t.Errorf("the release took %s, want %s", got, want)
		}
		if r.core.Get("phase") != "settled" || r.core.Get("release") != "two" {
			t.Errorf("state %s", r.core.State)
		}
		r.expect(t, "next.origin.test")
		r.expectEmpty(t, ask)
		// What was promoted is settled; the next one is pending, and silent.
		r.stage("later.origin.test")
		r.expectEmpty(t, ask)
	})
}

func TestAReleaseThatIsNotAskedForAnyMoreIsTakenBack(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		r.sicken("next.origin.test")
		expectSays(t, r.apply(t, r.ask("two", acctest.Config{"on_failure": "hold"})).Errors(), "The canary is not healthy")
		if !r.enabled(t) {
			t.Fatal("there is no canary")
		}
		if d := r.apply(t, r.ask("one")).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		if r.enabled(t) || r.core.Get("phase") != "settled" {
			t.Errorf("enabled %v, state %s", r.enabled(t), r.core.State)
		}
		r.expectEmpty(t, r.ask("one"))
	})
}

// A release whose content has not arrived at staging is settled, but not without a word.
func TestAReleaseOfNothingIsPointedOut(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		r.stage("blue.origin.test")
		r.introduce(t, r.ask("one"))
		seq := r.World.Journal().Seq()
		said := r.apply(t, r.ask("two"))
		if len(said.Errors()) > 0 || !strings.Contains(said.String(), "There was nothing to release") {
			t.Errorf("it said:\n%s", said)
		}
		if w := r.Writes(seq); len(w) > 0 || r.core.Get("settled_release") != "two" {
			t.Errorf("it wrote %v; settled is %q", w, r.core.Get("settled_release"))
		}
		r.expectEmpty(t, r.ask("two"))
	})
}

func TestWhatIsInTheWayStopsTheReleaseBeforeItsFirstWrite(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, summary string
		act           func(t *testing.T, r *rig)
		change        func(r *rig) acctest.Config
	}{
		{name: "staging is a standard distribution", summary: "Not a staging distribution", change: func(r *rig) acctest.Config { return acctest.Config{"staging_distribution_id": r.Green.ID} }},
		{name: "staging does not exist", summary: "The staging distribution does not exist", change: func(*rig) acctest.Config { return acctest.Config{"staging_distribution_id": "E1NOTTHERE"} }},
		{name: "the policy does not exist", summary: "The continuous deployment policy does not exist", change: func(*rig) acctest.Config { return acctest.Config{"policy_id": "nowhere"} }},
		{name: "the policy is another's", summary: "The policy belongs to another staging distribution", change: func(r *rig) acctest.Config {
			return acctest.Config{"staging_distribution_id": r.Distribute("other", func(c *cftypes.DistributionConfig) { c.Staging = aws.Bool(true) }).ID}
		}},
		{name: "the policy is detached", summary: "The policy is not attached to the primary", act: func(_ *testing.T, r *rig) {
			r.EditByHand(r.Blue, func(c *cftypes.DistributionConfig) { c.ContinuousDeploymentPolicyId = aws.String("") })
			r.Settle()
		}},
		{name: "the primary was taken down", summary: "A promotion would enable the primary", act: func(_ *testing.T, r *rig) {
			r.EditByHand(r.Blue, func(c *cftypes.DistributionConfig) { c.Enabled = aws.Bool(false) })
			r.Settle()
		}},
		{name: "locked fields differ", summary: "Primary and staging differ in what cannot be released", act: func(_ *testing.T, r *rig) {
			r.relock()
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, site())
				r.introduce(t, r.ask("one"))
				if c.act != nil {
					c.act(t, r)
				}
				ask := r.ask("two")
				if c.change != nil {
					ask = r.ask("two", c.change(r))
				}
				seq := r.World.Journal().Seq()
				d := r.apply(t, ask)
				expectSays(t, d.Errors(), c.summary)
				if w := r.Writes(seq); len(w) > 0 {
					t.Errorf("wrote %v", acctest.Operations(w))
				}
				if r.core.Get("release") != "one" || r.core.Get("phase") != "settled" {
					t.Errorf("state %s", r.core.State)
				}
				expectSays(t, r.expectFull(t, ask).Diags.Warnings(), c.summary)
			})
		})
	}
}

// Nothing but time tells when edge locations know of a policy whose change does not
// show in its primary's status.
func TestAPolicyThatTravelsSilentlyIsGivenTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := site()
		s.World.Propagation = 2 * time.Minute
		r := newRig(t, s)
		r.introduce(t, r.ask("one"))
		r.World.Turn(func(k *knob.Knobs) { k.PolicyUpdatePrimary = "silent" })
		if d := r.apply(t, r.ask("two")).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		r.expect(t, "next.origin.test")
	})
}

func TestARunPromotesOnce(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		seq := r.World.Journal().Seq()
		r.after("UpdateDistributionWithStagingConfig", func() { r.primaryGets("blue.origin.test") })
		expectSays(t, r.apply(t, r.ask("two", afterOnly)).Errors(), "Somebody has changed the primary since the promotion")
		if got := strings.Join(acctest.Operations(r.Writes(seq)), " "); got != "UpdateDistributionWithStagingConfig" {
			t.Errorf("made %s", got)
		}
		if r.core.Get("release") != "one" {
			t.Errorf("state %s", r.core.State)
		}
	})
}
