package weightedramp_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

const www = "www.example.com"

func simple(e *acctest.Env) []string { return []string{e.Blue.Domain} }

// at is what every name has when green has a share of it.
func at(e *acctest.Env, percent, rest string) []string {
	return []string{"blue " + rest + " " + e.Blue.Domain, "green " + percent + " " + elsewhere + " ttl=60"}
}

func wait(d time.Duration) { _ = clock.System{}.Sleep(context.Background(), d) }

func TestAFailedRampGoesBackAndIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	running(t, site(www, "api.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		ctx := context.Background()
		ask := gated(e, toward(e, 50, 5, 25))
		go func() { // it falls ill while it has 25 percent
			wait(12 * time.Minute)
			e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		}()
		d := c.MustConverge(ctx, t, ask).Errors()
		if len(d) != 1 || d[0].Summary != "Ramp failed and was rolled back" || !strings.Contains(d[0].Detail, "503") {
			t.Fatalf("%s", d)
		}
		expectSets(t, e, simple(e)...)
		if c.Get("phase") != "rolled_back" {
			t.Errorf("phase %s", c.Get("phase"))
		}
		before := e.World.Journal().Seq()
		p, err := c.Plan(ctx, ask)
		if err != nil || !p.Empty() || len(p.Diags.Warnings()) == 0 || p.Diags.Warnings()[0].Summary != "A failed ramp is not tried again" {
			t.Errorf("the latch: %v %s\nfrom %s\nto   %s", err, p.Diags, p.Prior, p.Planned)
		}
		if w := e.Writes(before); len(w) > 0 {
			t.Errorf("wrote %v", w)
		}
		// A value that only apply knows could mean either, and a plan shows one thing.
		ask["retry"] = acctest.Unknown
		if p, err := c.Plan(ctx, ask); err != nil || len(p.Diags.Errors()) != 1 || p.Diags.Errors()[0].Summary != "Whether to try again is not known yet" {
			t.Errorf("with a retry that is not known: %v %s", err, p.Diags)
		}
		e.World.Origins().Put("green.origin.test", origin.State{})
		ask["retry"] = "2"
		mustApply(t, c, ask)
		expectSets(t, e, at(e, "50", "50")...)
		expectNothingLeft(t, e, c, ask)
		e.ExpectServed()
	})
}

func TestAHeldRampStaysWhereItIsAndCarriesOn(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		ctx := context.Background()
		ask := gated(e, toward(e, 50, 5))
		ask["on_failure"] = "hold"
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		d := c.MustConverge(ctx, t, ask).Errors()
		if len(d) != 1 || d[0].Summary != "The endpoint with the new traffic is not healthy" {
			t.Fatalf("%s", d)
		}
		expectSets(t, e, at(e, "5", "95")...)
		if got := acctest.Strings(c.State, "steps"); len(got) > 0 {
			t.Errorf("state has %q, which a plan of the same would hide", got)
		}
		e.World.Origins().Put("green.origin.test", origin.State{})
		mustApply(t, c, ask)
		expectSets(t, e, at(e, "50", "50")...)
		expectNothingLeft(t, e, c, ask)
	})
}

// Evidence counts once every name server has the step and the old TTL is over.
func TestEvidenceWaitsForNameServersAndForTheOldTTL(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		before := e.World.Journal().Seq()
		mustApply(t, c, gated(e, toward(e, 100, 50)))
		writes := e.Writes(before)
		if len(writes) != 3 {
			t.Fatalf("%v", writes)
		}
		// INSYNC takes 30 s, the old records 60 s, and the gate holds for 5 minutes.
		for i := range 2 {
			if gap := writes[i+1].At.Sub(writes[i].At); gap < 6*time.Minute+30*time.Second || gap > 8*time.Minute {
				t.Errorf("step %d came %s after the one before", i+1, gap)
			}
		}
	})
}

