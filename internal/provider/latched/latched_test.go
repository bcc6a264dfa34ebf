package latched_test

import (
	"context"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

const lampName = "lamp.example.com"

func core(e *acctest.Env) *acctest.Core {
	c := acctest.NewCore("cdn_lamp", clock.System{}, e.World.Transport())
	c.World.Also = []func() resource.Resource{newLamp}
	return c
}

// asks is a complete configuration. The gate asks green's own distribution, whose origin a
// test can make fail.
func asks(e *acctest.Env, lit bool) acctest.Config {
	return acctest.Config{
		"zone_id": e.ZoneIDs["example.com"], "name": lampName, "light": map[bool]string{true: "on", false: "off"}[lit],
		"verify": map[string]any{"probes": []any{map[string]any{"url": "http://" + e.Green.Domain + "/health"}}},
	}
}

func begin(t *testing.T, lit bool) (*acctest.Env, *acctest.Core) {
	t.Helper()
	e := acctest.New(t, acctest.Site{Names: []string{"www.example.com"}, Zones: []string{"example.com"}, World: awssim.Options{Propagation: 4 * time.Minute}})
	c := core(e)
	if d := c.MustConverge(context.Background(), t, asks(e, lit)).Errors(); len(d) > 0 {
		t.Fatal(d)
	}
	return e, c
}

func shows(phase, lit string) func(*testing.T, *acctest.Env, *acctest.Core) {
	return func(t *testing.T, _ *acctest.Env, c *acctest.Core) {
		t.Helper()
		if c.Get("phase") != phase || c.Get("shines") != lit {
			t.Errorf("%s, and shines: %s", c.Get("phase"), c.Get("shines"))
		}
	}
}

// ways are those that a lamp goes: on, and on and back because somebody is dazzled.
func ways() []matrix.Scenario {
	start := func(dazzles bool) func(t *testing.T) (*acctest.Env, *acctest.Core) {
		return func(t *testing.T) (*acctest.Env, *acctest.Core) {
			t.Helper()
			e, c := begin(t, false)
			if dazzles {
				e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
			}
			return e, c
		}
	}
	on := func(e *acctest.Env) acctest.Config { return asks(e, true) }
	return []matrix.Scenario{
		{Name: "on", Start: start(false), Ask: on, Check: shows("settled", "on")},
		{Name: "on and back", Start: start(true), Ask: on, Fails: true, Check: shows("rolled_back", "off")},
	}
}

func TestALampSurvivesDyingAtEveryWrite(t *testing.T) {
	t.Parallel()
	matrix.Die(t, ways()...)
}

func TestALampSurvivesInterference(t *testing.T) {
	t.Parallel()
	matrix.Interfere(t, matrix.Blips(), ways()...)
}

func TestAnInterruptOfALampHoldsAtEveryStep(t *testing.T) {
	t.Parallel()
	matrix.Interrupt(t, []time.Duration{1, 20 * time.Second, 2 * time.Minute, 5 * time.Minute}, ways()...)
}

// What has failed is not tried again until somebody says so, and is tried then.
func TestALampThatFailedIsHeld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, c := begin(t, false)
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		if d := c.MustConverge(context.Background(), t, asks(e, true)).Errors(); len(d) != 1 {
			t.Fatalf("%s", d)
		}
		shows("rolled_back", "off")(t, e, c)
		if got := acctest.Strings(c.State, "steps"); len(got) > 0 {
			t.Errorf("state has %q, which a plan of the same would hide", got)
		}
		again := func(retry any) acctest.Config {
			config := asks(e, true)
			config["retry"] = retry
			return config
		}
		// latched is what comes of a plan that must not turn it.
		latched := func(config acctest.Config) {
			t.Helper()
			before := e.World.Journal().Seq()
			d := c.MustConverge(context.Background(), t, config)
			if len(d.Errors()) > 0 || len(d.Warnings()) != 1 || d.Warnings()[0].Summary != "The lamp has failed" || len(e.Writes(before)) != 0 {
				t.Errorf("a latched lamp: %s, and wrote %v", d, e.Writes(before))
			}
		}
		latched(asks(e, true))
		if p, err := c.Plan(context.Background(), again(acctest.Unknown)); err != nil || len(p.Diags.Errors()) != 1 {
			t.Errorf("with a retry that is not known: %v %s", err, p.Diags)
		}
		if d := c.MustConverge(context.Background(), t, again("1")).Errors(); len(d) != 1 {
			t.Fatalf("tried again: %s", d)
		}
		latched(again("1"))
		latched(asks(e, true))
		e.World.Origins().Put("green.origin.test", origin.State{})
		if d := c.MustConverge(context.Background(), t, again("2")).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		shows("settled", "on")(t, e, c)
	})
}

