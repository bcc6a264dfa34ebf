package stagingpromotion

import (
	"context"
	"errors"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// over says whether the run left nothing to be done but, perhaps, to invalidate.
func (w *workflow) over() bool { return w.Out.Err == nil || w.Out.Result == run.RolledBack }

// failed says whether what was tried is not to be tried again: it was taken back, now or, by
// our own record, before.
func (w *workflow) failed() bool {
	known, ok := errors.AsType[*promotion.Obstacle](w.Out.Err)
	return w.tried != nil && (w.Out.WentBack() || ok && known.Kind == promotion.FailedBefore)
}

// Ended implements latched.Run.
func (w *workflow) Ended(out run.Outcome[promotion.Observation]) {
	if w.Out = out; out.Result == run.Stepped && w.baking.IsZero() {
		w.baking = w.p.Clock.Now()
	}
	if w.tried == nil && out.Result != run.Finished {
		w.tried = w.try(out.Err, out.Sight.Obs)
	}
	if w.astray(out.Err) {
		w.baking = time.Time{}
	}
	if w.undo != nil {
		w.purge, w.read = w.undo.purge, w.undo.read
	}
	w.purge.Conclude(w.Log)
}

// Shown implements latched.Run.
func (w *workflow) Shown() bool { return w.Out.Sight.Seen() && w.Out.Sight.Obs.Primary.ID != "" }

// try is the release that a run has begun, and how far it has come; nil: it is about no release.
func (w *workflow) try(err error, obs promotion.Observation) *promotion.Attempt {
	astray := w.astray(err)
	if !astray && w.baking.IsZero() && w.spec.OffPlan(err, w.latest) {
		w.baking = w.p.Clock.Now()
	}
	return promotion.Tried(w.spec, obs, w.passed, astray, !w.baking.IsZero())
}

// astray says whether a run stopped because the canary is to begin with its first step
// although the plan took it to be further.
func (w *workflow) astray(err error) bool {
	return w.spec.OffPlan(err, w.latest) && !w.at(w.latest, w.proven)
}

// pause lets a poll go by.
func (w *workflow) pause(ctx context.Context) error { return w.p.Clock.Sleep(ctx, w.p.Poll) }

// Paused implements run.Kind: the rest of the release is left to a later one.
func (w *workflow) Paused(obs promotion.Observation) bool {
	return w.spec.Purpose == promotion.Release && !obs.Released()
}

// Why implements run.Kind.
func (w *workflow) Why(err error) string {
	if o, ok := errors.AsType[*promotion.Obstacle](err); ok && o.Gate() {
		return w.reason
	} else if ok && o.Kind == promotion.FailedBefore {
		return o.Found
	}
	if e, ok := errors.AsType[*awsapi.Error](err); ok {
		return e.Error()
	}
	return err.Error()
}

// Undo implements run.Kind: nobody is sent to staging, and the primary gets what it had.
func (w *workflow) Undo(err error, sight run.Sight[promotion.Observation]) *run.Undo[promotion.Observation, promotion.Step] {
	tried := w.try(err, sight.Obs)
	back, stay := promotion.Back(w.spec, w.latest, configured.Cause(err), tried)
	if stay != "" {
		return nil
	}
	w.tried = tried
	undo := newWorkflow(w.p, back)
	undo.spreading, undo.Log, undo.read = w.spreading, w.Log, w.read
	undo.onRecord, undo.names, undo.kept = w.onRecord, w.names, w.kept
	begin := func(ctx context.Context, reason string) {
		w.undo = undo
		if err := w.ledger.Condemn(ctx, *w.tried, reason, w.pause); err != nil {
			w.Log.Note("the snapshot bucket could not be told: " + err.Error()) // viewers do not wait for it
		}
	}
	return &run.Undo[promotion.Observation, promotion.Step]{Run: undo, Begin: begin}
}
