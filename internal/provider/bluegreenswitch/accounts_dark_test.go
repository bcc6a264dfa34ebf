package bluegreenswitch_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

// darkened is a crossing by disabling that was killed once blue was disabled.
func darkened(t *testing.T, s acctest.Site, test func(t *testing.T, e *acctest.Env, c *acctest.Core)) {
	t.Helper()
	crossing(t, s, darkly, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		cutOff(t, e, c, darkly(e, "green"), "UpdateDistribution", 1, false)
		if enabled(t, e, e.Blue) {
			t.Fatal("nothing is dark")
		}
		test(t, e, c)
	})
}

// Who has disabled a side stands in DNS, whatever method the next apply goes by.
func TestAnotherMethodEnablesWhatWasDisabled(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"wildcard_overlap", "remove_and_add"} {
		for _, live := range []string{"blue", "green"} {
			t.Run(method+", then "+live, func(t *testing.T) {
				t.Parallel()
				darkened(t, apart("a.example.com", "www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
					config := between(e, live, acctest.Config{"method": method, "allow_downtime": true})
					before := e.World.Journal().Seq()
					mustApply(t, c, config)
					if w := e.Writes(before); w[0].Operation != "UpdateDistribution" || !strings.Contains(w[0].Caller, "123456789012") || !strings.Contains(w[0].Body, "<Enabled>true</Enabled>") {
						t.Errorf("the first write is %s by %s", w[0].Operation, w[0].Caller)
					}
					if method == "wildcard_overlap" {
						crossingScenario{want: live, outage: true}.expect(t, e)
					}
					if p, err := c.Plan(context.Background(), config); err != nil || !p.Empty() || !enabled(t, e, e.Blue) || c.Get("proofs") != "" {
						t.Errorf("something is left to do: %v, proofs %s, blue is enabled: %t", err, c.Get("proofs"), enabled(t, e, e.Blue))
					}
					expectNoProofs(t, e)
				})
			})
		}
	}
}

// A name that is given up takes with it what the switch has noted beside its proof.
func TestWhatWasDisabledForANameThatIsGivenUpIsEnabled(t *testing.T) {
	t.Parallel()
	crossing(t, apart("a.example.com", "www.example.com"), darkly, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		alone := between(e, "green", acctest.Config{"allow_downtime": true, "allow_downtime_for": []string{"www.example.com"}, "aliases": []string{"a.example.com"}})
		mustApply(t, c, alone)
		d := cutOff(t, e, c, darkly(e, "green"), "UpdateDistribution", 1, true) // told to stop, it has a state
		if enabled(t, e, e.Blue) {
			t.Fatalf("nothing is dark: %s", d)
		}
		mustApply(t, c, alone)
		if got := e.Owner("www.example.com"); !enabled(t, e, e.Blue) || got != e.Blue.ID {
			t.Errorf("www is on %q, blue is enabled: %t", got, enabled(t, e, e.Blue))
		}
		if got := e.In(acctest.NewAccount).Owner("a.example.com"); got != e.Green.ID {
			t.Errorf("a is on %q", got)
		}
		expectNoProofs(t, e)
	})
}

// A destroy forgets who has disabled a side, so it leaves none that the switch has.
func TestADestroyEnablesWhatTheSwitchHasDisabled(t *testing.T) {
	t.Parallel()
	for _, refreshed := range []bool{true, false} {
		darkened(t, apart("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			plan := c.Plan
			if !refreshed {
				plan = c.PlanWithoutRefresh
			}
			p, err := plan(context.Background(), nil)
			if err != nil || len(p.Diags.Errors()) > 0 {
				t.Fatalf("%v\n%s", err, p.Diags)
			}
			if refreshed {
				tells(t, p.Diags, "The destroy undoes what a cutover between accounts has left", "It has disabled blue ("+e.Blue.ID+")", "_cdn-cutover.www.example.com")
			}
			before := e.World.Journal().Seq()
			if d, err := c.Apply(context.Background(), p); err != nil || len(d.Errors()) > 0 || !c.State.IsNull() {
				t.Errorf("%v: the state is there: %t\n%s", err, !c.State.IsNull(), d)
			}
			var did []string
			for _, w := range e.Writes(before) {
				did = append(did, w.Operation)
			}
			if want := []string{"UpdateDistribution", "ChangeResourceRecordSets"}; !slices.Equal(did, want) {
				t.Errorf("it did %q", did)
			}
			e.Settle()
			crossingScenario{want: "blue", outage: true}.expect(t, e)
		})
	}
}

// What stops a destroy in the dark is told with what it leaves, and the next one carries on.
func TestADestroyThatMayNotEnableASideKeepsTheState(t *testing.T) {
	t.Parallel()
	for operation, left := range map[string]string{"UpdateDistribution": "has disabled blue", "ChangeResourceRecordSets": "No distribution is disabled any more"} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			darkened(t, apart("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				e.World.Faults().Add(fault.Fault{Operation: operation, Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "No."})
				stops(t, apply(t, c, nil), "What a cutover between accounts has left is not undone", left, "_cdn-cutover.www.example.com", "AccessDenied")
				e.World.Faults().Clear()
				if c.State.IsNull() {
					t.Fatal("the state is gone")
				}
				if d := apply(t, c, nil); len(d.Errors()) > 0 || !c.State.IsNull() {
					t.Errorf("%s", d)
				}
				e.Settle()
				crossingScenario{want: "blue", outage: true}.expect(t, e)
			})
		})
	}
}
