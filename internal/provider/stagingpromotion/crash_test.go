package stagingpromotion_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
)

// rigs finds the rig of an Env, which is all that a matrix hands around.
var rigs sync.Map

func rigOf(e *acctest.Env) *rig {
	r, _ := rigs.Load(e)
	return r.(*rig)
}

// A way is one way to use a promotion.
type way struct {
	name   string
	before func(t *testing.T, r *rig) // what happens once the resource is introduced
	ask    func(r *rig) acctest.Config
	want   string // origin of the primary in the end
	phase  string
	fails  bool
	cycle  bool // a whole release, there or there and back
	// promotes is how often staging is promoted if nobody interrupts.
	promotes int
	// once: staging is promoted once, however often a run died.
	once bool
	// applies is how many it may take, if more than usual.
	applies int
}

func weights(r *rig) acctest.Config {
	c := r.ask("two")
	c["canary"] = map[string]any{"weights": []any{5, 15}, "bake_time": "2m", "require_traffic": 0}
	c["verify"] = map[string]any{"after": map[string]any{"probes": []any{map[string]any{"path": "/health", "body_contains": "next.origin.test"}}}}
	c["invalidate"] = []string{"/*"}
	return c
}

func ways() []way {
	sick := func(_ *testing.T, r *rig) { r.sicken("next.origin.test") }
	return []way{
		{name: "by weights", ask: weights, want: "next.origin.test", phase: "settled", promotes: 1, cycle: true},
		{name: "by header", ask: func(r *rig) acctest.Config { return r.ask("two") }, want: "next.origin.test", phase: "settled", promotes: 1},
		{name: "the canary fails", before: sick, ask: func(r *rig) acctest.Config { return r.ask("two") }, want: "blue.origin.test", phase: "rolled_back", fails: true},
		{name: "the promotion fails", before: sick, ask: func(r *rig) acctest.Config {
			c := weights(r)
			c["canary"] = map[string]any{"header": canaryHeader, "bake_time": "1m"}
			return c
		}, want: "blue.origin.test", phase: "rolled_back", fails: true, promotes: 1, cycle: true},
		{name: "the promotion fails, with a bucket", before: func(t *testing.T, r *rig) {
			t.Helper()
			r.bucket(t)
			sick(t, r)
		}, ask: func(r *rig) acctest.Config {
			return r.ask("two", afterOnly, acctest.Config{"snapshot_bucket": bucket})
		}, want: "blue.origin.test", phase: "rolled_back", fails: true, promotes: 1, once: true},
		{name: "with a bucket", before: func(t *testing.T, r *rig) {
			t.Helper()
			r.bucket(t)
		}, ask: func(r *rig) acctest.Config {
			return r.ask("two", acctest.Config{"snapshot_bucket": bucket})
		}, want: "next.origin.test", phase: "settled", promotes: 1},
		{name: "taken back", before: func(t *testing.T, r *rig) {
			t.Helper()
			r.sicken("next.origin.test")
			c := weights(r)
			c["on_failure"] = "hold"
			expectSays(t, r.apply(t, c).Errors(), "The release is not healthy")
		}, ask: func(r *rig) acctest.Config {
			c := weights(r)
			c["release"] = "one"
			return c
		}, want: "blue.origin.test", phase: "settled"},
		{name: "drift restored", before: func(_ *testing.T, r *rig) {
			r.EditByHand(r.Blue, func(c *cftypes.DistributionConfig) { c.Origins.Items[0].DomainName = aws.String("wild.origin.test") })
			r.Settle()
		}, ask: func(r *rig) acctest.Config { return r.ask("one", acctest.Config{"on_drift": "restore"}) }, want: "blue.origin.test", phase: "settled"},
	}
}

// ordeal is the way as the matrices take it.
func (w way) ordeal() matrix.Scenario {
	return matrix.Scenario{
		Name: w.name, Fails: w.fails, Cycle: w.cycle, Applies: w.applies,
		Ask: func(e *acctest.Env) acctest.Config { return w.ask(rigOf(e)) },
		Start: func(t *testing.T) (*acctest.Env, *acctest.Core) {
			t.Helper()
			r := newRig(t, site())
			rigs.Store(r.Env, r)
			t.Cleanup(func() { rigs.Delete(r.Env) })
			r.introduce(t, r.ask("one"))
			if w.before != nil {
				w.before(t, r)
			}
			return r.Env, r.core
		},
		Check: func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			t.Helper()
			r := rigOf(e)
			if c.Get("phase") != w.phase {
				t.Errorf("phase = %q, want %q", c.Get("phase"), w.phase)
			}
			r.expect(t, w.want)
			r.expectPromotions(t, w.fails && !w.once)
		},
	}
}

