package bluegreenswitch_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// addr is the switch of every acceptance test.
const addr = resourceType + ".site"

// asked is the configuration of a switch as acceptance tests write it: what
// switchTo says, with probes that need no certificate authority, and budgets that
// a busy machine cannot use up on a clock that runs this fast.
func asked(c *acctest.CLI, live string) acctest.Config {
	body := switchTo(c.Env, live)
	gate := func() map[string]any {
		return map[string]any{"probes": []any{map[string]any{"path": "/health", "scheme": "http", "samples": 2}}}
	}
	body["verify"] = map[string]any{"before": gate(), "after": gate()}
	body["bake_time"] = "2m"
	body["timeouts"] = map[string]any{"create": "48h", "update": "48h", "roll_back": "48h"}
	return body
}

func planned(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(addr, action)}}
}

// stands checks that state says where a switch stands, and that it stands well.
func stands(live, phase string) []statecheck.StateCheck {
	return []statecheck.StateCheck{
		statecheck.ExpectKnownValue(addr, tfjsonpath.New("live"), knownvalue.StringExact(live)),
		statecheck.ExpectKnownValue(addr, tfjsonpath.New("phase"), knownvalue.StringExact(phase)),
		statecheck.ExpectKnownValue(addr, tfjsonpath.New("failed"), knownvalue.Null()),
	}
}

func lines(list ...string) knownvalue.Check {
	var out []knownvalue.Check
	for _, l := range list {
		out = append(out, knownvalue.StringExact(l))
	}
	return knownvalue.ListExact(out)
}

// The commit that introduces the switch writes nothing, a cutover there and back
// loses no viewer, and the switch can be imported as it then stands.
func TestAccBlueGreenSwitch_cutover(t *testing.T) {
	c := acctest.NewCLI(t, site("www.example.com"))
	leave := c.Viewers(2)
	toGreen := planned(plancheck.ResourceActionUpdate)
	toGreen.PreApply = append(toGreen.PreApply,
		plancheck.ExpectKnownValue(addr, tfjsonpath.New("steps"), lines(
			"verify green before it gets traffic",
			"move www.example.com to green ("+c.Green.ID+")",
			"point the records of www.example.com at green ("+c.Green.ID+")",
			"verify green under traffic",
			"bake 2m",
		)),
		plancheck.ExpectKnownValue(addr, tfjsonpath.New("live_distribution_id"), knownvalue.StringExact(c.Green.ID)),
		plancheck.ExpectUnknownValue(addr, tfjsonpath.New("last_cutover")),
		plancheck.ExpectUnknownValue(addr, tfjsonpath.New("phase")),
	)
	c.Test(
		acctest.Check(func() { c.ExpectOn(c.Blue) }),
		resource.TestStep{
			Config:            c.HCL(addr, asked(c, "blue")),
			ConfigPlanChecks:  planned(plancheck.ResourceActionCreate),
			ConfigStateChecks: stands("blue", "settled"),
			Check: acctest.Check(func() {
				if w := c.Writes(0); len(w) > 0 {
					t.Errorf("introducing the switch made %d writes: %+v", len(w), w)
				}
				c.ExpectOn(c.Blue)
			}),
		},
		resource.TestStep{
			Config:           c.HCL(addr, asked(c, "green")),
			ConfigPlanChecks: toGreen,
			ConfigStateChecks: append(stands("green", "settled"),
				statecheck.ExpectKnownValue(addr, tfjsonpath.New("live_domain_name"), knownvalue.StringExact(c.Green.Domain)),
				statecheck.ExpectKnownValue(addr, tfjsonpath.New("last_cutover").AtMapKey("from"), knownvalue.StringExact("blue")),
				statecheck.ExpectKnownValue(addr, tfjsonpath.New("last_cutover").AtMapKey("to"), knownvalue.StringExact("green")),
				statecheck.ExpectKnownValue(addr, tfjsonpath.New("last_cutover").AtMapKey("result"), knownvalue.StringExact("finished")),
			),
			Check: acctest.Check(func() { c.ExpectOn(c.Green) }),
		},
		resource.TestStep{
			Config:            c.HCL(addr, asked(c, "blue")),
			ConfigPlanChecks:  planned(plancheck.ResourceActionUpdate),
			ConfigStateChecks: stands("blue", "settled"),
			Check:             acctest.Check(func() { c.ExpectOn(c.Blue) }),
		},
		resource.TestStep{
			ResourceName: addr, ImportState: true, ImportStateVerify: true,
			ImportStateIdFunc: func(s *terraform.State) (string, error) {
				return s.RootModule().Resources[addr].Primary.ID, nil
			},
			// What AWS cannot tell, and the id does not carry.
			ImportStateVerifyIgnore: []string{"verify", "bake_time", "timeouts", "sides.blue.marker", "sides.green.marker", "steps", "last_cutover"},
		},
	)
	seen := leave()
	for _, lost := range seen.Lost {
		t.Error("a viewer was lost:", lost)
	}
	for _, o := range []string{"blue.origin.test", "green.origin.test"} {
		if seen.Answers[o] == 0 {
			t.Errorf("no viewer was ever answered by %s: %v", o, seen.Answers)
		}
	}
	c.ExpectServed()
}

