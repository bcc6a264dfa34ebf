package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
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

func viewerTable(rows []row) string {
	sick := 0
	for _, r := range rows {
		sick += r.by[excused]
	}
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
	out = append(out, viewerRow("total", rows[len(rows)-1].ended.Sub(rows[0].began).Seconds(), total, sick > 0))
	text := table(out) + "\n\n" +
		"  failures: no answer from DNS or from the edge. wrong: an error, or an answer of a distribution that is\n" +
		"  no side; while nothing moves, of the idle side too."
	if sick > 0 {
		text += "\n  bad release: errors that came from green's own origin after the demo had broken it. They are not\n" +
			"  counted as lost: no cutover can prevent them, and going back is what ends them."
	}
	return text
}

func viewerRow(name string, seconds float64, r row, sick bool) []string {
	out := []string{name, fmt.Sprintf("%.1f", seconds), fmt.Sprint(r.requests), fmt.Sprint(r.by[failed]), fmt.Sprint(r.by[wrong])}
	if sick {
		out = append(out, fmt.Sprint(r.by[excused]))
	}
	return out
}

func timeTable(runs []applied) string {
	out := [][]string{{"seconds", "wall", "propagation", "INSYNC", "bake", "overhead", "calls", "writes"}}
	for _, a := range runs {
		line := []string{a.name}
		for _, d := range []float64{a.wall.Seconds(), a.propagation.Seconds(), a.insync.Seconds(), a.bake.Seconds(), a.overhead().Seconds()} {
			line = append(line, fmt.Sprintf("%.1f", d))
		}
		if a.killed {
			line[5] = "-"
		}
		out = append(out, append(line, fmt.Sprint(len(a.calls)), fmt.Sprint(writes(a.calls))))
	}
	return table(out) + "\n\n" +
		"  overhead: what is left of the wall time: starting the CLI and the provider, planning once more, polling,\n" +
		"  and for a cutover that failed, gathering the evidence."
}

// callTable sets one clean cutover beside the whole story.
func callTable(runs []applied) string {
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
	return table(out)
}
