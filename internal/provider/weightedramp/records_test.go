package weightedramp_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// Route 53 lists origin-api before origin, because a hyphen sorts before the dot, and
// there may be more between two names than fits on a page.
func TestARampFindsItsNamesWhateverOrderRoute53ListsThemIn(t *testing.T) {
	t.Parallel()
	for _, names := range [][]string{
		{"origin.example.com", "origin-api.example.com"},
		{"origin.example.com", "origin-api.example.com", "a.origin.example.com", "a.origin-api.example.com", "example.com"},
	} {
		for _, between := range []int{0, 350} {
			t.Run(fmt.Sprintf("%d names, %d others", len(names), between), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					e := acctest.New(t, site(names...))
					for chunk := range 4 {
						var batch []r53types.Change
						for i := range between / 4 {
							batch = append(batch, r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: &r53types.ResourceRecordSet{
								Name: aws.String(fmt.Sprintf("n%d.origin-api.example.com", chunk*100+i)), Type: r53types.RRTypeA, TTL: aws.Int64(60),
								ResourceRecords: []r53types.ResourceRecord{{Value: aws.String("192.0.2.7")}},
							}})
						}
						if len(batch) > 0 {
							e.ChangeByHand(names[0], batch...)
						}
					}
					c := core(e)
					mustApply(t, c, toward(e, 0))
					before := e.World.Journal().Seq()
					mustApply(t, c, toward(e, 50))
					expectSets(t, e, "blue 50 "+e.Blue.Domain, fmt.Sprintf("green 50 %s ttl=60", elsewhere))
					if w := e.World.Journal().Writes(before); len(w) != 1 {
						t.Errorf("%d writes: %v", len(w), w)
					}
					e.ExpectNothingLeft(c, toward(e, 50))
				})
			})
		}
	}
}

// A batch that Route 53 refuses alike each time is not sent for as long as the run may
// last, whoever is to blame for it.
func TestABatchThatIsRefusedAlikeEachTimeEndsTheRun(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		const said = "Tried to create resource record set [name='www.example.com.', type='A', set identifier='green'] but it already exists"
		e.World.Faults().Add(fault.Fault{Operation: "ChangeResourceRecordSets", Kind: fault.Answer, Code: "InvalidChangeBatch", Status: 400, Message: said})
		p, err := c.Plan(t.Context(), toward(e, 50))
		if err != nil {
			t.Fatal(err)
		}
		began, before := clock.System{}.Now(), e.World.Journal().Seq()
		d, err := c.Apply(t.Context(), p)
		if err != nil || !strings.Contains(d.String(), "but it already exists") {
			t.Errorf("%v: %s", err, d)
		}
		if took := (clock.System{}).Now().Sub(began); took > 5*time.Minute {
			t.Errorf("took %s", took)
		}
		if n := len(e.World.Journal().Calls(before)); n > 60 {
			t.Errorf("%d calls", n)
		}
	})
}
