package stagingpromotion_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/permissions"
)

const rollBack = "cdn_roll_back"

// back is a configuration of the action.
func (r *rig) back(changes ...acctest.Config) acctest.Config {
	c := acctest.Config{"primary_distribution_id": r.Blue.ID, "staging_distribution_id": r.staging.ID, "policy_id": r.policy}
	for _, change := range append([]acctest.Config{{"snapshot_bucket": bucket}}, changes...) {
		maps.Copy(c, change)
	}
	return c
}

// by leads back by what state says.
func (r *rig) by() acctest.Config {
	return acctest.Config{"snapshot_bucket": nil, "way_back": r.core.Get("way_back")}
}

func (r *rig) rollBack(t *testing.T, config acctest.Config) acctest.Invocation {
	t.Helper()
	got, err := r.core.InvokeAction(context.Background(), rollBack, config)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// releasing is a release that is to be settled, or held where its gate fails.
func (r *rig) releasing(release string, changes ...acctest.Config) acctest.Config {
	return r.ask(release, append([]acctest.Config{afterOnly, {"snapshot_bucket": bucket, "on_failure": "hold"}}, changes...)...)
}

// settle settles release two, with a bucket.
func (r *rig) settle(t *testing.T) {
	t.Helper()
	r.bucket(t)
	if d := r.apply(t, r.releasing("two")).Errors(); len(d) > 0 {
		t.Fatal(d)
	}
}

// hold promotes release two, which nobody has proven.
func (r *rig) hold(t *testing.T, changes ...acctest.Config) {
	t.Helper()
	r.sicken("next.origin.test")
	expectSays(t, r.apply(t, r.releasing("two", changes...)).Errors(), "The release is not healthy")
	r.heal("next.origin.test")
}

func TestASettledReleaseIsTakenBackByAnAction(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		r.settle(t)
		r.expect(t, "next.origin.test")
		seq := r.World.Journal().Seq()
		got := r.rollBack(t, r.back(acctest.Config{"reason": "the till is broken", "invalidate": []string{"/*"}}))
		if len(got.Diags) > 0 {
			t.Fatal(got.Diags)
		}
		if ops, want := strings.Join(acctest.Operations(r.Writes(seq)), " "), "PutObject UpdateDistribution CreateInvalidation"; ops != want {
			t.Errorf("made %s, want %s", ops, want)
		}
		r.expect(t, "blue.origin.test")
		all := strings.Join(got.Progress, "\n")
		for _, want := range []string{"giving " + r.Blue.ID + " its settled configuration back", "waiting until " + r.Blue.ID, ", for 1m0s now", r.Blue.ID + " has the configuration of before everywhere"} {
			if !strings.Contains(all, want) {
				t.Errorf("the progress does not say %q:\n%s", want, all)
			}
		}

		// No apply sends viewers to it again by itself, not even one that restores what was settled.
		seq = r.World.Journal().Seq()
		if p := r.expectEmpty(t, r.releasing("two")); len(p.Diags) != 1 || p.Diags[0].Summary != "A failed release is not tried again" {
			t.Errorf("the plan says %s", p.Diags)
		}
		restoring := r.releasing("two", acctest.Config{"on_drift": "restore"})
		if d := r.apply(t, restoring).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		if w := r.Writes(seq); len(w) > 0 {
			t.Errorf("the applies after it wrote %v", acctest.Operations(w))
		}
		r.expectEmpty(t, restoring)
		r.expect(t, "blue.origin.test")
	})
}

// The release after one that was taken back needs no permission to overwrite anything,
// and its own way back leads to what was healthy.
func TestTheNextReleaseBeginsFromWhereTheActionLeft(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		r.settle(t)
		if got := r.rollBack(t, r.back()); len(got.Diags) > 0 {
			t.Fatal(got.Diags)
		}
		r.stage("third.origin.test")
		r.sicken("third.origin.test")
		third := r.releasing("three", acctest.Config{"on_failure": "roll_back"})
		expectSays(t, r.apply(t, third).Errors(), "Release failed and was rolled back")
		r.expect(t, "blue.origin.test")
		r.expectEmpty(t, third)
	})
}

func TestAHeldReleaseIsTakenBackByAnActionAndNotTriedAgain(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		r.bucket(t)
		r.hold(t)
		if got := r.rollBack(t, r.back()); len(got.Diags) > 0 {
			t.Fatal(got.Diags)
		}
		r.expect(t, "blue.origin.test")
		seq := r.World.Journal().Seq()
		said := r.apply(t, r.releasing("two")).Errors()
		expectSays(t, said, "This release has failed before")
		if len(said) == 1 && !strings.Contains(said[0].Detail, "Taken back by cdn_roll_back.") {
			t.Errorf("it does not say why:\n%s", said[0].Detail)
		}
		if w := r.Writes(seq); len(w) > 0 {
			t.Errorf("wrote %v", acctest.Operations(w))
		}
		r.expectEmptyAfter(t, r.releasing("two"))
		r.expect(t, "blue.origin.test")
	})
}

