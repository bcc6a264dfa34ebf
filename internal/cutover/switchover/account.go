package switchover

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// Between accounts a name is moved in one transaction only while the distribution that has it
// is disabled, and if a TXT record proves that whoever moves it has its DNS:
//
//	proofs made ──▶ name servers have them ──▶ asked ──▶ source disabled ──▶ names moved ──▶ source enabled ──▶ … ──▶ proofs away
//	     ▲                                       │           └── dark, as every name of the source ──┘
//	     └──── the one for the way back goes ────┘
//
// Before anything is dark AWS is asked for each name, which it has to refuse as long as the
// source is enabled. How it does says whether it would refuse anyway: for want of a permission,
// of a certificate, or because it does not take the proof.
//
// For the way back there is a proof for the source too, made with the other one. Where AWS takes
// a proof only if it is the one value of its record, that of the source goes again.
//
// Beside each proof a record is kept of what has been added to it, and of the source that was
// enabled and is to be so again: a process that is killed can write no state. So the next one
// knows what to take away, and a side that somebody disabled for reasons of his own stays so.

// apart says whether two sides are in different accounts.
func (s Spec) apart(a, b cutover.Side) bool { return s.Accounts[a] != s.Accounts[b] }

// Crosses says whether sides are in different accounts.
func (s Spec) Crosses() bool {
	for side := range s.Sides {
		if s.apart(side, s.Live) {
			return true
		}
	}
	return false
}

// Darkens says whether a move between sides of different accounts disables the one and asks
// for a proof: the other methods add a name that nobody has, as within one account.
func (s Spec) Darkens() bool { return !s.Method.leads() && s.Crosses() }

// Unmask completes the id of an owner of which AWS hides the first half, as it does of what
// belongs to another account, if it is that of a side.
func (s Spec) Unmask(owner string) string {
	shown := strings.TrimLeft(owner, "*")
	if shown == owner || shown == "" {
		return owner
	}
	for _, side := range s.order() {
		if id := s.Sides[side]; len(id) == len(owner) && strings.HasSuffix(id, shown) {
			return id
		}
	}
	return owner
}

// Prove changes the TXT records of one zone in one batch by which names may move to another
// account.
type Prove struct {
	Zone    Zone
	Changes []Repoint // sorted by the name of the record
	Away    bool      // take the values away again that the switch has added
}

// Disable has a distribution refuse viewers (UpdateDistribution), whose names are to move to
// another account.
type Disable struct {
	Side    cutover.Side
	ID      string
	IfMatch string
}

// Enable has a distribution serve again that a cutover has disabled (UpdateDistribution).
type Enable struct {
	Side    cutover.Side
	ID      string
	IfMatch string
}

// Progress implements Step.
func (Prove) Progress() bool   { return true }
func (Disable) Progress() bool { return true }
func (Enable) Progress() bool  { return true }

// Intent implements Step.
func (s Prove) Intent() string   { return s.intents()[0] }
func (s Disable) Intent() string { return disableIntent(s.Side, s.ID) }
func (s Enable) Intent() string  { return enableIntent(s.Side, s.ID) }

// intents are one for each name, however many records are changed for it.
func (s Prove) intents() []string {
	var out []string
	for _, name := range s.names() {
		if at := ProofAt(name, s.Zone.Domain); s.Away {
			out = append(out, unproveIntent(at))
		} else {
			out = append(out, proveIntent(name, at))
		}
	}
	return out
}

// names lists the names that the records are about, sorted by where their proofs are.
func (s Prove) names() []string {
	var out []string
	for _, c := range s.Changes {
		if name := NameProvenAt(c.Name); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return strings.Compare(ProofAt(a, s.Zone.Domain), ProofAt(b, s.Zone.Domain)) })
	return out
}

// Why implements Step.
func (s Prove) Why() string {
	if s.Away {
		return "as long as they are there, they let the names go to the distributions that they name"
	}
	return fmt.Sprintf("AWS lets %s go to another account for who proves to have its DNS", strings.Join(s.names(), ", "))
}

// Why implements Step.
func (s Disable) Why() string {
	return fmt.Sprintf("AWS takes no name from a distribution of another account while that is enabled, and %s has some that are to go", s.Side)
}

// Why implements Step.
func (s Enable) Why() string {
	return fmt.Sprintf("a cutover has disabled %s, and it has no name any more that is to go, or is to be live", s.Side)
}

