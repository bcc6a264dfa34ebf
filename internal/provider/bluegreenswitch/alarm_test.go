package bluegreenswitch_test

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
			running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				e.ImpairedAlarm("errors", state)
				ask := switchTo(e, "green")
				gateOf(ask, "after", map[string]any{"alarms": []any{map[string]any{"name": "errors"}}})
				before := e.World.Journal().Seq()
				d := c.MustConverge(context.Background(), t, ask).Errors()
				if len(d) != 1 || summary != "" && d[0].Summary != summary {
					t.Fatalf("says %s", d)
				}
				if w := e.Writes(before); summary != "" && len(w) > 0 {
					t.Errorf("wrote %v", w)
				}
				if c.Get("phase") == "settled" && c.Get("live") == "green" {
					t.Error("it counts as settled")
				}
			})
		})
	}
}
