// Package audit decides, from what the services recorded, whether viewers of a
// name were ever let down: at every instant at which anything changed, on every
// POP and every name server, and not at the instants at which somebody happened
// to look. Changes still on their way are judged too, at the moments they will arrive.
//
// Five things must hold from a given time on:
//
//  1. A POP that serves a name goes on serving it.
//  2. It is never served by a side that has not reached the POP or is disabled,
//     and no write moves a name to a distribution whose last change of
//     configuration is still on its way to some POP.
//  3. A record of the name never points at a distribution that is gone, disabled
//     or does not resolve, and a record type that answered goes on answering.
//  4. DNS does not lead: no record is changed to a distribution that does not yet
//     serve the name on every POP, unless nobody owned the name.
//  5. A continuous deployment policy never sends viewers of a name to a staging
//     distribution that refuses them. One that serves them is as good as the owner.
//
// It reads histories only. It never samples, sends a request, or looks at the journal.
package audit

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kind says which promise was broken.
type Kind string

// The kinds of violation.
const (
	Unserved            Kind = "unserved"              // a POP that served the name refuses it
	UndeployedSide      Kind = "undeployed side"       // … because its owner's configuration has not arrived there
	DisabledSide        Kind = "disabled side"         // … because its owner is disabled
	MovedWhileDeploying Kind = "moved while deploying" // the target's last change was still on its way
	RecordDangling      Kind = "record dangling"       // a record points at nothing
	RecordMissing       Kind = "record missing"        // a type that answered does not any more
	DNSLeads            Kind = "DNS leads"             // a record was changed before the POPs were
	BrokenStaging       Kind = "broken staging"        // a policy sends viewers to a staging distribution that refuses them
)

// A Violation is one promise broken at one place over one stretch of time.
type Violation struct {
	Kind         Kind      `json:"kind"`
	Name         string    `json:"name"`
	At           time.Time `json:"at"`
	Until        time.Time `json:"until,omitzero"`         // zero: an instant, or not over yet
	POP          int       `json:"pop"`                    // -1: not about a POP
	Server       int       `json:"server"`                 // -1: not about a name server
	Type         string    `json:"type,omitempty"`         // record type
	Distribution string    `json:"distribution,omitempty"` // the one concerned
	Reason       string    `json:"reason"`
}

// String prints one line for a test's log.
func (v Violation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", v.Name, v.Kind)
	if v.POP >= 0 {
		fmt.Fprintf(&b, " on POP %d", v.POP)
	}
	if v.Server >= 0 {
		fmt.Fprintf(&b, " on name server %d", v.Server)
	}
	if v.Type != "" {
		fmt.Fprintf(&b, " (%s)", v.Type)
	}
	fmt.Fprintf(&b, " at %s", v.At.UTC().Format("15:04:05.000"))
	if !v.Until.IsZero() {
		fmt.Fprintf(&b, " for %s", v.Until.Sub(v.At))
	}
	fmt.Fprintf(&b, ": %s", v.Reason)
	if v.Distribution != "" {
		fmt.Fprintf(&b, " [%s]", v.Distribution)
	}
	return b.String()
}

// A Route is what a POP does with a name; Reason is empty where it serves.
type Route struct {
	Distribution string
	Reason       string
	// Staging is the staging distribution that a policy sends some of the viewers to, and
	// StagingReason why it refuses them; empty where none does, or where it serves.
	Staging, StagingReason string
}

// An AliasEvent is a write that changed who owns a name; "" is nobody.
type AliasEvent struct {
	At       time.Time
	Seq      int // as a Version's
	From, To string
}

// A Version is one accepted configuration of a distribution.
type Version struct {
	At        time.Time
	Seq       int         // of CloudFront's writes, rising: a clock may stand still between two of them
	Arrives   []time.Time // per POP
	AliasOnly bool        // it only moved a name, or sent a policy along
}

// A Target is what stands behind a d….cloudfront.net name.
type Target struct {
	Distribution string // "": nothing
	Enabled      bool
	Resolves     bool
}

// A RecordEvent is one change of one record set. Target is what an alias or CNAME
// points at; "" for anything else.
type RecordEvent struct {
	At            time.Time
	Type          string
	SetIdentifier string
	Action        string // CREATE, UPSERT, DELETE
	Target        string
	Arrives       []time.Time // per name server
}

// A Fleet is CloudFront's history.
type Fleet interface {
	POPs() int
	Route(pop int, at time.Time, host string) Route
	Moments(host string) []time.Time // at which Route may change
	AliasEvents(name string) []AliasEvent
	Versions(distribution string) []Version
	Target(domain string, at time.Time) Target
}

// NameServers is Route 53's history.
type NameServers interface {
	Servers() int
	Answers(server int, at time.Time, name, rtype string) bool // there is a record of that type
	Moments(name string) []time.Time                           // at which Answers may change
	Events(name string) []RecordEvent                          // in the order they were made
}

