package route53

import (
	"sort"
	"strconv"
	"strings"
	"time"
)

// An Event is one accepted change of one record set of a name.
type Event struct {
	At            time.Time
	Type          string
	SetIdentifier string
	Action        string      // CREATE, UPSERT, DELETE
	Target        string      // alias target without the trailing dot, or the values joined by commas
	Weight        int         // -1: not weighted
	Arrives       []time.Time // per name server
}

func (e edit) event() Event {
	weight := -1
	if e.record.policy == weighted {
		weight = e.record.weight
	}
	return Event{Type: e.record.typ, SetIdentifier: e.record.id, Action: e.action, Target: e.record.target(), Weight: weight}
}

// Events returns every change of the records of exactly this name in public
// zones, in the order they were made.
func (s *Service) Events(name string) []Event {
	name, problem := parseName(name)
	if problem != "" {
		return nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []Event
	v := view{s: s, at: s.now()}
	asked := v.authority(name)
	for _, z := range s.zones {
		if z.private || asked != nil && z.of != asked.of { // whose records nobody gets to see
			continue
		}
		for _, e := range z.names[name] {
			out = append(out, e.events...)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].At.Before(out[j].At) })
	return out
}

// PointsAt returns the *.cloudfront.net name that name finally points at by
// alias or CNAME, "" if none. Where the name servers disagree it follows the one
// that is furthest behind: whoever asks DNS for permission may meet that one. Of
// a weighted set it follows the first record with a weight.
func (s *Service) PointsAt(name string, at time.Time) string {
	name, problem := parseName(name)
	if problem != "" {
		return ""
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	v := view{s: s, server: s.laggard(name, at), at: at}
	for range maxHops {
		if domain := plain(name); strings.HasSuffix(domain, ".cloudfront.net") {
			return domain
		}
		if v.zone = v.authority(name); v.zone == nil {
			return ""
		}
		owner, found := v.match(name)
		if !found {
			return ""
		}
		next := v.pointer(owner)
		if next == "" {
			return ""
		}
		name = next
	}
	return ""
}

// TXT is what a resolver finds of a name's TXT records by going down from the registrar's
// delegations, the character strings of each value joined, and how long it may keep that: the
// TTL, or of an absent record the smaller of the SOA's TTL and its minimum (RFC 2308). Where the
// name servers disagree it meets the one that is furthest behind.
func (s *Service) TXT(name string, at time.Time) (values []string, lasts time.Duration) {
	name, problem := parseName(name)
	if problem != "" {
		return nil, 0
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for hop := range maxHops {
		v := view{s: s, server: s.laggard(name, at), at: at}
		if v.zone = v.authority(name); v.zone == nil {
			return nil, 0
		}
		l := v.lookup(name, "TXT")
		kept := time.Duration(l.TTL) * time.Second
		switch {
		case l.Delegated: // to servers that do not answer, which nobody keeps
			return nil, 0
		case l.Type == "":
			kept = time.Duration(l.SOATTL) * time.Second
			if soa := strings.Fields(l.SOA); len(soa) == 7 {
				if minimum, err := strconv.Atoi(soa[6]); err == nil {
					kept = min(kept, time.Duration(minimum)*time.Second)
				}
			}
		}
		if hop == 0 || kept < lasts {
			lasts = kept
		}
		if l.Type != "CNAME" {
			for _, value := range l.Values {
				values = append(values, joined(value))
			}
			return values, lasts
		}
		if name, problem = parseName(l.Values[0]); problem != "" {
			return nil, lasts
		}
	}
	return nil, lasts
}

// joined puts together the quoted strings of a TXT value.
func joined(value string) string {
	var out strings.Builder
	quoted := false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '\\' && quoted && i+1 < len(value):
			i++
			out.WriteByte(value[i])
		case c == '"':
			quoted = !quoted
		case quoted:
			out.WriteByte(c)
		}
	}
	return out.String()
}

// laggard is the name server whose latest change of name is the oldest.
func (s *Service) laggard(name string, at time.Time) int {
	slowest, oldest := 0, -1
	for server := range Servers {
		v := view{s: s, server: server, at: at}
		seen := 0
		for _, z := range s.zones {
			for _, owner := range governing(name, z.name) {
				for _, e := range z.names[owner] {
					if !e.change.arrives[v.server].After(at) {
						seen++
					}
				}
			}
		}
		if oldest < 0 || seen < oldest {
			slowest, oldest = server, seen
		}
	}
	return slowest
}

