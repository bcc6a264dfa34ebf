package route53

import (
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// maxListed is the largest page of ListResourceRecordSets. Source: API reference.
const maxListed = 300

func (s *Service) listResourceRecordSets(r *wire.Request) (*wire.Response, error) {
	z, err := s.zone(r.Labels["Id"])
	if err != nil {
		return nil, err
	}
	most, err := page(r, maxListed)
	if err != nil {
		return nil, err
	}
	rawName, typ, id := r.Query.Get("name"), r.Query.Get("type"), r.Query.Get("identifier")
	switch {
	case typ != "" && rawName == "":
		return nil, invalid("The request parameter type requires the parameter name") // the rule: API reference; wording ours
	case id != "" && (typ == "" || rawName == ""):
		return nil, invalid("The request parameter identifier requires the parameters name and type") // the rule: API reference; wording ours
	}
	sets := z.all()
	if rawName != "" {
		name, problem := parseName(rawName)
		if problem != "" {
			return nil, invalid("%s", problem)
		}
		from := position(name, typ, id)
		for len(sets) > 0 && position(sets[0].name, sets[0].typ, sets[0].id) < from {
			sets = sets[1:]
		}
	}
	list := wire.Elem("ResourceRecordSets")
	out := answer("ListResourceRecordSetsResponse", list)
	for i, rec := range sets {
		if i == most {
			break
		}
		list.Children = append(list.Children, rec.node)
	}
	more := len(sets) > most
	out.Body.Children = append(out.Body.Children, wire.Bool("IsTruncated", more))
	if more {
		next := sets[most]
		out.Body.Children = append(out.Body.Children, wire.Text("NextRecordName", next.name), wire.Text("NextRecordType", next.typ))
		if next.id != "" {
			out.Body.Children = append(out.Body.Children, wire.Text("NextRecordIdentifier", next.id))
		}
	}
	out.Body.Children = append(out.Body.Children, wire.Int("MaxItems", most))
	return out, nil
}

// position is a key that sorts like the list. The separator sorts below
// everything a name or an identifier may contain.
func position(name, typ, id string) string { return sortKey(name) + "\x00" + typ + "\x00" + id }
