// Package ramp decides how the share of traffic that Route 53 sends to one of two
// endpoints goes from one percentage to another, for one name or many.
//
//	            first step            next step             last step
//	settled ───────────────▶ ramping ───────────▶ ramping ───────────▶ unproven
//	 ▲  ▲                      │  gate failed                             │
//	 │  └── rolled_back ◀──────┴──────────────────────────────────────────┤
//	 └────────────────────────────────────────────────────────────────────┘
//	                                       gate passed, records made simple
//
// displaced stands beside all of them: names disagree, or a record is neither
// side's. Simple records are a share of 0 or 100 %, so a ramp begins and ends with
// them, and turning them into weighted sets is nothing but its first step.
//
// The package reads no clock, remembers nothing, and never plans a change that
// leaves a name without an answer: whatever is deleted is created again by the
// same change. Only a Removal deletes, and what that may delete it says itself.
package ramp

import (
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// Phase says where a ramp stands.
type Phase string

// The phases of a ramp.
const (
	// Settled: every name gives the target the share asked for, and the gate has passed.
	Settled Phase = "settled"
	// Ramping: every name is at one step of the way, and the next one is to follow.
	Ramping Phase = "ramping"
	// Unproven: every name gives the target the share asked for, but no gate has passed
	// since, or the records are yet to be made simple.
	Unproven Phase = "unproven"
	// Displaced: the names disagree, or a record is missing or neither side's.
	Displaced Phase = "displaced"
	// RolledBack: the last ramp failed its gate, and the share is what it was before.
	RolledBack Phase = "rolled_back"
)

// Over says whether a ramp ended in the phase, and none is under way.
func (p Phase) Over() bool { return p == Settled || p == RolledBack }

// Everything is the share of a side that has all traffic, in percent.
const Everything = 100

// An Endpoint is what the records of one side say.
type Endpoint struct {
	Side   cutover.Side
	ID     string              // set identifier of its weighted records
	Alias  Alias               // the zero value: Values
	Values map[string][]string // by record type
	TTL    int64               // seconds, of Values
	Check  string              // id of a health check, of weighted records only
}

// An Alias is the target of an alias record.
type Alias struct {
	Domain   string // lower case, no trailing dot
	Zone     string // hosted zone id; empty: no alias
	Evaluate bool   // evaluate target health
}

// Host is where a connection to the endpoint goes, "" if it has no one place.
func (e Endpoint) Host() string {
	if e.Alias.Zone != "" {
		return e.Alias.Domain
	}
	for _, typ := range []string{"CNAME", "A", "AAAA"} {
		if v := e.Values[typ]; len(v) > 0 {
			return strings.TrimSuffix(v[0], ".")
		}
	}
	return ""
}

// A Key names the record sets of one name and one type.
type Key struct{ Name, Type string }

// A Spec is what is asked for.
type Spec struct {
	Asked
	Mode
}

// Asked is what configuration asks for.
type Asked struct {
	Zone    string   // hosted zone id
	Account string   // name of the account that it is in; "" is the provider's own
	Names   []string // lower case, sorted, at least one
	Types   []string // sorted, at least one

	Target, Other Endpoint
	Weight        int           // percent of traffic for Target
	Weights       []int         // rising percentages on the way up
	Gate          bool          // a gate must pass at every step up
	Bake          time.Duration // how long a step stands before the next, and how long the gate must hold at it
	Collapse      bool          // simple records once a side has everything
	PerApply      bool          // a run takes one step up and leaves the next to another run
}

// Mode is in which way a run goes about it: what state and the runs before it have to say.
type Mode struct {
	// Adopting is set until the ramp exists: a record that is neither side's belongs to
	// somebody else then. Joining lists the keys for which the same holds because they
	// are new.
	Adopting bool
	Joining  []Key
	// Renamed are set identifiers that the sides had so far, and those that they are to have:
	// records under an old one are the side's, and a batch gives them the new one.
	Renamed map[string]string
	// RollingBack leaves the gate out: the way back must not depend on evidence.
	RollingBack bool
}

// Keys lists every name with every type, in the order of the names.
func (s Spec) Keys() []Key {
	out := make([]Key, 0, len(s.Names)*len(s.Types))
	for _, name := range s.Names {
		for _, typ := range s.Types {
			out = append(out, Key{name, typ})
		}
	}
	return out
}

// path lists the percentages of the way up that lie above a level; the last is Weight.
func (s Spec) path(above float64) []int {
	var out []int
	for _, p := range s.Weights {
		if float64(p) > above && p < s.Weight {
			out = append(out, p)
		}
	}
	return append(out, s.Weight)
}

// Lasts is how long one run takes at least that takes every step: stands is how long steps
// stand, and forgets how long resolvers may keep what the step before said. What they keep of
// the records from before the ramp is not in it, and nothing on the way down is waited for.
func (s Spec) Lasts() (stands, forgets time.Duration) {
	if s.PerApply || s.Weight == 0 {
		return 0, 0
	}
	steps := len(s.path(0))
	waits := steps
	if !s.Gate { // the last one proves nothing
		waits--
	}
	return time.Duration(waits) * s.Bake, time.Duration(max(0, waits-1)) * time.Duration(max(s.Target.TTL, s.Other.TTL)) * time.Second
}

// Standing is the step that a level has reached: the greatest not above it, 0 before the first.
func (s Spec) Standing(level float64) int {
	if level >= float64(s.Weight) {
		return s.Weight
	}
	at := 0
	for _, p := range s.Weights {
		if float64(p) <= level {
			at = max(at, p)
		}
	}
	return at
}

// A Record is one record set.
type Record struct {
	Key
	Alias   Alias
	Values  []string
	TTL     int64  // seconds; 0 for an alias
	Check   string // health check
	ID      string // set identifier; empty: simple
	Weight  int64  // of a weighted one
	Routing string // of one that is neither simple nor weighted
}

// weighted says whether the record is one of a weighted set.
func (r Record) weighted() bool { return r.ID != "" && r.Routing == "" }

// plays says whether a record sends viewers where an endpoint is, whatever its TTL.
func (e Endpoint) plays(r Record) bool {
	if r.Routing != "" {
		return false
	}
	if e.Alias.Zone != "" {
		return r.Alias.Zone == e.Alias.Zone && r.Alias.Domain == e.Alias.Domain
	}
	return r.Alias.Zone == "" && same(e.Values[r.Type], r.Values)
}

// same compares values as DNS does: in any order, and host names in any spelling.
func same(a, b []string) bool {
	plain := func(list []string) []string {
		out := make([]string, len(list))
		for i, v := range list {
			out[i] = strings.ToLower(strings.TrimSuffix(v, "."))
		}
		slices.Sort(out)
		return out
	}
	return len(a) > 0 && slices.Equal(plain(a), plain(b))
}

// exact says whether nothing about a record is left to change, its weight apart.
func (e Endpoint) exact(r Record) bool {
	if !e.plays(r) || r.Alias.Evaluate != e.Alias.Evaluate {
		return false
	}
	return (r.Alias.Zone != "" || r.TTL == e.TTL) && (!r.weighted() || r.Check == e.Check && r.ID == e.ID) && (r.weighted() || r.Check == "")
}

// simple is the record of a side that has everything.
func (e Endpoint) simple(k Key) Record {
	r := Record{Key: k, Alias: e.Alias}
	if e.Alias.Zone == "" {
		r.Values, r.TTL = e.Values[k.Type], e.TTL
	}
	return r
}

// part is the record of a side that has some of it.
func (e Endpoint) part(k Key, weight int64) Record {
	r := e.simple(k)
	r.ID, r.Weight, r.Check = e.ID, weight, e.Check
	return r
}

// has says whether a weighted record is that of a side, by the identifier it has or had.
func (s Spec) has(e Endpoint, r Record) bool {
	return r.weighted() && e.plays(r) && (r.ID == e.ID || s.Renamed[r.ID] == e.ID && e.ID != "")
}

// An Observation is what AWS showed at one moment, and what this run has shown so far.
type Observation struct {
	Seen
	Own
}

// Seen is what AWS has shown.
type Seen struct {
	Domain  string // of the zone; "": there is none
	Records map[Key][]Record
	Guard   cutover.Guard // of the zone
	// DelegatedAt is, by name, the domain at which the zone hands the name to other name
	// servers; names that it answers for itself are not in it.
	DelegatedAt map[string]string
	// ServedBy is, for a destroy, the distribution by which viewers of a name are served whose
	// records lead to CloudFront, "" for none. A missing name: nobody could tell.
	ServedBy map[string]string
}

// Own is what a run itself knows, and no look can show.
type Own struct {
	Pending bool // a change of this run is not INSYNC yet
	Cached  bool // resolvers may still hold what a record said before
	// Going is the percentage that this run has begun to give to some of the names; 0: none.
	Going   int
	Stepped bool // this run has taken a step up
	// Evidence of a percentage is what the gate showed while every name was at it.
	Evidence map[int]cutover.Evidence
	Down     bool // the run began above Weight: going down proves nothing
	// Lowered is a key of which the target has less than this run has seen since its last
	// change, and less than Weight; nil if there is none. Whoever takes traffic off it means it.
	Lowered *Key
	// Diverted is a key that somebody has pointed elsewhere during this run; nil if there
	// is none.
	Diverted *Key
}

// Describe names the records of a key for a person, one a line.
func (o Observation) Describe(k Key) string {
	found := make([]string, 0, len(o.Records[k]))
	for _, r := range o.Records[k] {
		found = append(found, r.Describe())
	}
	return strings.Join(found, "\n  ")
}

// Share is the percentage of traffic that the records of a key give to the target,
// and whether they give it to the two sides and nobody else.
func (o Observation) Share(spec Spec, k Key) (float64, bool) {
	var target, other int64
	for _, r := range o.Records[k] {
		switch {
		case !r.weighted() && spec.Target.plays(r):
			return Everything, true
		case !r.weighted() && spec.Other.plays(r):
			return 0, true
		case spec.has(spec.Target, r):
			target = r.Weight + 1
		case spec.has(spec.Other, r):
			other = r.Weight + 1
		default:
			return 0, false
		}
	}
	// A weight counts one more here than it is: 0 says that there is no such record.
	switch {
	case target == 0 && other == 0:
		return 0, false
	case other == 0:
		return Everything, true
	case target == 0:
		return 0, true
	case target == 1 && other == 1: // all weights 0: equal shares. Source: Route 53 Developer Guide, weighted routing
		return Everything / 2, true
	}
	return Everything * float64(target-1) / float64(target+other-2), true
}

// Shares lists Share by name; NaN where it is neither side's, or the types disagree.
func (o Observation) Shares(spec Spec) map[string]float64 {
	out := map[string]float64{}
	for _, name := range spec.Names {
		for i, typ := range spec.Types {
			s, ok := o.Share(spec, Key{name, typ})
			if !ok || i > 0 && s != out[name] {
				out[name] = math.NaN()
				break
			}
			out[name] = s
		}
	}
	return out
}

// Level is the one share that all names have, and whether there is one.
func (o Observation) Level(spec Spec) (float64, bool) {
	low, high, ok := o.bounds(spec)
	return low, ok && low == high && o.known(spec) == len(spec.Keys())
}

// bounds are the least and the greatest share there is.
func (o Observation) bounds(spec Spec) (low, high float64, found bool) {
	low, high = Everything, 0
	for _, k := range spec.Keys() {
		if s, ok := o.Share(spec, k); ok {
			low, high, found = min(low, s), max(high, s), true
		}
	}
	if !found {
		low = 0
	}
	return low, high, found
}

func (o Observation) known(spec Spec) int {
	n := 0
	for _, k := range spec.Keys() {
		if _, ok := o.Share(spec, k); ok {
			n++
		}
	}
	return n
}

// at says whether nothing about a key's records is left to change when the target is
// to have p percent.
func (o Observation) at(spec Spec, k Key, p float64) bool {
	s, ok := o.Share(spec, k)
	if !ok || s != p {
		return false
	}
	for _, r := range o.Records[k] {
		e := spec.Other
		if r.weighted() && r.ID == spec.Target.ID || !r.weighted() && spec.Target.plays(r) {
			e = spec.Target
		}
		if !e.exact(r) {
			return false
		}
	}
	return true
}

// Weighted says whether any record is one of a weighted set.
func (o Observation) Weighted(spec Spec) bool {
	return slices.ContainsFunc(spec.Keys(), func(k Key) bool { return slices.ContainsFunc(o.Records[k], Record.weighted) })
}

// Routing names the kind of the records: simple, weighted, mixed, or none.
func (o Observation) Routing(spec Spec) string {
	kinds := map[string]bool{}
	for _, k := range spec.Keys() {
		for _, r := range o.Records[k] {
			switch {
			case r.Routing != "":
				kinds[r.Routing] = true
			case r.weighted():
				kinds["weighted"] = true
			default:
				kinds["simple"] = true
			}
		}
	}
	switch list := slices.Sorted(maps.Keys(kinds)); len(list) {
	case 0:
		return "none"
	case 1:
		return list[0]
	}
	return "mixed"
}

// PhaseAt says where the ramp stands. Whether a gate passed cannot be observed, so
// Settled here means "in place".
func (o Observation) PhaseAt(spec Spec) Phase {
	level, even := o.Level(spec)
	if !even {
		return Displaced
	}
	for _, k := range spec.Keys() {
		if !o.at(spec, k, level) {
			return Displaced
		}
	}
	switch {
	case level != float64(spec.Weight):
		return Ramping
	case spec.collapses() && o.Weighted(spec):
		return Unproven
	}
	return Settled
}

func (s Spec) collapses() bool { return s.Collapse && (s.Weight == 0 || s.Weight == Everything) }
