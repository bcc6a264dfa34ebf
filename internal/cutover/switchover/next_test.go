package switchover

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

const (
	www      = "www.example.com"
	apex     = "example.com"
	blueDNS  = "d1.cloudfront.net"
	greenDNS = "d2.cloudfront.net"
)

func alias(name, typ, target string) Record {
	return Record{Name: name, Type: typ, Target: target, AliasZone: cutover.CloudFrontZone}
}

func cname(name, target string, ttl int64) Record {
	return Record{Name: name, Type: "CNAME", Target: target, TTL: ttl, Values: []string{target}}
}

// quiet is a switch from blue to green right before its first step: blue has
// www.example.com and its records, both sides are deployed and nothing moves.
func quiet() (Spec, Observation) {
	spec := Spec{Asked: Asked{
		Names: []string{www}, Live: "green",
		Sides: map[cutover.Side]string{"blue": "E1", "green": "E2"},
		Zones: []Zone{{Domain: "example.com", ID: "Z1", TTL: 60}},
	}}
	obs := Observation{Seen: Seen{
		Sides: map[cutover.Side]Distribution{
			"blue":  {ID: "E1", Domain: blueDNS, ETag: "b1", Deployed: true, Enabled: true, IPv6: true, Aliases: []string{www}},
			"green": {ID: "E2", Domain: greenDNS, ETag: "g1", Deployed: true, Enabled: true, IPv6: true},
		},
		Elsewhere: map[string]string{},
		Records:   map[string][]Record{www: {alias(www, "A", blueDNS), alias(www, "AAAA", blueDNS)}},
		ZoneNames: map[string]string{"Z1": "example.com"},
	}}
	return spec, obs
}

// with changes one side of an observation.
func (o *Observation) with(side cutover.Side, change func(*Distribution)) {
	d := o.Sides[side]
	change(&d)
	o.Sides[side] = d
}

// moved puts the name on green, as Move does.
func moved(_ *Spec, o *Observation) {
	o.with("blue", func(d *Distribution) { d.Aliases = nil })
	o.with("green", func(d *Distribution) { d.Aliases = []string{www} })
}

// pointedAtGreen moves the records too.
func pointedAtGreen(s *Spec, o *Observation) {
	moved(s, o)
	o.Records[www] = []Record{alias(www, "A", greenDNS), alias(www, "AAAA", greenDNS)}
}

func unowned(_ *Spec, o *Observation) { o.with("blue", func(d *Distribution) { d.Aliases = nil }) }

type change = func(*Spec, *Observation)

// both is one change after the other.
func both(list ...change) change {
	return func(s *Spec, o *Observation) {
		for _, c := range list {
			c(s, o)
		}
	}
}

// decision is what Next answered, as one string.
func decision(step Step, err error) string {
	if err != nil {
		return "stop: " + err.Error()
	}
	return step.String()
}

