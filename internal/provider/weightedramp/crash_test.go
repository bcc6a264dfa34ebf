package weightedramp_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

func introduced(t *testing.T, e *acctest.Env, c *acctest.Core) {
	t.Helper()
	mustApply(t, c, toward(e, 0))
}

func halfway(t *testing.T, e *acctest.Env, c *acctest.Core) {
	t.Helper()
	introduced(t, e, c)
	mustApply(t, c, toward(e, 50))
}

// many is more names than one batch holds.
func many() []string {
	var out []string
	for i := range 260 {
		out = append(out, fmt.Sprintf("n%03d.example.com", i))
	}
	return out
}

// scenarios are the ways a ramp is used. want is what every name has in the end.
func scenarios() []matrix.Scenario {
	check := func(want func(e *acctest.Env) []string, phase string) func(*testing.T, *acctest.Env, *acctest.Core) {
		return func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			t.Helper()
			expectSets(t, e, want(e)...)
			if c.Get("phase") != phase {
				t.Errorf("phase = %q, want %q", c.Get("phase"), phase)
			}
			e.ExpectServed()
		}
	}
	green := func(*acctest.Env) []string { return []string{elsewhere + " ttl=60"} }
	two := site(www, "api.example.com")
	start := func(s acctest.Site, before func(*testing.T, *acctest.Env, *acctest.Core)) func(t *testing.T) (*acctest.Env, *acctest.Core) {
		return func(t *testing.T) (*acctest.Env, *acctest.Core) {
			t.Helper()
			e := acctest.New(t, s)
			e.ProtectNeighbours()
			c := core(e)
			if before != nil {
				before(t, e, c)
			}
			return e, c
		}
	}
	return []matrix.Scenario{
		{
			Name: "the whole way up", Cycle: true, Start: start(two, introduced), Check: check(green, "settled"),
			Ask: func(e *acctest.Env) acctest.Config { return gated(e, toward(e, 100, 5, 50)) },
		},
		{
			Name: "down", Cycle: true, Start: start(two, halfway), Check: check(simple, "settled"),
			Ask: func(e *acctest.Env) acctest.Config { return gated(e, toward(e, 0, 5)) },
		},
		{
			Name: "by create", Start: start(two, nil), Ask: func(e *acctest.Env) acctest.Config { return gated(e, toward(e, 30, 5)) },
			Check: check(func(e *acctest.Env) []string { return at(e, "30", "70") }, "settled"),
		},
		{
			Name: "rolled back", Cycle: true, Fails: true, Check: check(simple, "rolled_back"),
			Start: start(two, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				t.Helper()
				introduced(t, e, c)
				e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
			}),
			Ask: func(e *acctest.Env) acctest.Config { return gated(e, toward(e, 100, 5, 50)) },
		},
		{
			Name: "another TTL", Start: start(two, halfway),
			Ask: func(e *acctest.Env) acctest.Config {
				c := gated(e, toward(e, 50))
				c["sides"].(map[string]any)["green"].(map[string]any)["ttl"] = 300
				return c
			},
			Check: check(func(e *acctest.Env) []string {
				return []string{"blue 50 " + e.Blue.Domain, "green 50 " + elsewhere + " ttl=300"}
			}, "settled"),
		},
	}
}

// more names than fit into a batch: every write of every batch is a place to die at.
func large() matrix.Scenario {
	return matrix.Scenario{
		Name: "several batches",
		Start: func(t *testing.T) (*acctest.Env, *acctest.Core) {
			t.Helper()
			s := site("www.example.com")
			e := acctest.New(t, s)
			names := many()
			for chunk := range slices.Chunk(names, 100) {
				var batch []r53types.Change
				for _, n := range chunk {
					batch = append(batch, r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: &r53types.ResourceRecordSet{
						Name: aws.String(n), Type: r53types.RRTypeA, TTL: aws.Int64(60), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String("198.51.100.7")}},
					}})
				}
				e.ChangeByHand(chunk[0], batch...)
			}
			e.Names = names
			e.Settle()
			c := core(e)
			mustApply(t, c, manyToward(e, 0))
			return e, c
		},
		Ask: func(e *acctest.Env) acctest.Config { return manyToward(e, 50, 5) },
		Check: func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			t.Helper()
			expectSets(t, e, "blue 50 198.51.100.7 ttl=60", "green 50 "+elsewhere+" ttl=60")
		},
	}
}

func manyToward(e *acctest.Env, weight int, weights ...any) acctest.Config {
	c := toward(e, weight, weights...)
	c["sides"].(map[string]any)["blue"] = map[string]any{"values": map[string]any{"A": []string{"198.51.100.7"}}}
	return c
}

func TestCutoverSurvivesDyingAtEveryWrite(t *testing.T) {
	t.Parallel()
	matrix.Die(t, append(scenarios(), large())...)
}

func TestCutoverSurvivesInterference(t *testing.T) {
	t.Parallel()
	// Somebody takes the share of one name somewhere else, right before a write.
	edit := func(e *acctest.Env) func() {
		return func() {
			list := sets(e, www, "A")
			if len(list) != 2 {
				return
			}
			e.ChangeByHand(www, r53types.Change{Action: r53types.ChangeActionUpsert, ResourceRecordSet: &r53types.ResourceRecordSet{
				Name: aws.String(www), Type: r53types.RRTypeA, SetIdentifier: aws.String("green"), Weight: aws.Int64(7), TTL: aws.Int64(60),
				ResourceRecords: []r53types.ResourceRecord{{Value: aws.String(elsewhere)}},
			}})
		}
	}
	matrix.Interfere(t, append(matrix.Blips(), matrix.Interference{
		Name: "weighed by somebody in between", Fault: fault.Fault{Service: "route53", Writes: true, Count: 1}, Hook: edit,
	}, matrix.Interference{
		Name: "records cannot be listed", Fault: fault.Fault{Operation: "ListResourceRecordSets", Kind: fault.ServerFail, Skip: 1, Count: 4},
	}), scenarios()...)
}

func TestInterruptHoldsAtEveryStep(t *testing.T) {
	t.Parallel()
	matrix.Interrupt(t, []time.Duration{1, 20 * time.Second, 100 * time.Second, 3 * time.Minute, 9 * time.Minute, 14 * time.Minute}, scenarios()...)
}

// knobs are the open questions about Route 53.
func knobs() map[string]func(*knob.Knobs) {
	return map[string]func(*knob.Knobs){
		"InsyncSpan":           func(k *knob.Knobs) { k.InsyncSpan = 2 * time.Minute },
		"InsyncSpan, none":     func(k *knob.Knobs) { k.InsyncSpan = 0 },
		"AliasMustMatch":       func(k *knob.Knobs) { k.AliasMustMatch = true },
		"RecordThrottling off": func(k *knob.Knobs) { k.RecordThrottling = false },
		"PriorRequest":         func(k *knob.Knobs) { k.PriorRequest = true },
	}
}

func TestCutoverWorksWithEverySettingOfEveryKnob(t *testing.T) {
	t.Parallel()
	matrix.Turn(t, knobs(), scenarios()...)
}
