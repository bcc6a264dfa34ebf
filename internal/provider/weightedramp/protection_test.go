package weightedramp_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

const (
	protects = "A record of the ramp is protected against changes"
	because  = "ask the DNS team first"
	api      = "api.example.com"
)

func TestARampOverAProtectedRecordDoesNotBegin(t *testing.T) {
	t.Parallel()
	running(t, site(api, www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.ProtectByHand(www, "A", because)
		before := e.World.Journal().Seq()
		ask := gated(e, toward(e, 50, 5, 25))
		p, err := c.Plan(t.Context(), ask)
		if err != nil {
			t.Fatal(err)
		}
		if w := p.Diags.Warnings().String(); !strings.Contains(w, protects) || !strings.Contains(w, because) {
			t.Errorf("the plan says\n%s", p.Diags)
		}
		d := c.MustConverge(t.Context(), t, ask).Errors()
		if len(d) != 1 || d[0].Summary != protects || !strings.Contains(d[0].Detail, because) || !strings.Contains(d[0].Detail, "A record of "+www) {
			t.Errorf("%s", d)
		}
		if w := e.Writes(before); len(w) > 0 {
			t.Errorf("%d writes, the first %s", len(w), w[0].Operation)
		}
		e.UnprotectByHand(www, "A")
		mustApply(t, c, ask)
		expectSets(t, e, at(e, "50", "50")...)
	})
}

// A protection that comes in mid-ramp must not keep the others at an endpoint that fails.
func TestTheWayBackLeavesOnlyWhatIsProtected(t *testing.T) {
	t.Parallel()
	running(t, site(api, www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		ask := gated(e, toward(e, 50, 5, 25))
		go func() {
			wait(12 * time.Minute) // it has 25 percent
			e.ProtectByHand(www, "A", because)
			e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		}()
		d := c.MustConverge(t.Context(), t, ask).Errors()
		if len(d) != 1 || !strings.Contains(d[0].Detail, because) {
			t.Errorf("%s", d)
		}
		if got := e.Records(api); !slices.Equal(got, []string{"A " + e.Blue.Domain, "AAAA " + e.Blue.Domain}) {
			t.Errorf("%s has %q", api, got)
		}
		if got := e.Records(www); len(got) != 3 { // both of A, and AAAA, which is not the ramp's
			t.Errorf("%s has %q", www, got)
		}
	})
}

// Who may not ask, or asks a server that does not know, goes on: Route 53 has the last word.
func TestWhoCannotAskAboutProtectionsIsToldByRoute53(t *testing.T) {
	t.Parallel()
	for name, f := range acctest.Unasked() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				e.World.Faults().Add(f)
				mustApply(t, c, toward(e, 5))
				e.ProtectByHand(www, "A", because)
				before := e.World.Journal().Seq()
				d := c.MustConverge(t.Context(), t, toward(e, 10)).Errors()
				if len(d) != 1 || d[0].Summary != protects || !strings.Contains(d[0].Detail, because) {
					t.Errorf("%s", d)
				}
				if w := e.Writes(before); len(w) != 1 {
					t.Errorf("asked Route 53 %d times for what it refuses", len(w))
				}
				expectSets(t, e, at(e, "5", "95")...)
			})
		})
	}
}

func TestARampInALockedZoneDoesNotBeginAndAnotherWaits(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"PriorRequestNotComplete", "InvalidInput"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				e.World.Turn(func(k *knob.Knobs) { k.LockedZone = code })
				e.RecoverByHand("example.com")
				wait(9 * time.Minute)
				before := e.World.Journal().Seq()
				d := c.MustConverge(t.Context(), t, toward(e, 50)).Errors()
				if len(d) != 1 || d[0].Summary != "The zone of the ramp is locked" || !strings.Contains(d[0].Detail, "ENABLING_HOSTED_ZONE_LOCKED") || len(e.Writes(before)) > 0 {
					t.Errorf("%s", d)
				}
				wait(2 * time.Minute)
				mustApply(t, c, toward(e, 50))
			})
			running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				e.World.Turn(func(k *knob.Knobs) {
					k.LockedZone, k.RecoverySpan, k.RecoveryLock = code, 20*time.Minute, 20*time.Minute-time.Second
				})
				go func() {
					wait(4 * time.Minute) // at the first step
					e.RecoverByHand("example.com")
				}()
				mustApply(t, c, gated(e, toward(e, 50, 5, 25)))
				expectSets(t, e, at(e, "50", "50")...)
			})
		})
	}
}
