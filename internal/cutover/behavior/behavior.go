// Package behavior decides how cache behaviours of one CloudFront distribution go from
// one side to another: which origin, prefix, Lambda@Edge version, function or policy
// they use.
//
//	           edit              deployed, forgotten
//	settled ─────────▶ trailing ─────────────────────▶ unproven
//	 ▲  ▲                 │                               │
//	 │  └── rolled_back ◀─┴───────── gate failed ─────────┤
//	 └────────────────────────────────────────────────────┘
//	                                        gate passed
//
// displaced stands beside all of them: a field is neither side's. Every field that a
// side names changes in one write, so there is no place half-way.
//
// What edge locations hold does not depend on the origin that is chosen, so it is
// forgotten after the change is everywhere, and before anybody is asked for evidence:
// until then the gate would be shown what the side before has answered.
//
// The package reads no clock and remembers nothing. It will never change a field that no
// side names, and never add, remove or reorder behaviours, origins or origin groups.
package behavior

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// Phase says where a switch stands, as AWS shows it.
type Phase string

// The phases of a switch.
const (
	// Settled: every field is the live side's, everywhere, and the gate has passed.
	Settled Phase = "settled"
	// Trailing: every field is the live side's, and some edge location may not know that.
	Trailing Phase = "trailing"
	// Unproven: every field is the live side's everywhere, but no gate has passed since, or
	// what edge locations hold of the side before has not been dropped.
	Unproven Phase = "unproven"
	// Displaced: a behaviour is missing, or the fields are not all of one side.
	Displaced Phase = "displaced"
	// RolledBack: the last cutover failed its gate and every field is what it was before.
	RolledBack Phase = "rolled_back"
)

// Over says whether a cutover ended in the phase, and none is under way.
func (p Phase) Over() bool { return p == Settled || p == RolledBack }

// A Name is what a field is called.
type Name string

// The fields that a switch may own. The first two are those of an origin, the third is
// that of a distribution, the others are those of a behaviour.
const (
	OriginDomain          Name = "domain_name"
	OriginPath            Name = "path"
	RootObject            Name = "default_root_object"
	TargetOrigin          Name = "origin_id" // of an origin or an origin group
	Lambda                Name = "lambda_function"
	Function              Name = "function"
	CachePolicy           Name = "cache_policy_id"
	OriginRequestPolicy   Name = "origin_request_policy_id"
	ResponseHeadersPolicy Name = "response_headers_policy_id"
)

// A Field is one setting of a distribution. Two switches that own the same field of one
// distribution contradict each other.
type Field struct {
	Name     Name
	Behavior Pattern // "" where it is no behaviour's
	Origin   string  // id; "" where it is no origin's
	Event    string  // such as origin-request, of a Lambda or Function
}

// String names the field for a person.
func (f Field) String() string {
	out := string(f.Name)
	if f.Event != "" {
		out += " at " + f.Event
	}
	switch {
	case f.Behavior != "":
		return out + " of " + string(f.Behavior)
	case f.Origin != "":
		return out + " of origin " + f.Origin
	}
	return out
}

// spoken is the order in which people are told of fields.
var spoken = []Name{TargetOrigin, OriginDomain, OriginPath, RootObject, Lambda, Function, CachePolicy, OriginRequestPolicy, ResponseHeadersPolicy}

func compareFields(a, b Field) int {
	return cmp.Or(cmp.Compare(a.Behavior, b.Behavior), cmp.Compare(a.Origin, b.Origin),
		cmp.Compare(slices.Index(spoken, a.Name), slices.Index(spoken, b.Name)), cmp.Compare(a.Event, b.Event))
}

// A Value is what a field is set to. The zero value: nothing, such as no function at an
// event, no policy, no path.
type Value struct {
	Text string // id, ARN, path, domain name in lower case
	Body bool   // a Lambda sees the body of requests
}

// A Definition is what a side says. Its fields are those that the switch owns.
type Definition map[Field]Value

// Fields lists the fields of a definition, sorted.
func (d Definition) Fields() []Field { return slices.SortedFunc(maps.Keys(d), compareFields) }