// expectPromotions fails the test if staging was promoted a second time by whoever
// could have known that it was promoted already: only a way back stands between two.
func (r *rig) expectPromotions(t *testing.T, back bool) {
	t.Helper()
	promoted := false
	for _, c := range r.Writes(0) {
		switch {
		case !c.Effect:
		case c.Operation == "UpdateDistributionWithStagingConfig" && promoted:
			t.Error("staging was promoted twice")
		case c.Operation == "UpdateDistributionWithStagingConfig":
			promoted = true
		case c.Operation == "UpdateDistribution" && back:
			promoted = false
		}
	}
}

func ordeals(ways []way) []matrix.Scenario {
	out := make([]matrix.Scenario, 0, len(ways))
	for _, w := range ways {
		out = append(out, w.ordeal())
	}
	return out
}

// lasting leaves out the way that is to promote once: for it, a staging distribution that
// somebody edits in between is another release, which may be promoted too.
func lasting(ways []way) []way {
	return slices.DeleteFunc(ways, func(w way) bool { return w.once })
}

func TestCutoverSurvivesDyingAtEveryWrite(t *testing.T) {
	t.Parallel()
	matrix.Die(t, ordeals(ways())...)
}

func TestCutoverSurvivesInterference(t *testing.T) {
	t.Parallel()
	matrix.Interfere(t, append(matrix.Blips(), matrix.EditedInBetween(func(e *acctest.Env) acctest.Distribution { return rigOf(e).staging })), ordeals(lasting(ways()))...)
}

// The promotion is a late write, and what only its run knows of it decides how the run ends.
func TestCutoverSurvivesInterferenceWithThePromotion(t *testing.T) {
	t.Parallel()
	alone := way{name: "proven by the canary alone", ask: func(r *rig) acctest.Config {
		c := r.ask("two", acctest.Config{"invalidate": []string{"/*"}})
		delete(c["verify"].(map[string]any), "after")
		return c
	}, want: "next.origin.test", phase: "settled"}
	matrix.Interfere(t, matrix.At("UpdateDistributionWithStagingConfig"), alone.ordeal())
}

func TestInterruptHoldsTheRelease(t *testing.T) {
	t.Parallel()
	matrix.Interrupt(t, []time.Duration{1, 20 * time.Second, propagation / 2, propagation + 20*time.Second, 9 * time.Minute, 16 * time.Minute}, ordeals(ways())...)
}

// knobs lists every open question about AWS that a release can meet, turned away
// from its default.
func knobs() map[string]func(*knob.Knobs) {
	return map[string]func(*knob.Knobs){
		"RefuseUpdateInProgress, failed":         func(k *knob.Knobs) { k.RefuseUpdateInProgress = "PreconditionFailed" },
		"RefuseUpdateInProgress, illegal":        func(k *knob.Knobs) { k.RefuseUpdateInProgress = "IllegalUpdate" },
		"FullUpdateRequired":                     func(k *knob.Knobs) { k.FullUpdateRequired = true },
		"ETagOnDeployed":                         func(k *knob.Knobs) { k.ETagOnDeployed = true },
		"ListLag":                                func(k *knob.Knobs) { k.ListLag = 3 * time.Minute },
		"DistributionWrites":                     func(k *knob.Knobs) { k.DistributionWrites = 3 },
		"RefuseZeroWeight":                       func(k *knob.Knobs) { k.RefuseZeroWeight = true },
		"PointerOnAttach":                        func(k *knob.Knobs) { k.PointerOnAttach = true },
		"PointerNewETag":                         func(k *knob.Knobs) { k.PointerNewETag = true },
		"PolicyUpdatePrimary, etag":              func(k *knob.Knobs) { k.PolicyUpdatePrimary = "etag" },
		"PolicyUpdatePrimary, silent":            func(k *knob.Knobs) { k.PolicyUpdatePrimary = "silent" },
		"AliasesUnlocked":                        func(k *knob.Knobs) { k.AliasesUnlocked = true },
		"EnabledLocked":                          func(k *knob.Knobs) { k.EnabledLocked = true },
		"PromoteNeedsEnabled":                    func(k *knob.Knobs) { k.PromoteNeedsEnabled = true },
		"RefusePromoteInProgress, failed":        func(k *knob.Knobs) { k.RefusePromoteInProgress = "PreconditionFailed" },
		"RefusePromoteInProgress, illegal":       func(k *knob.Knobs) { k.RefusePromoteInProgress = "IllegalUpdate" },
		"RefusePromoteStagingInProgress, failed": func(k *knob.Knobs) { k.RefusePromoteStagingInProgress = "PreconditionFailed" },
		"PromoteNewStagingETag":                  func(k *knob.Knobs) { k.PromoteNewStagingETag = true },
		"PromoteKeepsEnabled":                    func(k *knob.Knobs) { k.PromoteKeepsEnabled = true },
		"StagingFallback":                        func(k *knob.Knobs) { k.StagingFallback = true },
		"InvalidationSpan":                       func(k *knob.Knobs) { k.InvalidationSpan = 3 * time.Minute },
	}
}

func TestCutoverWorksWithEverySettingOfEveryKnob(t *testing.T) {
	t.Parallel()
	matrix.Turn(t, knobs(), ordeals(lasting(ways()))...)
}
