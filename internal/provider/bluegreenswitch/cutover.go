package bluegreenswitch

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/identity"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// result says how a cutover ended.
type result string

const (
	resultFinished    result = "finished"
	resultRolledBack  result = "rolled_back"
	resultHeld        result = "held"
	resultInterrupted result = "interrupted"
)

// An order is a cutover as asked for.
type order struct {
	budget, rollBackBudget time.Duration
	onFailure              cutover.OnFailure
	// previous is the side that state believes live; "" while creating. settled is
	// the one that the last cutover on record left or found in order.
	previous, settled cutover.Side
}

// An outcome is what a cutover came to.
type outcome struct {
	result      result
	sight       run.Sight[switchover.Observation] // the last look; what AWS shows, if nothing was written since
	from        cutover.Side                      // the side that was live before, "" if none was
	err         error                             // why it did not finish
	reason      string                            // what the gate saw, or what AWS refused
	target      identity.Identity                 // what the target had when it failed
	bothSick    string                            // why the way back was not taken: what the other side was seen to do
	doubt       string                            // why nothing is known about the other side, where it was asked
	goingBack   bool                              // it was interrupted on the way back
	rollBackErr error                             // why the way back ended early
	started     time.Time
	finished    time.Time
	events      []string
	wrote       bool
	proved      bool // a gate after the move passed, or none was asked for
	stale       bool // CloudFront would not invalidate what was asked for
}

// cutOver converges, and goes back when the evidence says so.
func (w *workflow) cutOver(ctx context.Context, o order) outcome {
	out := outcome{started: w.began}
	w.order = o
	out.sight, out.err = run.Converge(ctx, w, w.book, w.limits(o.budget), out.sight)
	out.from = w.cameFrom(o)
	switch {
	case out.err == nil:
		out.result, out.proved = resultFinished, true
	case ctx.Err() != nil:
		out.result = resultInterrupted
	default:
		out.result = resultHeld
		out.reason = w.reason(out.err)
		out.target = out.sight.Obs.Sides[w.spec.Live].Identity()
		w.goBack(ctx, o, &out)
	}
	if said := w.purge.Remark(); said != "" {
		w.remark(said)
	}
	out.finished, out.events, out.wrote = w.p.Clock.Now(), w.events, w.book.Any()
	out.stale = w.purge.Err != nil
	return out
}

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

func (w *workflow) reason(err error) string {
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

// goBack undoes a failed cutover, if it is the kind of failure that calls for
// it, if there is somewhere to go back to, and if that side is not failing too.
func (w *workflow) goBack(ctx context.Context, o order, out *outcome) {
	if !w.undoable(out.err) || o.onFailure != cutover.RollBack || out.from == "" {
		return
	}
	seen, _ := errors.AsType[*switchover.Obstacle](out.err)
	way, err := run.Back(ctx, w.p.Watcher(), w.gates.beforeReturn(out.from, w.spec.Live, out.sight.Obs), seen != nil && seen.Gate())
	if err != nil {
		out.result, out.err = resultInterrupted, err
		return
	}
	if out.doubt = way.Doubt(); !way.Taken {
		out.bothSick = way.Sick()
		return
	}
	back := w.spec
	back.Live, back.RollingBack, back.Adopting = out.from, true, false
	undo := newWorkflow(w.p, back)
	undo.book, undo.trail, undo.events = w.book, w.trail, append(w.events, w.p.Clock.Now().UTC().Format(time.RFC3339)+" going back to "+string(out.from))
	limits := undo.limits(o.rollBackBudget)
	limits.Patient = true
	out.sight, err = run.Converge(ctx, undo, undo.book, limits, out.sight)
	w.events = undo.events
	switch {
	case err == nil:
		out.result = resultRolledBack
	case ctx.Err() != nil:
		out.result, out.err, out.goingBack = resultInterrupted, err, true
	default:
		out.rollBackErr = err
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
