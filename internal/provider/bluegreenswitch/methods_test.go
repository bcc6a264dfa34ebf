package bluegreenswitch_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/audit"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
)

// byMethod is a switch that moves its names by a method.
func byMethod(e *acctest.Env, live, method string) acctest.Config {
	c := switchTo(e, live)
	c["method"] = method
	if method == "remove_and_add" {
		c["allow_downtime"] = true
	}
	return c
}

func TestTheWildcardServesTheNamesOnTheirWay(t *testing.T) {
	t.Parallel()
	running(t, site("a.example.com", "b.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		stop := viewers(e, "a.example.com", 20)
		mustApply(t, c, byMethod(e, "green", "wildcard_overlap"))
		answers, bad := stop()
		if answers < 100 || len(bad) > 0 {
			t.Errorf("%d of %d answers were no site's: %v", len(bad), answers, bad)
		}
		for _, v := range e.World.Audit(e.Start, e.Names...) {
			if v.Kind != audit.DNSLeads { // on purpose: CloudFront refuses to add a name otherwise
				t.Error(v)
			}
		}
		e.ExpectOn(e.Green)
		for _, d := range []acctest.Distribution{e.Blue, e.Green} {
			if got := e.Aliases(d); slices.Contains(got, "*.example.com") {
				t.Errorf("%s still has the wildcard: %v", d.ID, got)
			}
		}
	})
}

func TestAnAssociatedAliasMovesOnlyOntoWhatIsEverywhere(t *testing.T) {
	t.Parallel()
	running(t, site("a.example.com", "b.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		stop := viewers(e, "b.example.com", 20)
		mustApply(t, c, byMethod(e, "green", "associate_alias"))
		if answers, bad := stop(); answers < 100 || len(bad) > 0 {
			t.Errorf("%d of %d answers were no site's: %v", len(bad), answers, bad)
		}
		e.ExpectOn(e.Green)
		e.ExpectServed()
	})
}

// The outage is measured at every point of presence. A name is unserved at one from
// when its removal arrives there until its addition does. The addition is sent with
// the next look after the removal, so what remains is how long a change travels.
func TestTheOutageOfRemoveAndAddIsBoundedByPropagationAndDNS(t *testing.T) {
	t.Parallel()
	const (
		look = 15 * time.Second // poll_interval: between the removal and the addition
		dns  = time.Minute      // until CloudFront sees a new record, at most
	)
	running(t, site("a.example.com", "b.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, byMethod(e, "green", "remove_and_add"))
		var worst time.Duration
		for _, v := range e.World.Audit(e.Start, e.Names...) {
			switch {
			case v.Kind == audit.DNSLeads:
			case v.Kind == audit.Unserved && !v.Until.IsZero():
				worst = max(worst, v.Until.Sub(v.At))
			default:
				t.Error(v)
			}
		}
		bound := e.World.Propagation().Span() + look + dns
		if worst == 0 || worst > bound {
			t.Errorf("a name was unserved for up to %s at one point of presence, want more than none and at most %s", worst, bound)
		}
		t.Logf("unserved for up to %s at one point of presence; a change takes %s to arrive at the last of them", worst, e.World.Propagation().Span())
		e.ExpectOn(e.Green)
	})
}

// The answer to the change of records is lost, so its id is not known. Name servers get the
// usual time all the same before the name is taken off the side that has it.
func TestRemoveAndAddWaitsForRecordsWhoseChangeWasNotAnswered(t *testing.T) {
	t.Parallel()
	for name, lost := range acctest.LostAnswers("ChangeResourceRecordSets") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				before := e.World.Journal().Seq()
				e.World.Faults().Add(lost)
				mustApply(t, c, byMethod(e, "green", "remove_and_add"))
				e.World.Faults().Clear()
				var pointed, removed time.Time
				for _, w := range e.Writes(before) {
					switch {
					case w.Operation == "ChangeResourceRecordSets" && w.Effect && pointed.IsZero():
						pointed = w.At
					case w.Operation == "UpdateDistribution" && removed.IsZero():
						removed = w.At
					}
				}
				if waited := removed.Sub(pointed); pointed.IsZero() || waited < time.Minute {
					t.Errorf("the name was taken off its side %s after its records were changed", waited)
				}
				e.ExpectOn(e.Green)
			})
		})
	}
}

func TestAMethodThatCannotWorkStopsBeforeTheFirstName(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		method string
		knob   func(*knob.Knobs)
		names  []string
		says   string // what the diagnostic recommends instead
	}{
		"records must match and names must resolve": {method: "remove_and_add", knob: func(k *knob.Knobs) { k.AliasMustMatch = true }},
		"source must be disabled":                   {method: "domain_association", knob: func(k *knob.Knobs) { k.SourceMustBeDisabled = true }, says: "wildcard_overlap"},
		"source must be disabled, apex":             {method: "domain_association", knob: func(k *knob.Knobs) { k.SourceMustBeDisabled = true }, names: []string{"example.com"}, says: "remove_and_add"},
		"TXT proof wanted":                          {method: "associate_alias", knob: func(k *knob.Knobs) { k.RequireTXT = true }, says: "domain_association"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := site("www.example.com")
			if tt.names != nil {
				s.Names = tt.names
			}
			running(t, s, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
				e.World.Turn(tt.knob)
				config := switchTo(e, "green")
				config["method"], config["allow_downtime"] = tt.method, true
				d := apply(t, c, config).Errors()
				if len(d) != 1 || !strings.Contains(d[0].Detail, tt.says) {
					t.Errorf("diagnostics do not say %q: %s", tt.says, d)
				}
				e.ExpectOn(e.Blue)
				e.ExpectServed()
			})
		})
	}
}
