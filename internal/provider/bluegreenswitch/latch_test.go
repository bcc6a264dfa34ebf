package bluegreenswitch_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

func TestALatchedSwitchWithUnknownValuesPlansConsistently(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		ctx := context.Background()
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		stops(t, apply(t, c, sickUnderTraffic(e)), "Cutover failed and was rolled back")
		vague := sickUnderTraffic(e)
		vague["dns"] = map[string]any{"example.com": map[string]any{"zone_id": acctest.Unknown}}
		p, err := c.Plan(ctx, vague)
		if err != nil {
			t.Fatal(err)
		}
		known, err := c.PlanWithoutRefresh(ctx, sickUnderTraffic(e))
		if err != nil {
			t.Fatal(err)
		}
		p.Config = known.Config
		before := e.World.Journal().Seq()
		if d, err := c.Apply(ctx, p); err != nil || len(d.Errors()) > 0 {
			t.Errorf("%v %s", err, d)
		}
		writesNothing(t, e, before)
	})
}

func TestRemovingRetryDoesNotOpenTheLatch(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		config := sickUnderTraffic(e)
		config["retry"] = "1"
		stops(t, apply(t, c, config), "Cutover failed and was rolled back")
		before := e.World.Journal().Seq()
		d := apply(t, c, sickUnderTraffic(e))
		if len(d.Errors()) > 0 || len(d.Warnings()) != 1 || d.Warnings()[0].Summary != "A failed cutover is not tried again" {
			t.Errorf("diagnostics: %s", d)
		}
		writesNothing(t, e, before)
	})
}

// A failed create leaves no state that could remember it: the next apply is the first
// one again, and the diagnostic says so and what ends it.
func TestAFailedCreateSaysThatNothingRemembersIt(t *testing.T) {
	t.Parallel()
	fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		for range 2 {
			before := e.World.Journal().Seq()
			stops(t, apply(t, c, sickUnderTraffic(e)), "Cutover failed and was rolled back", "the next apply with `live = \"green\"` moves traffic to green again", "Set `live` to blue and apply")
			if n := len(e.Writes(before)); n == 0 {
				t.Error("nothing was tried, though nothing remembers")
			}
			e.ExpectOn(e.Blue)
		}
		// What the diagnostic advises ends it.
		before := e.World.Journal().Seq()
		config := sickUnderTraffic(e)
		config["live"] = "blue"
		mustApply(t, c, config)
		writesNothing(t, e, before)
	})
}

// A CLI hides what a plan has in common with state: the steps of an apply that failed, or
// whose work somebody has undone, are to show when they are planned again.
func TestStepsPlannedAgainShow(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		introduced(t, e, c)
		green := switchTo(e, "green")
		shows := func() {
			t.Helper()
			p, err := c.Plan(context.Background(), green)
			if err != nil {
				t.Fatal(err)
			}
			if was, is := acctest.Strings(p.Prior, "steps"), acctest.Strings(p.Planned, "steps"); len(was) > 0 || len(is) == 0 {
				t.Errorf("the plan has %q, and state %q", is, was)
			}
		}
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		if len(apply(t, c, green).Errors()) == 0 {
			t.Fatal("went to a side that is not healthy")
		}
		shows()
		e.World.Origins().Put("green.origin.test", origin.State{})
		mustApply(t, c, green)
		e.MoveByHand("www.example.com", e.Blue)
		e.Settle()
		shows()
	})
}

func TestTheLatchOpensWhenTheTargetIsRepairedInItsConfiguration(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		stops(t, apply(t, c, sickUnderTraffic(e)), "Cutover failed and was rolled back")
		if p, err := c.Plan(context.Background(), sickUnderTraffic(e)); err != nil || !p.Empty() {
			t.Errorf("before it is repaired, the plan does something: %v\nfrom %s\nto   %s", err, p.Prior, p.Planned)
		}
		e.EditByHand(e.Green, func(c *cftypes.DistributionConfig) {
			c.Origins.Items[0].DomainName = aws.String("repaired.origin.test")
		})
		config := sickUnderTraffic(e)
		side(config, "green")["marker"] = map[string]any{"value": "repaired.origin.test"}
		mustApply(t, c, config)
		e.ExpectOn(e.Green)
	})
}

func TestAFailedCreateLeavesNoState(t *testing.T) {
	t.Parallel()
	fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		stops(t, apply(t, c, sickUnderTraffic(e)), "Cutover failed and was rolled back")
		if !c.State.IsNull() || c.Tainted {
			t.Errorf("a failed create left a state: %s", c.State)
		}
		e.ExpectOn(e.Blue)
		e.ExpectServed()
	})
}

func TestSidesThatGetOtherNamesKeepTheLatchShut(t *testing.T) {
	t.Parallel()
	renamed := func(e *acctest.Env, live string, blue, green string) acctest.Config {
		config := sickUnderTraffic(e)
		sides := config["sides"].(map[string]any)
		config["sides"] = map[string]any{blue: sides["blue"], green: sides["green"]}
		config["live"] = live
		return config
	}
	for _, names := range [][2]string{{"blue", "g"}, {"b", "green"}, {"b", "g"}, {"green", "blue"}} {
		running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
			stops(t, apply(t, c, sickUnderTraffic(e)), "Cutover failed and was rolled back")
			e.ExpectOn(e.Blue)
			before := e.World.Journal().Seq()
			for range 2 {
				apply(t, c, renamed(e, names[1], names[0], names[1]))
				for _, w := range e.Writes(before) {
					t.Errorf("%v: wrote %s", names, w.Operation)
				}
			}
			e.ExpectOn(e.Blue)
		})
	}
}
