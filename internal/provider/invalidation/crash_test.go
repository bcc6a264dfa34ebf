package invalidation_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/permissions"
)

// scenarios are the ways in which the resource is used. However often one is interrupted,
// what was asked for is one invalidation.
func scenarios() []matrix.Scenario {
	scenario := func(name string, before func(*testing.T, *world), ask func(*acctest.Env) acctest.Config, blue, green int) matrix.Scenario {
		return matrix.Scenario{
			Name: name, Ask: ask, Cycle: name == "create",
			Start: func(t *testing.T) (*acctest.Env, *acctest.Core) {
				t.Helper()
				w := build(t)
				if before != nil {
					before(t, w)
				}
				return w.Env, w.Core
			},
			Check: func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				t.Helper()
				b, g := droppings(t, e, e.Blue), droppings(t, e, e.Green)
				if len(b) != blue || len(g) != green {
					t.Errorf("%d invalidations of blue and %d of green, want %d and %d", len(b), len(g), blue, green)
				}
				last := append(b, g...)
				if config := ask(e); config != nil && len(last) > 0 && c.Get("id") != last[len(last)-1].id {
					t.Errorf("state has %s, and the last is %v", c.Get("id"), last[len(last)-1])
				}
				e.ExpectServed()
			},
		}
	}
	exists := func(t *testing.T, w *world) {
		t.Helper()
		w.apply(t, released(w.Env, "7"))
		sleep(time.Hour)
	}
	return []matrix.Scenario{
		scenario("create", nil, func(e *acctest.Env) acctest.Config { return released(e, "7") }, 1, 0),
		scenario("create while it is being deployed", func(_ *testing.T, w *world) {
			w.EditByHand(w.Blue, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("edited") })
		}, func(e *acctest.Env) acctest.Config { return released(e, "7") }, 1, 0),
		scenario("create without a wait", nil, func(e *acctest.Env) acctest.Config { return with(released(e, "7"), "wait", false) }, 1, 0),
		scenario("create once more", func(t *testing.T, w *world) {
			t.Helper()
			exists(t, w)
			w.apply(t, nil)
		}, func(e *acctest.Env) acctest.Config { return released(e, "7") }, 2, 0),
		scenario("another trigger", exists, func(e *acctest.Env) acctest.Config { return released(e, "8") }, 2, 0),
		scenario("the trigger of before", func(t *testing.T, w *world) {
			t.Helper()
			exists(t, w)
			w.apply(t, released(w.Env, "8"))
		}, func(e *acctest.Env) acctest.Config { return released(e, "7") }, 3, 0),
		scenario("another distribution", exists, func(e *acctest.Env) acctest.Config { return with(released(e, "8"), "distribution_id", e.Green.ID) }, 1, 1),
	}
}

func TestADeathAtAnyWriteLeavesOneInvalidation(t *testing.T) {
	t.Parallel()
	matrix.DieAtOneOf(t, 1, scenarios()...)
}

func TestInterferenceLeavesOneInvalidation(t *testing.T) {
	t.Parallel()
	matrix.Interfere(t, append(matrix.Blips(), matrix.EditedInBetween(func(e *acctest.Env) acctest.Distribution { return e.Blue })), scenarios()...)
}

func TestAnInterruptHolds(t *testing.T) {
	t.Parallel()
	matrix.Interrupt(t, []time.Duration{1, time.Second, 10 * time.Second, 20 * time.Second, propagation / 2, propagation + 20*time.Second}, scenarios()...)
}

// knobs lists every open question about AWS that an invalidation can meet, turned away from
// its default.
func knobs() map[string]func(*knob.Knobs) {
	return map[string]func(*knob.Knobs){
		"InvalidationSpan, none":       func(k *knob.Knobs) { k.InvalidationSpan = 0 },
		"InvalidationSpan, long":       func(k *knob.Knobs) { k.InvalidationSpan = 20 * time.Minute },
		"InvalidationPathRate":         func(k *knob.Knobs) { k.InvalidationPathRate, k.InvalidationWildcardRate = 150, 1 },
		"InvalidationPaths, none":      func(k *knob.Knobs) { k.InvalidationPaths, k.InvalidationWildcards = 0, 0 },
		"RefuseTagWithoutConfig":       func(k *knob.Knobs) { k.RefuseTagWithoutConfig = true },
		"RefuseInvalidationDisabled":   func(k *knob.Knobs) { k.RefuseInvalidationDisabled = true },
		"ETagOnDeployed":               func(k *knob.Knobs) { k.ETagOnDeployed = true },
		"DistributionWrites, a minute": func(k *knob.Knobs) { k.DistributionWrites = 3 },
	}
}

func TestItWorksWithEverySettingOfEveryKnob(t *testing.T) {
	t.Parallel()
	matrix.Turn(t, knobs(), scenarios()...)
}

func TestARunEndsWhateverIsAnswered(t *testing.T) {
	t.Parallel()
	s := scenarios()[0]
	s.Check = func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		t.Helper()
		// A run that cannot see the end of it gives up after an hour and a half. By then it is
		// too old for the next one, which invalidates again rather than too little.
		all := droppings(t, e, e.Blue)
		if n := len(all); n < 1 || n > 2 || c.Get("id") != all[n-1].id {
			t.Errorf("%d invalidations, state has %s", n, c.Get("id"))
		}
	}
	matrix.Answer(t, acctest.Served, func(*acctest.Env, matrix.Unanswered) []string { return nil }, s)
}

func TestNoCallThatHangsHoldsItUp(t *testing.T) {
	t.Parallel()
	matrix.Hang(t, scenarios()[:1]...)
}

func TestWhatIsSaidOfViewersIsTrue(t *testing.T) {
	t.Parallel()
	matrix.Tell(t, acctest.Served, scenarios()[0], scenarios()[4])
}

func TestTheTableOfPermissionsIsExact(t *testing.T) {
	t.Parallel()
	matrix.Permit(t, resourceType, scenarios()[0])
}

// invoked is the action in the same ordeals.
func invoked() matrix.Scenario {
	return matrix.Scenario{
		Name: "invoke", Action: invalidate, Cycle: true,
		Start: func(t *testing.T) (*acctest.Env, *acctest.Core) {
			t.Helper()
			w := build(t)
			w.EditByHand(w.Blue, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("edited") })
			return w.Env, w.Core
		},
		Ask: func(e *acctest.Env) acctest.Config { return without(released(e, "7"), "triggers") },
		Check: func(t *testing.T, e *acctest.Env, _ *acctest.Core) {
			t.Helper()
			for _, d := range droppings(t, e, e.Blue) {
				if d.status != "Completed" {
					t.Errorf("it said that it is over, and %v", d)
				}
			}
			e.ExpectServed()
		},
	}
}

func TestTheActionSurvivesDyingAtEveryWrite(t *testing.T) {
	t.Parallel()
	matrix.DieAtOneOf(t, 1, invoked())
}

func TestTheActionSurvivesInterference(t *testing.T) {
	t.Parallel()
	matrix.Interfere(t, matrix.Blips(), invoked())
}

func TestTheActionsInterruptHolds(t *testing.T) {
	t.Parallel()
	matrix.Interrupt(t, []time.Duration{1, 20 * time.Second, propagation / 2, propagation + 20*time.Second}, invoked())
}

func TestTheTableOfTheActionsPermissionsIsExact(t *testing.T) {
	t.Parallel()
	matrix.PermitWith(t, invalidate, permissions.Options{}, invoked())
}
