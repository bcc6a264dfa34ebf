package weightedramp_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
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
		ask["bake_time"] = "0s"
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

// slow is a ramp of one step in each apply.
func slow(c acctest.Config) acctest.Config {
	c["advance"], c["bake_time"] = "per_apply", "1h"
	return c
}

// expectStepped fails the test unless the share that green has is a step that was taken
// no earlier than the last write, and stands.
func expectStepped(t *testing.T, e *acctest.Env, c *acctest.Core, percent, rest string) {
	t.Helper()
	expectSets(t, e, at(e, percent, rest)...)
	if c.Get("phase") != "ramping" {
		t.Errorf("phase %s", c.Get("phase"))
	}
	writes := e.Writes(0)
	if at, err := time.Parse(time.RFC3339, c.Get("stepped_at")); err != nil || at.Before(writes[len(writes)-1].At.Truncate(time.Second)) {
		t.Errorf("stepped_at is %s, %v, and the last write was at %s", c.Get("stepped_at"), err, writes[len(writes)-1].At)
	}
}

// A step counts from when its names got their share, also if the run that took it did
// not live to write that down.
func TestAStepThatARunDiedAfterIsJudgedByTheTimeSinceThen(t *testing.T) {
	t.Parallel()
	for _, refresh := range []bool{true, false} {
		for _, sick := range []bool{false, true} {
			t.Run(fmt.Sprintf("refresh %v, sick %v", refresh, sick), func(t *testing.T) {
				t.Parallel()
				running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
					defer visit(e)()
					wait(20 * time.Minute)
					ask := slow(counted(e, toward(e, 100, 5, 25)))
					mustApply(t, c, ask)
					expectStepped(t, e, c, "5", "95")
					wait(time.Hour)
					p, err := c.Plan(context.Background(), ask)
					if err != nil {
						t.Fatal(err)
					}
					ctx, kill := context.WithCancel(context.Background())
					before := e.World.Journal().Seq()
					go func() {
						for len(e.Writes(before)) == 0 {
							wait(time.Second)
						}
						kill()
					}()
					if _, err := c.Apply(ctx, p); err != nil {
						t.Fatal(err)
					}
					expectSets(t, e, at(e, "25", "75")...)
					if sick {
						e.World.Origins().Put("blue.origin.test", origin.State{Status: 503})
					}
					plan := c.Plan
					if !refresh {
						plan = c.PlanWithoutRefresh
					}
					p, err = plan(context.Background(), ask)
					if err != nil {
						t.Fatal(err)
					}
					d, err := c.Apply(context.Background(), p)
					if err != nil {
						t.Fatal(err)
					}
					if sick {
						if len(d.Errors()) != 1 || d.Errors()[0].Summary != "Ramp failed and was rolled back" {
							t.Errorf("says %s, phase %s", d, c.Get("phase"))
						}
						return
					}
					if len(d) > 0 {
						t.Fatal(d)
					}
					expectStepped(t, e, c, "25", "75")
					wait(time.Hour)
					mustApply(t, c, ask)
					expectStepped(t, e, c, "100", "0")
				})
			})
		}
	}
}

// A step whose answer was lost is a step.
func TestAStepWhoseAnswerWasLostIsTheOneOfItsRun(t *testing.T) {
	t.Parallel()
	for name, lost := range acctest.LostAnswers("ChangeResourceRecordSets") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				ask := slow(gated(e, toward(e, 50, 5, 25)))
				for _, step := range [][2]string{{"5", "95"}, {"25", "75"}, {"50", "50"}} {
					e.World.Faults().Add(lost)
					mustApply(t, c, ask)
					e.World.Faults().Clear()
					expectStepped(t, e, c, step[0], step[1])
					wait(time.Hour)
				}
				mustApply(t, c, ask)
				if c.Get("phase") != "settled" {
					t.Errorf("phase %s", c.Get("phase"))
				}
				e.ExpectNothingLeft(c, ask)
			})
			synctest.Test(t, func(t *testing.T) {
				e := acctest.New(t, site(www))
				c := core(e)
				e.World.Faults().Add(lost)
				mustApply(t, c, slow(gated(e, toward(e, 50, 5, 25))))
				expectStepped(t, e, c, "5", "95")
			})
		})
	}
}

// Evidence counts once every name server has the step and the old TTL is over.
func TestEvidenceWaitsForNameServersAndForTheOldTTL(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		before := e.World.Journal().Seq()
		mustApply(t, c, gated(e, toward(e, 100, 50)))
		writes := e.Writes(before)
		if len(writes) != 3 {
			t.Fatalf("%v", writes)
		}
		// INSYNC takes 30 s, the old records 60 s, and the gate holds for 5 minutes.
		for i := range 2 {
			if gap := writes[i+1].At.Sub(writes[i].At); gap < 6*time.Minute+30*time.Second || gap > 8*time.Minute {
				t.Errorf("step %d came %s after the one before", i+1, gap)
			}
		}
	})
}

// What a ramp may not ask, and what CloudWatch cannot tell for a while.
func TestARampOutlastsABlipOfCloudWatchAndStopsBeforeItsFirstStepWhereItIsDenied(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		fault   fault.Fault
		summary string
		want    func(e *acctest.Env) []string
	}{
		{"throttled for a while", fault.Fault{Kind: fault.Throttle, Count: 6}, "", func(e *acctest.Env) []string { return at(e, "50", "50") }},
		{"denied", fault.Fault{Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "no"}, "The credentials may not do this", simple},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			running(t, site(www), func(t *testing.T, e *acctest.Env, k *acctest.Core) {
				ctx, leave := context.WithCancel(context.Background())
				left := make(chan struct{})
				go func() { // somebody looks at blue every ten seconds
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
				wait(10 * time.Minute)
				c.fault.Operation = "GetMetricData"
				e.World.Faults().Add(c.fault)
				ask := toward(e, 50)
				ask["verify"] = map[string]any{"metrics": []any{map[string]any{
					"name": "5xxErrorRate", "maximum": 1, "dimensions": map[string]any{"DistributionId": e.Blue.ID, "Region": "Global"},
				}}}
				d := k.MustConverge(ctx, t, ask).Errors()
				leave()
				<-left
				if c.summary == "" && len(d) > 0 || c.summary != "" && (len(d) != 1 || d[0].Summary != c.summary) {
					t.Errorf("says %s, want %q", d, c.summary)
				}
				expectSets(t, e, c.want(e)...)
			})
		})
	}
}
