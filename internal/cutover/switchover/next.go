package switchover

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// Next returns the one step that brings the world closer to spec, or an
// *Obstacle when there is none to take. It performs no I/O, so apply, resume and
// rollback all ask it the same question.
//
// Names move before records: CloudFront goes by the Host header, so a moved name
// is served by the target wherever DNS points. A record that leads would change
// nothing for viewers, and would have to be taken back when the move is refused.
// The exception is a name that nobody owns: CloudFront refuses to add it as long
// as its DNS points at another distribution, so there the record leads.
func Next(spec Spec, obs Observation) (Step, error) {
	step, err := next(spec, obs)
	if err != nil {
		return nil, err
	}
	return await(obs, step), nil
}

func next(spec Spec, obs Observation) (Step, error) {
	moves := misplaced(spec, obs)
	err := Preflight(spec, obs)
	if o := contradicted(spec, obs); o != nil {
		if moves = orphans(spec, obs, moves); len(moves) == 0 || err != nil {
			return nil, o
		}
	}
	if err != nil {
		if moves = returnable(spec, obs, moves); len(moves) == 0 {
			return nil, err
		}
	}
	target := obs.Sides[spec.Live]
	ready := target.Deployed || target.Settling

	if obs.dark(spec.Live) {
		return Enable{Side: spec.Live, ID: target.ID, IfMatch: target.ETag}, nil
	}
	if !spec.Darkens() { // what was disabled for another method is in nobody's way, and dark
		if step := light(spec, obs); step != nil {
			return step, nil
		}
	}
	if len(moves) > 0 {
		switch {
		case !ready, obs.MoveRefused && !target.Deployed:
			return Wait{For: fmt.Sprintf("%s (%s) is deployed everywhere", spec.Live, target.ID)}, nil
		case obs.Cached:
			return Wait{For: "resolvers have forgotten the records with the long TTL"}, nil
		case spec.Before && !spec.RollingBack && obs.Before == cutover.NoEvidence:
			return Verify{When: BeforeMove, Side: spec.Live}, nil
		case spec.Before && !spec.RollingBack && !obs.Before.Enough():
			return nil, &Obstacle{Kind: GateBefore, Evidence: obs.Before}
		}
		if step := lower(spec, obs); step != nil {
			return step, nil
		}
		if spec.Method.leads() {
			return swap(spec, obs, moves), nil
		}
		if step := unbind(spec, obs, moves); step != nil {
			return step, nil
		}
		return relocate(spec, obs, moves[0], target), nil
	}
	if step := light(spec, obs); step != nil {
		return step, nil
	}

	switch {
	case !target.Deployed:
		return Wait{For: fmt.Sprintf("every edge location has learned that %s (%s) is live", spec.Live, target.ID)}, nil
	case obs.Pending:
		return Wait{For: "every name server of the zone has the new records"}, nil
	}
	if p, ok := nextPoint(spec, obs); ok {
		return p, nil
	}
	if obs.Unheard {
		return Wait{For: unheard}, nil
	}
	if spec.After && !spec.RollingBack {
		switch obs.After {
		case cutover.Healthy, cutover.Unasked:
		case cutover.NoEvidence:
			return Verify{When: AfterMove, Side: spec.Live}, nil
		default:
			return nil, &Obstacle{Kind: GateAfter, Evidence: obs.After}
		}
	}
	if r, ok := nextRaise(spec, obs); ok {
		return r, nil
	}
	if step := tidy(spec, obs); step != nil {
		return step, nil
	}
	if step, ok := Unprove(spec, obs); ok {
		return step, nil
	}
	if step := invalidate(spec, obs); step != nil {
		return step, nil
	}
	return Done{}, nil
}

// unheard is what a change whose answer was lost is waited for, once a look shows that
// there is nothing left of it to do.
const unheard = "every name server of the zone has what was changed without an answer"

// contradicted says whether somebody has undone by hand, during the run, what it is
// about: taken a name off the target, or pointed a record out of CloudFront, where the
// name decides nothing. Records that are pointed elsewhere at CloudFront move nobody. A
// way back is not stopped by it.
func contradicted(spec Spec, obs Observation) *Obstacle {
	switch {
	case spec.RollingBack:
		return nil
	case obs.TakenBack != "":
		owner := obs.Owner(spec, obs.TakenBack)
		side, _ := spec.SideOf(owner)
		return &Obstacle{Kind: TakenBack, Side: side, Name: obs.TakenBack, Found: owner}
	case len(obs.Diverted) > 0:
		names := slices.Sorted(maps.Keys(obs.Diverted))
		var found []string
		for _, name := range names {
			found = append(found, obs.Diverted[name])
		}
		return &Obstacle{Kind: Diverted, Name: strings.Join(names, ", "), Found: strings.Join(found, "\n  ")}
	}
	return nil
}

// orphans lists those of the names that nobody has. They are given to the target whoever
// contradicts the run: nobody is served by them meanwhile.
func orphans(spec Spec, obs Observation, names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return obs.Owner(spec, name) != "" })
}

// invalidate comes last: until the target has proven itself it may be left again,
// and what it holds in its caches then harms nobody.
func invalidate(spec Spec, obs Observation) Step {
	if len(spec.Invalidate) == 0 || spec.RollingBack || !obs.Moved && !spec.Unfinished {
		return nil
	}
	return spec.purge(obs.Sides[spec.Live].ETag).Next(obs.Invalidation)
}

func (s Spec) purge(etag string) Invalidate {
	return Invalidate{Paths: s.Invalidate, On: s.Target(), Called: fmt.Sprintf("%s (%s)", s.Live, s.Target()), ETag: etag}
}

