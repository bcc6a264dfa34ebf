package bluegreenswitch_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

func TestAGateThatNobodyCanAskIsRefused(t *testing.T) {
	t.Parallel()
	fresh(t, site("*.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		stops(t, apply(t, c, switchTo(e, "blue")), "Nobody can send a request to a wildcard", "Write `url`")
	})
}

func TestAProviderThatIsNotKnownYetPlansWithoutACall(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		c.Provider["region"] = acctest.Unknown
		before := e.World.Journal().Seq()
		p, err := c.Plan(context.Background(), switchTo(e, "green"))
		if err != nil || len(p.Diags.Errors()) > 0 {
			t.Fatalf("%v %s", err, p.Diags)
		}
		if calls := e.Calls(before); len(calls) > 0 {
			t.Errorf("called %s in a region that nobody knows yet", calls[0].Operation)
		}
		if s := acctest.Strings(p.Planned, "steps"); !slices.ContainsFunc(s, func(s string) bool { return strings.HasPrefix(s, "move www.example.com to green") }) {
			t.Errorf("steps = %q: what configuration and state say needs no provider", s)
		}
	})
}

func TestABakeThatNoCreateCanSitOutIsRefused(t *testing.T) {
	t.Parallel()
	fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		config := sickUnderTraffic(e)
		config["bake_time"] = "20m"
		config["timeouts"] = map[string]any{"create": "15m"}
		p, err := c.Plan(context.Background(), config)
		if err != nil {
			t.Fatal(err)
		}
		stops(t, p.Diags, "The bake outlasts the cutover", "timeouts.create", "bake_time")
	})
}

// Nobody has looked when a create is planned, and a list of moves reads like a cutover.
func TestTheStepsOfACreateBeginWithALook(t *testing.T) {
	t.Parallel()
	fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		p, err := c.Plan(context.Background(), switchTo(e, "blue"))
		if err != nil {
			t.Fatal(err)
		}
		if steps := acctest.Strings(p.Planned, "steps"); len(steps) == 0 || steps[0] != "look at what is there, and skip each step that is so already" {
			t.Errorf("the steps are %q", steps)
		}
	})
}

// Nothing was live before a first apply, as far as anybody knows: to change live would be
// the first cutover, and no way back.
func TestAFirstApplyWhoseGateFailsOffersNoWayBack(t *testing.T) {
	t.Parallel()
	fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Origins().Put("blue.origin.test", origin.State{Status: 503})
		config := switchTo(e, "blue")
		config["verify"] = map[string]any{"after": map[string]any{"probes": []any{map[string]any{"path": "/health"}}}}
		d := apply(t, c, config)
		stops(t, d, "The new live side is not healthy")
		if said := d.String(); strings.Contains(said, "go back") {
			t.Errorf("says %s", said)
		}
		e.ExpectOn(e.Blue)
	})
}

func TestCertificateOfTheNewTargetIsWarnedAboutAtPlan(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		other := e.Certify("www.example.org")
		e.EditByHand(e.Green, func(c *cftypes.DistributionConfig) { c.ViewerCertificate.ACMCertificateArn = aws.String(other) })
		e.Settle()
		p, err := c.Plan(context.Background(), switchTo(e, "green"))
		if err != nil {
			t.Fatal(err)
		}
		if w := p.Diags.Warnings(); len(w) != 1 || w[0].Summary != "The certificate does not cover the alias" || !strings.Contains(w[0].Detail, "It covers: www.example.org.") {
			t.Errorf("the plan says: %s", p.Diags)
		}
	})
}

