package route53

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// A zone is a hosted zone with the history of every name in it.
type zone struct {
	of                     *Service // whose it is
	id, name, ref, comment string
	private                bool
	vpcs                   []*wire.Node
	servers                [Servers]string
	set                    *delegationSet // that its servers are of; nil: of none

	created, deleted, last *change // deleted is nil while the zone lives
	names                  map[string][]*entry

	protections []protection // in the order of the list
	recovery    recovery
}

// An entry is the state of one name since a change.
type entry struct {
	change *change
	sets   []*record // all of the name, listed; empty: the name is gone
	events []Event
}

// current returns what the control plane has for name.
func (z *zone) current(name string) []*record {
	if h := z.names[name]; len(h) > 0 {
		return h[len(h)-1].sets
	}
	return nil
}

// count is the number of record sets.
func (z *zone) count() int {
	n := 0
	for name := range z.names {
		n += len(z.current(name))
	}
	return n
}

// all returns every record set in the order of ListResourceRecordSets.
func (z *zone) all() []*record {
	names := make([]string, 0, len(z.names))
	for name := range z.names {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool { return sortKey(names[i]) < sortKey(names[j]) })
	var out []*record
	for _, name := range names {
		out = append(out, z.current(name)...)
	}
	return out
}

// commit puts a draft in force.
func (s *Service) commit(z *zone, c *change, d *draft) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, sets := range d.names {
		events := d.events[name]
		for i := range events {
			events[i].At, events[i].Arrives = c.at, append([]time.Time(nil), c.arrives[:]...)
		}
		z.names[name] = append(z.names[name], &entry{change: c, sets: sets, events: events})
	}
	z.last = c
	s.changes[c.id] = c
}

// zone finds a living zone.
func (s *Service) zone(id string) (*zone, error) {
	id = bareID(id)
	for _, z := range s.zones {
		switch {
		case z.id != id || z.deleted != nil:
		case z.of != s:
			return nil, errForeign
		default:
			return z, nil
		}
	}
	return nil, wire.Errorf("NoSuchHostedZone", "No hosted zone found with ID: %s", id)
}

func (s *Service) living() (out []*zone) {
	for _, z := range s.zones {
		if z.of == s && z.deleted == nil {
			out = append(out, z)
		}
	}
	return out
}

var vpcID = regexp.MustCompile(`^vpc-[0-9a-f]{8,17}$`)

