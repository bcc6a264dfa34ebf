package bluegreenswitch_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

func invalidating(e *acctest.Env, live string) acctest.Config {
	c := switchTo(e, live)
	c["invalidate"] = []string{"/*"}
	return c
}

// invalidations of a distribution.
func invalidations(t *testing.T, e *acctest.Env, d acctest.Distribution) int {
	t.Helper()
	out, err := e.CloudFront.ListInvalidations(context.Background(), &cloudfront.ListInvalidationsInput{DistributionId: aws.String(d.ID)})
	if err != nil {
		t.Fatal(err)
	}
	return int(aws.ToInt32(out.InvalidationList.Quantity))
}

func TestTheNewLiveSideIsInvalidatedOnce(t *testing.T) {
	t.Parallel()
	fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		sleep(25 * time.Hour)                    // blue has served for a while
		mustApply(t, c, invalidating(e, "blue")) // nothing moves when the switch is introduced
		if n := invalidations(t, e, e.Blue); n != 0 {
			t.Errorf("introducing the switch invalidated blue %d times", n)
		}
		before := e.World.Journal().Seq()
		mustApply(t, c, invalidating(e, "green"))
		if n, idle := invalidations(t, e, e.Green), invalidations(t, e, e.Blue); n != 1 || idle != 0 {
			t.Errorf("green was invalidated %d times, blue %d times", n, idle)
		}
		if w := e.Writes(before); w[len(w)-1].Operation != "CreateInvalidation" {
			t.Errorf("the invalidation is not the last write: %v", w)
		}
		mustApply(t, c, invalidating(e, "blue"))
		mustApply(t, c, invalidating(e, "green"))
		if n := invalidations(t, e, e.Green); n != 2 {
			t.Errorf("the second cutover left %d invalidations of green", n)
		}
	})
}

// A create that is killed once everything has moved leaves no state, and the next one finds
// nothing to move. Nothing at AWS says whether the paths were invalidated; that the target was
// written lately says that it may have got the names then.
func TestACreateThatFinishesAKilledOneInvalidates(t *testing.T) {
	t.Parallel()
	for _, after := range []string{"UpdateDomainAssociation", "ChangeResourceRecordSets"} {
		t.Run(after, func(t *testing.T) {
			t.Parallel()
			fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				ctx, kill := context.WithCancel(context.Background())
				defer kill()
				p, err := c.Plan(ctx, invalidating(e, "green"))
				if err != nil {
					t.Fatal(err)
				}
				e.World.Faults().Add(fault.Fault{Operation: after, Count: 1, When: fault.AfterEffect, Kind: fault.Cut, Hook: func() {
					go func() { sleep(time.Second); kill() }()
				}})
				if _, err := c.Apply(ctx, p); err != nil || !c.State.IsNull() {
					t.Fatal("it was to die", err)
				}
				if e.Owner("www.example.com") != e.Green.ID || invalidations(t, e, e.Green) != 0 {
					t.Fatalf("%s has the name", e.Owner("www.example.com"))
				}
				again := acctest.NewCore(resourceType, c.World.Clock, c.World.Transport)
				mustApply(t, again, invalidating(e, "green"))
				if n := invalidations(t, e, e.Green); n != 1 {
					t.Errorf("green was invalidated %d times", n)
				}
				if p, err := again.Plan(context.Background(), invalidating(e, "green")); err != nil || !p.Empty() {
					t.Errorf("the next plan is not empty: %v", err)
				}
			})
		})
	}
}

func TestAFailedInvalidationUndoesNothing(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]fault.Fault{
		"denied":          {Operation: "CreateInvalidation", Kind: fault.Answer, Code: "AccessDenied", Status: 403},
		"never free":      {Operation: "CreateInvalidation", Kind: fault.Answer, Code: "TooManyInvalidationsInProgress", Status: 400},
		"server failures": {Operation: "CreateInvalidation", Kind: fault.ServerFail},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				e.World.Faults().Add(f)
				d := apply(t, c, invalidating(e, "green"))
				if len(d.Errors()) > 0 || !strings.Contains(d.String(), "nothing was invalidated") {
					t.Errorf("diagnostics: %s", d)
				}
				e.ExpectOn(e.Green)
				if c.Get("live") != "green" {
					t.Errorf("live = %s", c.Get("live"))
				}
				e.World.Faults().Clear()
				p, err := c.Plan(context.Background(), invalidating(e, "green"))
				if err != nil || p.Empty() {
					t.Errorf("the next plan does not show what is left to do: %v", err)
				}
				mustApply(t, c, invalidating(e, "green"))
				if n := invalidations(t, e, e.Green); n != 1 {
					t.Errorf("green was invalidated %d times", n)
				}
				if p, err := c.Plan(context.Background(), invalidating(e, "green")); err != nil || !p.Empty() {
					t.Errorf("the plan after that is not empty: %v", err)
				}
			})
		})
	}
}