// What was moved by hand, an alias or a record, shows as an update that says what
// it will put right, and is put right.
func TestAccBlueGreenSwitch_drift(t *testing.T) {
	c := acctest.NewCLI(t, site("www.example.com"))
	repairs := func(drift func(), steps ...string) resource.TestStep {
		checks := planned(plancheck.ResourceActionUpdate)
		checks.PreApply = append(checks.PreApply, plancheck.ExpectKnownValue(addr, tfjsonpath.New("steps"), lines(steps...)))
		return resource.TestStep{
			PreConfig:         drift,
			Config:            c.HCL(addr, asked(c, "blue")),
			ConfigPlanChecks:  checks,
			ConfigStateChecks: stands("blue", "settled"),
			Check:             acctest.Check(func() { c.ExpectOn(c.Blue) }),
		}
	}
	point := "point the records of www.example.com at blue (" + c.Blue.ID + ")"
	c.Test(
		acctest.Check(func() { c.ExpectOn(c.Blue) }),
		resource.TestStep{Config: c.HCL(addr, asked(c, "blue")), ConfigStateChecks: stands("blue", "settled")},
		repairs(func() {
			c.MoveByHand("www.example.com", c.Green)
			c.Settle()
		}, "verify blue before it gets traffic", "move www.example.com to blue ("+c.Blue.ID+")", point, "verify blue under traffic", "bake 2m"),
		repairs(func() { c.PointByHand("www.example.com", c.Green.Domain, "A", "AAAA") }, point, "verify blue under traffic", "bake 2m"),
		repairs(func() { c.PointByHand("www.example.com", c.Green.Domain, "AAAA") }, point, "verify blue under traffic", "bake 2m"),
		// Traffic was on blue all the time: when blue fails the check that follows a
		// repair, nothing moved that could be rolled back, and green is no refuge.
		resource.TestStep{
			PreConfig: func() {
				c.PointByHand("www.example.com", c.Green.Domain, "A")
				c.World.Origins().Put("blue.origin.test", origin.State{Status: 503})
			},
			Config:      c.HCL(addr, asked(c, "blue")),
			ExpectError: regexp.MustCompile(`The new live side is not healthy`),
		},
		repairs(func() {
			c.ExpectOn(c.Blue)
			c.World.Origins().Put("blue.origin.test", origin.State{})
		}, "verify blue under traffic", "bake 2m"),
	)
}

// When the live distribution is gone nothing is planned away: the apply says so,
// and the other side can take over names that nobody owns.
func TestAccBlueGreenSwitch_disappears(t *testing.T) {
	c := acctest.NewCLI(t, site("www.example.com"))
	c.Test(
		acctest.Check(func() { c.ExpectOn(c.Green) }),
		resource.TestStep{Config: c.HCL(addr, asked(c, "blue"))},
		resource.TestStep{
			PreConfig:        func() { c.DeleteByHand(c.Blue) },
			Config:           c.HCL(addr, asked(c, "blue")),
			ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			ExpectError:      regexp.MustCompile(`The distribution does not exist`),
		},
		resource.TestStep{
			Config:            c.HCL(addr, asked(c, "green")),
			ConfigPlanChecks:  planned(plancheck.ResourceActionUpdate),
			ConfigStateChecks: stands("green", "settled"),
			Check:             acctest.Check(func() { c.ExpectOn(c.Green) }),
		},
	)
}

// sicken makes green fail as soon as it gets the first name.
func sicken(c *acctest.CLI) {
	c.World.Faults().Add(fault.Fault{Operation: "UpdateDomainAssociation", Count: 1, Hook: func() {
		c.World.Origins().Put("green.origin.test", origin.State{Status: 503})
	}})
}

func heal(c *acctest.CLI) { c.World.Origins().Put("green.origin.test", origin.State{}) }