func (s *Service) createHostedZone(r *wire.Request) (*wire.Response, error) {
	ref, raw := r.Body.String("CallerReference"), r.Body.String("Name")
	name, problem := parseName(raw)
	vpc := r.Body.Get("VPC")
	switch {
	case problem != "" || name == ".":
		return nil, wire.Errorf("InvalidDomainName", "The domain name %s is not valid: %s", raw, problem) // wording ours
	case s.refs[ref]: // even for the same request, and even once the zone is gone
		return nil, wire.Errorf("HostedZoneAlreadyExists", "A hosted zone has already been created with the specified caller reference.")
	case vpc == nil && r.Body.True("HostedZoneConfig", "PrivateZone"):
		return nil, invalid("When you're creating a private hosted zone (when you specify true for PrivateZone), you must also specify values for VPCId and VPCRegion.")
	case vpc != nil && r.Body.String("DelegationSetId") != "":
		return nil, invalid("A reusable delegation set cannot be associated with a private hosted zone.") // wording ours
	case vpc != nil && !vpcID.MatchString(vpc.String("VPCId")):
		return nil, wire.Errorf("InvalidVPCId", "The VPC: %s you provided is invalid.", vpc.String("VPCId"))
	}
	z := &zone{of: s, id: s.id("Z0", 19), name: name, ref: ref, comment: r.Body.String("HostedZoneConfig", "Comment"), names: map[string][]*entry{}}
	if id := r.Body.String("DelegationSetId"); id != "" {
		set, err := s.delegated(id)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(s.living(), func(other *zone) bool { return other.set == set && other.name == name }) {
			return nil, wire.Errorf("ConflictingDomainExists", "The delegation set %s has a hosted zone for %s already", set.id, name) // wording ours
		}
		z.set, z.servers = set, set.servers
	} else {
		z.servers = s.delegation()
	}
	if vpc != nil {
		z.private, z.vpcs = true, []*wire.Node{vpc.Clone()}
		for _, other := range s.living() {
			if other.private && other.name == name && other.hasVPC(vpc) {
				return nil, wire.Errorf("ConflictingDomainExists", "The VPC %s is already associated with a hosted zone for %s", vpc.String("VPCId"), name) // wording ours
			}
		}
		z.servers = [Servers]string{"ns-1536.awsdns-00.co.uk", "ns-0.awsdns-00.com", "ns-1024.awsdns-00.org", "ns-512.awsdns-00.net"}
	}
	c := s.newChange(z, "")
	z.created = c
	d := newDraft(z)
	for _, n := range z.birth() {
		rec, problems := parseRecord(n)
		if len(problems) > 0 {
			return nil, fmt.Errorf("records of a new zone: %v", problems)
		}
		d.put(edit{"CREATE", rec}, nil)
	}
	s.commit(z, c, d)
	s.mu.Lock()
	s.zones = append(s.zones, z)
	s.mu.Unlock()
	s.refs[ref] = true

	out := answer("CreateHostedZoneResponse", z.node(s.now()), c.node(s.now()))
	if z.private {
		out.Body.Children = append(out.Body.Children, z.vpcs[0])
	} else {
		out.Body.Children = append(out.Body.Children, z.delegationSet())
	}
	return out.WithHeader("Location", location("hostedzone/%s", z.id)), nil
}

// delegation draws four name servers, one per top-level domain, as AWS names them.
func (s *Service) delegation() [Servers]string {
	var out [Servers]string
	first := s.draw(Servers)
	for i, tld := range []string{"com", "net", "org", "co.uk"} {
		out[(first+i)%Servers] = fmt.Sprintf("ns-%d.awsdns-%02d.%s", i*512+s.draw(512), s.draw(64), tld)
	}
	return out
}

// birth returns the two record sets every zone is created with. Source: Developer Guide, NS and SOA records.
func (z *zone) birth() []*wire.Node {
	ns := wire.Elem("ResourceRecords")
	for _, server := range z.servers {
		ns.Children = append(ns.Children, wire.Elem("ResourceRecord", wire.Text("Value", server+".")))
	}
	soa := z.servers[0] + ". awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
	return []*wire.Node{
		wire.Elem("ResourceRecordSet", wire.Text("Name", z.name), wire.Text("Type", "NS"), wire.Int("TTL", 172800), ns),
		wire.Elem("ResourceRecordSet", wire.Text("Name", z.name), wire.Text("Type", "SOA"), wire.Int("TTL", 900),
			wire.Elem("ResourceRecords", wire.Elem("ResourceRecord", wire.Text("Value", soa)))),
	}
}

func (z *zone) node(at time.Time) *wire.Node {
	config := wire.Elem("Config")
	if z.comment != "" {
		config.Children = append(config.Children, wire.Text("Comment", z.comment))
	}
	config.Children = append(config.Children, wire.Bool("PrivateZone", z.private))
	out := wire.Elem("HostedZone", wire.Text("Id", "/hostedzone/"+z.id), wire.Text("Name", z.name),
		wire.Text("CallerReference", z.ref), config, wire.Int("ResourceRecordSetCount", z.count()))
	if status := z.recovery.status(at); status != "" {
		out.Children = append(out.Children, wire.Elem("Features", wire.Text("AcceleratedRecoveryStatus", status)))
	}
	return out
}

func (z *zone) delegationSet() *wire.Node {
	if z.set != nil {
		return z.set.node()
	}
	return (&delegationSet{servers: z.servers}).node()
}

