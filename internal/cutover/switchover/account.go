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
//	proofs made ──▶ name servers have them ──▶ source disabled ──▶ names moved ──▶ source enabled ──▶ … ──▶ proofs away
//	                                               └── dark, as every name of the source ──┘
//
// For the way back there is a proof for the source too, made with the other one and only where
// the source was enabled. So a side that is disabled, and for which there is a proof, was
// disabled by a cutover that has not come to its end: nothing else has to be remembered, and a
// side that somebody disabled for reasons of his own stays so.

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
	Names   []string  // that may move by it, sorted alike; of those in Away only the records' names are known
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

func (s Prove) intents() []string {
	var out []string
	for i, c := range s.Changes {
		if s.Away {
			out = append(out, unproveIntent(c.Name))
		} else {
			out = append(out, proveIntent(s.Names[i], c.Name))
		}
	}
	return out
}

// Why implements Step.
func (s Prove) Why() string {
	if s.Away {
		return "as long as they are there, they let the names go to the distributions that they name"
	}
	return fmt.Sprintf("AWS lets %s go to another account for who proves to have its DNS", strings.Join(s.Names, ", "))
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

// Unfinished says whether a side is disabled, and was so by a cutover that has not come to its
// end, of this run or of one that died.
func (o Observation) Unfinished(spec Spec, side cutover.Side) bool {
	d, ok := o.Sides[side]
	if !ok || d.Enabled || !spec.Darkens() {
		return false
	}
	for _, at := range spec.Proofs() {
		if o.proves(at, d.Domain) {
			return true
		}
	}
	return false
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
	for _, side := range sources(spec, obs, moves) {
		if d := obs.Sides[side]; d.Enabled {
			return Disable{Side: side, ID: d.ID, IfMatch: d.ETag}
		}
	}
	return nil
}

// prove collects the proofs that are missing in the first zone that lacks any.
func prove(spec Spec, obs Observation, moves []string) (Prove, bool) {
	for _, zone := range spec.Zones {
		step := Prove{Zone: zone}
		for _, name := range moves {
			if z, ok := spec.ZoneOf(name); !ok || z.ID != zone.ID {
				continue
			}
			if c, missing := proof(spec, obs, zone, name); missing {
				step.Changes, step.Names = append(step.Changes, c), append(step.Names, name)
			}
		}
		if len(step.Changes) > 0 {
			return step, true
		}
	}
	return Prove{}, false
}

// proof adds to the TXT record of a name what it lacks: a value for the target, and one for
// the side that the name comes from, if there is a way back to it.
func proof(spec Spec, obs Observation, zone Zone, name string) (Repoint, bool) {
	at := ProofAt(name, zone.Domain)
	values := []string{Quoted(obs.Sides[spec.Live].Domain)}
	if side, ok := spec.SideOf(obs.Owner(spec, name)); ok && (obs.Sides[side].Enabled || obs.Darkened[side]) {
		values = append(values, Quoted(obs.Sides[side].Domain))
	}
	out, is := Repoint{Name: at}, Record{Name: at, Type: "TXT", TTL: proofTTL}
	for _, r := range obs.Proofs[at] {
		if r.Type == "TXT" {
			out.Delete, is = []Record{r}, r
		}
	}
	had := len(is.Values)
	is.Values = slices.Clone(is.Values)
	for _, v := range values {
		if !slices.Contains(is.Values, v) {
			is.Values = append(is.Values, v)
		}
	}
	out.Add = []Record{is}
	return out, len(is.Values) > had
}

// Added lists the values that a step adds, by the name of the record.
func (s Prove) Added() map[string][]string {
	out := map[string][]string{}
	for _, c := range s.Changes {
		for _, r := range c.Add {
			out[c.Name] = slices.DeleteFunc(slices.Clone(r.Values), func(v string) bool {
				return slices.ContainsFunc(c.Delete, func(was Record) bool { return slices.Contains(was.Values, v) })
			})
		}
	}
	return out
}

// Unprove takes away the values that the switch has added, in the first zone that has any.
// What others have in the same record stays.
func Unprove(spec Spec, obs Observation) (Prove, bool) {
	for _, zone := range spec.Zones {
		step := Prove{Zone: zone, Away: true}
		for _, at := range slices.Sorted(maps.Keys(obs.Proven)) {
			if z, ok := spec.ZoneOfProof(at); !ok || z.ID != zone.ID {
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

// ZoneOfProof is the zone in which a proof is.
func (s Spec) ZoneOfProof(at string) (Zone, bool) {
	return s.ZoneOf(strings.TrimPrefix(strings.TrimPrefix(at, "_"), "."))
}

// light enables the sides that cutovers have disabled, once no name is to go from them: that
// is as soon as may be, because names that stay there are dark too.
func light(spec Spec, obs Observation) Step {
	if !obs.Moved && !spec.Unfinished && !spec.RollingBack {
		return nil
	}
	for _, side := range spec.order() {
		if d := obs.Sides[side]; side != spec.Live && obs.dark(side) {
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
	c, missing := proof(spec, obs, zone, name)
	if !missing {
		return nil
	}
	if slices.Contains(obs.Private, zone.Domain) {
		return &Obstacle{Kind: ProofHidden, Name: name, Found: c.Name, Zone: zone.Domain}
	}
	var sets int
	for _, r := range obs.Proofs[c.Name] {
		if sets++; r.Routing != "" || r.Alias() || r.Type != "TXT" && (r.Type == "CNAME" || r.Type == "NS") {
			return &Obstacle{Kind: ProofBlocked, Name: name, Found: r.Describe(), Zone: zone.Domain}
		}
	}
	if p, ok := obs.Guards[zone.ID].Of(c.Name, "TXT"); ok {
		return &Obstacle{Kind: RecordProtected, Name: c.Name, Found: "TXT", Comment: p.Comment}
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
			had := prior == nil || unfinished || slices.ContainsFunc(moves, func(name string) bool { return prior.Owners[name] == spec.Sides[side] })
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
			away[at] = true
		}
	}
	for _, at := range slices.Sorted(maps.Keys(away)) {
		end = append(end, unproveIntent(at))
	}
	return before, after, end
}
