package weightedramp

import (
	"errors"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// Things implements latched.Run.
func (w *workflow) Things() (busy, kept []string) {
	for _, k := range w.spec.Keys() {
		kept = append(kept, configured.Records(w.spec.Zone, k.Name, k.Type))
	}
	return things(w.spec), kept
}

// Ended implements latched.Run.
func (w *workflow) Ended(out run.Outcome[ramp.Observation]) {
	if w.Out = out; w.stepped && w.steppedAt.IsZero() {
		w.steppedAt = out.Ended
	}
}

// Shown implements latched.Run.
func (w *workflow) Shown() bool { return w.Out.Sight.Seen() && w.Out.Sight.Obs.Domain != "" }

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
	undo.Log = w.Log
	return &run.Undo[ramp.Observation, ramp.Step]{Run: undo, Other: w.about(w.gate.Elsewhere(), w.spec.Other), Sick: true}
}
