// Package edgefunction is the code that an edge split runs at CloudFront's edge, and
// everything that has to agree with it: the assignment of viewers to sides, the table
// of weights that stands in the key value store, the cookie, and a model in Go of
// what the code decides.
//
// It writes code and reads it back; it never sends anything, knows nothing of AWS'
// API or of Terraform, and keeps no secret but the key of the cookie's code.
package edgefunction

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Everything is the sum of the weights of a table.
const Everything = 100

// Key is the only key in the store of a split.
const Key = "split"

// MaxTable is how long the value of a key may be, in bytes.
const MaxTable = 1024

// maxGeneration is the greatest integer that JavaScript holds exactly.
const maxGeneration = 1<<53 - 1

// Table is what the key in the store says. Every write of it has a higher generation
// than all before; that is what allows an edge location to tell which of a cookie and
// a table is older.
type Table struct {
	Generation int64          `json:"generation"`         // from 1 on
	Weights    map[string]int `json:"weights"`            // percent by side; they sum to 100
	Override   string         `json:"override,omitempty"` // hex of the SHA-256 of the testers' secret
	Killed     bool           `json:"killed,omitempty"`   // everybody is on the safe side
}

// NextGeneration returns the generation of a table that is written at the time given
// over one of the generation previous, or 0 if there was none. It is no less than the
// seconds since 1970: where a store was lost and made anew, cookies of the old one
// would otherwise count as newer for as many writes as the old one had had.
func NextGeneration(previous int64, at time.Time) int64 { return max(previous+1, at.Unix()) }

// OverrideHash returns what a table holds of a testers' secret.
func OverrideHash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// List returns the weights in the order of the sides' names.
func (t Table) List() []Weight {
	var out []Weight
	for _, side := range slices.Sorted(maps.Keys(t.Weights)) {
		out = append(out, Weight{Side: side, Percent: t.Weights[side]})
	}
	return out
}

// Problem says what is wrong with a table, or "".
func (t Table) Problem() string {
	if t.Generation < 1 || t.Generation > maxGeneration {
		return fmt.Sprintf("the generation is %d, which is not between 1 and %d", t.Generation, int64(maxGeneration))
	}
	for side := range t.Weights {
		if problem := SideProblem(side); problem != "" {
			return problem
		}
	}
	if problem := WeightsProblem(t.List()); problem != "" {
		return problem
	}
	if t.Override != "" && !isHex(t.Override, 2*sha256.Size) {
		return "the hash of the override's secret is not a SHA-256 in lower-case hexadecimal digits"
	}
	return ""
}

// Encode writes a table as the value of its key, always in the same order. It refuses
// what the functions would not take.
func (t Table) Encode() (string, error) {
	if problem := t.Problem(); problem != "" {
		return "", fmt.Errorf("table of weights: %s", problem)
	}
	text, err := json.Marshal(t)
	if err != nil {
		return "", fmt.Errorf("table of weights: %w", err)
	}
	if len(text) > MaxTable {
		return "", fmt.Errorf("table of weights: %d bytes, and a value in a key value store has at most %d", len(text), MaxTable)
	}
	return string(text), nil
}

// ParseTable reads what Encode wrote, and refuses everything else.
func ParseTable(text string) (Table, error) {
	var t Table
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil {
		return Table{}, fmt.Errorf("table of weights: %w", err)
	}
	if d.More() {
		return Table{}, fmt.Errorf("table of weights: something follows it")
	}
	if problem := t.Problem(); problem != "" {
		return Table{}, fmt.Errorf("table of weights: %s", problem)
	}
	return t, nil
}

func isHex(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789abcdef") == ""
}
