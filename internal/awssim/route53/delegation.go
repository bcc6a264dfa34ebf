package route53

import (
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

func init() {
	operations["CreateReusableDelegationSet"] = operation{serve: (*Service).createDelegationSet}
	operations["GetReusableDelegationSet"] = operation{read: true, serve: (*Service).getDelegationSet}
	operations["DeleteReusableDelegationSet"] = operation{serve: (*Service).deleteDelegationSet}
	operations["ListReusableDelegationSets"] = operation{read: true, serve: (*Service).listDelegationSets}
}

// A delegationSet is four name servers that several zones may share.
type delegationSet struct {
	id, ref string
	servers [Servers]string
}

const maxDelegationSets = 100 // quota per account

func (d *delegationSet) node() *wire.Node {
	servers := wire.Elem("NameServers")
	for _, server := range d.servers {
		servers.Children = append(servers.Children, wire.Text("NameServer", server))
	}
	if d.id == "" { // of one zone alone
		return wire.Elem("DelegationSet", servers)
	}
	return wire.Elem("DelegationSet", wire.Text("Id", "/delegationset/"+d.id), wire.Text("CallerReference", d.ref), servers)
}

// delegated finds a reusable delegation set.
func (s *Service) delegated(id string) (*delegationSet, error) {
	for _, d := range s.sets {
		if d.id == bareID(id) {
			return d, nil
		}
	}
	return nil, wire.Errorf("NoSuchDelegationSet", "A reusable delegation set with the specified ID does not exist: %s", bareID(id))
}

// createDelegationSet draws four servers, or takes those of a zone that is there.
func (s *Service) createDelegationSet(r *wire.Request) (*wire.Response, error) {
	d := &delegationSet{id: s.id("N0", 19), ref: r.Body.String("CallerReference")}
	switch {
	case slices.ContainsFunc(s.sets, func(x *delegationSet) bool { return x.ref == d.ref }):
		return nil, wire.Errorf("DelegationSetAlreadyCreated", "A delegation set with the same owner and caller reference combination has already been created.")
	case len(s.sets) >= maxDelegationSets:
		return nil, wire.Errorf("LimitsExceeded", "The number of reusable delegation sets of the account has been reached.") // wording ours
	}
	if d.servers = s.delegation(); r.Body.String("HostedZoneId") != "" {
		z, err := s.zone(r.Body.String("HostedZoneId"))
		switch {
		case err != nil || z.private:
			return nil, wire.Errorf("HostedZoneNotFound", "The specified HostedZone can't be found.")
		case z.set != nil:
			return nil, wire.Errorf("DelegationSetAlreadyReusable", "The specified delegation set has already been marked as reusable.")
		}
		d.servers = z.servers
		s.mu.Lock()
		z.set = d
		s.mu.Unlock()
	}
	s.sets = append(s.sets, d)
	return answer("CreateReusableDelegationSetResponse", d.node()).WithHeader("Location", location("delegationset/%s", d.id)), nil
}

func (s *Service) getDelegationSet(r *wire.Request) (*wire.Response, error) {
	d, err := s.delegated(r.Labels["Id"])
	if err != nil {
		return nil, err
	}
	return answer("GetReusableDelegationSetResponse", d.node()), nil
}

func (s *Service) deleteDelegationSet(r *wire.Request) (*wire.Response, error) {
	d, err := s.delegated(r.Labels["Id"])
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(s.living(), func(z *zone) bool { return z.set == d }) {
		return nil, wire.Errorf("DelegationSetInUse", "The specified delegation contains associated hosted zones which must be deleted before the reusable delegation set can be deleted.")
	}
	s.sets = slices.DeleteFunc(s.sets, func(x *delegationSet) bool { return x == d })
	return answer("DeleteReusableDelegationSetResponse"), nil
}

func (s *Service) listDelegationSets(r *wire.Request) (*wire.Response, error) {
	most, err := page(r, 100)
	if err != nil {
		return nil, err
	}
	sorted := slices.SortedFunc(slices.Values(s.sets), func(a, b *delegationSet) int { return strings.Compare(a.id, b.id) })
	marker, next := bareID(r.Query.Get("marker")), ""
	list := wire.Elem("DelegationSets")
	for _, d := range sorted {
		if d.id < marker {
			continue
		}
		if len(list.Children) == most {
			next = d.id
			break
		}
		list.Children = append(list.Children, d.node())
	}
	out := answer("ListReusableDelegationSetsResponse", list, wire.Text("Marker", marker), wire.Bool("IsTruncated", next != ""), wire.Int("MaxItems", most))
	if next != "" {
		out.Body.Set(wire.Text("NextMarker", next))
	}
	return out, nil
}
