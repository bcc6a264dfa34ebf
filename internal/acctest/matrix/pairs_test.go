package matrix

import (
	"slices"
	"testing"
)

func TestEveryTwoSettingsMeetInARow(t *testing.T) {
	t.Parallel()
	settings := []string{"A", "B, one", "B, two", "C", "D, one", "D, two", "D, three", "E", "F", "G"}
	got := rows(settings)
	// Three values of B times four of D have to meet, and no more than twice that is needed.
	if len(got) < 12 || len(got) > 24 {
		t.Errorf("%d rows", len(got))
	}
	knob := func(s string) byte { return s[0] }
	for _, row := range got {
		for i, a := range row {
			for _, b := range row[i+1:] {
				if knob(a) == knob(b) {
					t.Errorf("%q has two values of a knob", row)
				}
			}
		}
	}
	meet := func(ok func(row []string) bool, what ...string) {
		t.Helper()
		if !slices.ContainsFunc(got, ok) {
			t.Errorf("no row for %q", what)
		}
	}
	for _, a := range settings {
		for _, b := range settings {
			if knob(a) == knob(b) {
				continue
			}
			meet(func(row []string) bool { return slices.Contains(row, a) && slices.Contains(row, b) }, a, b)
			meet(func(row []string) bool {
				return slices.Contains(row, a) && !slices.ContainsFunc(row, func(s string) bool { return knob(s) == knob(b) })
			}, a, "default of "+b[:1])
		}
	}
	if one := rows([]string{"A"}); len(one) != 0 {
		t.Errorf("a single knob has pairs: %q", one)
	}
}
