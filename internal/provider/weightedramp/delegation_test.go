package weightedramp_test

import (
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

// A name that its zone has handed to other name servers gets no answer from the ramp's
// records, so no share that they say is one.
func TestANameThatItsZoneHandsOnIsNotRamped(t *testing.T) {
	t.Parallel()
	const (
		name   = "shop.eu.example.com"
		handed = "The zone of the ramp has handed the name to other name servers"
	)
	delegate := func(e *acctest.Env) {
		e.ChangeByHand("eu.example.com", r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: &r53types.ResourceRecordSet{
			Name: aws.String("eu.example.com"), Type: r53types.RRTypeNs, TTL: aws.Int64(300),
			ResourceRecords: []r53types.ResourceRecord{{Value: aws.String("ns1.example.net")}, {Value: aws.String("ns2.example.net")}},
		}})
		e.Settle()
	}
	refused := func(t *testing.T, e *acctest.Env, c *acctest.Core, ask acctest.Config) {
		t.Helper()
		before := e.World.Journal().Seq()
		d := c.MustConverge(t.Context(), t, ask).Errors()
		if len(d) != 1 || d[0].Summary != handed || !strings.Contains(d[0].Detail, name) || !strings.Contains(d[0].Detail, "eu.example.com") {
			t.Errorf("says %s", d)
		}
		if w := e.Writes(before); len(w) > 0 {
			t.Errorf("%d writes, the first %s", len(w), w[0].Operation)
		}
	}
	t.Run("from the start", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			e := acctest.New(t, site(name))
			c := core(e)
			delegate(e)
			refused(t, e, c, toward(e, 0))
			if !c.State.IsNull() {
				t.Errorf("left a state behind: %s", c.State)
			}
		})
	})
	t.Run("before a step", func(t *testing.T) {
		t.Parallel()
		running(t, site(name), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			delegate(e)
			p, err := c.Plan(t.Context(), toward(e, 0))
			if err != nil || !p.Empty() || !strings.Contains(p.Diags.Warnings().String(), "Nobody asks the zone for a name any more") {
				t.Errorf("a plan that has nothing to do says %s (%v)", p.Diags, err)
			}
			refused(t, e, c, gated(e, toward(e, 50, 5)))
		})
	})
	t.Run("during the ramp", func(t *testing.T) {
		t.Parallel()
		running(t, site(name), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			done := make(chan struct{})
			go func() { defer close(done); wait(12 * time.Minute); delegate(e) }() // it has 25 percent
			d := c.MustConverge(t.Context(), t, gated(e, toward(e, 50, 5, 25))).Errors()
			<-done
			if len(d) != 1 || d[0].Summary != handed || c.Get("phase") == "settled" {
				t.Errorf("phase %s: %s", c.Get("phase"), d)
			}
		})
	})
	t.Run("on the way back", func(t *testing.T) {
		t.Parallel()
		running(t, site(name), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			done := make(chan struct{})
			go func() {
				defer close(done)
				wait(12 * time.Minute)
				e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
				wait(30 * time.Second)
				delegate(e)
			}()
			d := c.MustConverge(t.Context(), t, gated(e, toward(e, 50, 5, 25))).Errors()
			<-done
			if len(d) != 1 || d[0].Summary != "Ramp failed and was rolled back" || !strings.Contains(d[0].Detail, "503") {
				t.Errorf("it ended otherwise: %s", d)
			}
			if got := sets(e, name, "A"); !slices.Equal(got, simple(e)) {
				t.Errorf("records are %v: those of a resolver that still asks here lead to a side that fails", got)
			}
		})
	})
}
