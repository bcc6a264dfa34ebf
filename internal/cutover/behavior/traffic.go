package behavior

import (
	"fmt"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// Traffic says what the viewers of each behaviour get.
func (o Observation) Traffic(spec Spec) cutover.Traffic {
	if !o.Exists {
		return cutover.Traffic{{Note: fmt.Sprintf("This account has no distribution %s, so it does not show where traffic goes", spec.Distribution)}}
	}
	var out cutover.Traffic
	at := map[string]int{}
	for _, p := range spec.Patterns {
		r := o.route(spec, p)
		key := fmt.Sprintf("%v %q", r.To, r.Note)
		i, known := at[key]
		if !known {
			i, at[key] = len(out), len(out)
			out = append(out, r)
		}
		out[i].Names = append(out[i].Names, string(p))
	}
	if len(out) == 1 && len(out[0].To) > 0 {
		out[0].Names = nil
	}
	return out
}

func (o Observation) route(spec Spec, p Pattern) cutover.Route {
	var r cutover.Route
	if !o.Deployed {
		r.Learning = "edge locations"
	}
	if !o.Has(p) {
		return cutover.Route{Note: fmt.Sprintf("%s has no cache behaviour %s", spec.Distribution, p)} // another one answers
	}
	to := cutover.Share{To: "neither side: " + o.Owned(spec).of(p).Summary(), Disabled: !o.Enabled}
	for _, known := range spec.known() {
		if d := known.Definition.of(p); len(d) > 0 && d.Is(o.Values) {
			to.To = d.Summary()
			if known.Side != "" {
				to.To = fmt.Sprintf("%s (%s)", known.Side, d.Summary())
			}
			break
		}
	}
	r.To = []cutover.Share{to}
	return r
}

// Recalled is Traffic from the values that state has.
func Recalled(spec Spec, values Definition) cutover.Traffic {
	o := Observation{Exists: true, Enabled: true, Deployed: true, Values: values, Order: spec.Patterns}
	return o.Traffic(spec)
}
