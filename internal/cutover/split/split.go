// Package split decides how the share of viewers that each side of an edge split has goes from
// one table of weights to another, and how what decides at the edge is made and exchanged.
//
//	          first weight        next weight           last weight
//	pending ──────────────▶ ramping ──────────▶ ramping ──────────▶ unproven
//	settled ─┘ ▲  ▲            │  gate failed                          │
//	           │  └ rolled_back ◀──────────────────────────────────────┤
//	           └───────────────────────────────────────────────────────┘
//	                                                       gate passed
//
// displaced stands beside all of them: something that decides at the edge is missing, or is not
// as it was made. killed is everything on the safe side at once, whatever is asked for.
//
// Weights are in one key of a store, and change in seconds, without code. Code changes make new
// functions, because a published one has no way back: they take the place of those before in
// one write of the distribution. What is made is made before anybody is sent anywhere by it.
//
// The package reads no clock, remembers nothing and never deletes what somebody uses.
package split

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// Phase says where a split stands.
type Phase string

// The phases of a split.
const (
	// Pending: everything is made, viewers are on the safe side, and a weight above 0 is asked for.
	Pending Phase = "pending"
	// Settled: the table is as asked for, and the gate has passed.
	Settled Phase = "settled"
	// Ramping: the table is at one step of the way, and the next one is to follow.
	Ramping Phase = "ramping"
	// Unproven: the table is as asked for, but no gate has passed since.
	Unproven Phase = "unproven"
	// Displaced: the table, a function or an association is missing or not as asked for.
	Displaced Phase = "displaced"
	// RolledBack: the last change failed its gate, and the table is what it was before.
	RolledBack Phase = "rolled_back"
	// Killed: everybody is on the safe side.
	Killed Phase = "killed"
)

// Over says whether a run ended in the phase, and none is under way.
func (p Phase) Over() bool { return p == Settled || p == RolledBack || p == Pending || p == Killed }

// Everything is the share of a side that has all viewers, in percent.
const Everything = 100

// Weights are the percentages of the viewers that sides have. They add up to Everything; a side
// that has none is not in it.
type Weights map[cutover.Side]int

// String names them for a person, the sides in the order of their names.
func (w Weights) String() string {
	var out []string
	for _, side := range slices.Sorted(maps.Keys(w)) {
		out = append(out, fmt.Sprintf("%s %d %%", side, w[side]))
	}
	return strings.Join(out, ", ")
}

// plain leaves out the sides that have nothing.
func (w Weights) plain() Weights {
	out := maps.Clone(w)
	maps.DeleteFunc(out, func(_ cutover.Side, n int) bool { return n == 0 })
	return out
}

// Same says whether two tables give every side the same.
func (w Weights) Same(other Weights) bool { return maps.Equal(w.plain(), other.plain()) }

// with gives a side what the others leave.
func (w Weights) with(safe cutover.Side) Weights {
	out, rest := Weights{}, Everything
	for side, n := range w {
		if side != safe && n > 0 {
			out[side] = n
			rest -= n
		}
	}
	if rest > 0 {
		out[safe] = rest
	}
	return out
}

// A Table is what the store tells the functions.
type Table struct {
	Generation int64 // every write has a higher one; 0: it is yet to be written
	Weights    Weights
	Override   string // SHA-256 of the testers' secret, in hexadecimal digits; "": nobody tests
	Killed     bool
}

// A Role is the event at which a function runs.
type Role string

// The roles. The function of the response is made first: it does nothing without the other one.
const (
	Response Role = "viewer-response"
	Request  Role = "viewer-request"
)

// Roles lists them in the order in which they are made.
func Roles() []Role { return []Role{Response, Request} }

// A Function is what is known of one that a split needs.
type Function struct {
	Name, ARN string
	Exists    bool
	Foreign   string // in what it is not what its name says: somebody else has made it, or changed what it does; "": it is
	Published bool
	Tried     bool // this run has seen it answer every kind of event
}

// A Pattern is the path pattern of a cache behaviour, with its leading slash, or "default".
type Pattern = string

// A Place is where the functions are associated by us.
type Place struct {
	Distribution string
	Patterns     []Pattern // sorted, at least one
}

// A Spec is what is asked for.
type Spec struct {
	Asked
	Mode
}

