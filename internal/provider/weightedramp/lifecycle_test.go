package weightedramp_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

func TestIntroducingTheRampWritesNothing(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com", "api.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		if w := e.Writes(0); len(w) > 0 {
			t.Errorf("%d writes: %+v", len(w), w)
		}
		e.ExpectNothingLeft(c, toward(e, 0))
		if c.Get("phase") != "settled" || c.Get("routing") != "simple" {
			t.Errorf("phase %s, routing %s", c.Get("phase"), c.Get("routing"))
		}
	})
}

// Up in steps, down in one, and simple records at either end.
func TestARampGoesUpInStepsAndDownInOne(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com", "api.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		before := e.World.Journal().Seq()
		mustApply(t, c, gated(e, toward(e, 25, 5)))
		if w := e.Writes(before); len(w) != 2 {
			t.Errorf("%d writes, want one batch a step: %+v", len(w), w)
		}
		expectSets(t, e, "blue 75 "+e.Blue.Domain, "green 25 "+elsewhere+" ttl=60")
		e.ExpectNothingLeft(c, gated(e, toward(e, 25, 5)))
		before = e.World.Journal().Seq()
		mustApply(t, c, gated(e, toward(e, 100, 5, 25, 50)))
		if w := e.Writes(before); len(w) != 3 { // 50, 100, and simple records
			t.Errorf("%d writes, want 3: %+v", len(w), w)
		}
		expectSets(t, e, elsewhere+" ttl=60")
		if got := acctest.Strings(c.State, "steps"); !slices.Equal(got, []string{
			"give green 50 % of api.example.com and www.example.com", "verify green at 50 %", "bake 5m",
			"give green 100 % of api.example.com and www.example.com", "verify green at 100 %", "bake 5m",
			"make the records of api.example.com and www.example.com simple ones of green",
		}) {
			t.Errorf("steps %q", got)
		}
		e.ExpectNothingLeft(c, gated(e, toward(e, 100, 5, 25, 50)))
		before = e.World.Journal().Seq()
		mustApply(t, c, gated(e, toward(e, 0, 5, 25, 50)))
		if w := e.Writes(before); len(w) != 1 {
			t.Errorf("%d writes on the way down, want 1: %+v", len(w), w)
		}
		expectSets(t, e, e.Blue.Domain)
		e.ExpectNothingLeft(c, gated(e, toward(e, 0, 5, 25, 50)))
		if c.Get("phase") != "settled" {
			t.Errorf("phase %s", c.Get("phase"))
		}
		e.ExpectServed()
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
		e.ExpectNothingLeft(c, ask(300))
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
