package bluegreenswitch_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
)

const (
	protects = "Route 53 protects a record against changes"
	because  = "ask the DNS team first"
)

// Names go before records. A record that Route 53 changes for nobody would leave a
// cutover in the middle, and a way back that cannot write either.
func TestNothingMovesWhoseRecordIsProtected(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"domain_association", "associate_alias", "wildcard_overlap", "remove_and_add"} {
		for _, typ := range []string{"A", "AAAA"} {
			t.Run(method+" "+typ, func(t *testing.T) {
				t.Parallel()
				running(t, site("a.example.com", "b.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
					e.ProtectByHand("b.example.com", typ, because)
					before := e.World.Journal().Seq()
					p, err := c.Plan(t.Context(), byMethod(e, "green", method))
					if err != nil {
						t.Fatal(err)
					}
					if w := p.Diags.Warnings().String(); !strings.Contains(w, protects) || !strings.Contains(w, because) {
						t.Errorf("the plan says\n%s", p.Diags)
					}
					d := apply(t, c, byMethod(e, "green", method)).Errors()
					if len(d) != 1 || d[0].Summary != protects || !strings.Contains(d[0].Detail, because) || !strings.Contains(d[0].Detail, typ+" record of b.example.com") ||
						!strings.Contains(d[0].Detail, "Traffic goes to blue") {
						t.Errorf("%s", d)
					}
					if w := e.Writes(before); len(w) > 0 {
						t.Errorf("%d writes, the first %s", len(w), w[0].Operation)
					}
					e.ExpectOn(e.Blue)
					e.UnprotectByHand("b.example.com", typ)
					mustApply(t, c, byMethod(e, "green", method))
					e.ExpectOn(e.Green)
				})
			})
		}
	}
}

// What is protected beside the records of the switch is none of its business, and so is
// a record that nobody is going to change.
func TestAProtectedRecordStopsOnlyWhatWouldChangeIt(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		for name, typ := range map[string]string{"www.example.com": "HTTPS", "other.example.com": "A", "example.com": "NS"} {
			e.ProtectByHand(name, typ, because)
		}
		mustApply(t, c, switchTo(e, "green"))
		e.ExpectOn(e.Green)
		e.ProtectByHand("www.example.com", "A", because)
		config := switchTo(e, "green")
		config["bake_time"] = "6m" // moves nothing
		if d := apply(t, c, config); len(d) > 0 {
			t.Errorf("a settled switch over a protected record: %s", d)
		}
	})
}

// Who may not ask, or asks a server that does not know, goes on: Route 53 has the last
// word, and what it says reaches the reader.
func TestWhoCannotAskAboutProtectionsIsToldByRoute53(t *testing.T) {
	t.Parallel()
	for name, f := range acctest.Unasked() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				e.World.Faults().Add(f)
				mustApply(t, c, switchTo(e, "green"))
				e.ExpectOn(e.Green)
				e.ProtectByHand("www.example.com", "A", because)
				before := e.World.Journal().Seq()
				d := apply(t, c, switchTo(e, "blue")).Errors()
				if len(d) != 1 || d[0].Summary != "Cutover failed and was rolled back" || !strings.Contains(d[0].Detail, because) || !strings.Contains(d[0].Detail, "delete-resource-record-set-protections") ||
					!strings.Contains(d[0].Detail, "Traffic goes to green") {
					t.Errorf("%s", d)
				}
				batches := 0
				for _, w := range e.Writes(before) {
					if w.Operation == "ChangeResourceRecordSets" {
						batches++
					}
				}
				if batches != 1 {
					t.Errorf("asked Route 53 %d times for what it refuses", batches)
				}
				e.ExpectOn(e.Green)
				e.UnprotectByHand("www.example.com", "A")
				config := switchTo(e, "blue")
				config["retry"] = "2"
				mustApply(t, c, config)
				e.ExpectOn(e.Blue)
			})
		})
	}
}

