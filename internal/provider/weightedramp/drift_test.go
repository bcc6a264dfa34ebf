package weightedramp_test

import (
	"context"
	"testing"

	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// What somebody does to the weights shows, and is put right.
func TestDriftShowsAndIsPutRight(t *testing.T) {
	t.Parallel()
	running(t, site(www, "api.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		ctx := context.Background()
		ask := toward(e, 25)
		mustApply(t, c, ask)
		for _, change := range []struct {
			name  string
			batch []r53types.Change
		}{
			{"one name", []r53types.Change{weigh(e, www, "green", 200)}},
			{"every name alike", []r53types.Change{weigh(e, www, "green", 75), weigh(e, "api.example.com", "green", 75)}},
			{"nobody has any", []r53types.Change{weigh(e, www, "green", 0), weigh(e, www, "blue", 0)}},
			{"a record is gone", []r53types.Change{{Action: r53types.ChangeActionDelete, ResourceRecordSet: weigh(e, www, "green", 25).ResourceRecordSet}}},
		} {
			e.ChangeByHand(www, change.batch...)
			e.Settle()
			p, err := c.Plan(ctx, ask)
			if err != nil || p.Empty() {
				t.Errorf("%s: drift does not show: %v", change.name, err)
			}
			if was, is := acctest.Strings(p.Prior, "steps"), acctest.Strings(p.Planned, "steps"); len(was) > 0 || len(is) == 0 {
				t.Errorf("%s: the plan has %q, and state %q", change.name, is, was)
			}
			mustApply(t, c, ask)
			expectSets(t, e, at(e, "25", "75")...)
			e.ExpectNothingLeft(c, ask)
		}
	})
}

// Weights in another scale are the same shares.
func TestWeightsOfTheSameShareAreAdoptedAsTheyAre(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, _ *acctest.Core) {
		mustApply(t, core(e), toward(e, 20))
		e.ChangeByHand(www, weigh(e, www, "green", 1), weigh(e, www, "blue", 4))
		e.Settle()
		before := e.World.Journal().Seq()
		mustApply(t, core(e), toward(e, 20))
		if w := e.Writes(before); len(w) > 0 {
			t.Errorf("adopting wrote %v", w)
		}
		expectSets(t, e, "blue 4 "+e.Blue.Domain, "green 1 "+elsewhere+" ttl=60")
	})
}

// Whoever lowers the weight by hand to what a plan lowers it to has only been faster.
func TestAWeightThatSomebodyLoweredToWhatIsAskedForIsThere(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, gated(e, toward(e, 25)))
		p, err := c.Plan(context.Background(), gated(e, toward(e, 10)))
		if err != nil {
			t.Fatal(err)
		}
		e.ChangeByHand(www, weigh(e, www, "green", 10), weigh(e, www, "blue", 90))
		e.Settle()
		if d, err := c.Apply(context.Background(), p); err != nil || len(d) > 0 || c.Get("phase") != "settled" {
			t.Errorf("%v: says %s, phase %s", err, d, c.Get("phase"))
		}
	})
}

// What somebody does to the weights of a ramp that was rolled back is put right like any
// drift, and never makes their weight the one that it was rolled back to.
func TestDriftAfterARollbackIsNoRollback(t *testing.T) {
	t.Parallel()
	for _, percent := range []int64{20, 50} {
		running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			ask := gated(e, toward(e, 50, 5))
			e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
			if d := c.MustConverge(context.Background(), t, ask).Errors(); len(d) != 1 || d[0].Summary != "Ramp failed and was rolled back" {
				t.Fatal(d)
			}
			e.ChangeByHand(www, r53types.Change{Action: r53types.ChangeActionDelete, ResourceRecordSet: simpleSet(e)}, weigh(e, www, "green", percent), weigh(e, www, "blue", 100-percent))
			e.Settle()
			if _, err := c.Refresh(context.Background()); err != nil {
				t.Fatal(err)
			}
			if got := c.Get("phase"); got == "rolled_back" || c.Get("settled_weight") != "0" {
				t.Errorf("viewers are at %d %%, and state says: %s", percent, stateOf(c))
			}
			mustApply(t, c, ask)
			expectSets(t, e, simple(e)...)
			if c.Get("phase") != "rolled_back" || c.Get("settled_weight") != "0" {
				t.Error(stateOf(c))
			}
			e.ExpectNothingLeft(c, ask)
		})
	}
}
