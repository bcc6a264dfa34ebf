package switchover

import (
	"slices"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

const wild = "*.example.com"

// by asks for a method.
func by(m Method) change { return func(s *Spec, _ *Observation) { s.Method = m } }

func keep(s *Spec, _ *Observation) { s.KeepWildcard = true }

func has(side cutover.Side, names ...string) change {
	return func(_ *Spec, o *Observation) { o.with(side, func(d *Distribution) { d.Aliases = names }) }
}

// pointed puts the records of names at a distribution.
func pointedAt(domain string, names ...string) change {
	return func(_ *Spec, o *Observation) {
		for _, n := range names {
			o.Records[n] = []Record{alias(n, "A", domain)}
		}
	}
}

func state(side cutover.Side, deployed bool) change {
	return func(_ *Spec, o *Observation) {
		o.with(side, func(d *Distribution) { d.Deployed, d.Settling = deployed, !deployed })
	}
}

func TestEveryMethodHasAnOrderOfItsOwn(t *testing.T) {
	t.Parallel()
	const (
		addWild   = "adding *.example.com to E2"
		point     = "pointing the records of www.example.com at E2"
		remove    = "removing www.example.com from E1"
		add       = "adding www.example.com to E2"
		removeTwo = "removing a.example.com, www.example.com from E1"
	)
	overlap, removeAndAdd := by(WildcardOverlap), by(RemoveAndAdd)
	two := func(s *Spec, _ *Observation) { s.Names = []string{"a.example.com", www} }
	pending := func(_ *Spec, o *Observation) { o.Pending = true }
	back := func(s *Spec, _ *Observation) { s.RollingBack = true }
	routed := func(_ *Spec, o *Observation) {
		o.Records[www] = []Record{{Name: www, Type: "A", Target: blueDNS, AliasZone: cutover.CloudFrontZone, Routing: "weighted"}}
	}
	for _, c := range []struct {
		name  string
		world change
		want  string
	}{
		{"associate_alias moves at once", by(AssociateAlias), "moving www.example.com from E1 to E2"},

		{"overlap: the wildcard comes first", overlap, addWild},
		{"overlap: it spreads", both(overlap, has("green", wild), state("green", false)), "waiting until every edge location serves the names through *.example.com on E2"},
		{"overlap: records lead", both(overlap, has("green", wild)), point},
		{"overlap: and spread", both(overlap, has("green", wild), pending), "waiting until every name server of the zone has the new records"},
		{"overlap: then the name lets go", both(overlap, has("green", wild), pointedAt(greenDNS, www)), remove},
		{"overlap: and is added", both(overlap, has("green", wild), has("blue"), pointedAt(greenDNS, www)), add},
		{"overlap: while the source still spreads", both(overlap, has("green", wild), has("blue"), state("blue", false), pointedAt(greenDNS, www)), add},
		{"overlap: it spreads as well", both(overlap, has("green", wild, www), has("blue"), state("green", false), pointedAt(greenDNS, www)), "waiting until every edge location has learned that green (E2) is live"},
		{"overlap: the wildcard goes last", both(overlap, has("green", wild, www), has("blue"), pointedAt(greenDNS, www)), "removing *.example.com from E2"},
		{"overlap: done", both(overlap, has("green", www), has("blue"), pointedAt(greenDNS, www)), "done"},
		{"overlap: a wildcard on the idle side comes over", both(overlap, has("blue", wild, www)), "removing *.example.com from E1"},
		{"overlap: a name that nobody has is added before another lets go", both(overlap, two, has("blue", www), pointedAt(greenDNS, "a.example.com", www)), "adding a.example.com to E2"},
		{"overlap: all names of a side let go together", both(overlap, two, has("blue", "a.example.com", www), has("green", wild), pointedAt(greenDNS, "a.example.com", www)), removeTwo},
		{"overlap: only records of names that move lead", both(overlap, two, has("blue", www), has("green", wild, "a.example.com"), pointedAt(blueDNS, "a.example.com", www)), point},
		{"overlap: with a net, the wildcard goes to the idle side", both(overlap, keep, has("green", wild, www), has("blue"), pointedAt(greenDNS, www)), "removing *.example.com from E2"},
		{"overlap: and is added there", both(overlap, keep, has("green", www), has("blue"), pointedAt(greenDNS, www)), "adding *.example.com to E1"},
		{"overlap: where it stays", both(overlap, keep, has("green", www), has("blue", wild), pointedAt(greenDNS, www)), "done"},
		{"overlap: without a net it does not", both(overlap, has("green", www), has("blue", wild), pointedAt(greenDNS, www)), "removing *.example.com from E1"},
		{"overlap: no net on a side that cannot serve", both(overlap, keep, has("green", www), has("blue"), pointedAt(greenDNS, www), func(_ *Spec, o *Observation) {
			o.with("blue", func(d *Distribution) { d.Enabled = false })
		}), "done"},
		{"overlap: somebody's wildcard is left alone in the end", both(overlap, has("green", www), has("blue"), pointedAt(greenDNS, www), func(_ *Spec, o *Observation) { o.Elsewhere[wild] = "E9" }), "done"},
		{"overlap: somebody's wildcard is in the way at first", both(overlap, func(_ *Spec, o *Observation) { o.Elsewhere[wild] = "E9" }), "stop: wildcard_taken green *.example.com E9"},
		{"overlap: the certificate has to cover the wildcard", both(overlap, func(_ *Spec, o *Observation) {
			o.with("green", func(d *Distribution) { d.Certificate = []string{www} })
		}), "stop: not_covered green *.example.com www.example.com"},
		{"overlap: unless it is there already", both(overlap, has("green", wild), func(_ *Spec, o *Observation) {
			o.with("green", func(d *Distribution) { d.Certificate = []string{www} })
		}), point},
		{"overlap: on the way back, a routed record keeps its name", both(overlap, back, has("green", wild), routed), "stop: routed_record www.example.com A www.example.com (weighted routing) → d1.cloudfront.net"},
		{"overlap: and so does a zone that is another one", both(overlap, back, has("green", wild), func(_ *Spec, o *Observation) { o.ZoneNames["Z1"] = "example.org" }), "stop: wrong_zone example.com example.org"},
		{"overlap: the other names go all the same", both(overlap, back, two, has("blue", "a.example.com", www), has("green", wild), pointedAt(greenDNS, "a.example.com"), routed), "removing a.example.com from E1"},

		{"remove and add: records lead", removeAndAdd, point},
		{"remove and add: and spread", both(removeAndAdd, pending), "waiting until every name server of the zone has the new records"},
		{"remove and add: the name goes", both(removeAndAdd, pointedAt(greenDNS, www)), remove},
		{"remove and add: and comes", both(removeAndAdd, has("blue"), pointedAt(greenDNS, www)), add},
		{"remove and add: no wildcard is touched", both(removeAndAdd, has("blue", wild), has("green", www), pointedAt(greenDNS, www)), "done"},
		{"remove and add: a name that is down comes before another goes", both(removeAndAdd, two, has("blue", www), pointedAt(greenDNS, "a.example.com", www)), "adding a.example.com to E2"},
		{"remove and add: several that are down come together", both(removeAndAdd, two, has("blue"), pointedAt(greenDNS, "a.example.com", www)), "adding a.example.com, www.example.com to E2"},
		{"remove and add: the target has to be ready first", both(removeAndAdd, pointedAt(greenDNS, www), func(_ *Spec, o *Observation) {
			o.with("green", func(d *Distribution) { d.Deployed = false })
		}), "waiting until green (E2) is deployed everywhere"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			spec, obs := quiet()
			c.world(&spec, &obs)
			if got := decision(Next(spec, obs)); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestTheRecipeOfAMethodSaysWhatItDoesToViewers(t *testing.T) {
	t.Parallel()
	const (
		point = "point the records of www.example.com at green (E2)"
		cover = "add *.example.com to green (E2), to serve the names while they move"
		under = "move www.example.com to green (E2) under cover of *.example.com"
	)
	for _, c := range []struct {
		name  string
		world change
		want  []string
	}{
		{"associate_alias", by(AssociateAlias), []string{"move www.example.com to green (E2)", point}},
		{"wildcard_overlap", by(WildcardOverlap), []string{cover, point, under, "remove *.example.com again"}},
		{"with a net", both(by(WildcardOverlap), keep), []string{cover, point, under, "remove *.example.com again", "keep *.example.com on the idle side"}},
		{"remove_and_add", by(RemoveAndAdd), []string{point, "move www.example.com to green (E2), unserved in between"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			spec, obs := quiet()
			c.world(&spec, &obs)
			if got := Recipe(spec, stateOf(spec, obs, "blue")); !slices.Equal(got, c.want) {
				t.Errorf("\n got %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestAWildcardLeftBehindIsTrailing(t *testing.T) {
	t.Parallel()
	spec, obs := quiet()
	both(by(WildcardOverlap), has("green", wild, www), has("blue"), pointedAt(greenDNS, www))(&spec, &obs)
	if got := obs.PhaseAt(spec); got != Trailing {
		t.Errorf("phase = %s, want trailing", got)
	}
	has("green", www)(&spec, &obs)
	if got := obs.PhaseAt(spec); got != Settled {
		t.Errorf("without it: phase = %s, want settled", got)
	}
	keep(&spec, &obs)
	if got := obs.PhaseAt(spec); got != Trailing {
		t.Errorf("without its net: phase = %s, want trailing", got)
	}
}

func TestWildcardIsTheNarrowestThatCovers(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		www: wild, "a.b.example.com": "*.b.example.com", apex: "", wild: "", "com": "", "example.co.uk": "*.co.uk", // which validation refuses at the apex of its zone
	} {
		if got := Wildcard(name); got != want {
			t.Errorf("%s is covered by %q, want %q", name, got, want)
		}
	}
	spec := Spec{Asked: Asked{Method: WildcardOverlap, Names: []string{"a.example.com", "b.b.example.com", www}}}
	if got, want := spec.Wildcards(), []string{"*.b.example.com", wild}; !slices.Equal(got, want) {
		t.Errorf("wildcards %v, want %v", got, want)
	}
	spec.Method = RemoveAndAdd
	if got := spec.Wildcards(); got != nil {
		t.Errorf("a method without wildcards needs %v", got)
	}
}

// A name, or its zone, that is new in a switch is adopted as carefully as all are
// at first.
func TestANameThatJoinsIsNotTakenFromSomebody(t *testing.T) {
	t.Parallel()
	spec, obs := quiet()
	obs.Records[www] = []Record{alias(www, "A", "lb.example.net")}
	if !obs.Foreign(www) {
		t.Error("a record that points at no side is not foreign")
	}
	if err := Preflight(spec, obs); err != nil {
		t.Errorf("once kept, it is drift: %v", err)
	}
	spec.Joining = []string{www}
	if got, want := decision(Next(spec, obs)), "stop: foreign_record www.example.com A www.example.com → lb.example.net"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	spec.Joining = []string{"a.example.com"}
	if err := Preflight(spec, obs); err != nil {
		t.Errorf("another one joins: %v", err)
	}
}

func TestAnAddressThatSomebodyDeletedComesBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		world change
		want  []string
	}{
		{"kept: A comes back", func(*Spec, *Observation) {}, []string{"A", "AAAA"}},
		{"adopting: it may never have been there", func(s *Spec, _ *Observation) { s.Adopting = true }, []string{"AAAA"}},
		{"joining: nor here", func(s *Spec, _ *Observation) { s.Joining = []string{www} }, []string{"AAAA"}},
	} {
		spec, obs := quiet()
		obs.Records[www] = []Record{alias(www, "AAAA", blueDNS)}
		c.world(&spec, &obs)
		var got []string
		for _, r := range repoint(spec, obs, www).Add {
			got = append(got, r.Type)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: writes %v, want %v", c.name, got, c.want)
		}
	}
}
