package bluegreenswitch_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

func sleep(d time.Duration) { _ = clock.System{}.Sleep(context.Background(), d) }

// after the name is back on blue, asking for blue must never send it to green.
func TestSettingLiveBackNeverGoesToTheSideThatFailed(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		apply(t, c, sickUnderTraffic(e))
		e.ExpectOn(e.Blue)
		e.World.Origins().Put("blue.origin.test", origin.State{Status: 503}) // a blip
		config := sickUnderTraffic(e)
		config["live"] = "blue"
		before := e.World.Journal().Seq()
		d := apply(t, c, config)
		t.Log(d)
		if w := e.Writes(before); len(w) > 0 {
			t.Errorf("%d writes, the first %s", len(w), w[0].Operation)
		}
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
		d := apply(t, c, config)
		t.Log(d)
		if w := e.Writes(before); len(w) > 0 {
			t.Errorf("%d writes, the first %s", len(w), w[0].Operation)
		}
		e.ExpectOn(e.Blue)
	})
}

func TestAnAliasAddedLaterDoesNotStealARecord(t *testing.T) {
	t.Parallel()
	s := site("www.example.com")
	s.Covered = []string{"*.example.com", "example.com"}
	running(t, s, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.ChangeByHand("shop.example.com", r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: &r53types.ResourceRecordSet{
			Name: aws.String("shop.example.com"), Type: r53types.RRTypeA, TTL: aws.Int64(60), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String("192.0.2.7")}},
		}})
		e.Settle()
		config := switchTo(e, "blue")
		config["aliases"] = []string{"www.example.com", "shop.example.com"}
		d := apply(t, c, config)
		t.Log(d)
		if got := e.Records("shop.example.com"); !slices.Equal(got, []string{"A 192.0.2.7"}) {
			t.Errorf("records = %v", got)
		}
	})
}

func TestALatchedSwitchWithUnknownValuesPlansConsistently(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		ctx := context.Background()
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		apply(t, c, sickUnderTraffic(e))
		vague := sickUnderTraffic(e)
		vague["dns"] = map[string]any{"example.com": map[string]any{"zone_id": acctest.Unknown}}
		p, err := c.Plan(ctx, vague)
		if err != nil {
			t.Fatal(err)
		}
		known, err := c.PlanWithoutRefresh(ctx, sickUnderTraffic(e))
		if err != nil {
			t.Fatal(err)
		}
		p.Config = known.Config
		if d, err := c.Apply(ctx, p); err != nil {
			t.Errorf("%v %s", err, d)
		}
	})
}

func TestARollbackOutlastsABlipOfAWS(t *testing.T) {
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
			hits := e.World.Faults().Add(fault.Fault{Operation: "ListResourceRecordSets", Skip: 1, Kind: fault.Throttle})
			sleep(90 * time.Second)
			e.World.Faults().Clear()
			t.Log(hits())
		}()
		d := apply(t, c, sickUnderTraffic(e))
		<-done
		t.Log(d, c.Get("phase"))
		e.ExpectOn(e.Blue)
	})
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
		t.Log(d, c.Get("phase"), c.Get("live"))
		sleep(20 * time.Minute)
		before := e.World.Journal().Seq()
		plan, err := c.Plan(context.Background(), sickUnderTraffic(e))
		if err != nil {
			t.Fatal(err)
		}
		t.Log(acctest.Strings(plan.Planned, "steps"))
		d, err = c.Apply(context.Background(), plan)
		t.Log(d, err)
		for _, w := range e.Writes(before) {
			if strings.Contains(w.Operation, "UpdateDomainAssociation") {
				t.Log(w.Operation, w)
			}
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
		d := apply(t, c, switchTo(e, "green"))
		t.Log(d)
		e.ExpectOn(e.Blue)
		sleep(20 * time.Minute)
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
		d := apply(t, c, config)
		t.Log(d)
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
		apply(t, c, sickUnderTraffic(e))
		e.ExpectOn(e.Blue)
		w := e.Writes(0)
		var moves []time.Time
		for _, x := range w {
			if x.Operation == "UpdateDomainAssociation" {
				moves = append(moves, x.At)
			}
		}
		t.Log(len(moves), moves[len(moves)-1].Sub(moves[0]))
		for i := 1; i < len(moves); i++ {
			if moves[i].Sub(moves[i-1]) > time.Minute {
				t.Logf("gap between moves %d and %d: %s", i-1, i, moves[i].Sub(moves[i-1]))
				if moves[i].Sub(moves[i-1]) > propagation+2*time.Minute {
					t.Error("too long on a side that hangs")
				}
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
		d := apply(t, c, config)
		t.Log(d)
		if strings.Contains(d.String(), "target_missing") {
			t.Error("went back to a side that is none")
		}
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
		d := apply(t, c, with("green"))
		t.Log(d)
		e.ExpectOn(e.Blue)
	})
}

