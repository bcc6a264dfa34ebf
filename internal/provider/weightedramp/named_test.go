package weightedramp_test

import (
	"testing"
	"testing/synctest"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

func TestAnIdentityStaysWhateverBecomesOfTheSides(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := acctest.New(t, site(www))
		matrix.Identity(t, core(e), toward(e, 25), called(toward(e, 25), "old", "new"))
	})
}

func TestAnImportByIdentityIsOneByID(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, toward(e, 100))
		id := c.Get("id") + ";100"
		other := core(e)
		if d, err := other.Import(t.Context(), id); err != nil || len(d) > 0 {
			t.Fatal(err, d)
		}
		c = core(e)
		c.Identifies = true
		if d, err := c.ImportIdentity(t.Context(), id); err != nil || len(d) > 0 {
			t.Fatal(err, d)
		}
		if c.IdentityID() != id || !c.State.Equal(other.State) {
			t.Errorf("the identity is %q, want %q; imported %s, want %s", c.IdentityID(), id, c.State, other.State)
		}
		mustApply(t, c, toward(e, 100))
		if c.IdentityID() != id {
			t.Errorf("after an apply the identity is %q, want %q", c.IdentityID(), id)
		}
	})
}
