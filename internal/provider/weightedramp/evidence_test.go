package weightedramp_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

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

// Records that somebody points elsewhere during a ramp, such as to a maintenance page, stay.
func TestWhoPointsANameElsewhereStopsTheRamp(t *testing.T) {
	t.Parallel()
	const maintenance = "192.0.2.7"
	for name, gate := range map[string]bool{"with a gate": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, site(www, "api.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				ask := toward(e, 100, 25)
				if gate {
					ask = gated(e, ask)
				}
				go func() {
					wait(4 * time.Minute)
					gone := func(id string, weight int64) r53types.Change {
						change := weigh(e, www, id, weight)
						change.Action = r53types.ChangeActionDelete
						return change
					}
					e.ChangeByHand(www, gone("green", 25), gone("blue", 75), r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: &r53types.ResourceRecordSet{
						Name: aws.String(www), Type: r53types.RRTypeA, TTL: aws.Int64(60), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String(maintenance)}},
					}})
				}()
				d := c.MustConverge(context.Background(), t, ask).Errors()
				if got := sets(e, www, "A"); !slices.Equal(got, []string{maintenance + " ttl=60"}) {
					t.Errorf("the run wrote over it: %q", got)
				}
				if len(d) != 1 || d[0].Summary != "Somebody has pointed a name elsewhere during the run" || !strings.Contains(d[0].Detail, maintenance) {
					t.Errorf("says %s", d)
				}
			})
		})
	}
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
				expectNothingLeft(t, e, c, ask)
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
