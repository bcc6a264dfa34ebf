package ramp

import (
	"math"
	"slices"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// Next returns the one step that brings the world closer to spec, or an *Obstacle
// when there is none to take. It performs no I/O, so apply, resume and rollback all
// ask it the same question.
//
// On the way up a name that is ahead stays where it is: going back would be a second
// change for its viewers, and prove nothing.
func Next(spec Spec, obs Observation) (Step, error) {
	step, err := next(spec, obs)
	if err != nil {
		return nil, err
	}
	return guarded(spec, obs, step)
}

func next(spec Spec, obs Observation) (Step, error) {
	if k := obs.Diverted; k != nil && !spec.RollingBack {
		return nil, &Obstacle{Kind: Diverted, Name: k.Name, Found: obs.Describe(*k)}
	}
	if o := obstacle(spec, obs); o != nil {
		return nil, o
	}
	if k := obs.Lowered; k != nil && !spec.RollingBack {
		return nil, &Obstacle{Kind: Lowered, Name: k.Name, Found: obs.Describe(*k)}
	}
	if obs.Going > 0 {
		if s := shift(spec, obs, obs.Going); s != nil {
			return *s, nil
		}
	}
	low, _, _ := obs.bounds(spec)
	at := spec.Standing(low)
	if up := float64(spec.Weight) > low; up && at == 0 {
		return climb(spec, obs, low)
	}
	if s := shift(spec, obs, at); s != nil {
		return *s, nil
	}
	if step, err := prove(spec, obs, at); step != nil || err != nil {
		return step, err
	}
	switch {
	case spec.PerApply && obs.Stepped && (at < spec.Weight || spec.Gate):
		return rest(obs), nil
	case at < spec.Weight:
		return climb(spec, obs, low)
	}
	if s := collapse(spec, obs); s != nil {
		if obs.Pending {
			return Wait{For: insync}, nil
		}
		return *s, nil
	}
	return rest(obs), nil
}

const insync = "every name server of the zone has the new records"

// rest ends a run once its changes are everywhere.
func rest(obs Observation) Step {
	if obs.Pending {
		return Wait{For: insync}
	}
	return Done{}
}

// climb takes the next step up.
func climb(spec Spec, obs Observation, low float64) (Step, error) {
	switch {
	case obs.Pending:
		return Wait{For: insync}, nil
	case obs.Cached:
		return Wait{For: "resolvers have forgotten the records of before"}, nil
	}
	if s := shift(spec, obs, spec.path(low)[0]); s != nil {
		s.Up, s.Passed = true, spec.Standing(low)
		return *s, nil
	}
	return Done{}, nil
}

// prove asks for what has to be shown while the names are at p: nil if nothing.
func prove(spec Spec, obs Observation, p int) (Step, error) {
	last := p == spec.Weight
	if p == 0 || spec.RollingBack || obs.Down || !spec.Gate && (last || spec.Bake == 0 || spec.PerApply) {
		return nil, nil
	}
	switch evidence := obs.Evidence[p]; {
	case evidence.Enough():
		return nil, nil
	case evidence != cutover.NoEvidence:
		return nil, &Obstacle{Kind: GateFailed, Percent: p, Evidence: evidence}
	case obs.Pending:
		return Wait{For: insync}, nil
	case obs.Cached: // until then it would be evidence about the step before
		return Wait{For: "resolvers have forgotten the records of before"}, nil
	}
	hold := spec.Bake
	if spec.PerApply { // the time between two runs is the time it holds
		hold = 0
	}
	return Verify{Percent: p, Side: spec.Target.Side, Hold: hold, Gate: spec.Gate}, nil
}

// wanted is the share that a key is to have while the ramp is at p.
func wanted(spec Spec, obs Observation, k Key, p int) float64 {
	s, ok := obs.Share(spec, k)
	ahead := ok && s > float64(p) && p < spec.Weight && s <= float64(spec.Weight) && s == math.Trunc(s)
	if ahead {
		return s
	}
	return float64(p)
}

// shift collects what has to change for the target to have p percent of every name,
// and nil if nothing has.
func shift(spec Spec, obs Observation, p int) *Shift {
	s := Shift{Percent: p, Side: spec.Target.Side, Names: spec.Names}
	// Where nobody has yet needed weights they are left out: whoever asks for what is
	// already there gets no write, and a new TTL changes nothing else.
	level, even := obs.Level(spec)
	simple := (p == 0 || p == Everything) && !obs.Weighted(spec) && (spec.Collapse || even && level == float64(p))
	s.Changes, s.Left = gather(spec, obs, func(k Key) []Record {
		want := wanted(spec, obs, k, p)
		if obs.at(spec, k, want) {
			return nil
		}
		if simple && want == float64(p) {
			return []Record{spec.side(p).simple(k)}
		}
		return []Record{spec.Other.part(k, Everything-int64(want)), spec.Target.part(k, int64(want))}
	})
	if len(s.Changes) == 0 {
		return nil
	}
	return &s
}

// side is the endpoint that has everything when the target has p percent, 0 or 100.
func (s Spec) side(p int) Endpoint {
	if p == 0 {
		return s.Other
	}
	return s.Target
}

// collapse makes simple records of weighted ones.
func collapse(spec Spec, obs Observation) *Collapse {
	if !spec.collapses() {
		return nil
	}
	e := spec.side(spec.Weight)
	c := Collapse{Side: e.Side, Names: spec.Names}
	c.Changes, c.Left = gather(spec, obs, func(k Key) []Record {
		if !slices.ContainsFunc(obs.Records[k], Record.weighted) {
			return nil
		}
		return []Record{e.simple(k)}
	})
	if len(c.Changes) == 0 {
		return nil
	}
	return &c
}

// Limits of a batch. Source: Route 53 quotas, which count the values of record sets and
// their characters. Alias records have none; here they count as one all the same.
const (
	maxElements   = 1000
	maxCharacters = 32000
)

// gather builds the changes of as many names as fit into one batch. A name is never
// divided: its types change together. left is how many names do not fit.
func gather(spec Spec, obs Observation, want func(Key) []Record) (changes []Change, left int) {
	elements, characters := 0, 0
	for _, name := range spec.Names {
		var own []Change
		n, chars := 0, 0
		for _, typ := range spec.Types {
			k := Key{name, typ}
			add := want(k)
			if add == nil || stuck(spec, obs.Guard, k) {
				continue
			}
			c := Change{Key: k, Delete: obs.Records[k], Add: add}
			for _, r := range slices.Concat(c.Delete, c.Add) {
				n += max(1, len(r.Values))
				for _, v := range r.Values {
					chars += len(v)
				}
			}
			own = append(own, c)
		}
		if len(own) == 0 {
			continue
		}
		if left > 0 || len(changes) > 0 && (elements+n > maxElements || characters+chars > maxCharacters) {
			left++
			continue
		}
		elements, characters = elements+n, characters+chars
		changes = append(changes, own...)
	}
	return changes, left
}
