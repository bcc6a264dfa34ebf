package edgesplit_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// at attaches a split to behaviours of a distribution.
func at(c acctest.Config, distribution string, behaviors ...string) acctest.Config {
	return with(c, "attach", map[string]any{"distribution_id": distribution, "behaviors": behaviors})
}

// Who leaves a behaviour out of attach takes the functions away from it, where its viewers do not notice.
func TestABehaviourThatLeavesTheSplitLosesItsFunctions(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		c := core(s.Env)
		mustApply(t, c, s.toward(50))
		mustApply(t, c, s.toward(50))
		since := s.World.Journal().Seq()
		fails(t, c, at(s.toward(50), s.ID, "default"), "Viewers of a behaviour that leaves the split would get another side")
		expectOperations(t, s.Effects(since))
		mustApply(t, c, s.toward(0))
		since = s.World.Journal().Seq()
		mustApply(t, c, at(s.toward(0), s.ID, "default"))
		expectOperations(t, s.Effects(since), "UpdateDistribution")
		if got := s.runs(t); len(got) != 2 || got["default viewer-request"] == "" {
			t.Errorf("the behaviours run %v", got)
		}
		s.ExpectNothingLeft(c, at(s.toward(0), s.ID, "default"))
		mustApply(t, c, nil)
		if left := s.made(t); len(left) > 0 || len(s.runs(t)) > 0 {
			t.Errorf("left behind: %q, %v", left, s.runs(t))
		}
	})
}

// One split is about one distribution: it leaves none behind that still runs its functions, and follows one that was
// replaced.
func TestASplitGoesToAnotherDistributionOnceTheOneBeforeHasLetGo(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		c := core(s.Env)
		other := shop{s.Env, s.Green}
		other.furnish(nothing)
		mustApply(t, c, s.toward(50))
		mustApply(t, c, s.toward(50))
		moved := at(s.toward(50), other.ID, "default")
		since := s.World.Journal().Seq()
		fails(t, c, moved, "Another distribution still has the functions of the split")
		expectOperations(t, s.Effects(since))
		s.EditByHand(s.Distribution, func(c *cftypes.DistributionConfig) {
			c.DefaultCacheBehavior.FunctionAssociations = nil
			c.CacheBehaviors.Items[0].FunctionAssociations = nil
		})
		s.Settle()
		mustApply(t, c, moved)
		if got := other.runs(t); len(got) != 2 || len(s.runs(t)) > 0 || s.table(t).Weights["green"] != 50 {
			t.Errorf("the other runs %v, this one %v, and the table is %v", got, s.runs(t), s.table(t))
		}
		s.ExpectNothingLeft(c, moved)
	})
}

// A destroy that somebody else is in the way of says who, all of them, and has written nothing by then.
func TestADestroyNamesWhoElseHasTheFunctionsBeforeItWrites(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		c := core(s.Env)
		mustApply(t, c, s.toward(0))
		other := shop{s.Env, s.Green}
		other.furnish(nothing)
		list := &cftypes.FunctionAssociations{Quantity: aws.Int32(1), Items: []cftypes.FunctionAssociation{{
			EventType: cftypes.EventTypeViewerRequest, FunctionARN: aws.String(s.runs(t)["default viewer-request"]),
		}}}
		other.EditByHand(other.Distribution, func(c *cftypes.DistributionConfig) {
			c.DefaultCacheBehavior.FunctionAssociations, c.CacheBehaviors.Items[0].FunctionAssociations = list, list
		})
		other.Settle()
		since := s.World.Journal().Seq()
		d := c.MustConverge(context.Background(), t, nil).Errors()
		if len(d) != 1 || d[0].Summary != "A behaviour still has a function of the split" || !strings.Contains(d[0].Detail, "default of "+other.ID) || !strings.Contains(d[0].Detail, "/api/* of "+other.ID) {
			t.Errorf("%s", d)
		}
		expectOperations(t, s.Effects(since))
	})
}

// Two splits on two behaviours of one distribution, of which one's name goes on where the other's ends.
func TestSplitsLeaveEachOtherAlone(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		one, two := core(s.Env), core(s.Env)
		first := at(s.toward(50), s.ID, "default")
		second := with(at(s.toward(25), s.ID, "/api/*"), "name", "shop-request")
		for range 2 {
			mustApply(t, one, first)
			mustApply(t, two, second)
		}
		s.ExpectNothingLeft(one, first)
		s.ExpectNothingLeft(two, second)
		mustApply(t, one, with(first, "salt", "2"))
		s.ExpectNothingLeft(two, second)
		mustApply(t, one, with(with(first, "salt", "2"), "weight", 0))
		mustApply(t, one, nil)
		if got := s.runs(t); len(got) != 2 || got["/api/* viewer-request"] == "" {
			t.Errorf("the behaviours run %v", got)
		}
		s.ExpectNothingLeft(two, second)
		if made := s.made(t); len(made) != 3 {
			t.Errorf("made: %q", made)
		}
	})
}
