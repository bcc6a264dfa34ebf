// Package staging decides how a staging distribution comes to be, stays as it is
// asked to be, and goes.
//
//	         copy           configure
//	nothing ──────▶ copied ───────────▶ as asked ──▶ disabled ──▶ deleted
//
// Whoever makes or finds the copy marks it first, and a destroy deletes none that somebody
// else has marked since.
//
// It never decides to follow a primary by itself: a primary that somebody changed by
// hand must not reach viewers by way of a release. It performs no I/O.
package staging

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Spec is what is asked for.
type Spec struct {
	Primary string // distribution id
	Name    string // tells copies of one primary apart
	// Follow: settings without an override become those of the primary. A copy that is to
	// be made is asked for as the primary is, also where one is found that an earlier run
	// has made: it may be older than what has happened to the primary since.
	Follow bool
	// Side is the one that staging is to have, "" where there are none.
	Side string
	// Owner is how this instance marks the copy as its own; "": it does not.
	Owner string
}

// Reference is the caller reference of the copy: derived, so that a run after a crash
// finds what the one before it made.
func (s Spec) Reference() string { return referring + s.Primary + "/" + s.Name }

const referring = "cdn_staging_distribution/"

// Referred is what Reference was made from; ok is false for the caller reference of anybody else.
func Referred(reference string) (primary, name string, ok bool) {
	rest, ours := strings.CutPrefix(reference, referring)
	primary, name, ok = strings.Cut(rest, "/")
	return primary, name, ours && ok && primary != "" && name != ""
}

// A Distribution is the primary or its copy.
type Distribution struct {
	ID       string
	Deployed bool
	Enabled  bool
	Staging  bool
	HTTP3    bool
	Policy   string
}

// An Observation is what AWS showed. What is not there is nil.
type Observation struct {
	Primary, Staging *Distribution
	// Change: staging is not as asked; Locked names what of that continuous deployment
	// does not let change, Missing what the overrides are about and nobody has.
	Change  bool
	Locked  []string
	Missing []string
	// Agrees: staging has the primary's settings and the overrides, and nothing else.
	Agrees bool
	// Owner is the mark that the copy has, as far as it matters; "": none.
	Owner string
	// Live is the side that the primary has, Idle the one that is next; "": none.
	Live, Idle string
}

// Next returns the one step that brings the world closer to spec, or an *Obstacle.
func Next(spec Spec, obs Observation) (Step, error) {
	if o := Preflight(spec, obs); o != nil {
		return nil, o
	}
	switch s := obs.Staging; {
	case s == nil:
		return Copy{Primary: spec.Primary}, nil
	case spec.Owner != "" && obs.Owner != spec.Owner:
		return Mark{ID: s.ID, Owner: spec.Owner}, nil
	case !s.Deployed:
		return Wait{For: fmt.Sprintf("the staging distribution (%s) is deployed everywhere", s.ID)}, nil
	case obs.Change:
		return Configure{Follow: spec.Follow, Primary: spec.Primary, Side: spec.Side}, nil
	}
	return Done{}, nil
}

// Remove returns the next step of a destroy by the instance that marked the copy with
// owner, or an *Obstacle: NotStaging. A copy without a mark belongs to whoever has it in
// state.
func Remove(owner string, obs Observation) (Step, error) {
	switch s := obs.Staging; {
	case s == nil:
		return Done{}, nil
	case !s.Staging:
		return nil, &Obstacle{Kind: NotStaging, Found: s.ID}
	case obs.Owner != "" && obs.Owner != owner:
		return Leave{ID: s.ID}, nil
	case s.Enabled:
		return Disable{ID: s.ID}, nil
	case !s.Deployed:
		return Wait{For: fmt.Sprintf("every edge location knows that the staging distribution (%s) is disabled", s.ID)}, nil
	default:
		return Delete{ID: s.ID}, nil
	}
}

