package bluegreenswitch_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// Somebody deploys a bad release to the idle side after it was found healthy and
// before the first name moves. What was healthy is not what would go live.
func TestEvidenceAboutAnotherConfigurationDoesNotCount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		e := acctest.New(t, site("www.example.com"))
		c := core(e)
		if d := c.MustConverge(ctx, t, switchTo(e, "blue")).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		e.World.Faults().Add(fault.Fault{Operation: "UpdateDomainAssociation", Count: 1, Hook: once(func() {
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