func TestPerApplyTakesOneStepEachRunAndNotTooSoon(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		ctx := context.Background()
		ask := gated(e, toward(e, 100, 5, 25))
		ask["advance"], ask["bake_time"] = "per_apply", "1h"
		for i, want := range [][]string{at(e, "5", "95"), at(e, "25", "75"), {elsewhere + " ttl=60"}, {elsewhere + " ttl=60"}} {
			mustApply(t, c, ask)
			if i == 2 { // green has everything, and the last bake is yet to come
				want = at(e, "100", "0")
			}
			expectSets(t, e, want...)
			if i == 3 {
				break
			}
			if c.Get("phase") != "ramping" {
				t.Errorf("step %d: phase %s", i, c.Get("phase"))
			}
			before := e.World.Journal().Seq()
			p, err := c.Plan(ctx, ask)
			if err != nil || !p.Empty() || len(p.Diags.Warnings()) != 1 || p.Diags.Warnings()[0].Summary != "The next step is not due yet" {
				t.Errorf("step %d: too soon: %v %s\nfrom %s\nto   %s", i, err, p.Diags, p.Prior, p.Planned)
			}
			if w := e.Writes(before); len(w) > 0 {
				t.Errorf("wrote %v", w)
			}
			wait(time.Hour)
		}
		if c.Get("phase") != "settled" {
			t.Errorf("phase %s", c.Get("phase"))
		}
		expectNothingLeft(t, e, c, ask)
		e.ExpectServed()
	})
}

// A ramp over several runs goes back to where it began, and not to its last step.
func TestPerApplyGoesBackToTheBeginning(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		ask := gated(e, toward(e, 100, 5, 25))
		ask["advance"], ask["bake_time"] = "per_apply", "1h"
		mustApply(t, c, ask)
		wait(time.Hour)
		mustApply(t, c, ask)
		wait(time.Hour)
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		if d := c.MustConverge(context.Background(), t, ask).Errors(); len(d) != 1 || d[0].Summary != "Ramp failed and was rolled back" {
			t.Fatalf("%s", d)
		}
		expectSets(t, e, simple(e)...)
	})
}

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
			expectNothingLeft(t, e, c, ask)
		}
	})
}

// weigh says that a side of the name has a weight.
func weigh(e *acctest.Env, name, id string, weight int64) r53types.Change {
	set := &r53types.ResourceRecordSet{Name: aws.String(name), Type: r53types.RRTypeA, SetIdentifier: aws.String(id), Weight: aws.Int64(weight)}
	if id == "blue" {
		set.AliasTarget = &r53types.AliasTarget{HostedZoneId: aws.String("Z2FDTNDATAQYW2"), DNSName: aws.String(e.Blue.Domain)}
	} else {
		set.TTL, set.ResourceRecords = aws.Int64(60), []r53types.ResourceRecord{{Value: aws.String(elsewhere)}}
	}
	return r53types.Change{Action: r53types.ChangeActionUpsert, ResourceRecordSet: set}
}

// Whoever was on call has sent everybody back to blue. The ramp that an unrelated apply
// begins then fails, and must not leave more of green than it found.
func TestARampThatSomebodyTookBackGoesBackToWhatItFound(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		ask := gated(e, toward(e, 50, 5, 25))
		mustApply(t, c, ask)
		e.ChangeByHand(www, weigh(e, www, "green", 0), weigh(e, www, "blue", 100))
		e.Settle()
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		if d := c.MustConverge(context.Background(), t, ask).Errors(); len(d) != 1 || d[0].Summary != "Ramp failed and was rolled back" {
			t.Errorf("%s", d)
		}
		if level := c.Get("phase"); level != "rolled_back" {
			t.Errorf("phase %s", level)
		}
		expectSets(t, e, simple(e)...)
		before := e.World.Journal().Seq()
		if p, err := c.Plan(context.Background(), ask); err != nil || !p.Empty() || len(e.Writes(before)) > 0 {
			t.Errorf("the latch: %v\nfrom %s\nto   %s", err, p.Prior, p.Planned)
		}
	})
}

// Moving the weight back by hand is what somebody does who wants a ramp to end, now.
func TestWhoLowersTheWeightByHandStopsTheRamp(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]time.Duration{"at the first step": 4 * time.Minute, "at the next step": 11 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, site(www, "api.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				ask := gated(e, toward(e, 100, 5, 25))
				go func() {
					wait(late)
					e.ChangeByHand(www, weigh(e, www, "green", 0), weigh(e, www, "blue", 100))
				}()
				d := c.MustConverge(context.Background(), t, ask).Errors()
				if len(d) != 1 || d[0].Summary != "Somebody has taken traffic off the target during the ramp" || !strings.Contains(d[0].Detail, www) {
					t.Errorf("%s", d)
				}
				if got := sets(e, www, "A"); !slices.Equal(got, at(e, "0", "100")) {
					t.Errorf("the run went on: %q", got)
				}
				// Asked for, it goes back altogether.
				mustApply(t, c, gated(e, toward(e, 0)))
				expectSets(t, e, simple(e)...)
				expectNothingLeft(t, e, c, gated(e, toward(e, 0)))
			})
		})
	}
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

