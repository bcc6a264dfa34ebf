package ramp

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// Kinds are the types of records that a ramp may be of.
func Kinds() []string { return []string{"A", "AAAA", "CNAME", "HTTPS"} }

// Recognise is an endpoint with what its weighted records say, or, for the side that has
// everything, simple ones.
func (o Observation) Recognise(e Endpoint, kinds []string, simple bool) Endpoint {
	for k, records := range o.Records {
		if !slices.Contains(kinds, k.Type) {
			continue
		}
		for _, r := range records {
			if r.ID != e.ID && (r.ID != "" || !simple) || r.Routing != "" {
				continue
			}
			if e.Alias, e.Check = r.Alias, r.Check; r.Alias.Zone == "" {
				if e.TTL = r.TTL; e.Values == nil {
					e.Values = map[string][]string{}
				}
				e.Values[k.Type] = r.Values
			}
		}
	}
	return e
}

// Adopted is spec as its records stand: with the share that they give the target, rounded to a
// whole percent, and with nothing left to make of them.
func (o Observation) Adopted(spec Spec) Spec {
	level, _ := o.Level(spec)
	spec.Weight = int(math.Round(level))
	spec.Collapse = level > 0 && level < Everything || !o.Weighted(spec)
	return spec
}

// A Pair is a name with weighted records.
type Pair struct {
	Name string
	Spec Spec   // of a ramp that has nothing to do there
	Why  string // there can be none; "": there can
}

// Pairs finds, in all records of a zone, the names whose weighted records a ramp could keep, in
// order. The target is the side with that identifier, and only names that have it are looked at;
// "": the one that gets less, or comes later.
func Pairs(zone, target string, records []Record) []Pair {
	names := map[string]map[Key][]Record{}
	var domain string
	handed := map[string]bool{}
	for _, r := range records {
		switch {
		case r.Type == "SOA":
			domain = r.Name
		case r.Type == "NS":
			handed[r.Name] = true
		case r.weighted() && slices.Contains(Kinds(), r.Type):
			if names[r.Name] == nil {
				names[r.Name] = map[Key][]Record{}
			}
			names[r.Name][r.Key] = append(names[r.Name][r.Key], r)
		}
	}
	var out []Pair
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if target != "" && !hasID(names[name], target) {
			continue
		}
		p := Pair{Name: name}
		p.Spec, p.Why = pair(zone, name, target, Observation{Seen: Seen{Records: names[name]}})
		if to := cutover.HandedOn(name, domain, handed); to != "" {
			p.Why = fmt.Sprintf("the zone hands %s to other name servers", to)
		}
		out = append(out, p)
	}
	return out
}

func hasID(records map[Key][]Record, id string) bool {
	for _, list := range records {
		if slices.ContainsFunc(list, func(r Record) bool { return r.ID == id }) {
			return true
		}
	}
	return false
}

// pair is the ramp of a name of which all weighted records are known, or why there can be none.
func pair(zone, name, target string, obs Observation) (Spec, string) {
	weights, counts := map[string]int64{}, map[string]int{} // by identifier
	spec := Spec{Asked: Asked{Zone: zone, Names: []string{name}}}
	for _, k := range slices.SortedFunc(maps.Keys(obs.Records), func(a, b Key) int { return strings.Compare(a.Type, b.Type) }) {
		spec.Types = append(spec.Types, k.Type)
		for _, r := range obs.Records[k] {
			weights[r.ID] += r.Weight
			counts[r.ID]++
		}
	}
	ids := slices.Sorted(maps.Keys(weights))
	if len(ids) != 2 {
		return spec, fmt.Sprintf("its weighted records are called %s, and a ramp has two sides", strings.Join(ids, ", "))
	}
	for _, id := range ids {
		if counts[id] != len(spec.Types) {
			return spec, fmt.Sprintf("%s does not have every type of %s", id, strings.Join(spec.Types, ", "))
		}
	}
	other, is := ids[0], ids[1]
	if target == other || target == "" && weights[other] < weights[is] {
		other, is = is, other
	}
	spec.Other = obs.Recognise(Endpoint{Side: cutover.Side(other), ID: other}, spec.Types, false)
	spec.Target = obs.Recognise(Endpoint{Side: cutover.Side(is), ID: is}, spec.Types, false)
	level, even := obs.Level(spec)
	if spec = obs.Adopted(spec); even && level != math.Trunc(level) {
		return spec, fmt.Sprintf("%s has %.4g percent, and a ramp has whole ones", is, level)
	}
	if !even || obs.PhaseAt(spec) != Settled {
		return spec, "its types do not have the same shares, TTLs and targets"
	}
	return spec, ""
}
