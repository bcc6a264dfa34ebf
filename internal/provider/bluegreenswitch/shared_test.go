package bluegreenswitch_test

import (
	"context"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
)

// With a third side a refresh reads a page of the list. It shows for half an hour what was
// before: names on the side that they have left.
func TestAListThatLagsBehindIsNotBelieved(t *testing.T) {
	t.Parallel()
	s := site("www.example.com")
	knobs := knob.Defaults()
	knobs.ListLag = 30 * time.Minute
	s.World.Knobs = &knobs
	fresh(t, s, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		// Two are asked about one by one before a page pays. With those that come before the others,
		// what is known of both sides of the cutover is from the page.
		red, amber, azure := e.Distribute("red", nil), e.Distribute("amber", nil), e.Distribute("azure", nil)
		config := func(live string) acctest.Config {
			out := switchTo(e, live)
			for name, id := range map[string]string{"red": red.ID, "amber": amber.ID, "azure": azure.ID} {
				out["sides"].(map[string]any)[name] = map[string]any{"distribution_id": id, "marker": map[string]any{"value": name + ".origin.test"}}
			}
			return out
		}
		e.Settle()
		sleep(time.Hour)
		mustApply(t, c, config("blue"))
		for _, live := range []string{"red", "blue", "red"} {
			mustApply(t, c, config(live))
			listed := e.Calls(0)
			p, err := c.Plan(context.Background(), config(live))
			if err != nil || !p.Empty() || c.Get("live") != live {
				t.Errorf("on %s: %v\nfrom %s\nto   %s", live, err, p.Prior, p.Planned)
			}
			pages := 0
			for _, call := range e.Calls(listed[len(listed)-1].Seq) {
				if call.Operation == "ListDistributions" {
					pages++
				}
			}
			if pages == 0 {
				t.Errorf("on %s: the plan read no list that could lag", live)
			}
		}
		sleep(time.Hour) // which the list that tells this test who has the name lags behind
		e.ExpectOn(red)
		e.ExpectServed()
	})
}

func TestWhatAWriteIsDecidedByIsReadForIt(t *testing.T) {
	t.Parallel()
	for _, takes := range []time.Duration{time.Minute, 75 * time.Second, 90 * time.Second, 105 * time.Second} { // a shared answer lasts for four polls
		s := site("www.example.com", "example.com")
		s.World.Propagation = takes
		fresh(t, s, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			mustApply(t, c, switchTo(e, "blue"))
			for _, live := range []string{"green", "blue"} {
				before := e.World.Journal().Seq()
				mustApply(t, c, switchTo(e, live))
				e.ExpectReadFor(before, map[string]string{"ChangeResourceRecordSets": "ListResourceRecordSets", "UpdateDomainAssociation": "GetDistribution"})
			}
		})
	}
}
