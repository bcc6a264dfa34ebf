package split

import (
	"fmt"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// The steps that every kind has.
type (
	Step = cutover.Step
	Wait = cutover.Wait
	Done = cutover.Done
)

// MakeStore makes the store in which the table is to be.
type MakeStore struct{ Name string }

// MakeFunction makes a function that serves nobody yet.
type MakeFunction struct {
	Role  Role
	Store string // ARN
}

// Try runs a function for every kind of event, before anybody is served by it: AWS looks at
// code only when it runs.
type Try struct {
	Role Role
	Name string
}

// Publish makes a function serve whoever it is associated with.
type Publish struct {
	Role Role
	Name string
}

// An Association is a function at an event of a behaviour.
type Association struct {
	Pattern  Pattern
	Role     Role
	From, To string // ARNs; "": none
}

// Attach associates the functions, in one write of the distribution.
type Attach struct {
	Place   // all that is to have them
	Changes []Association
}

// Leave takes the functions away from behaviours that are not in Attach any more, in one write of the distribution.
type Leave struct{ Attach }

// Intent implements Step.
func (Leave) Intent() string { return leaveIntent }

// Why implements Step.
func (Leave) Why() string {
	return "they are not asked for any more, and what they serve by themselves is what their viewers have"
}

// String implements fmt.Stringer.
func (s Leave) String() string {
	return "taking the functions away from behaviours of " + s.Distribution + " that are not in attach"
}

// Weigh writes the table.
type Weigh struct {
	From Table // as observed; the zero value: there is none
	To   Table // whoever writes it gives it its generation
	Up   bool  // some side gets more
	// Passed are the weights that have been proven, on the way up; nil: there were none.
	Passed Weights
}

// Verify gathers evidence, or lets a step stand for a while where there is no gate.
type Verify struct {
	At   Weights
	Side cutover.Side // that the evidence is about
	Hold time.Duration
	Gate bool
}

// Remove deletes functions that nobody uses.
type Remove struct{ Name string }

// Progress implements Step.
func (MakeStore) Progress() bool    { return true }
func (MakeFunction) Progress() bool { return true }
func (Try) Progress() bool          { return true }
func (Publish) Progress() bool      { return true }
func (Attach) Progress() bool       { return true }
func (Weigh) Progress() bool        { return true }
func (Verify) Progress() bool       { return true }
func (Remove) Progress() bool       { return true }

// Intent implements Step.
func (s MakeStore) Intent() string    { return "create the key value store " + s.Name }
func (s MakeFunction) Intent() string { return makeIntent(s.Role) }
func (s Try) Intent() string          { return tryIntent(s.Role) }
func (s Publish) Intent() string      { return publishIntent(s.Role) }
func (s Attach) Intent() string       { return attachIntent(s.Place) }
func (s Weigh) Intent() string        { return weighIntent(s.To) }
func (s Verify) Intent() string {
	if !s.Gate {
		return waitIntent(s.Hold)
	}
	return verifyIntent(s.Side, s.At)
}
func (Remove) Intent() string { return removeIntent }

// Why implements Step.
func (MakeStore) Why() string      { return "there is none yet" }
func (s MakeFunction) Why() string { return "no function has this code at " + string(s.Role) }
func (Try) Why() string            { return "nothing but running it shows whether it runs" }
func (s Publish) Why() string      { return s.Name + " has answered every kind of event" }
func (s Attach) Why() string {
	for _, c := range s.Changes {
		if c.From != "" {
			return "the behaviours have other functions, which stay as they are until then"
		}
	}
	return "the functions are made, and do not run yet"
}

// Why implements Step.
func (s Weigh) Why() string {
	switch {
	case s.From.Generation == 0:
		return "the store has no table, and without one everybody who is new is on the safe side"
	case s.To.Killed:
		return "kill_switch is on"
	case s.From.Weights.Same(s.To.Weights):
		return "the table says something else about testers or the kill switch"
	case !s.Up:
		return "the table says " + s.From.Weights.String()
	case s.Passed == nil:
		return "nobody is there yet, and it begins with that"
	default:
		return s.Passed.String() + " has passed"
	}
}

// Why implements Step.
func (s Verify) Why() string {
	if !s.Gate {
		return "bake_time: each step holds for a while before the next"
	}
	return fmt.Sprintf("%s has its share, and nothing has proven it with that", s.Side)
}

// Why implements Step.
func (Remove) Why() string { return "another one has taken its place" }

// String implements fmt.Stringer.
func (s MakeStore) String() string    { return "creating the key value store " + s.Name }
func (s MakeFunction) String() string { return "creating the function for " + string(s.Role) }
func (s Try) String() string          { return "trying the function " + s.Name }
func (s Publish) String() string      { return "publishing the function " + s.Name }
func (s Attach) String() string {
	return "associating the functions with behaviours of " + s.Distribution
}

func (s Weigh) String() string {
	return "writing the table: " + tableText(s.To)
}

func (s Verify) String() string {
	if !s.Gate {
		return fmt.Sprintf("letting %s stand for %s", s.At, s.Hold)
	}
	return fmt.Sprintf("verifying %s at %s", s.Side, s.At)
}
func (s Remove) String() string { return "deleting the function " + s.Name }

func makeIntent(r Role) string    { return "create the function for " + string(r) }
func tryIntent(r Role) string     { return "try the function for " + string(r) }
func publishIntent(r Role) string { return "publish the function for " + string(r) }
func attachIntent(p Place) string {
	return fmt.Sprintf("associate the functions with %s of %s", strings.Join(p.Patterns, ", "), p.Distribution)
}

const leaveIntent = "take the functions away from behaviours that are not in attach"

const removeIntent = "delete functions that have been replaced"

func weighIntent(t Table) string { return "give " + tableText(t) }

func tableText(t Table) string {
	if t.Killed {
		return "everybody the safe side (kill switch)"
	}
	return t.Weights.String()
}

func verifyIntent(side cutover.Side, at Weights) string {
	return fmt.Sprintf("verify %s at %s", side, at)
}

func waitIntent(d time.Duration) string { return "wait " + cutover.Brief(d) }