func TestWildcardOnlyGate(t *testing.T) {
	t.Parallel()
	fresh(t, site("*.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		d := apply(t, c, switchTo(e, "blue"))
		t.Log(d)
		if len(d.Errors()) != 1 || d.Errors()[0].Summary != "Nobody can send a request to a wildcard" {
			t.Error("a gate that nobody can ask is accepted")
		}
	})
}

func TestRemovingRetryDoesNotOpenTheLatch(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		config := sickUnderTraffic(e)
		config["retry"] = "1"
		apply(t, c, config)
		before := e.World.Journal().Seq()
		d := apply(t, c, sickUnderTraffic(e))
		t.Log(d)
		if w := e.Writes(before); len(w) > 0 {
			t.Errorf("wrote %d times", len(w))
		}
	})
}

func TestStateIsTrueAfterASideWasReplaced(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		fresh := e.Distribute("fresh", nil)
		e.Settle()
		config := switchTo(e, "blue")
		side(config, "blue")["distribution_id"] = fresh.ID
		d := apply(t, c, config)
		t.Log(d)
		t.Log(c.State)
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
		d := apply(t, c, config)
		t.Log(d)
		if _, err := c.Refresh(context.Background()); err != nil {
			t.Fatal(err)
		}
		t.Log(c.State)
		p, err := c.Plan(context.Background(), switchTo(e, "blue"))
		t.Log(acctest.Strings(p.Planned, "steps"), err, p.Diags)
		if got := c.Get("live_distribution_id"); got != e.Blue.ID {
			t.Errorf("live_distribution_id = %q", got)
		}
	})
}

func TestReadsThrottledForFourMinutes(t *testing.T) {
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
		d := apply(t, c, switchTo(e, "green"))
		t.Log(d)
		sleep(10 * time.Minute)
		e.ExpectOn(e.Green)
	})
}

func TestARefreshOutlastsThreeThrottles(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Faults().Add(fault.Fault{Service: "route53", Kind: fault.Throttle, Count: 3})
		p, err := c.Plan(context.Background(), switchTo(e, "blue"))
		t.Log(p.Diags, err)
		if len(p.Diags.Errors()) > 0 {
			t.Error("plan failed")
		}
	})
}

func TestTTLOfAliasRecordsDecidesNothing(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		config := switchTo(e, "blue")
		config["dns"] = map[string]any{"example.com": map[string]any{"zone_id": e.ZoneIDs["example.com"], "ttl": 300}}
		p, err := c.Plan(context.Background(), config)
		if err != nil {
			t.Fatal(err)
		}
		if s := acctest.Strings(p.Planned, "steps"); len(s) > 0 && strings.HasPrefix(s[0], "point") {
			t.Error(s)
		}
	})
}

func TestProviderUnknownAtApply(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		c.Provider["region"] = acctest.Unknown
		p, err := c.Plan(context.Background(), switchTo(e, "green"))
		t.Log(p.Diags, err, acctest.Strings(p.Planned, "steps"))
	})
}

func TestHTTPSServiceRecordAtIntroduction(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := acctest.New(t, site("www.example.com"))
		e.ChangeByHand("www.example.com", r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: &r53types.ResourceRecordSet{
			Name: aws.String("www.example.com"), Type: r53types.RRType("HTTPS"), TTL: aws.Int64(60), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String(`1 . alpn="h3,h2"`)}},
		}})
		e.Settle()
		c := core(e)
		d := apply(t, c, switchTo(e, "blue"))
		t.Log(d)
		if len(d.Errors()) > 0 {
			t.Error("cannot be introduced")
		}
	})
}

func TestAFailedCreateIsNotTriedAgainAndAgain(t *testing.T) {
	t.Parallel()
	fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		for range 2 {
			t.Log(apply(t, c, sickUnderTraffic(e)))
			n := 0
			for _, w := range e.Writes(0) {
				if w.Operation == "UpdateDomainAssociation" {
					n++
				}
			}
			t.Log("moves so far", n)
		}
	})
}

func TestDestroySaysWhichRecordsItLeft(t *testing.T) {
	t.Parallel()
	fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		config := switchTo(e, "blue")
		config["dns"] = map[string]any{"example.com": map[string]any{"zone_id": e.ZoneIDs["example.com"], "on_destroy": "delete"}}
		mustApply(t, c, config)
		fresh := e.Distribute("fresh", nil)
		e.PointByHand("www.example.com", fresh.Domain, "A")
		e.Settle()
		d := apply(t, c, nil)
		t.Log(d, e.Records("www.example.com"))
		if len(d) == 0 {
			t.Error("silent")
		}
	})
}

