// Package fault holds the ways in which the simulated AWS misbehaves, as data:
// a test lists them, the admin interface accepts them as JSON, and each counts
// how often it hit, so that a fault nobody met is noticed.
package fault

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// When says on which side of a call's effect the fault strikes.
type When string

// The moments a fault can strike.
const (
	BeforeEffect When = "before" // the call did nothing
	AfterEffect  When = "after"  // the call did everything, only the answer is lost or replaced
)

// Kind is what the caller sees.
type Kind string

// The kinds of fault.
const (
	Throttle   Kind = "throttle"    // 400 Throttling "Rate exceeded"; always before the effect
	ServerFail Kind = "server_fail" // 500 InternalFailure / ServiceUnavailable
	Cut        Kind = "cut"         // the connection ends without an answer
	Stale      Kind = "stale"       // a read answers what it answered before the last write to that URL's service
	Answer     Kind = "answer"      // any error: Code, Status, Message
)

// A Fault strikes calls that match it. Empty matchers match everything.
type Fault struct {
	Service   string `json:"service,omitempty"`
	Operation string `json:"operation,omitempty"`
	Resource  string `json:"resource,omitempty"` // any path label, query value or text of an element of an XML body equal to it
	Account   string `json:"account,omitempty"`  // the number of the account that the caller is of
	Writes    bool   `json:"writes,omitempty"`   // only calls that change something

	Skip  int  `json:"skip,omitempty"`  // let this many matching calls pass first
	Count int  `json:"count,omitempty"` // strike this many, then never again; 0: every one
	When  When `json:"when,omitempty"`  // default before
	Kind  Kind `json:"kind"`

	Code    string `json:"code,omitempty"`
	Status  int    `json:"status,omitempty"`
	Message string `json:"message,omitempty"`
	// Quote adds to the message what was sent, session token and body, as AWS's own
	// messages do in places.
	Quote bool `json:"quote,omitempty"`

	// Hook, for tests in the same process, runs with the world unlocked right
	// before the call is served: another actor changes the world in between.
	Hook func() `json:"-"`
}

// Check refuses a fault that cannot strike or would answer nothing an SDK decodes.
func (f Fault) Check() error {
	switch f.When {
	case "", BeforeEffect, AfterEffect:
	default:
		return fmt.Errorf("when is %q, and can be before or after", f.When)
	}
	switch f.Kind {
	case Throttle, ServerFail, Cut, Stale:
		return nil
	case Answer:
		if f.Code == "" || f.Status < 300 || f.Status > 599 {
			return fmt.Errorf("an answer needs a code and a status from 300 to 599, not %q and %d", f.Code, f.Status)
		}
		return nil
	default:
		return fmt.Errorf("kind is %q, and can be throttle, server_fail, cut, stale or answer", f.Kind)
	}
}

// A Set is safe for concurrent use.
type Set struct {
	mu     sync.Mutex
	active []*armed
}

type armed struct {
	Fault
	seen, hits int
}

// Add arms f and returns a function that says how often it has struck.
func (s *Set) Add(f Fault) (hits func() int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.When == "" {
		f.When = BeforeEffect
	}
	a := &armed{Fault: f}
	s.active = append(s.active, a)
	return func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return a.hits
	}
}

// A Status is an armed fault and what became of it.
type Status struct {
	Fault
	Seen int `json:"seen"` // calls that matched
	Hits int `json:"hits"` // calls that it struck
}

// List returns the armed faults in the order they were added.
func (s *Set) List() []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Status{}
	for _, a := range s.active {
		out = append(out, Status{Fault: a.Fault, Seen: a.seen, Hits: a.hits})
	}
	return out
}

// Clear disarms every fault.
func (s *Set) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active = nil
}

// A Target describes a call to match against.
type Target struct {
	Service, Operation string
	Account            string // the caller's
	Write              bool
	Values             []string // path labels, query values and texts of the elements of an XML body
	At                 time.Time
}

// Strike returns the first fault that strikes the call, or nil. It counts the
// call for every fault it matches.
func (s *Set) Strike(t Target) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var struck *armed
	for _, a := range s.active {
		if !a.matches(t) {
			continue
		}
		a.seen++
		if struck == nil && a.seen > a.Skip && (a.Count == 0 || a.hits < a.Count) {
			struck = a
		}
	}
	if struck == nil {
		return nil
	}
	struck.hits++
	f := struck.Fault
	return &f
}

func (a *armed) matches(t Target) bool {
	if a.Service != "" && a.Service != t.Service ||
		a.Operation != "" && a.Operation != t.Operation ||
		a.Account != "" && a.Account != t.Account ||
		a.Writes && !t.Write {
		return false
	}
	if a.Resource == "" {
		return true
	}
	return slices.Contains(t.Values, a.Resource)
}
