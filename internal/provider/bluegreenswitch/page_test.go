package bluegreenswitch_test

import (
	"context"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/permissions"
)

// What the resource's page says is measured here.

const pageFile = "../../../templates/resources/bluegreen_switch.md.tmpl"

func page(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(pageFile)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// A life of a switch that needs everything it may ever need with a method: nobody
// has the name, it moves, somebody else takes it, and the records go with the switch.
func life(t *testing.T, e *acctest.Env, policy, method string) (said acctest.Diagnostics) {
	t.Helper()
	c, other := core(e), e.Distribute("other", nil)
	e.Settle()
	restrict(t, e, policy, nil)
	moved := func(to acctest.Distribution) { // by somebody who may
		e.World.Allow()
		e.MoveByHand("www.example.com", to)
		e.Settle()
		restrict(t, e, policy, nil)
	}
	config := func(live string) acctest.Config {
		out := switchTo(e, live)
		for _, zone := range out["dns"].(map[string]any) {
			zone.(map[string]any)["on_destroy"] = "delete_live"
		}
		out["method"], out["allow_downtime"], out["invalidate"] = method, true, []string{"/*"}
		return out
	}
	for _, live := range []string{"blue", "green"} {
		d := apply(t, c, config(live))
		if said = append(said, d...); len(d.Errors()) > 0 {
			return said
		}
	}
	moved(other)
	d := apply(t, c, config("green"))
	if len(d.Errors()) != 1 || d.Errors()[0].Summary != "An alias belongs to another distribution" {
		return append(said, d...) // its owner could not be found
	}
	moved(e.Green)
	return append(said, apply(t, c, nil)...)
}

// scope confines a policy to the site.
func scope(e *acctest.Env, method string) permissions.Options {
	arn := func(id string) string { return "arn:aws:cloudfront::" + e.World.Account() + ":distribution/" + id }
	return permissions.Options{
		Methods: []switchover.Method{switchover.Method(method)}, Invalidate: true,
		Distributions: []string{arn(e.Blue.ID), arn(e.Green.ID)}, Certificates: []string{e.Certificate},
		Zones: []string{"arn:aws:route53:::hostedzone/" + e.ZoneIDs["example.com"]},
	}
}

func empty(t *testing.T) *acctest.Env {
	s := site("www.example.com")
	s.Unclaimed, s.NoRecords = true, true
	return acctest.New(t, s)
}

var methods = []string{"domain_association", "associate_alias", "wildcard_overlap", "remove_and_add"}

func restrict(t *testing.T, e *acctest.Env, policy string, err error) {
	t.Helper()
	if err == nil {
		err = e.World.Restrict(policy)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestThePolicyToApplyIsEnoughAndHasNothingToSpare(t *testing.T) {
	t.Parallel()
	for _, method := range methods {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := empty(t)
				o := scope(e, method)
				policy, err := permissions.Policy(permissions.Apply, []string{resourceType}, o)
				if err != nil {
					t.Fatal(err)
				}
				if d := life(t, e, policy, method).Errors(); len(d) > 0 {
					t.Errorf("with %s:\n%s", policy, d)
				}
				matrix.Exact(t, e, 0, permissions.Apply, resourceType, o)
			})
		})
	}
}

func TestWithoutOneActionAnApplyNamesIt(t *testing.T) {
	t.Parallel()
	for _, method := range methods {
		for _, g := range permissions.Grants(permissions.Apply, []string{resourceType}, permissions.Options{Methods: []switchover.Method{switchover.Method(method)}, Invalidate: true}) {
			t.Run(method+" "+g.Action, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					e := empty(t)
					policy, err := permissions.Without(g.Action, permissions.Apply, []string{resourceType}, scope(e, method))
					if err != nil {
						t.Fatal(err)
					}
					said := life(t, e, policy, method)
					switch {
					case g.Optional && len(said.Errors()) > 0:
						t.Errorf("it is said to be optional:\n%s", said)
					case !g.Optional && !strings.Contains(said.String(), "Allow "+g.Action):
						t.Errorf("it is not named:\n%s", said)
					}
				})
			})
		}
	}
}

