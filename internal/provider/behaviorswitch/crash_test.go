package behaviorswitch_test

import (
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// scenarios are the ways a switch is used.
func scenarios() []matrix.Scenario {
	start := func(introduced bool, sick string) func(t *testing.T) (*acctest.Env, *acctest.Core) {
		return func(t *testing.T) (*acctest.Env, *acctest.Core) {
			t.Helper()
			s := open(t, "/api/*", "/img/*")
			c := core(s.Env)
			if introduced {
				mustApply(t, c, gated(s.toward("blue", "default", "/api/*")))
			}
			if sick != "" {
				s.World.Origins().Put(sick+".origin.test", origin.State{Status: 503})
			}
			return s.Env, c
		}
	}
	check := func(uses, phase string) func(*testing.T, *acctest.Env, *acctest.Core) {
		return func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			t.Helper()
			got := of(e).uses(t)
			if got["default"] != uses || got["/api/*"] != uses || got["/img/*"] != "app-blue" {
				t.Errorf("the behaviours use %v, want %s", got, uses)
			}
			if phase != "" && c.Get("phase") != phase {
				t.Errorf("phase = %q, want %q", c.Get("phase"), phase)
			}
		}
	}
	green := func(e *acctest.Env) acctest.Config { return gated(of(e).toward("green", "default", "/api/*")) }
	return []matrix.Scenario{
		{Name: "there", Cycle: true, Start: start(true, ""), Ask: green, Check: check("app-green", "settled")},
		{Name: "by create", Start: start(false, ""), Ask: green, Check: check("app-green", "settled")},
		{Name: "rolled back", Cycle: true, Fails: true, Start: start(true, "app-green"), Ask: green, Check: check("app-blue", "rolled_back")},
	}
}

func TestCutoverSurvivesDyingAtEveryWrite(t *testing.T) {
	t.Parallel()
	matrix.Die(t, scenarios()...)
}

func TestCutoverSurvivesInterference(t *testing.T) {
	t.Parallel()
	matrix.Interfere(t, append(matrix.Blips(), matrix.EditedInBetween(func(e *acctest.Env) acctest.Distribution { return e.Blue }),
		matrix.Interference{Name: "invalidations are not answered", Fault: fault.Fault{Operation: "CreateInvalidation", Kind: fault.ServerFail, Count: 3}}), scenarios()...)
}

func TestInterruptHoldsAtEveryStep(t *testing.T) {
	t.Parallel()
	matrix.Interrupt(t, []time.Duration{1, 5 * time.Second, 100 * time.Second, 6 * time.Minute, 9 * time.Minute}, scenarios()...)
}

// knobs are the open questions about behaviours and caches.
func knobs() map[string]func(*knob.Knobs) {
	return map[string]func(*knob.Knobs){
		"EqualPatterns":       func(k *knob.Knobs) { k.EqualPatterns = true },
		"RegionalCaches":      func(k *knob.Knobs) { k.RegionalCaches = 3 },
		"OriginPathInKey":     func(k *knob.Knobs) { k.OriginPathInKey = true },
		"PurgeOnOriginChange": func(k *knob.Knobs) { k.PurgeOnOriginChange = true },
	}
}

func TestCutoverWorksWithEverySettingOfEveryKnob(t *testing.T) {
	t.Parallel()
	matrix.Turn(t, knobs(), scenarios()...)
}
