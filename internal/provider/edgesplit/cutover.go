package edgesplit

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/attr"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/split"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// Things implements latched.Run: a destroy and a create of one name take turns.
func (w *workflow) Things() (busy, kept []string) {
	return []string{"edge split " + w.spec.Name}, []string{"edge split " + w.spec.Name}
}

// Ended implements latched.Run.
func (w *workflow) Ended(out run.Outcome[split.Observation]) { w.Out = out }

// from is what a way back returns to: what was in order last, or what the run found; nil if
// nobody knows.
func (w *workflow) from() split.Weights {
	if w.first == nil {
		return w.past.settled
	}
	found := w.first.Weights(w.spec)
	if w.past.settled != nil && w.first.Table.Generation > 0 && !less(w.spec, found, w.past.settled) {
		return w.past.settled
	}
	return found
}

// less says whether a table takes nobody off the safe side whom another one leaves there.
func less(spec split.Spec, a, b split.Weights) bool {
	for side, n := range a {
		if side != spec.Safe && n > b[side] {
			return false
		}
	}
	return true
}

// Cutover implements latched.Run.
func (w *workflow) Cutover() map[string]attr.Value {
	from, _ := written(context.Background(), w.from()) // a map of numbers is one
	to, _ := written(context.Background(), w.spec.Goal)
	return map[string]attr.Value{"from": from, "to": to}
}

// Paused implements run.Kind.
func (w *workflow) Paused(obs split.Observation) bool {
	now := obs.Weights(w.spec)
	return w.spec.PerApply && w.stepped && (!now.Same(w.spec.Goal) || w.spec.Gate)
}

// Why implements run.Kind.
func (w *workflow) Why(err error) string {
	if o, ok := errors.AsType[*split.Obstacle](err); ok && o.Kind == split.GateFailed {
		return w.reasons[o.At.String()]
	}
	return w.Way.Why(err)
}

// Undo implements run.Kind: the table, and the functions, are again what they were before.
func (w *workflow) Undo(err error, last run.Sight[split.Observation]) *run.Undo[split.Observation, split.Step] {
	if w.spec.Creating {
		return w.takeAway()
	}
	back, stay := split.Back(w.spec, w.from(), w.first, last.Obs, configured.Cause(err))
	if stay != "" {
		return nil
	}
	undo := newWorkflow(w.p, back, w.config)
	undo.Log, undo.spreads, undo.secret, undo.gate, undo.markers, undo.hosts, undo.order, undo.functioning = w.Log, w.spreads, w.secret, w.gate, w.markers, w.hosts, w.order, w.functioning
	undo.past.unfinished = true
	other := w.about(w.spec.Safe)
	if g := w.gate.Elsewhere(); g == nil {
		other = nil
	}
	return &run.Undo[split.Observation, split.Step]{Run: undo, Other: other, Sick: true, To: back.Goal.String()}
}

// takeAway is the way back of a create: without state nobody would know of what it has made. What was
// there before it stays.
func (w *workflow) takeAway() *run.Undo[split.Observation, split.Step] {
	if !w.founded {
		return nil
	}
	return &run.Undo[split.Observation, split.Step]{Run: remover{workflow: w, removal: split.Removal{Spec: w.spec}}, To: "nothing"}
}
