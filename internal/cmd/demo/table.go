package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cmd/stage"
)

func table(rows [][]string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	width := 0
	for _, r := range rows {
		width = max(width, len(r[0]))
	}
	for _, r := range rows {
		// AlignRight is for numbers; the first column is padded here.
		fmt.Fprintf(w, "  %-*s\t%s\t\n", width, r[0], strings.Join(r[1:], "\t"))
	}
	_ = w.Flush() // to memory
	lines := strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n")
}

// text is a table for a terminal, and what there is to say about it.
func text(rows [][]string, notes ...string) string {
	if len(notes) == 0 {
		return table(rows)
	}
	return table(rows) + "\n\n" + strings.Join(notes, "\n")
}

func sickness(rows []row) (n int) {
	for _, r := range rows {
		n += r.by[excused]
	}
	return n
}

func viewerTable(rows []row) [][]string {
	sick := sickness(rows)
	head := []string{"", "seconds", "requests", "failures", "wrong"}
	if sick > 0 {
		head = append(head, "bad release")
	}
	out := [][]string{head}
	var total row
	for _, r := range rows {
		out = append(out, viewerRow(r.name, r.ended.Sub(r.began).Seconds(), r, sick > 0))
		total.requests += r.requests
		for v, n := range r.by {
			total.by[v] += n
		}
	}
	return append(out, viewerRow("total", rows[len(rows)-1].ended.Sub(rows[0].began).Seconds(), total, sick > 0))
}

func viewerNotes(rows []row) []string {
	out := []string{
		"  failures: no answer from DNS or from the edge. wrong: an error, or an answer of a distribution that is",
		"  no side; while nothing moves, of the idle side too.",
	}
	if sickness(rows) > 0 {
		out = append(out, "  bad release: errors that came from green's own origin after the demo had broken it. They are not",
			"  counted as lost: no cutover can prevent them, and going back is what ends them.")
	}
	return out
}

func viewerRow(name string, seconds float64, r row, sick bool) []string {
	out := []string{name, fmt.Sprintf("%.1f", seconds), fmt.Sprint(r.requests), fmt.Sprint(r.by[failed]), fmt.Sprint(r.by[wrong])}
	if sick {
		out = append(out, fmt.Sprint(r.by[excused]))
	}
	return out
}

func timeTable(runs []applied) [][]string {
	out := [][]string{{"seconds", "wall", "propagation", "INSYNC", "bake", "overhead", "calls", "writes"}}
	for _, a := range runs {
		line := []string{a.name}
		for _, d := range []float64{a.wall.Seconds(), a.propagation.Seconds(), a.insync.Seconds(), a.bake.Seconds(), a.overhead().Seconds()} {
			line = append(line, fmt.Sprintf("%.1f", d))
		}
		if a.killed {
			line[5] = "-"
		}
		out = append(out, append(line, fmt.Sprint(len(a.calls)), fmt.Sprint(stage.Writes(a.calls))))
	}
	return out
}

var timeNotes = []string{
	"  overhead: what is left of the wall time: starting the CLI and the provider, planning once more, polling,",
	"  and for a cutover that failed, gathering the evidence.",
}

// callTable sets one clean cutover beside the whole story.
func callTable(runs []applied) [][]string {
	total, one := map[string]int{}, map[string]int{}
	for _, a := range runs {
		for _, c := range a.calls {
			total[c.Service+" "+c.Operation]++
			if a.name == cleanCutover {
				one[c.Service+" "+c.Operation]++
			}
		}
	}
	out := [][]string{{"calls by API", "one cutover", "whole story"}}
	for _, name := range slices.Sorted(maps.Keys(total)) {
		out = append(out, []string{name, fmt.Sprint(one[name]), fmt.Sprint(total[name])})
	}
	return out
}
