package cloudfront

import (
	"slices"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/propagation"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

func init() {
	for _, k := range policyKinds {
		operations["ListDistributionsBy"+k.name+"Id"] = operation{read: true, serve: k.listUses}
	}
	operations["ListDistributionsByWebACLId"] = operation{read: true, serve: (*Service).listByWebACL}
	operations["ListDistributionsByConnectionMode"] = operation{read: true, serve: (*Service).listByConnectionMode}
}

// using lists the distributions whose configuration has some property, in order of
// creation: what may not be deleted because they refer to it.
func (s *Service) using(has func(config *wire.Node) bool) []*distribution {
	var out []*distribution
	for _, d := range s.order {
		if !d.deleted && has(d.config()) {
			out = append(out, d)
		}
	}
	return out
}

// Versions lists the versions of Lambda functions that a configuration refers to, as ARNs.
func Versions(config *wire.Node) []string {
	var out []string
	for _, b := range behaviors(config) {
		for _, l := range b.All("LambdaFunctionAssociation", "LambdaFunctionAssociations", "Items") {
			out = append(out, l.String("LambdaFunctionARN"))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Runs lists those that the configuration of a distribution refers to.
func (s *Service) Runs(distribution string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, d := range s.order {
		if d.id == distribution && !d.deleted {
			return Versions(d.config())
		}
	}
	return nil
}

// Replicates says whether there are replicas of a version of a Lambda function: some
// distribution refers to it, or did lately.
func (s *Service) Replicates(versionARN string, now time.Time) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	refers := func(c *wire.Node) bool { return slices.Contains(Versions(c), versionARN) }
	return slices.ContainsFunc(s.order, func(d *distribution) bool {
		for i, v := range d.versions {
			if !refers(v.Config) {
				continue
			}
			switch last := i == len(d.versions)-1; {
			case last && !d.deleted:
				return true
			case last && now.Sub(propagation.Done(d.gone)) < s.opts.Knobs.ReplicaSpan, !last && now.Sub(d.versions[i+1].At) < s.opts.Knobs.ReplicaSpan:
				return true
			}
		}
		return false
	})
}

// pageOf cuts a page of distributions.
func (s *Service) pageOf(r *call, list []*distribution) (page[*distribution], error) {
	var ids []string
	for _, d := range s.order {
		ids = append(ids, d.id)
	}
	return pageAfter(r, ids, list, func(d *distribution) string { return d.id })
}

// listUses answers with the identifiers alone.
func (k policyKind) listUses(s *Service, r *call) (*wire.Response, error) {
	id := r.Labels[k.name+"Id"]
	if s.policy(k, id) == nil {
		return nil, k.missing()
	}
	return s.listIDs(r, s.showing(r.now, k.refers(id)))
}

func (s *Service) listIDs(r *call, list []*distribution) (*wire.Response, error) {
	page, err := s.pageOf(r, list)
	if err != nil {
		return nil, err
	}
	items := wire.Elem("Items")
	for _, d := range page.items {
		items.Children = append(items.Children, wire.Text("DistributionId", d.id))
	}
	return &wire.Response{Body: page.render("DistributionIdList", items)}, nil
}

func (s *Service) listSummaries(r *call, list []*distribution) (*wire.Response, error) {
	page, err := s.pageOf(r, list)
	if err != nil {
		return nil, err
	}
	items := wire.Elem("Items")
	for _, d := range page.items {
		items.Children = append(items.Children, s.summary(d, r.now))
	}
	return &wire.Response{Body: page.render("DistributionList", items)}, nil
}

// listByWebACL takes "null" for the distributions without one. Source: API reference.
func (s *Service) listByWebACL(r *call) (*wire.Response, error) {
	id := r.Labels["WebACLId"]
	if id != "null" && !webACL.MatchString(id) {
		return nil, errorf("InvalidWebACLId", "The parameter WebACLId is not valid.")
	}
	if id == "null" {
		id = ""
	}
	return s.listSummaries(r, s.showing(r.now, func(c *wire.Node) bool { return c.String("WebACLId") == id }))
}

// listByConnectionMode knows one mode: there are no multi-tenant distributions here.
func (s *Service) listByConnectionMode(r *call) (*wire.Response, error) {
	switch mode := r.Labels["ConnectionMode"]; {
	case mode == "direct":
		return s.listSummaries(r, s.showing(r.now, func(*wire.Node) bool { return true }))
	case slices.Contains(s.model.Shapes["ConnectionMode"].Enum, mode):
		return s.listSummaries(r, nil)
	default:
		return nil, errorf("InvalidArgument", "The parameter ConnectionMode is not valid.")
	}
}
