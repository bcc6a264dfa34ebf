package behaviorswitch_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/permissions"
)

// everyVersion is what a policy is confined to.
const everyVersion = "arn:aws:lambda:us-east-1:123456789012:function:shop:*"

// release is a release of a function: one version leaves the distribution, and another
// one comes.
func release() matrix.Scenario {
	one, two := everyVersion[:len(everyVersion)-1]+"1", everyVersion[:len(everyVersion)-1]+"2"
	return matrix.Scenario{
		Name: "another version",
		Start: func(t *testing.T) (*acctest.Env, *acctest.Core) {
			t.Helper()
			s := open(t, "/api/*")
			if got := s.publish(t, "one"); got != one {
				t.Fatalf("published %s", got)
			}
			_ = clock.System{}.Sleep(context.Background(), time.Minute)
			c := core(s.Env)
			mustApplyFirst(t, s, c, one)
			s.publish(t, "two")
			_ = clock.System{}.Sleep(context.Background(), time.Minute)
			return s.Env, c
		},
		Ask: func(e *acctest.Env) acctest.Config { return of(e).released(two) },
		Check: func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			t.Helper()
			if of(e).runs(t) != two || c.Get("phase") != "settled" {
				t.Errorf("%s, phase %q", of(e).runs(t), c.Get("phase"))
			}
		},
	}
}

// watched is a cutover whose gate asks CloudWatch, for an alarm and for a metric.
func watched() matrix.Scenario {
	return matrix.Scenario{
		Name: "watched",
		Start: func(t *testing.T) (*acctest.Env, *acctest.Core) {
			t.Helper()
			s := open(t, "/api/*")
			hands := cloudwatch.NewFromConfig(aws.Config{
				Region: "us-east-1", HTTPClient: &http.Client{Transport: s.World.Transport()}, Credentials: credentials.NewStaticCredentialsProvider("AKIDBYHAND", "secret", ""),
			})
			if _, err := hands.PutMetricAlarm(context.Background(), &cloudwatch.PutMetricAlarmInput{
				AlarmName: aws.String("errors"), Namespace: aws.String("AWS/CloudFront"), MetricName: aws.String("5xxErrorRate"), Statistic: cwtypes.StatisticAverage,
				Dimensions: []cwtypes.Dimension{{Name: aws.String("DistributionId"), Value: aws.String(s.ID)}, {Name: aws.String("Region"), Value: aws.String("Global")}},
				Period:     aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(50), ComparisonOperator: cwtypes.ComparisonOperatorGreaterThanThreshold,
				TreatMissingData: aws.String("notBreaching"),
			}); err != nil {
				t.Fatal(err)
			}
			c := core(s.Env)
			mustApply(t, c, gated(s.toward("blue", "/api/*")))
			go func() { // a viewer, for as long as the test lasts
				viewer := &http.Client{Transport: s.World.Transport()}
				for ctx := t.Context(); ctx.Err() == nil; _ = (clock.System{}).Sleep(ctx, 10*time.Second) {
					req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://www.example.com/api/items", nil)
					if err != nil {
						return
					}
					if resp, err := viewer.Do(req); err == nil {
						_ = resp.Body.Close() // nothing to be done about it
					}
				}
			}()
			_ = clock.System{}.Sleep(context.Background(), 10*time.Minute)
			return s.Env, c
		},
		Ask: func(e *acctest.Env) acctest.Config {
			c := of(e).toward("green", "/api/*")
			c["verify"], c["bake_time"] = map[string]any{"after": map[string]any{
				"alarms":  []any{map[string]any{"name": "errors"}},
				"metrics": []any{map[string]any{"name": "5xxErrorRate", "maximum": 1, "dimensions": map[string]any{"DistributionId": e.Blue.ID, "Region": "Global"}}},
			}}, "10m"
			return c
		},
		Check: func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			t.Helper()
			if got := of(e).uses(t)["/api/*"]; got != "app-green" || c.Get("phase") != "settled" {
				t.Errorf("%s, phase %q", got, c.Get("phase"))
			}
		},
	}
}

// With what the table has, and no more, everything works, and whoever lacks one action is
// told which; but for the one that a switch can do without.
func TestWithoutOneActionADiagnosticNamesIt(t *testing.T) {
	t.Parallel()
	matrix.PermitWith(t, resourceType, permissions.Options{Invalidate: true, Functions: true, Alarms: true, Metrics: true, Versions: []string{everyVersion}}, append(scenarios(), release(), watched())...)
}

// A policy that is confined to the distribution and to the function is enough, and a plan
// reads the distribution alone.
func TestTheTableOfPermissionsIsExact(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		r := release()
		e, c := r.Start(t)
		o := permissions.Options{
			Invalidate: true, Functions: true, Versions: []string{everyVersion},
			Distributions: []string{"arn:aws:cloudfront::" + e.World.Account() + ":distribution/" + e.Blue.ID},
		}
		use := func(mode permissions.Mode, do func()) {
			policy, err := permissions.Policy(mode, []string{resourceType}, o)
			if err == nil {
				err = e.World.Restrict(policy)
			}
			if err != nil {
				t.Fatal(err)
			}
			before := e.World.Journal().Seq()
			do()
			matrix.Exact(t, e, before, mode, resourceType, o)
		}
		use(permissions.Plan, func() {
			if p, err := c.Plan(context.Background(), r.Ask(e)); err != nil || len(p.Diags) > 0 || p.Empty() {
				t.Errorf("%v\n%s", err, p.Diags)
			}
		})
		use(permissions.Apply, func() { mustApply(t, c, r.Ask(e)) })
		e.World.Allow()
		r.Check(t, e, c)
	})
}

// Where nobody may ask whether a version is ready, a write is tried until timeouts and no
// longer, and the error says what CloudFront answered.
func TestAVersionThatNeverGetsReadyIsTriedUntilTheTimeout(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		r := release()
		e, c := r.Start(t)
		s := of(e)
		var allowed []string
		for _, g := range permissions.Grants(permissions.Apply, []string{resourceType}, permissions.Options{Invalidate: true, Functions: true}) {
			if g.Action != "lambda:GetFunctionConfiguration" && g.Action != "lambda:EnableReplication*" { // so that CloudFront never takes it
				allowed = append(allowed, g.Action)
			}
		}
		config := r.Ask(e)
		config["timeouts"] = map[string]any{"update": "20m"}
		s.World.Allow(allowed...)
		before, began := s.World.Journal().Seq(), s.World.Clock().Now()
		d := c.MustConverge(context.Background(), t, config).Errors()
		took := s.World.Clock().Now().Sub(began)
		s.World.Allow()
		if len(d) != 1 || !strings.Contains(d[0].Detail, "Most likely `lambda:EnableReplication*` is not allowed") || !strings.Contains(d[0].Detail, "`lambda:GetFunctionConfiguration`") {
			t.Errorf("said:\n%s", d)
		}
		if took < 19*time.Minute || took > 22*time.Minute {
			t.Errorf("took %s, with 20 minutes", took)
		}
		if ops := s.Effects(before); len(ops) > 0 || len(s.Writes(before)) < 10 {
			t.Errorf("tried %d writes, of which %q had an effect", len(s.Writes(before)), ops)
		}
		if got := s.runs(t); !strings.HasSuffix(got, ":1") {
			t.Errorf("it runs %s", got)
		}
		if slices.Contains(allowed, "lambda:GetFunctionConfiguration") {
			t.Error("this proves nothing")
		}
	})
}
