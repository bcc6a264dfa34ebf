package bluegreenswitch_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// apart is a site whose blue is in the provider's own account, whose green in another one,
// called new, and whose zone in a third, called dns.
func apart(names ...string) acctest.Site {
	s := site(names...)
	s.Zones = nil
	return s
}

// between is the switch of an apart site.
func between(e *acctest.Env, live string, more acctest.Config) acctest.Config {
	c := switchTo(e, live)
	c["sides"].(map[string]any)["green"].(map[string]any)["account"] = "new"
	for _, zone := range c["dns"].(map[string]any) {
		zone.(map[string]any)["account"] = "dns"
	}
	maps.Copy(c, more)
	return c
}

func dance(e *acctest.Env, live string) acctest.Config {
	return between(e, live, acctest.Config{"method": "wildcard_overlap"})
}

func darkly(e *acctest.Env, live string) acctest.Config {
	return between(e, live, acctest.Config{"allow_downtime": true})
}

// crossing runs a test on an apart site to which the switch has been introduced.
func crossing(t *testing.T, s acctest.Site, config func(e *acctest.Env, live string) acctest.Config, test func(t *testing.T, e *acctest.Env, c *acctest.Core)) {
	t.Helper()
	fresh(t, s, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.Spread()
		c.Provider["accounts"] = acctest.Accounts()
		mustApply(t, c, config(e, "blue"))
		test(t, e, c)
	})
}

// callers are the accounts in which the provider made calls of an operation since one.
func callers(e *acctest.Env, since int, operation string) []string {
	var out []string
	for _, c := range e.Calls(since) {
		if account := strings.Split(c.Caller, ":")[4]; c.Operation == operation && !slices.Contains(out, account) {
			out = append(out, account)
		}
	}
	slices.Sort(out)
	return out
}

func TestTheDanceMovesNamesBetweenAccountsAndBack(t *testing.T) {
	t.Parallel()
	crossing(t, apart("a.example.com", "www.example.com"), dance, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		for _, live := range []string{"green", "blue"} {
			since := e.World.Journal().Seq()
			mustApply(t, c, dance(e, live))
			if got := c.Get("live"); got != live {
				t.Errorf("live is %s", got)
			}
			if got := callers(e, since, "UpdateDistribution"); !slices.Equal(got, []string{"123456789012", acctest.NewAccount}) {
				t.Errorf("distributions were updated in %s", got)
			}
			if got := callers(e, since, "ChangeResourceRecordSets"); !slices.Equal(got, []string{acctest.DNSAccount}) {
				t.Errorf("records were changed in %s", got)
			}
			if p, err := c.Plan(context.Background(), dance(e, live)); err != nil || !p.Empty() {
				t.Errorf("the second plan is not empty: %v", err)
			}
		}
	})
}

func TestDisablingMovesNamesBetweenAccountsAndBack(t *testing.T) {
	t.Parallel()
	crossing(t, apart("example.com", "www.example.com"), darkly, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		for _, live := range []string{"green", "blue"} {
			since := e.World.Journal().Seq()
			mustApply(t, c, darkly(e, live))
			moves := 0
			for _, w := range e.Writes(since) {
				if w.Operation == "UpdateDomainAssociation" && w.Code == "" {
					moves++
				}
			}
			if moves != len(e.Names) { // one account's write makes what was seen in another one old
				t.Errorf("%d moves of %d names", moves, len(e.Names))
			}
			if got := c.Get("live"); got != live {
				t.Errorf("live is %s", got)
			}
			for _, name := range []string{"_.example.com", "_www.example.com"} {
				if got := e.World.Route53().Lookup(0, e.World.Clock().Now(), name, "TXT").Values; len(got) > 0 {
					t.Errorf("%s is left with %s", name, got)
				}
			}
			if p, err := c.Plan(context.Background(), darkly(e, live)); err != nil || !p.Empty() {
				t.Errorf("the second plan is not empty: %v", err)
			}
		}
	})
}
