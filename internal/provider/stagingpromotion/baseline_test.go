package stagingpromotion_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// A sick release is compared with what there was before it, by whichever run. Where nobody
// knows until when that was, there is nothing to compare it with: the minutes before the
// last write may be the release's own, and it is no worse than itself.
func TestAReleaseIsNotComparedWithItself(t *testing.T) {
	t.Parallel()
	const undone, open = "Release failed and was rolled back", "The release could not be proven healthy"
	for name, c := range map[string]struct {
		killed  bool
		with    acctest.Config
		stepped bool // a run before it has left the canary for the next one
		want    string
	}{
		"interrupted":                {want: undone},
		"killed":                     {killed: true, want: open},
		"killed, with a bucket":      {killed: true, with: acctest.Config{"snapshot_bucket": bucket}, want: undone},
		"killed, one step a run":     {killed: true, stepped: true, with: acctest.Config{"canary": map[string]any{"header": canaryHeader, "bake_time": "2m"}, "advance": "per_apply"}, want: undone},
		"interrupted, with a bucket": {with: acctest.Config{"snapshot_bucket": bucket}, want: undone},
	} {
		for _, written := range []bool{false, true} {
			if written {
				name += ", and the primary written to"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				running(t, func(t *testing.T, r *rig) {
					r.bucket(t)
					leave := r.view(t, 10, time.Second)
					defer func() { leave() }()
					r.wait(20 * time.Minute)
					ask := r.ask("two", acctest.Config{"canary": nil, "verify": map[string]any{"after": map[string]any{"comparison": map[string]any{"minimum_requests": 100}}}})
					maps.Copy(ask, c.with)
					if c.stepped {
						if d := r.apply(t, ask).Errors(); len(d) > 0 {
							t.Fatal(d)
						}
						r.wait(5 * time.Minute)
					}
					r.sicken("next.origin.test")
					if c.killed {
						r.killedAfter(t, "UpdateDistributionWithStagingConfig", ask)
					} else {
						r.interrupted(t, ask, propagation+propagation/2)
					}
					if got := r.origin(t); got != "next.origin.test" {
						t.Fatalf("the primary serves from %s", got)
					}
					if written {
						r.wait(20 * time.Minute)
						r.AttachByHand(r.Blue, "")
						r.AttachByHand(r.Blue, r.policy)
						r.Settle()
					}
					for range 2 { // what is not known is not known better by asking again
						said := r.apply(t, ask).Errors()
						expectSays(t, said, c.want)
						if c.want == undone {
							break
						}
						if !strings.Contains(said.String(), "Take `comparison` out") {
							t.Errorf("it does not say what to do: %s", said)
						}
					}
					if got := r.core.Get("settled_release"); got != "one" {
						t.Errorf("release %s counts as settled, because it is %s", got, r.core.Get("settled_grounds"))
					}
					if c.want == undone {
						return
					}
					r.heal("next.origin.test")
					if d := r.apply(t, r.ask("two", afterOnly, acctest.Config{"canary": nil})).Errors(); len(d) > 0 {
						t.Errorf("as it said: %s", d)
					}
					r.expect(t, "next.origin.test")
				})
			})
		}
	}
}
