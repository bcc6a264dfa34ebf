package weightedramp_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// Whatever a source of evidence gives instead of evidence: no further step is taken.
func TestNothingPassesWithoutEvidence(t *testing.T) {
	t.Parallel()
	matrix.NeverPasses(t, matrix.Evidence{
		Name: "a step",
		Start: func(t *testing.T) (*acctest.Env, *acctest.Core) {
			t.Helper()
			e := acctest.New(t, site(www))
			c := core(e)
			introduced(t, e, c)
			return e, c
		},
		Ask: func(e *acctest.Env, asked map[string]any) acctest.Config {
			asked = maps.Clone(asked)
			asked["interval"] = "1s"
			c := toward(e, 50, 5)
			c["verify"], c["bake_time"] = asked, "30s"
			return c
		},
		Probe:   map[string]any{"path": "/health", "scheme": "http", "samples": 1, "body_contains": "origin.test"},
		Sources: []matrix.Source{matrix.Probes, matrix.MetricAlarm, matrix.CompositeAlarm, matrix.LogAlarm, matrix.CustomMetric},
		Passed: func(_ *testing.T, e *acctest.Env, _ *acctest.Core) bool {
			return slices.Equal(sets(e, www, "A"), at(e, "50", "50"))
		},
	})
}
