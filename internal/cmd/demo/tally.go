package main

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// A side is one distribution of the site.
type side struct {
	name, id, domain string
	origin           string
}

// A phase is a part of the story in which viewers have a right to certain answers.
type phase struct {
	name string
	// steady is the id of the only distribution that may answer; empty while the
	// name moves, when either side may.
	steady string
}

// An answer is what a viewer got.
type answer struct {
	at           time.Time // when it was asked for
	pop          int
	unresolved   bool  // there was no address to ask
	err          error // there was none
	status       int
	distribution string
	origin       string // who says that the answer is its own; empty: the edge's
}

// A verdict is what an answer amounts to.
type verdict int

// The verdicts.
const (
	good    verdict = iota
	failed          // no answer at all
	wrong           // an error, or an answer of a distribution that had no business giving it
	excused         // an error that the origin gave which the story made sick
)

// judge is the whole of the counting: nothing is ever forgiven but an error that
// comes from the very origin that was told to give errors.
func judge(p phase, sides [2]side, sick string, a answer) verdict {
	side := a.distribution == sides[0].id || a.distribution == sides[1].id
	switch {
	case a.err != nil:
		return failed
	case !side, p.steady != "" && a.distribution != p.steady:
		return wrong
	case a.status != http.StatusOK && sick != "" && a.origin == sick:
		return excused
	case a.status != http.StatusOK:
		return wrong
	}
	return good
}

// A row is what viewers saw in one phase.
type row struct {
	phase
	began, ended time.Time
	requests     int
	by           [excused + 1]int
	example      string // the first thing that went wrong
}

func (r row) lost() int { return r.by[failed] + r.by[wrong] }

// A moment is what held when a request began.
type moment struct {
	row  int
	sick string
}

// A tally counts answers by phase. It is safe for concurrent use.
type tally struct {
	sides [2]side

	mu      sync.Mutex
	rows    []row
	sick    string // the origin that is sick by our own doing
	answers []judged
}

// A judged answer is one as the report draws it.
type judged struct {
	answer
	verdict verdict
}

// enter begins a phase.
func (t *tally) enter(p phase) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := clk.Now()
	if n := len(t.rows); n > 0 {
		t.rows[n-1].ended = now
	}
	t.rows = append(t.rows, row{phase: p, began: now})
}

// end ends the last phase and returns all of them.
func (t *tally) end() []row {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rows[len(t.rows)-1].ended = clk.Now()
	return append([]row(nil), t.rows...)
}

// sicken says which origin may give errors from now on; "" for none.
func (t *tally) sicken(origin string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sick = origin
}

// seen is how many answers the present phase has.
func (t *tally) seen() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.rows) == 0 {
		return 0
	}
	return t.rows[len(t.rows)-1].requests
}

func (t *tally) now() moment {
	t.mu.Lock()
	defer t.mu.Unlock()
	return moment{len(t.rows) - 1, t.sick}
}

// count judges an answer. A request that spans two phases belongs to the one in
// which the name moves, and one that spans recovery may have met the sick origin.
func (t *tally) count(began moment, a answer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := len(t.rows) - 1
	if t.rows[began.row].steady == "" {
		i = began.row
	}
	sick := t.sick
	if sick == "" {
		sick = began.sick
	}
	r := &t.rows[i]
	v := judge(r.phase, t.sides, sick, a)
	t.answers = append(t.answers, judged{a, v})
	r.requests++
	r.by[v]++
	if (v == failed || v == wrong) && r.example == "" {
		r.example = a.String()
	}
}

func (a answer) String() string {
	switch {
	case a.err != nil:
		return a.err.Error()
	case a.distribution == "":
		return fmt.Sprintf("%d from CloudFront, because nobody had the name there", a.status)
	case a.origin == "":
		return fmt.Sprintf("%d from CloudFront for %s", a.status, a.distribution)
	}
	return fmt.Sprintf("%d from %s", a.status, a.distribution)
}

// all returns every answer so far, in the order in which they came.
func (t *tally) all() []judged {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]judged(nil), t.answers...)
}

// totals are the requests so far, and those that were lost.
func (t *tally) totals() (requests, lost int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.rows {
		requests += r.requests
		lost += r.lost()
	}
	return requests, lost
}
