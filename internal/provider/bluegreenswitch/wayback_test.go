package bluegreenswitch_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// Once the name is back on blue, asking for blue never sends it to green.
func TestSettingLiveBackNeverGoesToTheSideThatFailed(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		stops(t, apply(t, c, sickUnderTraffic(e)), "Cutover failed and was rolled back")
		e.ExpectOn(e.Blue)
		e.World.Origins().Put("blue.origin.test", origin.State{Status: 503}) // a blip
		config := sickUnderTraffic(e)
		config["live"] = "blue"
		before := e.World.Journal().Seq()
		stops(t, apply(t, c, config), "The new live side is not healthy", "Traffic goes to blue")
		writesNothing(t, e, before)
		e.ExpectOn(e.Blue)
	})
}

// A change that moves nothing must not move traffic when its gate fails.
func TestAddingAnAliasNeverMovesTheOthersAway(t *testing.T) {
	t.Parallel()
	fresh(t, site("www.example.com", "b.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		small := sickUnderTraffic(e)
		small["aliases"] = []string{"www.example.com"}
		small["live"] = "blue"
		mustApply(t, c, small)
		e.World.Origins().Put("blue.origin.test", origin.State{Status: 503})
		config := sickUnderTraffic(e)
		config["live"] = "blue"
		before := e.World.Journal().Seq()
		stops(t, apply(t, c, config), "The new live side is not healthy", "https://b.example.com/ answered 503")
		writesNothing(t, e, before)
		e.ExpectOn(e.Blue)
	})
}

// Green breaks within the bake, while Route 53 is busy: it is left all the same.
func TestAFailedGateIsActedUponThoughAWSIsBusy(t *testing.T) {
	t.Parallel()
	for name, busy := range map[string]struct {
		skip  int // looks that are answered first
		lasts time.Duration
	}{
		"a blip on the way back": {1, 90 * time.Second},
		"four minutes":           {0, 4 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				done := make(chan struct{})
				go func() {
					defer close(done)
					for e.Owner("www.example.com") != e.Green.ID {
						sleep(10 * time.Second)
					}
					sleep(propagation + 4*time.Minute) // within the bake
					e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
					hits := e.World.Faults().Add(fault.Fault{Operation: "ListResourceRecordSets", Skip: busy.skip, Kind: fault.Throttle})
					sleep(busy.lasts)
					e.World.Faults().Clear()
					if hits() == 0 {
						t.Error("the fault never struck")
					}
				}()
				d := apply(t, c, sickUnderTraffic(e))
				<-done
				stops(t, d, "Cutover failed and was rolled back", "1 of 64 requests failed")
				if got := c.Get("phase"); got != "rolled_back" {
					t.Errorf("phase = %s", got)
				}
				e.ExpectOn(e.Blue)
			})
		})
	}
}

func TestAnInterruptedRollbackIsFinishedByTheNextApply(t *testing.T) {
	t.Parallel()
	running(t, site("a.example.com", "b.example.com", "c.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Turn(knobs()["RefuseMoveInProgress, illegal"])
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		ctx, cancel := context.WithCancel(context.Background())
		p, err := c.Plan(ctx, sickUnderTraffic(e))
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for e.Owner("c.example.com") != e.Green.ID {
				sleep(5 * time.Second)
			}
			for e.Owner("a.example.com") != e.Blue.ID {
				sleep(5 * time.Second)
			}
			sleep(10 * time.Second)
			cancel()
		}()
		d, err := c.Interrupt(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		stops(t, d, "Rollback interrupted", "Traffic of a.example.com goes to blue", "Traffic of b.example.com, c.example.com goes to green")
		sleep(20 * time.Minute)
		plan, err := c.Plan(context.Background(), sickUnderTraffic(e))
		if err != nil {
			t.Fatal(err)
		}
		if d, err := c.Apply(context.Background(), plan); err != nil || len(d.Errors()) > 0 {
			t.Errorf("%v %s", err, d)
		}
		e.ExpectOn(e.Blue)
		if got := c.Get("phase"); got != "rolled_back" {
			t.Errorf("phase = %s", got)
		}
		if slices.ContainsFunc(acctest.Strings(plan.Planned, "steps"), func(s string) bool { return strings.Contains(s, "to green") }) {
			t.Error("goes on to the side that failed")
		}
	})
}

