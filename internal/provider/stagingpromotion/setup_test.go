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
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
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

// expectFull fails the test if a plan changes nothing.
func (r *rig) expectFull(tb testing.TB, c acctest.Config) acctest.Plan {
	tb.Helper()
	p, err := r.core.Plan(context.Background(), c)
	if err != nil || p.Empty() {
		tb.Errorf("err %v, empty %v", err, p.Empty())
	}
	return p
}

// apply plans and applies, and returns the diagnostics of both.
func (r *rig) apply(tb testing.TB, c acctest.Config) acctest.Diagnostics {
	tb.Helper()
	return r.core.MustConverge(context.Background(), tb, c)
}

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

// afterOnly is a release without a canary: what the promotion does is seen afterwards.
var afterOnly = acctest.Config{"canary": nil, "verify": map[string]any{
	"after": map[string]any{"probes": []any{map[string]any{"path": "/health", "body_contains": "next.origin.test"}}},
}}

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

// relock makes the price classes differ behind a policy that was attached before.
func (r *rig) relock() {
	r.EditByHand(r.Blue, func(c *cftypes.DistributionConfig) { c.ContinuousDeploymentPolicyId = aws.String("") })
	r.EditByHand(r.Blue, func(c *cftypes.DistributionConfig) { c.PriceClass = cftypes.PriceClassPriceClass100 })
	r.Settle()
}

// primaryGets gives the primary another origin behind the provider's back.
func (r *rig) primaryGets(origin string) {
	r.EditByHand(r.Blue, func(c *cftypes.DistributionConfig) { c.Origins.Items[0].DomainName = aws.String(origin) })
}

// after runs f once a call has been made.
func (r *rig) after(operation string, f func()) {
	seq := r.World.Journal().Seq()
	go func() {
		for range 10000 {
			for _, c := range r.Writes(seq) {
				if c.Operation == operation && c.Effect {
					f()
					return
				}
			}
			_ = r.World.Clock().Sleep(context.Background(), time.Second)
		}
	}()
}
