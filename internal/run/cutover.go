package run

import (
	"context"
	"errors"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate/watch"
)

// A Result says how a run ended.
type Result string

// The results of a run, as last_cutover has them.
const (
	Finished    Result = "finished"
	Stepped     Result = "stepped" // one step, and the next belongs to another run
	RolledBack  Result = "rolled_back"
	Held        Result = "held"        // it failed, and viewers stay where they are
	Interrupted Result = "interrupted" // it was told to stop, on its way or on its way back
	Paused      Result = "paused"      // the next step needs somebody's yes
)

// An Order is a run as asked for.
type Order struct {
	Budget, RollBackBudget time.Duration
	OnFailure              cutover.OnFailure
}

// An Outcome is what a run came to.
type Outcome[O any] struct {
	Result Result
	Sight  Sight[O] // the last look; what AWS shows, if nothing was written since
	Err    error    // why it did not finish
	Reason string   // what the gate saw, or what AWS refused; only where it failed
	// BothSick is what the other side was seen to do where that is why viewers stay; else "".
	BothSick string
	// Doubt is why nothing is known about the other side although it was asked; else "".
	Doubt string
	// GoingBack: the way back was begun and is not finished: it was told to stop, or
	// RollBackErr says why it ended.
	GoingBack   bool
	RollBackErr error
	Ended       time.Time
	Journal     *Journal // what it did, the way back included
}

// WentBack says whether a way back was begun, and perhaps finished.
func (o Outcome[O]) WentBack() bool { return o.Result == RolledBack || o.GoingBack }

// A Kind is one run of one kind of cutover: what it looks at, decides and writes is its
// own, and how it ends is not.
type Kind[O any, S engine.Step] interface {
	Looker[O, S]
	// Journal is where the run enters what it does.
	Journal() *Journal
	// Limits bound it.
	Limits(budget time.Duration) engine.Limits
	// Paused says whether a run that came to its end leaves the rest to a later one.
	Paused(obs O) bool
	// Unserved says whether viewers get nothing as things stand, so that there is nobody who
	// could be held where he is.
	Unserved(obs O) bool
	// Why words what ended it: what the gate saw, or what AWS refused.
	Why(err error) string
	// Undo is the way back from what ended it, given the last look; nil: it is no fault
	// that going back mends, or there is nowhere to go back to.
	Undo(err error, sight Sight[O]) *Undo[O, S]
}

// An Undo is a way back that could be taken.
type Undo[O any, S engine.Step] struct {
	Run Kind[O, S] // the run that takes it; it writes into the journal of the one that it undoes
	// Other is the gate of the side that viewers would go back to; nil: there is none. Sick
	// says that the side they are on was seen failing. See Back.
	Other *watch.Gate
	Sick  bool
	To    string // where it leads, as people call it; ""
	// Begin, if set, is called when it is decided that the way is taken, before its first step.
	Begin func(ctx context.Context, reason string)
}

// NotBegun is the outcome of a run that err, its context's, ended before it looked.
func NotBegun[O any](j *Journal, err error) Outcome[O] {
	return Outcome[O]{Result: Interrupted, Err: err, Journal: j, Ended: j.Began}
}

// CutOver converges, and goes back when the evidence says so.
func CutOver[O any, S engine.Step](ctx context.Context, k Kind[O, S], w watch.Watcher, o Order) Outcome[O] {
	j := k.Journal()
	out := Outcome[O]{Journal: j}
	out.Sight, out.Err = Converge(ctx, k, &j.Book, k.Limits(o.Budget), out.Sight)
	switch {
	case out.Err == nil && k.Paused(out.Sight.Obs):
		out.Result = Stepped
	case out.Err == nil:
		out.Result = Finished
	case ctx.Err() != nil:
		out.Result = Interrupted
	default:
		out.Result, out.Reason = Held, k.Why(out.Err)
		unapproved, _ := errors.AsType[*cutover.Unapproved](out.Err)
		lapsed := unapproved != nil && unapproved.Lapsed > 0 // no gate has failed: on_failure does not speak of it
		if !lapsed && o.OnFailure != cutover.RollBack && !k.Unserved(out.Sight.Obs) {
			break
		}
		if way := k.Undo(out.Err, out.Sight); way != nil {
			goBack(ctx, *way, w, o.RollBackBudget, &out)
		} else if lapsed {
			out.Result = RolledBack // nobody had been sent anywhere
		}
	}
	out.Ended = j.clock.Now()
	return out
}

// goBack takes a way back, if the other side is not failing too.
func goBack[O any, S engine.Step](ctx context.Context, way Undo[O, S], w watch.Watcher, budget time.Duration, out *Outcome[O]) {
	answer, err := Back(ctx, w, way.Other, way.Sick)
	if err != nil {
		out.Result, out.Err = Interrupted, err
		return
	}
	if out.Doubt = answer.Doubt(); !answer.Taken {
		out.BothSick = answer.Sick()
		return
	}
	j := way.Run.Journal()
	where := ""
	if way.To != "" {
		where = " to " + way.To
	}
	j.Note("going back" + where)
	if way.Begin != nil {
		way.Begin(ctx, out.Reason)
	}
	limits := way.Run.Limits(budget)
	limits.Patient = true // giving up leaves viewers with what failed
	out.Sight, err = Converge(ctx, way.Run, &j.Book, limits, out.Sight)
	switch {
	case err == nil:
		out.Result = RolledBack
	case ctx.Err() != nil:
		out.Result, out.Err, out.GoingBack = Interrupted, err, true
	default:
		out.RollBackErr, out.GoingBack = err, true
	}
}
