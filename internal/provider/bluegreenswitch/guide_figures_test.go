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
				config := byMethod(e, "green", method)
				config["bake_time"] = "0s"
				cost := e.Cost(func() { mustApply(t, c, config) })
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
				row := fmt.Sprintf("| `%s` | %s | %s |", method, cost, acctest.Clockwise(worst))
				t.Log(row)
				if !strings.Contains(string(raw), row) {
					t.Errorf("the guide does not have this row:\n%s", row)
				}
			})
		})
	}
}
