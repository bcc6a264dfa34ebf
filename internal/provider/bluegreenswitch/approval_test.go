package bluegreenswitch_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

// approvable are the ways of a switch that a person is asked about, by name.
func approvable(names ...string) []matrix.Scenario {
	var out []matrix.Scenario
	for _, s := range scenarios() {
		for _, name := range names {
			if s.name == name {
				out = append(out, s.ordeal())
			}
		}
	}
	return out
}

// onBlue says that nobody has been moved, and that state says so too.
func onBlue(t *testing.T, e *acctest.Env, c *acctest.Core) {
	t.Helper()
	e.ExpectOn(e.Blue)
	if c.Get("live") != "blue" || c.Get("live_distribution_id") != e.Blue.ID {
		t.Errorf("state says that %s (%s) is live", c.Get("live"), c.Get("live_distribution_id"))
	}
}

func TestAPersonCanDoAnythingAtThePauseOfASwitch(t *testing.T) {
	t.Parallel()
	matrix.Approve(t, matrix.FirstTraffic, onBlue, approvable("apex and www in two zones", "wildcard_overlap", "CNAME whose TTL is lowered")...)
	matrix.Approve(t, matrix.FullTraffic, onBlue, approvable("one name", "remove_and_add")...)
}

func TestAnApprovedCutoverSurvivesDyingAtEveryWrite(t *testing.T) {
	t.Parallel()
	for _, s := range approvable("apex and www in two zones", "rollback", "wildcard_overlap") {
		matrix.DieAtOneOf(t, 4, matrix.Approved(matrix.FullTraffic, s))
	}
}

func TestAnInterruptUsesNoYesUp(t *testing.T) {
	t.Parallel()
	for _, s := range approvable("apex and www in two zones") {
		matrix.Interrupt(t, []time.Duration{1, 20 * time.Second, 3 * time.Minute}, matrix.Approved(matrix.FirstTraffic, s))
	}
}

// What a plan says to whoever waits, to a yes to something else, and to one that nobody asked for.
func TestAPlanSaysWhichYesItWants(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, c := approvable("one name")[0].Start(t)
		config := toGreen(e)
		config["pause_before"] = matrix.FirstTraffic
		says := func(name string, approval any) {
			t.Helper()
			config["approval"] = approval
			p, err := c.Plan(context.Background(), config)
			if err != nil {
				t.Fatal(err)
			}
			golden.Said(t, "bad", name, p.Diags.String())
		}
		says("approval that nobody has asked for", "0123456789ab")
		config["approval"] = nil
		c.MustConverge(context.Background(), t, config)
		says("waiting for an approval", nil)
		says("approval of something else", "0123456789ab")
		says("approval that is not known yet", acctest.Unknown)
		config["pause_before"] = acctest.Unknown
		says("pause that is not known yet", nil)
	})
}

// Whoever has looked at green has approved green as it was then.
func TestAYesIsToTheTargetAsItWasSeen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, c := approvable("one name")[0].Start(t)
		asks := func(approval any) acctest.Config {
			config := toGreen(e)
			config["pause_before"], config["approval"] = matrix.FirstTraffic, approval
			return config
		}
		expectOne := func(d acctest.Diagnostics, summary string) {
			t.Helper()
			if len(d) != 1 || d[0].Summary != summary {
				t.Errorf("it says %s, want %q", d, summary)
			}
		}
		expectOne(c.MustConverge(context.Background(), t, asks(nil)), "Waiting for an approval")
		seen := c.Get("approval_request")
		e.EditByHand(e.Green, func(d *cftypes.DistributionConfig) { d.PriceClass = cftypes.PriceClassPriceClass100 })
		e.Settle()
		before := e.World.Journal().Seq()
		expectOne(c.MustConverge(context.Background(), t, asks(seen)).Errors(), "What was approved has changed")
		if got := c.Get("awaiting"); !strings.Contains(got, "no gate has seen it as it is now") {
			t.Errorf("it asks for a yes to %s", got)
		}
		if w := e.Writes(before); len(w) > 0 {
			t.Errorf("it wrote %v", w)
		}
		onBlue(t, e, c)
		now := c.Get("approval_request")
		if now == "" || now == seen || c.Get("phase") != "awaiting_approval" {
			t.Errorf("%s, and asks for %q after %q", c.Get("phase"), now, seen)
		}
		if d := c.MustConverge(context.Background(), t, asks(now)).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		e.ExpectOn(e.Green)
		// And blue again needs another one, whoever has approved green and left that there.
		back := switchTo(e, "blue")
		back["pause_before"], back["approval"] = matrix.FirstTraffic, now
		expectOne(c.MustConverge(context.Background(), t, back), "Waiting for an approval")
		e.ExpectOn(e.Green)
	})
}

