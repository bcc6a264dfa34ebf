package bluegreenswitch_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// calledProd are the accounts of an apart site, of which new is called prod.
func calledProd() acctest.Config {
	out := acctest.Config{}
	maps.Copy(out, acctest.Accounts())
	out["prod"] = out["new"]
	delete(out, "new")
	return out
}

func TestASwitchBetweenAccountsIsImportedByTheirNames(t *testing.T) {
	t.Parallel()
	fresh(t, apart("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.Spread()
		c.Provider["accounts"] = acctest.Accounts()
		id := func(green, zone string) string {
			return "blue=" + e.Blue.ID + "," + green + "=" + e.Green.ID + ";www.example.com;" + zone + "=" + e.ZoneIDs["example.com"]
		}
		for bad, summary := range map[string]string{
			id("green@prod", "example.com@dns"):  "There is no such account",
			id("green@new", "example.com@prod"):  "There is no such account",
			id("green", "example.com@dns"):       "The switch could not be imported",
			id("green@new", "example.com@"):      "Not an import id of a switch",
			id("green@dns", "example.com@dns"):   "The switch could not be imported",
			id("green@a@new", "example.com@dns"): "There is no such account",
		} {
			d, err := c.Import(context.Background(), bad)
			if err != nil || len(d.Errors()) != 1 || d.Errors()[0].Summary != summary || !c.State.IsNull() {
				t.Errorf("%s: %v %s, want %q", bad, err, d, summary)
			}
		}
		before := e.World.Journal().Seq()
		if d, err := c.Import(context.Background(), id("green@new", "example.com@dns")); err != nil || len(d.Errors()) > 0 {
			t.Fatalf("%v %s", err, d)
		}
		mustApply(t, c, darkly(e, "blue"))
		if w := e.Writes(before); len(w) > 0 || c.Get("id") != id("green@new", "example.com@dns") {
			t.Errorf("it wrote %v, and its id is %s", w, c.Get("id"))
		}
		mustApply(t, c, darkly(e, "green"))
		crossingScenario{want: "green", outage: true}.expect(t, e)
	})
}

// Names of accounts are a matter of configuration: one that is renamed in the provider block
// and where it is used writes nothing to AWS.
func TestAnAccountThatIsRenamedMovesNothing(t *testing.T) {
	t.Parallel()
	crossing(t, apart("www.example.com"), darkly, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		before := e.World.Journal().Seq()
		c.Provider["accounts"] = calledProd()
		state := c.State
		d, err := c.Refresh(context.Background())
		if err != nil || len(d.Errors()) > 0 || len(d.Warnings()) != 1 || d.Warnings()[0].Summary != "State names an account that is gone" || !c.State.Equal(state) {
			t.Errorf("a refresh says %v %s", err, d)
		}
		p, err := c.Plan(context.Background(), darkly(e, "blue"))
		if err != nil || len(p.Diags.Errors()) != 1 || p.Diags.Errors()[0].Summary != "There is no such account" {
			t.Errorf("with the old name a plan says %v %s", err, p.Diags)
		}
		config := func(live string) acctest.Config {
			out := darkly(e, live)
			side(out, "green")["account"] = "prod"
			return out
		}
		mustApply(t, c, config("blue"))
		if w := e.Writes(before); len(w) > 0 {
			t.Errorf("it wrote %v", w)
		}
		d, err = c.Refresh(context.Background())
		if err != nil || len(d) > 0 {
			t.Errorf("afterwards a refresh says %v %s", err, d)
		}
		if p, err := c.Plan(context.Background(), config("blue")); err != nil || !p.Empty() || strings.Contains(c.State.String(), `"new"`) {
			t.Errorf("afterwards a plan is not empty, or state has the old name: %v %s", err, c.State)
		}
		mustApply(t, c, config("green"))
		crossingScenario{want: "green", outage: true}.expect(t, e)
	})
}

// CloudWatch has what viewers of a distribution got in its account.
func TestGatesReadTheMetricsOfASideInItsAccount(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		gate map[string]any
		in   []string
	}{
		"of the new side": {map[string]any{"minimum_requests": 100}, []string{acctest.NewAccount}},
		"of both":         {map[string]any{"comparison": map[string]any{"minimum_requests": 100, "tolerance": 5}}, []string{"123456789012", acctest.NewAccount}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			crossing(t, apart("www.example.com"), dance, func(t *testing.T, e *acctest.Env, core *acctest.Core) {
				leave := viewers(e, "www.example.com", 2)
				sleep(3 * propagation) // for there to be something to compare with
				ask := dance(e, "green")
				ask["verify"] = map[string]any{"after": c.gate}
				before := e.World.Journal().Seq()
				d := apply(t, core, ask).Errors()
				if _, bad := leave(); len(d) > 0 || len(bad) > 0 {
					t.Errorf("%s; viewers got %q", d, bad)
				}
				if got := callers(e, before, "GetMetricData"); !slices.Equal(got, c.in) {
					t.Errorf("metrics were read in %s, want %s", got, c.in)
				}
			})
		})
	}
}
