package switchover

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// A Pattern tells which distributions are sides of one site. AWS knows of no such thing.
type Pattern struct {
	Text    string // with SiteHere and SideHere in it, once each
	OnNames bool   // one of its names has to fit, and is its own; else its comment
	Sides   []string
}

// What a pattern has for the name of the site and that of the side.
const (
	SiteHere = "{site}"
	SideHere = "{side}"
)

// Problem is what is wrong with the text of a pattern, "" if nothing.
func (p Pattern) Problem() string {
	for _, here := range []string{SiteHere, SideHere} {
		if n := strings.Count(p.Text, here); n != 1 {
			return fmt.Sprintf("%q has %s %d times, and it has to be there once. Write, for example, \"%s-%s\".", p.Text, here, n, SiteHere, SideHere)
		}
	}
	return ""
}

// A fit is one way to read a text by a pattern.
type fit struct {
	site string
	side cutover.Side
}

func (p Pattern) fits(text string) []fit {
	var out []fit
	for _, side := range p.Sides {
		expr := regexp.QuoteMeta(strings.Replace(p.Text, SideHere, side, 1))
		expr = strings.Replace(expr, regexp.QuoteMeta(SiteHere), "(.+)", 1)
		if m := regexp.MustCompile("^" + expr + "$").FindStringSubmatch(text); m != nil {
			out = append(out, fit{m[1], cutover.Side(side)})
		}
	}
	return out
}

// A Listed is a distribution as a list shows it.
type Listed struct {
	Distribution
	Comment string
}

// Zoned is a zone and the records in it, by name.
type Zoned struct {
	Zone
	Actual  string // its domain, as it says itself
	Records map[string][]Record
	Handed  map[string]bool // names at which it hands on to other name servers
}

// A Pair is what a pattern has found: the sides of one site, one of which has names.
type Pair struct {
	Site string
	Spec Spec   // of a switch that has nothing to do there
	Why  string // there can be none; "": there can
}

// Pairs finds the sites of which a switch could keep what is there, in order. zones are those whose
// records the switch is to keep; none: it keeps none.
func Pairs(p Pattern, list []Listed, zones []Zoned) []Pair {
	sites := map[string]*site{}
	var out []Pair
	for _, d := range list {
		texts := []string{d.Comment}
		if p.OnNames {
			texts = d.Aliases
		}
		found := map[fit]bool{}
		d.Aliases = slices.DeleteFunc(slices.Clone(d.Aliases), func(name string) bool { return p.OnNames && len(p.fits(name)) > 0 })
		for _, text := range texts {
			for _, f := range p.fits(text) {
				found[f] = true
			}
		}
		switch fits := slices.Collect(maps.Keys(found)); {
		case d.Staging || len(fits) == 0: // a copy has the comment of its primary
		case len(fits) > 1:
			out = append(out, Pair{Site: d.ID, Why: fmt.Sprintf("it fits %s in more than one way", p.Text)})
		default:
			if sites[fits[0].site] == nil {
				sites[fits[0].site] = &site{sides: map[cutover.Side][]Listed{}}
			}
			s := sites[fits[0].site]
			s.sides[fits[0].side] = append(s.sides[fits[0].side], d)
		}
	}
	for name, s := range sites {
		pair := Pair{Site: name}
		pair.Spec, pair.Why = s.spec(p, zones)
		out = append(out, pair)
	}
	slices.SortFunc(out, func(a, b Pair) int { return strings.Compare(a.Site, b.Site) })
	return out
}

type site struct{ sides map[cutover.Side][]Listed }

// spec is the switch of a site, or why there can be none.
func (s *site) spec(p Pattern, zones []Zoned) (Spec, string) {
	spec := Spec{Asked: Asked{Sides: map[cutover.Side]string{}}}
	obs := Observation{Seen: Seen{Sides: map[cutover.Side]Distribution{}, Records: map[string][]Record{}}}
	for _, name := range p.Sides {
		side := cutover.Side(name)
		switch found := s.sides[side]; {
		case len(found) == 0:
			return spec, "it has no " + name
		case len(found) > 1:
			return spec, fmt.Sprintf("%s and %s are both %s", found[0].ID, found[1].ID, name)
		case len(found[0].Aliases) > 0 && spec.Live != "":
			return spec, fmt.Sprintf("%s and %s both have names", spec.Live, name)
		case len(found[0].Aliases) > 0:
			spec.Live, spec.Names = side, slices.Sorted(slices.Values(found[0].Aliases))
		}
		spec.Sides[side], obs.Sides[side] = s.sides[side][0].ID, s.sides[side][0].Distribution
	}
	if spec.Live == "" {
		return spec, "none of its sides has a name"
	}
	if len(zones) == 0 {
		return spec, ""
	}
	all := Spec{}
	for _, z := range zones {
		all.Zones = append(all.Zones, z.Zone)
	}
	for _, name := range spec.Names {
		zone, ok := all.ZoneOf(name)
		if !ok {
			return spec, name + " lies in none of the zones"
		}
		at := slices.IndexFunc(zones, func(z Zoned) bool { return z.Domain == zone.Domain })
		if zones[at].Actual != zone.Domain {
			return spec, fmt.Sprintf("%s is the zone of %q, and not of %s", zone.ID, zones[at].Actual, zone.Domain)
		}
		if to := cutover.HandedOn(name, zone.Domain, zones[at].Handed); to != "" {
			return spec, fmt.Sprintf("the zone hands %s to other name servers", to)
		}
		if obs.Records[name] = zones[at].Records[name]; !slices.Contains(spec.Zones, zone) {
			spec.Zones = append(spec.Zones, zone)
		}
	}
	slices.SortFunc(spec.Zones, func(a, b Zone) int { return strings.Compare(a.Domain, b.Domain) })
	asked := spec
	asked.Joining = spec.Names // what is there it takes over
	if obs.PhaseAt(asked) != Settled {
		return spec, fmt.Sprintf("not all of its records are alias records that point at %s (%s)", spec.Live, obs.Sides[spec.Live].Domain)
	}
	return spec, ""
}
