// Package shared lets the many readers of a process share what AWS has answered: one page
// of a list instead of a hundred questions about single things, and one question instead of
// as many as there are readers.
//
// What it answers is for readers that compare it with what they know already, as a refresh
// does with state. It may be as old as Lasts, and a list may lag behind for as long as AWS
// likes, so nothing that a write depends on is ever decided by it.
package shared

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// Lasts is how long an answer is shared. A refresh of hundreds of things takes some seconds,
// and under throttling half a minute.
const Lasts = time.Minute

// A Count is what was asked so far in a moment, and of whom.
type Count struct {
	Asked  int  // different things, the one in question included
	Pages  int  // of the list that were read
	Found  int  // of the things that were asked for, on those pages
	Whole  bool // the last page was among them
	Denied bool // nobody may read the list
}

// A Way is one of the two in which to learn of a thing.
type Way string

// The ways.
const (
	One  Way = "one"  // ask about that thing alone
	Page Way = "page" // read the next page of the list
)

// Next says how to learn of one thing more, of which no answer so far has told.
//
// Nobody knows how long the list is, nor how many will still ask. Whoever asks about one or two
// things is answered about these. From then on there is a page for every two things, so that it
// never takes more than a call and a half for each. And where many ask at once there will be
// more of them, so pages are read ahead, ever more of them: as long as what was found so far
// lets expect that the list has no more than six pages for each thing that was asked for.
func Next(c Count) Way {
	ahead := 64*(c.Pages+1) <= c.Asked*c.Asked*c.Asked && 6*c.Found >= c.Pages
	if c.Whole || c.Denied || 2*c.Pages >= c.Asked-2 && !ahead {
		return One
	}
	return Page
}

// A Listing answers questions about single things of one kind from a list of all of them where
// that costs less. It is safe for concurrent use.
type Listing[V any] struct {
	// Clock says how old an answer is.
	Clock clock.Clock
	// One asks about one thing.
	One func(ctx context.Context, id string) (V, error)
	// Page reads the page at a marker, "" for the first, and returns the things on it by id,
	// and the marker of the next page, "" where there is none.
	Page func(ctx context.Context, marker string) (page map[string]V, next string, err error)

	mu     sync.Mutex
	now    moment[V]
	denied error // what whoever asked for a page was refused with
}

// A moment is what was learnt since its beginning. Another one begins when it is too old, and
// when this process has written.
type moment[V any] struct {
	began  time.Time
	known  map[string]V
	asked  map[string]bool
	busy   map[string]chan struct{} // closed once an answer has come, by id; "" for a page
	paged  map[string]bool          // what is known by a page
	found  int                      // of what was asked for
	pages  int
	marker string
	whole  bool
}

// want notes that a thing is asked for.
func (m *moment[V]) want(id string) {
	if !m.asked[id] && m.paged[id] {
		m.found++
	}
	m.asked[id] = true
}

// add takes a page in. What a thing has said of itself is no older, and lags behind nothing.
func (m *moment[V]) add(page map[string]V, next string) {
	for id, of := range page {
		if _, known := m.known[id]; known {
			continue
		}
		m.known[id], m.paged[id] = of, true
		if m.asked[id] {
			m.found++
		}
	}
	m.pages, m.whole = m.pages+1, next == "" || next == m.marker // a list that goes round has no more to say
	m.marker = next
}

// Look returns what is known of a thing, by an answer that was asked for within Lasts and
// after the last Forget. Errors: those of One, and of Page but for ErrDenied: who may not list
// is told about one thing at a time.
func (l *Listing[V]) Look(ctx context.Context, id string) (V, error) {
	for {
		l.mu.Lock()
		m := l.moment()
		m.want(id)
		if v, ok := m.known[id]; ok {
			l.mu.Unlock()
			return v, nil
		}
		key := id
		if Next(Count{Asked: len(m.asked), Pages: m.pages, Found: m.found, Whole: m.whole, Denied: l.denied != nil}) == Page {
			key = ""
		}
		if v, done, err := l.answer(ctx, m, key); done || err != nil {
			return v, err
		}
	}
}

// answer asks about a thing, or for the next page where key is "", or waits for whoever does
// already. The caller holds mu, which it gives back. done says whether v is what was asked for.
func (l *Listing[V]) answer(ctx context.Context, m *moment[V], key string) (v V, done bool, err error) {
	over, busy := m.busy[key]
	if !busy { // a page that is on its way may have the thing
		over, busy = m.busy[""]
	}
	if busy {
		l.mu.Unlock()
		select {
		case <-over:
			return v, false, nil
		case <-ctx.Done():
			return v, false, ctx.Err()
		}
	}
	over = make(chan struct{})
	m.busy[key] = over
	began, marker := m.began, m.marker
	l.mu.Unlock()
	defer close(over)
	return l.ask(ctx, key, began, marker)
}