// replanned refreshes and plans a switch whose name has come to somebody else.
func replanned(t *testing.T, restricted func(e *acctest.Env)) (e *acctest.Env, from int, said acctest.Diagnostics) {
	t.Helper()
	e = acctest.New(t, site("www.example.com"))
	other := e.Distribute("other", nil)
	c := core(e)
	introduced(t, e, c)
	e.MoveByHand("www.example.com", other)
	from = e.World.Journal().Seq()
	restricted(e)
	for _, live := range []string{"blue", "green"} {
		p, err := c.Plan(context.Background(), switchTo(e, live))
		if err != nil {
			t.Fatal(err)
		}
		said = append(said, p.Diags...)
	}
	return e, from, said
}

func TestThePolicyToPlanIsEnoughAndHasNothingToSpare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var o permissions.Options
		e, from, said := replanned(t, func(e *acctest.Env) {
			o = scope(e, "domain_association")
			policy, err := permissions.Policy(permissions.Plan, []string{resourceType}, o)
			restrict(t, e, policy, err)
		})
		if len(said.Errors()) > 0 {
			t.Error(said)
		}
		matrix.Exact(t, e, from, permissions.Plan, resourceType, o)
	})
}

func TestWithoutOneActionAPlanNamesIt(t *testing.T) {
	t.Parallel()
	for _, g := range permissions.Grants(permissions.Plan, []string{resourceType}, permissions.Options{}) {
		t.Run(g.Action, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, _, said := replanned(t, func(e *acctest.Env) {
					policy, err := permissions.Without(g.Action, permissions.Plan, []string{resourceType}, scope(e, "domain_association"))
					restrict(t, e, policy, err)
				})
				switch {
				case g.Optional && len(said.Errors()) > 0:
					t.Errorf("it is said to be optional:\n%s", said)
				case !g.Optional && !strings.Contains(said.String(), "Allow "+g.Action):
					t.Errorf("it is not named:\n%s", said)
				}
			})
		})
	}
}

func TestACutoverCostsWhatThePageSays(t *testing.T) {
	t.Parallel()
	m := regexp.MustCompile(`makes about\s+\*\*(\d+) calls\*\*,\s+(\d+) of\s+which\s+write`).FindStringSubmatch(page(t))
	if m == nil {
		t.Fatal("the page does not say what a cutover costs")
	}
	calls, err1 := strconv.Atoi(m[1])
	writes, err2 := strconv.Atoi(m[2])
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	s := site("www.example.com")
	s.World.Propagation = 5 * time.Minute
	running(t, s, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		before, began := len(e.Calls(0)), e.World.Clock().Now()
		config := switchTo(e, "green")
		config["bake_time"] = "5m"
		mustApply(t, c, config)
		made := e.Calls(0)[before:]
		wrote := 0
		by := map[string]int{}
		for _, call := range made {
			by[call.Operation]++
			if call.Write {
				wrote++
			}
		}
		t.Logf("%s: %v", e.World.Clock().Now().Sub(began), by)
		if off := len(made) - calls; off < -calls/10 || off > calls/10 || wrote != writes {
			t.Errorf("a cutover made %d calls, %d of them writes; the page says about %d and %d: %v", len(made), wrote, calls, writes, by)
		}
		before = len(e.Calls(0))
		if _, err := c.Plan(context.Background(), config); err != nil {
			t.Fatal(err)
		}
		// One for each side, the zone, whether it is locked, what is protected in it, and the
		// name. Both sides have the same certificate.
		if got := len(e.Calls(0)) - before; got != 6 {
			t.Errorf("a plan made %d calls, the page says 6", got)
		}
	})
}

func TestThePageShowsThePhasesAsThePackageDoes(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../cutover/switchover/switchover.go")
	if err != nil {
		t.Fatal(err)
	}
	var diagram []string
	for line := range strings.Lines(string(raw)) {
		if drawn, ok := strings.CutPrefix(line, "//\t"); ok {
			diagram = append(diagram, strings.TrimRight(drawn, "\n"))
		}
	}
	if text := strings.Join(diagram, "\n"); len(diagram) < 5 || !strings.Contains(page(t), text) {
		t.Errorf("the page does not show this:\n%s", text)
	}
	for _, phase := range []string{"settled", "moving", "trailing", "unproven", "displaced", "rolled_back"} {
		if !strings.Contains(page(t), phase) {
			t.Errorf("the page does not know %q", phase)
		}
	}
}
