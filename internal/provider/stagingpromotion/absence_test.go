package stagingpromotion_test

import (
	"maps"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// Whatever a source of evidence gives instead of evidence: the canary is not promoted, and
// what was promoted is not settled.
func TestNothingPassesWithoutEvidence(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) (*acctest.Env, *acctest.Core) {
		t.Helper()
		r := newRig(t, site())
		rigs.Store(r.Env, r)
		t.Cleanup(func() { rigs.Delete(r.Env) })
		r.introduce(t, r.ask("one"))
		return r.Env, r.core
	}
	all := []matrix.Source{matrix.Probes, matrix.MetricAlarm, matrix.CompositeAlarm, matrix.LogAlarm, matrix.CustomMetric, matrix.Requests, matrix.Comparison}
	probe := map[string]any{"path": "/health", "samples": 1, "body_contains": "next.origin.test"}
	matrix.NeverPasses(
		t,
		matrix.Evidence{
			Name: "the canary", Start: start, Probe: probe, Sources: all,
			Ask: func(e *acctest.Env, asked map[string]any) acctest.Config {
				canary := map[string]any{"weights": []any{5}, "bake_time": "30s", "require_traffic": 0}
				if asked["probes"] != nil {
					canary = map[string]any{"header": canaryHeader, "bake_time": "30s"}
				}
				if n := asked["minimum_requests"]; n != nil {
					canary["require_traffic"] = n
					return rigOf(e).ask("two", acctest.Config{"canary": canary, "verify": nil})
				}
				asked = maps.Clone(asked)
				asked["interval"] = "1s"
				return rigOf(e).ask("two", acctest.Config{"canary": canary, "verify": map[string]any{"before": asked}})
			},
			Passed: func(t *testing.T, e *acctest.Env, _ *acctest.Core) bool {
				t.Helper()
				return rigOf(e).origin(t) == "next.origin.test"
			},
		},
		matrix.Evidence{
			Name: "the promotion", Start: start, Probe: probe, Sources: all,
			Ask: func(e *acctest.Env, asked map[string]any) acctest.Config {
				asked = maps.Clone(asked)
				asked["interval"] = "1s"
				return rigOf(e).ask("two", acctest.Config{
					"canary": map[string]any{"header": canaryHeader, "bake_time": "30s"}, "verify": map[string]any{"after": asked}, "bake_time": "30s",
				})
			},
			Passed: func(t *testing.T, e *acctest.Env, c *acctest.Core) bool {
				t.Helper()
				return rigOf(e).origin(t) == "next.origin.test" && c.Get("phase") == "settled"
			},
		},
	)
}
