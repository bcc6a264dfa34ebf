package cutover

import (
	"fmt"
	"reflect"
)

// A Step is one thing to do next. Steps are values and hold no pointers: see Same.
type Step interface {
	// Progress says whether the step gets nearer to the end by itself. Waits do not.
	Progress() bool
	// Intent is the line of the recipe that this step carries out, "" for none.
	Intent() string
	// String is a gerund phrase for logs and errors. It may leave out what the step
	// depends on, and so decides nothing.
	fmt.Stringer
}

// Same says whether two steps are the same to the last detail, the conditions on which
// AWS takes them included. What a log line says of them is less than what they do.
func Same[S any](a, b S) bool { return reflect.DeepEqual(a, b) }
