// Package gate turns samples into verdicts. A verdict is a pure function of what
// was seen: the same samples always give the same answer, whoever took them.
// The package takes no samples itself and never waits; package probe does.
package gate

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A Verdict is the answer of a gate.
type Verdict int

// The verdicts. Inconclusive is the zero value on purpose: what was not shown is
// not known.
const (
	// Inconclusive: nothing spoke against the side and nothing proved it.
	Inconclusive Verdict = iota
	// Pass: every condition was seen to hold.
	Pass
	// Fail: more samples than the failure limit allows violated a condition.
	Fail
	// Unasked: there was no condition, so there is nothing that could have been shown.
	Unasked
)

// String names the verdict as diagnostics do.
func (v Verdict) String() string {
	switch v {
	case Pass:
		return "passed"
	case Fail:
		return "failed"
	case Inconclusive:
		return "inconclusive"
	case Unasked:
		return "unasked"
	default:
		return fmt.Sprintf("Verdict(%d)", int(v))
	}
}

// A Marker is something every answer of one side carries and no other side's does.
type Marker struct {
	Header string // name of a response header; empty: the body
	Value  string // the header's value, or a text the body contains
}

// In says whether the sample carries the marker. An empty one would be in every
// answer, so it is in none.
func (m Marker) In(s Sample) bool {
	if m.Value == "" {
		return false
	}
	if m.Header != "" {
		return slices.Contains(s.Header.Values(m.Header), m.Value)
	}
	return strings.Contains(s.Body, m.Value)
}

// A Target is one request to repeat, and what its answers must look like.
type Target struct {
	Method    string // empty: GET
	URL       string
	Header    http.Header
	ConnectTo string // host:port to connect to instead of the URL's; empty: resolve it
	// Endpoint is host:port of the one whose answers are wanted, where the URL's host may
	// resolve to another one. ConnectTo goes before it, and so does a rehearsal's edge.
	Endpoint string
	// Elsewhere: the URL, or where to connect, is of somebody's choice, so that it may be
	// another distribution that answers.
	Elsewhere  bool
	Timeout    time.Duration
	Samples    int // requests a round
	Statuses   []int
	Contains   string
	Matches    *regexp.Regexp
	WantMarker *Marker           // nil: see NeedMarker
	Others     map[string]Marker // markers of the other sides, by side
	// NeedMarker: only a marker proves who answered, because the name asked for may
	// be served by another side. Without one the verdict is inconclusive.
	NeedMarker bool
}

// A Sample is one answer, or the failure to get one.
type Sample struct {
	At     time.Time
	Took   time.Duration
	Status int
	Header http.Header
	Body   string // at most 1 MiB of it
	Err    string // why there is no answer; empty: there is one
}

// A Finding is what one look says about what it was about. The zero value says nothing.
type Finding struct {
	Verdict Verdict
	Why     string // empty for Pass
	// Later says of an Inconclusive one that what is missing may still arrive, so that
	// another look can be worth its time.
	Later bool
}

// Examine judges one sample.
func (t Target) Examine(s Sample) Finding {
	if s.Err != "" {
		return Finding{Verdict: Fail, Why: fmt.Sprintf("%s gave no answer: %s", t.URL, s.Err)}
	}
	for _, side := range sortedKeys(t.Others) {
		if t.Others[side].In(s) && (t.WantMarker == nil || !t.WantMarker.In(s)) {
			return Finding{Verdict: Fail, Why: fmt.Sprintf("%s was answered by %s", t.URL, side)}
		}
	}
	if !slices.Contains(t.statuses(), s.Status) {
		return Finding{Verdict: Fail, Why: fmt.Sprintf("%s answered %d, expected %s", t.URL, s.Status, joinInts(t.statuses()))}
	}
	if t.Contains != "" && !strings.Contains(s.Body, t.Contains) {
		return Finding{Verdict: Fail, Why: fmt.Sprintf("the body of %s does not contain %q", t.URL, t.Contains)}
	}
	if t.Matches != nil && !t.Matches.MatchString(s.Body) {
		return Finding{Verdict: Fail, Why: fmt.Sprintf("the body of %s does not match %q", t.URL, t.Matches)}
	}
	switch {
	case t.WantMarker != nil && !t.WantMarker.In(s):
		return Finding{Verdict: Fail, Why: fmt.Sprintf("the answer of %s does not carry the marker of the side that should have given it", t.URL)}
	case t.WantMarker == nil && t.NeedMarker:
		return Finding{Why: fmt.Sprintf("%s answered, but without a `marker` on each side nothing proves which one did", t.URL)}
	}
	return Finding{Verdict: Pass}
}

func (t Target) statuses() []int {
	if len(t.Statuses) == 0 {
		return []int{http.StatusOK}
	}
	return t.Statuses
}

// Exceeds says whether more than limit of the findings failed, and which one did first.
func Exceeds(findings []Finding, limit int) (bool, string) {
	failed, why := 0, ""
	for _, f := range findings {
		if f.Verdict == Fail {
			if failed++; failed == 1 {
				why = f.Why
			}
		}
	}
	return failed > limit, fmt.Sprintf("%s (%d of %d requests failed, %d allowed)", why, failed, len(findings), limit)
}

// Held gives the finding about one target: all that was found about it, and the part of
// that from the last round. Failures that the limit allows are exceptions, and prove
// nothing: most requests have to have succeeded, one of the last round among them, and none
// may be open.
func Held(all, last []Finding) Finding {
	why, succeeded := "no request was made", 0
	for _, f := range all {
		switch f.Verdict {
		case Pass:
			succeeded++
		case Fail:
			why = f.Why
		default: // the zero value too: what was not shown is not known
			return Finding{Why: f.Why}
		}
	}
	if succeeded > 0 && succeeded <= len(all)/2 {
		return Finding{Why: fmt.Sprintf("%s, and only %d of %d requests succeeded", why, succeeded, len(all))}
	}
	for i, f := range last {
		if f.Verdict == Pass {
			return Finding{Verdict: Pass}
		}
		if i > 0 {
			continue
		}
		if why = f.Why + ", and no request succeeded"; len(all) > len(last) {
			why = f.Why + ", and no request of the last round succeeded"
		}
	}
	return Finding{Why: why}
}

// Judge gives the verdict over the requests of a single round: Fail once more than limit
// of them failed, else whatever Held finds about them.
func Judge(findings []Finding, limit int) (Verdict, string) {
	if failed, why := Exceeds(findings, limit); failed {
		return Fail, why
	}
	f := Held(findings, findings)
	return f.Verdict, f.Why
}

func sortedKeys(m map[string]Marker) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func joinInts(list []int) string {
	parts := make([]string, len(list))
	for i, n := range list {
		parts[i] = fmt.Sprint(n)
	}
	return strings.Join(parts, " or ")
}