func TestAHalfMovedSetLeavesASickTarget(t *testing.T) {
	t.Parallel()
	running(t, site("a.example.com", "b.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		ctx := context.Background()
		e.World.Turn(knobs()["RefuseMoveInProgress, illegal"])
		within, cancel := context.WithCancel(ctx)
		p, err := c.Plan(ctx, switchTo(e, "green"))
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for e.Owner("a.example.com") != e.Green.ID {
				sleep(5 * time.Second)
			}
			sleep(10 * time.Second)
			cancel()
		}()
		if _, err := c.Interrupt(within, p); err != nil {
			t.Fatal(err)
		}
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		e.Settle()
		stops(t, apply(t, c, switchTo(e, "green")), "Cutover failed and was rolled back", "/health answered 503")
		e.ExpectOn(e.Blue)
	})
}

func TestAProbeWithAURLDoesNotForbidGoingBack(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		config := switchTo(e, "green")
		config["verify"] = map[string]any{
			"before": map[string]any{"probes": []any{map[string]any{"url": "https://" + e.Green.Domain + "/health"}}},
			"after":  map[string]any{"probes": []any{map[string]any{"path": "/"}}},
		}
		go func() {
			for e.Owner("www.example.com") != e.Green.ID {
				sleep(10 * time.Second)
			}
			e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		}()
		stops(t, apply(t, c, config), "Cutover failed and was rolled back", "https://www.example.com/ answered 503")
		e.ExpectOn(e.Blue)
	})
}

func TestAHangingSideIsLeftAtTheFirstProof(t *testing.T) {
	t.Parallel()
	var names []string
	for _, n := range "abcdefghijklmnopqrst" {
		names = append(names, string(n)+".example.com")
	}
	s := site(names...)
	s.Covered = []string{"*.example.com"}
	running(t, s, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Origins().Put("green.origin.test", origin.State{Latency: time.Hour})
		stops(t, apply(t, c, sickUnderTraffic(e)), "Cutover failed and was rolled back")
		e.ExpectOn(e.Blue)
		var moves []time.Time
		for _, x := range e.Writes(0) {
			if x.Operation == "UpdateDomainAssociation" {
				moves = append(moves, x.At)
			}
		}
		if len(moves) != 2*len(names) {
			t.Fatalf("%d moves, want each name there and back", len(moves))
		}
		for i := 1; i < len(moves); i++ {
			if gap := moves[i].Sub(moves[i-1]); gap > propagation+2*time.Minute {
				t.Errorf("%s between moves %d and %d: too long on a side that hangs", gap, i-1, i)
			}
		}
	})
}

func TestRenamedSidesHoldTheirGround(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		config := sickUnderTraffic(e)
		config["sides"] = map[string]any{
			"left":  map[string]any{"distribution_id": e.Blue.ID, "marker": map[string]any{"value": "blue.origin.test"}},
			"right": map[string]any{"distribution_id": e.Green.ID, "marker": map[string]any{"value": "green.origin.test"}},
		}
		config["live"] = "left"
		e.World.Origins().Put("blue.origin.test", origin.State{Status: 503})
		before := e.World.Journal().Seq()
		stops(t, apply(t, c, config), "The new live side is not healthy", "Traffic goes to left", "Repair left and apply again")
		writesNothing(t, e, before) // there is no side of another name to go back to
		e.ExpectOn(e.Blue)
	})
}

func TestThreeSidesRollBackAfterAnInterrupt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		e := acctest.New(t, site("www.example.com"))
		red := e.Distribute("red", nil)
		e.Settle()
		with := func(live string) acctest.Config {
			config := sickUnderTraffic(e)
			config["live"] = live
			config["sides"].(map[string]any)["red"] = map[string]any{"distribution_id": red.ID, "marker": map[string]any{"value": "red.origin.test"}}
			return config
		}
		c := core(e)
		mustApply(t, c, with("blue"))
		within, cancel := context.WithCancel(ctx)
		p, err := c.Plan(ctx, with("green"))
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for e.Owner("www.example.com") != e.Green.ID {
				sleep(5 * time.Second)
			}
			sleep(propagation + time.Minute)
			cancel()
		}()
		if _, err := c.Interrupt(within, p); err != nil {
			t.Fatal(err)
		}
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		sleep(20 * time.Minute)
		stops(t, apply(t, c, with("green")), "Cutover failed and was rolled back", "Traffic goes to blue")
		e.ExpectOn(e.Blue)
	})
}