func TestNextDecides(t *testing.T) {
	t.Parallel()
	deploying := func(_ *Spec, o *Observation) { o.with("green", func(d *Distribution) { d.Deployed = false }) }
	settling := func(_ *Spec, o *Observation) {
		o.with("green", func(d *Distribution) { d.Deployed, d.Settling = false, true })
	}
	before := func(s *Spec, _ *Observation) { s.Before = true }
	after := func(s *Spec, _ *Observation) { s.After = true }
	back := func(s *Spec, _ *Observation) { s.RollingBack = true }
	pending := func(_ *Spec, o *Observation) { o.Pending = true }
	taken := func(_ *Spec, o *Observation) { o.TakenBack = "www.example.com" }
	diverted := func(_ *Spec, o *Observation) { // by hand, to a maintenance page
		o.Records[www] = []Record{{Name: www, Type: "A", TTL: 60, Values: []string{"192.0.2.7"}}}
		o.Diverted = map[string]string{www: "A www.example.com → 192.0.2.7"}
	}
	strayed := func(s *Spec, o *Observation) { // so, but before the run
		diverted(s, o)
		o.Diverted = nil
	}
	leading := func(_ *Spec, o *Observation) {
		o.Records[www] = []Record{alias(www, "A", greenDNS), alias(www, "AAAA", greenDNS)}
	}
	lost := func(_ *Spec, o *Observation) { o.Unheard = true }
	method := func(m Method) change { return func(s *Spec, _ *Observation) { s.Method = m } }
	evidence := func(b, a cutover.Evidence) change {
		return func(_ *Spec, o *Observation) { o.Before, o.After = b, a }
	}
	const (
		move   = "moving www.example.com from E1 to E2"
		point  = "pointing the records of www.example.com at E2"
		ready  = "waiting until green (E2) is deployed everywhere"
		spread = "waiting until every edge location has learned that green (E2) is live"
	)
	for _, c := range []struct {
		name string
		given,
		but change
		want string
	}{
		{"the name moves first", nil, nil, move},
		{"a target that deploys another configuration is waited for", nil, deploying, ready},
		{"a target that only learns of a name is not waited for", nil, settling, move},
		{"a target that refused a name while it learned of another is waited for", nil, both(settling, func(_ *Spec, o *Observation) { o.MoveRefused = true }), ready},
		{"a target that refused a name earlier and is deployed now is asked again", nil, func(_ *Spec, o *Observation) { o.MoveRefused = true }, move},
		{"the gate before comes before the first move", nil, before, "verifying green before the move"},
		{"the gate before asks a deployed target only", nil, both(before, deploying), ready},
		{"a passed gate lets the name move", nil, both(before, evidence(cutover.Healthy, "")), move},
		{"a failed gate stops it", nil, both(before, evidence(cutover.Unhealthy, "")), "stop: gate_before unhealthy"},
		{"an inconclusive gate stops it", nil, both(before, evidence(cutover.Inconclusive, "")), "stop: gate_before inconclusive"},
		{"the way back asks for no evidence", nil, both(before, after, back), move},

		{"a name that somebody took back stops it", nil, taken, "stop: taken_back blue www.example.com E1"},
		{"a name that somebody took back goes its way on the way back", nil, both(taken, back), move},

		{"a record that somebody points elsewhere during the run stops it", nil, diverted, "stop: diverted www.example.com A www.example.com → 192.0.2.7"},
		{"so it does once the name has moved", moved, diverted, "stop: diverted www.example.com A www.example.com → 192.0.2.7"},
		{"so it does at the end of the bake", moved, both(diverted, after, evidence("", cutover.Unhealthy)), "stop: diverted www.example.com A www.example.com → 192.0.2.7"},
		{"so it does where the switch has never settled", moved, both(diverted, func(s *Spec, _ *Observation) { s.Adopting = true }), "stop: diverted www.example.com A www.example.com → 192.0.2.7"},
		{"so it does before the TTL is lowered", nil, both(diverted, func(s *Spec, o *Observation) {
			s.Zones[0].CNAME, s.Zones[0].TTL, s.Zones[0].LowerTTL = true, 300, 5
			o.Records[www] = []Record{cname(www, "status.example.net", 300)}
		}), "stop: diverted www.example.com A www.example.com → 192.0.2.7"},
		{"so it does beside a name that was taken back", nil, both(diverted, taken), "stop: taken_back blue www.example.com E1"},
		{"one that stood elsewhere before the run is pointed at the target", moved, strayed, point},
		{"the way back takes the name home all the same", nil, both(diverted, back), move},
		{"the way back leaves the record where somebody pointed it", moved, both(diverted, back), "done"},
		{"a name that nobody has is given to the target first", unowned, diverted, "adding www.example.com to E2"},
		{"and so it is by remove_and_add", unowned, both(diverted, method(RemoveAndAdd)), "adding www.example.com to E2"},
		{"remove_and_add takes no name off for a record that leads elsewhere", nil, both(diverted, method(RemoveAndAdd)), "stop: diverted www.example.com A www.example.com → 192.0.2.7"},
		{"the way back by remove_and_add leads with no record that leads elsewhere", nil, both(diverted, back, method(RemoveAndAdd)), "removing www.example.com from E1"},

		{"a moved name spreads before its records move", moved, deploying, spread},
		{"learning of a name is not deployed", moved, settling, spread},
		{"records follow a name that has spread", moved, nil, point},
		{"records wait for the batch before", moved, pending, "waiting until every name server of the zone has the new records"},
		{"the source may deploy whatever it likes", moved, func(_ *Spec, o *Observation) { o.with("blue", func(d *Distribution) { d.Deployed = false }) }, point},

		{"remove_and_add takes no name off before name servers have a change without an answer", leading, both(lost, method(RemoveAndAdd)), "waiting until " + unheard},
		{"and then it does", leading, method(RemoveAndAdd), "removing www.example.com from E1"},
		{"a change without an answer that was not made is made", nil, both(lost, method(RemoveAndAdd)), point},
		{"a change of the TTL without an answer is waited for", nil, both(lost, func(s *Spec, o *Observation) {
			s.Zones[0].CNAME, s.Zones[0].TTL, s.Zones[0].LowerTTL = true, 300, 5
			o.Records[www] = []Record{cname(www, blueDNS, 5)}
		}), "waiting until every name server of the zone has the short TTL"},
		{"the gate after waits for a change without an answer", pointedAtGreen, both(after, lost), "waiting until " + unheard},
		{"everything in place", pointedAtGreen, nil, "done"},
		{"in place but not deployed", pointedAtGreen, deploying, spread},
		{"in place but not insync", pointedAtGreen, pending, "waiting until every name server of the zone has the new records"},
		{"the gate before is for moves only", pointedAtGreen, before, "done"},
		{"the gate after comes last", pointedAtGreen, after, "verifying green after the move"},
		{"the gate after waits for name servers", pointedAtGreen, both(after, pending), "waiting until every name server of the zone has the new records"},
		{"passed", pointedAtGreen, both(after, evidence("", cutover.Healthy)), "done"},
		{"failed", pointedAtGreen, both(after, evidence("", cutover.Unhealthy)), "stop: gate_after unhealthy"},
		{"inconclusive", pointedAtGreen, both(after, evidence("", cutover.Inconclusive)), "stop: gate_after inconclusive"},
		{"the way back ends without evidence", pointedAtGreen, both(after, back, evidence("", cutover.Unhealthy)), "done"},

		{"DNS is somebody else's", moved, func(s *Spec, o *Observation) { s.Zones, o.Records = nil, nil }, "done"},
		{"a name that nobody has and DNS points elsewhere: the record leads", unowned, nil, point},
		{"and CloudFront is given time to see it", unowned, pending, "waiting until CloudFront can see the new records of www.example.com"},
		{"a name that nobody has and DNS points here", unowned, func(_ *Spec, o *Observation) { o.Records[www] = []Record{alias(www, "A", greenDNS)} }, "adding www.example.com to E2"},
		{"a name that nobody has and no records", unowned, func(_ *Spec, o *Observation) { o.Records = nil }, "adding www.example.com to E2"},
		{"a name that nobody has and DNS is somebody else's", unowned, func(s *Spec, o *Observation) { s.Zones, o.Records = nil, nil }, "adding www.example.com to E2"},
		{"a record that is an address is no distribution", unowned, func(_ *Spec, o *Observation) {
			o.Records[www] = []Record{{Name: www, Type: "A", TTL: 60, Values: []string{"192.0.2.1"}}}
		}, "adding www.example.com to E2"},

		{"two answers that both have the name count as not moved", moved, func(_ *Spec, o *Observation) { o.with("blue", func(d *Distribution) { d.Aliases = []string{www} }) }, move},
		{"and so do two on the way back", nil, func(s *Spec, o *Observation) {
			s.Live = "blue"
			o.with("green", func(d *Distribution) { d.Aliases = []string{www} })
		}, "moving www.example.com from E2 to E1"},
		{"a side whose list is stale is found by asking who has the name", unowned, func(_ *Spec, o *Observation) { o.Elsewhere[www] = "E1" }, move},

		{"target missing", nil, func(_ *Spec, o *Observation) { delete(o.Sides, "green") }, "stop: target_missing green E2"},
		{"target missing while settled there", moved, func(_ *Spec, o *Observation) { delete(o.Sides, "green") }, "stop: target_missing green E2"},
		{"an idle side may be missing", pointedAtGreen, func(_ *Spec, o *Observation) { delete(o.Sides, "blue") }, "done"},
		{"target disabled", nil, func(_ *Spec, o *Observation) { o.with("green", func(d *Distribution) { d.Enabled = false }) }, "stop: target_disabled green E2"},
		{"an idle side may be disabled", pointedAtGreen, func(_ *Spec, o *Observation) { o.with("blue", func(d *Distribution) { d.Enabled = false }) }, "done"},
		{"target is a staging distribution", nil, func(_ *Spec, o *Observation) { o.with("green", func(d *Distribution) { d.Staging = true }) }, "stop: target_staging green E2"},
		{"a disabled staging distribution would be useless enabled", nil, func(_ *Spec, o *Observation) {
			o.with("green", func(d *Distribution) { d.Staging, d.Enabled = true, false })
		}, "stop: target_staging green E2"},
		{"an idle side is a staging distribution", nil, func(_ *Spec, o *Observation) { o.with("blue", func(d *Distribution) { d.Staging = true }) }, "stop: target_staging blue E1"},
		{"certificate does not cover", nil, func(_ *Spec, o *Observation) {
			o.with("green", func(d *Distribution) { d.Certificate = []string{"example.com", "*.example.org"} })
		}, "stop: not_covered green www.example.com example.com, *.example.org"},
		{"certificate covers", nil, func(_ *Spec, o *Observation) {
			o.with("green", func(d *Distribution) { d.Certificate = []string{"*.example.com"} })
		}, move},
		{"default certificate", nil, func(_ *Spec, o *Observation) { o.with("green", func(d *Distribution) { d.DefaultCert = true }) }, "stop: not_covered green www.example.com"},
		{"an unreadable certificate is for AWS to judge", nil, nil, move},
		{"a certificate matters only to names that move", pointedAtGreen, func(_ *Spec, o *Observation) {
			o.with("green", func(d *Distribution) { d.Certificate = []string{"example.net"} })
		}, "done"},
		{"taken by a third distribution", unowned, func(_ *Spec, o *Observation) { o.Elsewhere[www] = "E9" }, "stop: taken_elsewhere green www.example.com E9"},
		{"wrong zone", nil, func(_ *Spec, o *Observation) { o.ZoneNames["Z1"] = "example.org" }, "stop: wrong_zone example.com example.org"},
		{"zone that does not exist", nil, func(_ *Spec, o *Observation) { o.ZoneNames["Z1"] = "" }, "stop: wrong_zone example.com"},
		{"routed record", nil, func(_ *Spec, o *Observation) { o.Records[www][0].Routing = "weighted" }, "stop: routed_record www.example.com A www.example.com (weighted routing) → d1.cloudfront.net"},
		{"foreign record on adoption", nil, func(s *Spec, o *Observation) {
			s.Adopting, o.Records[www] = true, []Record{alias(www, "A", "lb.example.net")}
		}, "stop: foreign_record www.example.com A www.example.com → lb.example.net"},
		{"foreign address on adoption", nil, func(s *Spec, o *Observation) {
			s.Adopting, o.Records[www] = true, []Record{{Name: www, Type: "A", Values: []string{"192.0.2.1", "192.0.2.2"}}}
		}, "stop: foreign_record www.example.com A www.example.com → 192.0.2.1, 192.0.2.2"},
		{"foreign record once adopted is drift", pointedAtGreen, func(_ *Spec, o *Observation) { o.Records[www][1].Target = "lb.example.net" }, point},

		{"the way back is not stopped by a record that somebody else has routed", nil, both(back, func(_ *Spec, o *Observation) { o.Records[www][0].Routing = "weighted" }), move},
		{"but ends with it", moved, both(back, func(_ *Spec, o *Observation) { o.Records[www][0].Routing = "weighted" }), "stop: routed_record www.example.com A www.example.com (weighted routing) → d1.cloudfront.net"},
		{"the way back to a disabled side is none", nil, both(back, func(_ *Spec, o *Observation) { o.with("green", func(d *Distribution) { d.Enabled = false }) }), "stop: target_disabled green E2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			spec, obs := quiet()
			if c.given != nil {
				c.given(&spec, &obs)
			}
			if c.but != nil {
				c.but(&spec, &obs)
			}
			if got := decision(Next(spec, obs)); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

// The way back takes the names it can, in front of the one that is lost.
func TestRollbackLeavesOnlyTheStolenNameBehind(t *testing.T) {
	t.Parallel()
	spec, obs := quiet()
	spec.Names, spec.RollingBack = []string{"a.example.com", www}, true
	obs.Elsewhere["a.example.com"] = "E9"
	if got, want := decision(Next(spec, obs)), "moving www.example.com from E1 to E2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	moved(&spec, &obs)
	if got, want := decision(Next(spec, obs)), "stop: taken_elsewhere green a.example.com E9"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	unowned(&spec, &obs) // and down
	has("green")(&spec, &obs)
	if got, want := decision(Next(spec, obs)), "pointing the records of www.example.com at E2"; got != want {
		t.Errorf("a name that is down: got %s, want %s", got, want)
	}
	obs.Records[www][0].Routing = "weighted"
	if got, want := decision(Next(spec, obs)), "stop: taken_elsewhere green a.example.com E9"; got != want {
		t.Errorf("a name that is down and whose record is not ours: got %s, want %s", got, want)
	}
	spec.RollingBack = false
	_, obs = quiet()
	obs.Elsewhere["a.example.com"] = "E9"
	if got, want := decision(Next(spec, obs)), "stop: taken_elsewhere green a.example.com E9"; got != want {
		t.Errorf("on the way there: got %s, want %s", got, want)
	}
}

func TestStepsCarryTheConditionTheyWereDecidedOn(t *testing.T) {
	t.Parallel()
	spec, obs := quiet()
	step, err := Next(spec, obs)
	if want := (Move{Name: www, From: "E1", To: "E2", Side: "green", IfMatch: "g1"}); err != nil || step != Step(want) {
		t.Errorf("got %+v (%v), want %+v", step, err, want)
	}
	unowned(&spec, &obs)
	obs.Records = nil
	step, err = Next(spec, obs)
	if want := (Claim{Names: []string{www}, To: "E2", Side: "green", IfMatch: "g1"}); err != nil || !equal(step, want) {
		t.Errorf("got %+v (%v), want %+v", step, err, want)
	}
	if !(Move{}).Progress() || !(Claim{}).Progress() || !(Point{}).Progress() || !(Verify{}).Progress() || !(Done{}).Progress() || (Wait{}).Progress() {
		t.Error("every step but Wait counts as progress")
	}
}

// One zone at a time, every name of it in one batch, each name in its most
// specific zone.
func TestRecordsOfAZoneMoveInOneBatch(t *testing.T) {
	t.Parallel()
	spec, obs := quiet()
	spec.Names = []string{"a.sub.example.com", apex, www}
	spec.Zones = []Zone{{Domain: "example.com", ID: "Z1"}, {Domain: "sub.example.com", ID: "Z2"}}
	obs.with("green", func(d *Distribution) { d.Aliases = spec.Names })
	obs.with("blue", func(d *Distribution) { d.Aliases = nil })
	obs.ZoneNames["Z2"] = "sub.example.com"
	for _, n := range spec.Names {
		obs.Records[n] = []Record{alias(n, "A", blueDNS)}
	}
	batch := func() Point {
		t.Helper()
		step, err := Next(spec, obs)
		p, ok := step.(Point)
		if err != nil || !ok {
			t.Fatalf("got %v (%v), want a batch", step, err)
		}
		return p
	}
	p := batch()
	if p.Zone.ID != "Z1" || len(p.Changes) != 2 || p.Changes[0].Name != apex || p.Changes[1].Name != www {
		t.Errorf("the first batch is %+v", p)
	}
	want := []string{"point the records of example.com at green (E2)", "point the records of www.example.com at green (E2)"}
	if got := Intents(p); !slices.Equal(got, want) {
		t.Errorf("its intents are %q, want %q", got, want)
	}
	for _, n := range []string{apex, www} {
		obs.Records[n] = []Record{alias(n, "A", greenDNS)}
	}
	if p := batch(); p.Zone.ID != "Z2" || len(p.Changes) != 1 || p.Changes[0].Name != "a.sub.example.com" {
		t.Errorf("the second batch is %+v", p)
	}
}

func TestRepointReplacesWhatIsThere(t *testing.T) {
	t.Parallel()
	address := Record{Name: www, Type: "A", TTL: 300, Values: []string{"192.0.2.1"}}
	evaluating := Record{Name: www, Type: "A", Target: blueDNS, AliasZone: cutover.CloudFrontZone, Evaluate: true}
	green := func(types ...string) (out []Record) {
		for _, typ := range types {
			out = append(out, alias(www, typ, greenDNS))
		}
		return out
	}
	for _, c := range []struct {
		name          string
		records       []Record
		cname         bool
		ipv4only      bool
		delete, write []Record
	}{
		{name: "nothing there", write: green("A", "AAAA")},
		{name: "nothing there and no IPv6", ipv4only: true, write: green("A")},
		{name: "only A", records: []Record{alias(www, "A", blueDNS)}, delete: []Record{alias(www, "A", blueDNS)}, write: green("A")},
		{
			name: "A, AAAA and HTTPS", records: []Record{alias(www, "A", blueDNS), alias(www, "AAAA", blueDNS), alias(www, "HTTPS", blueDNS)},
			delete: []Record{alias(www, "A", blueDNS), alias(www, "AAAA", blueDNS), alias(www, "HTTPS", blueDNS)}, write: green("A", "AAAA", "HTTPS"),
		},
		{
			name: "HTTPS behind", records: []Record{alias(www, "A", greenDNS), alias(www, "HTTPS", blueDNS)},
			delete: []Record{alias(www, "HTTPS", blueDNS)}, write: green("HTTPS"),
		},
		{name: "in place", records: green("A", "AAAA")},
		{
			name: "an existing AAAA follows although the target speaks no IPv6", ipv4only: true, records: []Record{alias(www, "A", blueDNS), alias(www, "AAAA", blueDNS)},
			delete: []Record{alias(www, "A", blueDNS), alias(www, "AAAA", blueDNS)}, write: green("A", "AAAA"),
		},
		{name: "address record", records: []Record{address}, delete: []Record{address}, write: green("A")},
		{name: "deleted as observed", records: []Record{evaluating}, delete: []Record{evaluating}, write: green("A")},
		{name: "CNAME becomes alias", records: []Record{cname(www, blueDNS, 60)}, delete: []Record{cname(www, blueDNS, 60)}, write: green("A", "AAAA")},
		{name: "CNAME to the target becomes alias", records: []Record{cname(www, greenDNS, 60)}, delete: []Record{cname(www, greenDNS, 60)}, write: green("A", "AAAA")},
		{name: "no CNAME yet", cname: true, write: []Record{cname(www, greenDNS, 60)}},
		{name: "CNAME behind", cname: true, records: []Record{cname(www, blueDNS, 60)}, delete: []Record{cname(www, blueDNS, 60)}, write: []Record{cname(www, greenDNS, 60)}},
		{name: "CNAME in place", cname: true, records: []Record{cname(www, greenDNS, 60)}},
		{name: "CNAME with another TTL", cname: true, records: []Record{cname(www, greenDNS, 300)}, delete: []Record{cname(www, greenDNS, 300)}, write: []Record{cname(www, greenDNS, 60)}},
		{name: "alias becomes CNAME", cname: true, records: green("A", "AAAA"), delete: green("A", "AAAA"), write: []Record{cname(www, greenDNS, 60)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			spec, obs := quiet()
			spec.Zones[0].CNAME = c.cname
			obs.Records[www] = c.records
			obs.with("green", func(d *Distribution) { d.IPv6 = !c.ipv4only })
			got := repoint(spec, obs, www)
			same := func(a, b Record) bool {
				return a.Describe() == b.Describe() && a.Evaluate == b.Evaluate && a.TTL == b.TTL && a.AliasZone == b.AliasZone
			}
			if !slices.EqualFunc(got.Delete, c.delete, same) {
				t.Errorf("deletes %+v\n   want %+v", got.Delete, c.delete)
			}
			if !slices.EqualFunc(got.Add, c.write, same) {
				t.Errorf("writes %+v\n  want %+v", got.Add, c.write)
			}
		})
	}
}

func TestRecipeListsIntentsInOrder(t *testing.T) {
	t.Parallel()
	settledOn := func(side cutover.Side, spec Spec) *Prior {
		return &Prior{
			Owners: map[string]string{www: spec.Sides[side]}, Pointed: map[string]string{www: map[cutover.Side]string{"blue": blueDNS, "green": greenDNS}[side]},
			Live: side, LiveID: spec.Sides[side], LiveDomain: map[cutover.Side]string{"blue": blueDNS, "green": greenDNS}[side], Zones: spec.Zones,
		}
	}
	const (
		move  = "move www.example.com to green (E2)"
		point = "point the records of www.example.com at green (E2)"
	)
	for _, c := range []struct {
		name  string
		given func(*Spec) *Prior
		want  []string
	}{
		{"creating: nothing is known", func(*Spec) *Prior { return nil }, []string{move, point}},
		{"a cutover", func(s *Spec) *Prior { return settledOn("blue", *s) }, []string{move, point}},
		{"with gates", func(s *Spec) *Prior {
			s.Before, s.After, s.Bake = true, true, 5*time.Minute
			return settledOn("blue", *s)
		}, []string{"verify green before it gets traffic", move, point, "verify green under traffic", "bake 5m"}},
		{"nothing to move: no gate before", func(s *Spec) *Prior {
			s.Before, s.After = true, true
			return settledOn("green", *s)
		}, []string{"verify green under traffic"}},
		{"without DNS", func(s *Spec) *Prior { s.Zones = nil; return settledOn("blue", *s) }, []string{move}},
		{"settled", func(s *Spec) *Prior { return settledOn("green", *s) }, nil},
		{"a record drifted", func(s *Spec) *Prior {
			p := settledOn("green", *s)
			p.Pointed[www] = ""
			return p
		}, []string{point}},
		{"the live side is played by another distribution", func(s *Spec) *Prior {
			p := settledOn("green", *s)
			p.Owners[www], p.LiveID, p.LiveDomain = "E0", "E0", "d0.cloudfront.net"
			return p
		}, []string{move, point}},
		{"the zone asks for another TTL now", func(s *Spec) *Prior {
			p := settledOn("green", *s)
			p.Zones = []Zone{{Domain: "example.com", ID: "Z1", TTL: 300}}
			return p
		}, []string{point}},
		{"the zone asks for a CNAME now", func(s *Spec) *Prior {
			p := settledOn("green", *s)
			s.Zones = []Zone{{Domain: "example.com", ID: "Z1", TTL: 60, CNAME: true}}
			return p
		}, []string{point}},
		{"a name was added", func(s *Spec) *Prior {
			p := settledOn("green", *s)
			s.Names = []string{"a.example.com", www}
			return p
		}, []string{"move a.example.com to green (E2)", "point the records of a.example.com at green (E2)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			spec, _ := quiet()
			prior := c.given(&spec)
			if got := Recipe(spec, prior); !slices.Equal(got, c.want) {
				t.Errorf("\n got %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestDurationsAreBrief(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{time.Hour: "1h", 5 * time.Minute: "5m", 90 * time.Second: "1m30s", 150 * time.Minute: "150m", time.Second: "1s"} {
		if got := cutover.Brief(d); got != want {
			t.Errorf("brief(%s) = %s, want %s", d, got, want)
		}
	}
}

func TestPhaseSaysWhereTheSwitchStands(t *testing.T) {
	t.Parallel()
	two := func(s *Spec, o *Observation) {
		s.Names = []string{apex, www}
		o.with("blue", func(d *Distribution) { d.Aliases = []string{apex} })
		o.with("green", func(d *Distribution) { d.Aliases = []string{www} })
	}
	for _, c := range []struct {
		name   string
		change change
		want   Phase
		live   cutover.Side
	}{
		{"on the idle side, in place there", nil, Settled, "blue"},
		{"in place", pointedAtGreen, Settled, "green"},
		{"records behind", moved, Trailing, "green"},
		{"no records", both(moved, func(_ *Spec, o *Observation) { o.Records = nil }), Trailing, "green"},
		{"no records asked for", both(moved, func(s *Spec, o *Observation) { s.Zones, o.Records = nil, nil }), Settled, "green"},
		{"a CNAME with another TTL", both(moved, func(s *Spec, o *Observation) {
			s.Zones[0].CNAME, o.Records[www] = true, []Record{cname(www, greenDNS, 300)}
		}), Trailing, "green"},
		{"names on both sides", two, Moving, ""},
		{"on none", unowned, Displaced, ""},
		{"on a third distribution", both(unowned, func(_ *Spec, o *Observation) { o.Elsewhere[www] = "E9" }), Displaced, ""},
		{"one on a side, one on none", both(two, unowned), Displaced, ""},
		{"still deploying", both(pointedAtGreen, func(_ *Spec, o *Observation) { o.with("green", func(d *Distribution) { d.Deployed = false }) }), Settled, "green"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			spec, obs := quiet()
			if c.change != nil {
				c.change(&spec, &obs)
			}
			if got := obs.PhaseAt(spec); got != c.want {
				t.Errorf("phase = %s, want %s", got, c.want)
			}
			live, ok := obs.Live(spec)
			if live != c.live || ok != (c.live != "") {
				t.Errorf("live = %q, %v, want %q", live, ok, c.live)
			}
		})
	}
}

func TestPointedIsTheOneTargetOfRecordsOfTheRightKind(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		records []Record
		cname   bool
		want    string
	}{
		{"agree", []Record{alias(www, "A", blueDNS), alias(www, "AAAA", blueDNS)}, false, blueDNS},
		{"disagree", []Record{alias(www, "A", blueDNS), alias(www, "AAAA", greenDNS)}, false, ""},
		{"missing", nil, false, ""},
		{"an address", []Record{{Name: www, Type: "A", Values: []string{"192.0.2.1"}}}, false, ""},
		{"somewhere else", []Record{alias(www, "A", "lb.example.net")}, false, "lb.example.net"},
		{"a CNAME where aliases are asked for", []Record{cname(www, blueDNS, 60)}, false, ""},
		{"a CNAME", []Record{cname(www, blueDNS, 60)}, true, blueDNS},
		{"a CNAME with another TTL", []Record{cname(www, blueDNS, 300)}, true, ""},
		{"aliases where a CNAME is asked for", []Record{alias(www, "A", blueDNS)}, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			spec, obs := quiet()
			spec.Zones[0].CNAME, obs.Records[www] = c.cname, c.records
			if got := obs.Pointed(spec, www); got != c.want {
				t.Errorf("pointed at %q, want %q", got, c.want)
			}
		})
	}
}

func TestCertificateCoversOneLabelPerWildcard(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		certificate string
		name        string
		want        bool
	}{
		{"www.example.com", www, true},
		{"WWW.Example.com", www, true},
		{"*.example.com", www, true},
		{"*.example.com", apex, false},
		{"*.example.com", "a.b.example.com", false},
		{"*.example.com", "*.example.com", true},
		{"www.example.com", "*.example.com", false},
		{"*.example.com", "*.b.example.com", false},
		{"example.com", www, false},
		{"*.com", apex, true},
		{"example.org *.example.org example.com", apex, true},
		{"", www, false},
		{"notexample.com *.notexample.com", www, false},
	} {
		if got := Covered(strings.Fields(c.certificate), c.name); got != c.want {
			t.Errorf("a certificate for %q covers %s: %v, want %v", c.certificate, c.name, got, c.want)
		}
	}
}

func TestANameLiesInItsMostSpecificZone(t *testing.T) {
	t.Parallel()
	spec := Spec{Asked: Asked{Zones: []Zone{{Domain: "example.com", ID: "Z1"}, {Domain: "sub.example.com", ID: "Z2"}}}}
	for name, want := range map[string]string{
		"example.com": "Z1", "www.example.com": "Z1", "*.example.com": "Z1", "sub.example.com": "Z2", "a.b.sub.example.com": "Z2",
		"badexample.com": "", "example.org": "", "com": "",
	} {
		z, ok := spec.ZoneOf(name)
		if z.ID != want || ok != (want != "") {
			t.Errorf("%s lies in %q, want %q", name, z.ID, want)
		}
	}
}

func TestAnObstacleIsAnErrorThatCanBeFound(t *testing.T) {
	t.Parallel()
	spec, obs := quiet()
	delete(obs.Sides, "green")
	var o *Obstacle
	if err := Preflight(spec, obs); !errors.As(err, &o) || o.Gate() {
		t.Errorf("Preflight: %v", err)
	}
	if !(&Obstacle{Kind: GateBefore}).Gate() || !(&Obstacle{Kind: GateAfter}).Gate() {
		t.Error("a gate's obstacle is not known as one")
	}
	spec, obs = quiet()
	if err := Preflight(spec, obs); err != nil {
		t.Errorf("Preflight of a quiet world: %v", err)
	}
}

func TestWaitsAndTheEndCarryOutNoIntent(t *testing.T) {
	t.Parallel()
	for _, s := range []Step{Wait{For: "x"}, Done{}} {
		if s.Intent() != "" || Intents(s) != nil {
			t.Errorf("%T: intent %q", s, s.Intent())
		}
	}
	if got, want := Intents(Verify{When: AfterMove, Side: "green"}), []string{"verify green under traffic"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
