package route53

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/country"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// Limits of a change batch and of a zone. Source: Route 53 quotas page.
const (
	maxBatchRecords    = 1000
	maxBatchCharacters = 32000
	maxRecordsPerSet   = 400
	maxWeighted        = 100
	maxSetsPerZone     = 10_000
)

// An edit is one Change of a batch.
type edit struct {
	action string
	record *record
}

func (s *Service) changeResourceRecordSets(r *wire.Request) (*wire.Response, error) {
	z, err := s.zone(r.Labels["Id"])
	if err != nil {
		return nil, err
	}
	batch := r.Body.Get("ChangeBatch")
	changes := batch.All("Change", "Changes")
	cost := 0
	for _, c := range changes {
		if err := shape(c); err != nil {
			return nil, err
		}
		cost++
		if c.String("Action") == "UPSERT" {
			cost++
		}
	}
	if err := s.ready(z); err != nil {
		return nil, err
	}
	if err := s.throttleChanges(cost); err != nil {
		return nil, err
	}
	if problems := tooLarge(changes); len(problems) > 0 {
		return nil, invalidBatch(problems)
	}
	edits, problems := parseEdits(changes)
	for _, e := range edits {
		if id := e.record.check; id != "" && e.action != "DELETE" && s.checks[id] == nil {
			return nil, noSuchHealthCheck(id)
		}
	}
	problems = append(problems, z.protected(edits)...)
	b := newDraft(z)
	problems = append(problems, b.apply(edits)...)
	problems = append(problems, s.review(b)...)
	if len(problems) > 0 {
		return nil, invalidBatch(problems)
	}
	c := s.newChange(z, batch.String("Comment"))
	s.commit(z, c, b)
	return answer("ChangeResourceRecordSetsResponse", c.node(s.now())), nil
}

// invalidBatch reports every problem of a batch. Live Route 53 puts the list
// into the message, in brackets.
func invalidBatch(problems []string) error {
	return &wire.Error{Code: "InvalidChangeBatch", Message: "[" + strings.Join(problems, ", ") + "]"}
}

// shape refuses record sets whose elements do not go together: InvalidInput,
// where everything found later is InvalidChangeBatch.
func shape(c *wire.Node) error {
	set := c.Get("ResourceRecordSet")
	where := func() string {
		id := "null"
		if n := set.Get("SetIdentifier"); n != nil {
			id = n.Text
		}
		return fmt.Sprintf("Change with [Action=%s, Name=%s, Type=%s, SetIdentifier=%s]", c.String("Action"), set.String("Name"), set.String("Type"), id)
	}
	isAlias := set.Get("AliasTarget") != nil
	ttl, values := set.Get("TTL") != nil, set.Get("ResourceRecords") != nil
	traffic := set.Get("TrafficPolicyInstanceId") != nil
	found := "none"
	switch {
	case isAlias && (ttl || values || traffic), traffic && (ttl || values):
		found = "more than one"
	case isAlias, traffic, ttl && values:
		found = "one"
	}
	if found != "one" {
		return invalid("Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found %s in %s", found, where())
	}
	if traffic {
		return invalid("Invalid request: TrafficPolicyInstanceId cannot be set in %s", where()) // wording ours; the element is read-only
	}
	policies := 0
	for element := range policyElements {
		if set.Get(element) != nil {
			policies++
		}
	}
	identified := set.Get("SetIdentifier") != nil
	const expected = "Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, or MultiValueAnswer], but found %s in %s"
	switch {
	case policies > 1:
		return invalid(expected, "more than one", where())
	case identified && policies == 0:
		return invalid(expected, "none", where())
	case !identified && policies == 1:
		return invalid("Invalid request: Missing field 'SetIdentifier' in %s", where())
	}
	if g := set.Get("GeoLocation"); g != nil {
		if g.Get("SubdivisionCode") != nil && g.Get("CountryCode") == nil || (g.Get("ContinentCode") != nil) == (g.Get("CountryCode") != nil) {
			return invalid("Invalid request: Expected exactly one of [ContinentCode, or CountryCode] in GeoLocation in %s", where()) // wording ours
		}
	}
	if problem := place(set); problem != "" {
		return invalid("Invalid request: %s in %s", problem, where()) // wording ours
	}
	return nil
}

