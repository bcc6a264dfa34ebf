package behaviorswitch

import (
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// Ended implements latched.Run.
func (w *workflow) Ended(out run.Outcome[behavior.Observation]) {
	w.Out = out
	if w.undo != nil {
		w.purge = w.undo.purge
	}
	w.purge.Conclude(w.Log)
}

// Cutover implements latched.Run.
func (w *workflow) Cutover() map[string]attr.Value {
	from, _ := w.start.CameFrom(w.spec)
	return map[string]attr.Value{"from": fwtypes.OrNull(string(from.Side)), "to": types.StringValue(string(w.spec.Live))}
}

// Why implements run.Kind.
func (w *workflow) Why(err error) string {
	if o, ok := errors.AsType[*behavior.Obstacle](err); ok && o.Gate() {
		when := behavior.AfterEdit
		if o.Kind == behavior.GateBefore {
			when = behavior.BeforeEdit
		}
		return w.reasons[when]
	}
	return w.Way.Why(err)
}

// Undo implements run.Kind: the fields get back what they had. No gate speaks of what they
// had: what is asked before a cutover is written about the side that is yet to come.
func (w *workflow) Undo(err error, _ run.Sight[behavior.Observation]) *run.Undo[behavior.Observation, behavior.Step] {
	cause := configured.Cause(err)
	back, stay := w.start.Back(w.spec, w.latest, cause)
	if stay != "" {
		return nil
	}
	w.undo = newWorkflow(w.p, back)
	w.undo.Log, w.undo.moved = w.Log, true
	return &run.Undo[behavior.Observation, behavior.Step]{Run: w.undo, To: string(back.Live), Sick: cause == cutover.Sick}
}
