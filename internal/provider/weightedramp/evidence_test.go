package weightedramp_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// counted is a gate about the errors that viewers of the names get from blue.
func counted(e *acctest.Env, c acctest.Config) acctest.Config {
	c["verify"] = map[string]any{"metrics": []any{map[string]any{
		"name": "5xxErrorRate", "maximum": 1, "dimensions": map[string]any{"DistributionId": e.Blue.ID, "Region": "Global"},
	}}}
	return c
}

// visit has somebody ask for blue every ten seconds, until the function it returns is called.
func visit(e *acctest.Env) (leave func()) {
	ctx, cancel := context.WithCancel(context.Background())
	left := make(chan struct{})
	go func() {
		defer close(left)
		for viewer := (&http.Client{Transport: e.World.Transport()}); ctx.Err() == nil; wait(10 * time.Second) {
			req, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodGet, "http://"+www+"/", nil)
			if err != nil {
				continue
			}
			if resp, err := viewer.Do(req); err == nil {
				_ = resp.Body.Close() // nothing to be done about it
			}
		}
	}()
	return func() { cancel(); <-left }
}

// Without time to hold, metrics are still about the time after the step: what breaks with
// it does not show in the time before.
func TestMetricsOfAStepThatIsNotHeldAreAboutTheTimeAfterIt(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		leave := visit(e)
		wait(20 * time.Minute)
		ask := counted(e, toward(e, 50))
		ask["step_wait"] = "0s"
		before := e.World.Journal().Seq()
		go func() {
			for len(e.Writes(before)) == 0 {
				wait(time.Second)
			}
			e.World.Origins().Put("blue.origin.test", origin.State{Status: 503})
		}()
		d := c.MustConverge(context.Background(), t, ask).Errors()
		leave()
		if len(d) != 1 || d[0].Summary != "Ramp failed and was rolled back" {
			t.Errorf("says %s, phase %s", d, c.Get("phase"))
		}
	})
}

// What state knows to be proven is the share that it knows.
func TestAProofIsOfTheShareThatWasProvenAndOfNoOther(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, gated(e, toward(e, 25)))
		ask := gated(e, toward(e, 100))
		ask["collapse"] = false
		p, err := c.Plan(context.Background(), ask)
		if err != nil {
			t.Fatal(err)
		}
		e.ChangeByHand(www, weigh(e, www, "green", 100), weigh(e, www, "blue", 0))
		e.Settle()
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		d, err := c.Apply(context.Background(), p)
		if err != nil || len(d.Errors()) != 1 || d.Errors()[0].Summary != "Ramp failed and was rolled back" {
			t.Errorf("%v: says %s, phase %s", err, d, c.Get("phase"))
		}
	})
}

// Whoever lowers the weight by hand to what a plan lowers it to has only been faster.
func TestAWeightThatSomebodyLoweredToWhatIsAskedForIsThere(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, gated(e, toward(e, 25)))
		p, err := c.Plan(context.Background(), gated(e, toward(e, 10)))
		if err != nil {
			t.Fatal(err)
		}
		e.ChangeByHand(www, weigh(e, www, "green", 10), weigh(e, www, "blue", 90))
		e.Settle()
		if d, err := c.Apply(context.Background(), p); err != nil || len(d) > 0 || c.Get("phase") != "settled" {
			t.Errorf("%v: says %s, phase %s", err, d, c.Get("phase"))
		}
	})
}
