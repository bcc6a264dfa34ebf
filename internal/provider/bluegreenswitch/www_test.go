package bluegreenswitch_test

import (
	"context"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

const apex, www = "example.com", "www.example.com"

// followers are the ways in which people make a name follow another of the same zone.
func followers(e *acctest.Env) map[string][]r53types.ResourceRecordSet {
	alias := func(typ r53types.RRType) r53types.ResourceRecordSet {
		return r53types.ResourceRecordSet{Name: aws.String(www), Type: typ, AliasTarget: &r53types.AliasTarget{HostedZoneId: aws.String(e.ZoneIDs[apex]), DNSName: aws.String(apex)}}
	}
	return map[string][]r53types.ResourceRecordSet{
		"CNAME": {{Name: aws.String(www), Type: r53types.RRTypeCname, TTL: aws.Int64(300), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String(apex)}}}},
		"alias": {alias(r53types.RRTypeA), alias(r53types.RRTypeAaaa)},
	}
}

// all makes one kind of change of some records.
func all(action r53types.ChangeAction, sets ...r53types.ResourceRecordSet) []r53types.Change {
	var out []r53types.Change
	for _, set := range sets {
		out = append(out, r53types.Change{Action: action, ResourceRecordSet: &set})
	}
	return out
}

// following is a site whose www follows its apex in one of those ways.
func following(t *testing.T, way string, test func(t *testing.T, e *acctest.Env, follows []r53types.ResourceRecordSet)) {
	t.Helper()
	fresh(t, site(apex, www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		follows := followers(e)[way]
		e.ChangeByHand(www, append(gone(e, www), all(r53types.ChangeActionCreate, follows...)...)...)
		e.Settle()
		before := e.World.Journal().Seq()
		stops(t, apply(t, c, switchTo(e, "blue")), "A record leads to another of the aliases", www, "that point at "+e.Blue.Domain, "a switch of its own without `dns`")
		writesNothing(t, e, before)
		test(t, e, follows)
	})
}

func servedBothWays(t *testing.T, e *acctest.Env, move func()) {
	t.Helper()
	stops := []func() (int, []string){viewers(e, apex, 8), viewers(e, www, 8)}
	move()
	for i, stop := range stops {
		if answers, bad := stop(); len(bad) > 0 || answers == 0 {
			t.Errorf("%d of %d answers were bad for %s: %v", len(bad), answers, []string{apex, www}[i], bad[:min(3, len(bad))])
		}
	}
}

// The first of the two configurations that the switch recommends: records of its own,
// written in one change at the distribution that the text names.
func TestAWwwThatFollowsTheApexIsAdoptedOnceItHasRecordsOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"CNAME", "alias"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			following(t, way, func(t *testing.T, e *acctest.Env, follows []r53types.ResourceRecordSet) {
				c := core(e)
				servedBothWays(t, e, func() {
					own := []r53types.ResourceRecordSet{*aliasTo(www, e.Blue, r53types.RRTypeA), *aliasTo(www, e.Blue, r53types.RRTypeAaaa)}
					e.ChangeByHand(www, append(all(r53types.ChangeActionDelete, follows...), all(r53types.ChangeActionCreate, own...)...)...)
					e.Settle()
					before := e.World.Journal().Seq()
					mustApply(t, c, switchTo(e, "blue"))
					writesNothing(t, e, before)
					mustApply(t, c, switchTo(e, "green"))
				})
				e.ExpectOn(e.Green)
				if c.Get("phase") != "settled" {
					t.Errorf("phase %s", c.Get("phase"))
				}
			})
		})
	}
}

// The second: what follows stays, and its name has a switch of its own without `dns`.
func TestAWwwThatFollowsTheApexMovesByASwitchOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"CNAME", "alias"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			following(t, way, func(t *testing.T, e *acctest.Env, _ []r53types.ResourceRecordSet) {
				of := func(name, live string) acctest.Config {
					c := switchTo(e, live)
					c["aliases"] = []string{name}
					if name == www {
						delete(c, "dns")
					}
					return c
				}
				switches := map[string]*acctest.Core{apex: core(e), www: core(e)}
				kept := e.Records(www)
				servedBothWays(t, e, func() {
					before := e.World.Journal().Seq()
					for name, c := range switches {
						mustApply(t, c, of(name, "blue"))
					}
					writesNothing(t, e, before)
					for name, c := range switches {
						mustApply(t, c, of(name, "green"))
					}
				})
				for name, c := range switches {
					if got := e.Owner(name); got != e.Green.ID || c.Get("phase") != "settled" {
						t.Errorf("%s is on %s, phase %s", name, got, c.Get("phase"))
					}
					if p, err := c.Plan(context.Background(), of(name, "green")); err != nil || !p.Empty() {
						t.Errorf("the plan of %s is not empty: %v", name, err)
					}
				}
				if got := e.Records(www); !slices.Equal(got, kept) {
					t.Errorf("the records of www were %q, and are %q", kept, got)
				}
			})
		})
	}
}

// A zone hands a name to other name servers: nobody asks it for the name any more, so what
// it says proves nothing, and is not called settled.
func TestANameThatItsZoneHandsOnIsNotSettled(t *testing.T) {
	t.Parallel()
	const name = "shop.eu.example.com"
	delegate := func(e *acctest.Env) {
		e.ChangeByHand("eu.example.com", r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: &r53types.ResourceRecordSet{
			Name: aws.String("eu.example.com"), Type: r53types.RRTypeNs, TTL: aws.Int64(300),
			ResourceRecords: []r53types.ResourceRecord{{Value: aws.String("ns1.example.net")}, {Value: aws.String("ns2.example.net")}},
		}})
		e.Settle()
	}
	t.Run("from the start", func(t *testing.T) {
		t.Parallel()
		fresh(t, site(name), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			delegate(e)
			before := e.World.Journal().Seq()
			stops(t, apply(t, c, switchTo(e, "blue")), "The zone has handed the name to other name servers", name, "Add the zone of eu.example.com to `dns`")
			writesNothing(t, e, before)
			if !c.State.IsNull() {
				t.Error("there is a state")
			}
		})
	})
	t.Run("before a cutover", func(t *testing.T) {
		t.Parallel()
		running(t, site(name), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			delegate(e)
			before := e.World.Journal().Seq()
			stops(t, apply(t, c, switchTo(e, "green")), "The zone has handed the name to other name servers", name)
			writesNothing(t, e, before)
			e.ExpectOn(e.Blue)
		})
	})
	t.Run("during a cutover", func(t *testing.T) {
		t.Parallel()
		running(t, site(name), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			done := make(chan struct{})
			go func() { defer close(done); sleep(propagation / 2); delegate(e) }()
			before := e.World.Journal().Seq()
			stops(t, apply(t, c, switchTo(e, "green")), "The zone has handed the name to other name servers", name)
			<-done
			if got := c.Get("phase"); got == "settled" {
				t.Errorf("phase %s", got)
			}
			for _, w := range e.Writes(before) {
				if w.Operation == "ChangeResourceRecordSets" {
					t.Error("it wrote a record that nobody asks for")
				}
			}
		})
	})
	t.Run("while nothing is to be done", func(t *testing.T) {
		t.Parallel()
		running(t, site(name), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			delegate(e)
			p, err := c.Plan(context.Background(), switchTo(e, "blue"))
			if err != nil {
				t.Fatal(err)
			}
			tells(t, p.Diags, "Nobody asks the zone for a name any more", name, "eu.example.com")
			if !p.Empty() {
				t.Error("the plan is not empty")
			}
		})
	})
}
