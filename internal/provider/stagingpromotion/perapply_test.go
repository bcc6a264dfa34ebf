package stagingpromotion_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// slowly is a release whose canary takes one step in each apply.
func (r *rig) slowly(release string, changes ...acctest.Config) acctest.Config {
	return r.ask(release, append([]acctest.Config{{"advance": "per_apply"}}, changes...)...)
}

func (r *rig) wait(d time.Duration) { _ = r.World.Clock().Sleep(context.Background(), d) }

// expectBaking fails the test unless a plan changes nothing and says that it is too soon.
func (r *rig) expectBaking(tb testing.TB, c acctest.Config) {
	tb.Helper()
	expectSays(tb, r.expectEmpty(tb, c).Diags, "The canary is still baking")
}

// expectSteps fails the test unless a plan shows these steps.
func (r *rig) expectSteps(tb testing.TB, c acctest.Config, want ...string) acctest.Plan {
	tb.Helper()
	p, err := r.core.Plan(context.Background(), c)
	if err != nil || len(p.Diags) > 0 {
		tb.Fatal(err, p.Diags)
	}
	if got := acctest.Strings(p.Planned, "steps"); !slices.Equal(got, want) {
		tb.Errorf("the plan shows %q, want %q", got, want)
	}
	return p
}

func (r *rig) mustApply(tb testing.TB, p acctest.Plan) {
	tb.Helper()
	if d, err := r.core.Apply(context.Background(), p); err != nil || len(d) > 0 {
		tb.Fatal(err, d)
	}
}

// Each apply takes one step, not before the last one has baked, and the one after the
// last step promotes: on the evidence of whole bakes that nobody was watching.
func TestACanaryOfOneStepInEachApply(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		ask := r.byWeights("two", 100, 5, 15)
		ask["advance"] = "per_apply"
		leave := r.view(t, 5, time.Second)
		defer func() { leave() }()
		share := func(percent string) string { return percent + " % of the viewers" }
		two := "release two (" + r.staging.ID + ")"
		for _, c := range []struct {
			steps []string
			route string
		}{
			{[]string{"send " + share("5") + " to " + two}, share("5")},
			{[]string{"verify " + two + " with " + share("5"), "send " + share("15") + " to " + two}, share("15")},
		} {
			seq := r.World.Journal().Seq()
			r.mustApply(t, r.expectSteps(t, ask, c.steps...))
			if got := strings.Join(acctest.Operations(r.Writes(seq)), " "); got != "UpdateContinuousDeploymentPolicy" {
				t.Errorf("made %s", got)
			}
			if within(r.core, "attempt", "route") != c.route || r.core.Get("phase") != "canary" || r.core.Get("settled_release") != "one" || within(r.core, "last_cutover", "result") != "stepped" {
				t.Errorf("state %s", r.core.State)
			}
			r.expectBaking(t, ask)
			r.wait(9 * time.Minute)
			r.expectBaking(t, ask)
			r.wait(time.Minute)
		}
		seq := r.World.Journal().Seq()
		r.mustApply(t, r.expectSteps(t, ask, "verify "+two+" with "+share("15"), "promote "+two+" to "+r.Blue.ID, "verify release two ("+r.Blue.ID+") after the promotion", "bake 5m"))
		if got := strings.Join(acctest.Operations(r.Writes(seq)), " "); got != "UpdateDistributionWithStagingConfig" {
			t.Errorf("made %s", got)
		}
		if r.core.Get("settled_release") != "two" || r.core.Get("phase") != "settled" || within(r.core, "attempt", "release") != "" {
			t.Errorf("state %s", r.core.State)
		}
		r.expect(t, "next.origin.test")
		r.expectEmpty(t, ask)
	})
}

