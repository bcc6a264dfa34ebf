package stagingpromotion_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// Without a bake, a gate still sees a minute of what it is about. What CloudWatch knows of
// the minutes before is about the release of before, or about nobody.
func TestWithoutABakeAGateIsNotAboutTheReleaseOfBefore(t *testing.T) {
	t.Parallel()
	errors := map[string]any{"metrics": []any{map[string]any{"name": "5xxErrorRate", "maximum": 1}}}
	settled := acctest.Config{"canary": nil, "verify": map[string]any{"after": errors}, "bake_time": "0s"}
	canary := acctest.Config{
		"canary": map[string]any{"weights": []any{15}, "bake_time": "0s", "require_traffic": 0}, "verify": map[string]any{"before": errors},
	}
	for name, c := range map[string]struct {
		ask  acctest.Config
		sick bool
	}{
		"the promotion of what is well": {ask: settled},
		"the promotion of what is sick": {ask: settled, sick: true},
		"the canary of what is well":    {ask: canary},
		"the canary of what is sick":    {ask: canary, sick: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := site()
				s.World.Propagation = time.Minute
				r := newRig(t, s)
				r.introduce(t, r.ask("one"))
				leave := r.view(t, 10, time.Second)
				r.wait(10 * time.Minute) // so that there is something to know
				if c.sick {
					r.sicken("next.origin.test")
				}
				d := r.apply(t, r.ask("two", c.ask)).Errors()
				leave()
				r.heal("next.origin.test")
				if !c.sick {
					if len(d) > 0 || r.core.Get("settled_grounds") != "proven" {
						t.Errorf("settled is %s; it says %s", r.core.Get("settled_grounds"), d)
					}
					return
				}
				expectSays(t, d, "Release failed and was rolled back")
				if got := r.core.Get("settled_release"); got != "one" {
					t.Errorf("release %s counts as settled, because it is %s", got, r.core.Get("settled_grounds"))
				}
			})
		})
	}
}