// Asked is what configuration asks for.
type Asked struct {
	Name   string
	Safe   cutover.Side   // the one that a behaviour serves without the split
	Sides  []cutover.Side // sorted, at least two
	Goal   Weights
	Ladder []int // rising percentages on the way up
	// Origins are the ids of the origins that sides select, by side; nil: sides are prefixes.
	Origins map[cutover.Side]string
	// Bare: the safe side has no prefix, so it is what behaviours serve without the split.
	Bare     bool
	Gate     bool          // a gate must pass at every step up
	Bake     time.Duration // how long a step stands before the next, and how long the gate must hold at it
	PerApply bool          // a run takes one step up and leaves the next to another run
	Kill     bool          // everybody is to be on the safe side, at once
	Override string        // as in Table
	Attach   *Place        // nil: somebody else associates the functions
	// Before is the distribution that they were associated with as of the last apply, if that was another one; "": none.
	Before string
}

// Mode is in which way a run goes about it.
type Mode struct {
	// Creating makes everything and sends nobody anywhere: what is made comes before what is
	// moved, in two applies.
	Creating bool
	// RollingBack leaves the gate out: the way back must not depend on evidence. Restore are the
	// functions, by their ARN, that are to be associated again; nil: those that are.
	RollingBack bool
	Restore     map[Role]string
}

// safe is the table of weights in which everybody is on the safe side.
func (s Spec) safe() Weights { return Weights{s.Safe: Everything} }

// goal is what the table is to say in the end.
func (s Spec) goal() Weights {
	if s.Kill {
		return s.safe()
	}
	return s.Goal.plain()
}

// Path lists the tables on the way from one to the goal, the last of which is the goal. Sides
// that are to have less have it at once; those that are to have more go up the ladder together.
// It is empty where nothing is to change.
func (s Spec) Path(from Weights) []Weights {
	goal := s.goal()
	if goal.Same(from) {
		return nil
	}
	low := Weights{}
	for side, n := range goal {
		low[side] = min(n, from[side])
	}
	low = low.with(s.Safe)
	var out []Weights
	add := func(w Weights) {
		last := from
		if len(out) > 0 {
			last = out[len(out)-1]
		}
		if !w.Same(last) {
			out = append(out, w)
		}
	}
	if up := s.ups(from); len(up) > 0 && !s.Kill {
		if !low.Same(from) {
			add(low)
		}
		for _, p := range s.Ladder {
			next := maps.Clone(low)
			for _, side := range up {
				next[side] = max(from[side], min(p, goal[side]))
			}
			add(next.with(s.Safe))
		}
	}
	add(goal)
	return out
}

// ups are the sides that are to have more than a table gives them, the safe one apart.
func (s Spec) ups(from Weights) []cutover.Side {
	var out []cutover.Side
	for side, n := range s.goal() {
		if side != s.Safe && n > from[side] {
			out = append(out, side)
		}
	}
	slices.Sort(out)
	return out
}

// Rung says whether a table is one at which a ramp to the goal stands to be proven: one of the
// way up from nothing.
func (s Spec) Rung(w Weights) bool {
	return !w.Same(s.safe()) && (w.Same(s.goal()) || slices.ContainsFunc(s.Path(s.safe()), w.Same))
}

// An Observation is what AWS showed at one moment, and what this run has shown so far.
type Observation struct {
	Seen
	Own
}

// Seen is what AWS has shown.
type Seen struct {
	Store    string // ARN; "": there is none
	Ready    bool   // its keys can be written
	Stranger string // whose the store of that name is; "": ours
	Table    Table  // the zero value: there is none, or nobody can read it
	// Functions are those that the split is to have; Old are the names of those that it had,
	// and which nobody uses.
	Functions map[Role]Function
	Old       []string
	// Site is the distribution of Attach.
	Site Site
	// Stayed are behaviours of Before that still have the functions.
	Stayed []Behavior
	// Users are behaviours that have one of the functions, where somebody else associates
	// them, with what stands in the way of a first weight. Known: somebody has looked.
	Users []Behavior
	Known bool
}

// A Site is the distribution that we associate functions with.
type Site struct {
	Exists, Deployed, Enabled, Staging bool
	ETag                               string
	Behaviors                          []Behavior // those of Attach that it has
	Left                               []Behavior // those that run functions of the split and are not in Attach any more
}

// A Behavior is a cache behaviour that sides are told apart in.
type Behavior struct {
	Distribution string
	Pattern      Pattern
	Origin       string          // what it serves without the split
	Functions    map[Role]string // ARNs; "": none
	Lambda       string          // a version of Lambda@Edge at a viewer event; "": none
	Legacy       bool            // legacy cache settings in place of a cache policy
	Policy       string          // id of its cache policy
	// Blind: answers are kept without regard to the side that gave them.
	Blind bool
	// Unusable are origins that a side selects and that cannot be: by id, why.
	Unusable map[string]string
	// Origins are where those are that viewers of the behaviour may be sent to: domain
	// and path by id, of an origin group those of its members.
	Origins map[string]string
}