// A create that fails leaves nothing behind in state, so what follows is a plain
// create and no replacement, which prevent_destroy would forbid.
func TestAccBlueGreenSwitch_failedCreate(t *testing.T) {
	c := acctest.NewCLI(t, site("www.example.com"))
	protected := asked(c, "green")
	protected["lifecycle"] = acctest.Block{"prevent_destroy": true}
	c.Test(
		acctest.Check(func() { c.ExpectOn(c.Green) }),
		resource.TestStep{
			PreConfig:        func() { c.World.Origins().Put("green.origin.test", origin.State{Status: 503}) },
			Config:           c.HCL(addr, protected),
			ConfigPlanChecks: planned(plancheck.ResourceActionCreate),
			ExpectError:      regexp.MustCompile(`health.green\.origin|answered 503`),
		},
		resource.TestStep{
			PreConfig: func() {
				if w := c.Writes(0); len(w) > 0 {
					t.Errorf("a side that was sick before the move was given %+v", w)
				}
				heal(c)
				sicken(c)
			},
			Config:           c.HCL(addr, protected),
			ConfigPlanChecks: planned(plancheck.ResourceActionCreate),
			ExpectError:      regexp.MustCompile(`Cutover failed and was rolled back`),
		},
		resource.TestStep{
			PreConfig: func() {
				c.ExpectOn(c.Blue)
				heal(c)
			},
			Config:            c.HCL(addr, protected),
			ConfigPlanChecks:  planned(plancheck.ResourceActionCreate),
			ConfigStateChecks: stands("green", "settled"),
			Check:             acctest.Check(func() { c.ExpectOn(c.Green) }),
		},
		resource.TestStep{ // the framework destroys at the end
			Config:           c.HCL(addr, asked(c, "green")),
			ConfigPlanChecks: planned(plancheck.ResourceActionNoop),
		},
	)
	c.ExpectServed()
}

// Apex and www in two zones move together, whether or not the target takes the
// next name while it is deploying, and come back together when it refuses one for good.
func TestAccBlueGreenSwitch_aliases(t *testing.T) {
	s := site("example.com", "www.example.com", "www.example.org")
	s.Zones = []string{"example.com", "example.org"}
	c := acctest.NewCLI(t, s)
	refuse := func(code string) func() {
		return func() { c.World.Turn(func(k *knob.Knobs) { k.RefuseMoveInProgress = code }) }
	}
	moves := func(live string, on acctest.Distribution, before func()) resource.TestStep {
		return resource.TestStep{
			PreConfig: before, Config: c.HCL(addr, asked(c, live)), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			ConfigStateChecks: stands(live, "settled"), Check: acctest.Check(func() { c.ExpectOn(on) }),
		}
	}
	// Green takes the first name and no other. How often that is tried depends on whether green
	// is deployed by then; nothing keeps blue from taking the name back.
	struck := func() int { return 0 }
	half := func() {
		struck = c.World.Faults().Add(fault.Fault{
			Operation: "UpdateDomainAssociation", Resource: c.Green.ID, Skip: 1, Kind: fault.Answer, Code: "IllegalUpdate", Status: 400, Message: "The name cannot be moved.",
		})
	}
	again := asked(c, "green")
	again["retry"] = "the second name is free now"
	c.Test(
		acctest.Check(func() { c.ExpectOn(c.Green) }),
		resource.TestStep{Config: c.HCL(addr, asked(c, "blue"))},
		moves("green", c.Green, refuse("IllegalUpdate")),
		moves("blue", c.Blue, refuse("PreconditionFailed")),
		moves("green", c.Green, refuse("")),
		moves("blue", c.Blue, func() {}),
		resource.TestStep{PreConfig: half, Config: c.HCL(addr, asked(c, "green")), ExpectError: regexp.MustCompile(`Cutover failed and was rolled back`)},
		resource.TestStep{
			PreConfig: func() {
				if struck() == 0 {
					t.Error("the second name was never refused")
				}
				c.World.Faults().Clear()
				c.ExpectOn(c.Blue)
			},
			Config:            c.HCL(addr, again),
			ConfigPlanChecks:  planned(plancheck.ResourceActionUpdate),
			ConfigStateChecks: stands("green", "settled"),
			Check:             acctest.Check(func() { c.ExpectOn(c.Green) }),
		},
	)
	c.ExpectServed()
}

