package split

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// Traffic says which side the viewers of the behaviours are on.
func (o Observation) Traffic(spec Spec) cutover.Traffic {
	behaviors := o.Users
	if spec.Attach != nil {
		if behaviors = o.Site.Behaviors; !o.Site.Exists {
			return cutover.Traffic{{Note: fmt.Sprintf("This account has no distribution %s, so it does not show where traffic goes", spec.Attach.Distribution)}}
		}
	}
	var names []string
	for _, b := range behaviors {
		if OfSplit(spec.Name, Request, b.Functions[Request]) {
			names = append(names, b.Pattern+" of "+b.Distribution)
		}
	}
	if len(names) == 0 && (spec.Attach != nil || o.Known) {
		return cutover.Traffic{{Note: "No behaviour runs the functions, so the table sends nobody anywhere"}}
	}
	r := cutover.Route{Names: names}
	if o.Spreading || spec.Attach != nil && !o.Site.Deployed {
		r.Learning = "edge locations"
	}
	now := o.Weights(spec)
	sides := slices.SortedFunc(maps.Keys(now), func(a, b cutover.Side) int {
		return cmp.Or(cmp.Compare(now[b], now[a]), cmp.Compare(a, b))
	})
	for i, side := range sides {
		share := cutover.Share{To: string(side)}
		if i > 0 {
			share.Part = fmt.Sprintf("%d %% of the viewers", now[side])
		}
		r.To = append(r.To, share)
	}
	if o.Table.Generation == 0 && o.Store != "" {
		r.Note = "The store has no table: whoever has been assigned stays, and everybody else is on the safe side"
	}
	return cutover.Traffic{r}
}

// Recalled is Traffic from the table that state has.
func Recalled(spec Spec, now Weights) cutover.Traffic {
	o := Observation{Seen: Seen{Table: Table{Generation: 1, Weights: now}, Site: Site{Exists: true, Deployed: true}}}
	if spec.Attach != nil {
		for _, p := range spec.Attach.Patterns {
			o.Site.Behaviors = append(o.Site.Behaviors, Behavior{Distribution: spec.Attach.Distribution, Pattern: p, Functions: map[Role]string{Request: ":function/" + Prefix(spec.Name, Request) + "000000000000"}})
		}
	}
	return o.Traffic(spec)
}