func TestARefusalInAResumedRunSaysWhereTrafficIs(t *testing.T) {
	t.Parallel()
	running(t, site("a.example.com", "b.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Faults().Add(fault.Fault{Operation: "UpdateDomainAssociation", Skip: 1, Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "no"})
		stops(t, apply(t, c, switchTo(e, "green")), "The credentials may not do this", "Traffic of a.example.com goes to green", "Traffic of b.example.com goes to blue")
		e.Settle()
		e.World.Faults().Clear()
		e.World.Faults().Add(fault.Fault{Operation: "UpdateDomainAssociation", Count: 1, Kind: fault.Answer, Code: "IllegalUpdate", Status: 400, Message: "no"})
		stops(t, apply(t, c, switchTo(e, "green")), "Cutover failed and was rolled back", "IllegalUpdate", "Traffic goes to blue")
		e.ExpectOn(e.Blue)
	})
}

func TestARepairWhoseGateFailsMovesNoName(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.ChangeByHand("www.example.com", r53types.Change{Action: r53types.ChangeActionDelete, ResourceRecordSet: &r53types.ResourceRecordSet{
			Name: aws.String("www.example.com"), Type: r53types.RRTypeAaaa, AliasTarget: &r53types.AliasTarget{HostedZoneId: aws.String("Z2FDTNDATAQYW2"), DNSName: aws.String(e.Blue.Domain)},
		}})
		e.PointByHand("www.example.com", e.Green.Domain, "A")
		e.Settle()
		e.World.Origins().Put("blue.origin.test", origin.State{Status: 503})
		config := sickUnderTraffic(e)
		config["live"] = "blue"
		stops(t, apply(t, c, config), "The new live side is not healthy", "Traffic goes to blue")
		if got := e.Owner("www.example.com"); got != e.Blue.ID {
			t.Error("repairing a record moved the name to the other side")
		}
	})
}

// sickUnderTraffic leaves out the gate before the move, so that only the one
// after it can notice.
func sickUnderTraffic(e *acctest.Env) acctest.Config {
	config := switchTo(e, "green")
	config["verify"] = map[string]any{"after": map[string]any{"probes": []any{map[string]any{"path": "/"}}}}
	return config
}

func TestAFailedCutoverGoesBackAndIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	running(t, site("example.com", "www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		d := apply(t, c, sickUnderTraffic(e)).Errors()
		if len(d) != 1 || d[0].Summary != "Cutover failed and was rolled back" {
			t.Fatalf("diagnostics: %s", d)
		}
		e.ExpectOn(e.Blue)
		if got := c.Get("live") + " " + c.Get("phase"); got != "blue rolled_back" {
			t.Errorf("state says %s, want blue rolled_back", got)
		}
		before := e.World.Journal().Seq()
		for range 2 {
			d := apply(t, c, sickUnderTraffic(e))
			if len(d.Errors()) > 0 || len(d.Warnings()) != 1 {
				t.Errorf("latched apply says: %s", d)
			}
		}
		if w := e.Writes(before); len(w) > 0 {
			t.Errorf("a latched switch wrote %v", w)
		}

		retried := sickUnderTraffic(e)
		// A value that only apply knows could mean either, and a plan shows one thing.
		retried["retry"] = acctest.Unknown
		if p, err := c.Plan(t.Context(), retried); err != nil || len(p.Diags.Errors()) != 1 || p.Diags.Errors()[0].Summary != "Whether to try again is not known yet" {
			t.Errorf("with a retry that is not known: %v %s", err, p.Diags)
		}
		retried["retry"] = "1"
		if d := apply(t, c, retried).Errors(); len(d) != 1 || d[0].Summary != "Cutover failed and was rolled back" {
			t.Fatalf("retry while still sick: %s", d)
		}
		before = e.World.Journal().Seq()
		if d := apply(t, c, retried); len(d.Errors()) > 0 || len(d.Warnings()) != 1 || len(e.Writes(before)) > 0 {
			t.Errorf("with the same retry once more: %s, and wrote %v", d, e.Writes(before))
		}
		e.World.Origins().Put("green.origin.test", origin.State{})
		retried["retry"] = "2"
		mustApply(t, c, retried)
		e.ExpectOn(e.Green)
		if got := c.Get("phase"); got != "settled" {
			t.Errorf("phase = %s, want settled", got)
		}
		e.ExpectServed()
	})
}