func TestABakeLongerThanCreateMayTake_IsNotHeldBackByUnknowns(t *testing.T) {
	t.Parallel()
	fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		config := sickUnderTraffic(e)
		config["bake_time"] = "20m"
		config["timeouts"] = map[string]any{"create": "15m"}
		p, err := c.Plan(context.Background(), config)
		t.Log(p.Diags, err)
		d, err := c.Apply(context.Background(), p)
		t.Log(d, err)
		if !c.State.IsNull() || len(p.Diags.Errors()) == 0 {
			t.Error("accepted a bake that no create can sit out")
		}
		e.ExpectOn(e.Blue)
		sleep(time.Hour)
	})
}

func TestARefusalInAResumedRunSaysWhereTrafficIs(t *testing.T) {
	t.Parallel()
	running(t, site("a.example.com", "b.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Faults().Add(fault.Fault{Operation: "UpdateDomainAssociation", Skip: 1, Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "no"})
		t.Log(apply(t, c, switchTo(e, "green")))
		e.Settle()
		e.World.Faults().Clear()
		e.World.Faults().Add(fault.Fault{Operation: "UpdateDomainAssociation", Count: 1, Kind: fault.Answer, Code: "IllegalUpdate", Status: 400, Message: "no"})
		d := apply(t, c, switchTo(e, "green"))
		t.Log(d)
		if strings.Contains(d.String(), "before traffic moved") {
			t.Error("half of it has")
		}
		e.ExpectOn(e.Blue)
		sleep(time.Hour)
	})
}

func TestRefreshNeedsNoRightToListConflicts_DuringAnIncidentIsShown(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Faults().Add(fault.Fault{Service: "acm", Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "no"})
		e.World.Faults().Add(fault.Fault{Operation: "ListDomainConflicts", Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "no"})
		mustApply(t, c, switchTo(e, "green"))
		e.EditByHand(e.Green, func(c *cftypes.DistributionConfig) { c.Aliases = &cftypes.Aliases{Quantity: aws.Int32(0)} })
		p, err := c.Plan(context.Background(), switchTo(e, "blue"))
		t.Log(p.Diags, err)
		if len(p.Diags.Errors()) > 0 {
			t.Error("denied ListDomainConflicts makes planning impossible while displaced")
		}
	})
}

func TestCertificateOfTheNewTargetIsWarnedAboutAtPlan(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		other := e.Certify("www.example.org")
		e.EditByHand(e.Green, func(c *cftypes.DistributionConfig) { c.ViewerCertificate.ACMCertificateArn = aws.String(other) })
		e.Settle()
		p, err := c.Plan(context.Background(), switchTo(e, "green"))
		t.Log(p.Diags, err)
		if len(p.Diags.Warnings()) == 0 {
			t.Error("no warning at plan")
		}
	})
}

func TestImportThenAFailingGateMovesNothing(t *testing.T) {
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
		d := apply(t, c, config)
		t.Log(d)
		if got := e.Owner("www.example.com"); got != e.Blue.ID {
			t.Error("repairing a record moved the name to the other side")
		}
	})
}

func TestAFailedGateIsActedUponThoughAWSIsBusy(t *testing.T) {
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
			e.World.Faults().Add(fault.Fault{Operation: "ListResourceRecordSets", Kind: fault.Throttle})
			sleep(4 * time.Minute)
			e.World.Faults().Clear()
		}()
		d := apply(t, c, sickUnderTraffic(e))
		<-done
		t.Log(d, c.Get("phase"))
		e.ExpectOn(e.Blue)
	})
}

// A CLI hides what a plan has in common with state: the steps of an apply that failed, or
// whose work somebody has undone, are to show when they are planned again.
func TestStepsPlannedAgainShow(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		introduced(t, e, c)
		green := switchTo(e, "green")
		shows := func() {
			t.Helper()
			p, err := c.Plan(context.Background(), green)
			if err != nil {
				t.Fatal(err)
			}
			if was, is := acctest.Strings(p.Prior, "steps"), acctest.Strings(p.Planned, "steps"); len(was) > 0 || len(is) == 0 {
				t.Errorf("the plan has %q, and state %q", is, was)
			}
		}
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		if len(apply(t, c, green).Errors()) == 0 {
			t.Fatal("went to a side that is not healthy")
		}
		shows()
		e.World.Origins().Put("green.origin.test", origin.State{})
		mustApply(t, c, green)
		e.MoveByHand("www.example.com", e.Blue)
		e.Settle()
		shows()
	})
}