// Nobody at staging during the bake is no evidence, whenever it is looked for.
func TestAStepThatNobodySawIsNotFollowedByAnother(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		ask := r.byWeights("two", 10, 5, 15)
		ask["advance"] = "per_apply"
		r.mustApply(t, r.expectSteps(t, ask, "send 5 % of the viewers to release two ("+r.staging.ID+")"))
		r.wait(10 * time.Minute)
		seq := r.World.Journal().Seq()
		expectSays(t, r.apply(t, ask).Errors(), "The canary could not be proven healthy")
		if got := acctest.Operations(r.Writes(seq)); len(got) > 0 || r.core.Get("phase") != "canary" || within(r.core, "attempt", "route") != "5 % of the viewers" {
			t.Errorf("made %v, state %s", got, r.core.State)
		}
		// Viewers come at last. The step has stood for long enough, and goes on counting.
		leave := r.view(t, 5, time.Second)
		r.wait(10 * time.Minute)
		d := r.apply(t, ask)
		leave()
		if len(d) > 0 || within(r.core, "attempt", "route") != "15 % of the viewers" {
			t.Errorf("says %s, state %s", d, r.core.State)
		}
	})
}

func TestASlowCanaryThatFailsIsTakenBackAndNotTriedAgain(t *testing.T) {
	t.Parallel()
	t.Run("as soon as it can be asked", func(t *testing.T) {
		t.Parallel()
		running(t, func(t *testing.T, r *rig) {
			r.sicken("next.origin.test")
			expectSays(t, r.apply(t, r.slowly("two")).Errors(), "Release failed and was rolled back")
			r.heal("next.origin.test")
			r.expect(t, "blue.origin.test")
			expectSays(t, r.expectEmpty(t, r.slowly("two")).Diags, "A failed release is not tried again")
		})
	})
	t.Run("after its bake", func(t *testing.T) {
		t.Parallel()
		running(t, func(t *testing.T, r *rig) {
			if d := r.apply(t, r.slowly("two")); len(d) > 0 {
				t.Fatal(d)
			}
			if r.core.Get("release") != "two" || !r.enabled(t) {
				t.Errorf("enabled %v, state %s", r.enabled(t), r.core.State)
			}
			r.wait(2 * time.Minute)
			r.sicken("next.origin.test")
			expectSays(t, r.apply(t, r.slowly("two")).Errors(), "Release failed and was rolled back")
			r.heal("next.origin.test")
			r.expect(t, "blue.origin.test")
			if r.core.Get("release") != "one" || r.core.Get("phase") != "rolled_back" {
				t.Errorf("state %s", r.core.State)
			}
			expectSays(t, r.expectEmpty(t, r.slowly("two")).Diags, "A failed release is not tried again")
			// A new value of retry begins at the beginning, and outlives the step.
			again := r.slowly("two", acctest.Config{"retry": "repaired"})
			for range 2 {
				if d := r.apply(t, again); len(d) > 0 {
					t.Fatal(d)
				}
				r.wait(2 * time.Minute)
			}
			r.expect(t, "next.origin.test")
			r.expectEmpty(t, again)
		})
	})
}

func TestASlowCanaryThatIsNotAskedForAnyMoreIsTakenBack(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		if d := r.apply(t, r.slowly("two")); len(d) > 0 || !r.enabled(t) {
			t.Fatal(d, r.enabled(t))
		}
		if d := r.apply(t, r.slowly("one")); len(d) > 0 { // at once, and not only after the bake
			t.Fatal(d)
		}
		r.expect(t, "blue.origin.test")
		r.expectEmpty(t, r.slowly("one"))
	})
}

// Evidence is about the configuration it was gathered from, also where days lie between.
func TestASlowCanaryBeginsAnewWhenStagingChanges(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		ask := r.slowly("two", acctest.Config{
			"canary": map[string]any{"weights": []any{5, 15}, "bake_time": "10m", "require_traffic": 0}, "verify": nil,
		})
		for range 2 {
			if d := r.apply(t, ask); len(d) > 0 {
				t.Fatal(d)
			}
			r.wait(10 * time.Minute)
		}
		r.stage("later.origin.test")
		seq := r.World.Journal().Seq()
		expectSays(t, r.apply(t, ask).Errors(), "Staging has changed during the release")
		if got := acctest.Operations(r.Writes(seq)); !slices.Equal(got, []string{"UpdateContinuousDeploymentPolicy"}) || r.enabled(t) {
			t.Errorf("made %v", got)
		}
		if got := within(r.core, "attempt", "release"); got != "" || r.core.Get("release") != "one" {
			t.Errorf("evidence of what is gone is kept: %q", got)
		}
		r.mustApply(t, r.expectSteps(t, ask, "send 5 % of the viewers to release two ("+r.staging.ID+")"))
		if within(r.core, "attempt", "route") != "5 % of the viewers" || r.core.Get("release") != "two" {
			t.Errorf("state %s", r.core.State)
		}
		r.expectBaking(t, ask)
	})
}

