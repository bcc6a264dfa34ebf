package weightedramp

import (
	"context"
	"errors"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// An outcome is what a run came to.
type outcome struct {
	run.Outcome[ramp.Observation]
	from    *int      // the weight from before the ramp, nil if nobody knows
	stepped time.Time // when the last step was complete; zero: none was taken
}

// cutOver does what is asked for.
func (w *workflow) cutOver(ctx context.Context, o run.Order) outcome {
	out := outcome{Outcome: run.CutOver(ctx, w, w.p.Watcher(), o), from: w.past.CameFrom(w.spec, w.first)}
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

// Undo implements run.Kind: the other endpoint gets back what it had.
func (w *workflow) Undo(err error, _ run.Sight[ramp.Observation]) *run.Undo[ramp.Observation, ramp.Step] {
	back, stay := ramp.Back(w.spec, w.past.CameFrom(w.spec, w.first), configured.Cause(err))
	if stay != "" {
		return nil
	}
	undo := newWorkflow(w.p, back)
	undo.journal = w.journal
	return &run.Undo[ramp.Observation, ramp.Step]{Run: undo, Other: w.about(w.gate.Elsewhere(), w.spec.Other), Sick: true}
}
