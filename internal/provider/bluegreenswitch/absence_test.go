package bluegreenswitch_test

import (
	"maps"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// Whatever a source of evidence gives instead of evidence: before the move the name does
// not move, and after it the cutover is not settled.
func TestNothingPassesWithoutEvidence(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) (*acctest.Env, *acctest.Core) {
		t.Helper()
		e := acctest.New(t, site("www.example.com"))
		c := core(e)
		introduced(t, e, c)
		return e, c
	}
	ask := func(gate, when string) func(*acctest.Env, map[string]any) acctest.Config {
		return func(e *acctest.Env, asked map[string]any) acctest.Config {
			asked = maps.Clone(asked)
			asked["interval"] = "1s"
			c := switchTo(e, "green")
			c["verify"] = map[string]any{gate: asked}
			if when != "" {
				c["bake_time"] = when
			}
			return c
		}
	}
	probe := map[string]any{"path": "/health", "samples": 1}
	matrix.NeverPasses(
		t,
		matrix.Evidence{
			Name: "before the move", Start: start, AtOnce: true, Ask: ask("before", ""), Probe: probe,
			Sources: []matrix.Source{matrix.Probes, matrix.MetricAlarm, matrix.CompositeAlarm, matrix.LogAlarm, matrix.CustomMetric},
			Passed: func(_ *testing.T, e *acctest.Env, _ *acctest.Core) bool {
				return e.Owner("www.example.com") == e.Green.ID
			},
		},
		matrix.Evidence{
			Name: "after it", Start: start, Ask: ask("after", "30s"), Probe: probe,
			Sources: []matrix.Source{matrix.Probes, matrix.MetricAlarm, matrix.CompositeAlarm, matrix.LogAlarm, matrix.CustomMetric, matrix.Requests, matrix.Comparison},
			Passed: func(_ *testing.T, e *acctest.Env, c *acctest.Core) bool {
				return c.Get("phase") == "settled" && e.Owner("www.example.com") == e.Green.ID
			},
		},
	)
}
