package weightedramp_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/permissions"
)

// destroying is a ramp at weight whose records have a fate.
func destroying(e *acctest.Env, how string, weight int) acctest.Config {
	c := toward(e, weight)
	c["on_destroy"] = how
	return c
}

// left counts the record sets of the ramp's names and type.
func left(e *acctest.Env) int {
	n := 0
	found := zone(e, "A")
	for _, name := range e.Names {
		n += len(found[name])
	}
	return n
}

// destroys destroys the ramp, and says what was said.
func destroys(t *testing.T, c *acctest.Core) acctest.Diagnostics {
	t.Helper()
	return c.MustConverge(t.Context(), t, nil)
}

// staysBehind fails the test unless a destroy stopped before its first write, with some texts.
func staysBehind(t *testing.T, e *acctest.Env, c *acctest.Core, texts ...string) {
	t.Helper()
	before, had := e.World.Journal().Seq(), left(e)
	d := destroys(t, c)
	for _, text := range append(texts, "stays in state") {
		if !strings.Contains(d.Errors().String(), text) {
			t.Errorf("not a word of %q:\n%s", text, d)
		}
	}
	if len(d.Errors()) != 1 || c.State.IsNull() || len(e.Writes(before)) > 0 || left(e) != had || had == 0 {
		t.Errorf("state %t, %d writes, %d of %d records left", !c.State.IsNull(), len(e.Writes(before)), left(e), had)
	}
}

// goes fails the test unless a destroy took all records of the ramp, and nothing else.
func goes(t *testing.T, e *acctest.Env, c *acctest.Core) {
	t.Helper()
	beside := len(zone(e, "AAAA"))
	if d := destroys(t, c); len(d.Errors()) > 0 || !c.State.IsNull() || left(e) > 0 || len(zone(e, "AAAA")) != beside {
		t.Errorf("%d records left, state %t, AAAA of %d names:\n%s", left(e), !c.State.IsNull(), len(zone(e, "AAAA")), d)
	}
}

func disable(e *acctest.Env) {
	e.EditByHand(e.Blue, func(c *cftypes.DistributionConfig) { c.Enabled = aws.Bool(false) })
	e.Settle()
}

func denied(operation string) fault.Fault {
	return fault.Fault{Operation: operation, Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "no"}
}

var waysOut = []string{"delete_live", "retain", "moved", "removed"}

func TestARampKeepsItsRecordsUnlessItIsToldOtherwise(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, toward(e, 50))
		before := e.World.Journal().Seq()
		d := destroys(t, c)
		if w := d.Warnings().String(); !strings.Contains(w, "DNS records are kept") || !strings.Contains(w, "with the weights they have") || !c.State.IsNull() || len(e.Writes(before)) > 0 {
			t.Errorf("%s", d)
		}
		expectSets(t, e, at(e, "50", "50")...)
	})
}

func TestARampByWhichViewersAreServedIsNotTakenOutOfDNS(t *testing.T) {
	t.Parallel()
	running(t, site(www, api), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, destroying(e, "delete", 0))
		staysBehind(t, e, c, append(waysOut, "The names are being served", e.Blue.ID, "Nothing was deleted")...)
		disable(e)
		goes(t, e, c)
	})
}

// Nobody can tell whether another CDN serves anybody, and Route 53 answers a weight of 0 too.
func TestWhatLeadsElsewhereThanToCloudFrontCountsAsServed(t *testing.T) {
	t.Parallel()
	for _, weight := range []int{0, 50, 100} {
		running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			ask := destroying(e, "delete", weight)
			ask["collapse"] = weight == 100
			if weight == 0 { // weighted records that name both
				mustApply(t, c, toward(e, 50))
			}
			mustApply(t, c, ask)
			disable(e)
			staysBehind(t, e, c, append(waysOut, "The names are being served", elsewhere, "leads elsewhere than to a CloudFront distribution")...)
			ask["on_destroy"] = "delete_live"
			mustApply(t, c, ask)
			goes(t, e, c)
		})
	}
}

