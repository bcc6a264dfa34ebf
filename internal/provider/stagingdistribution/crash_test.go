package stagingdistribution_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
)

// scenarios are the ways in which a staging distribution is used.
func scenarios() []matrix.Scenario {
	scenario := func(name string, before func(*testing.T, *world), ask func(*acctest.Env) acctest.Config, want string) matrix.Scenario {
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
				all := e.Staging()
				if ask(e) == nil {
					if len(all) > 0 {
						t.Errorf("%d staging distributions left", len(all))
					}
					return
				}
				if len(all) != 1 || c.Get("id") != all[0].ID {
					t.Fatalf("there are %v, and state says %s", all, c.Get("id"))
				}
				if got := e.Config(all[0]); path(got) != want || !aws.ToBool(got.Enabled) || *got.Aliases.Quantity != 0 {
					t.Errorf("staging is at %q, enabled %v", path(got), *got.Enabled)
				}
				e.ExpectServed()
			},
		}
	}
	exists := func(t *testing.T, w *world) { t.Helper(); w.apply(t, next(w.Env)) }
	return []matrix.Scenario{
		scenario("create", nil, next, "/next"),
		scenario("create with sides", nil, func(e *acctest.Env) acctest.Config { return turns(e, "1") }, "/two"),
		scenario("change", exists, func(e *acctest.Env) acctest.Config {
			c := next(e)
			c["overrides"].(map[string]any)["origins"] = map[string]any{"origin": map[string]any{"origin_path": "/later"}}
			return c
		}, "/later"),
		scenario("change under a policy", func(t *testing.T, w *world) {
			t.Helper()
			exists(t, w)
			d, _ := w.staging(t)
			w.AttachByHand(w.Blue, w.JoinByHand(d, acctest.ByWeight(0.05), true))
			w.Settle()
		}, func(e *acctest.Env) acctest.Config {
			c := next(e)
			c["overrides"].(map[string]any)["origins"] = map[string]any{"origin": map[string]any{"origin_path": "/later"}}
			return c
		}, "/later"),
		scenario("follow", func(t *testing.T, w *world) {
			t.Helper()
			exists(t, w)
			w.EditByHand(w.Blue, func(c *cftypes.DistributionConfig) { c.DefaultRootObject = aws.String("home.html") })
			w.Settle()
		}, func(e *acctest.Env) acctest.Config { return with(next(e), "follow", "2") }, "/next"),
		scenario("destroy", exists, func(*acctest.Env) acctest.Config { return nil }, ""),
	}
}

func TestAStagingDistributionSurvivesDyingAtEveryWrite(t *testing.T) {
	t.Parallel()
	matrix.Die(t, scenarios()...)
}

func TestAStagingDistributionSurvivesInterference(t *testing.T) {
	t.Parallel()
	matrix.Interfere(t, append(matrix.Blips(), matrix.EditedInBetween(func(e *acctest.Env) acctest.Distribution { return e.Blue })), scenarios()...)
}

func TestAnInterruptHolds(t *testing.T) {
	t.Parallel()
	matrix.Interrupt(t, []time.Duration{1, 20 * time.Second, propagation / 2, propagation + 20*time.Second}, scenarios()...)
}

// knobs lists every open question about AWS that a staging distribution can meet,
// turned away from its default.
func knobs() map[string]func(*knob.Knobs) {
	return map[string]func(*knob.Knobs){
		"RefuseUpdateInProgress, failed":  func(k *knob.Knobs) { k.RefuseUpdateInProgress = "PreconditionFailed" },
		"RefuseUpdateInProgress, illegal": func(k *knob.Knobs) { k.RefuseUpdateInProgress = "IllegalUpdate" },
		"FullUpdateRequired":              func(k *knob.Knobs) { k.FullUpdateRequired = true },
		"ETagOnDeployed":                  func(k *knob.Knobs) { k.ETagOnDeployed = true },
		"ListLag":                         func(k *knob.Knobs) { k.ListLag = 3 * time.Minute },
		"DistributionWrites":              func(k *knob.Knobs) { k.DistributionWrites = 3 },
		"StagingAliasError":               func(k *knob.Knobs) { k.StagingAliasError = "CNAMEAlreadyExists" },
		"CopyReplay":                      func(k *knob.Knobs) { k.CopyReplay = true },
		"PointerOnAttach":                 func(k *knob.Knobs) { k.PointerOnAttach = true },
		"PointerNewETag":                  func(k *knob.Knobs) { k.PointerNewETag = true },
		"PointerRequired":                 func(k *knob.Knobs) { k.PointerRequired = true },
		"DetachWithChanges":               func(k *knob.Knobs) { k.DetachWithChanges = true },
		"EnabledLocked":                   func(k *knob.Knobs) { k.EnabledLocked = true },
	}
}

func TestAStagingDistributionWorksWithEverySettingOfEveryKnob(t *testing.T) {
	t.Parallel()
	matrix.Turn(t, knobs(), scenarios()...)
}
