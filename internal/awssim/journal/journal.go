// Package journal keeps the evidence: every call to a control plane and every
// answer to a viewer, in the order they happened. It never judges.
package journal

import (
	"sync"
	"time"
)

// A Call is one request to a control plane.
type Call struct {
	Seq       int               `json:"seq"`
	At        time.Time         `json:"at"`
	Service   string            `json:"service"`
	Operation string            `json:"operation"`
	Write     bool              `json:"write"`
	AccessKey string            `json:"access_key,omitempty"`
	Caller    string            `json:"caller,omitempty"` // ARN of whose key that is, of an expired session too
	Labels    map[string]string `json:"labels,omitempty"`
	Query     string            `json:"query,omitempty"`
	IfMatch   string            `json:"if_match,omitempty"`
	Actions   []string          `json:"actions,omitempty"` // IAM actions that it needs
	Body      string            `json:"body,omitempty"`    // as the client sent it
	RequestID string            `json:"request_id"`        // as the answer has it, if it arrived
	Status    int               `json:"status"`            // HTTP status answered; 0: the connection was cut
	Code      string            `json:"code,omitempty"`    // AWS error code
	Fault     string            `json:"fault,omitempty"`   // the injected fault, if one hit
	Effect    bool              `json:"effect,omitempty"`  // a write that changed the world
	UserAgent string            `json:"user_agent,omitempty"`
}

// An Answer is one response of the POP fleet to a viewer.
type Answer struct {
	At           time.Time     `json:"at"`
	POP          int           `json:"pop"`
	Method       string        `json:"method"`
	Host         string        `json:"host"`
	Path         string        `json:"path"`
	Status       int           `json:"status"`                 // 0: the viewer left before there was an answer
	Distribution string        `json:"distribution,omitempty"` // that served or refused; empty: nobody owned the name there
	Primary      string        `json:"primary,omitempty"`      // the name's owner, where a policy sent the request to its staging distribution
	Split        string        `json:"split,omitempty"`        // what a continuous deployment policy decided by: weight, session, header, peak
	Reason       string        `json:"reason,omitempty"`       // why CloudFront itself refused
	Cache        string        `json:"cache,omitempty"`        // X-Cache
	Bytes        int           `json:"bytes"`                  // of body, to the viewer
	Uploaded     int           `json:"uploaded,omitempty"`     // of body, from the viewer
	Took         time.Duration `json:"took"`
}

// An Resolution is one answer of the authoritative name servers.
type Resolution struct {
	At    time.Time `json:"at"`
	Name  string    `json:"name"`
	Type  string    `json:"type"`
	RCode string    `json:"rcode"` // NOERROR, NXDOMAIN, REFUSED
	// Answers is empty with NOERROR for NODATA.
	Answers []string `json:"answers,omitempty"`
}

// maxKept bounds each list; a soak must not eat the machine. Counts go on.
const maxKept = 200_000

// A Journal is safe for concurrent use.
type Journal struct {
	mu          sync.Mutex
	seq         int
	calls       []Call
	answers     []Answer
	resolutions []Resolution
}

// AddCall appends c, numbers it and returns the number.
func (j *Journal) AddCall(c Call) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq++
	c.Seq = j.seq
	j.calls = appendBounded(j.calls, c)
	return c.Seq
}

// AddAnswer appends a.
func (j *Journal) AddAnswer(a Answer) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.answers = appendBounded(j.answers, a)
}

// AddResolution appends r.
func (j *Journal) AddResolution(r Resolution) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.resolutions = appendBounded(j.resolutions, r)
}

// Calls returns the calls with a number above after.
func (j *Journal) Calls(after int) []Call {
	j.mu.Lock()
	defer j.mu.Unlock()
	var out []Call
	for _, c := range j.calls {
		if c.Seq > after {
			out = append(out, c)
		}
	}
	return out
}

// Writes returns the calls with a number above after that were writes.
func (j *Journal) Writes(after int) []Call {
	var out []Call
	for _, c := range j.Calls(after) {
		if c.Write {
			out = append(out, c)
		}
	}
	return out
}

// Seq is the number of the latest call.
func (j *Journal) Seq() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.seq
}

// Answers returns the viewer answers at or after since.
func (j *Journal) Answers(since time.Time) []Answer {
	j.mu.Lock()
	defer j.mu.Unlock()
	return sinceFilter(j.answers, since, func(a Answer) time.Time { return a.At })
}

// Resolutions returns the DNS answers at or after since.
func (j *Journal) Resolutions(since time.Time) []Resolution {
	j.mu.Lock()
	defer j.mu.Unlock()
	return sinceFilter(j.resolutions, since, func(r Resolution) time.Time { return r.At })
}

func sinceFilter[T any](list []T, since time.Time, at func(T) time.Time) []T {
	var out []T
	for _, x := range list {
		if !at(x).Before(since) {
			out = append(out, x)
		}
	}
	return out
}

func appendBounded[T any](list []T, x T) []T {
	if len(list) >= maxKept {
		list = append(list[:0:0], list[maxKept/10:]...)
	}
	return append(list, x)
}
