package bluegreenswitch_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/audit"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// A scenario is one way a switch is used: what runs before, what is asked for,
// and where everything has to be in the end, however often the way was interrupted.
type scenario struct {
	name     string
	site     acctest.Site
	before   func(t *testing.T, e *acctest.Env, c *acctest.Core) // brings about the state the run starts from
	ask      func(e *acctest.Env) acctest.Config                 // nil config: destroy
	want     func(e *acctest.Env) acctest.Distribution
	unserved bool          // viewers could not be served throughout, whoever did it
	tolerate []audit.Kind  // what the method does on purpose
	outage   time.Duration // viewers may be unserved this long on a POP, and have to be at some
	// impossible lists the settings of knobs under which the method cannot work.
	impossible []string
	// cycle: a whole cutover by one of the methods.
	cycle bool
	// fails: the run ends with an error even when nobody interrupts it.
	fails bool
}

func introduced(t *testing.T, e *acctest.Env, c *acctest.Core) {
	t.Helper()
	if d := c.MustConverge(context.Background(), t, switchTo(e, "blue")).Errors(); len(d) > 0 {
		t.Fatal(d)
	}
}

func toGreen(e *acctest.Env) acctest.Config     { return switchTo(e, "green") }
func green(e *acctest.Env) acctest.Distribution { return e.Green }
func blue(e *acctest.Env) acctest.Distribution  { return e.Blue }

func scenarios() []scenario {
	three := site("example.com", "www.example.com", "www.example.org")
	three.Zones = []string{"example.com", "example.org"}
	unclaimed := site("www.example.com")
	unclaimed.Unclaimed, unclaimed.NoRecords = true, true
	parked := site("www.example.com")
	parked.Unclaimed = true
	return append(methodScenarios(), []scenario{
		{name: "unclaimed name whose records point at the other side", site: parked, ask: toGreen, want: green, unserved: true},
		{name: "one name", site: site("www.example.com"), before: introduced, ask: toGreen, want: green},
		{name: "apex and www in two zones", cycle: true, site: three, before: introduced, ask: toGreen, want: green},
		{name: "cutover by create", site: site("www.example.com"), ask: toGreen, want: green},
		{name: "first placement", site: unclaimed, ask: toGreen, want: green, unserved: true},
		{name: "CNAME", site: site("www.example.com"), before: introduced, ask: func(e *acctest.Env) acctest.Config {
			c := toGreen(e)
			c["dns"] = map[string]any{"example.com": map[string]any{"zone_id": e.ZoneIDs["example.com"], "type": "CNAME", "ttl": 30}}
			return c
		}, want: green},
		{name: "CNAME whose TTL is lowered", site: site("a.example.com", "b.example.com"), before: func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			t.Helper()
			mustApply(t, c, withLowerTTL(e, "blue"))
		}, ask: func(e *acctest.Env) acctest.Config { return withLowerTTL(e, "green") }, want: green},
		{name: "invalidation", site: site("www.example.com"), before: introduced, ask: func(e *acctest.Env) acctest.Config {
			c := toGreen(e)
			c["invalidate"] = []string{"/*"}
			return c
		}, want: green},
		{name: "rollback", site: three, before: func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			introduced(t, e, c)
			e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		}, ask: func(e *acctest.Env) acctest.Config {
			c := toGreen(e)
			c["verify"] = map[string]any{"after": map[string]any{"probes": []any{map[string]any{"path": "/"}}}}
			return c
		}, want: blue, fails: true},
	}...)
}

// methodScenarios are the ways in which the other methods are used.
func methodScenarios() []scenario {
	by := func(config func(*acctest.Env) acctest.Config, method string) func(*acctest.Env) acctest.Config {
		return func(e *acctest.Env) acctest.Config {
			c := config(e)
			c["method"] = method
			if method == "remove_and_add" {
				c["allow_downtime"] = true
			}
			return c
		}
	}
	back := func(e *acctest.Env) acctest.Config {
		c := toGreen(e)
		c["verify"] = map[string]any{"after": map[string]any{"probes": []any{map[string]any{"path": "/"}}}}
		return c
	}
	sick := func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		t.Helper()
		introduced(t, e, c)
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
	}
	two := site("a.example.com", "b.example.com")
	var out []scenario
	for _, m := range []string{"associate_alias", "wildcard_overlap", "remove_and_add"} {
		s := scenario{name: m, cycle: true, site: two, before: introduced, ask: by(toGreen, m), want: green}
		switch m {
		case "associate_alias": // AWS checks no condition, so an edit right before the write goes unnoticed
			s.tolerate = []audit.Kind{audit.MovedWhileDeploying}
		case "wildcard_overlap": // DNS leads on purpose: CloudFront refuses to add a name otherwise
			s.tolerate = []audit.Kind{audit.DNSLeads}
		case "remove_and_add":
			// Between its removal and its addition a name is unserved: for as long as either
			// may take to arrive, and as long as somebody is dead in between.
			s.tolerate, s.outage = []audit.Kind{audit.DNSLeads}, time.Hour
			// DNS must lead or CloudFront refuses the name, and must not lead or Route 53
			// refuses the record. See TestAMethodThatCannotWorkStopsBeforeTheFirstName.
			s.impossible = []string{"AliasMustMatch"}
		}
		out = append(out, s)
		s.name, s.cycle, s.before, s.ask, s.want, s.fails = m+", rolled back", false, sick, by(back, m), blue, true
		out = append(out, s)
	}
	keep := out[2]
	keep.name, keep.ask = "wildcard_overlap, kept on the idle side", func(e *acctest.Env) acctest.Config {
		c := by(toGreen, "wildcard_overlap")(e)
		c["keep_wildcard"] = true
		return c
	}
	return append(out, keep)
}