// Without a bucket, state knows the way, and a canary is over at once.
func TestStateKnowsTheWayBackToo(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		none := acctest.Config{"snapshot_bucket": nil}
		r.hold(t, none)
		if got := r.rollBack(t, r.back(r.by())); len(got.Diags) > 0 {
			t.Fatal(got.Diags)
		}
		r.expect(t, "blue.origin.test")
		// The next apply has not heard of it: only changing release back tells.
		if p, err := r.core.Plan(context.Background(), r.releasing("two", none)); err != nil || p.Empty() {
			t.Errorf("the plan is empty: %v", err)
		}
		r.expectEmptyAfter(t, r.releasing("one", none))
		seq := r.World.Journal().Seq()
		r.turn(t, true)
		if got := r.rollBack(t, r.back(r.by())); len(got.Diags) > 0 {
			t.Fatal(got.Diags)
		}
		if ops := acctest.Operations(r.Writes(seq)); !slices.Equal(ops, []string{"UpdateContinuousDeploymentPolicy"}) {
			t.Errorf("a canary took %v", ops)
		}
		r.expect(t, "blue.origin.test")
	})
}

// The way back of a settled release that state has is that release. Whoever goes it gets
// nowhere, and is told so.
func TestAWayBackThatLeadsNowhereSaysSo(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		if d := r.apply(t, r.releasing("two", acctest.Config{"snapshot_bucket": nil})).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		got := r.rollBack(t, r.back(r.by()))
		expectSays(t, got.Diags.Errors(), "The way back leads to the release itself")
		if all := strings.Join(got.Progress, "\n"); strings.Contains(all, "before") {
			t.Errorf("it tells of a way back:\n%s", all)
		}
		r.expect(t, "next.origin.test")
	})
}

// expectEmptyAfter applies, and fails the test unless a further plan is empty.
func (r *rig) expectEmptyAfter(t *testing.T, c acctest.Config) {
	t.Helper()
	if d := r.apply(t, c).Errors(); len(d) > 0 {
		t.Fatal(d)
	}
	r.expectEmpty(t, c)
}

// turn enables or disables the policy by hand.
func (r *rig) turn(t *testing.T, enabled bool) {
	t.Helper()
	r.TurnByHand(r.policy, func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.Enabled = aws.Bool(enabled) })
	r.Settle()
}

func TestAnActionThatCannotGoBackSaysWhyAndChangesNothing(t *testing.T) {
	t.Parallel()
	drift := func(r *rig) {
		r.EditByHand(r.Blue, func(c *cftypes.DistributionConfig) { c.Origins.Items[0].DomainName = aws.String("wild.origin.test") })
		r.Settle()
	}
	for _, bad := range []struct {
		name, says, at string
		world          func(t *testing.T, r *rig)
		set            func(r *rig) acctest.Config
	}{
		{name: "nothing to go back to", says: "Nothing to go back to", at: "snapshot_bucket", set: func(*rig) acctest.Config { return acctest.Config{"snapshot_bucket": nil} }},
		{name: "two ways back", says: "Two ways back", at: "way_back", set: func(*rig) acctest.Config { return acctest.Config{"way_back": "x"} }},
		{name: "staging is the primary", says: "The staging distribution is the primary", at: "staging_distribution_id", set: func(r *rig) acctest.Config {
			return acctest.Config{"staging_distribution_id": r.Blue.ID}
		}},
		{name: "primary that does not exist", says: "The primary distribution does not exist", at: "primary_distribution_id", set: func(*rig) acctest.Config {
			return acctest.Config{"primary_distribution_id": "E1NOTTHERE"}
		}},
		{name: "bucket that knows of no release", says: "Nobody has written down what there was before", set: func(*rig) acctest.Config { return nil }},
		{name: "bucket that does not exist", says: "The snapshot bucket cannot be used", at: "snapshot_bucket", set: func(*rig) acctest.Config { return acctest.Config{"snapshot_bucket": "nowhere"} }},
		{name: "way back that is none", says: "Nobody has written down what there was before", set: func(*rig) acctest.Config {
			return acctest.Config{"snapshot_bucket": nil, "way_back": "{}"}
		}},
		{name: "way back of another", says: "The way back belongs to another distribution", at: "way_back", set: func(r *rig) acctest.Config {
			way := strings.Replace(r.core.Get("way_back"), "<CallerReference>blue<", "<CallerReference>green<", 1)
			return acctest.Config{"snapshot_bucket": nil, "way_back": way}
		}},
		{name: "primary that somebody else has changed", says: "The primary has what no release of ours gave it", at: "overwrite", world: func(t *testing.T, r *rig) {
			t.Helper()
			r.settle(t)
			drift(r)
		}, set: func(*rig) acctest.Config { return nil }},
		{name: "primary that somebody else has changed, by state", says: "The primary has what no release of ours gave it", at: "overwrite", world: func(_ *testing.T, r *rig) { drift(r) }, set: (*rig).by},
	} {
		t.Run(bad.name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T, r *rig) {
				if bad.world != nil {
					bad.world(t, r)
				} else {
					r.bucket(t)
				}
				seq := r.World.Journal().Seq()
				d := r.rollBack(t, r.back(bad.set(r))).Diags
				expectSays(t, d, bad.says)
				if len(d) == 1 && (d[0].Attribute.String() != attribute(bad.at) || strings.Contains(d[0].Detail, "State records")) {
					t.Errorf("at %s it says\n%s", d[0].Attribute, d[0].Detail)
				}
				if w := r.Writes(seq); len(w) > 0 {
					t.Errorf("wrote %v", acctest.Operations(w))
				}
			})
		})
	}
}

