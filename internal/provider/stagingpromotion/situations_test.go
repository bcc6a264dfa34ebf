package stagingpromotion_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// within returns a string in an object attribute of the state.
func within(c *acctest.Core, attribute, name string) string {
	v, _, err := tftypes.WalkAttributePath(c.State, tftypes.NewAttributePath().WithAttributeName(attribute).WithAttributeName(name))
	if err != nil {
		return ""
	}
	var s *string
	if tv, ok := v.(tftypes.Value); ok && tv.As(&s) == nil && s != nil {
		return *s
	}
	return ""
}

// expectSays fails the test unless there is one diagnostic, with a summary.
func expectSays(tb testing.TB, d acctest.Diagnostics, summary string) {
	tb.Helper()
	if len(d) != 1 || d[0].Summary != summary {
		tb.Errorf("says:\n%s\nwant %q", d, summary)
	}
}

func (r *rig) sicken(origins ...string) {
	for _, o := range origins {
		r.World.Origins().Put(o, origin.State{Status: 503})
	}
}

func (r *rig) heal(origins ...string) {
	for _, o := range origins {
		r.World.Origins().Put(o, origin.State{})
	}
}

func TestACanaryThatFailsIsTakenBackAndNotTriedAgain(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		r.sicken("next.origin.test")
		seq := r.World.Journal().Seq()
		expectSays(t, r.apply(t, r.ask("two")).Errors(), "Release failed and was rolled back")
		if got, want := strings.Join(operations(r.Writes(seq)), " "), "UpdateContinuousDeploymentPolicy UpdateContinuousDeploymentPolicy"; got != want {
			t.Errorf("made %s, want %s", got, want)
		}
		if r.core.Get("release") != "one" || r.core.Get("phase") != "rolled_back" || within(r.core, "failed", "release") != "two" {
			t.Errorf("state %s", r.core.State)
		}
		if got := acctest.Strings(r.core.State, "steps"); len(got) > 0 {
			t.Errorf("state has %q, which a plan of the same would hide", got)
		}
		if r.origin(t) != "blue.origin.test" || r.enabled(t) {
			t.Errorf("the primary serves from %s, the policy is enabled: %v", r.origin(t), r.enabled(t))
		}
		expectSays(t, r.expectEmpty(t, r.ask("two")).Diags, "A failed release is not tried again")
		// Asking for what there is is no release either.
		r.expectEmpty(t, r.ask("one"))
		expectSays(t, r.expectEmpty(t, r.ask("two")).Diags, "A failed release is not tried again")
		r.heal("next.origin.test")
		if d := r.apply(t, r.ask("two", acctest.Config{"retry": "repaired"})).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		if r.origin(t) != "next.origin.test" {
			t.Errorf("the primary serves from %s", r.origin(t))
		}
		r.expectEmpty(t, r.ask("two", acctest.Config{"retry": "repaired"}))
	})
}

// A new value of retry opens the latch until the release was tried: a run that something
// stopped before its first write has not.
func TestARetryThatDidNotGetToTryIsNotUsedUp(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		r.sicken("next.origin.test")
		expectSays(t, r.apply(t, r.ask("two")).Errors(), "Release failed and was rolled back")
		r.heal("next.origin.test")
		again := r.ask("two", acctest.Config{"retry": "repaired"})
		r.AttachByHand(r.Blue, "")
		r.Settle()
		expectSays(t, r.apply(t, again).Errors(), "The policy is not attached to the primary")
		expectSays(t, r.expectEmpty(t, r.ask("two")).Diags, "A failed release is not tried again")
		r.AttachByHand(r.Blue, r.policy)
		r.Settle()
		if d := r.apply(t, again); len(d) > 0 {
			t.Fatal(d)
		}
		r.expect(t, "next.origin.test")
		r.expectEmpty(t, again)
	})
}

// afterOnly is a release without a canary: what the promotion does is seen afterwards.
var afterOnly = acctest.Config{"canary": nil, "verify": map[string]any{
	"after": map[string]any{"probes": []any{map[string]any{"path": "/health", "body_contains": "next.origin.test"}}},
}}

func TestAPromotionThatFailsIsTakenBackAndNotTriedAgain(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		before := r.core.Get("settled_fingerprint")
		r.sicken("next.origin.test")
		seq := r.World.Journal().Seq()
		ask := r.ask("two", afterOnly, acctest.Config{"invalidate": []string{"/*"}})
		expectSays(t, r.apply(t, ask).Errors(), "Release failed and was rolled back")
		if got, want := strings.Join(operations(r.Writes(seq)), " "), "UpdateDistributionWithStagingConfig UpdateDistribution CreateInvalidation"; got != want {
			t.Errorf("made %s, want %s", got, want)
		}
		if r.core.Get("release") != "one" || r.core.Get("phase") != "rolled_back" || !sameContent(r.core.Get("primary_fingerprint"), before) {
			t.Errorf("state %s", r.core.State)
		}
		r.heal("next.origin.test")
		if r.origin(t) != "blue.origin.test" {
			t.Errorf("the primary serves from %s", r.origin(t))
		}
		if got := r.Aliases(r.Blue); len(got) != 1 {
			t.Errorf("the primary has the aliases %v", got)
		}
		expectSays(t, r.expectEmpty(t, ask).Diags, "A failed release is not tried again")
		// Another configuration of staging is another release, whatever it is called.
		r.stage("better.origin.test")
		p, err := r.core.Plan(context.Background(), ask)
		if err != nil || p.Empty() || len(p.Diags) > 0 {
			t.Errorf("err %v, empty %v, says %s", err, p.Empty(), p.Diags)
		}
	})
}

