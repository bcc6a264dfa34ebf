package stagingpromotion_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
)

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
			t.Errorf("staging was changed for a minute in mid-bake, and promoted %s after it was changed back: %v", after, operations(r.Writes(seq)))
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
		if w := operations(r.Writes(seq)); len(w) > 0 {
			t.Errorf("made %v", w)
		}
		r.mustApply(t, r.expectSteps(t, ask, "send 5 % of the viewers to release two ("+r.staging.ID+")"))
		r.expectBaking(t, ask)
	})
}
