package bluegreenswitch_test

import (
	"fmt"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// renamed is a configuration with its sides under other names.
func renamed(c acctest.Config) acctest.Config {
	sides := c["sides"].(map[string]any)
	c["sides"], c["live"] = map[string]any{"one": sides["blue"], "two": sides["green"]}, map[any]any{"blue": "one", "green": "two"}[c["live"]]
	return c
}

func TestAnIdentityStaysWhateverBecomesOfTheSides(t *testing.T) {
	t.Parallel()
	fresh(t, site("example.com", "www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		matrix.Identity(t, c, switchTo(e, "blue"), renamed(switchTo(e, "blue")))
	})
}

func TestAnImportByIdentityIsOneByID(t *testing.T) {
	t.Parallel()
	fresh(t, site("example.com", "www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		id := fmt.Sprintf("green=%s,blue=%s;www.example.com,example.com;example.com=%s", e.Green.ID, e.Blue.ID, e.ZoneIDs["example.com"]) // in no order
		other := core(e)
		if d, err := other.Import(t.Context(), id); err != nil || len(d) > 0 {
			t.Fatal(err, d)
		}
		c.Identifies = true
		if d, err := c.ImportIdentity(t.Context(), id); err != nil || len(d) > 0 {
			t.Fatal(err, d)
		}
		if c.IdentityID() != id || !c.State.Equal(other.State) {
			t.Errorf("the identity is %q, want %q; imported %s, want %s", c.IdentityID(), id, c.State, other.State)
		}
		mustApply(t, c, switchTo(e, "blue"))
		if c.IdentityID() != id {
			t.Errorf("after an apply the identity is %q, want %q", c.IdentityID(), id)
		}
	})
}