// essential are the scenarios that differ in the steps they take. The matrices of
// interference and knobs take these, dying at every write takes all of them.
func essential() []scenario {
	var out []scenario
	for _, s := range scenarios() {
		switch s.name {
		case "apex and www in two zones", "first placement", "rollback", "CNAME whose TTL is lowered", "invalidation", "associate_alias", "wildcard_overlap", "remove_and_add":
			out = append(out, s)
		}
	}
	return out
}

// ordeal is the scenario as the matrices take it.
func (s scenario) ordeal() matrix.Scenario {
	return matrix.Scenario{
		Name: s.name, Ask: s.ask, Fails: s.fails, Cycle: s.cycle,
		Start: func(t *testing.T) (*acctest.Env, *acctest.Core) {
			t.Helper()
			e := acctest.New(t, s.site)
			e.ProtectNeighbours()
			c := core(e)
			if s.before != nil {
				s.before(t, e, c)
			}
			return e, c
		},
		Check: func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			t.Helper()
			if want := map[bool]string{false: "settled", true: "rolled_back"}[s.fails]; c.Get("phase") != want {
				t.Errorf("phase = %q, want %q", c.Get("phase"), want)
			}
			e.ExpectOn(s.want(e))
			s.expectServed(t, e)
		},
		Impossible: s.impossible,
	}
}

func ordeals(scenarios []scenario) []matrix.Scenario {
	out := make([]matrix.Scenario, 0, len(scenarios))
	for _, s := range scenarios {
		out = append(out, s.ordeal())
	}
	return out
}

// expectServed checks what viewers met at every instant against what the method
// promises.
func (s scenario) expectServed(t *testing.T, e *acctest.Env) {
	t.Helper()
	if s.unserved {
		return
	}
	for _, v := range e.World.Audit(e.Start, e.Names...) {
		switch {
		case slices.Contains(s.tolerate, v.Kind):
		case s.outage > 0 && v.Kind == audit.Unserved && !v.Until.IsZero() && v.Until.Sub(v.At) <= s.outage:
		default:
			t.Error(v)
		}
	}
}

func TestCutoverSurvivesDyingAtEveryWrite(t *testing.T) {
	t.Parallel()
	matrix.DieAtOneOf(t, 4, ordeals(scenarios())...)
}

func TestCutoverSurvivesInterference(t *testing.T) {
	t.Parallel()
	matrix.Interfere(t, append(matrix.Blips(), matrix.EditedInBetween(green)), ordeals(essential())...)
}

func TestInterruptHoldsAtEveryStep(t *testing.T) {
	t.Parallel()
	matrix.Interrupt(t, []time.Duration{1, 20 * time.Second, propagation / 2, propagation + 20*time.Second, 9 * time.Minute}, ordeals(essential())...)
}

// knobs lists every open question about AWS that a switch can meet, turned away
// from its default.
func knobs() map[string]func(*knob.Knobs) {
	return map[string]func(*knob.Knobs){
		"RefuseUpdateInProgress, failed":  func(k *knob.Knobs) { k.RefuseUpdateInProgress = "PreconditionFailed" },
		"RefuseUpdateInProgress, illegal": func(k *knob.Knobs) { k.RefuseUpdateInProgress = "IllegalUpdate" },
		"RefuseMoveInProgress, failed":    func(k *knob.Knobs) { k.RefuseMoveInProgress = "PreconditionFailed" },
		"RefuseMoveInProgress, illegal":   func(k *knob.Knobs) { k.RefuseMoveInProgress = "IllegalUpdate" },
		"DNSCheckExempt":                  func(k *knob.Knobs) { k.DNSCheckExempt = true },
		"DNSCheckDelay":                   func(k *knob.Knobs) { k.DNSCheckDelay = 3 * time.Minute },
		"HoldRemovedAlias":                func(k *knob.Knobs) { k.HoldRemovedAlias = true },
		"FullUpdateRequired":              func(k *knob.Knobs) { k.FullUpdateRequired = true },
		"ETagOnDeployed":                  func(k *knob.Knobs) { k.ETagOnDeployed = true },
		"ListLag":                         func(k *knob.Knobs) { k.ListLag = 3 * time.Minute },
		"DistributionWrites":              func(k *knob.Knobs) { k.DistributionWrites = 3 },
		"InsyncSpan":                      func(k *knob.Knobs) { k.InsyncSpan = 2 * time.Minute },
		"AliasMustMatch":                  func(k *knob.Knobs) { k.AliasMustMatch = true },
		"RecordThrottling off":            func(k *knob.Knobs) { k.RecordThrottling = false },
		"PriorRequest":                    func(k *knob.Knobs) { k.PriorRequest = true },
	}
}

func TestCutoverWorksWithEverySettingOfEveryKnob(t *testing.T) {
	t.Parallel()
	matrix.Turn(t, knobs(), ordeals(essential())...)
}
