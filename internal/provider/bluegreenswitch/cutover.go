package bluegreenswitch

import (
	"errors"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// Things implements latched.Run.
func (w *workflow) Things() (busy, kept []string) { return things(w.spec), things(w.spec) }

// Ended implements latched.Run.
func (w *workflow) Ended(out run.Outcome[switchover.Observation]) {
	w.Out = out
	w.purge.Conclude(w.Log)
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
	return w.Way.Why(err)
}

// Unserved implements run.Kind: a name is on a side that this cutover, or one before it, has disabled.
func (w *workflow) Unserved(obs switchover.Observation) bool {
	obs.Darkened = w.dark // of which the last look need not know
	return obs.Dark(w.spec)
}

// Undo implements run.Kind: the side that was live before gets the names back.
func (w *workflow) Undo(err error, sight run.Sight[switchover.Observation]) *run.Undo[switchover.Observation, switchover.Step] {
	cause := configured.Cause(err)
	w.failing = sight.Obs.Sides[w.spec.Live].Identity()
	back, stay := w.start.Back(w.spec, w.latest, cause)
	if stay != "" {
		return nil
	}
	undo := newWorkflow(w.p, w.in, back)
	undo.Log, undo.trail = w.Log, w.trail
	undo.dark, undo.proofs, undo.proven, undo.alone = w.dark, w.proofs, w.proven, w.alone
	out := &run.Undo[switchover.Observation, switchover.Step]{Run: undo, To: string(back.Live), Sick: cause == cutover.Sick}
	if d := sight.Obs.Sides[back.Live]; !w.dark[back.Live] || d.Enabled && d.Deployed { // else it is not to blame for refusing whoever asks
		out.Other = w.gates.beforeReturn(back.Live, w.spec.Live, sight.Obs)
	}
	return out
}
