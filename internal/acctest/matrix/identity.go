package matrix

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// Identity takes a resource from one configuration to another, which changes its id, and back. Its
// identity is the id that it came with, whatever becomes of that, and where a state has none it is
// the id of that state, whoever answers first.
func Identity(t *testing.T, c *acctest.Core, is, other acctest.Config) {
	t.Helper()
	expect := func(when, want string) {
		t.Helper()
		if got := c.IdentityID(); got != want || got == "" {
			t.Errorf("%s its identity is %q, want %q; its id is %q", when, got, want, c.Get("id"))
		}
	}
	converge := func(config acctest.Config, refresh bool) {
		t.Helper()
		plan := c.Plan
		if !refresh {
			plan = c.PlanWithoutRefresh
		}
		p, err := plan(t.Context(), config)
		if err != nil || len(p.Diags.Errors()) > 0 {
			t.Fatal(err, p.Diags)
		}
		if d, err := c.Apply(t.Context(), p); err != nil || len(d.Errors()) > 0 {
			t.Fatal(err, d)
		}
	}
	c.Identifies = true
	converge(is, true)
	first := c.Get("id")
	expect("after its create", first)
	converge(other, true)
	if c.Get("id") == first {
		t.Fatalf("the id is %s as before, so nothing shows that the identity stays", first)
	}
	expect("after an update that changes its id", first)
	if d, err := c.Refresh(t.Context()); err != nil || len(d.Errors()) > 0 {
		t.Error(err, d)
	}
	expect("after a refresh", first)

	c.Identity, c.Identifies = nil, false // a CLI of before
	converge(is, true)
	c.Identifies = true
	converge(other, false)
	expect("after an update of a state that had none", first)
	c.Identity = nil
	if d, err := c.Refresh(t.Context()); err != nil || len(d.Errors()) > 0 {
		t.Error(err, d)
	}
	expect("after a refresh of a state that had none", c.Get("id"))
}