// A Prior is what state knows when a plan is made; nil while creating.
type Prior struct {
	Same bool // overrides, sides, release and follow are what they were
}

// Recipe lists what a plan intends to do, in order.
func Recipe(spec Spec, prior *Prior) []string {
	out := []string{}
	if prior == nil {
		out = append(out, Copy{Primary: spec.Primary}.Intent())
	}
	if prior == nil || !prior.Same {
		out = append(out, Configure{Follow: spec.Follow, Primary: spec.Primary, Side: spec.Side}.Intent())
	}
	return out
}

// A Place is where an origin is.
type Place struct{ Domain, Path *string } // nil: wherever

// Roles finds the side that the primary has by where its origins are, and the one that
// is next: the other of two, or the one that follows by name. live is "" if the primary
// has none of them.
func Roles(sides map[string]map[string]Place, primary map[string]Place) (live, idle string) {
	names := slices.Sorted(maps.Keys(sides))
	for i, name := range names {
		if At(sides[name], primary) {
			return name, names[(i+1)%len(names)]
		}
	}
	return "", ""
}

// At says whether origins are where a side says they are.
func At(side, origins map[string]Place) bool {
	for id, want := range side {
		have, ok := origins[id]
		if !ok || want.Domain != nil && !strings.EqualFold(*want.Domain, deref(have.Domain)) || want.Path != nil && *want.Path != deref(have.Path) {
			return false
		}
	}
	return true
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// Kind classifies what stands in the way.
type Kind string

// The obstacles of a staging distribution.
const (
	// PrimaryMissing: there is no such distribution.
	PrimaryMissing Kind = "primary_missing"
	// PrimaryIsStaging: the primary is a staging distribution itself.
	PrimaryIsStaging Kind = "primary_is_staging"
	// HTTP3: the primary speaks HTTP/3, which continuous deployment does not.
	HTTP3 Kind = "http3"
	// NotStaging: what is to be the staging distribution is an ordinary one.
	NotStaging Kind = "not_staging"
	// NothingToOverride: an override is about an origin or behaviour that is not there.
	NothingToOverride Kind = "nothing_to_override"
	// Locked: following the primary would change what may not change while the policy is attached.
	Locked Kind = "locked"
	// NoSide: the primary has none of the sides.
	NoSide Kind = "no_side"
	// NotInRecipe: the world asks for a step that the plan did not show.
	NotInRecipe Kind = "not_in_recipe"
)

// An Obstacle is a fact that stops a run before its next write.
type Obstacle struct {
	Kind   Kind
	Found  string
	Fields []string
}

// Error implements error. It is for logs; diagnostics word obstacles themselves.
func (o *Obstacle) Error() string {
	return strings.TrimSpace(string(o.Kind) + " " + o.Found + " " + strings.Join(o.Fields, ", "))
}

// Preflight returns the first live fact that forbids every write, nil if there is none.
func Preflight(spec Spec, obs Observation) *Obstacle {
	switch p, s := obs.Primary, obs.Staging; {
	case p == nil && (s == nil || spec.Follow):
		return &Obstacle{Kind: PrimaryMissing, Found: spec.Primary}
	case p != nil && p.Staging:
		return &Obstacle{Kind: PrimaryIsStaging, Found: p.ID}
	case s == nil && p.HTTP3:
		return &Obstacle{Kind: HTTP3, Found: p.ID}
	case s != nil && !s.Staging:
		return &Obstacle{Kind: NotStaging, Found: s.ID}
	case len(obs.Missing) > 0:
		return &Obstacle{Kind: NothingToOverride, Fields: obs.Missing}
	case s != nil && s.Policy != "" && (p == nil || p.Policy == s.Policy) && len(obs.Locked) > 0:
		// Staging shows the policy that names it also while the primary does not have it.
		return &Obstacle{Kind: Locked, Found: s.Policy, Fields: obs.Locked}
	}
	return nil
}