// What a plan has not shown is not done: the next plan shows it.
func TestTheWorldMayNotAskForMoreThanThePlanShowed(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		ask := r.byWeights("two", 0, 5, 15)
		ask["advance"] = "per_apply"
		two := "release two (" + r.staging.ID + ")"
		r.mustApply(t, r.expectSteps(t, ask, "send 5 % of the viewers to "+two))
		r.wait(10 * time.Minute)
		p := r.expectSteps(t, ask, "send 15 % of the viewers to "+two)
		r.turn(t, false)
		seq := r.World.Journal().Seq()
		d, err := r.core.Apply(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		expectSays(t, d, "The world changed since this plan")
		if w := r.Writes(seq); len(w) > 0 {
			t.Errorf("made %v", acctest.Operations(w))
		}
	})
}

// A promotion that was planned and is not due any more is an error: who waits for it
// must not go on without it.
func TestAPlannedPromotionThatHasToWaitFails(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		if d := r.apply(t, r.slowly("two")); len(d) > 0 {
			t.Fatal(d)
		}
		r.wait(2 * time.Minute)
		r.EditByHand(r.staging, func(c *cftypes.DistributionConfig) { c.DefaultRootObject = aws.String("index.html") })
		r.Settle()
		expectSays(t, r.apply(t, r.slowly("two")).Errors(), "Staging has changed during the release")
		for range 2 { // from its beginning
			if d := r.apply(t, r.slowly("two")); len(d) > 0 {
				t.Fatal(d)
			}
			r.wait(2 * time.Minute)
		}
		r.expect(t, "next.origin.test")
	})
}

// A plan that is made before the next step is due may be applied after it is.
func TestOtherSettingsChangeWhileACanaryBakes(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]time.Duration{"at once": 0, "late": 2 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T, r *rig) {
				if d := r.apply(t, r.slowly("two")); len(d) > 0 {
					t.Fatal(d)
				}
				hold := r.slowly("two", acctest.Config{"on_failure": "hold"})
				p, err := r.core.Plan(context.Background(), hold)
				if err != nil || p.Empty() {
					t.Fatal(err, p.Empty())
				}
				r.wait(late)
				seq := r.World.Journal().Seq()
				if d, err := r.core.Apply(context.Background(), p); err != nil || len(d.Errors()) > 0 {
					t.Fatal(err, d)
				}
				if wrote := len(r.Writes(seq)) > 0; wrote != (late > 0) {
					t.Errorf("wrote: %v", wrote)
				}
				if r.core.Get("on_failure") != "hold" {
					t.Errorf("state %s", r.core.State)
				}
				if late == 0 {
					r.expectBaking(t, hold)
				}
			})
		})
	}
}

// slow are the ways of a canary that takes one step in each apply: its first one, and
// the promotion after its last.
func slow() []way {
	ask := func(r *rig) acctest.Config {
		c := weights(r)
		c["advance"] = "per_apply"
		c["canary"].(map[string]any)["bake_time"] = "0s"
		return c
	}
	return []way{
		{name: "one step per apply, the first", ask: ask, want: "next.origin.test", phase: "settled", applies: 5},
		{name: "one step per apply, the promotion", before: func(t *testing.T, r *rig) {
			t.Helper()
			for range 2 {
				if d := r.apply(t, ask(r)); len(d) > 0 {
					t.Fatal(d)
				}
			}
		}, ask: ask, want: "next.origin.test", phase: "settled"},
	}
}

func TestASlowCanarySurvivesDyingAtEveryWrite(t *testing.T) {
	t.Parallel()
	matrix.Die(t, ordeals(slow())...)
}

func TestInterruptHoldsTheSlowCanary(t *testing.T) {
	t.Parallel()
	matrix.Interrupt(t, []time.Duration{1, propagation / 2, propagation + 20*time.Second}, ordeals(slow())...)
}
