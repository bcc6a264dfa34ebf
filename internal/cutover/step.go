package cutover

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// A Step is one thing to do next. Steps are values and hold no pointers: see Same.
type Step interface {
	// Progress says whether the step gets nearer to the end by itself. Waits do not.
	Progress() bool
	// Intent is the line of the recipe that this step carries out, "" for none.
	Intent() string
	// Why is a clause that says why the step is taken, by what the step itself holds:
	// "www.example.com is on E1, and green is E2".
	Why() string
	// String is a gerund phrase for logs and errors. It may leave out what the step
	// depends on, and so decides nothing.
	fmt.Stringer
}

// Same says whether two steps are the same to the last detail, the conditions on which
// AWS takes them included. What a log line says of them is less than what they do.
func Same[S any](a, b S) bool { return reflect.DeepEqual(a, b) }

// Wait lets time pass before looking again.
type Wait struct{ For string }

// Done: AWS is where the spec says, or as far as this run is to go, and the gates have passed.
type Done struct{}

// Invalidate makes edge locations forget what they hold of a distribution
// (CreateInvalidation).
type Invalidate struct {
	Paths  []string
	On     string // distribution id
	Called string // what people call it; "": On
	ETag   string // of its configuration: one invalidation for each
}

// Next is what is left to do about an invalidation that a run is to ask for; nil: nothing.
func (s Invalidate) Next(state Invalidation) Step {
	switch {
	case state.Over():
		return nil
	case state == Invalidating:
		return Wait{For: "every edge location has dropped what it held"}
	default:
		return s
	}
}

// Progress implements Step.
func (Wait) Progress() bool       { return false }
func (Done) Progress() bool       { return true }
func (Invalidate) Progress() bool { return true }

// Intent implements Step.
func (Wait) Intent() string { return "" }
func (Done) Intent() string { return "" }
func (s Invalidate) Intent() string {
	return "invalidate " + strings.Join(s.Paths, ", ") + " on " + cmp.Or(s.Called, s.On)
}

// Why implements Step.
func (s Wait) Why() string     { return s.For }
func (Done) Why() string       { return "AWS is as this run is to leave it" }
func (Invalidate) Why() string { return "edge locations may hold copies from before" }

// String implements fmt.Stringer.
func (s Wait) String() string { return "waiting until " + s.For }
func (Done) String() string   { return "done" }
func (s Invalidate) String() string {
	return "invalidating " + strings.Join(s.Paths, ", ") + " on " + s.On
}

// Brief prints a duration without the zeros Go appends.
func Brief(d time.Duration) string {
	switch {
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	default:
		return d.String()
	}
}

// Briefly is enough of a hash to tell it from another one, and the whole of any other name.
func Briefly(name string) string {
	if len(name) < 32 || strings.Trim(name, "0123456789abcdef") != "" {
		return name
	}
	return name[:12]
}
