package stagingpromotion_test

import (
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
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

// thereAndBack gives a distribution another origin, and the one of before a minute later.
func (r *rig) thereAndBack(d acctest.Distribution) time.Time {
	origin := ""
	edit := func(to string) func(c *cftypes.DistributionConfig) {
		return func(c *cftypes.DistributionConfig) {
			origin = aws.ToString(c.Origins.Items[0].DomainName)
			c.Origins.Items[0].DomainName = aws.String(to)
		}
	}
	r.EditByHand(d, edit("wild.origin.test"))
	before := origin
	r.wait(time.Minute)
	r.EditByHand(d, edit(before))
	return r.World.Clock().Now()
}

func lastOf(calls []journal.Call, operation string) (at time.Time) {
	for _, c := range calls {
		if c.Operation == operation && c.Effect {
			at = c.At
		}
	}
	return at
}

// What was seen while staging had something else says nothing about what it has now: the
// bake begins anew, and the canary with it.
func TestEvidenceDoesNotOutliveAContentThatComesBack(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		seq := r.World.Journal().Seq()
		ask := r.ask("two", acctest.Config{
			"canary": map[string]any{"weights": []any{5, 15}, "bake_time": "10m", "require_traffic": 0},
			"verify": map[string]any{"after": afterOnly["verify"].(map[string]any)["after"]},
		})
		back := make(chan time.Time, 1)
		go func() {
			r.wait(20 * time.Minute) // in the bake of 15 %, which nobody looks at
			back <- r.thereAndBack(r.staging)
		}()
		if d := r.apply(t, ask).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		changed := <-back
		promoted := lastOf(r.Writes(seq), "UpdateDistributionWithStagingConfig")
		if after := promoted.Sub(changed); after < 20*time.Minute {
			t.Errorf("staging was changed for a minute in mid-bake, and promoted %s after it was changed back: %v", after, acctest.Operations(r.Writes(seq)))
		}
		r.expect(t, "next.origin.test")
		if got := r.core.State.String(); !strings.Contains(got, "staging was changed meanwhile") {
			t.Errorf("last_cutover does not say so: %s", got)
		}
	})
}

func TestEvidenceAboutThePrimaryDoesNotOutliveAContentThatComesBack(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		ask := r.ask("two", afterOnly, acctest.Config{"bake_time": "20m"})
		back := make(chan time.Time, 1)
		go func() {
			r.wait(propagation + 13*time.Minute)
			back <- r.thereAndBack(r.Blue)
		}()
		if d := r.apply(t, ask).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		if after := r.World.Clock().Now().Sub(<-back); after < 20*time.Minute {
			t.Errorf("the primary was changed for a minute in mid-bake, and settled %s after it was changed back", after)
		}
		r.expect(t, "next.origin.test")
	})
}

// So it is where the bake goes on between two applies.
func TestABakeBetweenTwoAppliesDoesNotOutliveAContentThatComesBack(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		ask := r.slowly("two", acctest.Config{
			"canary": map[string]any{"weights": []any{5, 15}, "bake_time": "10m", "require_traffic": 0}, "verify": nil,
		})
		for range 2 {
			if d := r.apply(t, ask); len(d) > 0 {
				t.Fatal(d)
			}
			r.wait(9 * time.Minute)
			r.wait(time.Minute)
		}
		r.thereAndBack(r.staging)
		r.Settle()
		seq := r.World.Journal().Seq()
		expectSays(t, r.apply(t, ask).Errors(), "The world changed since this plan")
		if w := acctest.Operations(r.Writes(seq)); len(w) > 0 {
			t.Errorf("made %v", w)
		}
		r.mustApply(t, r.expectSteps(t, ask, "send 5 % of the viewers to release two ("+r.staging.ID+")"))
		r.expectBaking(t, ask)
	})
}
