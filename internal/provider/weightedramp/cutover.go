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

// An order is a ramp as asked for.
type order struct {
	run.Order
	from       *int      // the weight from before the ramp; nil: not on record
	unfinished bool      // a run ended before everything was done
	level      *float64  // the share that all names had, which proven and since are about; nil: not on record
	proven     bool      // it has been proven
	since      time.Time // when the names got it; zero: not on record
}

// An outcome is what a run came to.
type outcome struct {
	run.Outcome[ramp.Observation]
	from    *int      // the weight from before the ramp, nil if nobody knows
	stepped time.Time // when the last step was complete; zero: none was taken
}

// cutOver does what is asked for.
func (w *workflow) cutOver(ctx context.Context, o order) outcome {
	w.order = o
	out := outcome{Outcome: run.CutOver(ctx, w, w.p.Watcher(), o.Order), from: w.cameFrom()}
	if w.stepped {
		if out.stepped = w.steppedAt; out.stepped.IsZero() {
			out.stepped = out.Ended
		}
	}
	return out
}

// Journal implements run.Kind.
func (w *workflow) Journal() *run.Journal { return w.journal }

// Paused implements run.Kind.
func (w *workflow) Paused(obs ramp.Observation) bool {
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

// Why implements run.Kind.
func (w *workflow) Why(err error) string {
	if o, ok := errors.AsType[*ramp.Obstacle](err); ok && o.Kind == ramp.GateFailed {
		return w.reasons[o.Percent]
	}
	if e, ok := errors.AsType[*awsapi.Error](err); ok {
		return e.Error()
	}
	return err.Error()
}

// Undo implements run.Kind: the other endpoint gets back what it had. Only a gate that
// speaks against the target calls for it: going back needs the same credentials, network
// and name servers as going on.
func (w *workflow) Undo(err error, _ run.Sight[ramp.Observation]) *run.Undo[ramp.Observation, ramp.Step] {
	o, ok := errors.AsType[*ramp.Obstacle](err)
	from := w.cameFrom()
	if !ok || o.Kind != ramp.GateFailed || o.Evidence != cutover.Unhealthy || from == nil || *from >= w.spec.Weight {
		return nil
	}
	back := w.spec
	back.Weight, back.Steps, back.RollingBack, back.Adopting, back.PerApply = *from, nil, true, false, false
	undo := newWorkflow(w.p, back)
	undo.journal = w.journal
	return &run.Undo[ramp.Observation, ramp.Step]{Run: undo, Other: w.about(w.gate.Elsewhere(), w.spec.Other), Sick: true}
}
