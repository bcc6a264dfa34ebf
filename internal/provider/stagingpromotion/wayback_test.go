package stagingpromotion_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

func TestACanaryThatFailsIsTakenBackAndNotTriedAgain(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		r.sicken("next.origin.test")
		seq := r.World.Journal().Seq()
		expectSays(t, r.apply(t, r.ask("two")).Errors(), "Release failed and was rolled back")
		if got, want := strings.Join(acctest.Operations(r.Writes(seq)), " "), "UpdateContinuousDeploymentPolicy UpdateContinuousDeploymentPolicy"; got != want {
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
		again := r.ask("two", acctest.Config{"retry": "repaired, it was said"})
		expectSays(t, r.apply(t, again).Errors(), "Release failed and was rolled back")
		expectSays(t, r.expectEmpty(t, again).Diags, "A failed release is not tried again")
		expectSays(t, r.apply(t, r.ask("two")), "A failed release is not tried again") // and without one
		if r.core.Get("release") != "one" || r.core.Get("phase") != "rolled_back" {
			t.Errorf("state %s", r.core.State)
		}
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

func TestAFailedCreateLeavesNoState(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, site())
		r.World.Faults().Add(fault.Fault{Operation: "GetDistribution", Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "No."})
		if d := r.apply(t, r.ask("one")).Errors(); len(d) != 1 {
			t.Errorf("what cannot be seen is adopted: %s", d)
		}
		if !r.core.State.IsNull() || r.core.Tainted {
			t.Errorf("a failed create left a state: %s", r.core.State)
		}
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

func TestAPromotionThatFailsIsTakenBackAndNotTriedAgain(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		before := r.core.Get("settled_fingerprint")
		r.sicken("next.origin.test")
		seq := r.World.Journal().Seq()
		ask := r.ask("two", afterOnly, acctest.Config{"invalidate": []string{"/*"}})
		expectSays(t, r.apply(t, ask).Errors(), "Release failed and was rolled back")
		if got, want := strings.Join(acctest.Operations(r.Writes(seq)), " "), "UpdateDistributionWithStagingConfig UpdateDistribution CreateInvalidation"; got != want {
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
		if got := strings.Join(acctest.Operations(r.Writes(seq)), " "); got != "CreateInvalidation" || r.core.Get("phase") != "rolled_back" || r.core.Get("release") != "one" {
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
		if got, want := strings.Join(acctest.Operations(r.Writes(seq)), " "), "UpdateDistributionWithStagingConfig"; got != want {
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
