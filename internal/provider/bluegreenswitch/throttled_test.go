package bluegreenswitch_test

import (
	"context"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

func TestACutoverOutlastsFourMinutesOfThrottling(t *testing.T) {
	t.Parallel()
	running(t, site("a.example.com", "b.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		go func() {
			for e.Owner("b.example.com") != e.Green.ID {
				sleep(10 * time.Second)
			}
			e.World.Faults().Add(fault.Fault{Service: "route53", Kind: fault.Throttle})
			sleep(4 * time.Minute)
			e.World.Faults().Clear()
		}()
		mustApply(t, c, switchTo(e, "green"))
		sleep(10 * time.Minute)
		e.ExpectOn(e.Green)
		e.ExpectServed()
	})
}

func TestARefreshOutlastsThreeThrottles(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Faults().Add(fault.Fault{Service: "route53", Kind: fault.Throttle, Count: 3})
		p, err := c.Plan(context.Background(), switchTo(e, "blue"))
		if err != nil || len(p.Diags) > 0 || !p.Empty() {
			t.Errorf("%v %s", err, p.Diags)
		}
	})
}