func (s *Service) getHostedZone(r *wire.Request) (*wire.Response, error) {
	z, err := s.zone(r.Labels["Id"])
	if err != nil {
		return nil, err
	}
	out := answer("GetHostedZoneResponse", z.node(s.now()))
	if z.private {
		out.Body.Children = append(out.Body.Children, wire.Elem("VPCs", z.vpcs...))
	} else {
		out.Body.Children = append(out.Body.Children, z.delegationSet())
	}
	return out, nil
}

func (s *Service) getHostedZoneCount(*wire.Request) (*wire.Response, error) {
	return answer("GetHostedZoneCountResponse", wire.Int("HostedZoneCount", len(s.living()))), nil
}

func (s *Service) getHostedZoneLimit(r *wire.Request) (*wire.Response, error) {
	z, err := s.zone(r.Labels["Id"])
	if err != nil {
		return nil, err
	}
	limit, count := maxSetsPerZone, z.count()
	if r.Labels["Type"] == "MAX_VPCS_ASSOCIATED_BY_ZONE" {
		if !z.private {
			return nil, wire.Errorf("HostedZoneNotPrivate", "The specified hosted zone is not a private hosted zone: %s", z.id) // wording ours
		}
		limit, count = 300, len(z.vpcs)
	}
	return answer("GetHostedZoneLimitResponse",
		wire.Elem("Limit", wire.Text("Type", r.Labels["Type"]), wire.Int("Value", limit)), wire.Int("Count", count)), nil
}

func (s *Service) updateHostedZoneComment(r *wire.Request) (*wire.Response, error) {
	z, err := s.zone(r.Labels["Id"])
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	z.comment = r.Body.String("Comment")
	s.mu.Unlock()
	return answer("UpdateHostedZoneCommentResponse", z.node(s.now())), nil
}

func (s *Service) deleteHostedZone(r *wire.Request) (*wire.Response, error) {
	z, err := s.zone(r.Labels["Id"])
	if err != nil {
		return nil, err
	}
	if z.count() > 2 { // NS and SOA of the apex are always there
		return nil, wire.Errorf("HostedZoneNotEmpty", "The specified hosted zone contains non-required resource record sets  and so cannot be deleted.")
	}
	if len(z.protections) > 0 {
		return nil, wire.Errorf("HostedZoneNotEmpty", "The specified hosted zone contains resource record set protections and so cannot be deleted.") // the rule: SDK, CreateResourceRecordSetProtections; wording ours
	}
	if err := s.ready(z); err != nil {
		return nil, err
	}
	c := s.newChange(z, "")
	d := newDraft(z)
	for _, rec := range z.current(z.name) {
		d.put(edit{"DELETE", rec}, rec)
	}
	s.commit(z, c, d)
	s.mu.Lock()
	z.deleted = c
	s.mu.Unlock()
	delete(s.tags, "hostedzone/"+z.id)
	return answer("DeleteHostedZoneResponse", c.node(s.now())), nil
}

func (z *zone) hasVPC(vpc *wire.Node) bool { return z.vpcIndex(vpc) >= 0 }

func (z *zone) vpcIndex(vpc *wire.Node) int {
	for i, v := range z.vpcs {
		if v.String("VPCId") == vpc.String("VPCId") {
			return i
		}
	}
	return -1
}

func (s *Service) associateVPC(r *wire.Request) (*wire.Response, error) {
	z, vpc, err := s.zoneAndVPC(r)
	if err != nil {
		return nil, err
	}
	if !z.private {
		return nil, wire.Errorf("PublicZoneVPCAssociation", "The specified hosted zone is a public hosted zone: %s", z.id) // wording ours
	}
	for _, other := range s.living() {
		if other.private && other.name == z.name && other.hasVPC(vpc) {
			return nil, wire.Errorf("ConflictingDomainExists", "The VPC %s is already associated with a hosted zone for %s", vpc.String("VPCId"), z.name) // wording ours
		}
	}
	z.vpcs = append(z.vpcs, vpc.Clone())
	return answer("AssociateVPCWithHostedZoneResponse", s.touch(z, r.Body.String("Comment")).node(s.now())), nil
}

