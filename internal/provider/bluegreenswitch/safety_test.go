package bluegreenswitch_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// The tests in this file are the ones that mutants of the provider have to fail:
// see TestEveryMutantIsCaught.

func apply(t *testing.T, c *acctest.Core, config acctest.Config) acctest.Diagnostics {
	t.Helper()
	return c.MustConverge(context.Background(), t, config)
}

func mustApply(t *testing.T, c *acctest.Core, config acctest.Config) {
	t.Helper()
	if d := apply(t, c, config).Errors(); len(d) > 0 {
		t.Fatal(d)
	}
}

// viewers ask for a name once a second, each from another POP, until stopped. It
// returns how many answers there were and which of them were no site's.
func viewers(e *acctest.Env, name string, n int) (stop func() (answers int, bad []string)) {
	ctx, cancel := context.WithCancel(context.Background())
	var mu sync.Mutex
	var wg sync.WaitGroup
	answers, bad := 0, []string(nil)
	for range n {
		client := &http.Client{Transport: e.World.Transport()}
		wg.Go(func() {
			for (clock.System{}).Sleep(ctx, time.Second) == nil {
				resp, err := client.Get("https://" + name + "/")
				mu.Lock()
				answers++
				switch {
				case err != nil:
					bad = append(bad, err.Error())
				case resp.StatusCode != http.StatusOK:
					bad = append(bad, fmt.Sprintf("%s from %s", resp.Status, resp.Header.Get("X-Amz-Cf-Pop")))
				}
				mu.Unlock()
				if err == nil {
					_ = resp.Body.Close()
				}
			}
		})
	}
	return func() (int, []string) {
		cancel()
		wg.Wait()
		return answers, bad
	}
}

func TestNoViewerIsLostDuringACutover(t *testing.T) {
	t.Parallel()
	running(t, site("example.com", "www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		stop := viewers(e, "www.example.com", 24)
		mustApply(t, c, switchTo(e, "green"))
		mustApply(t, c, switchTo(e, "blue"))
		answers, bad := stop()
		if len(bad) > 0 || answers == 0 {
			t.Errorf("%d of %d answers were bad, the first %v", len(bad), answers, bad[:min(3, len(bad))])
		}
		e.ExpectOn(e.Blue)
		e.ExpectServed()
	})
}

func TestATargetThatIsStillDeployingIsWaitedFor(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.EditByHand(e.Green, func(c *cftypes.DistributionConfig) { c.Origins.Items[0].OriginPath = aws.String("/next") })
		stop := viewers(e, "www.example.com", 24)
		mustApply(t, c, switchTo(e, "green"))
		if answers, bad := stop(); len(bad) > 0 || answers == 0 {
			t.Errorf("%d of %d answers were bad", len(bad), answers)
		}
		e.ExpectOn(e.Green)
		e.ExpectServed()
	})
}

func TestANewTargetGetsNothingBeforeItIsEverywhere(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		fresh := e.Distribute("fresh", nil) // still deploying when the cutover begins
		config := switchTo(e, "green")
		side(config, "green")["distribution_id"] = fresh.ID
		side(config, "green")["marker"] = map[string]any{"value": "fresh.origin.test"}
		mustApply(t, c, config)
		e.ExpectOn(fresh)
		e.ExpectServed()
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

func TestTheLatchOpensWhenTheTargetIsRepairedInItsConfiguration(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		apply(t, c, sickUnderTraffic(e))
		e.EditByHand(e.Green, func(c *cftypes.DistributionConfig) {
			c.Origins.Items[0].DomainName = aws.String("repaired.origin.test")
		})
		config := sickUnderTraffic(e)
		side(config, "green")["marker"] = map[string]any{"value": "repaired.origin.test"}
		mustApply(t, c, config)
		e.ExpectOn(e.Green)
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

func TestSomebodyElsesEditSurvivesOurs(t *testing.T) {
	t.Parallel()
	s := site("www.example.com")
	s.Unclaimed, s.NoRecords = true, true // the name is added by a read-modify-write
	fresh(t, s, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Faults().Add(fault.Fault{Operation: "UpdateDistribution", Count: 1, Hook: matrix.Once(func() {
			e.EditByHand(e.Green, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("edited") })
		})})
		mustApply(t, c, switchTo(e, "green"))
		got, err := e.CloudFront.GetDistributionConfig(context.Background(), &cloudfront.GetDistributionConfigInput{Id: aws.String(e.Green.ID)})
		if err != nil {
			t.Fatal(err)
		}
		if c := aws.ToString(got.DistributionConfig.Comment); c != "edited" {
			t.Errorf("comment = %q: somebody else's edit was overwritten", c)
		}
		e.ExpectOn(e.Green)
	})
}

