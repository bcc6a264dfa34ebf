package edge

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// A throttle keeps functions from running that fail too often. It goes by their names, so that
// the repaired version of one waits as well. Source: a public post-mortem of 2026. The zero
// value has seen nothing.
type throttle struct {
	mu   sync.Mutex
	seen map[string]*health
}

type health struct {
	runs   []outcome // the last ones
	failed time.Time // last
	until  time.Time // not run before
}

type outcome struct {
	at     time.Time
	failed bool
}

// A function is throttled once this many runs of a minute have been seen, half of which failed.
const fewestRuns = 10

// mostRuns bounds what is remembered of one function at one point of presence.
const mostRuns = 100

// saw notes how a run ended.
func (t *throttle) saw(name string, at time.Time, failed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seen == nil {
		t.seen = map[string]*health{}
	}
	h := t.seen[name]
	if h == nil {
		if !failed {
			return // of which nothing follows
		}
		h = &health{}
		t.seen[name] = h
	}
	h.runs = append(h.runs, outcome{at, failed})
	h.runs = h.runs[max(len(h.runs)-mostRuns, 0):]
	if failed {
		h.failed = at
	}
}

// refuses says whether a function may not run. With a span of 0 every one may.
func (t *throttle) refuses(name string, at time.Time, span time.Duration) bool {
	if span <= 0 {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	h := t.seen[name]
	if h == nil {
		return false
	}
	runs, failures := 0, 0
	for _, o := range h.runs {
		if at.Sub(o.at) >= time.Minute {
			continue
		}
		if runs++; o.failed {
			failures++
		}
	}
	if runs >= fewestRuns && 2*failures >= runs {
		h.until = h.failed.Add(span)
	}
	return at.Before(h.until)
}

// A FunctionMinute is what became of one function's runs in one minute.
type FunctionMinute struct {
	Function         string    `json:"function"`
	At               time.Time `json:"at"`
	Invocations      int       `json:"invocations"`
	ValidationErrors int       `json:"validation_errors"`
	ExecutionErrors  int       `json:"execution_errors"`
	Throttles        int       `json:"throttles"`
}

// ran counts runs. The zero value has counted none.
type ran struct {
	mu      sync.Mutex
	minutes map[minute]*FunctionMinute
}

func (r *ran) count(function string, at time.Time, add func(*FunctionMinute)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := minute{function, at.Unix() / 60}
	m := r.minutes[key]
	if m == nil {
		if r.minutes == nil || len(r.minutes) >= maxMinutes {
			r.minutes = map[minute]*FunctionMinute{}
		}
		m = &FunctionMinute{Function: function, At: time.Unix(key.unix*60, 0).UTC()}
		r.minutes[key] = m
	}
	add(m)
}

// FunctionMinutes lists the minutes, from from to before to, in which functions were to run.
func (f *Fleet) FunctionMinutes(from, to time.Time) []FunctionMinute {
	f.ran.mu.Lock()
	defer f.ran.mu.Unlock()
	var out []FunctionMinute
	for _, m := range f.ran.minutes {
		if !m.At.Before(from) && m.At.Before(to) {
			out = append(out, *m)
		}
	}
	slices.SortFunc(out, func(a, b FunctionMinute) int {
		return cmp.Or(cmp.Compare(a.Function, b.Function), a.At.Compare(b.At))
	})
	return out
}
