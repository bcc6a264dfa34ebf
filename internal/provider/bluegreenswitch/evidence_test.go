package bluegreenswitch_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

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
		events := eventsOf(t, c)
		last := ""
		for _, event := range events {
			if strings.Contains(event, " moving www.example.com") || strings.Contains(event, "under traffic") || strings.Contains(event, "after the move") {
				last = event
			}
		}
		if len(d.Errors()) == 0 && strings.Contains(last, " moving ") {
			t.Errorf("finished without proof of what is live: %v", events)
		}
	})
}

func eventsOf(t *testing.T, c *acctest.Core) []string {
	t.Helper()
	v, _, err := tftypes.WalkAttributePath(c.State, tftypes.NewAttributePath().WithAttributeName("last_cutover"))
	if err != nil {
		t.Fatal(err)
	}
	last, ok := v.(tftypes.Value)
	if !ok {
		t.Fatalf("last_cutover is %T", v)
	}
	return acctest.Strings(last, "events")
}
