package weightedramp

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// result says how a run ended.
type result string

const (
	resultFinished    result = "finished"
	resultStepped     result = "stepped" // one step, and the next belongs to another run
	resultRolledBack  result = "rolled_back"
	resultHeld        result = "held"
	resultInterrupted result = "interrupted"
)

// An order is a ramp as asked for.
type order struct {
	budget, rollBackBudget time.Duration
	onFailure              cutover.OnFailure
	from                   *int      // the weight from before the ramp; nil: not on record
	unfinished             bool      // a run ended before everything was done
	level                  *float64  // the share that all names had, which proven and since are about; nil: not on record
	proven                 bool      // it has been proven
	since                  time.Time // when the names got it; zero: not on record
}

// An outcome is what a run came to.
type outcome struct {
	result      result
	sight       run.Sight[ramp.Observation] // the last look; what AWS shows, if nothing was written since
	from        *int                        // the weight from before the ramp, nil if nobody knows
	err         error                       // why it did not finish
	reason      string                      // what the gate saw, or what AWS refused
	bothSick    string                      // why the way back was not taken: what the other endpoint was seen to do
	doubt       string                      // why nothing is known about the other endpoint, where it was asked
	goingBack   bool                        // it was interrupted on the way back
	rollBackErr error                       // why the way back ended early
	started     time.Time
	finished    time.Time
	stepped     time.Time // when the last step was complete; zero: none was taken
	events      []string
	wrote       bool
}

// cutOver converges, and goes back when the evidence says so.
func (w *workflow) cutOver(ctx context.Context, o order) outcome {
	out := outcome{started: w.began}
	w.order = o
	out.sight, out.err = run.Converge(ctx, w, w.book, w.limits(o.budget), out.sight)
	out.from = w.cameFrom()
	switch {
	case out.err == nil && w.paused(out.sight.Obs):
		out.result = resultStepped
	case out.err == nil:
		out.result = resultFinished
	case ctx.Err() != nil:
		out.result = resultInterrupted
	default:
		out.result, out.reason = resultHeld, w.reason(out.err)
		w.goBack(ctx, o, &out)
	}
	out.finished, out.events, out.wrote = w.p.Clock.Now(), w.events, w.book.Any()
	if w.stepped {
		if out.stepped = w.steppedAt; out.stepped.IsZero() {
			out.stepped = out.finished
		}
	}
	return out
}

// paused says whether a run that ended well leaves something to a later one.
func (w *workflow) paused(obs ramp.Observation) bool {
	level, _ := obs.Level(w.spec)
	return w.spec.PerApply && w.stepped && (level != float64(w.spec.Weight) || w.spec.Gate)
}

// cameFrom is the weight that a rollback returns to: the last one that was in order, or
// what the run found where that is less, because somebody has lowered it since.
func (w *workflow) cameFrom() *int {
	if w.first == nil {
		return w.order.from
	}
	level, even := w.first.Level(w.spec)
	if !even || level != math.Trunc(level) || w.order.from != nil && float64(*w.order.from) <= level {
		return w.order.from
	}
	n := int(level)
	return &n
}

func (w *workflow) reason(err error) string {
	if o, ok := errors.AsType[*ramp.Obstacle](err); ok && o.Kind == ramp.GateFailed {
		return w.reasons[o.Percent]
	}
	if e, ok := errors.AsType[*awsapi.Error](err); ok {
		return e.Error()
	}
	return err.Error()
}

// goBack undoes a failed ramp, if it is the kind of failure that calls for it, if there
// is a weight to go back to, and if the other side is not failing too.
func (w *workflow) goBack(ctx context.Context, o order, out *outcome) {
	if !w.undoable(out.err) || o.onFailure != cutover.RollBack || out.from == nil || *out.from >= w.spec.Weight {
		return
	}
	way, err := run.Back(ctx, w.p.Watcher(), w.about(w.gate.Elsewhere(), w.spec.Other), true) // nothing else is undoable
	if err != nil {
		out.result, out.err = resultInterrupted, err
		return
	}
	if out.doubt = way.Doubt(); !way.Taken {
		out.bothSick = way.Sick()
		return
	}
	back := w.spec
	back.Weight, back.Steps, back.RollingBack, back.Adopting, back.PerApply = *out.from, nil, true, false, false
	undo := newWorkflow(w.p, back)
	undo.book, undo.events = w.book, append(w.events, w.p.Clock.Now().UTC().Format(time.RFC3339)+" going back")
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

// undoable says whether an error is one that going back mends. Everything else holds:
// a rollback needs the same credentials, network and name servers.
func (w *workflow) undoable(err error) bool {
	o, ok := errors.AsType[*ramp.Obstacle](err)
	return ok && o.Kind == ramp.GateFailed && o.Evidence == cutover.Unhealthy
}
