package behaviorswitch_test

import (
	"maps"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// Whatever a source of evidence gives instead of evidence: before the change no behaviour
// is changed, and after it the cutover is not settled.
func TestNothingPassesWithoutEvidence(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) (*acctest.Env, *acctest.Core) {
		t.Helper()
		s := open(t, "/api/*")
		c := core(s.Env)
		mustApply(t, c, s.toward("blue", "/api/*"))
		return s.Env, c
	}
	ask := func(when, bake string) func(*acctest.Env, map[string]any) acctest.Config {
		return func(e *acctest.Env, asked map[string]any) acctest.Config {
			asked = maps.Clone(asked)
			asked["interval"] = "1s"
			c := of(e).toward("green", "/api/*")
			c["verify"], c["bake_time"] = map[string]any{when: asked}, bake
			return c
		}
	}
	matrix.NeverPasses(
		t,
		matrix.Evidence{
			Name: "before it", Start: start, AtOnce: true, Ask: ask("before", "0s"),
			Probe:   map[string]any{"url": "http://app-green.origin.test/health", "samples": 1, "body_contains": "app-green"},
			Sources: []matrix.Source{matrix.Probes, matrix.MetricAlarm, matrix.CustomMetric},
			Passed: func(t *testing.T, e *acctest.Env, _ *acctest.Core) bool {
				t.Helper()
				return of(e).uses(t)["/api/*"] == "app-green"
			},
		},
		matrix.Evidence{
			Name: "after it", Start: start, Ask: ask("after", "30s"),
			Probe:   map[string]any{"path": "/api/health", "scheme": "http", "samples": 1, "body_contains": "app-green"},
			Sources: []matrix.Source{matrix.Probes, matrix.MetricAlarm, matrix.CompositeAlarm, matrix.LogAlarm, matrix.CustomMetric, matrix.Requests, matrix.Comparison},
			Passed: func(_ *testing.T, _ *acctest.Env, c *acctest.Core) bool {
				return c.Get("phase") == "settled"
			},
		},
	)
}