// Countries whose parts are told apart, and continents. Source: model, GeoLocation.
var (
	subdivided = []string{"US", "UA"}
	continents = []string{"AF", "AN", "AS", "EU", "OC", "NA", "SA"}
)

// place says what is wrong with where a record set is for.
func place(set *wire.Node) string {
	g, near := set.Get("GeoLocation"), set.Get("GeoProximityLocation")
	code := g.String("CountryCode")
	switch {
	case code != "" && code != "*" && !country.Known(code):
		return "CountryCode " + code + " is no country"
	case g.String("ContinentCode") != "" && !slices.Contains(continents, g.String("ContinentCode")):
		return "ContinentCode " + g.String("ContinentCode") + " is no continent"
	case g.String("SubdivisionCode") != "" && !slices.Contains(subdivided, code):
		return "SubdivisionCode is not supported for the country " + code
	case set.Get("CidrRoutingConfig") != nil: // nobody can make a collection here
		return "the CIDR collection " + set.String("CidrRoutingConfig", "CollectionId") + " does not exist"
	case near == nil:
		return ""
	}
	n := 0
	for _, one := range []string{"AWSRegion", "LocalZoneGroup", "Coordinates"} {
		if near.Get(one) != nil {
			n++
		}
	}
	within := func(name string, most float64) bool {
		f, err := strconv.ParseFloat(near.String("Coordinates", name), 64)
		return err == nil && f >= -most && f <= most
	}
	switch {
	case n != 1:
		return "Expected exactly one of [AWSRegion, LocalZoneGroup, or Coordinates] in GeoProximityLocation"
	case near.Get("Coordinates") != nil && (!within("Latitude", 90) || !within("Longitude", 180)):
		return "Coordinates are not on the earth"
	}
	return ""
}

// tooLarge counts values and their characters, those of an UPSERT twice.
func tooLarge(changes []*wire.Node) (problems []string) {
	records, characters := 0, 0
	for _, c := range changes {
		times := 1
		if c.String("Action") == "UPSERT" {
			times = 2
		}
		for _, v := range c.All("ResourceRecord", "ResourceRecordSet", "ResourceRecords") {
			records += times
			characters += times * utf8.RuneCountInString(v.String("Value"))
		}
	}
	if records > maxBatchRecords {
		problems = append(problems, fmt.Sprintf("Number of records limit of %d exceeded.", maxBatchRecords))
	}
	if characters > maxBatchCharacters {
		problems = append(problems, fmt.Sprintf("RDATA character limit of %d exceeded.", maxBatchCharacters))
	}
	return problems
}

func parseEdits(changes []*wire.Node) (edits []edit, problems []string) {
	for _, c := range changes {
		r, complaints := parseRecord(c.Get("ResourceRecordSet"))
		problems = append(problems, complaints...)
		if len(complaints) == 0 {
			edits = append(edits, edit{c.String("Action"), r})
		}
	}
	return edits, problems
}

// A draft is a zone with a batch applied to it, not yet in force.
type draft struct {
	zone   *zone
	names  map[string][]*record // the names touched
	events map[string][]Event
	made   []*record // by CREATE and UPSERT
	count  int       // record sets of the zone afterwards
}

func newDraft(z *zone) *draft {
	return &draft{zone: z, names: map[string][]*record{}, events: map[string][]Event{}, count: z.count()}
}

// at returns the record sets of name as the batch leaves them.
func (d *draft) at(name string) []*record {
	if sets, touched := d.names[name]; touched {
		return sets
	}
	return d.zone.current(name)
}

func (d *draft) find(name, key string) *record {
	for _, r := range d.at(name) {
		if r.key() == key {
			return r
		}
	}
	return nil
}

