package switchover

import (
	"maps"
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// A Removal is what the destroy of a switch does to records. Names it never touches: they
// stay on their distribution. What a move between accounts has left that did not come to its end
// is undone first: nobody else knows by whom a side was disabled.
//
//	looked at ──▶ what a cutover has disabled is enabled ──▶ its proofs and its note go ──▶ looked at
//	looked at ──▶ served, and not to be deleted live ──▶ obstacle, and nothing was written
//	     └──────▶ erase, a batch for each zone ──▶ wait for the name servers ──▶ done
//
// A destroy cannot tell a rename, a replacement or a module that is retired from the end of
// a site. So it deletes what still is as this switch left it, and what nobody is served by;
// anything else has to be said in so many words, which is what true in Zones is for.
type Removal struct {
	Spec Spec
	// Zones are the domains of those whose records are to go; true: although viewers are
	// served by them.
	Zones map[string]bool
	// Left is where the records of each name pointed when state was written last, "" or
	// missing where that is not known.
	Left map[string]string
	// Domain is that of the live distribution at that time: it may be no side any more.
	Domain string
	// Kept names belong to another instance, which was created in the same run.
	Kept map[string]bool
}

// Erase deletes the records of one zone in one batch.
type Erase struct {
	Zone    Zone
	Records []Record // exactly as they were observed
}

// Progress implements Step.
func (Erase) Progress() bool { return true }

// Intent implements Step. A destroy has no recipe.
func (Erase) Intent() string { return "" }

// Why implements Step.
func (Erase) Why() string { return cutover.Destroyed }

func (e Erase) String() string { return "deleting the records in " + e.Zone.Domain }

// Next returns the next step of a destroy, or an *Obstacle: Served, RecordProtected. The
// records of all zones go or none: what forbids a change of one is looked at before the first
// is deleted.
func (r Removal) Next(obs Observation) (Step, error) {
	if step := withdraw(r.Spec, obs); step != nil {
		return step, nil
	}
	served := map[string][]string{} // names by who has them
	for _, zone := range r.Spec.Zones {
		live, goes := r.Zones[zone.Domain]
		if !goes || live {
			continue
		}
		for _, rec := range r.doomed(zone, obs) {
			if by, ok := obs.ServedBy(r.Spec, rec.Name); ok && !slices.Contains(served[by], rec.Name) {
				served[by] = append(served[by], rec.Name)
			}
		}
	}
	for _, by := range slices.Sorted(maps.Keys(served)) {
		side, _ := r.Spec.SideOf(by)
		return nil, &Obstacle{Kind: Served, Side: side, Name: strings.Join(served[by], ", "), Found: by}
	}
	var erase Erase
	locked := false
	for _, zone := range slices.Backward(r.Spec.Zones) {
		records := r.Goes(zone, obs)
		if len(records) == 0 {
			continue
		}
		erase = Erase{Zone: zone, Records: records}
		guard := obs.Guards[zone.ID]
		locked = locked || guard.Locked != ""
		for _, rec := range records {
			if p, ok := guard.Of(rec.Name, rec.Type); ok {
				return nil, &Obstacle{Kind: RecordProtected, Name: rec.Name, Found: rec.Type, Comment: p.Comment}
			}
		}
	}
	switch {
	case locked:
		return Wait{For: unlocked}, nil
	case len(erase.Records) > 0:
		return erase, nil
	}
	if obs.Pending || obs.Unheard {
		return Wait{For: "every name server has forgotten the records"}, nil
	}
	return Done{}, nil
}

// withdraw undoes what a move between accounts has left: nil once it is. What says by whom a side
// is disabled goes last.
func withdraw(spec Spec, obs Observation) Step {
	for _, side := range obs.Left(spec) {
		d := obs.Sides[side]
		return Enable{Side: side, ID: d.ID, IfMatch: d.ETag}
	}
	if step, ok := Unprove(spec, obs); ok {
		return step
	}
	return nil
}

// Goes lists the records of a zone that are to go, none if its zone is to keep them.
func (r Removal) Goes(zone Zone, obs Observation) []Record {
	if _, goes := r.Zones[zone.Domain]; !goes {
		return nil
	}
	return r.doomed(zone, obs)
}

// doomed lists the records of a zone that are to go.
func (r Removal) doomed(zone Zone, obs Observation) []Record {
	var out []Record
	for _, name := range r.Spec.Names {
		if z, ok := r.Spec.ZoneOf(name); !ok || z.ID != zone.ID || r.Kept[name] {
			continue
		}
		for _, rec := range obs.Records[name] {
			if r.asLeft(obs, rec) {
				out = append(out, rec)
			}
		}
	}
	return out
}

// asLeft says whether a record still is as this switch left it: a simple one that points
// where state says, or, while state cannot say, at a side.
func (r Removal) asLeft(obs Observation, rec Record) bool {
	if rec.Routing != "" || rec.Target == "" {
		return false
	}
	if left := r.Left[rec.Name]; left != "" {
		return rec.Target == left
	}
	return rec.Target == r.Domain || pointsAtASide(obs, rec)
}

// Spared describes the records that a destroy leaves in the zones whose records are to go,
// because they are not as this switch left them.
func (r Removal) Spared(obs Observation) []string {
	var out []string
	for _, name := range r.Spec.Names {
		zone, ok := r.Spec.ZoneOf(name)
		if _, goes := r.Zones[zone.Domain]; !ok || !goes || r.Kept[name] {
			continue
		}
		for _, rec := range obs.Records[name] {
			out = append(out, rec.Describe())
		}
	}
	return out
}

// Astray lists the zones whose records were to go and that are not what they are said to
// be: the domain that Route 53 has for each, "" for one that it does not have.
func (r Removal) Astray(obs Observation) map[string]string {
	out := map[string]string{}
	for _, zone := range r.Spec.Zones {
		if got, looked := obs.ZoneNames[zone.ID]; looked && got != zone.Domain {
			if _, goes := r.Zones[zone.Domain]; goes {
				out[zone.Domain] = got
			}
		}
	}
	return out
}

// nobodyKnows stands for the owner of a name whom nobody could find out.
const nobodyKnows = "?"

// ServedBy says whether viewers who ask for name are served, and by which distribution.
// CloudFront goes by the name that is asked for, wherever at CloudFront the records point.
// Where it could not be found out they count as served: absence proves nothing.
func (o Observation) ServedBy(spec Spec, name string) (distribution string, served bool) {
	for _, side := range spec.order() {
		d := o.Sides[side]
		if d.Enabled && slices.ContainsFunc(d.Aliases, func(a string) bool { return AliasCovers(a, name) }) {
			return d.ID, true
		}
	}
	switch owner := o.Owner(spec, name); {
	case owner != "":
		_, side := spec.SideOf(owner)
		return owner, !side // a side that serves was found above
	case o.Unasked[name] != "":
		return nobodyKnows, true
	}
	return "", false
}

// Unknown says whether an obstacle is that nobody could find out who serves.
func (o *Obstacle) Unknown() bool { return o.Kind == Served && o.Found == nobodyKnows }
