package stagingpromotion_test

import (
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// A sick release is compared with what there was before it. Where the run that promoted it
// has ended, and the primary has been written to since, the minutes before that write are
// the release's own, and it is no worse than itself.
func TestAReleaseIsNotComparedWithItself(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		killed, written bool
		want            string
	}{
		"interrupted": {want: "Release failed and was rolled back"},
		"interrupted, and the primary written to": {written: true, want: "The release could not be proven healthy"},
		"killed":                             {killed: true, want: "The release could not be proven healthy"},
		"killed, and the primary written to": {killed: true, written: true, want: "The release could not be proven healthy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T, r *rig) {
				leave := r.view(t, 10, time.Second)
				defer func() { leave() }()
				r.wait(20 * time.Minute)
				r.sicken("next.origin.test")
				ask := r.ask("two", acctest.Config{"canary": nil, "verify": map[string]any{"after": map[string]any{"comparison": map[string]any{"minimum_requests": 100}}}})
				if c.killed {
					r.killedAfter(t, "UpdateDistributionWithStagingConfig", ask)
				} else {
					r.interrupted(t, ask, propagation+propagation/2)
				}
				if got := r.origin(t); got != "next.origin.test" {
					t.Fatalf("the primary serves from %s", got)
				}
				if c.written {
					r.wait(20 * time.Minute)
					r.AttachByHand(r.Blue, "")
					r.AttachByHand(r.Blue, r.policy)
					r.Settle()
				}
				expectSays(t, r.apply(t, ask).Errors(), c.want)
				if got := r.core.Get("settled_release"); got != "one" {
					t.Errorf("release %s counts as settled, because it is %s", got, r.core.Get("settled_grounds"))
				}
			})
		})
	}
}
