// Package functions holds the provider's functions: pure helpers for
// configurations and their tests. They call nobody, need no credentials, and answer
// the same on every machine.
package functions

import (
	"strconv"
	"strings"
)

// choice lists values for a message: "plan" or "apply".
func choice[T ~string](values []T) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = strconv.Quote(string(v))
	}
	if last := len(quoted) - 1; last > 0 {
		return strings.Join(quoted[:last], ", ") + " or " + quoted[last]
	}
	return strings.Join(quoted, "")
}
