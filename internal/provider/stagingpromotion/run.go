package stagingpromotion

import (
	"context"
	"errors"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// result says how a run ended.
type result string

const (
	resultFinished    result = "finished"
	resultStepped     result = "stepped" // one step of the canary, and the next belongs to another run
	resultRolledBack  result = "rolled_back"
	resultHeld        result = "held"
	resultInterrupted result = "interrupted"
)

// An order is a run as asked for.
type order struct {
	budget, rollBackBudget time.Duration
	onFailure              cutover.OnFailure
}

// An outcome is what a run came to.
type outcome struct {
	result      result
	sight       run.Sight[promotion.Observation] // the last look; what AWS shows, if nothing was written since
	snapshot    string                           // of the primary in it
	err         error                            // why it did not finish
	reason      string                           // what the gate saw, or what AWS refused
	attempt     *promotion.Attempt               // the release that was begun, unless it is settled
	baking      time.Time                        // since when the step bakes that attempt has come to; zero: it does not yet
	failed      bool                             // the attempt is not to be tried again
	goingBack   bool                             // the way back was begun and not finished
	rollBackErr error                            // why the way back ended early
	started     time.Time
	finished    time.Time
	events      []string
	stale       bool // CloudFront would not invalidate what was asked for
}

// over says whether the run left nothing to be done but, perhaps, to invalidate.
func (o outcome) over() bool { return o.err == nil || o.result == resultRolledBack }

// run converges, and goes back when the evidence says so.
func (w *workflow) run(ctx context.Context, o order) outcome {
	out := outcome{started: w.began}
	out.sight, out.err = run.Converge(ctx, w, w.book, w.limits(o.budget), out.sight)
	switch {
	case out.err == nil && w.paused(out.sight.Obs):
		out.result = resultStepped
		if w.baking.IsZero() {
			w.baking = w.p.Clock.Now()
		}
	case out.err == nil:
		out.result = resultFinished
	case ctx.Err() != nil:
		out.result = resultInterrupted
	default:
		out.result, out.reason = resultHeld, w.why(out.err)
	}
	if out.result != resultFinished && w.spec.Purpose == promotion.Release {
		out.attempt = &promotion.Attempt{Release: w.spec.Release, Content: w.content(), Canary: w.passed}
		if r := w.spec.Resumes; r != nil && out.attempt.Canary == "" && r.Release == w.spec.Release && r.Content == out.attempt.Content {
			out.attempt.Canary = r.Canary // by a run before this one
		}
		if !w.offPlan(out.err) || w.at(w.latest, w.proven) { // else the canary is to begin with its first step
			out.attempt.Route, out.baking = w.spec.At(out.sight.Obs), w.baking
			if w.offPlan(out.err) && out.baking.IsZero() {
				out.baking = w.p.Clock.Now()
			}
			out.attempt.Baking = out.attempt.Route != "" && !out.baking.IsZero()
		}
		known, _ := errors.AsType[*promotion.Obstacle](out.err)
		out.failed = known != nil && known.Kind == promotion.FailedBefore // by our own record, if not by state's
		if out.result == resultHeld && o.onFailure == cutover.RollBack && w.undoable(out.err) {
			w.goBack(ctx, o, &out)
		}
	}
	out.snapshot = w.read.primary.Snapshot()
	if said := w.purge.Remark(); said != "" {
		w.remark(said)
	}
	out.finished, out.events, out.stale = w.p.Clock.Now(), w.events, w.purge.Err != nil
	return out
}

// paused says whether a run that ended well leaves the rest of a release to a later one.
func (w *workflow) paused(obs promotion.Observation) bool {
	return w.spec.Purpose == promotion.Release && !obs.Released()
}

// offPlan says whether a run stopped because the canary is not where the plan took it to
// be. What it found has to be on record, or the next plan would say the same.
func (w *workflow) offPlan(err error) bool {
	o, ok := errors.AsType[*promotion.Obstacle](err)
	return ok && o.Kind == promotion.NotInRecipe && w.spec.PerApply && !w.latest.Released()
}

// content is the one that this run tried to release.
func (w *workflow) content() string {
	if w.promoted != "" {
		return w.promoted
	}
	return w.bound
}

func (w *workflow) why(err error) string {
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

// undoable says whether an error is one that going back mends: the release is not
// healthy, or AWS refuses to let the rest of it happen. Everything else holds: a
// rollback needs the same credentials, network and propagation.
func (w *workflow) undoable(err error) bool {
	if o, ok := errors.AsType[*promotion.Obstacle](err); ok {
		return o.Gate() && o.Evidence == cutover.Unhealthy || o.Kind == promotion.FailedBefore
	}
	if errors.Is(err, awsapi.ErrCredentials) || errors.Is(err, awsapi.ErrDenied) {
		return false
	}
	if w.first == nil { // nothing was seen, so nothing is to be undone
		return false
	}
	begun := w.latest.Policy.Enabled && w.latest.Primary.Policy == w.latest.Policy.ID || w.latest.Primary.Content != w.spec.Settled
	return begun && errors.Is(err, awsapi.ErrRefused)
}

// goBack takes viewers away from staging, and gives the primary what it had.
func (w *workflow) goBack(ctx context.Context, o order, out *outcome) {
	back := w.spec
	back.Purpose, back.Resumes = promotion.Return, out.attempt
	undo := newWorkflow(w.p, back)
	undo.wayBack, undo.spreading, undo.book, undo.events = w.wayBack, w.spreading, w.book, w.events
	undo.onRecord, undo.names, undo.kept = w.onRecord, w.names, w.kept
	undo.remark("going back")
	out.failed = true
	if err := w.condemn(ctx, out); err != nil {
		undo.remark("the snapshot bucket could not be told: " + err.Error()) // viewers do not wait for it
	}
	limits := undo.limits(o.rollBackBudget)
	limits.Patient = true
	undo.read = w.read
	var err error
	out.sight, err = run.Converge(ctx, undo, undo.book, limits, out.sight)
	w.events, w.purge, w.read = undo.events, undo.purge, undo.read
	switch {
	case err == nil:
		out.result = resultRolledBack
	case ctx.Err() != nil:
		out.result, out.err, out.goingBack = resultInterrupted, err, true
	default:
		out.rollBackErr, out.goingBack = err, true
	}
}