// apply runs the edits in order. It looks at what each edit needs to find; what
// the record sets must be among themselves is reviewed once all are in place, so
// that a batch may change the TTL of a whole weighted set.
func (d *draft) apply(edits []edit) (problems []string) {
	done := map[string][]string{}
	for _, e := range edits {
		r := e.record
		if !within(r.name, d.zone.name) {
			problems = append(problems, fmt.Sprintf("RRSet with DNS name %s is not permitted in zone %s", r.name, d.zone.name))
			continue
		}
		key := r.name + " " + r.key()
		before := done[key]
		done[key] = append(before, e.action)
		// Only DELETE and then CREATE make sense for one record set in one batch.
		if len(before) > 0 && !(len(before) == 1 && before[0] == "DELETE" && e.action == "CREATE") {
			if len(before) == 1 || len(before) == 2 && before[0] == "DELETE" {
				problems = append(problems, fmt.Sprintf("The request contains an invalid set of changes for a resource record set '%s %s'", r.typ, r.name))
			}
			continue
		}
		old := d.find(r.name, r.key())
		switch {
		case e.action == "CREATE" && old != nil:
			problems = append(problems, fmt.Sprintf("Tried to create resource record set %s but it already exists", r.label()))
			continue
		case e.action == "DELETE" && old == nil:
			problems = append(problems, fmt.Sprintf("Tried to delete resource record set %s but it was not found", r.label()))
			continue
		case e.action == "DELETE" && old.fingerprint() != r.fingerprint():
			problems = append(problems, fmt.Sprintf("Tried to delete resource record set %s but the values provided do not match the current values", r.label()))
			continue
		}
		d.put(e, old)
	}
	return problems
}

func (d *draft) put(e edit, old *record) {
	var sets []*record
	for _, r := range d.at(e.record.name) {
		if r != old {
			sets = append(sets, r)
		}
	}
	if old != nil {
		d.count--
	}
	if e.action != "DELETE" {
		sets = append(sets, e.record)
		d.made = append(d.made, e.record)
		d.count++
	}
	d.names[e.record.name] = listed(sets)
	d.events[e.record.name] = append(d.events[e.record.name], e.event())
}

// label is a record set as it appears in messages.
func (r *record) label() string {
	if r.id != "" {
		return fmt.Sprintf("[name='%s', type='%s', set-identifier='%s']", r.name, r.typ, r.id)
	}
	return fmt.Sprintf("[name='%s', type='%s']", r.name, r.typ)
}

// review checks what the batch made against everything that will stand beside it.
func (s *Service) review(d *draft) (problems []string) {
	for _, r := range d.made {
		if d.find(r.name, r.key()) != r {
			continue // an edit further down replaced it
		}
		problems = append(problems, alone(d, r)...)
		if p := besides(d, r); p != "" {
			problems = append(problems, p)
		}
		if r.alias != nil {
			problems = append(problems, s.reviewAlias(d, r)...)
		}
	}
	if _, touched := d.names[d.zone.name]; touched {
		if d.find(d.zone.name, "SOA ") == nil {
			problems = append(problems, "A HostedZone must contain exactly one SOA record.")
		}
		if d.find(d.zone.name, "NS ") == nil {
			problems = append(problems, "A HostedZone must contain at least one NS record for the zone itself.")
		}
	}
	if d.count > maxSetsPerZone {
		problems = append(problems, "Exceeded limit MAX_RRSETS_BY_ZONE for zone: "+d.zone.id)
	}
	return problems
}