// Distributions and credentials that are not known at plan are no obstacle, neither
// for the first cutover nor for a later one.
func TestAccBlueGreenSwitch_unknown(t *testing.T) {
	c := acctest.NewCLI(t, site("www.example.com"))
	config := func(green acctest.Distribution, live string) string {
		body := asked(c, live)
		body["sides"] = map[string]any{
			"blue":  map[string]any{"distribution_id": acctest.Expr("terraform_data.blue.output"), "marker": map[string]any{"value": "blue.origin.test"}},
			"green": map[string]any{"distribution_id": acctest.Expr("terraform_data.green.output"), "marker": map[string]any{"value": "green.origin.test"}},
		}
		hcl := c.HCL(addr, body)
		for name, input := range map[string]string{"blue": c.Blue.ID, "green": green.ID, "key": "AKIDPROVIDER" + live} {
			hcl += fmt.Sprintf("resource \"terraform_data\" %q {\n input = %q\n}\n", name, input)
		}
		return strings.Replace(hcl, `access_key = "AKIDPROVIDER"`, "access_key = terraform_data.key.output", 1)
	}
	unknown := func(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
		checks := planned(action)
		for _, attribute := range []string{"steps", "live_distribution_id", "phase", "owners"} {
			checks.PreApply = append(checks.PreApply, plancheck.ExpectUnknownValue(addr, tfjsonpath.New(attribute)))
		}
		return checks
	}
	next := c.Distribute("green", func(d *cftypes.DistributionConfig) { d.CallerReference = aws.String("next") })
	c.Settle()
	c.Test(
		acctest.Check(func() { c.ExpectOn(next) }),
		resource.TestStep{
			Config: config(c.Green, "blue"), ConfigPlanChecks: unknown(plancheck.ResourceActionCreate), ConfigStateChecks: stands("blue", "settled"),
			Check: acctest.Check(func() {
				if w := c.Writes(0); len(w) > 0 {
					t.Errorf("introducing the switch made %d writes: %+v", len(w), w)
				}
				if calls := c.Calls(0); len(calls) == 0 || calls[0].AccessKey != "AKIDPROVIDERblue" {
					t.Errorf("the key that was unknown at plan was not used: %+v", calls)
				}
			}),
		},
		resource.TestStep{
			Config: config(next, "green"), ConfigPlanChecks: unknown(plancheck.ResourceActionUpdate), ConfigStateChecks: stands("green", "settled"),
			Check: acctest.Check(func() { c.ExpectOn(next) }),
		},
	)
	c.ExpectServed()
}

// Destroying removes the records of a zone only if it says so; then the zone can
// be destroyed too. The names stay on their distribution.
func TestAccBlueGreenSwitch_destroy(t *testing.T) {
	s := site("example.com", "www.example.com", "www.example.org")
	s.Zones = []string{"example.com", "example.org"}
	c := acctest.NewCLI(t, s)
	body := asked(c, "green")
	body["dns"] = map[string]any{
		"example.com": map[string]any{"zone_id": c.ZoneIDs["example.com"], "on_destroy": "delete_live"},
		"example.org": map[string]any{"zone_id": c.ZoneIDs["example.org"]},
	}
	c.Test(
		acctest.Check(func() {
			for _, name := range c.Names {
				if got := c.Owner(name); got != c.Green.ID {
					t.Errorf("%s is on %q after the destroy, want %s", name, got, c.Green.ID)
				}
			}
			if got := c.Records("www.example.org"); len(got) != 2 {
				t.Errorf("the records to retain are %q", got)
			}
			if err := c.DeleteZone("example.com"); err != nil {
				t.Errorf("the zone whose records were to be deleted: %v", err)
			}
			if err := c.DeleteZone("example.org"); err == nil {
				t.Error("the zone whose records were to be retained could be deleted")
			}
		}),
		resource.TestStep{Config: c.HCL(addr, body), Check: acctest.Check(func() { c.ExpectOn(c.Green) })},
	)
}

// Fifty switches share a pair of distributions and one apply.
func TestAccBlueGreenSwitch_fifty(t *testing.T) {
	t.Parallel()
	for refusal, claim := range map[string]string{
		"":              "targetThatTakesNamesWhileDeploying",
		"IllegalUpdate": "targetThatTakesNoneWhileDeploying",
	} {
		t.Run(claim, func(t *testing.T) { moveTogether(t, 50, refusal) })
	}
}

// As many switches as a CLI applies at a time, and some that wait for them: fifty would show
// the race detector nothing more.
func TestAccBlueGreenSwitch_together(t *testing.T) { moveTogether(t, 12, "") }

