//go:build unix

package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// A bench plays scenarios, some at the same time, and keeps the table.
type bench struct {
	options
	program, dir string
	out          io.Writer
	began        time.Time

	mu   sync.Mutex
	rows []*row
}

// A row is what one scenario came to.
type row struct {
	name                                string
	runs, kills, requests, lost, wrongs int
	lossy                               string // by whose doing something may be lost, if not the provider's
	notes                               []string
	took                                time.Duration
}

func (r *row) failed() bool { return r.wrongs > 0 || r.lost > 0 && r.lossy == "" }

// A task is one scenario with what happens to it.
type task struct {
	name string
	play func(context.Context, *world, *row)
	scenario
}

// play plays every task and says whether all went well.
func (b *bench) play(ctx context.Context) bool {
	var tasks []task
	all := scenarios()
	for i, s := range all {
		n := b.kills / len(all)
		if i < b.kills%len(all) {
			n++
		}
		if n > 0 {
			tasks = append(tasks, task{"kill: " + s.name, func(ctx context.Context, w *world, r *row) { w.killing(ctx, r, n) }, s})
		}
	}
	for i, f := range faults() {
		if b.faults >= 0 && i >= b.faults {
			break
		}
		tasks = append(tasks, task{"fault: " + f.name, func(ctx context.Context, w *world, r *row) { w.suffering(ctx, r, f) }, f.scenario})
	}
	queue := make(chan int)
	var playing sync.WaitGroup
	for range b.workers {
		playing.Go(func() {
			for i := range queue {
				b.perform(ctx, tasks[i], b.seed+uint64(i)) //nolint:gosec // a seed
			}
		})
	}
	for i, t := range tasks {
		if b.only.MatchString(t.name) && ctx.Err() == nil {
			queue <- i
		}
	}
	close(queue)
	playing.Wait()
	return b.table() && ctx.Err() == nil
}

// perform gives one task a world of its own.
func (b *bench) perform(ctx context.Context, t task, seed uint64) {
	r := &row{name: t.name, lossy: t.lossy}
	began := clk.Now()
	dir := filepath.Join(b.dir, strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' {
			return c
		}
		return '-'
	}, strings.ToLower(t.name)))
	w, err := b.open(ctx, dir, t.scenario, seed)
	if err != nil {
		r.wrong("it could not begin: %v", err)
	} else {
		t.play(ctx, w, r)
		w.close(ctx, r)
	}
	r.took = clk.Now().Sub(began)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rows = append(b.rows, r)
	fmt.Fprintf(b.out, "%6.0fs  %-55s runs %d, kills %d, requests %d, lost %d, wrong %d\n", clk.Now().Sub(b.began).Seconds(), r.name, r.runs, r.kills, r.requests, r.lost, r.wrongs)
	for _, n := range r.notes {
		fmt.Fprintf(b.out, "         %s\n", strings.ReplaceAll(n, "\n", "\n         "))
	}
}

// wrong notes something that must not be.
func (r *row) wrong(format string, args ...any) {
	r.wrongs++
	if len(r.notes) < 8 { // the first ones say enough
		r.notes = append(r.notes, "WRONG: "+fmt.Sprintf(format, args...))
	}
}

// table prints what everything came to and says whether it is good.
func (b *bench) table() bool {
	good := len(b.rows) > 0
	var sum row
	apart := map[string]int{}
	t := tabwriter.NewWriter(b.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "\nscenario\truns\tkills\trequests\tlost\twrong\ttook\t\n")
	for _, r := range b.rows {
		lost := fmt.Sprint(r.lost)
		if r.lossy != "" && r.lost > 0 {
			lost += " (apart)"
			apart[r.lossy] += r.lost
		} else {
			sum.lost += r.lost
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%s\t%d\t%.0f s\t\n", r.name, r.runs, r.kills, r.requests, lost, r.wrongs, r.took.Seconds())
		sum.runs, sum.kills, sum.requests, sum.wrongs = sum.runs+r.runs, sum.kills+r.kills, sum.requests+r.requests, sum.wrongs+r.wrongs
		good = good && !r.failed()
	}
	fmt.Fprintf(t, "in all\t%d\t%d\t%d\t%d\t%d\t%.0f s\t\n", sum.runs, sum.kills, sum.requests, sum.lost, sum.wrongs, clk.Now().Sub(b.began).Seconds())
	_ = t.Flush()
	for _, why := range slices.Sorted(maps.Keys(apart)) {
		fmt.Fprintf(b.out, "Counted apart: %d requests lost to %s.\n", apart[why], why)
	}
	return good
}