// alone checks a record set by itself, given its zone.
func alone(d *draft, r *record) (problems []string) {
	apex := r.name == d.zone.name
	if r.typ == "CNAME" && apex {
		problems = append(problems, fmt.Sprintf("RRSet of type CNAME with DNS name %s is not permitted at apex in zone %s", r.name, d.zone.name))
	}
	if r.typ == "SOA" && !apex {
		problems = append(problems, fmt.Sprintf("RRSet of type SOA with DNS name %s is not permitted in zone %s", r.name, d.zone.name)) // wording ours
	}
	if (r.typ == "NS" || r.typ == "SOA") && (r.policy != simple || r.alias != nil) {
		problems = append(problems, fmt.Sprintf("RRSet of type %s with DNS name %s must use simple routing and cannot be an alias", r.typ, r.name)) // wording ours
	}
	if r.typ == "NS" && strings.HasPrefix(r.name, wildcard+".") {
		problems = append(problems, fmt.Sprintf("RRSet of type NS with DNS name %s is not permitted: no wildcard for NS", r.name)) // wording ours; source: Developer Guide, domain name format
	}
	if r.alias == nil && (r.typ == "CNAME" || r.typ == "SOA") && len(r.values) > 1 {
		problems = append(problems, fmt.Sprintf("RRSet of type %s with DNS name %s cannot have more than one resource record", r.typ, r.name)) // wording ours
	}
	if r.policy == multivalue && (r.alias != nil || r.typ == "CNAME" || r.typ == "NS") {
		problems = append(problems, fmt.Sprintf("RRSet with DNS name %s, type %s, SetIdentifier %s cannot use multivalue answer routing", r.name, r.typ, r.id)) // wording ours
	}
	if len(r.values) > maxRecordsPerSet {
		problems = append(problems, fmt.Sprintf("Cannot have more than %d records in a RRSet.", maxRecordsPerSet))
	}
	return problems
}

// besides checks a record set against the others of its name and returns the first conflict.
func besides(d *draft, r *record) string {
	n := 0
	for _, other := range d.at(r.name) {
		if other.typ == r.typ && other.policy == weighted {
			n++
		}
		if other == r {
			continue
		}
		if p := conflict(d.zone.name, r, other); p != "" {
			return p
		}
	}
	if n > maxWeighted && r.policy == weighted {
		return fmt.Sprintf("Cannot have more than %d weighted RRSets with DNS name %s, type %s", maxWeighted, r.name, r.typ) // wording ours
	}
	return ""
}

func conflict(zone string, r, other *record) string {
	if other.typ != r.typ {
		switch {
		case other.typ == "CNAME": // two spaces: as Route 53 writes it
			return fmt.Sprintf("RRSet of type %s with DNS name %s is not permitted because a conflicting RRSet of type  CNAME with the same DNS name already exists in zone %s", r.typ, r.name, zone)
		case r.typ == "CNAME":
			return fmt.Sprintf("RRSet of type CNAME with DNS name %s is not permitted as it conflicts with other records with the same DNS name in zone %s", r.name, zone)
		}
		return ""
	}
	set := fmt.Sprintf("RRSet with DNS name %s, type %s, SetIdentifier %s", r.name, r.typ, r.id)
	switch {
	case r.policy == simple:
		return fmt.Sprintf("RRSet with DNS name %s, type %s cannot be created as other RRSets exist with the same name and type.", r.name, r.typ)
	case r.policy == weighted && other.policy != weighted:
		return set + " cannot be created as a non-weighted set exists with the same name and type."
	case r.policy != other.policy:
		return fmt.Sprintf("%s cannot be created because a non %s rrset exists with the same name and type.", set, r.policy)
	case r.policy == weighted && r.alias == nil && other.alias == nil && r.ttl != other.ttl:
		return set + " cannot be created as weighted sets must contain the same TTL."
	case r.policy == latency && r.region == other.region:
		return fmt.Sprintf("%s, and Region Name=%s cannot be created because a latency RRSet with the same name, type and region already exists.", set, r.region)
	case r.policy == failover && r.failover == other.failover:
		return fmt.Sprintf("%s cannot be created because a failover %s RRSet with the same name and type already exists.", set, r.failover) // wording ours
	case r.policy == geolocation && string(r.node.Get("GeoLocation").XML("")) == string(other.node.Get("GeoLocation").XML("")):
		return fmt.Sprintf("%s cannot be created because a geolocation RRSet with the same name, type and location already exists.", set) // wording ours
	}
	return ""
}

func noSuchHealthCheck(id string) error {
	return wire.Errorf("NoSuchHealthCheck", "The specified health check does not exist: %s", id) // wording ours
}