func TestAPlanNeedsNoRightToListConflictsWhileNobodyHasTheName(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Faults().Add(fault.Fault{Service: "acm", Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "no"})
		e.World.Faults().Add(fault.Fault{Operation: "ListDomainConflicts", Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "no"})
		mustApply(t, c, switchTo(e, "green"))
		e.EditByHand(e.Green, func(c *cftypes.DistributionConfig) { c.Aliases = &cftypes.Aliases{Quantity: aws.Int32(0)} })
		p, err := c.Plan(context.Background(), switchTo(e, "blue"))
		if err != nil || len(p.Diags.Errors()) > 0 {
			t.Errorf("a right that only a refusal needs makes planning impossible while nobody has the name: %v %s", err, p.Diags)
		}
		if w := p.Diags.Warnings(); !slices.ContainsFunc(w, func(d *tfprotov6.Diagnostic) bool {
			return d.Summary == "Nobody could say who has a name" && strings.Contains(d.Detail, "www.example.com: ")
		}) {
			t.Errorf("what was left open is not said: %s", w)
		}
	})
}

func TestTheWorldMayNotAskForMoreThanThePlanShowed(t *testing.T) {
	t.Parallel()
	running(t, site("a.example.com", "b.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		ctx := context.Background()
		e.MoveByHand("a.example.com", e.Green)
		e.Settle()
		plan, err := c.Plan(ctx, switchTo(e, "green"))
		if err != nil {
			t.Fatal(err)
		}
		if steps := acctest.Strings(plan.Planned, "steps"); slices.ContainsFunc(steps, func(s string) bool { return strings.HasPrefix(s, "move a.example.com") }) {
			t.Errorf("steps = %v: a.example.com has moved already", steps)
		}
		e.MoveByHand("a.example.com", e.Blue)
		e.Settle()
		before := e.World.Journal().Seq()
		d, err := c.Apply(ctx, plan)
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Errors()) != 1 || d.Errors()[0].Summary != "The world changed since this plan" {
			t.Errorf("diagnostics: %s", d)
		}
		if w := e.Writes(before); len(w) > 0 {
			t.Errorf("wrote %v", w)
		}
		mustApply(t, c, switchTo(e, "green"))
		e.ExpectOn(e.Green)
		e.ExpectServed()
	})
}

func TestPlanningCallsNobodyWithoutARefresh(t *testing.T) {
	t.Parallel()
	fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		before := e.World.Journal().Seq()
		if _, err := c.PlanWithoutRefresh(context.Background(), switchTo(e, "green")); err != nil {
			t.Fatal(err)
		}
		introduced(t, e, c)
		after := e.World.Journal().Seq()
		plan, err := c.PlanWithoutRefresh(context.Background(), switchTo(e, "green"))
		if err != nil {
			t.Fatal(err)
		}
		if calls := len(e.Calls(after)); calls > 0 || plan.Empty() {
			t.Errorf("%d calls, plan empty: %v", calls, plan.Empty())
		}
		for _, call := range e.Calls(before)[:1] {
			if call.At.Before(e.Start) {
				t.Errorf("called %s while planning a create", call.Operation)
			}
		}
	})
}

// What the way will ask once there is no standing still is asked while there is: who may
// not ask it, or is not answered, has changed nothing.
func TestWhatTheWayWillAskIsAskedBeforeTheFirstWrite(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"ListDomainConflicts", "GetChange"} {
		for name, f := range map[string]fault.Fault{
			"denied":     {Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "No."},
			"failing":    {Kind: fault.ServerFail},
			"not served": {Kind: fault.Answer, Code: "InternalFailure", Status: 501, Message: "Unknown operation."},
		} {
			t.Run(operation+"/"+name, func(t *testing.T) {
				t.Parallel()
				running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
					f.Operation = operation
					e.World.Faults().Add(f)
					config := switchTo(e, "green")
					config["method"], config["allow_downtime"] = "remove_and_add", true
					before := e.World.Journal().Seq()
					d := apply(t, c, config)
					if len(d.Errors()) == 0 || name == "not served" && strings.Contains(d.String(), "Health Dashboard") {
						t.Errorf("diagnostics: %s", d)
					}
					if w := e.Writes(before); len(w) > 0 {
						t.Errorf("wrote %v", w)
					}
				})
			})
		}
	}
}
