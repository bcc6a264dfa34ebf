package stagingpromotion_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// An alarm that CloudWatch has stopped to evaluate is OK because nobody looks.
func TestAnAlarmThatIsNotEvaluatedNeverPasses(t *testing.T) {
	t.Parallel()
	for state, summary := range acctest.NotEvaluated() {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T, r *rig) {
				r.ImpairedAlarm("errors", state)
				seq := r.World.Journal().Seq()
				d := r.apply(t, r.ask("two", acctest.Config{
					"canary": map[string]any{"weights": []any{5}, "bake_time": "2m", "require_traffic": 0},
					"verify": map[string]any{"before": map[string]any{"alarms": []any{map[string]any{"name": "errors"}}}},
				})).Errors()
				if len(d) != 1 || summary != "" && d[0].Summary != summary {
					t.Fatalf("says %s", d)
				}
				if w := acctest.Operations(r.Writes(seq)); summary != "" && len(w) > 0 {
					t.Errorf("wrote %v", w)
				}
				if r.origin(t) != "blue.origin.test" || r.core.Get("settled_release") != "one" {
					t.Errorf("it was promoted: %s, release %s", r.origin(t), r.core.Get("settled_release"))
				}
			})
		})
	}
}