// A yes to a move that loses nobody is none to one with an outage.
func TestAYesIsToTheMethodThatWasSeen(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		config := switchTo(e, "green")
		config["pause_before"] = matrix.FirstTraffic
		mustApply(t, c, config)
		config["approval"], config["method"], config["allow_downtime"] = c.Get("approval_request"), "remove_and_add", true
		before := e.World.Journal().Seq()
		stops(t, apply(t, c, config), "What was approved has changed")
		if w := e.Writes(before); len(w) > 0 {
			t.Errorf("it wrote %v", w)
		}
		onBlue(t, e, c)
	})
}

func TestACreateWaitsForNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, live := range []string{"blue", "green"} {
			e := acctest.New(t, site("www.example.com"))
			c := core(e)
			config := switchTo(e, live)
			config["pause_before"] = matrix.FullTraffic
			before := e.World.Journal().Seq()
			d := c.MustConverge(context.Background(), t, config).Errors()
			if live == "green" && (len(d) != 1 || d[0].Summary != "A create cannot wait for an approval" || !c.State.IsNull()) || live == "blue" && len(d) > 0 {
				t.Errorf("%s: %s", live, d)
			}
			if w := e.Writes(before); len(w) > 0 {
				t.Errorf("%s: it wrote %v", live, w)
			}
		}
	})
}

// What AWS undoes is repaired without anybody's yes: it was given when it was done.
func TestARepairNeedsNoYes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, c := approvable("one name")[0].Start(t)
		e.EditByHand(e.Blue, func(d *cftypes.DistributionConfig) { d.Aliases = &cftypes.Aliases{Quantity: aws.Int32(0)} })
		e.Settle()
		config := switchTo(e, "blue")
		config["pause_before"] = matrix.FirstTraffic
		if d := c.MustConverge(context.Background(), t, config); len(d.Errors()) > 0 {
			t.Fatal(d)
		}
		e.ExpectOn(e.Blue)
	})
}

// A cutover that was stopped with some of its names moved is finished by whoever applies next.
func TestAYesIsGoodForAllOfTheNames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, c := approvable("apex and www in two zones")[0].Start(t)
		config := toGreen(e)
		config["pause_before"] = matrix.FullTraffic
		c.MustConverge(context.Background(), t, config)
		config["approval"] = c.Get("approval_request")
		e.World.Faults().Add(fault.Fault{Operation: "UpdateDomainAssociation", Kind: fault.Answer, Code: "AccessDenied", Status: 403, Skip: 1, Count: 1})
		if d := c.MustConverge(context.Background(), t, config).Errors(); len(d) != 1 {
			t.Fatalf("%s", d)
		}
		if c.Get("phase") != "moving" || c.Get("approved") == "" {
			t.Fatalf("%s, approved %q: nothing is on its way", c.Get("phase"), c.Get("approved"))
		}
		delete(config, "approval")
		if d := c.MustConverge(context.Background(), t, config).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		e.ExpectOn(e.Green)
		if c.Get("phase") != "settled" || c.Get("awaiting") != "" {
			t.Errorf("%s, and waits for %s", c.Get("phase"), c.Get("awaiting"))
		}
	})
}

// A cutover between accounts that was killed in the dark, and whose yes does not count for whoever
// applies next: what it has disabled is enabled again before anybody is asked.
func TestNobodyWaitsForAYesInTheDark(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change  func(e *acctest.Env, config acctest.Config)
		summary string
	}{
		"there is none any more": {func(_ *acctest.Env, config acctest.Config) { delete(config, "approval") }, "Waiting for an approval"},
		"it is to what is gone": {func(e *acctest.Env, _ acctest.Config) {
			there := e.In(acctest.NewAccount)
			there.EditByHand(e.Green, func(d *cftypes.DistributionConfig) { d.PriceClass = cftypes.PriceClassPriceClass100 })
			there.Settle()
		}, "What was approved has changed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			crossing(t, apart("www.example.com"), darkly, func(t *testing.T, e *acctest.Env, core *acctest.Core) {
				config := darkly(e, "green")
				config["pause_before"] = matrix.FirstTraffic
				mustApply(t, core, config)
				config["approval"] = core.Get("approval_request")
				cutOff(t, e, core, config, "UpdateDistribution", 1, false)
				if enabled(t, e, e.Blue) {
					t.Fatal("nothing is dark")
				}
				c.change(e, config)
				if d := apply(t, core, config); len(d) != 1 || d[0].Summary != c.summary {
					t.Errorf("it says %s, want %q", d, c.summary)
				}
				e.Settle()
				if got := e.Owner("www.example.com"); got != e.Blue.ID {
					t.Errorf("the name is on %q", got)
				}
				if !enabled(t, e, e.Blue) || core.Get("phase") != "awaiting_approval" || core.Get("failed") != "" {
					t.Errorf("%s, blue is enabled: %t, failed: %s", core.Get("phase"), enabled(t, e, e.Blue), core.Get("failed"))
				}
				config["approval"] = core.Get("approval_request")
				mustApply(t, core, config)
				s := crossingScenario{want: "green", outage: true}
				s.expect(t, e)
			})
		})
	}
}
