package ramp

import (
	"fmt"
	"math"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// Traffic says where Route 53 sends the viewers of the names.
func (o Observation) Traffic(spec Spec) cutover.Traffic {
	if o.Domain == "" {
		return cutover.Traffic{{Note: fmt.Sprintf("This account has no hosted zone %s, so it does not show where traffic goes", spec.Zone)}}
	}
	var out cutover.Traffic
	at := map[string]int{}
	for _, name := range spec.Names {
		for label, r := range o.routes(spec, name) {
			key := fmt.Sprintf("%v %q %q", r.To, r.Nobody, r.Note)
			i, known := at[key]
			if !known {
				i, at[key] = len(out), len(out)
				out = append(out, r)
			}
			out[i].Names = append(out[i].Names, label)
		}
	}
	return out
}

// routes yields one route of a name, or where its types do not agree, one for each type,
// labelled with it.
func (o Observation) routes(spec Spec, name string) func(yield func(string, cutover.Route) bool) {
	return func(yield func(string, cutover.Route) bool) {
		first := o.route(spec, Key{name, spec.Types[0]})
		same := true
		for _, typ := range spec.Types[1:] {
			same = same && fmt.Sprint(o.route(spec, Key{name, typ})) == fmt.Sprint(first)
		}
		if same {
			yield(name, first)
			return
		}
		for _, typ := range spec.Types {
			if !yield(name+" "+typ, o.route(spec, Key{name, typ})) {
				return
			}
		}
	}
}

func (o Observation) route(spec Spec, k Key) cutover.Route {
	var r cutover.Route
	if o.Pending || o.Cached {
		r.Learning = "resolvers"
	}
	share, ok := o.Share(spec, k)
	switch {
	case len(o.Records[k]) == 0:
		return cutover.Route{Note: fmt.Sprintf("There is no %s record of %s", k.Type, k.Name)} // a wildcard may answer
	case !ok:
		var found []string
		for _, record := range o.Records[k] {
			found = append(found, record.Describe())
		}
		r.To = []cutover.Share{{To: "neither side: " + strings.Join(found, ", ")}}
	default:
		r.To = split(spec, share)
	}
	return r
}

// split is who gets viewers where the target has a share of them.
func split(spec Spec, share float64) []cutover.Share {
	target, other := cutover.Share{To: string(spec.Target.Side)}, cutover.Share{To: string(spec.Other.Side)}
	switch {
	case share == 0:
		return []cutover.Share{other}
	case share == Everything:
		return []cutover.Share{target}
	case share > Everything/2:
		other.Part = fmt.Sprintf("%.3g %% of it", Everything-share)
		return []cutover.Share{target, other}
	default:
		target.Part = fmt.Sprintf("%.3g %% of it", share)
		return []cutover.Share{other, target}
	}
}

// Recalled is Traffic from the shares that state has. A name whose share it does not know
// is left out.
func Recalled(spec Spec, shares map[string]float64) cutover.Traffic {
	var out cutover.Traffic
	for _, name := range spec.Names {
		share, ok := shares[name]
		switch last := len(out) - 1; {
		case !ok || math.IsNaN(share):
		case last >= 0 && shares[out[last].Names[0]] == share:
			out[last].Names = append(out[last].Names, name)
		default:
			out = append(out, cutover.Route{Names: []string{name}, To: split(spec, share)})
		}
	}
	return out
}