// misplaced lists the names that are not on the target, in the order they move.
func misplaced(spec Spec, obs Observation) []string {
	var out []string
	for _, name := range spec.Names {
		if obs.Owner(spec, name) != spec.Target() {
			out = append(out, name)
		}
	}
	return out
}

// returnable lists the names that a rollback takes home although something stands
// in its way: a name or a record that somebody else has seized must not keep the
// others on a side that is failing.
func returnable(spec Spec, obs Observation, moves []string) []string {
	if !spec.RollingBack || checkTarget(spec, obs) != nil {
		return nil
	}
	var out []string
	for _, name := range moves {
		// A name that has to be added gets no further than its records let it.
		byRecord := spec.Method.leads() || obs.Owner(spec, name) == ""
		if checkName(spec, obs, name) == nil && !(byRecord && checkRecords(spec, obs, name) != nil) {
			out = append(out, name)
		}
	}
	return out
}

func relocate(spec Spec, obs Observation, name string, target Distribution) Step {
	from := obs.Owner(spec, name)
	if from != "" {
		return Move{Name: name, From: from, To: target.ID, Side: spec.Live, Method: spec.Method, IfMatch: target.ETag}
	}
	if pointsAtAnother(spec, obs, name) {
		if obs.Pending {
			return Wait{For: "CloudFront can see the new records of " + name}
		}
		if zone, ok := spec.ZoneOf(name); ok {
			if r := repoint(spec, obs, name); len(r.Add) > 0 {
				return Point{Zone: zone, Changes: []Repoint{r}, Side: spec.Live, To: target.ID}
			}
		}
	}
	return claim(spec, obs, []string{name})
}

func pointsAtAnother(spec Spec, obs Observation, name string) bool {
	for _, r := range obs.Records[name] {
		if r.Target != "" && r.Target != obs.Sides[spec.Live].Domain {
			return true
		}
	}
	return false
}

// nextPoint collects what has to change in the first zone that is behind.
func nextPoint(spec Spec, obs Observation) (Point, bool) {
	for _, zone := range spec.Zones {
		p := Point{Zone: zone, Side: spec.Live, To: spec.Target()}
		for _, name := range spec.Names {
			if z, ok := spec.ZoneOf(name); ok && z.ID == zone.ID {
				if r := repoint(spec, obs, name); len(r.Add) > 0 {
					p.Changes = append(p.Changes, r)
				}
			}
		}
		if len(p.Changes) > 0 {
			return p, true
		}
	}
	return Point{}, false
}

// repoint says what has to change at name for its records to point at the live
// side: whichever of A, AAAA and HTTPS exist, or the CNAME. Where nothing exists
// the name gets A, and AAAA if the distribution speaks IPv6.
func repoint(spec Spec, obs Observation, name string) Repoint {
	out := Repoint{Name: name}
	zone, ok := spec.ZoneOf(name)
	if !ok || obs.Diverted[name] != "" { // it stays where somebody pointed it
		return out
	}
	target := obs.Sides[spec.Live]
	records := obs.Records[name]
	if zone.CNAME {
		want := Record{Name: name, Type: "CNAME", Target: target.Domain, TTL: zone.TTL, Values: []string{target.Domain}}
		if spec.lowers(zone) {
			want.TTL = zone.LowerTTL
		}
		for _, r := range records {
			// With LowerTTL the TTL is a step of its own, when the cutover is over.
			if r.Type == "CNAME" && r.Target == want.Target && (r.TTL == want.TTL || spec.lowers(zone)) {
				return Repoint{Name: name}
			}
			out.Delete = append(out.Delete, r)
		}
		out.Add = []Record{want}
		return out
	}
	types := []string{"A"}
	if target.IPv6 {
		types = append(types, "AAAA")
	}
	if existing := typesOf(records, nil); len(existing) > 0 {
		types = existing
		if kept := !spec.Adopting && !slices.Contains(spec.Joining, name); kept {
			// What is missing somebody deleted. Every distribution speaks IPv4.
			types = typesOf(records, append(spec.Kept[name], "A"))
		}
	} else if kept := spec.Kept[name]; slices.Contains(kept, "HTTPS") {
		types = append(types, "HTTPS")
	}
	if !target.IPv6 && !slices.Contains(typesOf(records, nil), "AAAA") {
		types = slices.DeleteFunc(types, func(typ string) bool { return typ == "AAAA" }) // it would answer with no address
	}
	for _, typ := range types {
		want := Record{Name: name, Type: typ, Target: target.Domain, AliasZone: cutover.CloudFrontZone}
		i := slices.IndexFunc(records, func(r Record) bool { return r.Type == typ })
		if i >= 0 && records[i].Target == want.Target && records[i].Alias() {
			continue
		}
		if i >= 0 {
			out.Delete = append(out.Delete, records[i])
		}
		out.Add = append(out.Add, want)
	}
	for _, r := range records { // a CNAME cannot stay beside what replaces it
		if r.Type == "CNAME" {
			out.Delete = append(out.Delete, r)
		}
	}
	return out
}

// typesOf lists the address types among records and those that are kept besides, in
// Route 53's order.
func typesOf(records []Record, kept []string) []string {
	var out []string
	for _, typ := range []string{"A", "AAAA", "HTTPS"} {
		if slices.Contains(kept, typ) || slices.ContainsFunc(records, func(r Record) bool { return r.Type == typ }) {
			out = append(out, typ)
		}
	}
	return out
}