// moveTogether moves many switches, of a name each, in one apply. refusal is how a target
// answers while it is deploying; empty: it takes the name.
func moveTogether(t *testing.T, many int, refusal string) {
	t.Helper()
	var names []string
	for i := range many {
		names = append(names, fmt.Sprintf("n%02d.example.com", i))
	}
	s := site(names...)
	s.Covered = []string{"*.example.com"}
	k := knob.Defaults()
	k.RefuseMoveInProgress = refusal
	// So many moves one after the other are many looks at AWS, and this test is about their order.
	s.World.Knobs, s.World.POPs, s.World.Propagation = &k, 6, 30*time.Second
	c := acctest.NewCLI(t, s)
	all := func(live string) string {
		body := asked(c, live)
		list, _ := json.Marshal(names) // strings cannot fail to marshal
		body["for_each"], body["aliases"], body["bake_time"] = acctest.Expr("toset("+string(list)+")"), acctest.Expr("[each.key]"), "0s"
		delete(body, "verify") // four hundred probes would say nothing more
		return c.HCL(addr, body)
	}
	w := c.Workspace()
	w.Write(all("blue"))
	w.Must(0, "apply", "-auto-approve")
	if calls := c.Writes(0); len(calls) > 0 {
		t.Errorf("introducing the switches made %d writes", len(calls))
	}
	w.Write(all("green"))
	if r := w.Must(0, "apply", "-auto-approve"); !r.Says(fmt.Sprintf("%d changed", many)) {
		t.Errorf("not one apply for all %d:\n%s", many, r.Output)
	}
	c.ExpectOn(c.Green)
	w.Must(0, "plan", "-detailed-exitcode")
	c.ExpectServed()
}

// After a rollback the apply has failed, state says where traffic is, and nobody
// is sent to the failed side again before somebody asks for it.
func TestAccBlueGreenSwitch_rollback(t *testing.T) {
	c := acctest.NewCLI(t, site("www.example.com"))
	w := c.Workspace()
	w.Write(c.HCL(addr, asked(c, "blue")))
	w.Must(0, "apply", "-auto-approve")

	sicken(c)
	w.Write(c.HCL(addr, asked(c, "green")))
	if r := w.Must(1, "apply", "-auto-approve"); !r.Says("Cutover failed and was rolled back", "Traffic goes to blue ("+c.Blue.ID+")", "answered 503") {
		t.Errorf("the failed cutover says:\n%s", r.Output)
	}
	c.ExpectOn(c.Blue)
	rolledBack := func() {
		t.Helper()
		s := w.State(addr)
		failed, _ := s["failed"].(map[string]any)
		if s["live"] != "blue" || s["live_distribution_id"] != c.Blue.ID || s["phase"] != "rolled_back" || failed["target"] != "green" {
			t.Errorf("state has live %v on %v, phase %v, failed %v", s["live"], s["live_distribution_id"], s["phase"], failed)
		}
	}
	rolledBack()

	seq := c.World.Journal().Seq()
	for range 2 {
		if r := w.Must(0, "apply", "-auto-approve"); !r.Says("No changes", "Warning: A failed cutover is not tried again") {
			t.Errorf("an apply that must do nothing says:\n%s", r.Output)
		}
		rolledBack()
	}
	if calls := c.Writes(seq); len(calls) > 0 {
		t.Errorf("a latched switch made %d writes: %+v", len(calls), calls)
	}

	w.Must(0, "plan", "-refresh-only", "-detailed-exitcode") // though the gates have numbers

	// A new retry opens it, to the same end if green falls sick again.
	heal(c)
	w.Must(0, "plan", "-detailed-exitcode")
	sicken(c)
	body := asked(c, "green")
	body["retry"] = "once more"
	w.Write(c.HCL(addr, body))
	if r := w.Must(1, "apply", "-auto-approve"); !r.Says("Cutover failed and was rolled back") {
		t.Errorf("the second failed cutover says:\n%s", r.Output)
	}
	c.ExpectOn(c.Blue)
	rolledBack()

	// A new configuration of the distribution opens it too.
	heal(c)
	w.Must(0, "plan", "-detailed-exitcode")
	c.EditByHand(c.Green, func(d *cftypes.DistributionConfig) { d.Origins.Items[0].OriginPath = aws.String("/repaired") })
	w.Must(2, "plan", "-detailed-exitcode")
	w.Must(0, "apply", "-auto-approve")
	c.ExpectOn(c.Green)
	if s := w.State(addr); s["live"] != "green" || s["phase"] != "settled" || s["failed"] != nil {
		t.Errorf("state has live %v, phase %v, failed %v", s["live"], s["phase"], s["failed"])
	}
	w.Must(0, "plan", "-detailed-exitcode")
	c.ExpectServed()
}

