// Package figure carries what a measurement found from the test that took it to
// whoever prints it: as attributes of the test, which `go test -v` shows. It knows
// neither what is measured nor how, and it never decides whether a test fails.
package figure

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// A Figure is one measured value, and the bound it is held against, if there is one.
type Figure struct {
	Name    string  `json:"name"`
	Value   float64 `json:"value"`
	Unit    string  `json:"unit"`
	Bound   string  `json:"bound"`   // such as "<= 5"; empty: none, it is there to be read
	OK      bool    `json:"ok"`      // true without a bound
	Command string  `json:"command"` // what measures it again
}

// Plain is a figure without a bound.
func Plain(name string, value float64, unit string) Figure {
	return Figure{Name: name, Value: value, Unit: unit, OK: true}
}

// AtMost is a figure that has to stay at or below a limit.
func AtMost(name string, value float64, unit string, limit float64) Figure {
	return Figure{Name: name, Value: value, Unit: unit, Bound: fmt.Sprintf("<= %g", limit), OK: value <= limit}
}

// AtLeast is a figure that has to reach a limit.
func AtLeast(name string, value float64, unit string, limit float64) Figure {
	return Figure{Name: name, Value: value, Unit: unit, Bound: fmt.Sprintf(">= %g", limit), OK: value >= limit}
}

// attribute is the name under which a test carries a figure.
const attribute = "figure"

// Report makes figures attributes of a test or benchmark.
func Report(tb testing.TB, figures ...Figure) {
	tb.Helper()
	for _, f := range figures {
		raw, err := json.Marshal(f)
		if err != nil {
			tb.Fatal(err)
		}
		tb.Attr(attribute, string(raw))
	}
}

// Read finds the figures in what `go test -v` printed.
func Read(output string) ([]Figure, error) {
	var out []Figure
	for line := range strings.Lines(output) {
		_, rest, ok := strings.Cut(line, "=== ATTR  ")
		if !ok {
			continue
		}
		_, rest, _ = strings.Cut(rest, " ") // the test's name
		raw, ok := strings.CutPrefix(rest, attribute+" ")
		if !ok {
			continue
		}
		var f Figure
		if err := json.Unmarshal([]byte(raw), &f); err != nil {
			return nil, fmt.Errorf("reading a figure: %w", err)
		}
		out = append(out, f)
	}
	return out, nil
}
