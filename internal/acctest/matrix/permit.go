package matrix

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/permissions"
)

// Permit runs the scenarios with exactly the policy that the table of permissions
// has for a kind: it has to be enough, nothing of it may be to spare, and without each
// single action a diagnostic has to name it.
func Permit(t *testing.T, kind string, scenarios ...Scenario) {
	t.Helper()
	PermitWith(t, kind, permissions.Options{}, scenarios...)
}

// PermitWith does the same with what the scenarios make use of.
func PermitWith(t *testing.T, kind string, o permissions.Options, scenarios ...Scenario) {
	t.Helper()
	policy, err := permissions.Policy(permissions.Apply, []string{kind}, o)
	if err != nil {
		t.Fatal(err)
	}
	var needed []string
	by := map[string][]Scenario{} // those that need an action, by it
	for _, s := range scenarios {
		synctest.Test(t, func(t *testing.T) {
			e, c := s.Start(t)
			before := e.World.Journal().Seq()
			if said := s.under(t, e, c, policy); (len(said.Errors()) > 0) != s.Fails {
				t.Errorf("%s is not allowed: %s", s.Name, said)
			}
			used := slices.Compact(slices.Sorted(slices.Values(actions(e, before))))
			for _, action := range used {
				by[action] = append(by[action], s)
			}
			needed = append(needed, used...)
		})
	}
	exact(t, needed, permissions.Grants(permissions.Apply, []string{kind}, o))
	for _, g := range permissions.Grants(permissions.Apply, []string{kind}, o) {
		t.Run(g.Action, func(t *testing.T) {
			without, err := permissions.Without(g.Action, permissions.Apply, []string{kind}, o)
			if err != nil {
				t.Fatal(err)
			}
			var named bool
			var last string
			for _, s := range by[g.Action] { // the others would run as before
				if named || g.Optional {
					break
				}
				synctest.Test(t, func(t *testing.T) {
					e, c := s.Start(t)
					last = s.under(t, e, c, without).String()
					named = strings.Contains(last, g.Action)
				})
			}
			if !named && !g.Optional {
				t.Errorf("no diagnostic names it; the last:\n%s", last)
			}
		})
	}
}

// Exact fails the test unless the provider's calls after a call number needed every
// action that the table of permissions has for a kind, and no other.
func Exact(t *testing.T, e *acctest.Env, after int, mode permissions.Mode, kind string, o permissions.Options) {
	t.Helper()
	exact(t, actions(e, after), permissions.Grants(mode, []string{kind}, o))
}

// actions lists what the provider's calls after a call number needed to be allowed.
func actions(e *acctest.Env, after int) []string {
	var out []string
	for _, call := range e.Calls(after) {
		out = append(out, call.Actions...)
	}
	return out
}

func exact(t *testing.T, needed []string, grants []permissions.Grant) {
	t.Helper()
	slices.Sort(needed)
	needed = slices.Compact(needed)
	var granted []string
	for _, g := range grants {
		if !g.Together || slices.Contains(needed, g.Action) { // a scenario has one instance
			granted = append(granted, g.Action)
		}
	}
	if !slices.Equal(granted, needed) {
		t.Errorf("the table allows\n%v\nand the calls needed\n%v", granted, needed)
	}
}

// under applies the scenario's change with a policy, and says what was said.
func (s Scenario) under(t *testing.T, e *acctest.Env, c *acctest.Core, policy string) acctest.Diagnostics {
	t.Helper()
	asked := s.Ask(e) // which may look, by hands that may do everything
	if err := e.World.Restrict(policy); err != nil {
		t.Fatal(err)
	}
	defer e.World.Allow()
	ctx := context.Background()
	if s.Action != "" {
		got, err := c.InvokeAction(ctx, s.Action, asked)
		if err != nil {
			t.Fatal(err)
		}
		return got.Diags
	}
	p, err := c.Plan(ctx, asked)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Diags.Errors()) > 0 {
		return p.Diags
	}
	d, err := c.Apply(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	return append(p.Diags, d...)
}