// pointer is the stored name that owner's records lead to.
func (v view) pointer(owner string) string {
	for _, typ := range []string{"A", "AAAA", "HTTPS", "CNAME"} {
		for _, r := range weightedPool(v.candidates(owner, typ)) {
			switch {
			case r.alias != nil:
				return r.alias.target
			case typ == "CNAME":
				if target, problem := parseName(r.values[0]); problem == "" {
					return target
				}
			}
		}
	}
	return ""
}

// governing lists the names of a zone whose records can change what name
// resolves to: itself, the names above it and the wildcards below those.
func governing(name, zone string) (out []string) {
	if !within(name, zone) {
		return nil
	}
	out = append(out, name)
	for n := name; n != zone; {
		n = parent(n)
		out = append(out, n, wildcard+"."+n)
	}
	return out
}

// Moments returns every instant at which what some name server says about name
// may change, sorted. Names it leads to by alias or CNAME are included.
func (s *Service) Moments(name string) []time.Time {
	name, problem := parseName(name)
	if problem != "" {
		return nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	at := map[time.Time]bool{}
	s.collect(name, at, map[string]bool{})
	out := make([]time.Time, 0, len(at))
	for t := range at {
		out = append(out, t)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Before(out[j]) })
	return out
}

func (s *Service) collect(name string, at map[time.Time]bool, seen map[string]bool) {
	if seen[name] {
		return
	}
	seen[name] = true
	for _, z := range s.zones {
		if z.private || !within(name, z.name) {
			continue
		}
		for _, owner := range governing(name, z.name) {
			for _, e := range z.names[owner] {
				for _, t := range e.change.arrives {
					at[t] = true
				}
				for _, r := range e.sets {
					z.of.collectHealth(r, at)
					if next := leads(r); next != "" {
						s.collect(next, at, seen)
					}
				}
			}
		}
		// A name below may come or go and with it NXDOMAIN.
		for other, history := range z.names {
			if other != name && within(other, name) {
				for _, e := range history {
					for _, t := range e.change.arrives {
						at[t] = true
					}
				}
			}
		}
	}
}

func (s *Service) collectHealth(r *record, at map[time.Time]bool) {
	if c := s.checks[r.check]; c != nil {
		for _, h := range c.health {
			at[h.at] = true
		}
	}
}

func leads(r *record) string {
	switch {
	case r.alias != nil:
		return r.alias.target
	case r.typ == "CNAME":
		name, _ := parseName(r.values[0])
		return name
	}
	return ""
}

// Register tells the registrar of a zone's name to delegate to that zone. Without it the
// oldest zone of a name is delegated to.
func (s *Service) Register(id string) {
	s.serving.Lock()
	defer s.serving.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if z, err := s.zone(id); err == nil {
		s.registered[z.name] = z
	}
}

// A ZoneDescription is a hosted zone for people to look at.
type ZoneDescription struct {
	ID      string              `json:"id"`
	Name    string              `json:"name"`
	Private bool                `json:"private"`
	Comment string              `json:"comment,omitempty"`
	Servers []string            `json:"servers"`
	Records []RecordDescription `json:"records"`
}

// A RecordDescription is a record set for people to look at.
type RecordDescription struct {
	Name          string   `json:"name"`
	Type          string   `json:"type"`
	SetIdentifier string   `json:"set_identifier,omitempty"`
	Weight        *int     `json:"weight,omitempty"`
	TTL           int      `json:"ttl,omitempty"`
	Values        []string `json:"values,omitempty"`
	Alias         string   `json:"alias,omitempty"`
	Known         int      `json:"known"`  // how many name servers have the latest change of the name
	Status        string   `json:"status"` // PENDING or INSYNC
}

// Describe returns the zones that exist, as the control plane has them.
func (s *Service) Describe() []ZoneDescription {
	now := s.now()
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := []ZoneDescription{}
	for _, z := range s.living() {
		d := ZoneDescription{ID: z.id, Name: plain(z.name), Private: z.private, Comment: z.comment, Servers: z.servers[:], Records: []RecordDescription{}}
		for _, r := range z.all() {
			d.Records = append(d.Records, z.describe(r, now))
		}
		out = append(out, d)
	}
	return out
}

func (z *zone) describe(r *record, now time.Time) RecordDescription {
	history := z.names[r.name]
	c := history[len(history)-1].change
	d := RecordDescription{Name: plain(r.name), Type: r.typ, SetIdentifier: r.id, TTL: r.ttl, Values: r.values, Status: "INSYNC"}
	if r.policy == weighted {
		d.Weight = &r.weight
	}
	if r.alias != nil {
		d.Alias = plain(r.alias.target)
	}
	if c.pending(now) {
		d.Status = "PENDING"
	}
	for _, t := range c.arrives {
		if !t.After(now) {
			d.Known++
		}
	}
	return d
}