// The TTL of all records of all sets changes in one batch: Route 53 refuses any other way.
func TestTheTTLOfWholeSetsChangesInOneBatch(t *testing.T) {
	t.Parallel()
	running(t, site(www, "api.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		ask := func(ttl int) acctest.Config {
			config := toward(e, 40)
			config["sides"] = map[string]any{
				"blue":  map[string]any{"values": map[string]any{"A": []string{"198.51.100.7"}}, "ttl": ttl},
				"green": map[string]any{"values": map[string]any{"A": []string{elsewhere}}, "ttl": ttl},
			}
			return config
		}
		mustApply(t, c, ask(60))
		before := e.World.Journal().Seq()
		mustApply(t, c, ask(300))
		if w := e.Writes(before); len(w) != 1 {
			t.Errorf("%d writes: %v", len(w), w)
		}
		expectSets(t, e, "blue 60 198.51.100.7 ttl=300", "green 40 "+elsewhere+" ttl=300")
		expectNothingLeft(t, e, c, ask(300))
	})
}

// A new name goes the whole way; those that are further on stay.
func TestANameThatJoinsDoesNotTakeTheOthersBack(t *testing.T) {
	t.Parallel()
	running(t, site(www, "api.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		one := gated(e, toward(e, 50, 10))
		one["names"] = []string{www}
		mustApply(t, c, one)
		before := e.World.Journal().Seq()
		mustApply(t, c, gated(e, toward(e, 50, 10)))
		if w := e.Writes(before); len(w) != 2 {
			t.Errorf("%d writes: %v", len(w), w)
		}
		for _, w := range e.Writes(before) {
			if strings.Contains(w.Body, "<Name>"+www) {
				t.Errorf("%s was written again", www)
			}
		}
		expectSets(t, e, at(e, "50", "50")...)
	})
}

func TestDestroyChangesNothing(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, toward(e, 25))
		before := e.World.Journal().Seq()
		p, err := c.Plan(context.Background(), nil)
		if err != nil || len(p.Diags.Warnings()) != 1 {
			t.Fatalf("%v %s", err, p.Diags)
		}
		if d, err := c.Apply(context.Background(), p); err != nil || len(d.Errors()) > 0 {
			t.Fatalf("%v %s", err, d)
		}
		if w := e.Writes(before); len(w) > 0 {
			t.Errorf("wrote %v", w)
		}
		expectSets(t, e, at(e, "25", "75")...)
	})
}

func TestPlansMakeNoCallsAndKnowNothingThatAWSTells(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		before := e.World.Journal().Seq()
		p, err := c.PlanWithoutRefresh(context.Background(), toward(e, 25, 5))
		if err != nil || p.Empty() {
			t.Fatalf("%v %s", err, p.Diags)
		}
		if calls := e.Calls(before); len(calls) > 0 {
			t.Errorf("called %v", calls)
		}
		if got := acctest.Strings(p.Planned, "steps"); !slices.Equal(got, []string{"give green 5 % of " + www, "wait 5m", "give green 25 % of " + www}) {
			t.Errorf("steps %q", got)
		}
		config := toward(e, 25)
		config["weight"] = acctest.Unknown
		if p, err := c.PlanWithoutRefresh(context.Background(), config); err != nil || len(p.Diags.Errors()) > 0 {
			t.Errorf("an unknown weight: %v %s", err, p.Diags)
		}
	})
}

// A plan that is made before the next step is due may be applied after it is.
func TestOtherSettingsChangeWhileAStepStands(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]time.Duration{"at once": 0, "late": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				ctx := context.Background()
				ask := gated(e, toward(e, 100, 5, 25))
				ask["advance"], ask["bake_time"] = "per_apply", "1h"
				mustApply(t, c, ask)
				ask["on_failure"] = "hold"
				p, err := c.Plan(ctx, ask)
				if err != nil || p.Empty() {
					t.Fatal(err, p.Empty())
				}
				wait(late)
				before := e.World.Journal().Seq()
				if d, err := c.Apply(ctx, p); err != nil || len(d.Errors()) > 0 {
					t.Fatal(err, d)
				}
				if wrote := len(e.Writes(before)) > 0; wrote != (late > 0) || c.Get("on_failure") != "hold" {
					t.Errorf("wrote %v, state %s", wrote, c.State)
				}
			})
		})
	}
}
