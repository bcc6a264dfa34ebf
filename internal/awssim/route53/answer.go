package route53

import (
	"slices"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// A Lookup is what one name server says about one name and type at one moment.
type Lookup struct {
	InZone     bool   // some public hosted zone covers the name
	Zone       string // its name, with the trailing dot, and id
	ZoneID     string
	NameExists bool // false: NXDOMAIN

	// Type of the record set chosen: the type asked for, CNAME, or NS with
	// Delegated. Empty: the name has no such record.
	Type          string
	SetIdentifier string // of the record set chosen, where it has one
	TTL           int
	Values        []string
	Delegated     bool // the name lies in a part of the zone that is delegated to Values

	// AliasZone and AliasTarget are set instead of Values where an alias leads
	// out of the zone: to CloudFront, target such as d111.cloudfront.net.
	AliasZone, AliasTarget string

	SOA    string // record data of the zone's SOA, for negative answers
	SOATTL int
}

// maxHops bounds chains of aliases and CNAMEs.
const maxHops = 8

// latencyRegion is where the simulated viewers are, for latency routing.
const latencyRegion = "us-east-1"

// Lookup returns what name server 0 to 3 says at a moment. A weighted set is
// answered by draw, so two equal calls may differ.
func (s *Service) Lookup(server int, at time.Time, name, rtype string) Lookup {
	name, problem := parseName(name)
	if problem != "" {
		return Lookup{}
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	v := view{s: s, server: server, at: at}
	if v.zone = v.authority(name); v.zone == nil {
		return Lookup{}
	}
	return v.lookup(name, rtype)
}

// A view is a zone as one name server knows it at one moment. s.mu is held.
type view struct {
	s      *Service
	zone   *zone
	server int
	at     time.Time
}

// authority finds the public zone whose servers a resolver ends up at: from the top of what
// is here down along the delegations.
func (v view) authority(name string) *zone {
	var over []*zone
	for _, z := range v.s.zones {
		if !z.private && within(name, z.name) && !z.created.arrives[v.server].After(v.at) &&
			(z.deleted == nil || z.deleted.arrives[v.server].After(v.at)) {
			over = append(over, z)
		}
	}
	if len(over) < 2 {
		return append(over, nil)[0]
	}
	slices.SortStableFunc(over, func(a, b *zone) int { return len(a.name) - len(b.name) })
	best := over[0] // of two zones with one name the older, as though the registrar still pointed there
	if z := v.s.registered[best.name]; slices.Contains(over, z) {
		best = z
	}
	for i := 0; i < len(over); {
		below := over[i:]
		n := len(slices.DeleteFunc(slices.Clone(below), func(z *zone) bool { return z.name != below[0].name }))
		if i += n; below[0].name == best.name {
			continue
		}
		child, cut := v.delegated(best, below[:n])
		switch {
		case child != nil:
			best = child
		case cut:
			return best
		}
	}
	return best
}

// delegated is the one of some zones with one name that the zone above delegates it to. A
// child of the same account is taken for delegated to without a record, too; cut says that
// the name is delegated to servers of none of them.
func (v view) delegated(parent *zone, children []*zone) (child *zone, cut bool) {
	v.zone = parent
	for _, r := range v.sets(children[0].name) {
		if r.typ != "NS" {
			continue
		}
		cut = true
		for _, z := range children {
			if slices.ContainsFunc(z.servers[:], func(server string) bool {
				return slices.ContainsFunc(r.values, func(value string) bool { return strings.EqualFold(plain(value), server) })
			}) {
				return z, true
			}
		}
	}
	for _, z := range children {
		if z.of == parent.of {
			return z, cut
		}
	}
	return nil, cut
}

// sets returns the record sets of a name as the server knows them.
func (v view) sets(name string) []*record {
	if e := v.entry(name); e != nil {
		return e.sets
	}
	return nil
}

func (v view) entry(name string) *entry {
	h := v.zone.names[name]
	for _, v0 := range slices.Backward(h) {
		if !v0.change.arrives[v.server].After(v.at) {
			return v0
		}
	}
	return nil
}

// exists says whether a name has records or lies above one that has.
func (v view) exists(name string) bool {
	if len(v.sets(name)) > 0 {
		return true
	}
	for other := range v.zone.names {
		if other != name && within(other, name) && len(v.sets(other)) > 0 {
			return true
		}
	}
	return false
}

func (v view) lookup(name, rtype string) Lookup {
	out := Lookup{InZone: true, Zone: v.zone.name, ZoneID: v.zone.id}
	for _, r := range v.sets(v.zone.name) {
		if r.typ == "SOA" {
			out.SOA, out.SOATTL = r.values[0], r.ttl
		}
	}
	if ns := v.delegation(name, rtype); ns != nil {
		out.NameExists, out.Delegated, out.Type, out.TTL, out.Values = true, true, "NS", ns.ttl, ns.values
		out.Zone = ns.name // the owner of the referral
		return out
	}
	owner, found := v.match(name)
	if !found {
		return out
	}
	out.NameExists = true
	v.answer(&out, owner, rtype, 0)
	return out
}

// delegation returns the NS record set of the closest cut between the apex and name.
func (v view) delegation(name, rtype string) *record {
	var cut *record
	for n := name; n != v.zone.name && within(n, v.zone.name); n = parent(n) {
		for _, r := range v.sets(n) {
			if r.typ == "NS" && !(n == name && rtype == "DS") { // DS belongs to the parent
				cut = r
			}
		}
	}
	return cut
}

// match finds the name whose records answer for name: itself, or a wildcard
// below the closest name that exists. Source: RFC 4592.
func (v view) match(name string) (string, bool) {
	if v.exists(name) {
		return name, true
	}
	for n := parent(name); within(n, v.zone.name); n = parent(n) {
		if star := wildcard + "." + n; len(v.sets(star)) > 0 {
			return star, true
		}
		if n == v.zone.name || v.exists(n) {
			break
		}
	}
	return "", false
}

// answer chooses a record set of owner and puts its data into out, following
// aliases within the zone.
func (v view) answer(out *Lookup, owner, rtype string, hops int) {
	r := v.choose(owner, rtype, hops)
	if r == nil && rtype != "CNAME" {
		r = v.choose(owner, "CNAME", hops)
	}
	if r == nil || hops > maxHops {
		return
	}
	if out.SetIdentifier == "" {
		out.SetIdentifier = r.id
	}
	switch {
	case r.alias == nil:
		out.Type, out.TTL, out.Values = r.typ, r.ttl, v.values(r, owner)
	case r.alias.zone == v.zone.id:
		if target, found := v.match(r.alias.target); found {
			v.answer(out, target, r.typ, hops+1)
		}
	default: // an alias to another service has a TTL of 60 s
		out.Type, out.TTL = r.typ, 60
		out.AliasZone, out.AliasTarget = r.alias.zone, plain(r.alias.target)
	}
}

// values of a record set; multivalue answer routing joins up to eight healthy ones.
func (v view) values(r *record, owner string) []string {
	if r.policy != multivalue {
		return r.values
	}
	sets := v.healthyOrAll(v.candidates(owner, r.typ), 0)
	var out []string
	for i := range sets {
		out = append(out, sets[i].values...)
	}
	if len(out) > 8 {
		first := v.s.draw(len(out))
		out = append(out[first:len(out):len(out)], out[:first]...)[:8]
	}
	return out
}

func (v view) candidates(owner, typ string) (out []*record) {
	for _, r := range v.sets(owner) {
		if r.typ == typ {
			out = append(out, r)
		}
	}
	return out
}

// choose picks one record set of a name and type by its routing policy.
func (v view) choose(owner, typ string, hops int) *record {
	all := v.candidates(owner, typ)
	if len(all) == 0 {
		return nil
	}
	if len(all) == 1 && all[0].policy == simple {
		return all[0]
	}
	switch all[0].policy {
	case weighted:
		return v.chooseWeighted(all, hops)
	case failover:
		return v.chooseFailover(all, hops)
	case geolocation, cidr: // nobody's location is known: only the default record answers
		for _, r := range all {
			if r.geo.String("CountryCode") == "*" || r.geo.String("LocationName") == "*" {
				return r
			}
		}
		return nil
	case latency:
		for _, r := range v.healthyOrAll(all, hops) {
			if r.region == latencyRegion {
				return r
			}
		}
	case simple, geoproximity, multivalue: // any healthy one; values joins those of multivalue
	}
	return v.healthyOrAll(all, hops)[0]
}

// chooseWeighted: healthy records with a weight first; those of weight 0 only if
// none of them is healthy; if nothing is healthy, all count as healthy; if all
// weights are 0, equal shares. Source: Developer Guide, weighted routing and
// how Route 53 chooses records when health checking is configured.
func (v view) chooseWeighted(all []*record, hops int) *record {
	pool := weightedPool(v.healthyOnly(all, hops))
	if len(pool) == 0 {
		pool = weightedPool(all)
	}
	sum := 0
	for _, r := range pool {
		sum += r.weight
	}
	if sum == 0 {
		return pool[v.s.draw(len(pool))]
	}
	n := v.s.draw(sum)
	for _, r := range pool {
		if n -= r.weight; n < 0 {
			return r
		}
	}
	return pool[len(pool)-1]
}

func weightedPool(sets []*record) (out []*record) {
	for _, r := range sets {
		if r.weight > 0 {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		return sets
	}
	return out
}

func (v view) chooseFailover(all []*record, hops int) *record {
	var primary, secondary *record
	for _, r := range all {
		if r.failover == "PRIMARY" {
			primary = r
		} else {
			secondary = r
		}
	}
	switch {
	case primary == nil:
		return secondary
	case secondary == nil || v.healthy(primary, hops) || !v.healthy(secondary, hops):
		return primary
	default:
		return secondary
	}
}

func (v view) healthyOnly(all []*record, hops int) (out []*record) {
	for _, r := range all {
		if v.healthy(r, hops) {
			out = append(out, r)
		}
	}
	return out
}

func (v view) healthyOrAll(all []*record, hops int) []*record {
	if out := v.healthyOnly(all, hops); len(out) > 0 {
		return out
	}
	return all
}

// healthy: no check, or a check that was deleted, counts as healthy. An alias
// that evaluates its target is as healthy as the best record there.
func (v view) healthy(r *record, hops int) bool {
	if c := v.zone.of.checks[r.check]; c != nil && !c.healthy(v.at) {
		return false
	}
	if r.alias == nil || !r.alias.evaluate || r.alias.zone != v.zone.id || hops > maxHops {
		return true
	}
	targets := v.candidates(r.alias.target, r.typ)
	return len(targets) == 0 || len(v.healthyOnly(targets, hops+1)) > 0
}

// testDNSAnswer answers from one name server, which may not have the latest
// change yet. Source: API reference.
func (s *Service) testDNSAnswer(r *wire.Request) (*wire.Response, error) {
	z, err := s.zone(r.Query.Get("hostedzoneid"))
	if err != nil {
		return nil, err
	}
	if z.private {
		return nil, invalid("TestDNSAnswer is not supported for private hosted zones") // wording ours
	}
	name, problem := parseName(r.Query.Get("recordname"))
	if problem != "" {
		return nil, invalid("%s", problem)
	}
	server, now := s.draw(Servers), s.now()
	code, data := "NOERROR", wire.Elem("RecordData")
	s.mu.RLock()
	v := view{s: s, zone: z, server: server, at: now}
	var l Lookup
	if within(name, z.name) && !z.created.arrives[server].After(now) {
		l = v.lookup(name, r.Query.Get("recordtype"))
	}
	s.mu.RUnlock()
	values := l.Values
	switch {
	case !l.InZone:
		code = "REFUSED"
	case !l.NameExists:
		code = "NXDOMAIN"
	case l.AliasTarget != "":
		values = s.opt.Addresses(l.AliasTarget, l.Type, now)
	}
	for _, v := range values {
		data.Children = append(data.Children, wire.Text("RecordDataEntry", v))
	}
	return answer("TestDNSAnswerResponse", wire.Text("Nameserver", z.servers[server]), wire.Text("RecordName", name),
		wire.Text("RecordType", r.Query.Get("recordtype")), data, wire.Text("ResponseCode", code), wire.Text("Protocol", "UDP")), nil
}
