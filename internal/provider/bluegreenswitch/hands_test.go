package bluegreenswitch_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

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

// Somebody takes the name back while it bakes: it stays where they put it, nothing is
// rolled back, and the plan that follows shows the move again.
func TestANameThatSomebodyTakesBackStopsTheCutover(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com", "api.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		taken := make(chan int)
		go func() {
			sleep(propagation + 5*time.Minute) // in the middle of the bake
			e.MoveByHand("www.example.com", e.Blue)
			taken <- e.World.Journal().Seq()
		}()
		d := apply(t, c, switchTo(e, "green"))
		if said := d.Errors().String(); !strings.Contains(said, "Somebody has moved a name back during the cutover") || !strings.Contains(said, "www.example.com was on green, and is on blue") {
			t.Errorf("it said:\n%s", d)
		}
		if w := e.Writes(<-taken); len(w) > 0 {
			t.Errorf("it wrote %v", w)
		}
		e.Settle()
		if got := e.Owner("www.example.com"); got != e.Blue.ID {
			t.Errorf("www.example.com is on %s", got)
		}
		if got := e.Owner("api.example.com"); got != e.Green.ID {
			t.Errorf("api.example.com is on %s", got)
		}
		if p, err := c.Plan(context.Background(), switchTo(e, "green")); err != nil || p.Empty() {
			t.Errorf("the plan is empty: %v", err)
		}
		mustApply(t, c, switchTo(e, "green")) // somebody has read it
		e.ExpectOn(e.Green)
		e.ExpectServed()
	})
}

// Records that somebody points out of CloudFront during a run stay, whenever it is, and the
// plan that follows shows the step again.
func TestWhoPointsANameElsewhereStopsTheCutover(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]time.Duration{
		"before the first name moves":    0,
		"while the name spreads":         propagation / 2,
		"in the middle of the bake":      propagation + 5*time.Minute,
		"while records are on their way": -1,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, site("www.example.com", "api.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				elsewhere := make(chan int, 1)
				point := func() { toMaintenance(e, "www.example.com"); elsewhere <- e.World.Journal().Seq() }
				switch {
				case after == 0:
					e.World.Faults().Add(fault.Fault{Operation: "UpdateDomainAssociation", Count: 1, Hook: matrix.Once(point)})
				case after < 0:
					e.World.Faults().Add(fault.Fault{Operation: "ChangeResourceRecordSets", Count: 1, Hook: matrix.Once(point)})
				default:
					go func() { sleep(after); point() }()
				}
				d := apply(t, c, switchTo(e, "green"))
				e.World.Faults().Clear()
				if said := d.Errors().String(); !strings.Contains(said, "Somebody has pointed a name elsewhere during the run") || !strings.Contains(said, maintenance) {
					t.Errorf("it said:\n%s", d)
				}
				for _, w := range e.Writes(<-elsewhere) {
					if w.Operation == "ChangeResourceRecordSets" && w.Effect {
						t.Errorf("it wrote %v", w)
					}
				}
				if got := e.Records("www.example.com"); !slices.Equal(got, []string{"A " + maintenance}) {
					t.Errorf("records = %v", got)
				}
				p, err := c.Plan(context.Background(), switchTo(e, "green"))
				if err != nil || p.Empty() {
					t.Errorf("the plan is empty: %v", err)
				}
				mustApply(t, c, switchTo(e, "green")) // somebody has read it
				e.ExpectOn(e.Green)
			})
		})
	}
}

// A cutover fails, and while it goes back somebody points a name at a maintenance page: the
// names go home, and the page stays.
func TestTheWayBackLeavesARecordThatSomebodyPointedElsewhere(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com", "api.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		moves := 0
		e.World.Faults().Add(fault.Fault{Operation: "UpdateDomainAssociation", Hook: func() {
			if moves++; moves == 3 { // the first of the way back
				toMaintenance(e, "www.example.com")
			}
		}})
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		d := apply(t, c, sickUnderTraffic(e))
		e.World.Faults().Clear()
		if said := d.Errors().String(); len(d.Errors()) != 1 || !strings.Contains(said, "rolled back") || !strings.Contains(said, maintenance) {
			t.Errorf("it said:\n%s", d)
		}
		if got := e.Records("www.example.com"); !slices.Equal(got, []string{"A " + maintenance}) {
			t.Errorf("records = %v", got)
		}
		for _, name := range []string{"www.example.com", "api.example.com"} {
			if got := e.Owner(name); got != e.Blue.ID {
				t.Errorf("%s is on %s", name, got)
			}
		}
	})
}

func TestAnAliasThatSomebodyTakesAwayInARunIsGivenBackAloud(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Faults().Add(fault.Fault{Operation: "ChangeResourceRecordSets", Count: 1, Hook: func() {
			e.EditByHand(e.Green, func(c *cftypes.DistributionConfig) { c.Aliases = &cftypes.Aliases{Quantity: aws.Int32(0)} })
		}})
		d := apply(t, c, switchTo(e, "green"))
		tells(t, d, "Somebody took an alias off its distribution during the run", "www.example.com was on "+e.Green.ID)
		e.ExpectOn(e.Green)
	})
}

const maintenance = "192.0.2.7"

// toMaintenance points a name at a host that is not CloudFront, as people do in an outage.
func toMaintenance(e *acctest.Env, name string) {
	e.ChangeByHand(name, append(gone(e, name), r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: &r53types.ResourceRecordSet{
		Name: aws.String(name), Type: r53types.RRTypeA, TTL: aws.Int64(60), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String(maintenance)}},
	}})...)
}

// gone are the changes that leave a name with no address.
func gone(e *acctest.Env, name string) []r53types.Change {
	var out []r53types.Change
	for _, record := range e.Records(name) {
		typ, target, _ := strings.Cut(record, " ")
		out = append(out, r53types.Change{Action: r53types.ChangeActionDelete, ResourceRecordSet: &r53types.ResourceRecordSet{
			Name: aws.String(name), Type: r53types.RRType(typ),
			AliasTarget: &r53types.AliasTarget{DNSName: aws.String(target), HostedZoneId: aws.String(cutover.CloudFrontZone)},
		}})
	}
	return out
}
