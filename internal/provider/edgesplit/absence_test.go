package edgesplit_test

import (
	"maps"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// Whatever a source of evidence gives instead of evidence, nobody more is moved than those of the
// step that it is about.
func TestNothingPassesWithoutEvidence(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) (*acctest.Env, *acctest.Core) {
		t.Helper()
		s := open(t)
		c := core(s.Env)
		mustApply(t, c, s.toward(0))
		return s.Env, c
	}
	ask := func(e *acctest.Env, asked map[string]any) acctest.Config {
		asked = maps.Clone(asked)
		asked["interval"] = "1s"
		return with(with(of(e).toward(50, 5), "verify", asked), "bake_time", "30s")
	}
	passed := func(_ *testing.T, _ *acctest.Env, c *acctest.Core) bool { return c.Get("phase") == "settled" }
	sources := []matrix.Source{matrix.Probes, matrix.MetricAlarm, matrix.CompositeAlarm, matrix.LogAlarm, matrix.CustomMetric}
	matrix.NeverPasses(t, matrix.Evidence{
		Name: "of a step", Start: start, Ask: ask, Sources: sources, Passed: passed,
		Probe: map[string]any{"path": "/health", "scheme": "http", "samples": 1, "body_contains": "app-green"},
	})
}

// What answers a path whose behaviour does not run the functions is no evidence about a side.
func TestAProbeThatMeetsNoFunctionProvesNothing(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		c := core(s.Env)
		ask := gated(s.toward(50)) // its probe asks for /health
		ask["attach"] = map[string]any{"distribution_id": s.ID, "behaviors": []string{"/api/*"}}
		mustApply(t, c, ask)
		fails(t, c, ask, "A probe that cannot choose its side")
		if got := s.table(t).Weights["green"]; got != 0 {
			t.Errorf("green has %d %%", got)
		}
	})
}
