package ramp

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// Kind classifies what stands in the way.
type Kind string

// The obstacles of a ramp.
const (
	// ZoneMissing: there is no such hosted zone.
	ZoneMissing Kind = "zone_missing"
	// OutsideZone: a name does not lie in the zone.
	OutsideZone Kind = "outside_zone"
	// Delegated: the zone has handed the name to other name servers.
	Delegated Kind = "delegated"
	// Apex: a CNAME is asked for at the apex of the zone.
	Apex Kind = "apex"
	// AliasOutside: an alias target in this zone does not lie in it.
	AliasOutside Kind = "alias_outside"
	// ForeignRecord: a record of the name is neither side's.
	ForeignRecord Kind = "foreign_record"
	// RoutedRecord: a record of the name is latency-based, geographic or the like.
	RoutedRecord Kind = "routed_record"
	// ForeignSet: a weighted record of the name has another identifier than the sides'.
	ForeignSet Kind = "foreign_set"
	// Conflict: a CNAME stands where other types are asked for, or the other way round.
	Conflict Kind = "conflict"
	// ZoneLocked: Route 53 takes no change of the hosted zone for the moment.
	ZoneLocked Kind = "zone_locked"
	// RecordProtected: somebody has forbidden every change of a record of the name.
	RecordProtected Kind = "record_protected"
	// GateFailed: the gate did not pass.
	GateFailed Kind = "gate_failed"
	// AlarmMissing: an alarm that is to be watched does not exist.
	AlarmMissing = Kind(cutover.AlarmMissing)
	// AlarmFiring: an alarm that is to be watched is in alarm before anything has moved.
	AlarmFiring = Kind(cutover.AlarmFiring)
	// AlarmNotEvaluated: CloudWatch cannot evaluate an alarm that is to be watched.
	AlarmNotEvaluated = Kind(cutover.AlarmNotEvaluated)
	// Lowered: somebody has taken traffic off the target since this run last gave it some.
	Lowered Kind = "lowered"
	// Diverted: somebody has pointed a name elsewhere since this run began.
	Diverted Kind = "diverted"
	// Served: the records of a name were to be deleted, and viewers are served by them.
	Served Kind = "served"
	// NotInRecipe: the world asks for a step that the plan did not show.
	NotInRecipe Kind = "not_in_recipe"
)

// An Obstacle is a fact that stops a ramp before its next write.
type Obstacle struct {
	Kind    Kind
	Name    string
	Found   string // what is there instead
	Comment string // of whoever put it in the way
	// Elsewhere: the name leads elsewhere than to a CloudFront distribution, and Found says where.
	Elsewhere bool
	Percent   int
	Evidence  cutover.Evidence
}

// Error implements error. It is for logs; diagnostics word obstacles themselves.
func (o *Obstacle) Error() string {
	parts := []string{string(o.Kind)}
	for _, s := range []string{o.Name, o.Found, o.Comment, string(o.Evidence)} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ")
}

// Preflight returns the first live fact that forbids every write, as an *Obstacle.
// Plan warns about the same facts: the plan may be what changes them.
func Preflight(spec Spec, obs Observation) error {
	if o := obstacle(spec, obs); o != nil {
		return o
	}
	if o := checkGuard(spec, obs); o != nil {
		return o
	}
	return nil
}

// obstacle is what forbids even a look at the gate.
func obstacle(spec Spec, obs Observation) *Obstacle {
	if obs.Domain == "" {
		return &Obstacle{Kind: ZoneMissing, Found: spec.Zone}
	}
	for _, e := range []Endpoint{spec.Target, spec.Other} {
		if e.Alias.Zone == spec.Zone && !inZone(e.Alias.Domain, obs.Domain) {
			return &Obstacle{Kind: AliasOutside, Name: e.Alias.Domain, Found: obs.Domain}
		}
	}
	cname := slices.Contains(spec.Types, "CNAME")
	for _, name := range spec.Names {
		switch {
		case !inZone(name, obs.Domain):
			return &Obstacle{Kind: OutsideZone, Name: name, Found: obs.Domain}
		case cname && name == obs.Domain:
			return &Obstacle{Kind: Apex, Name: name}
		case obs.DelegatedAt[name] != "" && !spec.RollingBack: // whoever still asks here is to get what was before
			return &Obstacle{Kind: Delegated, Name: name, Found: obs.DelegatedAt[name]}
		}
		for _, typ := range []string{"A", "AAAA", "CNAME", "HTTPS"} {
			for _, r := range obs.Records[Key{name, typ}] {
				if o := checkRecord(spec, r); o != nil {
					return o
				}
			}
		}
	}
	return nil
}

func checkRecord(spec Spec, r Record) *Obstacle {
	at := Obstacle{Name: r.Name, Found: r.Describe()}
	switch {
	case !slices.Contains(spec.Types, r.Type):
		// A CNAME is alone at its name; any other type may stay beside ours.
		if (r.Type == "CNAME") == slices.Contains(spec.Types, "CNAME") {
			return nil
		}
		at.Kind = Conflict
	case r.Routing != "":
		at.Kind = RoutedRecord
	case r.weighted() && r.ID != spec.Target.ID && r.ID != spec.Other.ID && !spec.has(spec.Target, r) && !spec.has(spec.Other, r):
		at.Kind = ForeignSet
	case (spec.Adopting || slices.Contains(spec.Joining, r.Key)) && !spec.ours(r):
		at.Kind = ForeignRecord
	default:
		return nil
	}
	return &at
}

// ours says whether a record is that of one of the sides.
func (s Spec) ours(r Record) bool {
	if !r.weighted() {
		return s.Target.plays(r) || s.Other.plays(r)
	}
	return s.has(s.Target, r) || s.has(s.Other, r)
}

func inZone(name, domain string) bool {
	return name == domain || strings.HasSuffix(name, "."+domain)
}

// Describe names the record for a person.
func (r Record) Describe() string {
	what := r.Alias.Domain
	if r.Alias.Zone == "" {
		what = strings.Join(r.Values, ", ")
	}
	switch {
	case r.Routing != "":
		return fmt.Sprintf("%s %s (%s routing) → %s", r.Type, r.Name, r.Routing, what)
	case r.weighted():
		return fmt.Sprintf("%s %s (%q, weight %d) → %s", r.Type, r.Name, r.ID, r.Weight, what)
	}
	return fmt.Sprintf("%s %s → %s", r.Type, r.Name, what)
}