// byHand has somebody write what the lamp shows.
func byHand(e *acctest.Env, shows string) {
	e.ChangeByHand(lampName, r53types.Change{Action: r53types.ChangeActionUpsert, ResourceRecordSet: &r53types.ResourceRecordSet{
		Name: aws.String(lampName), Type: r53types.RRTypeTxt, TTL: aws.Int64(60), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String(strconv.Quote(shows))}},
	}})
	e.Settle()
}

// What somebody does by hand is drift with a plan that undoes it.
func TestALampTurnedByHandIsDrift(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, c := begin(t, true)
		byHand(e, "off")
		p, err := c.Plan(context.Background(), asks(e, true))
		if err != nil || p.Empty() || !slices.Contains(acctest.Strings(p.Planned, "steps"), "turn the lamp on") {
			t.Fatalf("%v\n%s\n%s", err, p.Diags, p.Planned)
		}
		if d, err := c.Apply(context.Background(), p); err != nil || len(d.Errors()) > 0 {
			t.Fatalf("%v\n%s", err, d)
		}
		shows("settled", "on")(t, e, c)
	})
}

// What a plan has not shown is not done: the next plan shows it.
func TestALampThatSomebodyTurnedAfterThePlanIsNotTurned(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, c := begin(t, false)
		byHand(e, "on")
		p, err := c.Plan(context.Background(), asks(e, true))
		if steps := acctest.Strings(p.Planned, "steps"); err != nil || !slices.Equal(steps, []string{"see whether anybody is dazzled"}) {
			t.Fatalf("it shines already: %v %s", err, steps)
		}
		byHand(e, "off")
		before := e.World.Journal().Seq()
		d, err := c.Apply(context.Background(), p)
		if err != nil || len(d.Errors()) != 1 || len(e.Writes(before)) != 0 {
			t.Errorf("%v %s, and wrote %v", err, d, e.Writes(before))
		}
	})
}

// The evidence has spoken: whoever is interrupted on the way back goes no other way afterwards.
func TestAfterAnInterruptTheWayBackOfALampIsFinished(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, c := begin(t, false)
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		p, err := c.Plan(context.Background(), asks(e, true))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		began := e.World.Journal().Seq()
		go func() {
			for len(e.Writes(began)) < 2 { // on, and off
				_ = clock.System{}.Sleep(context.Background(), time.Second)
			}
			cancel()
		}()
		if _, err := c.Interrupt(ctx, p); err != nil {
			t.Fatal(err)
		}
		shows("unproven", "off")(t, e, c)
		if d := c.MustConverge(context.Background(), t, asks(e, true)).Errors(); len(d) > 0 {
			t.Errorf("%s", d)
		}
		shows("rolled_back", "off")(t, e, c)
	})
}

func TestACreateOfALampThatFailsLeavesNoState(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, c := begin(t, false)
		c.State = tftypes.NewValue(c.State.Type(), nil)
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		if d := c.MustConverge(context.Background(), t, asks(e, true)).Errors(); len(d) != 1 || !c.State.IsNull() {
			t.Errorf("%s\n%s", d, c.State)
		}
	})
}