// What a rollback could not invalidate is the release that failed: the edge locations go on
// serving it, so the apply says so and the next plan shows what is left to do.
func TestARollbackThatCouldNotInvalidateSaysSoAndAsksAgain(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		r.sicken("next.origin.test")
		r.World.Faults().Add(fault.Fault{Operation: "CreateInvalidation", Count: 1, Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "User is not authorized to perform cloudfront:CreateInvalidation"})
		ask := r.ask("two", afterOnly, acctest.Config{"invalidate": []string{"/*"}})
		d := r.apply(t, ask)
		expectSays(t, d.Errors(), "Release failed and was rolled back")
		expectSays(t, d.Warnings(), "The way back is done, and nothing was invalidated")
		p := r.expectFull(t, ask)
		expectSays(t, p.Diags, "A failed release is not tried again")
		if got, want := strings.Join(acctest.Strings(p.Planned, "steps"), "; "), "invalidate /* on "+r.Blue.ID; got != want {
			t.Errorf("the plan shows %q, want %q", got, want)
		}
		seq := r.World.Journal().Seq()
		if d, err := r.core.Apply(context.Background(), p); err != nil || len(d) > 0 {
			t.Fatal(err, d)
		}
		if got := strings.Join(operations(r.Writes(seq)), " "); got != "CreateInvalidation" || r.core.Get("phase") != "rolled_back" || r.core.Get("release") != "one" {
			t.Errorf("made %s, state %s", got, r.core.State)
		}
		expectSays(t, r.expectEmpty(t, ask).Diags, "A failed release is not tried again")
	})
}

func TestTheWayBackLeavesAliasesCertificateAndPolicyAsTheyAreNow(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		renewed := r.Certify(www, "*.example.com")
		config := func() *cftypes.DistributionConfig {
			got, err := r.CloudFront.GetDistributionConfig(context.Background(), &cloudfront.GetDistributionConfigInput{Id: aws.String(r.Blue.ID)})
			if err != nil {
				t.Fatal(err)
			}
			return got.DistributionConfig
		}
		// A certificate is renewed on both sides while the policy is detached.
		r.EditByHand(r.Blue, func(c *cftypes.DistributionConfig) { c.ContinuousDeploymentPolicyId = aws.String("") })
		for _, d := range []acctest.Distribution{r.Blue, r.staging} {
			r.EditByHand(d, func(c *cftypes.DistributionConfig) { c.ViewerCertificate.ACMCertificateArn = aws.String(renewed) })
		}
		r.EditByHand(r.Blue, func(c *cftypes.DistributionConfig) { c.ContinuousDeploymentPolicyId = aws.String(r.policy) })
		r.Settle()
		r.expectEmpty(t, r.ask("one")) // it is no drift of a release
		reference := aws.ToString(config().CallerReference)
		r.sicken("next.origin.test")
		expectSays(t, r.apply(t, r.ask("two", afterOnly)).Errors(), "Release failed and was rolled back")
		got := config()
		if aws.ToString(got.ViewerCertificate.ACMCertificateArn) != renewed || aws.ToString(got.ContinuousDeploymentPolicyId) != r.policy || aws.ToString(got.CallerReference) != reference || aws.ToBool(got.Staging) ||
			aws.ToString(got.Origins.Items[0].DomainName) != "blue.origin.test" {
			t.Errorf("the primary has %+v", got)
		}
	})
}

