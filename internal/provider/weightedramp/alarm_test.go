package weightedramp_test

import (
	"context"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// An alarm that CloudWatch has stopped to evaluate is OK because nobody looks.
func TestAnAlarmThatIsNotEvaluatedNeverPasses(t *testing.T) {
	t.Parallel()
	for state, summary := range acctest.NotEvaluated() {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				e.ImpairedAlarm("errors", state)
				ask := toward(e, 50, 5)
				ask["verify"] = map[string]any{"alarms": []any{map[string]any{"name": "errors"}}}
				before := e.World.Journal().Seq()
				d := c.MustConverge(context.Background(), t, ask).Errors()
				if len(d) != 1 || summary != "" && d[0].Summary != summary {
					t.Fatalf("says %s", d)
				}
				if w := e.Writes(before); summary != "" && len(w) > 0 {
					t.Errorf("wrote %v", w)
				}
				if got := c.Get("phase"); got == "settled" && c.Get("current_weight") != "0" || c.Get("current_weight") == "50" {
					t.Errorf("it went on: %s", stateOf(c))
				}
			})
		})
	}
}
