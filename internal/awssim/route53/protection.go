package route53

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// Limits of protections. Source: SDK for Go, CreateResourceRecordSetProtections and
// ListResourceRecordSetProtections; that of a zone is in no list, and ours.
const (
	maxProtectionsListed  = 300
	maxProtectionsPerZone = 1000
)

// A protection keeps the record sets of one name and type as they are, or absent.
type protection struct{ name, typ, comment string }

func (p protection) position() string { return position(p.name, p.typ, "") }

// covering returns the protection of a name and type.
func (z *zone) covering(name, typ string) (protection, bool) {
	i := slices.IndexFunc(z.protections, func(p protection) bool { return p.name == name && p.typ == typ })
	if i < 0 {
		return protection{}, false
	}
	return z.protections[i], true
}

// protected lists what a batch changes although it must not: whatever the action, and
// whoever asks. That a message names record and comment: SDK, InvalidChangeBatch; wording ours.
func (z *zone) protected(edits []edit) (problems []string) {
	seen := map[string]bool{}
	for _, e := range edits {
		p, ok := z.covering(e.record.name, e.record.typ)
		if !ok || seen[p.position()] {
			continue
		}
		seen[p.position()] = true
		problem := fmt.Sprintf("RRSet with DNS name %s, type %s is protected and cannot be changed", p.name, p.typ)
		if p.comment != "" {
			problem += ": " + p.comment
		}
		problems = append(problems, problem)
	}
	return problems
}

// A complaint is one entry of a request that cannot be processed.
type complaint struct{ code, message, name, typ string }

// refusedProtections is an error with its list of entries.
func refusedProtections(code, message string, list []complaint) error {
	errs := wire.Elem("Errors")
	for _, c := range list {
		errs.Children = append(errs.Children, wire.Elem("ProtectionError", wire.Text("Code", c.code), wire.Text("Message", c.message),
			wire.Text("RecordName", c.name), wire.Text("RecordType", c.typ)))
	}
	return &wire.Error{Code: code, Message: message, Detail: []*wire.Node{errs}}
}

// entries reads the entries of a request, and complains of those that make no sense.
func (z *zone) entries(r *wire.Request, element string) (list []protection, wrong []complaint) {
	for _, n := range r.Body.All(element, "Protections") {
		raw, typ := n.String("RecordName"), n.String("RecordType")
		bad := func(why string) { wrong = append(wrong, complaint{"InvalidInput", why, raw, typ}) }
		name, problem := parseName(raw)
		p := protection{name: name, typ: typ, comment: n.String("Comment")}
		switch {
		case problem != "":
			bad(problem)
		case !within(name, z.name):
			bad(fmt.Sprintf("The name %s is not in the hosted zone %s", name, z.name)) // wording ours
		case slices.ContainsFunc(list, func(other protection) bool { return other.name == name && other.typ == typ }):
			bad("The name and type appear more than once in the request") // wording ours
		default:
			list = append(list, p)
		}
	}
	return list, wrong
}

const badProtections = "One or more entries in the request could not be processed." // wording ours

func (s *Service) createProtections(r *wire.Request) (*wire.Response, error) {
	z, err := s.zone(r.Labels["HostedZoneId"])
	if err != nil {
		return nil, err
	}
	if err := s.ready(z); err != nil {
		return nil, err
	}
	list, wrong := z.entries(r, "ResourceRecordSetProtectionConfig")
	if len(wrong) > 0 { // before anything is compared with what there is
		return nil, refusedProtections("InvalidResourceRecordSetProtectionBatch", badProtections, wrong)
	}
	for _, p := range list {
		if _, ok := z.covering(p.name, p.typ); ok {
			wrong = append(wrong, complaint{"ProtectionAlreadyExists", "A protection exists for the name and type", p.name, p.typ}) // wording ours
		}
	}
	switch {
	case len(wrong) == len(list):
		return nil, refusedProtections("ProtectionAlreadyExists", "A protection already exists for every name and type in the request.", wrong) // wording ours
	case len(wrong) > 0:
		return nil, refusedProtections("InvalidResourceRecordSetProtectionBatch", badProtections, wrong)
	case len(z.protections)+len(list) > maxProtectionsPerZone:
		return nil, wire.Errorf("LimitsExceeded", "The hosted zone cannot have more than %d protections.", maxProtectionsPerZone) // wording ours
	}
	s.mu.Lock()
	z.protections = append(z.protections, list...)
	slices.SortFunc(z.protections, func(a, b protection) int { return strings.Compare(a.position(), b.position()) })
	s.mu.Unlock()
	return answer("CreateResourceRecordSetProtectionsResponse"), nil
}

