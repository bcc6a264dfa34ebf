package weightedramp_test

import (
	"context"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// The evidence has spoken: whoever is interrupted on the way back goes no other way afterwards.
func TestAfterAnInterruptTheWayBackIsFinished(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		ask := gated(e, toward(e, 100, 5, 50))
		p, err := c.Plan(context.Background(), ask)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		began := e.World.Journal().Seq()
		go func() {
			for len(e.Writes(began)) < 2 { // up, and the first of the way back
				wait(time.Second)
			}
			cancel()
		}()
		if _, err := c.Interrupt(ctx, p); err != nil {
			t.Fatal(err)
		}
		if got := c.Get("phase"); got == "rolled_back" || got == "settled" {
			t.Fatalf("it was not interrupted on its way back: %s", c.State)
		}
		expectSets(t, e, at(e, "0", "100")...)
		before := e.World.Journal().Seq()
		c.MustConverge(context.Background(), t, ask)
		if w := e.Writes(before); len(w) != 1 {
			t.Errorf("then it wrote %v", w)
		}
		expectSets(t, e, simple(e)...)
		if got := c.Get("phase"); got != "rolled_back" {
			t.Errorf("phase = %q", got)
		}
		e.ExpectServed()
	})
}
