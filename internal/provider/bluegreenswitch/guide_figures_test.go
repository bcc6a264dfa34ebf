package bluegreenswitch_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/audit"
)

// The figures of the guide "Which method when" are measured here: one name in one
// zone, five minutes of propagation, no bake, the default poll_interval. Each row is
// logged as the guide has to have it.
func TestTheGuideShowsWhatEachMethodCosts(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../../templates/guides/which-method-when.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range methods {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := site("www.example.com")
				s.World.Propagation = 5 * time.Minute
				e := acctest.New(t, s)
				c := core(e)
				introduced(t, e, c)
				before, began := len(e.Calls(0)), e.World.Clock().Now()
				config := byMethod(e, "green", method)
				config["bake_time"] = "0s"
				mustApply(t, c, config)
				took, calls, writes := e.World.Clock().Now().Sub(began), 0, 0
				for _, call := range e.Calls(0)[before:] {
					calls++
					if call.Write {
						writes++
					}
				}
				e.Settle()
				var worst time.Duration
				for _, v := range e.World.Audit(e.Start, e.Names...) {
					if v.Kind == audit.Unserved {
						if v.Until.IsZero() {
							t.Fatal(v)
						}
						worst = max(worst, v.Until.Sub(v.At))
					}
				}
				row := fmt.Sprintf("| `%s` | %s | %d | %d | %s |", method, clockwise(took), calls, writes, clockwise(worst))
				t.Log(row)
				if !strings.Contains(string(raw), row) {
					t.Errorf("the guide does not have this row:\n%s", row)
				}
			})
		})
	}
}

// clockwise writes a duration as people do.
func clockwise(d time.Duration) string {
	d = d.Round(time.Second)
	if d == 0 {
		return "none"
	}
	return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
}