// Own is what a run itself knows, and no look can show.
type Own struct {
	Spreading bool // a table of this run may not have arrived everywhere
	Stepped   bool // this run has taken a step up
	Made      bool // this run has made a function
	Down      bool // the run began above the goal: going down proves nothing
	// Evidence is, by the table, what the gate showed while it was in force.
	Evidence map[string]cutover.Evidence
	// Last are the weights that were in order last in this very store; nil: none were, or nobody knows.
	Last Weights
	// Taken: somebody has written a table during this run.
	Taken bool
}

// Weights are those of the table. Where there is none, edge locations send whoever is new to
// the safe side.
func (o Observation) Weights(spec Spec) Weights {
	if o.Table.Generation == 0 {
		return spec.safe()
	}
	return o.Table.Weights.plain()
}

// Runs are the functions, by their ARN, that every behaviour of ours has; nil: they do not agree, or
// somebody else associates them.
func (o Observation) Runs() map[Role]string {
	if len(o.Site.Behaviors) == 0 {
		return nil
	}
	first := o.Site.Behaviors[0].Functions
	for _, b := range o.Site.Behaviors {
		for _, role := range Roles() {
			if b.Functions[role] == "" || b.Functions[role] != first[role] {
				return nil
			}
		}
	}
	return first
}

// Awaits says whether somebody else has yet to associate the functions: a behaviour runs others of the split. What is
// shown until then is shown of those.
func (o Observation) Awaits(spec Spec) bool {
	return spec.Attach == nil && slices.ContainsFunc(o.Users, func(b Behavior) bool {
		return slices.ContainsFunc(Roles(), func(role Role) bool { return b.Functions[role] != o.Functions[role].ARN })
	})
}

// made says whether everything is there that decides at the edge.
func (o Observation) made(spec Spec) bool {
	if o.Store == "" || o.Table.Generation == 0 {
		return false
	}
	for _, role := range Roles() {
		if f := o.Functions[role]; !f.Exists || !f.Published || f.Foreign != "" {
			return false
		}
	}
	return !spec.attaches(o)
}

// wanted is the ARN of the function that is to run at an event; "": it is not made yet.
func (s Spec) wanted(o Observation, role Role) string {
	if s.Restore != nil {
		return s.Restore[role]
	}
	return o.Functions[role].ARN
}

// attaches says whether a behaviour of ours has yet to get a function, if only one that is yet to be made.
func (s Spec) attaches(o Observation) bool {
	yet := s.Restore == nil && slices.ContainsFunc(Roles(), func(role Role) bool { return !o.Functions[role].Exists })
	return s.Attach != nil && yet || len(s.detached(o)) > 0 || len(s.leavers(o)) > 0
}

// detached lists the associations of ours that are not as they are to be.
func (s Spec) detached(o Observation) []Association {
	var out []Association
	if s.Attach == nil {
		return nil
	}
	for _, b := range o.Site.Behaviors {
		for _, role := range Roles() {
			if want := s.wanted(o, role); b.Functions[role] != want {
				out = append(out, Association{b.Pattern, role, b.Functions[role], want})
			}
		}
	}
	return out
}

// leavers lists the associations of behaviours that are not in Attach any more. On the way back nothing leaves.
func (s Spec) leavers(o Observation) []Association {
	if s.Attach == nil || s.RollingBack || s.Creating {
		return nil
	}
	return off(s.Name, o.Site.Left)
}

// off takes the functions of a split away from behaviours.
func off(name string, behaviors []Behavior) []Association {
	var out []Association
	for _, b := range behaviors {
		for _, role := range Roles() {
			if is := b.Functions[role]; OfSplit(name, role, is) {
				out = append(out, Association{b.Pattern, role, is, ""})
			}
		}
	}
	return out
}

// PhaseAt says where the split stands. Whether a gate passed cannot be observed, so Settled here
// means "in place".
func (o Observation) PhaseAt(spec Spec) Phase {
	switch {
	case !o.made(spec):
		return Displaced
	case o.Table.Killed:
		return Killed
	case !o.Weights(spec).Same(spec.Goal):
		return Ramping
	}
	return Settled
}
