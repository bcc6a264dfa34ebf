package switchover

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// A Method is how a name gets from one distribution to another. It is the user's
// choice and never changes by itself: what one method may do to viewers is not
// what another may.
type Method string

// The methods.
const (
	// DomainAssociation moves each name in one transaction, conditionally, apex
	// included (UpdateDomainAssociation). The zero Method means it.
	DomainAssociation Method = "domain_association"
	// AssociateAlias moves each name in one transaction, without a condition AWS
	// would check, between standard distributions only (AssociateAlias).
	AssociateAlias Method = "associate_alias"
	// WildcardOverlap puts a wildcard on the target, points DNS there, and takes the
	// name off the source before it adds it to the target: the wildcard serves it in
	// between. Not for an apex, which no wildcard covers.
	WildcardOverlap Method = "wildcard_overlap"
	// RemoveAndAdd takes the name off the source and then adds it to the target.
	// Between the two nobody serves it.
	RemoveAndAdd Method = "remove_and_add"
)

// leads says whether records are pointed before the names move: CloudFront
// refuses to add a name whose DNS points at another distribution.
func (m Method) leads() bool { return m == WildcardOverlap || m == RemoveAndAdd }

// Release takes names off a distribution (UpdateDistribution).
type Release struct {
	Names   []string
	From    string // distribution id
	Side    cutover.Side
	To      string // where they are to go; empty: they have served their purpose
	Method  Method
	Cover   bool   // wildcards, on their way to the target
	IfMatch string // ETag of From
}

// Progress implements Step.
func (Release) Progress() bool { return true }

// Intent implements Step.
func (s Release) Intent() string { return Intents(s)[0] }

// Why implements Step.
func (s Release) Why() string {
	switch list := strings.Join(s.Names, ", "); {
	case s.To == "":
		return fmt.Sprintf("every name has moved, and none needs %s there", list)
	case s.Cover:
		return fmt.Sprintf("%s is to serve the names on %s (%s) while they move", list, s.Side, s.To)
	default:
		return fmt.Sprintf("%s is on %s, %s is %s, and %s takes a name off one before it adds it to the other", list, s.From, s.Side, s.To, s.Method)
	}
}

func (s Release) String() string {
	return fmt.Sprintf("removing %s from %s", strings.Join(s.Names, ", "), s.From)
}

// intents of a release: of the move that it is half of, or of tidying up.
func (s Release) intents() []string {
	var out []string
	for _, name := range s.Names {
		switch {
		case s.To == "":
			out = append(out, tidyIntent(name))
		case s.Cover:
			out = append(out, coverIntent(name, s.Side, s.To))
		default:
			out = append(out, moveIntent(s.Method, name, s.Side, s.To))
		}
	}
	return out
}

func coverIntent(wildcard string, side cutover.Side, id string) string {
	return fmt.Sprintf("add %s to %s (%s), to serve the names while they move", wildcard, side, id)
}

func tidyIntent(wildcard string) string {
	return fmt.Sprintf("remove %s again", wildcard)
}

func safetyNetIntent(wildcard string) string {
	return fmt.Sprintf("keep %s on the idle side", wildcard)
}

// Wildcard is the narrowest wildcard that covers a name, "" if there is none: the
// name is one itself, or what remains of it is a top-level domain.
func Wildcard(name string) string {
	_, parent, _ := strings.Cut(name, ".")
	if strings.HasPrefix(name, "*") || !strings.Contains(parent, ".") {
		return ""
	}
	return "*." + parent
}

