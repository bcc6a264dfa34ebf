package stagingpromotion_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

// A badInput is a configuration or a world that has to be refused.
type badInput struct {
	name  string
	world func(r *rig) // makes the world wrong
	edit  func(r *rig, c acctest.Config)
	// create: the resource does not exist yet; otherwise the next release meets the world.
	create bool
}

func canary(c acctest.Config) map[string]any { return c["canary"].(map[string]any) }

func gates(c acctest.Config) map[string]any { return c["verify"].(map[string]any) }

func badInputs() []badInput {
	set := func(key string, value any) func(*rig, acctest.Config) {
		return func(_ *rig, c acctest.Config) { c[key] = value }
	}
	byWeight := func(c acctest.Config, weights ...any) {
		c["canary"] = map[string]any{"weights": weights}
		delete(gates(c), "before")
	}
	return []badInput{
		{name: "staging is the primary", edit: func(r *rig, c acctest.Config) { c["staging_distribution_id"] = r.Blue.ID }},
		{name: "primary ARN", edit: func(r *rig, c acctest.Config) {
			c["primary_distribution_id"] = "arn:aws:cloudfront::123456789012:distribution/" + r.Blue.ID
		}},
		{name: "no release", edit: set("release", "")},
		{name: "weight over 15", edit: func(_ *rig, c acctest.Config) { byWeight(c, 5, 20) }},
		{name: "weight of nothing", edit: func(_ *rig, c acctest.Config) { byWeight(c, 0) }},
		{name: "weights that shrink", edit: func(_ *rig, c acctest.Config) { byWeight(c, 10, 5) }},
		{name: "canary of nothing", edit: set("canary", map[string]any{})},
		{name: "weights and header", edit: func(_ *rig, c acctest.Config) { canary(c)["weights"] = []any{5} }},
		{name: "header without the prefix", edit: func(_ *rig, c acctest.Config) {
			canary(c)["header"] = map[string]any{"name": "X-Canary", "value": "yes"}
		}},
		{name: "require_traffic with header", edit: func(_ *rig, c acctest.Config) { canary(c)["require_traffic"] = 10 }},
		{name: "traffic in no time", edit: func(_ *rig, c acctest.Config) {
			byWeight(c, 5)
			canary(c)["bake_time"] = "0s"
		}},
		{name: "gate before without a canary", edit: func(_ *rig, c acctest.Config) { delete(c, "canary") }},
		{name: "probes by weight", edit: func(_ *rig, c acctest.Config) { c["canary"] = map[string]any{"weights": []any{5}} }},
		{name: "probe of staging's own name", edit: func(r *rig, c acctest.Config) {
			gates(c)["before"] = map[string]any{"probes": []any{map[string]any{"url": "https://" + r.staging.Domain + "/health"}}}
		}},
		{name: "comparison by header", edit: func(_ *rig, c acctest.Config) { gates(c)["before"].(map[string]any)["comparison"] = map[string]any{} }},
		{name: "gate without a condition", edit: func(_ *rig, c acctest.Config) { gates(c)["after"] = map[string]any{} }},
		{name: "names with a wildcard", edit: set("names", []string{"*.example.com", "www.example.com."})},
		{name: "bakes that outlast the release", edit: set("timeouts", map[string]any{"update": "5m"})},
		{name: "unknown way to deal with drift", edit: set("on_drift", "ignore")},
		{name: "path to invalidate", edit: set("invalidate", []string{"*.html"})},

		{name: "primary that does not exist", create: true, edit: set("primary_distribution_id", "E1NOTTHERE")},
		{name: "primary that is staging", create: true, edit: func(r *rig, c acctest.Config) {
			c["primary_distribution_id"], c["staging_distribution_id"] = r.staging.ID, r.Blue.ID
		}},
		{name: "staging that is none", create: true, edit: func(r *rig, c acctest.Config) { c["staging_distribution_id"] = r.Green.ID }},
		{name: "policy that does not exist", create: true, edit: set("policy_id", "11111111-2222-3333-4444-555555555555")},
		{name: "policy that is detached", world: func(r *rig) {
			r.EditByHand(r.Blue, func(c *cftypes.DistributionConfig) { c.ContinuousDeploymentPolicyId = aws.String("") })
			r.Settle()
		}},
		{name: "price classes that differ", world: func(r *rig) { r.relock() }},
		{name: "primary that somebody else has changed", world: func(r *rig) {
			r.EditByHand(r.Blue, func(c *cftypes.DistributionConfig) { c.Origins.Items[0].DomainName = aws.String("wild.origin.test") })
			r.Settle()
		}},
		{name: "alarm that does not exist", edit: func(_ *rig, c acctest.Config) {
			gates(c)["after"] = map[string]any{"alarms": []any{map[string]any{"name": "errors"}}}
		}},
		{name: "CloudWatch denied", edit: func(_ *rig, c acctest.Config) { byWeight(c, 5) }, world: func(r *rig) {
			r.World.Allow("cloudfront:GetDistribution", "cloudfront:UpdateDistribution", "cloudfront:GetContinuousDeploymentPolicy", "cloudfront:UpdateContinuousDeploymentPolicy")
		}},
		{name: "bucket that does not exist", edit: set("snapshot_bucket", "nowhere")},
		{name: "bucket denied", edit: set("snapshot_bucket", bucket), world: func(r *rig) {
			r.bucket(r.tb)
			r.World.Allow("cloudfront:GetDistribution", "cloudfront:UpdateDistribution", "cloudfront:GetContinuousDeploymentPolicy", "cloudfront:UpdateContinuousDeploymentPolicy", "s3:GetObject", "s3:ListBucket")
		}},
		{name: "promotion denied", world: func(r *rig) {
			r.World.Allow("cloudfront:GetDistribution", "cloudfront:GetContinuousDeploymentPolicy")
		}},
		{name: "expired credentials", world: func(r *rig) {
			r.World.Faults().Add(fault.Fault{Kind: fault.Answer, Code: "ExpiredToken", Status: 403, Message: "The security token included in the request is expired"})
		}},
		{name: "promotion that AWS refuses", edit: func(_ *rig, c acctest.Config) { delete(c, "canary"); delete(gates(c), "before") }, world: func(r *rig) {
			r.World.Faults().Add(fault.Fault{Operation: "UpdateDistributionWithStagingConfig", Kind: fault.Answer, Code: "IllegalUpdate", Status: 400, Message: "The update contains modifications that are not allowed."})
		}},
	}
}

