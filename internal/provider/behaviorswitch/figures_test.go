package behaviorswitch_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
)

// `make bench` asks for as many as two waves of a CLI.
var switches = flag.Int("switches", 8, "how many behaviours of one distribution are switched, each by a switch of its own")

const bake = 5 * time.Minute // bake_time's default

func TestWhatASwitchCosts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit   func(acctest.Config)
		writes int
		waits  []acctest.Wait
	}{
		// What the edge holds would fail a gate that asks for a page, so there is none.
		"switch of one behaviour, neither invalidated nor verified": {func(c acctest.Config) { delete(c, "invalidate"); delete(c, "verify") }, 1, nil},
		"switch of one behaviour":                                   {func(acctest.Config) {}, 2, []acctest.Wait{{Name: "bake", For: bake}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T) {
				s := open(t, "/api/*")
				p := core(s.Env)
				mustApply(t, p, s.toward("blue", "/api/*"))
				config := gated(s.toward("green", "/api/*"))
				c.edit(config)
				s.Measure(p, func() { mustApply(t, p, config) }).Report(t, name, c.writes, c.waits...)
			})
		})
	}
}

// A together is a way to apply switches of many behaviours of one distribution.
type together struct {
	parallelism int    // 0: each in an apply of its own
	window      string // of the provider block
	// What is allowed: writes, and propagations.
	writes, propagations int
}

// Switches of one distribution share a write and a propagation: in each wave of as many as
// the CLI applies at a time.
func TestManySwitchesOfOneDistributionShareAWrite(t *testing.T) {
	t.Parallel()
	const serially = "one apply each"
	many := *switches
	walls := map[string]time.Duration{}
	ways := map[string]together{
		serially:                 {writes: many, propagations: many},
		"one apply in two waves": {parallelism: many / 2, writes: 4, propagations: 2},
		"one apply of all":       {parallelism: many, writes: 2, propagations: 1},
		"one apply of all, with a batch_window of 0s": {parallelism: many, window: "0s", writes: many, propagations: many},
	}
	for _, way := range slices.Sorted(maps.Keys(ways)) {
		how := ways[way]
		t.Run(way, func(t *testing.T) {
			running(t, func(t *testing.T) {
				m := switchMany(t, many, how)
				if how.window == "0s" && m.Writes != many {
					t.Errorf("%d edits that share no write were %d writes", many, m.Writes)
				}
				walls[way] = m.Wall
				name := fmt.Sprintf("%d switches of one distribution, %s: ", many, way)
				bounded := []figure.Figure{
					figure.AtMost(name+"writes", float64(m.Writes), "calls", float64(how.writes)),
					figure.AtMost(name+"propagations", float64(m.Propagations), "times", float64(how.propagations)),
				}
				for _, f := range bounded {
					if !f.OK {
						t.Errorf("%s: %g, want %s", f.Name, f.Value, f.Bound)
					}
				}
				figure.Report(t, append(bounded, figure.Plain(name+"wall", m.Wall.Seconds(), "s"), figure.Plain(name+"reads", float64(m.Reads), "calls"))...)
			})
		})
	}
	for way, wall := range walls {
		if way == serially {
			continue
		}
		f := figure.AtLeast(fmt.Sprintf("%d switches of one distribution, %s: times less wall than %s", many, way, serially), walls[serially].Seconds()/wall.Seconds(), "x", 0.4*float64(many))
		if figure.Report(t, f); !f.OK {
			t.Errorf("%s: %g", f.Name, f.Value)
		}
	}
}

// switchMany switches each of many behaviours by a switch of its own.
func switchMany(t *testing.T, many int, how together) acctest.Measured {
	t.Helper()
	var patterns []string
	for i := range many {
		patterns = append(patterns, fmt.Sprintf("/p%02d/*", i))
	}
	s := open(t, patterns...)
	config := func(live, pattern string) acctest.Config {
		c := s.toward(live, pattern)
		delete(c, "invalidate")
		c["bake_time"] = "0s"
		return c
	}
	var cores []*acctest.Core
	var plans []acctest.Plan
	for _, p := range patterns {
		c := core(s.Env)
		if how.window != "" {
			c.Provider["batch_window"] = how.window
		}
		mustApply(t, c, config("blue", p))
		plan, err := c.Plan(context.Background(), config("green", p))
		if err != nil {
			t.Fatal(err)
		}
		cores, plans = append(cores, c), append(plans, plan)
	}
	m := s.Measure(cores[0], func() {
		if how.parallelism == 0 {
			for i, p := range patterns {
				cores[i].World.Transport = cores[0].World.Transport
				mustApply(t, cores[i], config("green", p))
			}
			return
		}
		said, err := acctest.Together(context.Background(), how.parallelism, cores, plans)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range said {
			if len(d) > 0 {
				t.Error(d)
			}
		}
	})
	for i, c := range cores { // each can be found in CloudTrail
		ids := map[string]bool{}
		for _, e := range c.Events() {
			if e.Step == "switching "+patterns[i]+" of "+s.ID+" to green" {
				ids[e.RequestID] = true
			}
		}
		if len(ids) != 1 || ids[""] {
			t.Errorf("%s was written by request %v", patterns[i], ids)
		}
	}
	got := s.uses(t)
	for _, p := range patterns {
		if got[p] != "app-green" {
			t.Errorf("%s uses %s: somebody's edit was lost", p, got[p])
		}
	}
	return m
}
