package bluegreenswitch_test

import (
	"context"
	"testing"

	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// owned says which names nobody has. Only the very write that adds a name again may leave
// one so: nobody can try it beforehand.
func owned(e *acctest.Env, u matrix.Unanswered) []string {
	var out []string
	for _, name := range e.Names {
		if e.Owner(name) == "" && (u.Operation != "UpdateDistribution" || u.After == 0) {
			out = append(out, "nobody has "+name)
		}
	}
	return out
}

// oneBack is a cutover of one name to a side that fails its gate, and back.
func oneBack() matrix.Scenario {
	s := told("rollback")[0]
	s.Start = func(t *testing.T) (*acctest.Env, *acctest.Core) {
		t.Helper()
		e := acctest.New(t, site("www.example.com"))
		c := core(e)
		introduced(t, e, c)
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		return e, c
	}
	return s
}

// Whatever AWS begins to answer to whichever call, at the start or in the middle, a run
// comes to an end, says what is true, and a name that somebody had is a name that
// somebody has.
func TestNoAnswerToACallLeavesANameWithoutAnOwner(t *testing.T) {
	t.Parallel()
	matrix.Answer(t, truth, owned, append(told("remove_and_add, rolled back", "invalidation"), oneBack())...)
}

// Once names are off the old side, not being able to look is no reason to leave them there:
// they are added to the target as it was seen last.
func TestANameThatNobodyHasIsAddedWithoutALook(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"GetDistribution", "ListResourceRecordSets"} {
		fresh(t, site("a.example.com", "b.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			ctx := context.Background()
			ask := func(live string) acctest.Config {
				config := switchTo(e, live)
				config["method"], config["allow_downtime"] = "remove_and_add", true
				return config
			}
			mustApply(t, c, ask("blue"))
			p, err := c.Plan(ctx, ask("green"))
			if err != nil || len(p.Diags.Errors()) > 0 {
				t.Fatalf("%v\n%s", err, p.Diags)
			}
			denied := fault.Fault{Operation: operation, Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "No."}
			e.World.Faults().Add(fault.Fault{Operation: "UpdateDistribution", Count: 1, When: fault.AfterEffect, Hook: func() { e.World.Faults().Add(denied) }})
			d, err := c.Apply(ctx, p)
			if err != nil {
				t.Fatal(err)
			}
			stops(t, d, "The credentials may not do this", "AccessDenied")
			for _, name := range e.Names {
				if e.Owner(name) != e.Green.ID {
					t.Errorf("without %s: %s is on %q\n%s", operation, name, e.Owner(name), d)
				}
			}
		})
	}
}

// A run was killed on its way back, between the names and their records. The next one finds a
// side that it must not go to, and does not leave the records with it.
func TestRecordsAreNotLeftWithASideThatFailedAndHasNoName(t *testing.T) {
	t.Parallel()
	fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		introduced(t, e, c)
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		e.PointByHand("www.example.com", e.Green.Domain, r53types.RRTypeA, r53types.RRTypeAaaa)
		e.Settle()
		ask := toGreen(e)
		ask["verify"] = map[string]any{"before": map[string]any{"probes": []any{map[string]any{"url": "https://" + e.Green.Domain + "/"}}}}
		if d := c.MustConverge(context.Background(), t, ask).Errors(); len(d) != 1 || d[0].Summary != "Cutover failed and was rolled back" {
			t.Errorf("%s", d)
		}
		e.ExpectOn(e.Blue)
		if c.Get("phase") != "rolled_back" {
			t.Errorf("phase %s", c.Get("phase"))
		}
	})
}
