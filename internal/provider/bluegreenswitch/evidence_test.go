package bluegreenswitch_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// Somebody deploys a bad release to the idle side after it was found healthy and
// before the first name moves. What was healthy is not what would go live.
func TestEvidenceAboutAnotherConfigurationDoesNotCount(t *testing.T) {
	t.Parallel()
	fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		ctx := context.Background()
		if d := c.MustConverge(ctx, t, switchTo(e, "blue")).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		e.World.Faults().Add(fault.Fault{Operation: "UpdateDomainAssociation", Count: 1, Hook: matrix.Once(func() {
			e.EditByHand(e.Green, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("the next release") })
			e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		})})
		p, err := c.Plan(ctx, switchTo(e, "green"))
		if err != nil {
			t.Fatal(err)
		}
		d, err := c.Apply(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Errors()) != 1 || !strings.Contains(d.Errors()[0].Summary, "The idle side is not healthy") {
			t.Errorf("the run says %s", d)
		}
		e.ExpectOn(e.Blue)
		e.ExpectServed()
		for _, call := range e.Calls(0) {
			if call.Write && call.Effect {
				t.Errorf("%s took effect", call.Operation)
			}
		}
	})
}

// The new side gets another configuration while it bakes, and the one of before again: what
// the bake has shown is about both. So it bakes anew. A name that comes to it meanwhile,
// such as one of another switch, is no other configuration.
func TestAChangeOfTheNewSideAndBackInABakeIsNoticed(t *testing.T) {
	t.Parallel()
	edit := func(path string) func(*acctest.Env) {
		return func(e *acctest.Env) {
			e.EditByHand(e.Green, func(c *cftypes.DistributionConfig) { c.Origins.Items[0].OriginPath = aws.String(path) })
		}
	}
	add := func(e *acctest.Env) {
		e.EditByHand(e.Green, func(c *cftypes.DistributionConfig) {
			c.Aliases = &cftypes.Aliases{Quantity: aws.Int32(2), Items: append(c.Aliases.Items, "shop.example.com")}
		})
	}
	for name, c := range map[string]struct {
		hands []func(*acctest.Env)
		bakes int
	}{
		"another configuration and back":  {[]func(*acctest.Env){edit("/next"), edit("")}, 2},
		"a name that is another switch's": {[]func(*acctest.Env){add}, 1},
		"nothing":                         {nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := site("www.example.com")
			s.Covered = []string{"*.example.com"}
			running(t, s, func(t *testing.T, e *acctest.Env, core *acctest.Core) {
				go func() {
					sleep(propagation + 3*time.Minute) // in the middle of the bake
					for _, hand := range c.hands {
						hand(e)
						sleep(time.Second)
					}
				}()
				mustApply(t, core, switchTo(e, "green"))
				bakes := 0
				for _, event := range core.Events() {
					if event.String() == "verifying green after the move: healthy" {
						bakes++
					}
				}
				if bakes != c.bakes {
					t.Errorf("%d bakes:\n%s", bakes, core.Events())
				}
				e.ExpectOn(e.Green)
			})
		})
	}
}

// A name is taken off the new side while it bakes, so that nobody has it. It is given
// to it again, and what was proven before that does not count for what is live now.
func TestANameThatHasToMoveAgainIsProvenAgain(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		moved := make(chan struct{})
		go func() {
			defer close(moved)
			sleep(propagation + 5*time.Minute) // in the middle of the bake
			e.EditByHand(e.Green, func(c *cftypes.DistributionConfig) { c.Aliases = &cftypes.Aliases{Quantity: aws.Int32(0)} })
			sleep(30 * time.Minute)
		}()
		d := apply(t, c, switchTo(e, "green"))
		<-moved
		e.ExpectOn(e.Green)
		last := ""
		for _, event := range c.Events() {
			if strings.HasPrefix(event.Step, "moving www.example.com") || strings.Contains(event.Step, "after the move") {
				last = event.Step
			}
		}
		if len(d.Errors()) == 0 && strings.HasPrefix(last, "moving ") {
			t.Errorf("finished without proof of what is live: %v", c.Events())
		}
	})
}

func TestASickTargetGetsNoTraffic(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		before := e.World.Journal().Seq()
		d := apply(t, c, switchTo(e, "green")).Errors()
		if len(d) != 1 || d[0].Summary != "The idle side is not healthy" {
			t.Errorf("diagnostics: %s", d)
		}
		if w := e.Writes(before); len(w) > 0 {
			t.Errorf("wrote %v", w)
		}
		e.ExpectOn(e.Blue)
	})
}

// What CloudWatch has counted of the viewers of a cutover decides how it ends, and what
// it has not counted decides nothing.
func TestTheCountsOfCloudWatchDecideHowACutoverEnds(t *testing.T) {
	t.Parallel()
	metrics := func(f fault.Fault) func(*acctest.Env) {
		f.Operation = "GetMetricData"
		return func(e *acctest.Env) { e.World.Faults().Add(f) }
	}
	enough := map[string]any{"minimum_requests": 300}
	compared := map[string]any{"comparison": map[string]any{"minimum_requests": 300, "tolerance": 5}}
	for _, c := range []struct {
		name    string
		after   map[string]any
		viewers int
		world   func(e *acctest.Env)
		summary string // "": it is settled
		green   bool   // green has the name in the end
	}{
		{name: "nobody comes", after: enough, summary: "The new live side could not be proven healthy", green: true},
		{
			name: "worse than before", after: compared, viewers: 3, summary: "Cutover failed and was rolled back",
			world: func(e *acctest.Env) { e.World.Origins().Put("green.origin.test", origin.State{Status: 503}) },
		},
		{name: "viewers come, and it is throttled for a while", after: enough, viewers: 3, world: metrics(fault.Fault{Kind: fault.Throttle, Count: 6}), green: true},
		{name: "as good as before, and it is out of order for a while", after: compared, viewers: 3, world: metrics(fault.Fault{Kind: fault.ServerFail, Count: 9}), green: true},
		{
			name: "denied", after: enough, viewers: 3, summary: "The credentials may not do this",
			world: metrics(fault.Fault{Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "not authorized to perform: cloudwatch:GetMetricData"}),
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, k *acctest.Core) {
				leave := viewers(e, "www.example.com", c.viewers)
				sleep(3 * propagation) // for there to be something to compare with
				if c.world != nil {
					c.world(e)
				}
				ask := switchTo(e, "green")
				ask["verify"] = map[string]any{"after": c.after}
				d := apply(t, k, ask).Errors()
				leave()
				switch {
				case c.summary == "" && len(d) > 0, c.summary != "" && (len(d) != 1 || d[0].Summary != c.summary):
					t.Errorf("says %s, want %q", d, c.summary)
				}
				if want := map[bool]acctest.Distribution{true: e.Green, false: e.Blue}[c.green]; e.Owner("www.example.com") != want.ID {
					t.Errorf("the name is on %s, want %s; events %q", e.Owner("www.example.com"), want.ID, k.Events())
				}
			})
		})
	}
}
