package switchover

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// Traffic says where the viewers of the names are sent. CloudFront goes by the Host
// header, so that is who has the name, wherever in CloudFront its records point.
func (o Observation) Traffic(spec Spec) cutover.Traffic {
	if len(o.Sides) == 0 {
		return cutover.Traffic{{Note: "This account has none of the sides, so it does not show where traffic goes"}}
	}
	var out cutover.Traffic
	at := map[string]int{}
	for _, name := range spec.Names {
		r := o.route(spec, name)
		key := fmt.Sprintf("%v %q %q %q", r.To, r.Nobody, r.Learning, r.Note)
		i, known := at[key]
		if !known {
			i, at[key] = len(out), len(out)
			out = append(out, r)
		}
		out[i].Names = append(out[i].Names, name)
	}
	if len(out) == 1 && len(out[0].To) > 0 {
		out[0].Names = nil
	}
	return out
}

func (o Observation) route(spec Spec, name string) cutover.Route {
	if away := o.away(spec, name); away != "" {
		return cutover.Route{To: []cutover.Share{{To: away + ", by its DNS record"}}}
	}
	var r cutover.Route
	for _, d := range o.Sides {
		if !d.Deployed {
			r.Learning = "edge locations"
		}
	}
	owner := o.Owner(spec, name)
	side, ours := spec.SideOf(owner)
	switch {
	case owner == "" && o.Asking == "":
		return cutover.Route{Note: "Nobody could ask which distribution has " + name}
	case owner == "":
		if w, cover := o.covered(spec, name); w != "" {
			r.To = []cutover.Share{{To: cover, Has: "the wildcard " + w}}
			return r
		}
		r.Nobody = "no distribution has it"
	case ours:
		share := cutover.Share{To: fmt.Sprintf("%s (%s)", side, owner)}
		if d, ok := o.Sides[side]; ok && !d.Enabled {
			share.Disabled = true
		}
		r.To = []cutover.Share{share}
	default:
		r.To = []cutover.Share{{To: owner}}
	}
	return r
}

// covered returns the wildcard by which a side answers for a name that nobody has, and
// that side.
func (o Observation) covered(spec Spec, name string) (wildcard, side string) {
	for _, s := range spec.order() {
		for _, alias := range o.Sides[s].Aliases {
			if strings.HasPrefix(alias, "*") && AliasCovers(alias, name) && o.Sides[s].Enabled {
				return alias, fmt.Sprintf("%s (%s)", s, spec.Sides[s])
			}
		}
	}
	return "", ""
}

// away is where the records of a name lead, if that is out of CloudFront: then who has
// the name does not matter to its viewers.
func (o Observation) away(spec Spec, name string) string {
	if _, ok := spec.ZoneOf(name); !ok {
		return ""
	}
	to := ""
	for _, r := range o.Records[name] {
		if r.Type == "HTTPS" {
			continue
		}
		target := r.Target
		if target == "" {
			target = strings.Join(r.Values, ", ")
		}
		if r.Routing != "" || !r.Leaves() || to != "" && to != target {
			return "" // CloudFront at least in part
		}
		to = target
	}
	return to
}

// Leaves says whether a record leads out of CloudFront.
func (r Record) Leaves() bool {
	if r.AliasZone == cutover.CloudFrontZone || strings.HasSuffix(r.Target, cutover.CloudFrontDomain) {
		return false
	}
	return !slices.ContainsFunc(r.Values, func(v string) bool { // of an HTTPS record: priority, target, parameters
		f := strings.Fields(v)
		return r.Type == "HTTPS" && len(f) > 1 && (f[1] == "." || strings.HasSuffix(strings.TrimSuffix(f[1], "."), cutover.CloudFrontDomain))
	})
}