func (s Prove) String() string {
	if s.Away {
		return "taking away the proofs at " + names(s.Changes)
	}
	return "proving by TXT at " + names(s.Changes)
}
func (s Disable) String() string { return "disabling " + s.ID }
func (s Enable) String() string  { return "enabling " + s.ID }

func proveIntent(name, at string) string {
	return fmt.Sprintf("prove by a TXT record at %s that %s may move to another account", at, name)
}

func unproveIntent(at string) string { return fmt.Sprintf("take the proof at %s away again", at) }

func disableIntent(side cutover.Side, id string) string {
	return fmt.Sprintf("disable %s (%s), which darkens its names until they have moved", side, id)
}

func enableIntent(side cutover.Side, id string) string {
	return fmt.Sprintf("enable %s (%s) again", side, id)
}

// ProofAt is the name of the TXT record by which name may move, in its zone.
// Source: CloudFront Developer Guide, set up the target standard distribution.
func ProofAt(name, zone string) string {
	if name == zone {
		return "_." + name
	}
	return "_" + name
}

// ledger begins the name of a record that says what the switch did for a move.
const ledger = "_cdn-cutover."

// LedgerAt is the name of the TXT record, in the zone of name, that says what was added to the
// proof of name, and which source was enabled before. AWS does not read it.
func LedgerAt(name string) string { return ledger + name }

// adds and disables are what it says about a value, and about a distribution's domain.
func adds(value string) string      { return Quoted("adds " + strings.Trim(value, `"`)) }
func disables(domain string) string { return Quoted("disables " + domain) }

func isLedger(at string) bool { return strings.HasPrefix(at, ledger) }

// NameProvenAt is the name that a record of ProofAt or LedgerAt is about.
func NameProvenAt(at string) string {
	if name, ok := strings.CutPrefix(at, ledger); ok {
		return name
	}
	return strings.TrimPrefix(strings.TrimPrefix(at, "_"), ".")
}

// Recall lists the values that the switch has added and that are still there, by the names of
// the records, as the records beside them say.
func Recall(spec Spec, obs Observation) map[string][]string {
	out := map[string][]string{}
	for name, at := range spec.Proofs() {
		notes := obs.txt(LedgerAt(name)).Values
		for _, v := range obs.txt(at).Values {
			if slices.Contains(notes, adds(v)) {
				out[at] = append(out[at], v)
			}
		}
		if len(notes) > 0 {
			out[LedgerAt(name)] = slices.Clone(notes)
		}
	}
	return out
}

// Proofs lists where the proofs of the names are, or were, by name; of names without a zone
// there are none.
func (s Spec) Proofs() map[string]string {
	out := map[string]string{}
	for _, name := range s.Names {
		if zone, ok := s.ZoneOf(name); ok {
			out[name] = ProofAt(name, zone.Domain)
		}
	}
	return out
}

// proofTTL is that of a record which the switch makes, in seconds.
const proofTTL = 60

// Quoted is a domain name as a value of a TXT record.
func Quoted(domain string) string { return `"` + domain + `"` }

// proves says whether a TXT record has a value for a distribution's domain.
func (o Observation) proves(at, domain string) bool {
	return domain != "" && slices.ContainsFunc(o.Proofs[at], func(r Record) bool {
		return r.Type == "TXT" && slices.Contains(r.Values, Quoted(domain))
	})
}

// txt is the TXT record of a name; one without values where there is none.
func (o Observation) txt(at string) Record {
	for _, r := range o.Proofs[at] {
		if r.Type == "TXT" {
			return r
		}
	}
	return Record{Name: at, Type: "TXT", TTL: proofTTL}
}

// Unfinished says whether a side is disabled, and was so by a cutover that has not come to its
// end, of this run or of one that died. It goes by every record that was looked at, and by state
// where one was not: by which method names are to move now, and which, does not matter.
func (o Observation) Unfinished(side cutover.Side) bool {
	d, ok := o.Sides[side]
	if !ok || d.Enabled {
		return false
	}
	for at := range o.Proofs {
		if o.disabledAt(at, d.Domain) {
			return true
		}
	}
	for at, values := range o.Proven {
		if _, looked := o.Proofs[at]; !looked && isLedger(at) && slices.Contains(values, disables(d.Domain)) {
			return true
		}
	}
	return false
}

