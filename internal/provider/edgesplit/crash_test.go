package edgesplit_test

import (
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// of is the shop of a world.
func of(e *acctest.Env) shop { return shop{e, e.Blue} }

// scenarios are the ways a split is used. want is what green has in the end, -1 where nothing is left.
func scenarios() []matrix.Scenario {
	start := func(applies int, weight int, sick bool) func(t *testing.T) (*acctest.Env, *acctest.Core) {
		return func(t *testing.T) (*acctest.Env, *acctest.Core) {
			t.Helper()
			s := open(t)
			c := core(s.Env)
			for range applies {
				mustApply(t, c, gated(s.toward(weight)))
			}
			if sick {
				s.World.Origins().Put("app-green.origin.test", origin.State{Status: 503})
			}
			return s.Env, c
		}
	}
	check := func(want int, phase string) func(*testing.T, *acctest.Env, *acctest.Core) {
		return func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			t.Helper()
			s := of(e)
			if want < 0 {
				if left := s.made(t); len(left) > 0 || len(s.runs(t)) > 0 {
					t.Errorf("left behind: %q, and the behaviours run %v", left, s.runs(t))
				}
				return
			}
			if got := s.table(t).Weights["green"]; got != want {
				t.Errorf("green has %d %%, want %d %%", got, want)
			}
			if made := s.made(t); len(made) != 3 {
				t.Errorf("made: %q", made)
			}
			if runs := s.runs(t); len(runs) != 4 {
				t.Errorf("the behaviours run %v", runs)
			}
			if c.Get("phase") != phase {
				t.Errorf("phase = %q, want %q", c.Get("phase"), phase)
			}
		}
	}
	ask := func(weight int, ladder ...int) func(e *acctest.Env) acctest.Config {
		return func(e *acctest.Env) acctest.Config { return gated(of(e).toward(weight, ladder...)) }
	}
	return []matrix.Scenario{
		{Name: "made", Cycle: true, Start: start(0, 0, false), Ask: ask(0), Check: check(0, "settled")},
		{Name: "the whole way up", Cycle: true, Start: start(1, 0, false), Ask: ask(100, 5, 50), Check: check(100, "settled")},
		{Name: "down", Start: start(2, 50, false), Ask: ask(0), Check: check(0, "settled")},
		{Name: "other code", Cycle: true, Start: start(2, 50, false), Check: check(50, "settled"), Ask: func(e *acctest.Env) acctest.Config {
			return with(gated(of(e).toward(50)), "variant_header", "x-side-of-viewer")
		}},
		{Name: "rolled back", Cycle: true, Fails: true, Start: start(1, 0, true), Ask: ask(50, 5), Check: check(0, "rolled_back")},
		{Name: "taken away", Cycle: true, Start: start(1, 0, false), Ask: func(*acctest.Env) acctest.Config { return nil }, Check: check(-1, "")},
	}
}

func TestASplitSurvivesDyingAtEveryWrite(t *testing.T) {
	t.Parallel()
	matrix.Die(t, scenarios()...)
}

func TestASplitSurvivesInterference(t *testing.T) {
	t.Parallel()
	matrix.Interfere(t, append(matrix.Blips(), matrix.EditedInBetween(func(e *acctest.Env) acctest.Distribution { return e.Blue }),
		matrix.Interference{Name: "the store is not written", Fault: fault.Fault{Operation: "PutKey", Kind: fault.ServerFail, Count: 3}}), scenarios()...)
}

func TestInterruptOfASplitHoldsAtEveryStep(t *testing.T) {
	t.Parallel()
	matrix.Interrupt(t, []time.Duration{1, 5 * time.Second, 100 * time.Second, 5 * time.Minute}, scenarios()...)
}

func TestASplitWorksWithEverySettingOfEveryKnob(t *testing.T) {
	t.Parallel()
	matrix.Turn(t, map[string]func(*knob.Knobs){
		"StoreFlap":        func(k *knob.Knobs) { k.StoreFlap = true },
		"StaleStore":       func(k *knob.Knobs) { k.StaleStore = "PreconditionFailed" },
		"StaleTest":        func(k *knob.Knobs) { k.StaleTest = "PreconditionFailed" },
		"DeleteByLiveETag": func(k *knob.Knobs) { k.DeleteByLiveETag = true },
		"FunctionAtOnce":   func(k *knob.Knobs) { k.FunctionAtOnce = true },
		"ResponseSees":     func(k *knob.Knobs) { k.ResponseSees = "original" },
		"MissingKey":       func(k *knob.Knobs) { k.MissingKey = "Error" },
		"ListLag":          func(k *knob.Knobs) { k.ListLag = 3 * time.Minute },
		"ProvisioningSpan": func(k *knob.Knobs) { k.ProvisioningSpan = 2 * time.Minute },
	}, scenarios()...)
}