func TestARecordChangedInBetweenIsNotOverwritten(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		target := &r53types.AliasTarget{HostedZoneId: aws.String("Z2FDTNDATAQYW2"), DNSName: aws.String(e.Blue.Domain)}
		set := func(id *string, weight *int64) *r53types.ResourceRecordSet {
			return &r53types.ResourceRecordSet{Name: aws.String("www.example.com"), Type: r53types.RRTypeA, AliasTarget: target, SetIdentifier: id, Weight: weight}
		}
		e.World.Faults().Add(fault.Fault{Operation: "ChangeResourceRecordSets", Count: 1, Hook: matrix.Once(func() {
			e.ChangeByHand("www.example.com",
				r53types.Change{Action: r53types.ChangeActionDelete, ResourceRecordSet: set(nil, nil)},
				r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: set(aws.String("blue"), aws.Int64(1))})
		})})
		d := apply(t, c, switchTo(e, "green")).Errors()
		if len(d) != 1 || d[0].Summary != "A record is not a simple one" {
			t.Errorf("diagnostics: %s", d)
		}
		if got := e.Records("www.example.com"); !slices.Equal(got, []string{"A " + e.Blue.Domain, "AAAA " + e.Blue.Domain}) {
			t.Errorf("records = %v, want them untouched", got)
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

func TestTheWorldMayNotAskForMoreThanThePlanShowed(t *testing.T) {
	t.Parallel()
	running(t, site("a.example.com", "b.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		ctx := context.Background()
		e.MoveByHand("a.example.com", e.Green)
		e.Settle()
		plan, err := c.Plan(ctx, switchTo(e, "green"))
		if err != nil {
			t.Fatal(err)
		}
		if steps := acctest.Strings(plan.Planned, "steps"); slices.ContainsFunc(steps, func(s string) bool { return strings.HasPrefix(s, "move a.example.com") }) {
			t.Errorf("steps = %v: a.example.com has moved already", steps)
		}
		e.MoveByHand("a.example.com", e.Blue)
		e.Settle()
		before := e.World.Journal().Seq()
		d, err := c.Apply(ctx, plan)
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Errors()) != 1 || d.Errors()[0].Summary != "The world changed since this plan" {
			t.Errorf("diagnostics: %s", d)
		}
		if w := e.Writes(before); len(w) > 0 {
			t.Errorf("wrote %v", w)
		}
		mustApply(t, c, switchTo(e, "green"))
		e.ExpectOn(e.Green)
		e.ExpectServed()
	})
}

func TestAFailedCreateLeavesNoState(t *testing.T) {
	t.Parallel()
	fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		if d := apply(t, c, sickUnderTraffic(e)).Errors(); len(d) != 1 {
			t.Fatalf("diagnostics: %s", d)
		}
		if !c.State.IsNull() || c.Tainted {
			t.Errorf("a failed create left a state: %s", c.State)
		}
		e.ExpectOn(e.Blue)
		e.ExpectServed()
	})
}

func TestDestroyLeavesTrafficWhereItIs(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, switchTo(e, "green"))
		before := e.World.Journal().Seq()
		d := apply(t, c, nil)
		if len(d.Errors()) > 0 || len(d.Warnings()) != 1 || d.Warnings()[0].Summary != "DNS records are kept" {
			t.Errorf("diagnostics: %s", d)
		}
		if w := e.Writes(before); len(w) > 0 {
			t.Errorf("destroy wrote %v", w)
		}
		if !c.State.IsNull() {
			t.Error("the state is not gone")
		}
		e.ExpectOn(e.Green)
		e.ExpectServed()
	})
}

func TestPlanningCallsNobodyWithoutARefresh(t *testing.T) {
	t.Parallel()
	fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		before := e.World.Journal().Seq()
		if _, err := c.PlanWithoutRefresh(context.Background(), switchTo(e, "green")); err != nil {
			t.Fatal(err)
		}
		introduced(t, e, c)
		after := e.World.Journal().Seq()
		plan, err := c.PlanWithoutRefresh(context.Background(), switchTo(e, "green"))
		if err != nil {
			t.Fatal(err)
		}
		if calls := len(e.Calls(after)); calls > 0 || plan.Empty() {
			t.Errorf("%d calls, plan empty: %v", calls, plan.Empty())
		}
		for _, call := range e.Calls(before)[:1] {
			if call.At.Before(e.Start) {
				t.Errorf("called %s while planning a create", call.Operation)
			}
		}
	})
}

func TestAMethodThatCannotWorkStopsBeforeTheFirstName(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		method string
		knob   func(*knob.Knobs)
		names  []string
		says   string // what the diagnostic recommends instead
	}{
		"records must match and names must resolve": {method: "remove_and_add", knob: func(k *knob.Knobs) { k.AliasMustMatch = true }},
		"source must be disabled":                   {method: "domain_association", knob: func(k *knob.Knobs) { k.SourceMustBeDisabled = true }, says: "wildcard_overlap"},
		"source must be disabled, apex":             {method: "domain_association", knob: func(k *knob.Knobs) { k.SourceMustBeDisabled = true }, names: []string{"example.com"}, says: "remove_and_add"},
		"TXT proof wanted":                          {method: "associate_alias", knob: func(k *knob.Knobs) { k.RequireTXT = true }, says: "domain_association"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := site("www.example.com")
			if tt.names != nil {
				s.Names = tt.names
			}
			running(t, s, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				e.World.Turn(tt.knob)
				config := switchTo(e, "green")
				config["method"], config["allow_downtime"] = tt.method, true
				d := apply(t, c, config).Errors()
				if len(d) != 1 || !strings.Contains(d[0].Detail, tt.says) {
					t.Errorf("diagnostics do not say %q: %s", tt.says, d)
				}
				e.ExpectOn(e.Blue)
				e.ExpectServed()
			})
		})
	}
}

func TestADeletedAddressRecordIsDrift(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.ChangeByHand("www.example.com", r53types.Change{Action: r53types.ChangeActionDelete, ResourceRecordSet: &r53types.ResourceRecordSet{
			Name: aws.String("www.example.com"), Type: r53types.RRTypeA,
			AliasTarget: &r53types.AliasTarget{HostedZoneId: aws.String("Z2FDTNDATAQYW2"), DNSName: aws.String(e.Blue.Domain)},
		}})
		plan, err := c.Plan(context.Background(), switchTo(e, "blue"))
		if err != nil || plan.Empty() {
			t.Fatalf("err %v: the plan does not show that viewers have no IPv4 address", err)
		}
		mustApply(t, c, switchTo(e, "blue"))
		if got := e.Records("www.example.com"); !slices.Equal(got, []string{"A " + e.Blue.Domain, "AAAA " + e.Blue.Domain}) {
			t.Errorf("records = %v", got)
		}
	})
}
