package switchover

import (
	"fmt"
	"slices"
	"strconv"
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
	// FollowingRecord: a record of the name leads to another of the names.
	FollowingRecord Kind = "following_record"
	// RoutedRecord: a record of the name is weighted, latency-based or the like.
	RoutedRecord Kind = "routed_record"
	// WrongZone: the hosted zone is not the one it is said to be.
	WrongZone Kind = "wrong_zone"
	// ZoneElsewhere: the hosted zone is in another account than it is said to be.
	ZoneElsewhere Kind = "zone_elsewhere"
	// ZoneUnreachable: no account of the switch may look at the hosted zone.
	ZoneUnreachable Kind = "zone_unreachable"
	// ZoneLocked: Route 53 takes no change of the hosted zone for the moment.
	ZoneLocked Kind = "zone_locked"
	// RecordProtected: somebody has forbidden every change of a record of the name.
	RecordProtected Kind = "record_protected"
	// TooManyAliases: the names do not fit on the target.
	TooManyAliases Kind = "too_many_aliases"
	// CertificateInvalid: the target's certificate has expired or was never issued.
	CertificateInvalid Kind = "certificate_invalid"
	// TestAliasElsewhere: a side does not have its test alias, so probes would ask somebody else.
	TestAliasElsewhere Kind = "test_alias_elsewhere"
	// Delegated: the zone has handed the name to other name servers.
	Delegated Kind = "delegated"
	// RecordsBeside: a CNAME cannot stand beside the other records of the name.
	RecordsBeside Kind = "records_beside_cname"
	// GateBefore: the gate before the move did not pass.
	GateBefore Kind = "gate_before"
	// GateAfter: the gate after the move did not pass.
	GateAfter Kind = "gate_after"
	// OwnerUnknown: it could not be asked who has a name that no side has, or that the
	// method takes off its side on the way.
	OwnerUnknown Kind = "owner_unknown"
	// WildcardTaken: the wildcard that would cover a name on its way belongs to a
	// distribution that is no side.
	WildcardTaken Kind = "wildcard_taken"
	// SideElsewhere: a side is in an account that nobody has given.
	SideElsewhere Kind = "side_elsewhere"
	// DarkensOthers: a distribution would have to be disabled that has names which do not move.
	DarkensOthers Kind = "darkens_others"
	// ProofBlocked: the TXT record that would prove a name is somebody's who does not share it.
	ProofBlocked Kind = "proof_blocked"
	// ProofHidden: the zone of the proof answers in VPCs only.
	ProofHidden Kind = "proof_hidden"
	// AlarmMissing: an alarm that is to be watched does not exist.
	AlarmMissing = Kind(cutover.AlarmMissing)
	// AlarmFiring: an alarm that is to be watched is in alarm before anything has moved.
	AlarmFiring = Kind(cutover.AlarmFiring)
	// AlarmNotEvaluated: CloudWatch cannot evaluate an alarm that is to be watched.
	AlarmNotEvaluated = Kind(cutover.AlarmNotEvaluated)
	// TakenBack: somebody has moved a name off the target since this run saw it there.
	TakenBack Kind = "taken_back"
	// Diverted: somebody has pointed a record out of CloudFront since this run began.
	Diverted Kind = "diverted"
	// Served: viewers are served by a name whose record a destroy is to delete.
	Served Kind = "served"
	// NotInRecipe: the world asks for a step that the plan did not show.
	NotInRecipe Kind = "not_in_recipe"
)

// An Obstacle is a fact that stops a switch before its next write.
type Obstacle struct {
	Kind     Kind
	Side     cutover.Side
	Name     string // the alternate domain name concerned
	Found    string // what is there instead: a distribution id, a record, a zone
	Comment  string // of whoever put it in the way
	Instead  string // what a record would point at
	Zone     string // the domain of the zone concerned
	Evidence cutover.Evidence
}

