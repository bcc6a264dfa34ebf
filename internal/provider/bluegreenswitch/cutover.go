package bluegreenswitch

import (
	"context"
	"errors"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/identity"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// An outcome is what a cutover came to.
type outcome struct {
	run.Outcome[switchover.Observation]
	from   cutover.Side      // the side that was live before, "" if none was
	target identity.Identity // what the target had when it failed
	stale  bool              // CloudFront would not invalidate what was asked for
}

// cutOver does what is asked for.
func (w *workflow) cutOver(ctx context.Context, o run.Order) outcome {
	out := outcome{Outcome: run.CutOver(ctx, w, w.p.Watcher(), o), from: w.start.CameFrom(w.spec), target: w.failing, stale: w.purge.Err != nil}
	if said := w.purge.Remark(); said != "" {
		w.journal.Note(said)
	}
	return out
}

// Journal implements run.Kind.
func (w *workflow) Journal() *run.Journal { return w.journal }

// Paused implements run.Kind: names move all together.
func (w *workflow) Paused(switchover.Observation) bool { return false }

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
	cause := configured.Cause(err)
	back, stay := w.start.Back(w.spec, w.latest, cause)
	if stay != "" {
		return nil
	}
	w.failing = sight.Obs.Sides[w.spec.Live].Identity()
	undo := newWorkflow(w.p, back)
	undo.journal, undo.trail = w.journal, w.trail
	return &run.Undo[switchover.Observation, switchover.Step]{
		Run: undo, To: string(back.Live), Other: w.gates.beforeReturn(back.Live, w.spec.Live, sight.Obs), Sick: cause == cutover.Sick,
	}
}