func TestWhereNobodyCanTellWhoIsServedTheRecordsOfARampStay(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(e *acctest.Env){
		"no such distribution in the account": func(e *acctest.Env) { e.DeleteByHand(e.Blue) },
		"distributions may not be listed": func(e *acctest.Env) {
			e.World.Faults().Add(denied("ListDistributions"))
		},
		"the distribution may not be read": func(e *acctest.Env) {
			e.World.Faults().Add(denied("GetDistribution"))
		},
		"nobody may ask who has the name": func(e *acctest.Env) {
			e.MoveByHand(www, e.Distribute("third", nil))
			e.World.Faults().Add(denied("ListDomainConflicts"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				mustApply(t, c, destroying(e, "delete", 0))
				before(e)
				staysBehind(t, e, c, append(waysOut, "Nobody could say whether the names are served")...)
			})
		})
	}
}

// CloudFront goes by the name, so where at CloudFront a record leads to does not matter.
func TestARampWhoseNameAnotherDistributionServesIsServed(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, destroying(e, "delete", 0))
		third := e.Distribute("third", nil)
		e.MoveByHand(www, third)
		staysBehind(t, e, c, "The names are being served", third.ID)
	})
}

// Sets go together or not at all: deleting one would give its share to the others.
func TestARecordOfARampThatWasChangedSinceStays(t *testing.T) {
	t.Parallel()
	set := func(id string, weight int64) *r53types.ResourceRecordSet {
		return &r53types.ResourceRecordSet{
			Name: aws.String(www), Type: r53types.RRTypeA, SetIdentifier: aws.String(id), Weight: aws.Int64(weight), TTL: aws.Int64(60),
			ResourceRecords: []r53types.ResourceRecord{{Value: aws.String(elsewhere)}},
		}
	}
	for name, change := range map[string]r53types.Change{
		"its weight":             {Action: r53types.ChangeActionUpsert, ResourceRecordSet: set("green", 7)},
		"a set of somebody else": {Action: r53types.ChangeActionCreate, ResourceRecordSet: set("third", 10)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, site(www, api), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				mustApply(t, c, destroying(e, "delete_live", 50))
				p, err := c.Plan(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				e.ChangeByHand(www, change) // after the plan
				e.Settle()
				had := len(sets(e, www, "A"))
				d, err := c.Apply(t.Context(), p)
				if err != nil || len(d.Errors()) > 0 {
					t.Fatal(err, d)
				}
				if w := d.Warnings().String(); !strings.Contains(w, "Some DNS records were not deleted") || !strings.Contains(w, www) || strings.Contains(w, api) {
					t.Errorf("it says %s", d)
				}
				if len(sets(e, www, "A")) != had || len(sets(e, api, "A")) > 0 {
					t.Errorf("%q and %q are left", sets(e, www, "A"), sets(e, api, "A"))
				}
			})
		})
	}
}

func TestADestroyOfARampStopsBeforeAProtectedRecord(t *testing.T) {
	t.Parallel()
	running(t, site(api, www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, destroying(e, "delete_live", 50))
		e.ProtectByHand(www, "A", because)
		staysBehind(t, e, c, "Route 53 protects a record against changes", because, "A record of "+www, "Nothing was deleted", "retain")
		e.UnprotectByHand(www, "A")
		goes(t, e, c)
	})
}

func TestADestroyOfARampWaitsForALockedZone(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, destroying(e, "delete_live", 50))
		e.World.Turn(func(k *knob.Knobs) { k.RecoverySpan, k.RecoveryLock = 20*time.Minute, 20*time.Minute-time.Second })
		e.RecoverByHand("example.com")
		wait(2 * time.Second)
		before := e.World.Journal().Seq()
		goes(t, e, c)
		for _, w := range e.Writes(before) {
			if w.Status >= 300 {
				t.Errorf("%s was answered %d %s", w.Operation, w.Status, w.Code)
			}
		}
	})
}