func TestNothingGoesBackToASideThatIsSickToo(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		stop := make(chan struct{})
		go func() { // both fall ill once the name has moved
			defer close(stop)
			_ = clock.System{}.Sleep(context.Background(), propagation/2)
			e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
			e.World.Origins().Put("blue.origin.test", origin.State{Status: 503})
		}()
		d := apply(t, c, switchTo(e, "green")).Errors()
		<-stop
		if len(d) != 1 || d[0].Summary != "Neither side is healthy" {
			t.Errorf("diagnostics: %s", d)
		}
		if got := e.Owner("www.example.com"); got != e.Green.ID {
			t.Errorf("the name went to %s, want it held on %s", got, e.Green.ID)
		}
	})
}

// Held, viewers stay with a side that is sick, and the next apply goes on from there.
func TestACutoverThatIsToHoldStaysWhereItIs(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		ask := sickUnderTraffic(e)
		ask["on_failure"] = "hold"
		d := apply(t, c, ask).Errors()
		if len(d) != 1 || d[0].Summary != "The new live side is not healthy" {
			t.Errorf("diagnostics: %s", d)
		}
		e.ExpectOn(e.Green)
		if got := c.Get("live") + " " + c.Get("phase"); got != "green unproven" {
			t.Errorf("state says %s", got)
		}
		e.World.Origins().Put("green.origin.test", origin.State{})
		if d := apply(t, c, ask); len(d) > 0 {
			t.Error(d)
		}
		e.ExpectOn(e.Green)
		if got := c.Get("live") + " " + c.Get("phase"); got != "green settled" {
			t.Errorf("state says %s", got)
		}
		before := e.World.Journal().Seq()
		p, err := c.Plan(context.Background(), ask)
		if err != nil || !p.Empty() || len(e.Writes(before)) > 0 {
			t.Errorf("a further plan: %v\nfrom %s\nto   %s", err, p.Prior, p.Planned)
		}
	})
}

// Blue was live all the time: a record that is put right moves no traffic, so when
// blue fails the check that follows there is nothing to go back from.
func TestARepairDoesNotEndOnTheOtherSide(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.PointByHand("www.example.com", e.Green.Domain, "A")
		e.World.Origins().Put("blue.origin.test", origin.State{Status: 503})
		d := apply(t, c, switchTo(e, "blue")).Errors()
		if len(d) != 1 || d[0].Summary != "The new live side is not healthy" {
			t.Errorf("diagnostics: %s", d)
		}
		e.ExpectOn(e.Blue)
		if live := c.Get("live"); live != "blue" {
			t.Errorf("state says that %s is live", live)
		}
	})
}

func TestTheHalfMovedSetGoesBackWhenAWSRefusesTheRest(t *testing.T) {
	t.Parallel()
	running(t, site("a.example.com", "b.example.com", "c.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		hits := e.World.Faults().Add(fault.Fault{
			Operation: "UpdateDomainAssociation", Skip: 1, Count: 2, Kind: fault.Answer, Code: "IllegalUpdate", Status: 400, Message: "The domain cannot be moved.",
		})
		d := apply(t, c, switchTo(e, "green")).Errors()
		if hits() == 0 {
			t.Fatal("the fault never struck")
		}
		if len(d) != 1 || !strings.Contains(d[0].Detail, "IllegalUpdate") {
			t.Errorf("diagnostics: %s", d)
		}
		e.World.Faults().Clear()
		e.ExpectServed()
		if d[0].Summary != "Cutover failed and was rolled back" {
			t.Errorf("summary = %q", d[0].Summary)
		}
		e.ExpectOn(e.Blue)
	})
}