// disabledAt says whether the record at a name says that the switch has disabled a domain.
func (o Observation) disabledAt(at, domain string) bool {
	return isLedger(at) && slices.Contains(o.txt(at).Values, disables(domain))
}

// dark says whether this run, or one before it that did not come to its end, has disabled a side.
func (o Observation) dark(side cutover.Side) bool {
	d, ok := o.Sides[side]
	return ok && !d.Enabled && o.Darkened[side]
}

// Dark says whether a name is on a side that a cutover has disabled, so that nobody is served
// by it.
func (o Observation) Dark(spec Spec) bool {
	return slices.ContainsFunc(spec.Names, func(name string) bool {
		side, ok := spec.SideOf(o.Owner(spec, name))
		return ok && o.dark(side)
	})
}

// Left lists the sides that a cutover has disabled and that are so still, in the order of sides.
func (o Observation) Left(spec Spec) []cutover.Side {
	return slices.DeleteFunc(spec.order(), func(side cutover.Side) bool { return !o.dark(side) })
}

// foreign lists those of the names that come from a side of another account.
func foreign(spec Spec, obs Observation, moves []string) []string {
	if !spec.Darkens() {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(moves), func(name string) bool {
		side, ok := spec.SideOf(obs.Owner(spec, name))
		return !ok || !spec.apart(side, spec.Live)
	})
}

// sources lists the sides that have some of the names, in the order of sides.
func sources(spec Spec, obs Observation, moves []string) []cutover.Side {
	return slices.DeleteFunc(spec.order(), func(side cutover.Side) bool {
		return !slices.ContainsFunc(moves, func(name string) bool { return obs.Owner(spec, name) == spec.Sides[side] })
	})
}

// unbind makes the names ready to move that come from another account: nil once they are. The
// proofs come before anybody asks about them, because resolvers remember that there was none,
// and before anything is dark.
func unbind(spec Spec, obs Observation, moves []string) Step {
	if moves = foreign(spec, obs, moves); len(moves) == 0 {
		return nil
	}
	if step, ok := prove(spec, obs, moves); ok {
		return step
	}
	if obs.Pending {
		return Wait{For: "every name server of the zone has the proofs"}
	}
	if obs.Unheard {
		return Wait{For: unheard}
	}
	if step, ok := try(spec, obs, moves); ok {
		return step
	}
	for _, side := range sources(spec, obs, moves) {
		if d := obs.Sides[side]; d.Enabled {
			return Disable{Side: side, ID: d.ID, IfMatch: d.ETag}
		}
	}
	return nil
}

// try asks for the first name that nobody has asked for yet and whose source is enabled.
func try(spec Spec, obs Observation, moves []string) (Move, bool) {
	target := obs.Sides[spec.Live]
	for _, name := range moves {
		from := obs.Owner(spec, name)
		if side, _ := spec.SideOf(from); obs.Sides[side].Enabled && !obs.Tried[name] {
			return Move{Name: name, From: from, To: target.ID, Side: spec.Live, Method: spec.Method, IfMatch: target.ETag, Trial: true}, true
		}
	}
	return Move{}, false
}

// prove collects the proofs that are missing in the first zone that lacks any.
func prove(spec Spec, obs Observation, moves []string) (Prove, bool) {
	for _, zone := range spec.Zones {
		step := Prove{Zone: zone}
		for _, name := range moves {
			if z, ok := spec.ZoneOf(name); !ok || z.ID != zone.ID {
				continue
			}
			step.Changes = append(step.Changes, proof(spec, obs, zone, name)...)
		}
		if len(step.Changes) > 0 {
			slices.SortFunc(step.Changes, func(a, b Repoint) int { return strings.Compare(a.Name, b.Name) })
			return step, true
		}
	}
	return Prove{}, false
}