func TestOnFailureHoldLeavesViewersWhereTheyAre(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		hold := acctest.Config{"on_failure": "hold"}
		r.sicken("next.origin.test")
		expectSays(t, r.apply(t, r.ask("two", hold)).Errors(), "The canary is not healthy")
		if !r.enabled(t) || r.core.Get("phase") != "canary" || r.core.Get("release") != "one" || within(r.core, "attempt", "release") != "two" {
			t.Errorf("enabled %v, state %s", r.enabled(t), r.core.State)
		}
		// Healthy again, it carries on where it was.
		r.heal("next.origin.test")
		seq := r.World.Journal().Seq()
		if d := r.apply(t, r.ask("two", hold)).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		if got, want := strings.Join(operations(r.Writes(seq)), " "), "UpdateDistributionWithStagingConfig"; got != want {
			t.Errorf("made %s, want %s", got, want)
		}
		r.expectEmpty(t, r.ask("two", hold))
		// After the promotion.
		r.stage("third.origin.test")
		r.sicken("third.origin.test")
		held := r.ask("three", afterOnly, hold)
		expectSays(t, r.apply(t, held).Errors(), "The release is not healthy")
		if r.origin(t) != "third.origin.test" || r.core.Get("phase") != "promoted" || r.core.Get("release") != "two" {
			t.Errorf("serves from %s, state %s", r.origin(t), r.core.State)
		}
		// Changing release back undoes it.
		p, err := r.core.Plan(context.Background(), r.ask("two", afterOnly, hold))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(acctest.Strings(p.Planned, "steps"), "; "); !strings.Contains(got, "settled configuration back") {
			t.Errorf("the plan shows %s", got)
		}
		if d, err := r.core.Apply(context.Background(), p); err != nil || len(d.Errors()) > 0 {
			t.Fatal(err, d)
		}
		if r.origin(t) != "next.origin.test" || r.core.Get("phase") != "settled" {
			t.Errorf("serves from %s, state %s", r.origin(t), r.core.State)
		}
		r.expectEmpty(t, r.ask("two", afterOnly, hold))
	})
}

func TestAReleaseThatIsNotAskedForAnyMoreIsTakenBack(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		r.sicken("next.origin.test")
		r.apply(t, r.ask("two", acctest.Config{"on_failure": "hold"}))
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

func (r *rig) enabledByHand(tb testing.TB) *cloudfront.UpdateContinuousDeploymentPolicyInput {
	tb.Helper()
	got, err := r.CloudFront.GetContinuousDeploymentPolicyConfig(context.Background(), &cloudfront.GetContinuousDeploymentPolicyConfigInput{Id: aws.String(r.policy)})
	if err != nil {
		tb.Fatal(err)
	}
	got.ContinuousDeploymentPolicyConfig.Enabled = aws.Bool(true)
	return &cloudfront.UpdateContinuousDeploymentPolicyInput{Id: aws.String(r.policy), IfMatch: got.ETag, ContinuousDeploymentPolicyConfig: got.ContinuousDeploymentPolicyConfig}
}

// promoteByHand promotes staging as somebody with a console would.
func (r *rig) promoteByHand(tb testing.TB) {
	tb.Helper()
	ctx := context.Background()
	var etags []string
	for _, d := range []acctest.Distribution{r.Blue, r.staging} {
		got, err := r.CloudFront.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: aws.String(d.ID)})
		if err != nil {
			tb.Fatal(err)
		}
		etags = append(etags, aws.ToString(got.ETag))
	}
	_, err := r.CloudFront.UpdateDistributionWithStagingConfig(ctx, &cloudfront.UpdateDistributionWithStagingConfigInput{
		Id: aws.String(r.Blue.ID), StagingDistributionId: aws.String(r.staging.ID), IfMatch: aws.String(strings.Join(etags, ", ")),
	})
	if err != nil {
		tb.Fatal(err)
	}
	r.Settle()
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
			t.Errorf("adopting wrote %v", operations(w))
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
				t.Errorf("wrote %v, state %s", operations(w), r.core.State)
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
				t.Errorf("accepting wrote %v", operations(w))
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
				t.Errorf("wrote %v", operations(w))
			}
		})
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
					t.Errorf("wrote %v", operations(w))
				}
				if r.core.Get("release") != "one" || r.core.Get("phase") != "settled" {
					t.Errorf("state %s", r.core.State)
				}
				expectSays(t, r.expectFull(t, ask).Diags.Warnings(), c.summary)
			})
		})
	}
}

// expectFull fails the test if a plan changes nothing.
func (r *rig) expectFull(tb testing.TB, c acctest.Config) acctest.Plan {
	tb.Helper()
	p, err := r.core.Plan(context.Background(), c)
	if err != nil || p.Empty() {
		tb.Errorf("err %v, empty %v", err, p.Empty())
	}
	return p
}

// relock makes the price classes differ behind a policy that was attached before.
func (r *rig) relock() {
	r.EditByHand(r.Blue, func(c *cftypes.DistributionConfig) { c.ContinuousDeploymentPolicyId = aws.String("") })
	r.EditByHand(r.Blue, func(c *cftypes.DistributionConfig) { c.PriceClass = cftypes.PriceClassPriceClass100 })
	r.Settle()
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

func TestDestroyingWritesNothing(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		seq := r.World.Journal().Seq()
		if d := r.apply(t, nil); len(d) > 0 {
			t.Error(d)
		}
		if calls := r.Writes(seq); len(calls) > 0 || !r.core.State.IsNull() {
			t.Errorf("made %v, state %s", operations(calls), r.core.State)
		}
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