func TestAnInvalidationThatTakesForeverEndsTheRunAllTheSame(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Faults().Add(fault.Fault{Operation: "GetInvalidation", Kind: fault.ServerFail})
		d := apply(t, c, invalidating(e, "green"))
		if len(d.Errors()) > 0 || !strings.Contains(d.String(), "Nobody could see the invalidation complete") {
			t.Errorf("diagnostics: %s", d)
		}
		if c.Get("phase") != "settled" {
			t.Errorf("phase = %s", c.Get("phase"))
		}
	})
}

func TestAPlanNamesWhatAWildcardWouldCatch(t *testing.T) {
	t.Parallel()
	running(t, site("a.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.PointByHand("caught.deep.example.com", e.Blue.Domain, "A")
		owner := e.Distribute("owner", func(c *cftypes.DistributionConfig) {
			c.Aliases = &cftypes.Aliases{Quantity: aws.Int32(1), Items: []string{"owned.example.com"}}
		})
		e.ChangeByHand("elsewhere.example.com", r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: &r53types.ResourceRecordSet{
			Name: aws.String("elsewhere.example.com"), Type: r53types.RRTypeA, TTL: aws.Int64(60), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String("192.0.2.1")}},
		}})
		e.PointByHand("owned.example.com", owner.Domain, "A")
		e.Settle()
		config := switchTo(e, "blue")
		config["method"] = "wildcard_overlap"
		mustApply(t, c, config)
		config["live"] = "green"
		p, err := c.Plan(context.Background(), config)
		if err != nil {
			t.Fatal(err)
		}
		got := p.Diags.String()
		if !strings.Contains(got, "caught.deep.example.com") {
			t.Errorf("the plan does not name caught.deep.example.com: %s", got)
		}
		for _, name := range []string{"owned.example.com", "elsewhere.example.com"} {
			if strings.Contains(got, name) {
				t.Errorf("the plan names %s, which no wildcard catches: %s", name, got)
			}
		}
		mustApply(t, c, config)
		if p, err := c.Plan(context.Background(), config); err != nil || len(p.Diags) > 0 {
			t.Errorf("once nothing is to move any more, the plan says: %s %v", p.Diags, err)
		}
	})
}

// Who may not ask how far an invalidation is does not know that it is complete, and the
// run says and records so.
func TestAnInvalidationThatNobodyMaySeeIsNotCalledComplete(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Faults().Add(fault.Fault{Operation: "GetInvalidation", Kind: fault.Answer, Code: "AccessDenied", Status: 403})
		d := apply(t, c, invalidating(e, "green"))
		if len(d.Errors()) > 0 || !strings.Contains(d.String(), "Nobody could see the invalidation complete") {
			t.Errorf("diagnostics: %s", d)
		}
		if got := c.State.String(); !strings.Contains(got, "nobody could see invalidation") {
			t.Errorf("it is not on record: %s", got)
		}
	})
}

// CloudFront takes tags for a distribution that reads none, and drops nothing.
func TestCacheTagsThatTheTargetDoesNotReadAreLeftOutAndToldOf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		header         string
		ask            []string
		items          string
		summary, phase string
	}{
		"read":              {"cache-tag", []string{"#release:6", "/index.html"}, "#release:6 /index.html", "", "settled"},
		"not read":          {"", []string{"#release:6", "/index.html"}, "/index.html", "Cache tags were not invalidated", "settled"},
		"not read, no path": {"", []string{"#release:6"}, "", "The cutover is finished but nothing was invalidated", "unproven"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, core *acctest.Core) {
				if c.header != "" {
					e.EditByHand(e.Green, func(d *cftypes.DistributionConfig) {
						d.CacheTagConfig = &cftypes.CacheTagConfig{HeaderName: aws.String(c.header)}
					})
					e.Settle()
				}
				config := invalidating(e, "blue")
				mustApply(t, core, config)
				config = invalidating(e, "green")
				config["invalidate"] = c.ask
				d := core.MustConverge(context.Background(), t, config)
				if len(d.Errors()) > 0 || (len(d) > 0) != (c.summary != "") || len(d) > 0 && d[0].Summary != c.summary {
					t.Errorf("says\n%s", d)
				}
				var items []string
				out, err := e.CloudFront.ListInvalidations(context.Background(), &cloudfront.ListInvalidationsInput{DistributionId: aws.String(e.Green.ID)})
				if err != nil {
					t.Fatal(err)
				}
				for _, i := range out.InvalidationList.Items {
					got, err := e.CloudFront.GetInvalidation(context.Background(), &cloudfront.GetInvalidationInput{DistributionId: aws.String(e.Green.ID), Id: i.Id})
					if err != nil {
						t.Fatal(err)
					}
					items = append(items, got.Invalidation.InvalidationBatch.Paths.Items...)
				}
				if got := strings.Join(items, " "); got != c.items || core.Get("phase") != c.phase {
					t.Errorf("invalidated %q, phase %s", got, core.Get("phase"))
				}
			})
		})
	}
}