// Error implements error. It is for logs; diagnostics word obstacles themselves.
func (o *Obstacle) Error() string {
	parts := []string{string(o.Kind)}
	for _, s := range []string{string(o.Side), o.Name, o.Found, o.Comment, string(o.Evidence)} {
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
	if all := Obstacles(spec, obs); len(all) > 0 {
		return all[0]
	}
	return nil
}

// Obstacles returns every such fact, in the order in which one would run into them.
func Obstacles(spec Spec, obs Observation) []*Obstacle {
	var out []*Obstacle
	add := func(o *Obstacle) {
		if o != nil && !slices.ContainsFunc(out, func(known *Obstacle) bool { return *known == *o }) {
			out = append(out, o)
		}
	}
	add(checkTarget(spec, obs))
	for _, side := range spec.order() {
		add(checkStaging(spec, obs, side))
	}
	if obs.Misplaced(spec) && !spec.RollingBack { // the way back minds no more than CloudFront does
		add(checkRoom(spec, obs))
		add(checkValidity(spec, obs))
		add(checkDarkness(spec, obs))
		for _, side := range spec.order() {
			add(checkTestAlias(spec, obs, side))
		}
	}
	for _, name := range spec.Names {
		add(checkName(spec, obs, name))
	}
	for _, z := range spec.Zones {
		add(checkZone(z, obs))
	}
	for _, name := range spec.Names {
		if !spec.RollingBack {
			add(checkProofs(spec, obs, name))
		}
	}
	for _, name := range spec.Names {
		zone, ok := spec.ZoneOf(name)
		if !ok {
			continue
		}
		add(checkDelegation(zone, obs, name))
		add(checkBeside(zone, obs, name))
		for _, r := range obs.Records[name] {
			add(checkRecord(spec, obs, r))
		}
		add(checkGuard(spec, obs, name))
	}
	return out
}

// maxAliases is CloudFront's quota of alternate domain names for a distribution.
const maxAliases = 100

func checkRoom(spec Spec, obs Observation) *Obstacle {
	target, ok := obs.Sides[spec.Live]
	will := slices.Concat(target.Aliases, spec.Names, spec.Wildcards())
	slices.Sort(will)
	if n := len(slices.Compact(will)); ok && n > maxAliases {
		return &Obstacle{Kind: TooManyAliases, Side: spec.Live, Found: strconv.Itoa(n)}
	}
	return nil
}

func checkValidity(spec Spec, obs Observation) *Obstacle {
	if why := obs.Sides[spec.Live].Invalid; why != "" {
		return &Obstacle{Kind: CertificateInvalid, Side: spec.Live, Found: why}
	}
	return nil
}

// checkTestAlias minds both ways: what is asked before the move, and before the way back.
func checkTestAlias(spec Spec, obs Observation, side cutover.Side) *Obstacle {
	d, ok := obs.Sides[side]
	if alias := spec.TestAliases[side]; ok && alias != "" && !d.Owns(alias) {
		return &Obstacle{Kind: TestAliasElsewhere, Side: side, Name: alias, Found: d.ID}
	}
	return nil
}

func checkDelegation(z Zone, obs Observation, name string) *Obstacle {
	if at := obs.DelegatedAt[name]; at != "" {
		return &Obstacle{Kind: Delegated, Name: name, Found: at, Zone: z.Domain}
	}
	return nil
}

func checkBeside(z Zone, obs Observation, name string) *Obstacle {
	if beside := obs.Beside[name]; z.CNAME && len(beside) > 0 {
		kinds := slices.Compact(slices.Sorted(slices.Values(beside)))
		return &Obstacle{Kind: RecordsBeside, Name: name, Found: strings.Join(kinds, ", "), Zone: z.Domain}
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
	case !d.Enabled && !obs.dark(spec.Live):
		at.Kind = TargetDisabled
	default:
		return nil
	}
	return &at
}

// A staging distribution is no side even while it is idle: it could never become live.
func checkStaging(spec Spec, obs Observation, side cutover.Side) *Obstacle {
	if obs.Sides[side].Staging {
		return &Obstacle{Kind: TargetStaging, Side: side, Found: spec.Sides[side]}
	}
	return nil
}

func checkName(spec Spec, obs Observation, name string) *Obstacle {
	target, owner := obs.Sides[spec.Live], obs.Owner(spec, name)
	if owner == spec.Target() {
		return nil
	}
	if side, ok := spec.SideOf(spec.Unmask(owner)); ok && spec.Unmask(owner) != owner {
		return &Obstacle{Kind: SideElsewhere, Side: side, Name: name, Found: spec.Sides[side]}
	}
	if _, ok := spec.SideOf(owner); owner != "" && !ok {
		return &Obstacle{Kind: TakenElsewhere, Side: spec.Live, Name: name, Found: owner}
	}
	if target.DefaultCert || target.Certificate != nil && !Covered(target.Certificate, name) {
		return &Obstacle{Kind: NotCovered, Side: spec.Live, Name: name, Found: strings.Join(target.Certificate, ", ")}
	}
	if why := obs.Unasked[name]; why != "" && owner == "" && spec.Adopting {
		// A switch that exists carries on with a name that may have lost its owner on the way:
		// AWS lets no name be added that somebody has.
		return &Obstacle{Kind: OwnerUnknown, Side: spec.Live, Name: name, Found: why}
	}
	if spec.Method == WildcardOverlap && owner != "" {
		return checkCover(spec, obs, name)
	}
	return nil
}

// checkCover asks whether the wildcard that is to serve name on its way can get
// to the target, and back.
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
	if side, ok := spec.SideOf(obs.Owner(spec, name)); ok && !spec.RollingBack { // else the way back would be closed
		if source := obs.Sides[side]; source.Certificate != nil && !Covered(source.Certificate, w) {
			return &Obstacle{Kind: NotCovered, Side: side, Name: w, Found: strings.Join(source.Certificate, ", ")}
		}
	}
	return nil
}

