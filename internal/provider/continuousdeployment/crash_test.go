package continuousdeployment_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
)

// scenarios are the ways in which a policy is used.
func scenarios() []matrix.Scenario {
	scenario := func(name string, before func(*testing.T, *world), ask func(*acctest.Env) acctest.Config, attached bool) matrix.Scenario {
		return matrix.Scenario{
			Name: name, Ask: ask, Cycle: name == "create" || name == "destroy during a canary",
			Start: func(t *testing.T) (*acctest.Env, *acctest.Core) {
				t.Helper()
				w := build(t)
				w.MarkByHand(w.staging)
				if before != nil {
					before(t, w)
				}
				return w.Env, w.Core
			},
			Check: func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				t.Helper()
				want := 1
				if ask(e) == nil {
					want = 0
				}
				all := e.Policies()
				if len(all) != want {
					t.Errorf("there are %d policies, want %d", len(all), want)
				}
				for id, p := range all {
					if got := e.PolicyOn(e.Blue) == id; got != attached || c.Get("id") != id || aws.ToBool(p.Enabled) {
						t.Errorf("policy %s, enabled %v; attached %v, want %v; state says %s", id, *p.Enabled, got, attached, c.Get("id"))
					}
				}
				if want == 0 && e.PolicyOn(e.Blue) != "" {
					t.Errorf("the primary still has %s", e.PolicyOn(e.Blue))
				}
				e.ExpectServed()
			},
		}
	}
	exists := func(t *testing.T, w *world) { t.Helper(); w.apply(t, joined(w.Env)) }
	apart := func(e *acctest.Env) acctest.Config { return with(joined(e), "attached", false) }
	return []matrix.Scenario{
		scenario("create", nil, joined, true),
		scenario("create, not attached", nil, apart, false),
		scenario("adopt", func(t *testing.T, w *world) {
			t.Helper()
			w.JoinByHand(w.staging, acctest.ByWeight(0.1), false)
		}, joined, true),
		scenario("another weight", exists, func(e *acctest.Env) acctest.Config { return with(joined(e), "weight", 10) }, true),
		scenario("a header instead", exists, func(e *acctest.Env) acctest.Config {
			c := with(joined(e), "header", map[string]any{"name": "aws-cf-cd-test", "value": "yes"})
			delete(c, "weight")
			return c
		}, true),
		scenario("detach", func(t *testing.T, w *world) {
			t.Helper()
			exists(t, w)
			w.TurnByHand(w.Get("id"), func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.Enabled = aws.Bool(true) })
		}, apart, false),
		scenario("attach again", func(t *testing.T, w *world) { t.Helper(); w.apply(t, apart(w.Env)) }, joined, true),
		scenario("destroy", exists, func(*acctest.Env) acctest.Config { return nil }, false),
		scenario("destroy during a canary", func(t *testing.T, w *world) {
			t.Helper()
			exists(t, w)
			w.TurnByHand(w.Get("id"), func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.Enabled = aws.Bool(true) })
			w.Settle()
		}, func(*acctest.Env) acctest.Config { return nil }, false),
	}
}

func TestAPolicySurvivesDyingAtEveryWrite(t *testing.T) {
	t.Parallel()
	matrix.Die(t, scenarios()...)
}

func TestAPolicySurvivesInterference(t *testing.T) {
	t.Parallel()
	matrix.Interfere(t, append(matrix.Blips(), matrix.EditedInBetween(func(e *acctest.Env) acctest.Distribution { return e.Blue })), scenarios()...)
}

func TestAnInterruptHolds(t *testing.T) {
	t.Parallel()
	matrix.Interrupt(t, []time.Duration{1, 20 * time.Second, propagation / 2, propagation + 20*time.Second}, scenarios()...)
}

// knobs lists every open question about AWS that a policy can meet, turned away from
// its default.
func knobs() map[string]func(*knob.Knobs) {
	return map[string]func(*knob.Knobs){
		"RefuseUpdateInProgress, failed":  func(k *knob.Knobs) { k.RefuseUpdateInProgress = "PreconditionFailed" },
		"RefuseUpdateInProgress, illegal": func(k *knob.Knobs) { k.RefuseUpdateInProgress = "IllegalUpdate" },
		"FullUpdateRequired":              func(k *knob.Knobs) { k.FullUpdateRequired = true },
		"ETagOnDeployed":                  func(k *knob.Knobs) { k.ETagOnDeployed = true },
		"ListLag":                         func(k *knob.Knobs) { k.ListLag = 3 * time.Minute },
		"DistributionWrites":              func(k *knob.Knobs) { k.DistributionWrites = 3 },
		"RepeatedPolicyExists":            func(k *knob.Knobs) { k.RepeatedPolicyExists = true },
		"RefuseZeroWeight":                func(k *knob.Knobs) { k.RefuseZeroWeight = true },
		"PointerOnAttach":                 func(k *knob.Knobs) { k.PointerOnAttach = true },
		"PointerNewETag":                  func(k *knob.Knobs) { k.PointerNewETag = true },
		"PointerRequired":                 func(k *knob.Knobs) { k.PointerRequired = true },
		"PolicyUpdatePrimary, etag":       func(k *knob.Knobs) { k.PolicyUpdatePrimary = "etag" },
		"PolicyUpdatePrimary, silent":     func(k *knob.Knobs) { k.PolicyUpdatePrimary = "silent" },
		"DeleteAttachedPolicy":            func(k *knob.Knobs) { k.DeleteAttachedPolicy = true },
		"RefuseDetachEnabled":             func(k *knob.Knobs) { k.RefuseDetachEnabled = true },
		"DetachWithChanges":               func(k *knob.Knobs) { k.DetachWithChanges = true },
		"AliasesUnlocked":                 func(k *knob.Knobs) { k.AliasesUnlocked = true },
		"EnabledLocked":                   func(k *knob.Knobs) { k.EnabledLocked = true },
	}
}

func TestAPolicyWorksWithEverySettingOfEveryKnob(t *testing.T) {
	t.Parallel()
	matrix.Turn(t, knobs(), scenarios()...)
}
