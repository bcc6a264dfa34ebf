package bluegreenswitch

import (
	"context"
	"errors"
	"slices"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/identity"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// An order is a cutover as asked for.
type order struct {
	run.Order
	// previous is the side that state believes live; "" while creating. settled is
	// the one that the last cutover on record left or found in order.
	previous, settled cutover.Side
}

// An outcome is what a cutover came to.
type outcome struct {
	run.Outcome[switchover.Observation]
	from   cutover.Side      // the side that was live before, "" if none was
	target identity.Identity // what the target had when it failed
	stale  bool              // CloudFront would not invalidate what was asked for
}

// cutOver does what is asked for.
func (w *workflow) cutOver(ctx context.Context, o order) outcome {
	w.order = o
	out := outcome{Outcome: run.CutOver(ctx, w, w.p.Watcher(), o.Order), from: w.cameFrom(o), target: w.failing, stale: w.purge.Err != nil}
	if said := w.purge.Remark(); said != "" {
		w.journal.Note(said)
	}
	return out
}

// Journal implements run.Kind.
func (w *workflow) Journal() *run.Journal { return w.journal }

// Paused implements run.Kind: names move all together.
func (w *workflow) Paused(switchover.Observation) bool { return false }

// cameFrom is the side a rollback returns to: the one that was live when the run
// began. A run that found everything moved already continues one that died, if
// another side was the last to be in order. Else nothing has moved, whatever there
// is to repair, and so there is no way back: a side that happens to be the other
// one may be next week's release.
func (w *workflow) cameFrom(o order) cutover.Side {
	if w.first == nil {
		return ""
	}
	if live, ok := w.first.Live(w.spec); ok && live != w.spec.Live {
		return live
	}
	if o.previous == "" {
		// Creating: nobody knows that the live side was ever another one.
		if owners := w.startedMixed(); owners != "" {
			return owners
		}
		return ""
	}
	if _, ok := w.spec.Sides[o.previous]; ok && o.previous != w.spec.Live {
		return o.previous
	}
	if _, ok := w.spec.Sides[o.settled]; ok && o.settled != w.spec.Live {
		return o.settled
	}
	return ""
}

// startedMixed returns the one other side that had names when the run began.
func (w *workflow) startedMixed() cutover.Side {
	var found cutover.Side
	for _, name := range w.spec.Names {
		side, ok := w.spec.SideOf(w.first.Owner(w.spec, name))
		if !ok || side == w.spec.Live {
			continue
		}
		if found != "" && found != side {
			return ""
		}
		found = side
	}
	return found
}

// Why implements run.Kind.
func (w *workflow) Why(err error) string {
	var o *switchover.Obstacle
	if errors.As(err, &o) && o.Gate() {
		when := switchover.AfterMove
		if o.Kind == switchover.GateBefore {
			when = switchover.BeforeMove
		}
		return w.reasons[when]
	}
	return diags.Reason(err)
}

// Undo implements run.Kind: the side that was live before gets the names back.
func (w *workflow) Undo(err error, sight run.Sight[switchover.Observation]) *run.Undo[switchover.Observation, switchover.Step] {
	from := w.cameFrom(w.order)
	if !w.undoable(err) || from == "" {
		return nil
	}
	w.failing = sight.Obs.Sides[w.spec.Live].Identity()
	back := w.spec
	back.Live, back.RollingBack, back.Adopting = from, true, false
	undo := newWorkflow(w.p, back)
	undo.journal, undo.trail = w.journal, w.trail
	seen, _ := errors.AsType[*switchover.Obstacle](err)
	return &run.Undo[switchover.Observation, switchover.Step]{
		Run: undo, To: string(from), Other: w.gates.beforeReturn(from, w.spec.Live, sight.Obs), Sick: seen != nil && seen.Gate(),
	}
}

// undoable says whether an error is one that going back mends: the new side is
// not healthy, or AWS refuses to let the rest of the names follow. Everything
// else holds: a rollback needs the same credentials, network and propagation.
func (w *workflow) undoable(err error) bool {
	if o, ok := errors.AsType[*switchover.Obstacle](err); ok {
		if o.Kind == switchover.RecordProtected { // since this run began, or it would have moved nothing
			return w.first != nil && w.first.Misplaced(w.spec) && w.onTarget()
		}
		return o.Gate() && o.Evidence == cutover.Unhealthy && (w.onTarget() || w.order.previous != "" && w.pointed())
	}
	if errors.Is(err, awsapi.ErrCredentials) || errors.Is(err, awsapi.ErrDenied) {
		return false
	}
	refused := errors.Is(err, awsapi.ErrRefused) || errors.Is(err, awsapi.ErrTaken) || errors.Is(err, awsapi.ErrNotFound)
	return refused && w.onTarget()
}

// pointed says whether a record leads to the target whose name another side has: a way back
// that nobody remembers came as far as that, or somebody's hand did.
func (w *workflow) pointed() bool {
	target := w.latest.Sides[w.spec.Live].Domain
	return target != "" && slices.ContainsFunc(w.spec.Names, func(name string) bool {
		return slices.ContainsFunc(w.latest.Records[name], func(r switchover.Record) bool { return r.Target == target })
	})
}

// onTarget says whether the target has any name, whichever run brought it there.
func (w *workflow) onTarget() bool {
	return slices.ContainsFunc(w.spec.Names, func(name string) bool { return w.latest.Owner(w.spec, name) == w.spec.Target() })
}