// proof adds to the TXT record of a name what it lacks: a value for the target, and one for
// the side that the name comes from, if there is a way back to it. What that comes to is noted
// in the record beside it. Where AWS wants the one for the target to be alone, the other one
// goes, unless somebody has values there with which it would not be.
func proof(spec Spec, obs Observation, zone Zone, name string) []Repoint {
	at, values := ProofAt(name, zone.Domain), []string{Quoted(obs.Sides[spec.Live].Domain)}
	var less, notes, old []string
	alone := obs.alone(at, values[0])
	if alone {
		less = obs.Proven[at]
	}
	if side, ok := spec.SideOf(obs.Owner(spec, name)); ok && obs.Sides[side].Enabled {
		if notes = append(notes, disables(obs.Sides[side].Domain)); !alone {
			values = append(values, Quoted(obs.Sides[side].Domain))
		}
	}
	out := obs.amend(at, less, values...)
	for _, c := range out {
		added, gone := newIn(c.Delete, c.Add), newIn(c.Add, c.Delete)
		for _, v := range added {
			notes = append(notes, adds(v))
		}
		for _, v := range gone {
			old = append(old, adds(v))
		}
	}
	return append(out, obs.amend(LedgerAt(name), old, notes...)...)
}

// newIn lists the values that records have after a change and had not before.
func newIn(before, after []Record) []string {
	had := func(v string) bool {
		return slices.ContainsFunc(before, func(r Record) bool { return slices.Contains(r.Values, v) })
	}
	var out []string
	for _, r := range after {
		out = append(out, slices.DeleteFunc(slices.Clone(r.Values), had)...)
	}
	return out
}

// alone says whether the value for the target is to be the only one of a proof.
func (o Observation) alone(at, there string) bool {
	return o.Alone && !slices.ContainsFunc(o.txt(at).Values, func(v string) bool { return v != there && !slices.Contains(o.Proven[at], v) })
}

// amend is how a TXT record comes to have values, and not to have some others; none where it
// is so already.
func (o Observation) amend(at string, less []string, values ...string) []Repoint {
	was := o.txt(at)
	is := was
	is.Values = slices.DeleteFunc(slices.Clone(was.Values), func(v string) bool { return slices.Contains(less, v) && !slices.Contains(values, v) })
	for _, v := range values {
		if v != "" && !slices.Contains(is.Values, v) {
			is.Values = append(is.Values, v)
		}
	}
	if slices.Equal(is.Values, was.Values) {
		return nil
	}
	out := Repoint{Name: at, Add: []Record{is}}
	if len(was.Values) > 0 {
		out.Delete = []Record{was}
	}
	return []Repoint{out}
}

// Added lists the values that a step adds, by the name of the record.
func (s Prove) Added() map[string][]string {
	out := map[string][]string{}
	for _, c := range s.Changes {
		if added := newIn(c.Delete, c.Add); len(added) > 0 {
			out[c.Name] = added
		}
	}
	return out
}

// Unprove takes away the values that the switch has added, in the first zone that has any.
// What others have in the same record stays, and so does what says by whom a side is disabled, for
// as long as it is.
func Unprove(spec Spec, obs Observation) (Prove, bool) {
	for _, zone := range spec.Zones {
		step := Prove{Zone: zone, Away: true}
		for _, at := range slices.Sorted(maps.Keys(obs.Proven)) {
			if z, ok := spec.ZoneOfProof(at); !ok || z.ID != zone.ID || obs.needs(at) {
				continue
			}
			for _, r := range obs.Proofs[at] {
				left := slices.DeleteFunc(slices.Clone(r.Values), func(v string) bool { return slices.Contains(obs.Proven[at], v) })
				if r.Type != "TXT" || r.Routing != "" || len(left) == len(r.Values) {
					continue
				}
				c := Repoint{Name: at, Delete: []Record{r}}
				if len(left) > 0 {
					rest := r
					rest.Values = left
					c.Add = []Record{rest}
				}
				step.Changes = append(step.Changes, c)
			}
		}
		if len(step.Changes) > 0 {
			return step, true
		}
	}
	return Prove{}, false
}

// NeedsValue says whether a value says of a side that is disabled that a cutover did that.
func (o Observation) NeedsValue(value string) bool {
	for _, d := range o.Sides {
		if !d.Enabled && value == disables(d.Domain) {
			return true
		}
	}
	return false
}

// needs says whether a record says by whom a side is disabled that is so still.
func (o Observation) needs(at string) bool {
	for side, d := range o.Sides {
		if o.dark(side) && o.disabledAt(at, d.Domain) {
			return true
		}
	}
	return false
}

// ZoneOfProof is the zone in which a proof is.
func (s Spec) ZoneOfProof(at string) (Zone, bool) {
	return s.ZoneOf(NameProvenAt(at))
}

