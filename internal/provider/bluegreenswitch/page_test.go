package bluegreenswitch_test

import (
	"context"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
)

// What the resource's page says is measured here.

func page(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("../../../templates/resources/bluegreen_switch.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// policies are the actions of the IAM policies on the page: to apply, and to plan.
func policies(t *testing.T) (apply, plan []string) {
	t.Helper()
	var found [][]string
	for _, m := range regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(page(t), -1) {
		var policy struct {
			Statement []struct{ Action []string }
		}
		if err := json.Unmarshal([]byte(m[1]), &policy); err != nil || len(policy.Statement) != 1 {
			t.Fatalf("not a policy of one statement: %v\n%s", err, m[1])
		}
		found = append(found, policy.Statement[0].Action)
	}
	if len(found) != 2 {
		t.Fatalf("the page has %d policies, not one to apply and one to plan", len(found))
	}
	return found[0], found[1]
}

// used lists the actions that the provider's calls needed.
func used(e *acctest.Env) []string {
	var out []string
	for _, c := range e.Calls(0) {
		out = append(out, awssim.Actions(c.Service, c.Operation)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestThePolicyToApplyIsEnoughAndHasNothingToSpare(t *testing.T) {
	t.Parallel()
	want, _ := policies(t)
	synctest.Test(t, func(t *testing.T) {
		s := site("www.example.com")
		s.Unclaimed, s.NoRecords = true, true
		e := acctest.New(t, s)
		other := e.Distribute("other", nil)
		e.Settle()
		e.World.Allow(want...)
		c := core(e)
		config := func(live string) acctest.Config {
			out := switchTo(e, live)
			for _, zone := range out["dns"].(map[string]any) {
				zone.(map[string]any)["on_destroy"] = "delete"
			}
			return out
		}
		mustApply(t, c, config("blue")) // nobody had the name
		mustApply(t, c, config("green"))
		e.MoveByHand("www.example.com", other) // and its owner has to be found
		if d := apply(t, c, config("green")).Errors(); len(d) != 1 || !strings.Contains(d.String(), other.ID) {
			t.Errorf("the name is on %s, and the apply said %v", other.ID, d)
		}
		e.MoveByHand("www.example.com", e.Green)
		e.Settle()
		mustApply(t, c, nil)
		if got := used(e); !slices.Equal(got, want) {
			t.Errorf("the page allows\n%v\nand the calls needed\n%v", want, got)
		}
	})
}

func TestEachMethodNeedsTheActionsThatThePageSays(t *testing.T) {
	t.Parallel()
	documented, _ := policies(t)
	const move = "cloudfront:UpdateDomainAssociation"
	without := func(actions ...string) []string {
		return append(slices.DeleteFunc(slices.Clone(documented), func(a string) bool { return a == move }), actions...)
	}
	for method, allowed := range map[string][]string{
		"associate_alias":  without("cloudfront:AssociateAlias"),
		"wildcard_overlap": without(),
		"remove_and_add":   without(),
	} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := acctest.New(t, site("www.example.com"))
				c := core(e)
				e.World.Allow(allowed...)
				config := switchTo(e, "green")
				config["method"], config["allow_downtime"] = method, true
				mustApply(t, c, config)
				e.ExpectOn(e.Green)
			})
		})
	}
}

func TestThePolicyToPlanIsEnoughAndHasNothingToSpare(t *testing.T) {
	t.Parallel()
	_, want := policies(t)
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		e := acctest.New(t, site("www.example.com"))
		other := e.Distribute("other", nil)
		c := core(e)
		introduced(t, e, c)
		from := len(e.Calls(0))
		e.MoveByHand("www.example.com", other)
		e.World.Allow(want...)
		for _, live := range []string{"blue", "green"} {
			if p, err := c.Plan(ctx, switchTo(e, live)); err != nil || len(p.Diags.Errors()) > 0 {
				t.Errorf("planning %s: %v %v", live, err, p.Diags)
			}
		}
		var got []string
		for _, call := range e.Calls(0)[from:] {
			got = append(got, awssim.Actions(call.Service, call.Operation)...)
		}
		slices.Sort(got)
		if got = slices.Compact(got); !slices.Equal(got, want) {
			t.Errorf("the page allows\n%v\nand the calls needed\n%v", want, got)
		}
	})
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
	synctest.Test(t, func(t *testing.T) {
		s := site("www.example.com")
		s.World.Propagation = 5 * time.Minute
		e := acctest.New(t, s)
		c := core(e)
		introduced(t, e, c)
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
		// One for each side, the zone, the name, and the certificate of the side that lacks it.
		if got := len(e.Calls(0)) - before; got != 5 {
			t.Errorf("a plan made %d calls, the page says 5", got)
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
