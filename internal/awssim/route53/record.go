package route53

import (
	"sort"
	"strconv"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// A record is one resource record set. It never changes: an UPSERT makes another.
type record struct {
	name, typ, id string // id is the SetIdentifier
	policy        policy
	weight        int
	region        string
	failover      string
	geo           *wire.Node // GeoLocation, GeoProximityLocation or CidrRoutingConfig
	ttl           int        // not of an alias
	values        []string
	alias         *alias
	check         string // HealthCheckId

	node *wire.Node // as ListResourceRecordSets shows it
}

type alias struct {
	zone, target string // target in stored form
	evaluate     bool
}

// policy is the routing policy of a record set.
type policy string

const (
	simple       policy = ""
	weighted     policy = "weighted"
	latency      policy = "latency"
	failover     policy = "failover"
	geolocation  policy = "geolocation"
	geoproximity policy = "geoproximity"
	multivalue   policy = "multivalue answer"
	cidr         policy = "cidr"
)

// policyElements maps the element that expresses a policy to it.
var policyElements = map[string]policy{
	"Weight": weighted, "Region": latency, "Failover": failover, "GeoLocation": geolocation,
	"MultiValueAnswer": multivalue, "GeoProximityLocation": geoproximity, "CidrRoutingConfig": cidr,
}

// memberOrder is the order in which Route 53 lists the elements of a record set. Source: the service model.
var memberOrder = []string{
	"Name", "Type", "SetIdentifier", "Weight", "Region", "GeoLocation", "Failover", "MultiValueAnswer", "TTL",
	"ResourceRecords", "AliasTarget", "HealthCheckId", "TrafficPolicyInstanceId", "CidrRoutingConfig", "GeoProximityLocation",
}

// parseRecord reads a ResourceRecordSet that passed validation and shape.
// problems are what Route 53 reports about its name and values.
func parseRecord(n *wire.Node) (r *record, problems []string) {
	name, problem := parseName(n.String("Name"))
	if problem != "" {
		return nil, []string{problem}
	}
	r = &record{
		name: name, typ: n.String("Type"), id: n.String("SetIdentifier"),
		region: n.String("Region"), failover: n.String("Failover"), check: n.String("HealthCheckId"),
	}
	for element, p := range policyElements {
		if e := n.Get(element); e != nil {
			r.policy = p
			if len(e.Children) > 0 {
				r.geo = e
			}
		}
	}
	r.weight, _ = strconv.Atoi(n.String("Weight")) // validated
	r.ttl, _ = strconv.Atoi(n.String("TTL"))       // validated
	for _, v := range n.All("ResourceRecord", "ResourceRecords") {
		r.values = append(r.values, v.String("Value"))
	}
	if a := n.Get("AliasTarget"); a != nil {
		target, problem := parseName(a.String("DNSName"))
		if problem != "" {
			problems = append(problems, problem)
		}
		r.alias = &alias{zone: bareID(a.String("HostedZoneId")), target: target, evaluate: a.True("EvaluateTargetHealth")}
	} else {
		problems = append(problems, checkValues(r.typ, r.values)...)
	}
	r.node = r.render(n)
	return r, problems
}

// render is the record set in model order, with names in stored form.
func (r *record) render(from *wire.Node) *wire.Node {
	out := wire.Elem("ResourceRecordSet")
	for _, member := range memberOrder {
		e := from.Get(member).Clone()
		switch {
		case e == nil:
			continue
		case member == "Name":
			e.Text = r.name
		case member == "AliasTarget":
			e = wire.Elem(member, wire.Text("HostedZoneId", r.alias.zone), wire.Text("DNSName", r.alias.target),
				wire.Bool("EvaluateTargetHealth", r.alias.evaluate))
		case r.geo != nil && member == r.geo.Name:
			sort.Slice(e.Children, func(i, j int) bool { return e.Children[i].Name < e.Children[j].Name })
		}
		out.Children = append(out.Children, e)
	}
	return out
}

// key is what CREATE, UPSERT and DELETE find a record set by, within a name.
func (r *record) key() string { return r.typ + " " + r.id }

// fingerprint is equal for record sets that a DELETE takes for the same: every
// element, the values in any order.
func (r *record) fingerprint() string {
	n := r.node.Clone()
	if rr := n.Get("ResourceRecords"); rr != nil {
		sort.Slice(rr.Children, func(i, j int) bool { return rr.Children[i].String("Value") < rr.Children[j].String("Value") })
	}
	return string(n.XML(""))
}

// target is where the record points, for people and audits.
func (r *record) target() string {
	if r.alias != nil {
		return plain(r.alias.target)
	}
	return strings.Join(r.values, ",")
}

// listed orders the record sets of one name: by type, then identifier.
func listed(sets []*record) []*record {
	out := append([]*record(nil), sets...)
	sort.Slice(out, func(i, j int) bool {
		if out[i].typ != out[j].typ {
			return out[i].typ < out[j].typ
		}
		return out[i].id < out[j].id
	})
	return out
}
