package bluegreenswitch_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// A cutover that failed is not tried again because CloudFront has begun to say more of a
// distribution that nobody has touched: the runs that come by schedule move nothing.
func TestTheLatchHoldsHoweverCloudFrontSpellsItsAnswers(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		apply(t, c, sickUnderTraffic(e))
		e.Settle()
		way, cases, counted := c.Spell(), 0, false
		holds := func(config acctest.Config) {
			t.Helper()
			state, seq, before := c.State, e.World.Journal().Seq(), way.Spelled
			p, err := c.Plan(t.Context(), config)
			if err != nil || !p.Empty() || !c.State.Equal(state) {
				t.Fatalf("%s: err %v, empty %v\nstate was %s\nstate is  %s", way.Spelling.Name, err, p.Empty(), state, c.State)
			}
			expectWarning(t, p.Diags, "A failed cutover is not tried again")
			if way.Spelled == before && way.Spelling.Rewrite != nil {
				return // the site has no place for it
			}
			if counted && way.Spelling.Unknown && !strings.HasPrefix(way.Spelling.Name, "an empty") {
				expectWarning(t, p.Diags, "A distribution has settings that this version of the provider does not know")
			} else if len(p.Diags) != 1 {
				t.Errorf("%s: says %s", way.Spelling.Name, p.Diags)
			}
			if w := e.Writes(seq); len(w) > 0 {
				t.Errorf("%s: wrote %v", way.Spelling.Name, w)
			}
			cases++
		}
		spellings := append([]acctest.Spelling{{Name: "as it was"}}, acctest.Spellings()...)
		for _, way.Spelling = range spellings {
			holds(sickUnderTraffic(e))
		}
		// AWS counts another write to green, and it changed nothing that anybody knows.
		e.EditByHand(e.Green, func(*cftypes.DistributionConfig) {})
		e.Settle()
		counted = true
		for _, way.Spelling = range spellings {
			if way.Spelling.Name != "a known value that is no documented default" { // that is a change, for all that AWS says
				holds(sickUnderTraffic(e))
			}
		}
		// What somebody does change opens it, however it is spelled.
		e.EditByHand(e.Green, func(c *cftypes.DistributionConfig) {
			c.DefaultCacheBehavior.GrpcConfig = &cftypes.GrpcConfig{Enabled: aws.Bool(false)}
			c.Origins.Items[0].OriginPath = aws.String("/repaired")
		})
		for _, way.Spelling = range spellings {
			state, private := c.State, *c
			p, err := c.Plan(t.Context(), sickUnderTraffic(e))
			if err != nil || p.Empty() {
				t.Errorf("%s: a repair does not open the latch: %v", way.Spelling.Name, err)
			}
			*c = private
			c.State = state
			cases++
		}
		t.Logf("%d answers", cases)
	})
}

func expectWarning(t *testing.T, d acctest.Diagnostics, summary string) {
	t.Helper()
	for _, w := range d.Warnings() {
		if w.Summary == summary {
			return
		}
	}
	t.Errorf("does not warn %q: %s", summary, d)
}

// A distribution that is not there says nothing about whether it is healthy now.
func TestATargetThatIsGoneDoesNotOpenTheLatch(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		apply(t, c, sickUnderTraffic(e))
		e.DeleteByHand(e.Green)
		state, seq := c.State, e.World.Journal().Seq()
		p, err := c.Plan(t.Context(), sickUnderTraffic(e))
		if err != nil || !p.Empty() || !c.State.Equal(state) {
			t.Errorf("err %v, empty %v\nstate was %s\nstate is  %s", err, p.Empty(), state, c.State)
		}
		expectWarning(t, p.Diags, "A failed cutover is not tried again")
		if w := e.Writes(seq); len(w) > 0 {
			t.Errorf("wrote %v", w)
		}
	})
}
