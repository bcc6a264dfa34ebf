package matrix

import (
	"slices"
	"strings"
)

// rows chooses combinations of settings such that every two settings of different
// knobs meet in at least one of them, and so does every setting with every other
// knob at its default: a covering array of strength two, which is what pairwise
// testing means. A setting is named "Knob" or "Knob, value"; what a knob is not
// set to in a row, it has by default. The choice is greedy and always the same.
func rows(settings []string) [][]string {
	var values [][]string // by knob, the default first
	index := map[string]int{}
	for _, s := range slices.Sorted(slices.Values(settings)) {
		knob, _, _ := strings.Cut(s, ", ")
		if _, ok := index[knob]; !ok {
			index[knob] = len(values)
			values = append(values, []string{""})
		}
		values[index[knob]] = append(values[index[knob]], s)
	}
	type pair struct{ knob, value, other, otherValue int } // knob < other
	missing := map[pair]bool{}
	for k := range values {
		for o := k + 1; o < len(values); o++ {
			for v := range values[k] {
				for w := range values[o] {
					missing[pair{k, v, o, w}] = v != 0 || w != 0
				}
			}
		}
	}
	isMissing := func(k, v, o, w int) bool {
		if k > o {
			k, v, o, w = o, w, k, v
		}
		return missing[pair{k, v, o, w}]
	}
	var out [][]string
	for {
		first, found := pair{}, false
		for k := 0; k < len(values) && !found; k++ {
			for o := k + 1; o < len(values) && !found; o++ {
				for v := 0; v < len(values[k]) && !found; v++ {
					for w := 0; w < len(values[o]) && !found; w++ {
						first, found = pair{k, v, o, w}, isMissing(k, v, o, w)
					}
				}
			}
		}
		if !found {
			return out
		}
		row := make([]int, len(values))
		for k := range row {
			row[k] = -1
		}
		row[first.knob], row[first.other] = first.value, first.otherValue
		for k := range row {
			if row[k] >= 0 {
				continue
			}
			best := -1
			for v := range values[k] {
				gain := 0
				for o, w := range row {
					if w >= 0 && isMissing(k, v, o, w) {
						gain++
					}
				}
				if gain > best {
					best, row[k] = gain, v
				}
			}
		}
		var names []string
		for k, v := range row {
			if v > 0 {
				names = append(names, values[k][v])
			}
			for o := range k {
				delete(missing, pair{o, row[o], k, v})
			}
		}
		out = append(out, names)
	}
}