// CloudFront begins to mention in every behaviour that gRPC is off, as it did in 2024,
// after a cutover has failed: the applies that come by schedule still move nothing.
func TestAccBlueGreenSwitch_spelling(t *testing.T) {
	c := acctest.NewCLI(t, site("www.example.com"))
	w := c.Workspace()
	w.Write(c.HCL(addr, asked(c, "blue")))
	w.Must(0, "apply", "-auto-approve")
	sicken(c)
	w.Write(c.HCL(addr, asked(c, "green")))
	w.Must(1, "apply", "-auto-approve")
	c.Settle()
	seq := c.World.Journal().Seq()
	for _, s := range acctest.Spellings() {
		if s.Name != "gRPC is off" && s.Name != "a novelty in the default behaviour" {
			continue
		}
		c.Spell(s)
		w.Must(0, "plan", "-refresh-only", "-detailed-exitcode")
		if r := w.Must(0, "apply", "-auto-approve"); !r.Says("No changes", "Warning: A failed cutover is not tried again") {
			t.Errorf("%s: an apply that must do nothing says:\n%s", s.Name, r.Output)
		}
	}
	if calls := c.Writes(seq); len(calls) > 0 {
		t.Errorf("a latched switch made %d writes: %+v", len(calls), calls)
	}
	c.ExpectOn(c.Blue)
}

// A run that ends while a move propagates, by Ctrl-C or by force, undoes nothing
// because of it, and the next apply does the rest.
func TestAccBlueGreenSwitch_interrupt(t *testing.T) {
	t.Parallel()
	for _, run := range []struct {
		claim  string
		create bool
		end    func(*acctest.Process) error
		exit   int
		says   []string
		live   any // in state afterwards; nil: there is no state
		phase  any
	}{
		{
			claim: "anInterruptedUpdateRecordsWhatAWSShows", end: (*acctest.Process).Interrupt,
			exit: 1, says: []string{"Cutover interrupted", "Traffic goes to green"}, live: "green", phase: "trailing",
		},
		{
			claim: "anInterruptedCreateLeavesNoState", create: true, end: (*acctest.Process).Interrupt,
			exit: 1, says: []string{"Cutover interrupted", "Traffic goes to green", "Nothing is recorded in state"},
		},
		{claim: "aKilledUpdateIsFoundByTheNextOne", end: (*acctest.Process).Kill, exit: -1, live: "blue", phase: "settled"},
	} {
		t.Run(run.claim, func(t *testing.T) {
			c := acctest.NewCLI(t, site("www.example.com"))
			w := c.Workspace()
			if !run.create {
				w.Write(c.HCL(addr, asked(c, "blue")))
				w.Must(0, "apply", "-auto-approve")
			}
			// The move never arrives anywhere, so whoever looks after it waits.
			var apply *acctest.Process
			started := make(chan struct{})
			c.World.Faults().Add(fault.Fault{Operation: "UpdateDomainAssociation", Count: 1, Hook: func() {
				<-started
				c.World.Freeze(true)
				c.World.Faults().Add(fault.Fault{Operation: "GetDistribution", Skip: 4, Count: 1, Hook: func() {
					if err := run.end(apply); err != nil {
						t.Error(err)
					}
				}})
			}})
			w.Write(c.HCL(addr, asked(c, "green")))
			apply = w.Start("apply", "-auto-approve")
			close(started)
			if r := apply.Wait(); r.Exit != run.exit || !r.Says(run.says...) {
				t.Errorf("the apply exited with %d and says:\n%s", r.Exit, r.Output)
			}
			if got := c.Owner("www.example.com"); got != c.Green.ID {
				t.Errorf("the name is on %q, want it held on %s", got, c.Green.ID)
			}
			if s := w.State(addr); s["live"] != run.live || s["phase"] != run.phase || s["failed"] != nil {
				t.Errorf("state has live %v, phase %v, failed %v", s["live"], s["phase"], s["failed"])
			}

			c.World.Freeze(false)
			if r := w.Must(2, "plan", "-detailed-exitcode"); r.Says("1 to add") != run.create {
				t.Errorf("the plan after it says:\n%s", r.Output)
			}
			w.Must(0, "apply", "-auto-approve")
			c.ExpectOn(c.Green)
			if s := w.State(addr); s["live"] != "green" || s["phase"] != "settled" {
				t.Errorf("state has live %v, phase %v", s["live"], s["phase"])
			}
			w.Must(0, "plan", "-detailed-exitcode")
			c.ExpectServed()
		})
	}
}

