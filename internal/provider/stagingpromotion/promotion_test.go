package stagingpromotion_test

import (
	"context"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

const resourceType = "cdn_staging_promotion"

// propagation in these tests is what CloudFront's runbooks report.
const propagation = 4 * time.Minute

const www = "www.example.com"

// canaryHeader routes to staging in these tests.
var canaryHeader = map[string]any{"name": "aws-cf-cd-canary", "value": "yes"}

// A rig is a site with a staging distribution behind a policy: the primary is served by
// blue.origin.test, staging by next.origin.test.
type rig struct {
	*acctest.Env
	core    *acctest.Core
	staging acctest.Distribution
	policy  string
	tb      testing.TB
}

func site() acctest.Site {
	return acctest.Site{Names: []string{www}, Zones: []string{"example.com"}, World: awssim.Options{Propagation: propagation}}
}

// newRig builds one. The resource is not introduced yet.
func newRig(tb testing.TB, s acctest.Site) *rig {
	tb.Helper()
	e := acctest.New(tb, s)
	r := &rig{Env: e, core: acctest.NewCore(resourceType, clock.System{}, e.World.Transport()), tb: tb}
	r.pair(tb)
	return r
}

// pair makes the staging distribution and its policy, and attaches that.
func (r *rig) pair(tb testing.TB) {
	tb.Helper()
	ctx := context.Background()
	r.staging = r.Distribute("next", func(c *cftypes.DistributionConfig) { c.Staging, c.Comment = aws.Bool(true), aws.String("blue") })
	made, err := r.CloudFront.CreateContinuousDeploymentPolicy(ctx, &cloudfront.CreateContinuousDeploymentPolicyInput{
		ContinuousDeploymentPolicyConfig: &cftypes.ContinuousDeploymentPolicyConfig{
			Enabled: aws.Bool(false), StagingDistributionDnsNames: &cftypes.StagingDistributionDnsNames{Quantity: aws.Int32(1), Items: []string{r.staging.Domain}},
			TrafficConfig: &cftypes.TrafficConfig{Type: cftypes.ContinuousDeploymentPolicyTypeSingleWeight, SingleWeightConfig: &cftypes.ContinuousDeploymentSingleWeightConfig{Weight: aws.Float32(0.05)}},
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	r.policy = aws.ToString(made.ContinuousDeploymentPolicy.Id)
	r.EditByHand(r.Blue, func(c *cftypes.DistributionConfig) { c.ContinuousDeploymentPolicyId = aws.String(r.policy) })
	r.Settle()
}

// ask is a configuration that asks for a release by header, with a gate on either side.
func (r *rig) ask(release string, changes ...acctest.Config) acctest.Config {
	c := acctest.Config{
		"primary_distribution_id": r.Blue.ID, "staging_distribution_id": r.staging.ID, "policy_id": r.policy, "release": release,
		"canary": map[string]any{"header": canaryHeader, "bake_time": "2m"},
		"verify": map[string]any{
			"before": map[string]any{"probes": []any{map[string]any{"path": "/health", "body_contains": "next.origin.test"}}},
			"after":  map[string]any{"probes": []any{map[string]any{"path": "/health", "body_contains": "next.origin.test"}}},
		},
	}
	for _, change := range changes {
		maps.Copy(c, change)
	}
	return c
}

// introduce applies the resource to what is running.
func (r *rig) introduce(tb testing.TB, c acctest.Config) {
	tb.Helper()
	if d := r.core.MustConverge(context.Background(), tb, c).Errors(); len(d) > 0 {
		tb.Fatal(d)
	}
}

// running runs a test in a bubble of its own, with a rig to which the resource has been
// introduced as release one.
func running(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, site())
		r.introduce(t, r.ask("one"))
		test(t, r)
	})
}

// stage gives staging another origin, as the next release.
func (r *rig) stage(origin string) {
	r.EditByHand(r.staging, func(c *cftypes.DistributionConfig) { c.Origins.Items[0].DomainName = aws.String(origin) })
	r.Settle()
}

// origin returns where the primary gets its answers from.
func (r *rig) origin(tb testing.TB) string {
	tb.Helper()
	got, err := r.CloudFront.GetDistributionConfig(context.Background(), &cloudfront.GetDistributionConfigInput{Id: aws.String(r.Blue.ID)})
	if err != nil {
		tb.Fatal(err)
	}
	return aws.ToString(got.DistributionConfig.Origins.Items[0].DomainName)
}

// enabled says whether the policy is.
func (r *rig) enabled(tb testing.TB) bool {
	tb.Helper()
	got, err := r.CloudFront.GetContinuousDeploymentPolicyConfig(context.Background(), &cloudfront.GetContinuousDeploymentPolicyConfigInput{Id: aws.String(r.policy)})
	if err != nil {
		tb.Fatal(err)
	}
	return aws.ToBool(got.ContinuousDeploymentPolicyConfig.Enabled)
}

// expect fails the test unless the primary serves from an origin and nobody is at staging.
func (r *rig) expect(tb testing.TB, origin string) {
	tb.Helper()
	if got := r.origin(tb); got != origin {
		tb.Errorf("the primary serves from %s, want %s", got, origin)
	}
	if r.enabled(tb) {
		tb.Error("the policy is still enabled")
	}
	if got := r.Aliases(r.Blue); len(got) != 1 || got[0] != www {
		tb.Errorf("the primary has the aliases %v", got)
	}
	r.ExpectServed()
}

// expectEmpty fails the test unless a plan changes nothing, and neither do refresh and plan.
func (r *rig) expectEmpty(tb testing.TB, c acctest.Config) acctest.Plan {
	tb.Helper()
	seq := r.World.Journal().Seq()
	p, err := r.core.Plan(context.Background(), c)
	if err != nil || !p.Empty() {
		tb.Errorf("the plan is not empty: %v\nfrom %s\nto   %s", err, p.Prior, p.Planned)
	}
	if w := r.Writes(seq); len(w) > 0 {
		tb.Errorf("planning wrote: %v", w)
	}
	return p
}

// apply plans and applies, and returns the diagnostics of both.
func (r *rig) apply(tb testing.TB, c acctest.Config) acctest.Diagnostics {
	tb.Helper()
	return r.core.MustConverge(context.Background(), tb, c)
}

func operations(calls []journal.Call) []string {
	var out []string
	for _, c := range calls {
		out = append(out, c.Operation)
	}
	return out
}

func TestIntroducingThePromotionWritesNothing(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		if w := r.Writes(0); len(w) > 0 {
			t.Errorf("%d writes: %v", len(w), operations(w))
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
		if got, want := strings.Join(operations(r.Writes(seq)), " "), "UpdateContinuousDeploymentPolicy UpdateDistributionWithStagingConfig CreateInvalidation"; got != want {
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