func (s *Service) disassociateVPC(r *wire.Request) (*wire.Response, error) {
	z, vpc, err := s.zoneAndVPC(r)
	if err != nil {
		return nil, err
	}
	i := z.vpcIndex(vpc)
	switch {
	case i < 0:
		return nil, wire.Errorf("VPCAssociationNotFound", "The specified VPC and hosted zone are not currently associated.")
	case len(z.vpcs) == 1:
		return nil, wire.Errorf("LastVPCAssociation", "Cannot remove last VPC association for the private zone")
	}
	z.vpcs = append(z.vpcs[:i:i], z.vpcs[i+1:]...)
	return answer("DisassociateVPCFromHostedZoneResponse", s.touch(z, r.Body.String("Comment")).node(s.now())), nil
}

func (s *Service) zoneAndVPC(r *wire.Request) (*zone, *wire.Node, error) {
	z, err := s.zone(r.Labels["Id"])
	if err != nil {
		return nil, nil, err
	}
	vpc := r.Body.Get("VPC")
	if !vpcID.MatchString(vpc.String("VPCId")) {
		return nil, nil, wire.Errorf("InvalidVPCId", "The VPC: %s you provided is invalid.", vpc.String("VPCId"))
	}
	return z, vpc, nil
}

// touch records a change of a zone that moves no record.
func (s *Service) touch(z *zone, comment string) *change {
	c := s.newChange(z, comment)
	s.commit(z, c, newDraft(z))
	return c
}

func (s *Service) getDNSSEC(r *wire.Request) (*wire.Response, error) {
	if _, err := s.publicZone(r); err != nil {
		return nil, err
	}
	return answer("GetDNSSECResponse", wire.Elem("Status", wire.Text("ServeSignature", "NOT_SIGNING")), wire.Elem("KeySigningKeys")), nil
}

func (s *Service) disableDNSSEC(r *wire.Request) (*wire.Response, error) {
	z, err := s.publicZone(r)
	if err != nil {
		return nil, err
	}
	return nil, wire.Errorf("DNSSECNotFound", "Hosted zone %s does not have DNSSEC enabled", z.id) // wording ours
}

func (s *Service) publicZone(r *wire.Request) (*zone, error) {
	z, err := s.zone(r.Labels["Id"])
	if err == nil && z.private {
		// hashicorp/aws looks for these words.
		return nil, wire.Errorf("InvalidArgument", "Operation is unsupported for private hosted zones")
	}
	return z, err
}

// page reads maxitems; anything above most counts as most.
func page(r *wire.Request, most int) (int, error) {
	raw := r.Query.Get("maxitems")
	if raw == "" {
		return most, nil
	}
	n, err := strconv.Atoi(raw)
	if err != nil || n < 1 {
		return 0, invalid("1 validation error detected: Value '%s' at 'maxItems' failed to satisfy constraint: Member must be a positive number", raw) // wording ours
	}
	return min(n, most), nil
}

func (s *Service) listHostedZones(r *wire.Request) (*wire.Response, error) {
	most, err := page(r, 100)
	if err != nil {
		return nil, err
	}
	var set *delegationSet
	if id := r.Query.Get("delegationsetid"); id != "" {
		if set, err = s.delegated(id); err != nil {
			return nil, err
		}
	}
	var zones []*zone
	for _, z := range s.living() {
		if set != nil && z.set != set {
			continue
		}
		if z.private || r.Query.Get("hostedzonetype") == "" {
			zones = append(zones, z)
		}
	}
	sort.Slice(zones, func(i, j int) bool { return zones[i].id < zones[j].id })
	marker := bareID(r.Query.Get("marker"))
	for len(zones) > 0 && zones[0].id < marker {
		zones = zones[1:]
	}
	list, rest := zoneNodes(zones, most, s.now())
	out := answer("ListHostedZonesResponse", list)
	if r.Query.Has("marker") {
		out.Body.Children = append(out.Body.Children, wire.Text("Marker", marker))
	}
	out.Body.Children = append(out.Body.Children, wire.Bool("IsTruncated", rest != nil))
	if rest != nil {
		out.Body.Children = append(out.Body.Children, wire.Text("NextMarker", rest.id))
	}
	out.Body.Children = append(out.Body.Children, wire.Int("MaxItems", most))
	return out, nil
}

