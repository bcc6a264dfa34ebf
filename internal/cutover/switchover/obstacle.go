package switchover

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// Kind classifies what stands in the way.
type Kind string

// The obstacles of a switch.
const (
	// TargetMissing: there is no such distribution.
	TargetMissing Kind = "target_missing"
	// TargetDisabled: CloudFront would refuse every viewer of the moved name.
	TargetDisabled Kind = "target_disabled"
	// TargetStaging: a staging distribution cannot have alternate domain names.
	TargetStaging Kind = "target_staging"
	// NotCovered: the target's certificate does not cover the name.
	NotCovered Kind = "not_covered"
	// TakenElsewhere: a distribution that is no side has the name.
	TakenElsewhere Kind = "taken_elsewhere"
	// ForeignRecord: a record of the name points at no side.
	ForeignRecord Kind = "foreign_record"
	// RoutedRecord: a record of the name is weighted, latency-based or the like.
	RoutedRecord Kind = "routed_record"
	// WrongZone: the hosted zone is not the one it is said to be.
	WrongZone Kind = "wrong_zone"
	// GateBefore: the gate before the move did not pass.
	GateBefore Kind = "gate_before"
	// GateAfter: the gate after the move did not pass.
	GateAfter Kind = "gate_after"
	// WildcardTaken: the wildcard that would cover a name on its way belongs to a
	// distribution that is no side.
	WildcardTaken Kind = "wildcard_taken"
	// NotInRecipe: the world asks for a step that the plan did not show.
	NotInRecipe Kind = "not_in_recipe"
)

// An Obstacle is a fact that stops a switch before its next write.
type Obstacle struct {
	Kind     Kind
	Side     cutover.Side
	Name     string // the alternate domain name concerned
	Found    string // what is there instead: a distribution id, a record, a zone
	Evidence cutover.Evidence
}

// Error implements error. It is for logs; diagnostics word obstacles themselves.
func (o *Obstacle) Error() string {
	parts := []string{string(o.Kind)}
	for _, s := range []string{string(o.Side), o.Name, o.Found, string(o.Evidence)} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ")
}

// Gate says whether a gate is what stopped the switch.
func (o *Obstacle) Gate() bool { return o.Kind == GateBefore || o.Kind == GateAfter }

// Preflight returns the first live fact that forbids every write, as an
// *Obstacle. Plan warns about the same facts: the plan may be what changes them.
func Preflight(spec Spec, obs Observation) error {
	for _, check := range []func(Spec, Observation) *Obstacle{checkTarget, checkNames, checkRecords} {
		if o := check(spec, obs); o != nil {
			return o
		}
	}
	return nil
}

func checkTarget(spec Spec, obs Observation) *Obstacle {
	d, ok := obs.Sides[spec.Live]
	at := Obstacle{Side: spec.Live, Found: spec.Target()}
	switch {
	case !ok:
		at.Kind = TargetMissing
	case d.Staging:
		at.Kind = TargetStaging
	case !d.Enabled:
		at.Kind = TargetDisabled
	default:
		return checkStagingSides(spec, obs)
	}
	return &at
}

// A staging distribution is no side even while it is idle: it could never become live.
func checkStagingSides(spec Spec, obs Observation) *Obstacle {
	for _, side := range spec.order() {
		if obs.Sides[side].Staging {
			return &Obstacle{Kind: TargetStaging, Side: side, Found: spec.Sides[side]}
		}
	}
	return nil
}

func checkNames(spec Spec, obs Observation) *Obstacle {
	for _, name := range spec.Names {
		if o := checkName(spec, obs, name); o != nil {
			return o
		}
	}
	return nil
}

func checkName(spec Spec, obs Observation, name string) *Obstacle {
	target, owner := obs.Sides[spec.Live], obs.Owner(spec, name)
	if owner == spec.Target() {
		return nil
	}
	if _, ok := spec.SideOf(owner); owner != "" && !ok {
		return &Obstacle{Kind: TakenElsewhere, Side: spec.Live, Name: name, Found: owner}
	}
	if target.DefaultCert || target.Certificate != nil && !Covered(target.Certificate, name) {
		return &Obstacle{Kind: NotCovered, Side: spec.Live, Name: name, Found: strings.Join(target.Certificate, ", ")}
	}
	if spec.Method == WildcardOverlap && owner != "" {
		return checkCover(spec, obs, name)
	}
	return nil
}

// checkCover asks whether the wildcard that is to serve name on its way can get
// to the target.
func checkCover(spec Spec, obs Observation, name string) *Obstacle {
	target, w := obs.Sides[spec.Live], Wildcard(name)
	switch owner := obs.Owner(spec, w); {
	case owner == target.ID:
		return nil
	case owner != "":
		if _, ok := spec.SideOf(owner); !ok {
			return &Obstacle{Kind: WildcardTaken, Side: spec.Live, Name: w, Found: owner}
		}
	}
	if target.Certificate != nil && !Covered(target.Certificate, w) {
		return &Obstacle{Kind: NotCovered, Side: spec.Live, Name: w, Found: strings.Join(target.Certificate, ", ")}
	}
	return nil
}

func checkRecords(spec Spec, obs Observation) *Obstacle {
	for _, z := range spec.Zones {
		if o := checkZone(z, obs); o != nil {
			return o
		}
	}
	for _, name := range spec.Names {
		if o := checkRecord(spec, obs, name); o != nil {
			return o
		}
	}
	return nil
}

func checkZone(z Zone, obs Observation) *Obstacle {
	if got, ok := obs.ZoneNames[z.ID]; ok && got != z.Domain {
		return &Obstacle{Kind: WrongZone, Name: z.Domain, Found: got}
	}
	return nil
}

func checkRecord(spec Spec, obs Observation, name string) *Obstacle {
	zone, ok := spec.ZoneOf(name)
	if !ok {
		return nil
	}
	for _, r := range obs.Records[name] {
		if r.Routing != "" {
			return &Obstacle{Kind: RoutedRecord, Name: name, Found: r.Describe()}
		}
		if (spec.Adopting || slices.Contains(spec.Joining, name)) && !pointsAtASide(obs, r) {
			return &Obstacle{Kind: ForeignRecord, Name: name, Found: r.Describe()}
		}
	}
	return checkZone(zone, obs)
}

// Foreign says whether a record of name points at no side.
func (o Observation) Foreign(name string) bool {
	return slices.ContainsFunc(o.Records[name], func(r Record) bool { return !pointsAtASide(o, r) })
}

func pointsAtASide(obs Observation, r Record) bool {
	for _, d := range obs.Sides {
		if r.Target == d.Domain {
			return true
		}
	}
	return false
}

// Describe names the record for a person.
func (r Record) Describe() string {
	what := r.Target
	if what == "" {
		what = strings.Join(r.Values, ", ")
	}
	if r.Routing != "" {
		return fmt.Sprintf("%s %s (%s routing) → %s", r.Type, r.Name, r.Routing, what)
	}
	return fmt.Sprintf("%s %s → %s", r.Type, r.Name, what)
}

// Covered says whether a certificate for names covers name: a wildcard stands
// for exactly one label, and only a wildcard covers a wildcard.
// Source: CloudFront developer guide, requirements for alternate domain names.
func Covered(names []string, name string) bool {
	_, parent, _ := strings.Cut(name, ".")
	for _, n := range names {
		n = strings.ToLower(n)
		if n == name || n == "*."+parent {
			return true
		}
	}
	return false
}