// attribute is a path as diagnostics print it.
func attribute(name string) string {
	if name == "" {
		return ""
	}
	return `AttributeName("` + name + `")`
}

func TestWhoInsistsOverwritesWhatSomebodyElseHasChanged(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		r.settle(t)
		r.EditByHand(r.Blue, func(c *cftypes.DistributionConfig) { c.Origins.Items[0].DomainName = aws.String("wild.origin.test") })
		r.Settle()
		if got := r.rollBack(t, r.back(acctest.Config{"overwrite": true})); len(got.Diags) > 0 {
			t.Fatal(got.Diags)
		}
		r.expect(t, "blue.origin.test")
	})
}

// Viewers do not wait for a bucket, and copies are no reason to undo the way back.
func TestWhatComesBesideTheWayBackOnlyWarns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ operation, says string }{
		{"PutObject", "The way back is done, and the bucket could not be told"},
		{"CreateInvalidation", "The way back is done, and nothing was invalidated"},
	} {
		t.Run(c.operation, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T, r *rig) {
				r.settle(t)
				r.World.Faults().Add(fault.Fault{Operation: c.operation, Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "no"})
				got := r.rollBack(t, r.back(acctest.Config{"invalidate": []string{"/*"}}))
				expectSays(t, got.Diags.Warnings(), c.says)
				if len(got.Diags.Errors()) > 0 {
					t.Error(got.Diags)
				}
				r.expect(t, "blue.origin.test")
			})
		})
	}
}

// goingBack are the ways in which the action is used.
func goingBack() []matrix.Scenario {
	scenario := func(name string, before func(t *testing.T, r *rig), ask func(r *rig) acctest.Config) matrix.Scenario {
		return matrix.Scenario{
			Name: name, Action: rollBack, Ask: func(e *acctest.Env) acctest.Config { return ask(rigOf(e)) },
			Start: func(t *testing.T) (*acctest.Env, *acctest.Core) {
				t.Helper()
				return way{ask: func(r *rig) acctest.Config { return r.ask("one") }, before: before}.ordeal().Start(t)
			},
			Check: func(t *testing.T, e *acctest.Env, _ *acctest.Core) {
				t.Helper()
				rigOf(e).expect(t, "blue.origin.test")
			},
		}
	}
	return []matrix.Scenario{
		scenario("settled, by the bucket", func(t *testing.T, r *rig) { t.Helper(); r.settle(t); r.turn(t, true) }, func(r *rig) acctest.Config {
			return r.back(acctest.Config{"invalidate": []string{"/*"}})
		}),
		scenario("held, by state", func(t *testing.T, r *rig) {
			t.Helper()
			r.hold(t, acctest.Config{"snapshot_bucket": nil})
			r.turn(t, true)
		}, func(r *rig) acctest.Config {
			return r.back(r.by(), acctest.Config{"invalidate": []string{"/*"}})
		}),
	}
}

func TestGoingBackSurvivesDyingAtEveryWrite(t *testing.T) {
	t.Parallel()
	matrix.Die(t, goingBack()...)
}

func TestGoingBackSurvivesInterference(t *testing.T) {
	t.Parallel()
	// Each write is the resource's, whose ordeals are longer; here it is about what is told when.
	blips := slices.DeleteFunc(matrix.Blips(), func(in matrix.Interference) bool {
		return !slices.Contains([]string{"5xx after the effect", "stale reads", "reads fail"}, in.Name)
	})
	matrix.Interfere(t, blips, goingBack()[0])
}

func TestInterruptHoldsTheWayBack(t *testing.T) {
	t.Parallel()
	matrix.Interrupt(t, []time.Duration{1, 20 * time.Second, propagation / 2, propagation + 20*time.Second}, goingBack()[0])
}

func TestTheTableOfPermissionsIsExactAboutGoingBack(t *testing.T) {
	t.Parallel()
	matrix.PermitWith(t, rollBack, permissions.Options{Invalidate: true, Snapshots: true}, goingBack()[0])
}