// zoneNodes renders the first most zones; rest is the one after them, if any.
func zoneNodes(zones []*zone, most int, at time.Time) (list *wire.Node, rest *zone) {
	list = wire.Elem("HostedZones")
	for i, z := range zones {
		if i == most {
			return list, z
		}
		list.Children = append(list.Children, z.node(at))
	}
	return list, nil
}

func (s *Service) listHostedZonesByName(r *wire.Request) (*wire.Response, error) {
	most, err := page(r, 100)
	if err != nil {
		return nil, err
	}
	rawName, fromID := r.Query.Get("dnsname"), bareID(r.Query.Get("hostedzoneid"))
	if fromID != "" && rawName == "" {
		return nil, invalid("The hostedzoneid parameter requires dnsname") // the rule: API reference; wording ours
	}
	zones := s.living()
	order := func(z *zone) string { return sortKey(z.name) + " " + z.id }
	sort.Slice(zones, func(i, j int) bool { return order(zones[i]) < order(zones[j]) })
	out := answer("ListHostedZonesByNameResponse", wire.Elem("HostedZones"))
	if rawName != "" {
		name, problem := parseName(rawName)
		if problem != "" {
			return nil, wire.Errorf("InvalidDomainName", "%s", problem)
		}
		from := sortKey(name)
		if fromID != "" {
			from += " " + fromID
		}
		for len(zones) > 0 && order(zones[0]) < from {
			zones = zones[1:]
		}
		out.Body.Children = append(out.Body.Children, wire.Text("DNSName", name))
	}
	if fromID != "" {
		out.Body.Children = append(out.Body.Children, wire.Text("HostedZoneId", fromID))
	}
	list, rest := zoneNodes(zones, most, s.now())
	out.Body.Set(list)
	out.Body.Children = append(out.Body.Children, wire.Bool("IsTruncated", rest != nil))
	if rest != nil {
		out.Body.Children = append(out.Body.Children, wire.Text("NextDNSName", rest.name), wire.Text("NextHostedZoneId", rest.id))
	}
	out.Body.Children = append(out.Body.Children, wire.Int("MaxItems", most))
	return out, nil
}

func (s *Service) listHostedZonesByVPC(r *wire.Request) (*wire.Response, error) {
	most, err := page(r, 100)
	if err != nil {
		return nil, err
	}
	zones := s.living()
	sort.Slice(zones, func(i, j int) bool { return zones[i].id < zones[j].id })
	list, next := wire.Elem("HostedZoneSummaries"), ""
	for _, z := range zones {
		if z.id < r.Query.Get("nexttoken") || !z.hasVPC(wire.Elem("VPC", wire.Text("VPCId", r.Query.Get("vpcid")))) {
			continue
		}
		if len(list.Children) == most {
			next = z.id
			break
		}
		list.Children = append(list.Children, wire.Elem("HostedZoneSummary", wire.Text("HostedZoneId", z.id), wire.Text("Name", z.name),
			wire.Elem("Owner", wire.Text("OwningAccount", s.opt.Account))))
	}
	out := answer("ListHostedZonesByVPCResponse", list, wire.Int("MaxItems", most))
	if next != "" {
		out.Body.Children = append(out.Body.Children, wire.Text("NextToken", next))
	}
	return out, nil
}