func TestADestroyOfARampSaysThatTheZoneIsGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := acctest.New(t, site(www))
		c := core(e)
		mustApply(t, c, destroying(e, "delete", 0))
		p, err := c.Plan(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, typ := range []r53types.RRType{"A", "AAAA"} {
			e.ChangeByHand(www, r53types.Change{Action: r53types.ChangeActionDelete, ResourceRecordSet: &r53types.ResourceRecordSet{
				Name: aws.String(www), Type: typ, AliasTarget: &r53types.AliasTarget{HostedZoneId: aws.String("Z2FDTNDATAQYW2"), DNSName: aws.String(e.Blue.Domain)},
			}})
		}
		if err := e.DeleteZone("example.com"); err != nil {
			t.Fatal(err)
		}
		d, err := c.Apply(t.Context(), p)
		if err != nil || len(d.Errors()) > 0 || !strings.Contains(d.Warnings().String(), "The hosted zone is gone") {
			t.Errorf("%v: %s", err, d)
		}
	})
}

// A hundred names are many calls, and Route 53 takes five a second of an account. Being asked
// to wait is no reason to leave half of the records.
func TestADestroyOutlastsThrottling(t *testing.T) {
	t.Parallel()
	running(t, site(www, api), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, destroying(e, "delete_live", 50))
		p, err := c.Plan(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		e.World.Faults().Add(fault.Fault{Service: "route53", Kind: fault.Throttle})
		go func() {
			wait(20 * time.Minute)
			e.World.Faults().Clear()
		}()
		if d, err := c.Apply(context.Background(), p); err != nil || len(d.Errors()) > 0 || !c.State.IsNull() || left(e) > 0 {
			t.Errorf("%d records left: %v %s", left(e), err, d)
		}
	})
}

// ends are the ways in which a ramp takes its records along.
func ends() []matrix.Scenario {
	end := func(name string, s acctest.Site, how string, weight int, before func(e *acctest.Env)) matrix.Scenario {
		return matrix.Scenario{
			Name: name, Ask: func(*acctest.Env) acctest.Config { return nil },
			Start: func(t *testing.T) (*acctest.Env, *acctest.Core) {
				t.Helper()
				e := acctest.New(t, s)
				e.ProtectNeighbours()
				c := core(e)
				mustApply(t, c, destroying(e, how, weight))
				before(e)
				return e, c
			},
			Check: func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				t.Helper()
				if !c.State.IsNull() || left(e) > 0 {
					t.Errorf("state %t, %d records left", !c.State.IsNull(), left(e))
				}
			},
		}
	}
	batches := large()
	return []matrix.Scenario{
		end("nobody is served", site(www, api), "delete", 0, disable),
		end("nobody has the names", site(www, api), "delete", 0, func(e *acctest.Env) {
			e.EditByHand(e.Blue, func(c *cftypes.DistributionConfig) { c.Aliases = &cftypes.Aliases{Quantity: aws.Int32(0)} })
			e.Settle()
		}),
		end("live", site(www, api), "delete_live", 50, func(*acctest.Env) {}),
		{
			Name: "live, in several batches", Ask: func(*acctest.Env) acctest.Config { return nil },
			Start: func(t *testing.T) (*acctest.Env, *acctest.Core) {
				t.Helper()
				e, c := batches.Start(t)
				ask := manyToward(e, 50)
				ask["on_destroy"] = "delete_live"
				mustApply(t, c, ask)
				return e, c
			},
			Check: func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				t.Helper()
				if n := left(e); !c.State.IsNull() || n > 0 {
					t.Errorf("%d records left", n)
				}
			},
		},
	}
}

func TestADestroyOfARampSurvivesDyingAtEveryWrite(t *testing.T) {
	t.Parallel()
	matrix.Die(t, ends()...)
}

func TestADestroyOfARampIsAllowedWhatItAsks(t *testing.T) {
	t.Parallel()
	o := permissions.Options{OnDestroy: true}
	matrix.PermitWith(t, resourceType, o, append(ends()[1:2], scenarios()...)...)
}

func TestDestroyChangesNothing(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, toward(e, 25))
		before := e.World.Journal().Seq()
		p, err := c.Plan(context.Background(), nil)
		if err != nil || len(p.Diags.Warnings()) != 1 {
			t.Fatalf("%v %s", err, p.Diags)
		}
		if d, err := c.Apply(context.Background(), p); err != nil || len(d.Errors()) > 0 {
			t.Fatalf("%v %s", err, d)
		}
		if w := e.Writes(before); len(w) > 0 {
			t.Errorf("wrote %v", w)
		}
		expectSets(t, e, at(e, "25", "75")...)
	})
}
