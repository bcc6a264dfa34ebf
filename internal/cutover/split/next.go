package split

import (
	"slices"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// Next returns the one step that brings the world closer to spec, or an *Obstacle when there is
// none to take. It performs no I/O, so apply, resume and rollback all ask it the same question.
func Next(spec Spec, obs Observation) (Step, error) {
	if obs.Taken && !spec.RollingBack {
		return nil, &Obstacle{Kind: Taken, At: obs.Weights(spec)}
	}
	if spec.Kill && obs.Store != "" && obs.Ready && obs.Stranger == "" && !(obs.Table.Killed && obs.Weights(spec).Same(spec.safe())) {
		return spec.weigh(obs, spec.safe()), nil // before anything else: it is why somebody is in a hurry
	}
	if o := obstacle(spec, obs); o != nil {
		return nil, o
	}
	if step := provide(spec, obs); step != nil {
		return step, nil
	}
	now := obs.Weights(spec)
	if !spec.Creating && (obs.Table.Override != spec.Override || obs.Table.Killed != spec.Kill) && now.Same(spec.goal()) { // else the next weights bring it
		if o := admits(spec, obs); o != nil {
			return nil, o
		}
		return spec.weigh(obs, now), nil
	}
	if spec.Rung(now) {
		if step, err := prove(spec, obs, now); step != nil || err != nil {
			return step, err
		}
	}
	path := spec.Path(now)
	switch {
	case spec.Creating, len(path) == 0, spec.PerApply && obs.Stepped:
		return rest(spec, obs), nil
	case obs.Spreading && len(spec.ups(now)) > 0:
		return Wait{For: arrived}, nil
	}
	if raises(spec, obs) {
		if spec.Attach == nil && obs.Made && (leads(spec, obs) || obs.Awaits(spec)) { // its users are yet to get what was made for them
			return rest(spec, obs), nil
		}
		if o := unready(spec, obs); o != nil {
			return nil, o
		}
	}
	w := spec.weigh(obs, path[0])
	if w.Up && spec.Rung(now) {
		w.Passed = now
	}
	return w, nil
}

const arrived = "the table has had the time to arrive at every edge location"

// rest ends a run once what it has written has had the time to arrive.
func rest(spec Spec, obs Observation) Step {
	switch {
	case obs.Spreading:
		return Wait{For: arrived}
	case len(obs.Old) > 0 && !spec.Creating && !spec.RollingBack: // what a create has not made is left to a plan that shows it
		return Remove{obs.Old[0]}
	}
	return Done{}
}

// provide makes what decides at the edge, nil if it is all there. On the way back nothing is made.
func provide(spec Spec, obs Observation) Step {
	switch {
	case obs.Store == "":
		return MakeStore{spec.Name}
	case !obs.Ready:
		return Wait{For: "the key value store can be written"}
	case obs.Table.Generation == 0:
		return spec.weigh(obs, spec.lost(obs))
	}
	for _, role := range Roles() {
		f := obs.Functions[role]
		switch {
		case spec.Restore != nil:
		case !f.Exists:
			return MakeFunction{role, obs.Store}
		case !f.Published && !f.Tried:
			return Try{role, f.Name}
		case !f.Published:
			return Publish{role, f.Name}
		}
	}
	if changes := spec.detached(obs); len(changes) > 0 {
		return Attach{*spec.Attach, changes}
	}
	if changes := spec.leavers(obs); len(changes) > 0 {
		return Leave{Attach{*spec.Attach, changes}}
	}
	if spec.Attach != nil && !obs.Site.Deployed {
		return Wait{For: "every edge location has the functions"}
	}
	return nil
}

// lost is what a store without a table is to say. Viewers who have been assigned are where they were, so a table that was
// in order, and is asked for, moves nobody; everybody on the safe side would move those of the others there and back.
func (s Spec) lost(obs Observation) Weights {
	if !s.Creating && obs.Last != nil && obs.Last.Same(s.goal()) {
		return obs.Last
	}
	return s.safe()
}

// weigh is the step to a table.
func (s Spec) weigh(obs Observation, to Weights) Weigh {
	w := Weigh{From: obs.Table, To: Table{Weights: to.plain(), Override: s.Override, Killed: s.Kill}}
	now := obs.Weights(s)
	for side, n := range w.To.Weights {
		w.Up = w.Up || side != s.Safe && n > now[side]
	}
	return w
}

// prove asks for what has to be shown while a table is in force: nil if nothing.
func prove(spec Spec, obs Observation, now Weights) (Step, error) {
	last := now.Same(spec.goal())
	if spec.RollingBack || spec.Creating || obs.Down || obs.Awaits(spec) || !spec.Gate && (last || spec.Bake == 0 || spec.PerApply) {
		return nil, nil
	}
	switch evidence := obs.Evidence[now.String()]; {
	case evidence.Enough():
		return nil, nil
	case evidence != cutover.NoEvidence:
		return nil, &Obstacle{Kind: GateFailed, At: now, Evidence: evidence}
	case obs.Spreading: // until then it would be evidence about the table before
		return Wait{For: arrived}, nil
	}
	v := Verify{At: now, Side: spec.asked(now), Hold: spec.Bake, Gate: spec.Gate}
	if spec.PerApply { // the time between two runs is the time it holds
		v.Hold = 0
	}
	return v, nil
}

// asked is the side that evidence is about: the one besides the safe side that has most.
func (s Spec) asked(now Weights) cutover.Side {
	sides := slices.DeleteFunc(slices.Clone(s.Sides), func(side cutover.Side) bool { return side == s.Safe })
	slices.SortStableFunc(sides, func(a, b cutover.Side) int { return now[b] - now[a] })
	return sides[0]
}

// Back is what is asked for on the way back from what ended a run, or why it stays where it is.
// from is what was in order last, or what the run found; nil: nobody knows. found has the
// functions that the behaviours had then. Where AWS refuses the next table, viewers have one that
// the plan has shown and that its gate has let pass.
func Back(spec Spec, from Weights, found *Observation, now Observation, cause cutover.Cause) (Spec, cutover.Stay) {
	switch cause {
	case cutover.Sick, cutover.Lapsed:
	case cutover.Refused, cutover.Lost, cutover.Barred:
		return spec, cutover.AsShown
	case cutover.Unable, cutover.Condemned:
		return spec, cutover.Unmended
	}
	restore := restorable(found, now)
	if from == nil || restore == nil && from.Same(now.Weights(spec)) {
		return spec, cutover.Nowhere
	}
	spec.Goal, spec.Ladder, spec.RollingBack, spec.PerApply, spec.Restore, spec.Kill = from, nil, true, false, restore, false
	return spec, ""
}

// restorable are the functions that every behaviour of ours had when a run began, if it has
// exchanged them; nil: it has not, or there is no one such pair.
func restorable(found *Observation, now Observation) map[Role]string {
	if found == nil {
		return nil
	}
	was := found.Runs()
	if was == nil {
		return nil
	}
	for _, b := range now.Site.Behaviors {
		for _, role := range Roles() {
			if b.Functions[role] != was[role] {
				return was
			}
		}
	}
	return nil
}