// Fingerprint identifies a definition: another fingerprint is another release, also of a
// side that is called the same.
func (d Definition) Fingerprint() string {
	sum := sha256.New()
	for _, f := range d.Fields() {
		v := d[f]
		for _, part := range []string{string(f.Behavior), f.Origin, string(f.Name), f.Event, v.Text, strconv.FormatBool(v.Body)} {
			// hash.Hash never returns an error.
			_, _ = sum.Write([]byte(strconv.Quote(part)))
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// Is says whether seen has what d says, in every field of d.
func (d Definition) Is(seen Definition) bool {
	for f, v := range d {
		if seen[f] != v {
			return false
		}
	}
	return true
}

// of returns the fields that decide what the viewers of one behaviour get.
func (d Definition) of(p Pattern) Definition {
	out := Definition{}
	for f, v := range d {
		if f.Behavior == "" || f.Behavior == p {
			out[f] = v
		}
	}
	return out
}

// A Recorded definition is one that a side had.
type Recorded struct {
	Side       cutover.Side
	Definition Definition
}

// A Spec is what is asked for.
type Spec struct {
	Distribution string    // id
	Patterns     []Pattern // of the behaviours that are switched, at least one
	Sides        map[cutover.Side]Definition
	Live         cutover.Side // a key of Sides
	// Known are definitions that sides had before, the latest first: fields that are set so
	// were not set by a stranger.
	Known []Recorded
	// Order is that of the cache behaviours as the plan knew it; nil: it did not.
	Order []Pattern

	Before bool          // a gate must pass before the first write
	After  bool          // a gate must pass afterwards
	Bake   time.Duration // how long the gate after must hold

	// Invalidate lists the paths and cache tags that edge locations are to forget. A run in
	// which no field has changed leaves them alone, unless it is Unfinished: it carries on
	// after one that changed them.
	Invalidate []string
	Await      bool     // until they have forgotten them, nobody is asked for evidence
	Warm       []string // paths to be asked for before anybody is asked for evidence
	Unfinished bool

	// Adopting is set until the switch first settles: a field that is no side's belongs to
	// somebody else then. Joining lists fields for which the same holds because they are new.
	Adopting bool
	Joining  []Field
	// RollingBack leaves the gates out: the way back must not depend on evidence.
	RollingBack bool
}

// Target is what is to be.
func (s Spec) Target() Definition { return s.Sides[s.Live] }

// order lists the sides, the live one first.
func (s Spec) order() []cutover.Side {
	return slices.SortedFunc(maps.Keys(s.Sides), func(a, b cutover.Side) int {
		if a == s.Live || b == s.Live {
			return cmp.Compare(rank(a == s.Live), rank(b == s.Live))
		}
		return strings.Compare(string(a), string(b))
	})
}

func rank(first bool) int {
	if first {
		return 0
	}
	return 1
}

// known lists every definition that a side has or had, what is to be first.
func (s Spec) known() []Recorded {
	var out []Recorded
	for _, side := range s.order() {
		out = append(out, Recorded{side, s.Sides[side]})
	}
	return append(out, s.Known...)
}

// A Use says which behaviours get their answers from an origin, directly or as a member
// of an origin group.
type Use map[string][]Pattern

// A State is what Lambda says of a version of a function.
type State string

// The states of a version. Source: Lambda API reference, GetFunctionConfiguration.
const (
	Active   State = "Active"
	Pending  State = "Pending"
	Inactive State = "Inactive"
	Failed   State = "Failed"
	// Missing: there is no such version.
	Missing State = "missing"
	// Unknown: nobody may ask.
	Unknown State = ""
)

// An Observation is what AWS showed at one moment, and what the gates of this run have
// shown so far.
type Observation struct {
	Exists            bool // there is such a distribution
	ETag              string
	Deployed, Enabled bool
	Staging           bool
	Policy            string // the continuous deployment policy that is attached; "": none
	CacheTagHeader    string // of CacheTagConfig; "": no answer has tags

	Order   []Pattern  // of the cache behaviours, without the default one
	Values  Definition // every field of the distribution that a switch may own
	Origins []string   // ids
	Groups  []string   // ids of origin groups
	Users   Use        // by origin
	Legacy  []Pattern  // behaviours with legacy cache settings in place of a cache policy
	// Lambdas has the state of each version that the target names, and why it is so.
	Lambdas map[string]Version

	// Moved: the run found a field that was not the target's, or has changed one.
	Moved         bool
	Warmed        bool // this run has asked for what is to be warm
	Before, After cutover.Evidence
	Invalidation  cutover.Invalidation // of this run
	// TakenBack is a field that this run has seen at the target's value and that has
	// another one now; the zero value if there is none. Whoever changed it means it.
	TakenBack Field
}

// A Version is what Lambda says of one.
type Version struct {
	State  State
	Reason string // as Lambda words it
}

// Has says whether the distribution has a behaviour.
func (o Observation) Has(p Pattern) bool {
	return p == Default || slices.Contains(o.Order, p)
}

// Owned is what the fields of the switch are set to.
func (o Observation) Owned(spec Spec) Definition {
	out := Definition{}
	for f := range spec.Target() {
		out[f] = o.Values[f]
	}
	return out
}

// InPlace says whether every field is as it is to be.
func (o Observation) InPlace(spec Spec) bool {
	return o.Exists && spec.Target().Is(o.Values) && !slices.ContainsFunc(spec.Patterns, func(p Pattern) bool { return !o.Has(p) })
}

// Live returns the side of the spec that every field is set to.
func (o Observation) Live(spec Spec) (cutover.Side, bool) {
	if !o.Exists {
		return "", false
	}
	for _, side := range spec.order() {
		if spec.Sides[side].Is(o.Values) {
			return side, true
		}
	}
	return "", false
}

// PhaseAt says where the switch stands as seen from its live side. Whether a gate passed
// cannot be observed, so Settled here means "in place".
func (o Observation) PhaseAt(spec Spec) Phase {
	switch {
	case !o.InPlace(spec):
		return Displaced
	case !o.Deployed:
		return Trailing
	}
	return Settled
}

// A Drift is a field that is not what is on record.
type Drift struct {
	Field    Field
	Was, Is  Value
	Gone     bool      // there is no such behaviour or origin any more
	Instead  []Pattern // behaviours that have what it was, and are none of the switch
	Shuffled bool      // the behaviour stands elsewhere in the order
}

// Drifted compares a look with what is on record of the fields and of the order. A value
// that has wandered to another behaviour, as happens where behaviours are addressed by their
// index, is named.
func (o Observation) Drifted(spec Spec, recorded Definition, order []Pattern) []Drift {
	var out []Drift
	moved := map[Pattern]bool{}
	for _, m := range Shuffled(spec.Patterns, order, o.Order) {
		moved[m.Behavior] = true
	}
	for _, f := range recorded.Fields() {
		d := Drift{Field: f, Was: recorded[f], Is: o.Values[f], Gone: !o.holds(f), Shuffled: moved[f.Behavior]}
		if d.Was == d.Is && !d.Gone {
			continue
		}
		for _, p := range append(slices.Clone(o.Order), Default) {
			other := f
			other.Behavior = p
			if f.Behavior != "" && d.Was != (Value{}) && !slices.Contains(spec.Patterns, p) && o.Values[other] == d.Was {
				d.Instead = append(d.Instead, p)
			}
		}
		out = append(out, d)
	}
	return out
}

// holds says whether what the field belongs to is there.
func (o Observation) holds(f Field) bool {
	switch {
	case f.Behavior != "":
		return o.Has(f.Behavior)
	case f.Origin != "":
		return slices.Contains(o.Origins, f.Origin)
	}
	return true
}

// foreign says whether a field is set to what no side has or had. Another version of the
// function that a side names is not foreign: configurations name only the newest.
func (o Observation) foreign(spec Spec, f Field) bool {
	is := o.Values[f]
	for _, known := range spec.known() {
		was, ok := known.Definition[f]
		if ok && (was == is || f.Name == Lambda && sameFunction(was.Text, is.Text)) {
			return false
		}
	}
	return true
}
