package weightedramp_test

import (
	"context"
	"slices"
	"testing"
	"time"

	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// A way back that got nowhere leaves every name at the same step of the way. That is no end:
// the next apply goes on to the weight of before, and only then it counts as rolled back.
func TestAWayBackThatIsStuckIsFinishedByTheNextApply(t *testing.T) {
	t.Parallel()
	denied := fault.Fault{Operation: "ChangeResourceRecordSets", Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "no"}
	for _, stuck := range []struct {
		name string
		// then is what happens once a weight has been given that fails.
		then func(e *acctest.Env)
	}{
		{"AWS refuses it", func(e *acctest.Env) { e.World.Faults().Add(denied) }},
		{"nobody answers any more", func(e *acctest.Env) {
			e.World.Faults().Add(fault.Fault{Service: "route53", Kind: fault.Cut})
		}},
	} {
		for name, change := range map[string]func(acctest.Config){
			"all in one apply": func(acctest.Config) {},
			"step by step":     func(c acctest.Config) { c["advance"], c["bake_time"] = "per_apply", "1h" },
		} {
			t.Run(stuck.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				running(t, site(www, "api.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
					settled := gated(e, toward(e, 5))
					mustApply(t, c, settled)
					ask := gated(e, toward(e, 80, 5, 25))
					change(ask)
					ask["timeouts"] = map[string]any{"update": "3h", "roll_back": "5m"}
					e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
					p, err := c.Plan(context.Background(), ask)
					if err != nil {
						t.Fatal(err)
					}
					began := e.World.Journal().Seq()
					go func() {
						for len(e.Writes(began)) < 1 {
							wait(time.Second)
						}
						wait(10 * time.Second) // all name servers have it, and it is asked for evidence later
						stuck.then(e)
					}()
					d, err := c.Apply(context.Background(), p)
					if err != nil || len(d.Errors()) != 1 {
						t.Fatal(err, d)
					}
					e.World.Faults().Clear()
					if c.Get("phase") == "ramping" { // it was not asked for evidence yet
						wait(time.Hour)
						e.World.Faults().Add(denied)
						d := c.MustConverge(context.Background(), t, ask).Errors()
						e.World.Faults().Clear()
						if len(d) != 1 {
							t.Fatal(d)
						}
					}
					expectSets(t, e, at(e, "25", "75")...)
					if got := c.Get("phase"); got == "rolled_back" || got == "settled" {
						t.Fatalf("viewers are at 25 %%, and phase is %s", got)
					}
					p, err = c.Plan(context.Background(), ask)
					if err != nil {
						t.Fatal(err)
					}
					if got := acctest.Strings(p.Planned, "steps"); !slices.Equal(got, []string{"give green 5 % of api.example.com and www.example.com"}) {
						t.Errorf("the plan has the steps %q", got)
					}
					if d, err := c.Apply(context.Background(), p); err != nil || len(d.Errors()) > 0 {
						t.Fatal(err, d)
					}
					expectSets(t, e, at(e, "5", "95")...)
					if c.Get("phase") != "rolled_back" || c.Get("weight") != "5" || c.Get("current_weight") != "5" || c.Get("settled_weight") != "5" {
						t.Error(stateOf(c))
					}
					expectNothingLeft(t, e, c, ask)
				})
			})
		}
	}
}

// What somebody does to the weights of a ramp that was rolled back is put right like any
// drift, and never makes their weight the one that it was rolled back to.
func TestDriftAfterARollbackIsNoRollback(t *testing.T) {
	t.Parallel()
	for _, percent := range []int64{20, 50} {
		running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			ask := gated(e, toward(e, 50, 5))
			e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
			if d := c.MustConverge(context.Background(), t, ask).Errors(); len(d) != 1 {
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
			expectNothingLeft(t, e, c, ask)
		})
	}
}

func simpleSet(e *acctest.Env) *r53types.ResourceRecordSet {
	set := weigh(e, www, "blue", 1).ResourceRecordSet
	set.SetIdentifier, set.Weight = nil, nil
	set.AliasTarget.EvaluateTargetHealth = false
	return set
}

func stateOf(c *acctest.Core) string {
	out := ""
	for _, name := range []string{"phase", "weight", "current_weight", "settled_weight", "unseen"} {
		out += name + " " + c.Get(name) + "; "
	}
	return out
}

// However CloudFront spells what it answers, a ramp decides the same: it never asks.
func TestARampAsksCloudFrontNothing(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		before := e.World.Journal().Seq()
		mustApply(t, c, gated(e, toward(e, 100, 5)))
		mustApply(t, c, gated(e, toward(e, 0)))
		if len(e.Writes(before)) == 0 {
			t.Error("nothing was moved")
		}
		for _, call := range e.Calls(before) {
			if call.Service == "cloudfront" {
				t.Errorf("it called %s", call.Operation)
			}
		}
	})
}