func TestBadInputIsRefusedWithAWayOutAndChangesNothing(t *testing.T) {
	t.Parallel()
	for _, bad := range badInputs() {
		t.Run(bad.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				golden.Said(t, "bad", bad.name, bad.run(t))
			})
		})
	}
}

// run returns what plan and apply say, and fails if they changed anything.
func (bad badInput) run(t *testing.T) string {
	t.Helper()
	r := newRig(t, site())
	if !bad.create {
		r.introduce(t, r.ask("one"))
	}
	if bad.world != nil {
		bad.world(r)
	}
	config := r.ask("two")
	if bad.edit != nil {
		bad.edit(r, config)
	}
	said := r.Refused(r.core, config)
	if bad.create && !r.core.State.IsNull() {
		t.Errorf("left a state behind: %s", r.core.State)
	}
	if !bad.create && r.core.Get("release") != "one" {
		t.Errorf("state has release %s", r.core.Get("release"))
	}
	return said
}

// A primary, a staging distribution and a policy that are created in the same apply are
// planned for, and adopted.
func TestWhatIsCreatedInTheSameApplyIsPlannedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, site())
		ask := r.ask("one", acctest.Config{"primary_distribution_id": acctest.Unknown, "staging_distribution_id": acctest.Unknown, "policy_id": acctest.Unknown, "release": acctest.Unknown})
		p, err := r.core.Plan(context.Background(), ask)
		if err != nil || len(p.Diags) > 0 {
			t.Fatal(err, p.Diags)
		}
		if p, err = r.core.Plan(context.Background(), r.ask("one")); err != nil {
			t.Fatal(err)
		}
		d, err := r.core.Apply(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		expectSays(t, d, "What the primary has is taken for settled")
		// A release whose name depends on what staging becomes.
		p, err = r.core.Plan(context.Background(), r.ask("one", acctest.Config{"release": acctest.Unknown}))
		if err != nil || len(p.Diags) > 0 || p.Empty() {
			t.Fatal(err, p.Diags, p.Empty())
		}
	})
}
