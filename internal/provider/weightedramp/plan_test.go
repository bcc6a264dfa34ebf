package weightedramp_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

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

// What a plan has not shown is not done: the next plan shows it.
func TestTheWorldMayNotAskForMoreThanThePlanShowed(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		ask := gated(e, toward(e, 50, 5, 25))
		mustApply(t, c, toward(e, 25))
		p, err := c.Plan(context.Background(), ask)
		if err != nil {
			t.Fatal(err)
		}
		e.ChangeByHand(www, weigh(e, www, "blue", 100), weigh(e, www, "green", 0))
		e.Settle()
		before := e.World.Journal().Seq()
		d, err := c.Apply(context.Background(), p)
		if err != nil || len(d.Errors()) != 1 || d.Errors()[0].Summary != "The world changed since this plan of the ramp" || len(e.Writes(before)) > 0 {
			t.Errorf("%v %s, and wrote %v; it had planned %q", err, d, e.Writes(before), acctest.Strings(p.Planned, "steps"))
		}
	})
}

// A ramp that no run can sit out ends half-way every time. The plan says so, which timeout
// it is, and what to write instead; and it refuses none that a run can.
func TestARampThatNoRunCanSitOutIsRefusedAtPlan(t *testing.T) {
	t.Parallel()
	values := func(ttl int) func(*acctest.Env, acctest.Config) {
		return func(_ *acctest.Env, c acctest.Config) {
			c["sides"] = map[string]any{
				"blue":  map[string]any{"values": map[string]any{"A": []string{"198.51.100.7"}}, "ttl": ttl},
				"green": map[string]any{"values": map[string]any{"A": []string{elsewhere}}, "ttl": ttl},
			}
		}
	}
	for name, tt := range map[string]struct {
		weight  int
		weights []any
		bake    string
		limits  map[string]any
		edit    func(*acctest.Env, acctest.Config)
		want    []string // in the refusal; nil: it is planned
	}{
		"three steps of half an hour":              {weight: 100, weights: []any{5, 50}, bake: "30m", want: []string{"1h32m0s together", "`timeouts.update`", `timeouts = { update = "3h" }`, "per_apply"}},
		"two steps of half an hour":                {weight: 100, weights: []any{50}, bake: "30m"},
		"the last step is the weight":              {weight: 100, weights: []any{50, 100}, bake: "30m"},
		"a create that ends sooner":                {weight: 100, weights: []any{50}, bake: "30m", limits: map[string]any{"create": "1h"}, want: []string{"`timeouts.create`", `timeouts = { create = "3h" }`}},
		"an update that may take longer":           {weight: 100, weights: []any{5, 50}, bake: "30m", limits: map[string]any{"update": "2h", "create": "2h"}},
		"the way down, which takes no steps":       {weight: 0, weights: []any{5, 25, 50}, bake: "1h"},
		"resolvers that remember for an hour":      {weight: 100, weights: []any{5, 50}, bake: "1m", edit: values(3600), want: []string{"2h3m0s together", "2h0m0s of that", "`ttl`", `timeouts = { update = "4h" }`}},
		"resolvers that remember for five minutes": {weight: 100, weights: []any{5, 50}, bake: "1m", edit: values(300)},
		"one step for each run":                    {weight: 100, weights: []any{5, 50}, bake: "12h", edit: func(_ *acctest.Env, c acctest.Config) { c["advance"] = "per_apply" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				ask := gated(e, toward(e, tt.weight, tt.weights...))
				ask["bake_time"] = tt.bake
				if tt.limits != nil {
					ask["timeouts"] = tt.limits
				}
				if tt.edit != nil {
					tt.edit(e, ask)
				}
				p, err := c.Plan(context.Background(), ask)
				if err != nil {
					t.Fatal(err)
				}
				d := p.Diags.Errors()
				if tt.want == nil {
					if len(d) > 0 {
						t.Errorf("a ramp that a run can sit out is refused: %s", d)
					}
					return
				}
				if len(d) != 1 || d[0].Summary != "The steps outlast the ramp" || !strings.Contains(d[0].Attribute.String(), "bake_time") {
					t.Fatalf("it says %s", p.Diags)
				}
				for _, part := range tt.want {
					if !strings.Contains(d[0].Detail, part) {
						t.Errorf("%q is not in %s", part, d[0].Detail)
					}
				}
			})
		})
	}
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
