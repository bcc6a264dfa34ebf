package weightedramp_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// Moving the weight back by hand is what somebody does who wants a ramp to end, now.
func TestWhoLowersTheWeightByHandStopsTheRamp(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]time.Duration{"at the first step": 4 * time.Minute, "at the next step": 11 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, site(www, "api.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				ask := gated(e, toward(e, 100, 5, 25))
				go func() {
					wait(late)
					e.ChangeByHand(www, weigh(e, www, "green", 0), weigh(e, www, "blue", 100))
				}()
				d := c.MustConverge(context.Background(), t, ask).Errors()
				if len(d) != 1 || d[0].Summary != "Somebody has taken traffic off the target during the ramp" || !strings.Contains(d[0].Detail, www) {
					t.Errorf("%s", d)
				}
				if got := sets(e, www, "A"); !slices.Equal(got, at(e, "0", "100")) {
					t.Errorf("the run went on: %q", got)
				}
				// Asked for, it goes back altogether.
				mustApply(t, c, gated(e, toward(e, 0)))
				expectSets(t, e, simple(e)...)
				e.ExpectNothingLeft(c, gated(e, toward(e, 0)))
			})
		})
	}
}

// Records that somebody points elsewhere during a ramp, such as to a maintenance page, stay.
func TestWhoPointsANameElsewhereStopsTheRamp(t *testing.T) {
	t.Parallel()
	const maintenance = "192.0.2.7"
	for name, gate := range map[string]bool{"with a gate": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, site(www, "api.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				ask := toward(e, 100, 25)
				if gate {
					ask = gated(e, ask)
				}
				go func() {
					wait(4 * time.Minute)
					gone := func(id string, weight int64) r53types.Change {
						change := weigh(e, www, id, weight)
						change.Action = r53types.ChangeActionDelete
						return change
					}
					e.ChangeByHand(www, gone("green", 25), gone("blue", 75), r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: &r53types.ResourceRecordSet{
						Name: aws.String(www), Type: r53types.RRTypeA, TTL: aws.Int64(60), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String(maintenance)}},
					}})
				}()
				d := c.MustConverge(context.Background(), t, ask).Errors()
				if got := sets(e, www, "A"); !slices.Equal(got, []string{maintenance + " ttl=60"}) {
					t.Errorf("the run wrote over it: %q", got)
				}
				if len(d) != 1 || d[0].Summary != "Somebody has pointed a name elsewhere during the run" || !strings.Contains(d[0].Detail, maintenance) {
					t.Errorf("says %s", d)
				}
			})
		})
	}
}