// A zone is locked for a while before accelerated recovery of it is on.
func TestNothingMovesWhoseZoneIsLocked(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"PriorRequestNotComplete", "InvalidInput"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				e.World.Turn(func(k *knob.Knobs) { k.LockedZone = code })
				e.RecoverByHand("example.com")
				sleep(9 * time.Minute)
				before := e.World.Journal().Seq()
				d := apply(t, c, switchTo(e, "green")).Errors()
				if len(d) != 1 || d[0].Summary != "Route 53 has locked the hosted zone" || !strings.Contains(d[0].Detail, "ENABLING_HOSTED_ZONE_LOCKED") {
					t.Errorf("%s", d)
				}
				if w := e.Writes(before); len(w) > 0 {
					t.Errorf("%d writes, the first %s", len(w), w[0].Operation)
				}
				e.ExpectOn(e.Blue)
				sleep(2 * time.Minute)
				mustApply(t, c, switchTo(e, "green"))
				e.ExpectOn(e.Green)
			})
		})
	}
}

// One that is locked once the names have moved is waited for: a lock passes by itself.
func TestAZoneThatIsLockedInBetweenIsWaitedFor(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"PriorRequestNotComplete", "InvalidInput"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				e.World.Turn(func(k *knob.Knobs) {
					k.LockedZone, k.RecoverySpan, k.RecoveryLock = code, 20*time.Minute, 20*time.Minute-time.Second
				})
				go func() {
					for e.Owner("www.example.com") != e.Green.ID {
						sleep(time.Second)
					}
					e.RecoverByHand("example.com")
				}()
				mustApply(t, c, switchTo(e, "green"))
				e.ExpectOn(e.Green)
			})
		})
	}
}

// A destroy takes the records of every zone or of none: it looks at all of them before it
// deletes the first.
func TestADestroyStopsBeforeAProtectedRecord(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"delete", "delete_live"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			where := acctest.Site{Names: []string{"www.a.example", "www.b.example"}, Zones: []string{"a.example", "b.example"}}
			fresh(t, where, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				config := switchTo(e, "blue")
				dns := map[string]any{}
				for domain, id := range e.ZoneIDs {
					dns[domain] = map[string]any{"zone_id": id, "on_destroy": how}
				}
				config["dns"] = dns
				mustApply(t, c, config)
				if how == "delete" { // nobody is served any more
					e.EditByHand(e.Blue, func(c *cftypes.DistributionConfig) { c.Enabled = aws.Bool(false) })
					e.Settle()
				}
				e.ProtectByHand("www.b.example", "AAAA", because)
				before := e.World.Journal().Seq()
				d := apply(t, c, nil)
				tells(t, d.Errors(), protects, because, "AAAA record of www.b.example", "Nothing was deleted", "stays in state")
				if len(d.Errors()) != 1 || c.State.IsNull() || len(e.Writes(before)) > 0 || len(e.Records("www.a.example")) != 2 {
					t.Errorf("state %v, written %d, records %q:\n%s", !c.State.IsNull(), len(e.Writes(before)), e.Records("www.a.example"), d)
				}
				e.UnprotectByHand("www.b.example", "AAAA")
				if d := apply(t, c, nil); len(d.Errors()) > 0 || !c.State.IsNull() || len(e.Records("www.a.example"))+len(e.Records("www.b.example")) > 0 {
					t.Errorf("without the protection:\n%s", d)
				}
			})
		})
	}
}

// Who may not ask is told by Route 53, as everywhere else.
func TestADestroyThatMayNotAskAboutProtectionsGoesOn(t *testing.T) {
	t.Parallel()
	for name, f := range acctest.Unasked() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				mustApply(t, c, destroying(e, "delete_live"))
				e.World.Faults().Add(f)
				if d := apply(t, c, nil); len(d.Errors()) > 0 || !c.State.IsNull() {
					t.Error(d)
				}
			})
		})
	}
}

// A lock passes by itself, and a destroy has the time.
func TestADestroyWaitsForALockedZone(t *testing.T) {
	t.Parallel()
	fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, destroying(e, "delete_live"))
		e.World.Turn(func(k *knob.Knobs) { k.RecoverySpan, k.RecoveryLock = 20*time.Minute, 20*time.Minute-time.Second })
		e.RecoverByHand("example.com")
		sleep(2 * time.Second)
		before := e.World.Journal().Seq()
		if d := apply(t, c, nil); len(d.Errors()) > 0 || !c.State.IsNull() || len(e.Records("www.example.com")) > 0 {
			t.Error(d)
		}
		for _, w := range e.Writes(before) {
			if w.Status >= 300 {
				t.Errorf("%s was answered %d %s", w.Operation, w.Status, w.Code)
			}
		}
	})
}
