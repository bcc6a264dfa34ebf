package weightedramp

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
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
	proven                 bool      // the weight there is has been proven
	since                  time.Time // when an earlier run was done with its last step; zero: not on record
}

// An outcome is what a run came to.
type outcome struct {
	result      result
	obs         ramp.Observation // the last one; what AWS shows
	from        *int             // the weight from before the ramp, nil if nobody knows
	err         error            // why it did not finish
	reason      string           // what the gate saw, or what AWS refused
	bothSick    string           // why the way back was not taken
	goingBack   bool             // it was interrupted on the way back
	rollBackErr error            // why the way back ended early
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
	out.obs, out.err = engine.Run(ctx, w, w.limits(o.budget))
	out.from = w.cameFrom()
	switch {
	case out.err == nil && w.paused(out.obs):
		out.result = resultStepped
	case out.err == nil:
		out.result = resultFinished
	case ctx.Err() != nil:
		out.result = resultInterrupted
		out.obs = w.lastLook(ctx, out.obs)
	default:
		out.result, out.reason = resultHeld, w.reason(out.err)
		w.goBack(ctx, o, &out)
	}
	out.finished, out.events, out.wrote = w.p.Clock.Now(), w.events, w.wrote || out.wrote
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
	if g := w.gate.Elsewhere(); g != nil {
		verdict, why, err := w.p.Watcher().Ask(ctx, w.about(g, w.spec.Other), 0)
		if ctx.Err() != nil {
			out.result, out.err = resultInterrupted, err
			return
		}
		// Where nobody can be asked nothing speaks against going back.
		if err == nil && evidence(verdict) == cutover.Unhealthy {
			out.bothSick = why
			return
		}
	}
	back := w.spec
	back.Weight, back.Steps, back.RollingBack, back.Adopting, back.PerApply = *out.from, nil, true, false, false
	undo := newWorkflow(w.p, back)
	undo.events = append(w.events, w.p.Clock.Now().UTC().Format(time.RFC3339)+" going back")
	limits := undo.limits(o.rollBackBudget)
	limits.Patient = true
	obs, err := engine.Run(ctx, undo, limits)
	w.events, out.wrote = undo.events, undo.wrote
	if obs.Domain != "" {
		out.obs = obs
	}
	switch {
	case err == nil:
		out.result = resultRolledBack
	case ctx.Err() != nil:
		out.result, out.err, out.goingBack = resultInterrupted, err, true
		out.obs = w.lastLook(ctx, out.obs)
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

// lastLookBudget is short: Terraform kills a provider that does not end soon after it
// was asked to.
const lastLookBudget = 10 * time.Second

// lastLook observes once more after the run's context has ended, so that state records
// what AWS shows and not what was last seen on the way.
func (w *workflow) lastLook(ctx context.Context, last ramp.Observation) ramp.Observation {
	within, cancel := clock.WithTimeout(context.WithoutCancel(ctx), clock.System{}, lastLookBudget)
	defer cancel()
	obs, err := w.look(within)
	if err != nil {
		return last
	}
	return obs
}