// Wildcards lists the wildcards that a cutover of these names needs, sorted.
func (s Spec) Wildcards() []string {
	if s.Method != WildcardOverlap {
		return nil
	}
	set := map[string]bool{}
	for _, name := range s.Names {
		if w := Wildcard(name); w != "" {
			set[w] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// swap is the next step of a method that has to take a name off one distribution
// before it can add it to another. Names that nobody owns come first: until they
// are added, a wildcard serves them or nobody does.
func swap(spec Spec, obs Observation, moves []string) Step {
	var unowned, owned []string
	for _, name := range moves {
		if obs.Owner(spec, name) == "" {
			unowned = append(unowned, name)
		} else {
			owned = append(owned, name)
		}
	}
	if len(unowned) == 0 {
		if step := cover(spec, obs, owned); step != nil {
			return step
		}
	}
	if step := lead(spec, obs, moves); step != nil {
		return step
	}
	if len(unowned) > 0 {
		return claim(spec, obs, unowned)
	}
	from := obs.Owner(spec, owned[0])
	var names []string
	for _, name := range owned {
		if obs.Owner(spec, name) == from {
			names = append(names, name)
		}
	}
	return release(spec, obs, names, from)
}

// cover brings the wildcards of the names to the target, nil if they are there
// and every edge location knows.
func cover(spec Spec, obs Observation, names []string) Step {
	covers := Spec{Asked: Asked{Method: spec.Method, Names: names}}.Wildcards()
	target := obs.Sides[spec.Live]
	for _, w := range covers {
		switch owner := obs.Owner(spec, w); owner {
		case target.ID:
		case "":
			return Claim{Names: []string{w}, To: target.ID, Side: spec.Live, Method: spec.Method, Cover: true, IfMatch: target.ETag}
		default: // on another side, whose names are its own: nobody depends on it there
			r := release(spec, obs, []string{w}, owner)
			r.Cover = true
			return r
		}
	}
	if len(covers) > 0 && !target.Deployed {
		return Wait{For: fmt.Sprintf("every edge location serves the names through %s on %s", strings.Join(covers, ", "), target.ID)}
	}
	return nil
}

// lead points the records of the names at the target, nil once name servers agree.
func lead(spec Spec, obs Observation, names []string) Step {
	if obs.Pending {
		return Wait{For: "every name server of the zone has the new records"}
	}
	only := spec
	only.Names = names
	if p, ok := nextPoint(only, obs); ok {
		return p
	}
	if obs.Unheard {
		return Wait{For: unheard}
	}
	return nil
}

func claim(spec Spec, obs Observation, names []string) Claim {
	target := obs.Sides[spec.Live]
	return Claim{Names: names, To: target.ID, Side: spec.Live, Method: spec.Method, IfMatch: target.ETag}
}

func release(spec Spec, obs Observation, names []string, from string) Release {
	out := Release{Names: names, From: from, Side: spec.Live, To: spec.Target(), Method: spec.Method}
	if side, ok := spec.SideOf(from); ok {
		out.IfMatch = obs.Sides[side].ETag
	}
	return out
}

// tidy puts the wildcards where they belong once every name is on the target:
// on no side, or with KeepWildcard on the idle one, where they serve a name that
// somebody takes off the live side by mistake. It returns nil when they are there.
func tidy(spec Spec, obs Observation) Step {
	idle, hasIdle := idleSide(spec, obs)
	for _, w := range spec.Wildcards() {
		owner := obs.Owner(spec, w)
		side, ours := spec.SideOf(owner)
		switch {
		case owner != "" && !ours:
			continue // somebody else's, and none of our business
		case spec.KeepWildcard && hasIdle && side == idle && ours:
			continue
		case owner != "":
			return Release{Names: []string{w}, From: owner, Method: spec.Method, IfMatch: obs.Sides[side].ETag}
		case spec.KeepWildcard && hasIdle:
			d := obs.Sides[idle]
			return Claim{Names: []string{w}, To: d.ID, Side: idle, Method: spec.Method, Net: true, IfMatch: d.ETag}
		}
	}
	return nil
}

// idleSide is the one side that is not live, if there is just one and it can serve.
func idleSide(spec Spec, obs Observation) (cutover.Side, bool) {
	if len(spec.Sides) != 2 {
		return "", false
	}
	for side := range spec.Sides {
		if d, ok := obs.Sides[side]; side != spec.Live && ok && d.Enabled && !d.DefaultCert {
			return side, true
		}
	}
	return "", false
}
