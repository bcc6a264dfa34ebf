// Package origin holds what stands behind a distribution. Every domain is an
// origin: one that nobody configured, and that is no bucket's, answers 200 and says
// who it is and what it was asked, so that a viewer's answer proves which side served it. Status,
// latency, body and reachability of each can be changed at any time.
//
// It never opens a connection and never caches: that is the edge's business.
package origin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// What an origin that does not answer looks like from a point of presence.
var (
	ErrRefused = errors.New("the origin refused the connection")
	ErrTimeout = errors.New("the origin did not answer in time")
)

// A State is how an origin behaves. The zero State is a healthy one that echoes.
type State struct {
	Status  int               // 0: 200. Anything outside 200 to 599 is a malformed answer
	Latency time.Duration     // on the simulator's clock
	Body    string            // empty: the echo
	Headers map[string]string // added to the answer
	Down    bool              // refuses connections
}

type stateJSON struct {
	Status  int               `json:"status,omitempty"`
	Latency string            `json:"latency,omitempty"`
	Body    string            `json:"body,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Down    bool              `json:"down,omitempty"`
}

// MarshalJSON writes the latency as people write durations.
func (s State) MarshalJSON() ([]byte, error) {
	out := stateJSON{Status: s.Status, Body: s.Body, Headers: s.Headers, Down: s.Down}
	if s.Latency != 0 {
		out.Latency = s.Latency.String()
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes and refuses what no origin can do.
func (s *State) UnmarshalJSON(raw []byte) error {
	var in stateJSON
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return err
	}
	*s = State{Status: in.Status, Body: in.Body, Headers: in.Headers, Down: in.Down}
	if in.Latency != "" {
		d, err := time.ParseDuration(in.Latency)
		if err != nil || d < 0 {
			return fmt.Errorf("latency %q: not a duration such as 250ms", in.Latency)
		}
		s.Latency = d
	}
	if s.Status != 0 && (s.Status < http.StatusOK || s.Status > 599) {
		return fmt.Errorf("status %d: not an HTTP status from 200 to 599", s.Status)
	}
	return nil
}

// A Request is what a point of presence asks.
type Request struct {
	Domain  string
	Method  string
	Path    string // as sent, still escaped
	Query   string
	Header  http.Header // Host included
	Body    []byte
	Timeout time.Duration // how long the point of presence waits; 0: for ever
	// SignedFor is the id of the distribution whose origin access control signed the
	// request; empty: nobody signed it.
	SignedFor string
	// Identity is the id of the origin access identity that asks; empty: none.
	Identity string
	Secure   bool // over TLS
}

// A Response is what an origin answers. Header and Body are not written to afterwards.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// An Echo is the body of an origin that was given none.
type Echo struct {
	Domain  string            `json:"domain"`
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Query   string            `json:"query,omitempty"`
	Headers map[string]string `json:"headers"` // those received; several values joined by ", "
	Body    string            `json:"body,omitempty"`
}

// A Set is every origin there is. It is safe for concurrent use.
type Set struct {
	clock clock.Clock

	mu     sync.RWMutex
	states map[string]State
	asked  map[string]int
	behind func(*Request) (*Response, bool)
}

// New returns a Set in which every origin is healthy.
func New(c clock.Clock) *Set {
	return &Set{clock: c, states: map[string]State{}, asked: map[string]int{}}
}

// Behind sets what stands behind domains that are more than an echo, such as those
// of buckets; it says for each request whether it is one of them. A status or body
// that somebody Put at the domain is answered all the same. To be called before the
// first request.
func (s *Set) Behind(answer func(*Request) (*Response, bool)) { s.behind = answer }

// Put changes how the origin at domain behaves from now on.
func (s *Set) Put(domain string, state State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.states[key(domain)] = state
}

// Reset makes the origin at domain a healthy one that echoes.
func (s *Set) Reset(domain string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.states, key(domain))
}

// Get returns how the origin at domain behaves.
func (s *Set) Get(domain string) State {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.states[key(domain)]
}

// Requests is how often the origin at domain was asked.
func (s *Set) Requests(domain string) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.asked[key(domain)]
}

// Domains lists every origin that was configured or asked, sorted.
func (s *Set) Domains() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []string
	for d := range s.asked {
		out = append(out, d)
	}
	for d := range s.states {
		if _, ok := s.asked[d]; !ok {
			out = append(out, d)
		}
	}
	sort.Strings(out)
	return out
}

// Answer asks the origin at r.Domain. The error is ErrRefused, ErrTimeout or the context's.
func (s *Set) Answer(ctx context.Context, r *Request) (*Response, error) {
	name := key(r.Domain)
	s.mu.Lock()
	s.asked[name]++
	state := s.states[name]
	s.mu.Unlock()
	if state.Down {
		return nil, ErrRefused
	}
	if r.Timeout > 0 && state.Latency > r.Timeout {
		if err := s.clock.Sleep(ctx, r.Timeout); err != nil {
			return nil, err
		}
		return nil, ErrTimeout
	}
	if state.Latency > 0 {
		if err := s.clock.Sleep(ctx, state.Latency); err != nil {
			return nil, err
		}
	}
	if s.behind != nil && state.Status == 0 && state.Body == "" {
		if out, ok := s.behind(r); ok {
			for k, v := range state.Headers {
				out.Header.Set(k, v)
			}
			return out, nil
		}
	}
	return state.respond(name, r), nil
}

func (s State) respond(domain string, r *Request) *Response {
	out := &Response{Status: s.Status, Header: http.Header{"Server": {"origin"}, "X-Origin": {domain}}, Body: []byte(s.Body)}
	if out.Status == 0 {
		out.Status = http.StatusOK
	}
	if s.Body == "" {
		out.Body = echo(domain, r)
		out.Header["Content-Type"] = []string{"application/json"}
	}
	for k, v := range s.Headers {
		out.Header.Set(k, v)
	}
	return out
}

func echo(domain string, r *Request) []byte {
	e := Echo{Domain: domain, Method: r.Method, Path: r.Path, Query: r.Query, Headers: make(map[string]string, len(r.Header)), Body: string(r.Body)}
	for k, v := range r.Header {
		e.Headers[k] = strings.Join(v, ", ")
	}
	raw, err := json.Marshal(e)
	if err != nil { // strings cannot fail to marshal
		panic(err)
	}
	return append(raw, '\n')
}

func key(domain string) string { return strings.ToLower(strings.TrimSuffix(domain, ".")) }
