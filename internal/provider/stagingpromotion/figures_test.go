package stagingpromotion_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate/watch"
)

// What a release costs from the plan on, at the default poll_interval, bakes and least
// traffic.
func TestWhatAReleaseCosts(t *testing.T) {
	t.Parallel()
	const bake, canaryBake = 5 * time.Minute, 10 * time.Minute // the defaults
	// CloudWatch is late: the last whole minute of a bake is waited for. The rest of the
	// minute after it, if the bake did not end with one, counts as overhead.
	const late = watch.Delay - time.Minute
	withDefaults := func(c acctest.Config) acctest.Config {
		canary := c["canary"].(map[string]any)
		delete(canary, "bake_time")
		delete(canary, "require_traffic")
		return c
	}
	header := func(r *rig) acctest.Config { return withDefaults(r.ask("two")) }
	weights := func(r *rig) acctest.Config { return withDefaults(r.byWeights("two", 1, 5, 15)) }
	for _, tt := range []struct {
		name   string
		ask    func(r *rig) acctest.Config
		writes int // what it is made of
		waits  []acctest.Wait
	}{
		// The policy is enabled, and staging promoted, which disables it.
		{name: "release by header", ask: header, writes: 2, waits: []acctest.Wait{{Name: "canary", For: canaryBake}, {Name: "bake", For: bake}}},
		// One more for each further weight.
		{name: "release by weights of 5 and 15", ask: weights, writes: 3, waits: []acctest.Wait{
			{Name: "canary", For: 2 * canaryBake}, {Name: "CloudWatch", For: 2 * late}, {Name: "bake", For: bake},
		}},
	} {
		for _, takes := range []time.Duration{3 * time.Minute, 5 * time.Minute} {
			name := fmt.Sprintf("%s at %s", tt.name, takes)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := site()
					s.World.Propagation = takes
					r := newRig(t, s)
					one := tt.ask(r)
					one["release"] = "one"
					r.introduce(t, one)
					leave := r.view(t, 4, 5*time.Second)
					m := r.Measure(r.core, func() {
						if d := r.apply(t, tt.ask(r)); len(d.Errors()) > 0 {
							t.Error(d)
						}
					})
					leave()
					r.expect(t, "next.origin.test")
					m.Report(t, name, tt.writes, tt.waits...)
				})
			})
		}
	}
}
