package latched_test

import (
	"context"
	"slices"
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
		"zone_id": e.ZoneIDs["example.com"], "name": lampName, "lit": lit,
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
		before := e.World.Journal().Seq()
		p, err := c.Plan(context.Background(), asks(e, true))
		if err != nil || !p.Empty() || len(p.Diags.Warnings()) != 1 || len(e.Writes(before)) != 0 {
			t.Fatalf("a latched plan: %v, empty: %t\n%s", err, p.Empty(), p.Diags)
		}
		e.World.Origins().Put("green.origin.test", origin.State{})
		again := asks(e, true)
		again["retry"] = "1"
		if d := c.MustConverge(context.Background(), t, again).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		shows("settled", "on")(t, e, c)
	})
}

// What somebody does by hand is drift with a plan that undoes it.
func TestALampTurnedByHandIsDrift(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, c := begin(t, true)
		e.ChangeByHand(lampName, r53types.Change{Action: r53types.ChangeActionUpsert, ResourceRecordSet: &r53types.ResourceRecordSet{
			Name: aws.String(lampName), Type: r53types.RRTypeTxt, TTL: aws.Int64(60), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String(`"off"`)}},
		}})
		e.Settle()
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
