package ramp

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// A Removal is what the destroy of a ramp does to its records, if they are to go at all.
//
//	looked at ──▶ served, and not to be deleted live ──▶ obstacle, and nothing was written
//	     └──────▶ erase, in batches ──▶ wait for the name servers ──▶ done
//
// A destroy cannot tell a rename or a module that is retired from the end of a site. So it
// deletes what still is as this ramp left it, and what nobody is served by, unless it is
// said in so many words that this does not matter. An endpoint outside CloudFront serves
// whoever comes, with any weight: Route 53 answers 0 too, once the other side fails its
// health check.
type Removal struct {
	Spec Spec
	Live bool // also while viewers are served
	// Left is the share that each name gave the target when state was written last; a
	// missing one is not known.
	Left map[string]float64
	// Kept belong to another instance, which was created in the same run.
	Kept map[Key]bool
}

// Erase deletes the records of some keys in one batch.
type Erase struct {
	Records []Record // exactly as they were observed
	Left    int      // names that do not fit into this batch
}

// Progress implements Step.
func (Erase) Progress() bool { return true }

// Intent implements Step. A destroy has no recipe.
func (Erase) Intent() string { return "" }

// Why implements Step.
func (Erase) Why() string { return cutover.Destroyed }

func (e Erase) String() string {
	var list []string
	for _, r := range e.Records {
		if !slices.Contains(list, r.Name) {
			list = append(list, r.Name)
		}
	}
	return "deleting the records of " + names(list)
}

// Next returns the next step of a destroy, or an *Obstacle: Served, RecordProtected. All
// records go or none: what forbids a change of one is looked at before the first is deleted.
func (r Removal) Next(obs Observation) (Step, error) {
	doomed := r.Doomed(obs)
	for _, k := range doomed {
		if o := r.served(obs, k); o != nil {
			return nil, o
		}
	}
	for _, k := range doomed {
		if p, ok := obs.Guard.Of(k.Name, k.Type); ok {
			return nil, &Obstacle{Kind: RecordProtected, Name: k.Name, Found: k.Type, Comment: p.Comment}
		}
	}
	switch {
	case len(doomed) > 0 && obs.Guard.Locked != "":
		return Wait{For: unlocked}, nil
	case len(doomed) > 0:
		changes, left := gather(r.Spec, obs, func(k Key) []Record {
			if !slices.Contains(doomed, k) {
				return nil
			}
			return []Record{} // nothing in place of what goes
		})
		out := Erase{Left: left}
		for _, c := range changes {
			out.Records = append(out.Records, c.Delete...)
		}
		return out, nil
	case obs.Pending || obs.Cached:
		return Wait{For: "every name server has forgotten the records"}, nil
	}
	return Done{}, nil
}

// Doomed lists the keys whose records are to go. They go together or not at all: deleting
// one set of two would give everything to the other.
func (r Removal) Doomed(obs Observation) []Key {
	var out []Key
	for _, k := range r.Spec.Keys() {
		left, known := r.Left[k.Name]
		if known && !r.Kept[k] && obs.at(r.Spec, k, left) {
			out = append(out, k)
		}
	}
	return out
}

// Spared describes the records that a destroy leaves because they are not as the ramp left
// them.
func (r Removal) Spared(obs Observation) []string {
	var out []string
	for _, k := range r.Spec.Keys() {
		if !r.Kept[k] && len(obs.Records[k]) > 0 {
			out = append(out, strings.Split(obs.Describe(k), "\n  ")...)
		}
	}
	return out
}

// nobodyKnows stands for who serves a name where nobody could find out.
const nobodyKnows = "?"

// served says who needs the records of a key. Where it could not be found out they count as
// needed: absence proves nothing.
func (r Removal) served(obs Observation, k Key) *Obstacle {
	if r.Live {
		return nil
	}
	for _, rec := range obs.Records[k] {
		if rec.AtCloudFront() == "" {
			return &Obstacle{Kind: Served, Name: k.Name, Found: rec.Describe(), Elsewhere: true}
		}
	}
	switch by, asked := obs.ServedBy[k.Name]; {
	case !asked:
		return &Obstacle{Kind: Served, Name: k.Name, Found: nobodyKnows}
	case by != "":
		return &Obstacle{Kind: Served, Name: k.Name, Found: fmt.Sprintf("the distribution %s", by)}
	}
	return nil
}

// Unknown says whether an obstacle is that nobody could find out who serves.
func (o *Obstacle) Unknown() bool { return o.Kind == Served && o.Found == nobodyKnows }

// AtCloudFront is the domain name of the distribution that a record leads to, "" if it leads
// elsewhere.
func (r Record) AtCloudFront() string {
	switch {
	case r.Routing != "":
	case r.Alias.Zone == cutover.CloudFrontZone:
		return r.Alias.Domain
	case r.Alias.Zone == "" && r.Type == "CNAME" && len(r.Values) == 1:
		if domain := strings.ToLower(strings.TrimSuffix(r.Values[0], ".")); strings.HasSuffix(domain, cutover.CloudFrontDomain) {
			return domain
		}
	}
	return ""
}
