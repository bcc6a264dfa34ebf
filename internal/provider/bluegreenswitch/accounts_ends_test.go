package bluegreenswitch_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

// cutOff applies a configuration by a process that dies, or is told to stop, at the nth call of
// an operation, right after its effect.
func cutOff(t *testing.T, e *acctest.Env, c *acctest.Core, config acctest.Config, operation string, nth int, asked bool) acctest.Diagnostics {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	p, err := c.Plan(ctx, config)
	if err != nil || len(p.Diags.Errors()) > 0 {
		t.Fatalf("%v\n%s", err, p.Diags)
	}
	e.World.Faults().Add(fault.Fault{Operation: operation, Skip: nth - 1, Count: 1, When: fault.AfterEffect, Kind: fault.Cut, Hook: stop})
	end := c.Apply
	if asked {
		end = c.Interrupt
	}
	d, err := end(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	e.World.Faults().Clear()
	return d
}

// enabled says whether a side is.
func enabled(t *testing.T, e *acctest.Env, side acctest.Distribution) bool {
	t.Helper()
	out, err := e.CloudFront.GetDistribution(context.Background(), &cloudfront.GetDistributionInput{Id: aws.String(side.ID)})
	if err != nil {
		t.Fatal(err)
	}
	return *out.Distribution.DistributionConfig.Enabled
}

// CloudFront is asked about a proof once every name server has it, and for each name once before
// it can have it: who asks earlier is told for a quarter of an hour that there is none.
func TestNobodyAsksForAProofThatIsNotEverywhere(t *testing.T) {
	t.Parallel()
	crossing(t, apart("example.com", "www.example.com"), darkly, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		before := e.World.Journal().Seq()
		mustApply(t, c, darkly(e, "green"))
		refused := 0
		for _, w := range e.Writes(before) {
			if w.Operation == "UpdateDomainAssociation" && w.Code != "" {
				refused++
			}
		}
		if refused != len(e.Names) {
			t.Errorf("%d moves of %d names were refused", refused, len(e.Names))
		}
	})
}

// A TXT record has values of many, and the switch adds its own and takes these away.
func TestAProofLeavesTheValuesOfOthersAlone(t *testing.T) {
	t.Parallel()
	crossing(t, apart("www.example.com"), darkly, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		foreignTXT(e)
		const theirs = "of somebody"
		values := func() []string {
			return e.World.Route53().Lookup(0, e.World.Clock().Now(), "_www.example.com", "TXT").Values
		}
		was, moving := values(), []string(nil)
		e.World.Faults().Add(fault.Fault{Operation: "UpdateDistribution", Count: 1, When: fault.AfterEffect, Hook: func() { moving = values() }})
		for _, live := range []string{"green", "blue"} {
			mustApply(t, c, darkly(e, live))
			if got := values(); !slices.Equal(got, was) {
				t.Errorf("on %s the record has %q, and had %q", live, got, was)
			}
		}
		if len(moving) != 3 || !slices.ContainsFunc(moving, func(v string) bool { return strings.Contains(v, theirs) }) {
			t.Errorf("while the source is disabled the record has %q", moving)
		}
	})
}

// What a process that was killed has added, and disabled, the next one knows from DNS,
// whichever way it goes.
func TestTheNextRunTidiesUpAfterAKilledOne(t *testing.T) {
	t.Parallel()
	share := matrix.Share{Of: 2}
	defer func() { t.Logf("%s", &share) }()
	for name, at := range map[string]struct {
		operation string
		nth       int
	}{
		"proofs made":     {"ChangeResourceRecordSets", 1},
		"source disabled": {"UpdateDistribution", 1},
		"moved":           {"UpdateDomainAssociation", 2}, // the first one was to be refused
		"source enabled":  {"UpdateDistribution", 2},
	} {
		for _, live := range []string{"green", "blue"} {
			cell := name + ", then " + live
			if !share.Takes(t, cell) {
				continue
			}
			t.Run(cell, func(t *testing.T) {
				t.Parallel()
				crossing(t, apart("www.example.com"), darkly, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
					cutOff(t, e, c, darkly(e, "green"), at.operation, at.nth, false)
					mustApply(t, c, darkly(e, live))
					crossingScenario{want: live, outage: true}.expect(t, e)
					if p, err := c.Plan(context.Background(), darkly(e, live)); err != nil || !p.Empty() || c.Get("proofs") != "" {
						t.Errorf("something is left to do: %v, proofs %s", err, c.Get("proofs"))
					}
				})
			})
		}
	}
}

// A plan says what a killed apply has left, though nothing else is left to do.
func TestAPlanShowsWhatAKilledRunHasLeft(t *testing.T) {
	t.Parallel()
	crossing(t, apart("www.example.com"), darkly, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		cutOff(t, e, c, darkly(e, "green"), "ChangeResourceRecordSets", 1, false)
		p, err := c.Plan(context.Background(), darkly(e, "blue"))
		if steps := acctest.Strings(p.Planned, "steps"); err != nil || !slices.Contains(steps, "take the proof at _www.example.com away again") {
			t.Errorf("%v: the plan shows %q", err, steps)
		}
		if got := c.Get("phase"); got != "trailing" {
			t.Errorf("phase %s", got)
		}
	})
}

