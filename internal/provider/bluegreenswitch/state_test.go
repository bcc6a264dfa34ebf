package bluegreenswitch_test

import (
	"context"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

func TestStateIsTrueAfterASideWasReplaced(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		fresh := e.Distribute("fresh", nil)
		e.Settle()
		config := switchTo(e, "blue")
		side(config, "blue")["distribution_id"] = fresh.ID
		stops(t, apply(t, c, config), "An alias belongs to another distribution", "Traffic goes to "+e.Blue.ID)
		if got := c.Get("live_distribution_id"); got != e.Blue.ID {
			t.Errorf("live_distribution_id = %s, but %s has the name (fresh is %s)", got, e.Blue.ID, fresh.ID)
		}
	})
}

func TestARemovedLiveSideStillShowsInState(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		config := switchTo(e, "green")
		delete(config["sides"].(map[string]any), "blue")
		stops(t, apply(t, c, config), "An alias belongs to another distribution", "Traffic goes to "+e.Blue.ID)
		if _, err := c.Refresh(context.Background()); err != nil {
			t.Fatal(err)
		}
		p, err := c.Plan(context.Background(), switchTo(e, "blue"))
		if err != nil || len(p.Diags.Errors()) > 0 {
			t.Errorf("with the side again: %v %s", err, p.Diags)
		}
		if got := c.Get("live_distribution_id"); got != e.Blue.ID {
			t.Errorf("live_distribution_id = %q", got)
		}
	})
}