func (s *Service) deleteProtections(r *wire.Request) (*wire.Response, error) {
	z, err := s.zone(r.Labels["HostedZoneId"])
	if err != nil {
		return nil, err
	}
	if err := s.ready(z); err != nil {
		return nil, err
	}
	list, wrong := z.entries(r, "ResourceRecordSetProtectionKey")
	for _, p := range list {
		if _, ok := z.covering(p.name, p.typ); !ok {
			wrong = append(wrong, complaint{"ProtectionNotFound", "No protection exists for the name and type", p.name, p.typ}) // wording ours
		}
	}
	if len(wrong) > 0 {
		return nil, refusedProtections("InvalidResourceRecordSetProtectionBatch", badProtections, wrong)
	}
	s.mu.Lock()
	z.protections = slices.DeleteFunc(z.protections, func(p protection) bool {
		return slices.ContainsFunc(list, func(gone protection) bool { return gone.name == p.name && gone.typ == p.typ })
	})
	s.mu.Unlock()
	return answer("DeleteResourceRecordSetProtectionsResponse"), nil
}

func (s *Service) listProtections(r *wire.Request) (*wire.Response, error) {
	z, err := s.zone(r.Labels["HostedZoneId"])
	if err != nil {
		return nil, err
	}
	most := maxProtectionsListed
	if raw := r.Query.Get("maxresults"); raw != "" {
		n, err := strconv.Atoi(raw)
		if err != nil || n < 1 {
			return nil, invalid("1 validation error detected: Value '%s' at 'maxResults' failed to satisfy constraint: Member must be a positive number", raw) // wording ours
		}
		most = min(n, most)
	}
	from, err := firstListed(r)
	if err != nil {
		return nil, err
	}
	list := wire.Elem("ResourceRecordSetProtections")
	out := answer("ListResourceRecordSetProtectionsResponse", list)
	for _, p := range z.protections {
		if p.position() < from {
			continue
		}
		if len(list.Children) == most {
			out.Body.Children = append(out.Body.Children, wire.Text("NextToken", base64.URLEncoding.EncodeToString([]byte(p.position()))))
			break
		}
		n := wire.Elem("ResourceRecordSetProtection", wire.Text("RecordName", p.name), wire.Text("RecordType", p.typ))
		if p.comment != "" {
			n.Children = append(n.Children, wire.Text("Comment", p.comment))
		}
		list.Children = append(list.Children, n)
	}
	return out, nil
}

// firstListed is the position at which a page begins. A token overrides a name.
func firstListed(r *wire.Request) (string, error) {
	if token := r.Query.Get("nexttoken"); token != "" {
		from, err := base64.URLEncoding.DecodeString(token)
		if err != nil || !utf8.Valid(from) {
			return "", wire.Errorf("InvalidPaginationToken", "The value that you specified to get the second or subsequent page of results is invalid.")
		}
		return string(from), nil
	}
	raw, typ := r.Query.Get("name"), r.Query.Get("type")
	switch {
	case raw == "" && typ != "":
		return "", invalid("The request parameter type requires the parameter name") // the rule: SDK, StartRecordType; wording ours
	case raw == "":
		return "", nil
	}
	name, problem := parseName(raw)
	if problem != "" {
		return "", invalid("%s", problem)
	}
	return position(name, typ, ""), nil
}