// light enables the sides that cutovers have disabled, once no name is to go from them: that
// is as soon as may be, because names that stay there are dark too.
func light(spec Spec, obs Observation) Step {
	for _, side := range obs.Left(spec) {
		if d := obs.Sides[side]; side != spec.Live {
			return Enable{Side: side, ID: d.ID, IfMatch: d.ETag}
		}
	}
	return nil
}

// checkProofs asks whether the proof of a name can be made.
func checkProofs(spec Spec, obs Observation, name string) *Obstacle {
	if len(foreign(spec, obs, []string{name})) == 0 {
		return nil
	}
	zone, ok := spec.ZoneOf(name)
	if !ok || obs.ZoneNames[zone.ID] != zone.Domain {
		return nil // the zone is an obstacle of its own
	}
	for _, c := range proof(spec, obs, zone, name) {
		if slices.Contains(obs.Private, zone.Domain) {
			return &Obstacle{Kind: ProofHidden, Name: name, Found: c.Name, Zone: zone.Domain}
		}
		for _, r := range obs.Proofs[c.Name] {
			if r.Routing != "" || r.Alias() || r.Type == "CNAME" || r.Type == "NS" {
				return &Obstacle{Kind: ProofBlocked, Name: name, Found: r.Describe(), Zone: zone.Domain}
			}
		}
		if p, ok := obs.Guards[zone.ID].Of(c.Name, "TXT"); ok {
			return &Obstacle{Kind: RecordProtected, Name: c.Name, Found: "TXT", Comment: p.Comment}
		}
	}
	return nil
}

// checkDarkness asks whether a side may be disabled: whether each of its names is one that
// moves, or one that may be dark meanwhile. The target is asked about too, because the way
// back disables it.
func checkDarkness(spec Spec, obs Observation) *Obstacle {
	moves := foreign(spec, obs, misplaced(spec, obs))
	if len(moves) == 0 {
		return nil
	}
	for _, side := range append(sources(spec, obs, moves), spec.Live) {
		var others []string
		for _, alias := range obs.Sides[side].Aliases {
			if !slices.Contains(spec.Names, alias) && !slices.Contains(spec.MayDarken, alias) {
				others = append(others, alias)
			}
		}
		if slices.Sort(others); len(others) > 0 {
			return &Obstacle{Kind: DarkensOthers, Side: side, Name: strings.Join(others, ", "), Found: spec.Sides[side]}
		}
	}
	return nil
}

// betweenIntents are the lines of a recipe about moves between accounts: before the names
// move, after the last of them, and at the end.
func betweenIntents(spec Spec, prior *Prior) (before, after, end []string) {
	moves := misplacedAt(spec, prior)
	unfinished := prior != nil && prior.Unfinished
	if !spec.Darkens() || len(moves) == 0 && !unfinished {
		moves = nil
	} else {
		from := slices.DeleteFunc(spec.order(), func(side cutover.Side) bool {
			had := prior == nil || unfinished || slices.ContainsFunc(moves, func(name string) bool {
				owner, known := prior.Owners[name]
				return !known || owner == spec.Sides[side] // a name that is new in it may be anywhere
			})
			return !had || !spec.apart(side, spec.Live)
		})
		if unfinished || spec.RollingBack {
			before = append(before, enableIntent(spec.Live, spec.Target()))
		}
		if len(from) == 0 {
			moves = nil
		}
		proofs := spec.Proofs()
		for _, name := range moves {
			if at := proofs[name]; at != "" {
				before = append(before, proveIntent(name, at))
			}
		}
		for _, side := range from {
			if len(moves) > 0 {
				before = append(before, disableIntent(side, spec.Sides[side]))
			}
			after = append(after, enableIntent(side, spec.Sides[side]))
		}
	}
	away := map[string]bool{}
	for name, at := range spec.Proofs() {
		if slices.Contains(moves, name) {
			away[at] = true
		}
	}
	if prior != nil {
		for at := range prior.Proofs {
			if zone, ok := spec.ZoneOfProof(at); ok {
				at = ProofAt(NameProvenAt(at), zone.Domain)
			}
			away[at] = true
		}
	}
	for _, at := range slices.Sorted(maps.Keys(away)) {
		end = append(end, unproveIntent(at))
	}
	return before, after, end
}