// horizon is where changes lie that are frozen: they do not arrive.
var horizon = time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)

// Check returns every violation for these names from since on, in order of time.
func Check(fleet Fleet, dns NameServers, since time.Time, names ...string) []Violation {
	var out []Violation
	for _, name := range names {
		out = append(out, served(fleet, since, name)...)
		out = append(out, moves(fleet, since, name)...)
		out = append(out, dangling(fleet, dns, since, name)...)
		out = append(out, missing(dns, since, name)...)
		out = append(out, leads(fleet, dns, since, name)...)
	}
	slices.SortStableFunc(out, func(a, b Violation) int { return a.At.Compare(b.At) })
	return out
}

// instants are since and every moment after it, with the instant right behind
// each: a state may begin at a moment or end there.
func instants(since time.Time, moments []time.Time) []time.Time {
	out := []time.Time{since}
	for _, m := range moments {
		if m.After(since) && m.Before(horizon) {
			out = append(out, m, m.Add(1))
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return slices.CompactFunc(out, time.Time.Equal)
}

// A stretch collects a violation that lasts: it opens, and closes when what is
// wrong changes or ends.
type stretch struct {
	out  []Violation
	open *Violation
}

// see reports what is wrong at an instant; nil: nothing.
func (s *stretch) see(at time.Time, v *Violation) {
	if s.open != nil && v != nil && s.open.Kind == v.Kind && s.open.Reason == v.Reason && s.open.Distribution == v.Distribution {
		return
	}
	if s.open != nil {
		s.open.Until = at
		s.out = append(s.out, *s.open)
		s.open = nil
	}
	if v != nil {
		v.At = at
		s.open = v
	}
}

func (s *stretch) end() []Violation {
	if s.open != nil {
		s.out = append(s.out, *s.open)
		s.open = nil
	}
	return s.out
}

// served checks 1, the first half of 2, and 5.
func served(fleet Fleet, since time.Time, name string) []Violation {
	var out []Violation
	times := instants(since, fleet.Moments(name))
	for pop := range fleet.POPs() {
		var s stretch
		was := false
		for _, at := range times {
			r := fleet.Route(pop, at, name)
			was = was || r.Reason == ""
			if r.Reason == "" && r.StagingReason != "" {
				s.see(at, &Violation{Kind: BrokenStaging, Name: name, POP: pop, Server: -1, Distribution: r.Staging, Reason: r.StagingReason})
				continue
			}
			if r.Reason == "" || !was {
				s.see(at, nil)
				continue
			}
			kind := Unserved
			switch r.Reason {
			case "undeployed":
				kind = UndeployedSide
			case "disabled":
				kind = DisabledSide
			}
			s.see(at, &Violation{Kind: kind, Name: name, POP: pop, Server: -1, Distribution: r.Distribution, Reason: r.Reason})
		}
		out = append(out, s.end()...)
	}
	return out
}

// moves checks the second half of 2. The write that gives a name its first owner
// moves nothing: nobody is served by it yet.
func moves(fleet Fleet, since time.Time, name string) []Violation {
	var out []Violation
	owned := false
	for _, e := range fleet.AliasEvents(name) {
		move := e.To != "" && e.To != e.From && (owned || e.From != "")
		owned = owned || e.To != ""
		if !move || e.At.Before(since) {
			continue
		}
		if pop, late := late(fleet.Versions(e.To), e); late > 0 {
			out = append(out, Violation{
				Kind: MovedWhileDeploying, Name: name, At: e.At, POP: pop, Server: -1, Distribution: e.To,
				Reason: fmt.Sprintf("moved to a distribution that was still deploying: its last change had not reached %d of %d POPs", late, fleet.POPs()),
			})
		}
	}
	return out
}

// late counts the POPs that the last change of configuration before a move, or made
// by the same write, had not reached when it was made, and names the first.
func late(versions []Version, move AliasEvent) (first, count int) {
	first = -1
	for _, v := range slices.Backward(versions) {
		if v.AliasOnly || v.At.After(move.At) || v.At.Equal(move.At) && v.Seq > move.Seq {
			continue
		}
		for pop, t := range v.Arrives {
			if t.After(move.At) {
				if count == 0 {
					first = pop
				}
				count++
			}
		}
		return first, count
	}
	return first, 0
}

type recordKey struct{ rtype, set string }

// cloudfront says whether a record's target is a distribution, and its domain in
// one spelling. A list of values, or one with parameters, is not.
func cloudfront(target string) (string, bool) {
	domain := strings.ToLower(strings.TrimSuffix(target, "."))
	return domain, strings.HasSuffix(domain, ".cloudfront.net") && !strings.ContainsAny(domain, " ,\"")
}

// dangling checks the first half of 3: each record set on its own, whatever its weight.
func dangling(fleet Fleet, dns NameServers, since time.Time, name string) []Violation {
	events := dns.Events(name)
	var moments []time.Time
	seen := map[string]bool{}
	for _, e := range events {
		moments = append(moments, e.Arrives...)
		if domain, ok := cloudfront(e.Target); ok && !seen[domain] {
			seen[domain] = true
			moments = append(moments, fleet.Moments(domain)...)
			// A configuration counts from its write, before any POP has it.
			for _, v := range fleet.Versions(fleet.Target(domain, e.At).Distribution) {
				moments = append(moments, v.At)
			}
		}
	}
	times := instants(since, moments)
	var out []Violation
	for server := range dns.Servers() {
		open := map[recordKey]*stretch{}
		for _, at := range times {
			now := inForce(events, server, at)
			for key := range now {
				if open[key] == nil {
					open[key] = &stretch{}
				}
			}
			for key, s := range open {
				s.see(at, pointsAtNothing(fleet, now[key], at, Violation{Kind: RecordDangling, Name: name, POP: -1, Server: server, Type: key.rtype}))
			}
		}
		for _, s := range open {
			out = append(out, s.end()...)
		}
	}
	return out
}

// inForce is what the record sets of a name point at on one server.
func inForce(events []RecordEvent, server int, at time.Time) map[recordKey]string {
	out := map[recordKey]string{}
	for _, e := range events {
		if server >= len(e.Arrives) || e.Arrives[server].After(at) {
			continue
		}
		key := recordKey{e.Type, e.SetIdentifier}
		if e.Action == "DELETE" {
			delete(out, key)
		} else {
			out[key] = e.Target
		}
	}
	return out
}

func pointsAtNothing(fleet Fleet, target string, at time.Time, v Violation) *Violation {
	domain, ok := cloudfront(target)
	if !ok {
		return nil
	}
	t := fleet.Target(domain, at)
	v.Distribution = t.Distribution
	switch {
	case t.Distribution == "":
		v.Reason = "points at " + domain + ", which does not exist"
	case !t.Enabled:
		v.Reason = "points at " + domain + ", which is disabled"
	case !t.Resolves:
		v.Reason = "points at " + domain + ", which does not resolve"
	default:
		return nil
	}
	return &v
}

// addressTypes are what a viewer asks for. A TXT proof may come and go.
var addressTypes = []string{"A", "AAAA", "HTTPS", "CNAME"}

// missing checks the second half of 3.
func missing(dns NameServers, since time.Time, name string) []Violation {
	times := instants(since, dns.Moments(name))
	var out []Violation
	for server := range dns.Servers() {
		for _, rtype := range addressTypes {
			var s stretch
			had := false
			for _, at := range times {
				if dns.Answers(server, at, name, rtype) {
					had = true
				}
				// A CNAME answers for every type, and an A record in its place is as good.
				if !had || dns.Answers(server, at, name, rtype) || dns.Answers(server, at, name, "CNAME") ||
					rtype == "CNAME" && dns.Answers(server, at, name, "A") {
					s.see(at, nil)
					continue
				}
				s.see(at, &Violation{Kind: RecordMissing, Name: name, POP: -1, Server: server, Type: rtype, Reason: "had a record and has none"})
			}
			out = append(out, s.end()...)
		}
	}
	return out
}

// leads checks 4.
func leads(fleet Fleet, dns NameServers, since time.Time, name string) []Violation {
	var out []Violation
	events := dns.Events(name)
	for _, e := range events {
		domain, ok := cloudfront(e.Target)
		if !ok || e.Action == "DELETE" || e.At.Before(since) || pointedAt(events, e, domain) {
			continue
		}
		id := fleet.Target(domain, e.At).Distribution
		behind, first, owned := 0, -1, ownedAt(fleet, name, e.At)
		for pop := range fleet.POPs() {
			r := fleet.Route(pop, e.At, name)
			owned = owned || r.Distribution != ""
			if r.Distribution == id && r.Reason == "" {
				continue
			}
			if behind == 0 {
				first = pop
			}
			behind++
		}
		if owned && behind > 0 {
			out = append(out, Violation{
				Kind: DNSLeads, Name: name, At: e.At, POP: first, Server: -1, Type: e.Type, Distribution: id,
				Reason: fmt.Sprintf("changed to %s, which %d of %d POPs did not serve the name from", domain, behind, fleet.POPs()),
			})
		}
	}
	return out
}

// pointedAt says whether a record of e's type pointed at domain before e was written.
func pointedAt(events []RecordEvent, e RecordEvent, domain string) bool {
	now := map[string]string{}
	for _, before := range events {
		switch {
		case before.Type != e.Type || !before.At.Before(e.At):
		case before.Action == "DELETE":
			delete(now, before.SetIdentifier)
		default:
			now[before.SetIdentifier], _ = cloudfront(before.Target)
		}
	}
	for _, d := range now {
		if d == domain {
			return true
		}
	}
	return false
}

func ownedAt(fleet Fleet, name string, at time.Time) bool {
	owner := ""
	for _, e := range fleet.AliasEvents(name) {
		if !e.At.After(at) {
			owner = e.To
		}
	}
	return owner != ""
}