// Importing over a running setup, in the commit that says how cutovers are to be
// verified from now on, writes nothing.
func TestAccBlueGreenSwitch_import(t *testing.T) {
	c := acctest.NewCLI(t, site("example.com", "www.example.com"))
	w := c.Workspace()
	id := fmt.Sprintf("blue=%s,green=%s;example.com,www.example.com;example.com=%s", c.Blue.ID, c.Green.ID, c.ZoneIDs["example.com"])
	w.Write(c.HCL(addr, asked(c, "blue"), fmt.Sprintf("import {\n to = %s\n id = %q\n}", addr, id)))
	if r := w.Must(0, "apply", "-auto-approve"); !r.Says("1 imported, 0 added", "0 destroyed") {
		t.Errorf("the import says:\n%s", r.Output)
	}
	if calls := c.Writes(0); len(calls) > 0 {
		t.Errorf("the import made %d writes: %+v", len(calls), calls)
	}
	if s := w.State(addr); s["id"] != id || s["live"] != "blue" || s["phase"] != "settled" {
		t.Errorf("state has id %v, live %v, phase %v", s["id"], s["live"], s["phase"])
	}
	w.Must(0, "plan", "-detailed-exitcode")

	// Nor does replacing it, or destroying it as long as the records are to be retained.
	if r := w.Must(0, "apply", "-auto-approve", "-replace="+addr); !r.Says("1 added, 0 changed, 1 destroyed") {
		t.Errorf("the replacement says:\n%s", r.Output)
	}
	if r := w.Must(0, "destroy", "-auto-approve"); !r.Says("1 destroyed", "Warning: DNS records are kept") {
		t.Errorf("the destroy says:\n%s", r.Output)
	}
	if calls := c.Writes(0); len(calls) > 0 {
		t.Errorf("replacing and destroying made %d writes: %+v", len(calls), calls)
	}
	c.ExpectOn(c.Blue)
	c.ExpectServed()
}

// An estate is imported by blocks: what was written down by hand is as AWS has it, and the
// plan that follows is empty.
func TestAccBlueGreenSwitch_importOfMany(t *testing.T) {
	const many = 30
	var names []string
	for i := range many {
		names = append(names, fmt.Sprintf("n%02d.example.com", i))
	}
	s := site(names...)
	s.Covered = []string{"*.example.com"}
	c := acctest.NewCLI(t, s)
	body := asked(c, "blue")
	list, _ := json.Marshal(names) // strings cannot fail to marshal
	body["for_each"], body["aliases"] = acctest.Expr("toset("+string(list)+")"), acctest.Expr("[each.key]")
	delete(body, "verify")
	id := fmt.Sprintf("blue=%s,green=%s;${each.key};example.com=%s", c.Blue.ID, c.Green.ID, c.ZoneIDs["example.com"])
	w := c.Workspace()
	w.Write(c.HCL(addr, body, fmt.Sprintf("import {\n for_each = toset(%s)\n to = %s[each.key]\n id = \"%s\"\n}", list, addr, id)))
	if r := w.Must(0, "apply", "-auto-approve"); !r.Says(fmt.Sprintf("%d imported, 0 added", many), "0 destroyed") {
		t.Errorf("the import says:\n%s", r.Output)
	}
	if calls := c.Writes(0); len(calls) > 0 {
		t.Errorf("the import made %d writes: %+v", len(calls), calls)
	}
	w.Must(0, "plan", "-detailed-exitcode")
	c.ExpectOn(c.Blue)
}

