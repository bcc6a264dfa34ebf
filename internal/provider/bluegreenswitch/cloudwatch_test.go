package bluegreenswitch_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// What CloudWatch has counted of the viewers of a cutover decides how it ends, and what
// it has not counted decides nothing.
func TestTheCountsOfCloudWatchDecideHowACutoverEnds(t *testing.T) {
	t.Parallel()
	metrics := func(f fault.Fault) func(*acctest.Env) {
		f.Operation = "GetMetricData"
		return func(e *acctest.Env) { e.World.Faults().Add(f) }
	}
	enough := map[string]any{"minimum_requests": 300}
	compared := map[string]any{"comparison": map[string]any{"minimum_requests": 300, "tolerance": 5}}
	for _, c := range []struct {
		name    string
		after   map[string]any
		viewers int
		world   func(e *acctest.Env)
		summary string // "": it is settled
		green   bool   // green has the name in the end
	}{
		{name: "nobody comes", after: enough, summary: "The new live side could not be proven healthy", green: true},
		{
			name: "worse than before", after: compared, viewers: 3, summary: "Cutover failed and was rolled back",
			world: func(e *acctest.Env) { e.World.Origins().Put("green.origin.test", origin.State{Status: 503}) },
		},
		{name: "viewers come, and it is throttled for a while", after: enough, viewers: 3, world: metrics(fault.Fault{Kind: fault.Throttle, Count: 6}), green: true},
		{name: "as good as before, and it is out of order for a while", after: compared, viewers: 3, world: metrics(fault.Fault{Kind: fault.ServerFail, Count: 9}), green: true},
		{
			name: "denied", after: enough, viewers: 3, summary: "The credentials may not do this",
			world: metrics(fault.Fault{Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "not authorized to perform: cloudwatch:GetMetricData"}),
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, k *acctest.Core) {
				leave := viewers(e, "www.example.com", c.viewers)
				sleep(3 * propagation) // for there to be something to compare with
				if c.world != nil {
					c.world(e)
				}
				ask := switchTo(e, "green")
				ask["verify"] = map[string]any{"after": c.after}
				d := apply(t, k, ask).Errors()
				leave()
				switch {
				case c.summary == "" && len(d) > 0, c.summary != "" && (len(d) != 1 || d[0].Summary != c.summary):
					t.Errorf("says %s, want %q", d, c.summary)
				}
				if want := map[bool]acctest.Distribution{true: e.Green, false: e.Blue}[c.green]; e.Owner("www.example.com") != want.ID {
					t.Errorf("the name is on %s, want %s; events %q", e.Owner("www.example.com"), want.ID, eventsOf(t, k))
				}
			})
		})
	}
}
