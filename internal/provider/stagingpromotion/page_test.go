package stagingpromotion_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/permissions"
)

// What the resource's page says is measured here.

// everything a promotion may ever need: a canary that has to be seen, an alarm, an
// invalidation, and a way back.
func everything(r *rig, release string) acctest.Config {
	c := r.byWeights(release, 1, 5)
	c["verify"].(map[string]any)["after"].(map[string]any)["alarms"] = []any{map[string]any{"name": "errors"}}
	c["invalidate"], c["snapshot_bucket"] = []string{"/*"}, bucket
	return c
}

func (r *rig) alarm(t *testing.T) {
	t.Helper()
	client := cloudwatch.NewFromConfig(aws.Config{
		Region: "us-east-1", HTTPClient: &http.Client{Transport: r.World.Transport()}, Credentials: credentials.NewStaticCredentialsProvider("AKIDBYHAND", "secret", ""),
	})
	_, err := client.PutMetricAlarm(context.Background(), &cloudwatch.PutMetricAlarmInput{
		AlarmName: aws.String("errors"), Namespace: aws.String("AWS/CloudFront"), MetricName: aws.String("5xxErrorRate"), Statistic: cwtypes.StatisticAverage,
		Dimensions: []cwtypes.Dimension{{Name: aws.String("DistributionId"), Value: aws.String(r.Blue.ID)}, {Name: aws.String("Region"), Value: aws.String("Global")}},
		Period:     aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(50), ComparisonOperator: cwtypes.ComparisonOperatorGreaterThanThreshold,
		TreatMissingData: aws.String("notBreaching"),
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = r.World.Clock().Sleep(context.Background(), 5*time.Minute)
}

// life is a release, and one that is taken back, with a policy of IAM.
func (r *rig) life(t *testing.T, policy string) (said acctest.Diagnostics) {
	t.Helper()
	r.alarm(t)
	r.bucket(t)
	if err := r.World.Restrict(policy); err != nil {
		t.Fatal(err)
	}
	leave := r.view(t, 5, time.Second)
	defer leave()
	for _, release := range []string{"one", "two"} {
		d := r.apply(t, everything(r, release))
		if said = append(said, d...); len(d.Errors()) > 0 {
			return said
		}
	}
	r.World.Allow()
	r.stage("third.origin.test")
	if err := r.World.Restrict(policy); err != nil {
		t.Fatal(err)
	}
	d := r.apply(t, everything(r, "three"))
	if len(d.Errors()) == 1 && d.Errors()[0].Summary == "Release failed and was rolled back" { // its answers are another origin's
		d = d.Warnings()
	}
	return append(said, d...)
}

func (r *rig) scope() permissions.Options {
	arn := func(id string) string { return "arn:aws:cloudfront::" + r.World.Account() + ":distribution/" + id }
	return permissions.Options{Invalidate: true, Alarms: true, Metrics: true, Snapshots: true, Distributions: []string{arn(r.Blue.ID), arn(r.staging.ID)}, Buckets: []string{"arn:aws:s3:::" + bucket}}
}

func TestThePolicyToApplyIsEnoughAndHasNothingToSpare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, site())
		policy, err := permissions.Policy(permissions.Apply, []string{resourceType}, r.scope())
		if err != nil {
			t.Fatal(err)
		}
		if d := r.life(t, policy).Errors(); len(d) > 0 {
			t.Errorf("with %s:\n%s", policy, d)
		}
		matrix.Exact(t, r.Env, 0, permissions.Apply, resourceType, r.scope())
	})
}

// What the function says when it is told nothing but the kind is enough for a release
// that is configured with nothing but what it must say.
func TestTheFunctionsPolicyIsEnoughForAReleaseByDefault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, site())
		policy, ferr, err := acctest.Call(t.Context(), "iam_policy", "apply", []string{resourceType})
		if err != nil || ferr != nil {
			t.Fatal(err, ferr)
		}
		if err := r.World.Restrict(policy.(string)); err != nil {
			t.Fatal(err)
		}
		leave := r.view(t, 50, time.Second)
		defer leave()
		for _, release := range []string{"one", "two"} {
			c := acctest.Config{"primary_distribution_id": r.Blue.ID, "staging_distribution_id": r.staging.ID, "policy_id": r.policy, "release": release, "canary": map[string]any{"weights": []any{5}}}
			if d := r.apply(t, c).Errors(); len(d) > 0 {
				t.Fatalf("release %s with\n%s\n%s", release, policy, d)
			}
		}
		matrix.Exact(t, r.Env, 0, permissions.Apply, resourceType, permissions.Options{})
	})
}

func TestWithoutOneActionAnApplyNamesIt(t *testing.T) {
	t.Parallel()
	for _, g := range permissions.Grants(permissions.Apply, []string{resourceType}, permissions.Options{Invalidate: true, Alarms: true, Metrics: true, Snapshots: true}) {
		if g.Together { // nobody misses it
			continue
		}
		t.Run(g.Action, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, site())
				policy, err := permissions.Without(g.Action, permissions.Apply, []string{resourceType}, r.scope())
				if err != nil {
					t.Fatal(err)
				}
				if said := r.life(t, policy); !strings.Contains(said.String(), "Allow "+g.Action) {
					t.Errorf("it is not named:\n%s", said)
				}
			})
		})
	}
}

func TestThePolicyToPlanIsEnoughAndHasNothingToSpare(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		seq := r.World.Journal().Seq()
		policy, err := permissions.Policy(permissions.Plan, []string{resourceType}, r.scope())
		if err == nil {
			err = r.World.Restrict(policy)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, release := range []string{"one", "two"} {
			if p, err := r.core.Plan(context.Background(), r.ask(release)); err != nil || len(p.Diags) > 0 {
				t.Error(err, p.Diags)
			}
		}
		matrix.Exact(t, r.Env, seq, permissions.Plan, resourceType, r.scope())
	})
}

// What the page says about costs is measured here, with the default poll_interval and
// bake times.
func TestThePageShowsWhatItCosts(t *testing.T) {
	t.Parallel()
	byDefault := func(c acctest.Config) acctest.Config {
		canary(c)["bake_time"] = nil
		return c
	}
	header := func(r *rig, release string) acctest.Config { return byDefault(r.ask(release)) }
	weights := func(r *rig, release string) acctest.Config { return byDefault(r.byWeights(release, 1, 5, 15)) }
	for _, tt := range []struct {
		what   string
		ask    func(r *rig, release string) acctest.Config
		before func(r *rig)
		fails  bool
	}{
		{what: "a release with `header`", ask: header},
		{what: "a release with `weights = [5, 15]`", ask: weights},
		{what: "a canary that fails at once, and its way back", ask: header, before: func(r *rig) { r.sicken("next.origin.test") }, fails: true},
		{what: "a promotion that fails at once, and its way back", before: func(r *rig) { r.sicken("next.origin.test") }, fails: true, ask: func(r *rig, release string) acctest.Config {
			return r.ask(release, afterOnly)
		}},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, site())
				r.introduce(t, tt.ask(r, "one"))
				if tt.before != nil {
					tt.before(r)
				}
				leave := r.view(t, 4, 5*time.Second)
				defer leave()
				shows := func(what string, do func()) {
					r.ShowsCost("../../../templates/resources/staging_promotion.md.tmpl", what, do)
				}
				shows(tt.what, func() {
					if d := r.apply(t, tt.ask(r, "two")).Errors(); len(d) > 0 != tt.fails {
						t.Error(d)
					}
				})
				shows("a plan", func() { r.expectEmpty(t, tt.ask(r, "two")) })
			})
		})
	}
}