// A saved plan meets another world than it was made in. It converges, or stops
// before its first write with a diagnostic of ours; it is never inconsistent.
func TestAccBlueGreenSwitch_savedPlan(t *testing.T) {
	t.Parallel()
	const name, second = "www.example.com", "example.com"
	for _, world := range []struct {
		claim  string
		drift  func(c *acctest.CLI) // before the plan is made, for a plan that repairs
		cname  bool
		change func(c *acctest.CLI) // between plan and apply
		stops  string               // "": converges
	}{
		{claim: "theAliasHasMovedAlready", change: func(c *acctest.CLI) { c.MoveByHand(name, c.Green) }},
		{claim: "theTargetIsInProgress", change: func(c *acctest.CLI) { c.EditByHand(c.Green, comment("in progress")) }},
		{claim: "theETagChanged", change: func(c *acctest.CLI) {
			c.EditByHand(c.Green, comment("an unrelated edit"))
			c.EditByHand(c.Blue, comment("an unrelated edit"))
			c.Settle()
		}},
		{claim: "theRecordsMovedAlready", change: func(c *acctest.CLI) { c.PointByHand(name, c.Green.Domain, "A", "AAAA") }},
		{claim: "theTTLChanged", cname: true, change: func(c *acctest.CLI) {
			c.ChangeByHand(name, r53types.Change{Action: r53types.ChangeActionUpsert, ResourceRecordSet: &r53types.ResourceRecordSet{
				Name: aws.String(name), Type: r53types.RRTypeCname, TTL: aws.Int64(300), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String(c.Blue.Domain)}},
			}})
		}},
		{claim: "anHTTPSRecordCame", change: func(c *acctest.CLI) { c.PointByHand(name, c.Blue.Domain, "HTTPS") }},
		{claim: "theNameWentToAThirdDistribution", change: func(c *acctest.CLI) {
			third := c.Distribute("third", nil)
			c.Settle()
			c.MoveByHand(name, third)
		}, stops: "An alias belongs to another distribution"},
		{claim: "theRecordBecameWeighted", change: weigh, stops: "A record is not a simple one"},
		{
			claim:  "anotherNameDriftedToo",
			drift:  func(c *acctest.CLI) { c.PointByHand(name, c.Blue.Domain, "A") },
			change: func(c *acctest.CLI) { c.PointByHand(second, c.Blue.Domain, "A") },
			stops:  "The world changed since this plan",
		},
	} {
		for _, refresh := range []string{"-refresh=true", "-refresh=false"} {
			t.Run(world.claim+"/"+refresh, func(t *testing.T) {
				at := site(name, second)
				if world.cname { // which the apex cannot have
					at = site(name, "shop.example.com")
				}
				c := acctest.NewCLI(t, at)
				w := c.Workspace()
				ask := func(live string) {
					body := asked(c, live)
					if world.cname {
						body["dns"] = map[string]any{"example.com": map[string]any{"zone_id": c.ZoneIDs["example.com"], "type": "CNAME", "ttl": 30}}
					}
					w.Write(c.HCL(addr, body))
				}
				from := "blue"
				if world.drift != nil {
					from = "green"
				}
				ask(from)
				w.Must(0, "apply", "-auto-approve")
				if world.drift != nil {
					world.drift(c)
					w.Must(0, "apply", "-refresh-only", "-auto-approve") // so that a plan without a refresh knows
				}
				ask("green")
				seq := c.World.Journal().Seq()
				w.Must(2, "plan", "-detailed-exitcode", refresh, "-out=saved")
				if calls := c.Calls(seq); refresh == "-refresh=false" && len(calls) > 0 {
					t.Errorf("a plan without a refresh made %d calls: %+v", len(calls), calls)
				}
				world.change(c)
				seq = c.World.Journal().Seq()
				r := w.Run("apply", "saved")
				if strings.Contains(r.Output, "inconsistent") {
					t.Fatalf("the provider contradicts itself:\n%s", r.Output)
				}
				if world.stops != "" {
					if r.Exit != 1 || !r.Says("Error: "+world.stops) {
						t.Errorf("the apply exited with %d and says:\n%s", r.Exit, r.Output)
					}
					if calls := c.Writes(seq); len(calls) > 0 {
						t.Errorf("it stopped only after %d writes: %+v", len(calls), calls)
					}
					return
				}
				if r.Exit != 0 {
					t.Fatalf("the apply exited with %d:\n%s", r.Exit, r.Output)
				}
				c.ExpectOn(c.Green)
				w.Must(0, "plan", "-detailed-exitcode")
			})
		}
	}
}

func comment(text string) func(*cftypes.DistributionConfig) {
	return func(d *cftypes.DistributionConfig) { d.Comment = aws.String(text) }
}

// weigh replaces the A record of the site's first name by a weighted one.
func weigh(c *acctest.CLI) {
	simple := r53types.ResourceRecordSet{
		Name: aws.String(c.Names[0]), Type: r53types.RRTypeA,
		AliasTarget: &r53types.AliasTarget{HostedZoneId: aws.String("Z2FDTNDATAQYW2"), DNSName: aws.String(c.Blue.Domain)},
	}
	weighted := simple
	weighted.SetIdentifier, weighted.Weight = aws.String("blue"), aws.Int64(100)
	c.ChangeByHand(c.Names[0],
		r53types.Change{Action: r53types.ChangeActionDelete, ResourceRecordSet: &simple},
		r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: &weighted})
}