// Find returns a thing that is as wanted, of those that an answer so far tells of or a page to
// come; ok is false where there is none. It is for whoever does not know an id to ask about. What
// Look has read it does not read again, nor the other way round. Errors: those of Page.
func (l *Listing[V]) Find(ctx context.Context, wanted func(V) bool) (v V, ok bool, err error) {
	err = l.read(ctx, func(m *moment[V]) bool {
		for _, listed := range []bool{false, true} { // what a thing says of itself goes before what a list does
			for _, id := range slices.Sorted(maps.Keys(m.known)) {
				if v, ok = m.known[id], m.paged[id] == listed && wanted(m.known[id]); ok {
					return true
				}
			}
		}
		return false
	})
	if !ok {
		var none V
		v = none
	}
	return v, ok, err
}

// All returns everything on the list. Errors: those of Page.
func (l *Listing[V]) All(ctx context.Context) (all map[string]V, err error) {
	err = l.read(ctx, func(m *moment[V]) bool {
		if m.whole {
			all = maps.Clone(m.known)
		}
		return m.whole
	})
	return all, err
}

// read reads page after page until what is known is enough, or the list is at its end.
func (l *Listing[V]) read(ctx context.Context, enough func(*moment[V]) bool) error {
	for {
		l.mu.Lock()
		m := l.moment()
		if enough(m) || m.whole {
			l.mu.Unlock()
			return nil
		}
		if err := l.denied; err != nil {
			l.mu.Unlock()
			return err
		}
		if _, _, err := l.answer(ctx, m, ""); err != nil {
			return err
		}
	}
}

// moment is the one that lasts, or a new one. The caller holds mu.
func (l *Listing[V]) moment() *moment[V] {
	if now := l.Clock.Now(); l.now.began.IsZero() || now.Sub(l.now.began) > Lasts {
		l.now = moment[V]{began: now, known: map[string]V{}, asked: map[string]bool{}, paged: map[string]bool{}, busy: map[string]chan struct{}{}}
	}
	return &l.now
}

// ask asks about a thing, or for the page at a marker where key is "", and keeps the answer
// if the moment of the question still lasts. done says whether v is what was asked for.
func (l *Listing[V]) ask(ctx context.Context, key string, began time.Time, marker string) (v V, done bool, err error) {
	var page map[string]V
	var next string
	if key == "" {
		page, next, err = l.Page(ctx, marker)
	} else {
		v, err = l.One(ctx, key)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	m := &l.now
	lasts := m.began.Equal(began)
	if lasts {
		delete(m.busy, key)
	}
	if key != "" {
		if lasts && err == nil {
			m.known[key] = v
		}
		return v, true, err
	}
	if errors.Is(err, awsapi.ErrDenied) {
		l.denied, err = err, nil
	}
	if err != nil || !lasts || l.denied != nil {
		return v, false, err
	}
	m.add(page, next)
	return v, false, nil
}

// Forget drops every answer: this process has written, or may have.
func (l *Listing[V]) Forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = moment[V]{}
}

// Answers keeps what was answered about single things. It is safe for concurrent use, asks
// about a thing once, however many want to know, and its zero value is ready.
type Answers[V any] struct {
	// Lasts is how long an answer is one; 0: Lasts of the package.
	Lasts time.Duration

	mu    sync.Mutex
	known map[string]*answer[V]
}

type answer[V any] struct {
	token chan struct{} // of whoever asks
	at    time.Time     // zero: nobody has been told yet
	value V
}

// Look returns what ask has answered about a thing, or asks. An error is nobody's but the
// asker's.
func (a *Answers[V]) Look(ctx context.Context, c clock.Clock, id string, ask func(context.Context) (V, error)) (V, error) {
	a.mu.Lock()
	if a.known == nil {
		a.known = map[string]*answer[V]{}
	}
	of := a.known[id]
	if of == nil {
		of = &answer[V]{token: make(chan struct{}, 1)}
		a.known[id] = of
	}
	a.mu.Unlock()
	var none V
	select {
	case of.token <- struct{}{}:
	case <-ctx.Done():
		return none, ctx.Err()
	}
	defer func() { <-of.token }()
	asked := c.Now()
	if !of.at.IsZero() && asked.Sub(of.at) <= cmp.Or(a.Lasts, Lasts) {
		return of.value, nil
	}
	v, err := ask(ctx)
	if err != nil {
		return none, err
	}
	of.value, of.at = v, asked
	return v, nil
}