// Who has disabled a side for reasons of his own finds it disabled, whatever became of a run.
func TestASourceThatSomebodyHasDisabledStaysSo(t *testing.T) {
	t.Parallel()
	for _, killed := range []bool{false, true} {
		crossing(t, apart("www.example.com"), darkly, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			e.EditByHand(e.Blue, func(c *cftypes.DistributionConfig) { c.Enabled = aws.Bool(false) })
			e.Settle()
			if killed {
				cutOff(t, e, c, darkly(e, "green"), "ChangeResourceRecordSets", 1, false)
			}
			mustApply(t, c, darkly(e, "green"))
			if enabled(t, e, e.Blue) || e.In(acctest.NewAccount).Owner("www.example.com") != e.Green.ID {
				t.Errorf("killed %t: blue is enabled, or has the name", killed)
			}
			expectNoProofs(t, e)
		})
	}
}

// A name that is dark is served again, whatever ends the run before it has moved.
func TestADarkNameGoesBackWhateverEndsTheRun(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]fault.Fault{
		"denied":         {Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "No."},
		"not served":     {Kind: fault.Answer, Code: "UnknownOperation", Status: 400, Message: "No."},
		"another reason": {Kind: fault.Answer, Code: "InvalidArgument", Status: 400, Message: "No."},
		"no such name":   {Kind: fault.Answer, Code: "EntityNotFound", Status: 404, Message: "No."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			crossing(t, apart("www.example.com"), darkly, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				f.Operation, f.Skip = "UpdateDomainAssociation", 1 // after the one that is to be refused
				e.World.Faults().Add(f)
				config := darkly(e, "green")
				if name == "denied" {
					config["on_failure"] = "hold" // nobody is served, so that there is nothing to hold
				}
				stops(t, apply(t, c, config), "Cutover failed and was rolled back", f.Code, "in the account new")
				e.World.Faults().Clear()
				crossingScenario{want: "blue", outage: true}.expect(t, e)
			})
		})
	}
}

// A source that its account lets nobody enable again is told of, and enabled by the next apply.
func TestASourceThatCouldNotBeEnabledIsSoByTheNextApply(t *testing.T) {
	t.Parallel()
	crossing(t, apart("www.example.com"), darkly, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Faults().Add(fault.Fault{Operation: "UpdateDistribution", Account: "123456789012", Skip: 1, Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "No."})
		stops(t, apply(t, c, darkly(e, "green")), "The credentials may not do this", "AccessDenied")
		e.World.Faults().Clear()
		if enabled(t, e, e.Blue) || c.Get("live") != "green" || c.Get("proofs") == "" {
			t.Errorf("live is %s, with the proofs %s", c.Get("live"), c.Get("proofs"))
		}
		mustApply(t, c, darkly(e, "green"))
		crossingScenario{want: "green", outage: true}.expect(t, e)
	})
}

// A create that fails has no state to say in what it has added.
func TestACreateThatFailsTakesItsProofsAway(t *testing.T) {
	t.Parallel()
	fresh(t, apart("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.Spread()
		c.Provider["accounts"] = acctest.Accounts()
		e.World.Faults().Add(fault.Fault{Operation: "UpdateDomainAssociation", Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "No."})
		before := e.World.Journal().Seq()
		stops(t, apply(t, c, darkly(e, "green")), "The credentials may not do this")
		if !c.State.IsNull() {
			t.Errorf("there is a state: %s", c.State)
		}
		batches := 0
		for _, w := range e.Writes(before) {
			if w.Operation == "ChangeResourceRecordSets" {
				batches++
			}
		}
		if sleep(propagation); batches != 2 {
			t.Errorf("%d batches of records", batches)
		}
		expectNoProofs(t, e)
	})
}

// While a side is dark, what says by whom is kept: the next create goes on with it.
func TestACreateThatIsInterruptedInTheDarkIsCarriedOn(t *testing.T) {
	t.Parallel()
	fresh(t, apart("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.Spread()
		c.Provider["accounts"] = acctest.Accounts()
		d := cutOff(t, e, c, darkly(e, "green"), "UpdateDistribution", 1, true)
		if w := d.Warnings(); len(w) != 1 || w[0].Summary != "Proofs are left in DNS" {
			t.Errorf("it says %s", d)
		}
		if !c.State.IsNull() || enabled(t, e, e.Blue) {
			t.Error("it has a state, or blue is enabled")
		}
		mustApply(t, c, darkly(e, "green"))
		crossingScenario{want: "green", outage: true}.expect(t, e)
	})
}