func checkZone(z Zone, obs Observation) *Obstacle {
	switch u, ok := obs.Unreached[z.ID]; {
	case ok && u.Elsewhere:
		return &Obstacle{Kind: ZoneElsewhere, Name: z.Domain, Found: u.Account, Zone: z.Account}
	case ok:
		return &Obstacle{Kind: ZoneUnreachable, Name: z.Domain, Found: u.Why, Zone: z.Account}
	}
	if got, ok := obs.ZoneNames[z.ID]; ok && got != z.Domain {
		return &Obstacle{Kind: WrongZone, Name: z.Domain, Found: got}
	}
	return nil
}

// checkRecords is checkRecord for whatever stands in the way of pointing a name.
func checkRecords(spec Spec, obs Observation, name string) *Obstacle {
	zone, ok := spec.ZoneOf(name)
	if !ok {
		return nil
	}
	for _, r := range obs.Records[name] {
		if o := checkRecord(spec, obs, r); o != nil {
			return o
		}
	}
	if o := checkDelegation(zone, obs, name); o != nil {
		return o
	}
	if o := checkBeside(zone, obs, name); o != nil {
		return o
	}
	if o := checkZone(zone, obs); o != nil {
		return o
	}
	return checkGuard(spec, obs, name)
}

func checkRecord(spec Spec, obs Observation, r Record) *Obstacle {
	if r.Routing != "" {
		return &Obstacle{Kind: RoutedRecord, Name: r.Name, Found: r.Describe()}
	}
	if (spec.Adopting || slices.Contains(spec.Joining, r.Name)) && !pointsAtASide(obs, r) {
		if r.Target != r.Name && slices.Contains(spec.Names, r.Target) {
			side, _ := spec.SideOf(obs.Owner(spec, r.Name))
			if side == "" {
				side = spec.Live
			}
			return &Obstacle{Kind: FollowingRecord, Name: r.Name, Side: side, Found: r.Describe(), Instead: obs.Sides[side].Domain}
		}
		return &Obstacle{Kind: ForeignRecord, Name: r.Name, Found: r.Describe()}
	}
	return nil
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
