// Package engine runs cutovers: observe, decide one step, do it, observe again.
//
// It knows neither AWS nor Terraform, keeps nothing between steps, and never
// starts again from the beginning: a run that dies anywhere is continued by the
// next run, because every run starts by looking. Every loop is bounded: by a count of
// steps that make progress, by how long the same step may be answered alike, and by a
// deadline.
package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// A Step is what a workflow decided to do.
type Step interface {
	// Progress says whether the step counts towards Limits.Steps. Waits do not.
	Progress() bool
	fmt.Stringer
}

// A Workflow connects a pure decision to the world.
type Workflow[O any, S Step] interface {
	// Observe looks at the world. It changes nothing.
	Observe(ctx context.Context) (O, error)
	// Next decides; done ends the run. An error is a fact that forbids every step.
	Next(obs O) (step S, done bool, err error)
	// Do takes one step. It writes at most once. See Doing.
	Do(ctx context.Context, obs O, step S) error
}

// Doing is the step that a call is made for, nil outside of Do. No two Do have the same,
// also where the step is alike.
func Doing(ctx context.Context) fmt.Stringer {
	t, ok := ctx.Value(doingKey{}).(*doing)
	if !ok {
		return nil
	}
	return t
}

type (
	doing    struct{ fmt.Stringer }
	doingKey struct{}
)

// ErrAgain marks an error that says nothing about the world: somebody else wrote
// first, AWS throttled, the answer got lost. The engine looks again and decides
// again; such an error counts against no bound of steps, but see Refusal.
var ErrAgain = errors.New("observe again")

// A Refusal is an error of Do that says what was answered. It is an ErrAgain: the
// engine looks again and decides again. If that comes to the same step, content
// included, and to the same answer, then looking does not change it, and the run ends
// with a Persistent; unless time may.
type Refusal struct {
	Answer string        // the same for the same answer
	Within time.Duration // how long time may take to mend it; 0: a second time is one too many
	// Blind: there was no answer, so nothing is known against the step. A run that has
	// changed the world, or is Patient, goes on asking for as long as its budget lasts.
	Blind bool
	// Busy: too much was asked at a time, of somebody who is there and minds nothing else. A
	// look that ends so counts towards no bound but Limits.Budget.
	Busy bool
	Err  error
}

// Error implements error.
func (r *Refusal) Error() string { return r.Err.Error() }

// Unwrap lets errors.Is find ErrAgain, and what was answered.
func (r *Refusal) Unwrap() []error { return []error{ErrAgain, r.Err} }

// unexplained bounds how long the same step may come to nothing for no reason that was
// given: what was decided was decided otherwise by a second look, each time.
const unexplained = 15 * time.Minute

// Persistent is the error of a run whose step was answered alike again and again.
type Persistent struct {
	Times int
	Over  time.Duration // between the first time and the last
	Err   error         // the last answer
}

// Error implements error.
func (p *Persistent) Error() string {
	return fmt.Sprintf("the same answer %d times in %s: %s", p.Times, p.Over.Round(time.Second), p.Err)
}

// Unwrap lets callers find the answer.
func (p *Persistent) Unwrap() error { return p.Err }

// ErrNoProgress is returned after Limits.Steps steps without reaching the end:
// two parties undo each other's work, or the workflow has a bug.
var ErrNoProgress = errors.New("no end in sight")

// Limits bound a run.
type Limits struct {
	Clock  clock.Clock
	Budget time.Duration // the run as a whole; must be positive
	Pause  time.Duration // after an error marked ErrAgain
	Steps  int           // steps that make progress
	// Failures is how many observations may fail in a row. A 412 is followed by a
	// good look at the world and never adds up, nor does a look that was throttled; an
	// unreachable service does. A run
	// that has never seen anything gets one more chance and no more: most likely it
	// is not configured right.
	Failures int
	// Patient: the world has been seen before this run, and giving up is worse than
	// waiting. Only Budget bounds failed looks.
	Patient bool
	// OnStep, if set, is told of each step before it is taken.
	OnStep func(ctx context.Context, step fmt.Stringer)
	// OnDecision, if set, is told what each decision was made from, before OnStep is told of
	// the step that it came to; nil: of none.
	OnDecision func(ctx context.Context, obs any, step fmt.Stringer)
	// OnEnd, if set, is told once how the run ended: what Run returns.
	OnEnd func(ctx context.Context, err error)
}

// Deadline is the error of a run whose budget ran out.
type Deadline struct {
	Budget time.Duration
	While  string // what the run was doing
	Err    error  // the latest error, if the time went into one that kept coming back
}

// Error implements error.
func (d *Deadline) Error() string {
	msg := fmt.Sprintf("the %s allowed for this ran out while %s", d.Budget, d.While)
	if d.Err != nil {
		msg += ": " + d.Err.Error()
	}
	return msg
}

// Unwrap lets callers find the error that used up the time.
func (d *Deadline) Unwrap() error { return d.Err }

// Run converges and returns the last observation, also with an error. When ctx
// ends it returns ctx's error and takes no further step.
func Run[O any, S Step](ctx context.Context, w Workflow[O, S], l Limits) (O, error) {
	r := run[O, S]{workflow: w, limits: l, while: "looking at how things stand"}
	within, cancel := clock.WithTimeout(ctx, l.Clock, l.Budget)
	defer cancel()
	err := r.loop(within)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		if latest := r.unmended(); errors.Is(err, ctx.Err()) && latest != nil && !errors.Is(err, latest) {
			err = fmt.Errorf("%w: %w", err, latest) // whoever stops a run wants to know what it was stuck at
		}
		if !errors.Is(err, ctx.Err()) {
			err = fmt.Errorf("%w: %w", ctx.Err(), err)
		}
	case errors.Is(context.Cause(within), context.DeadlineExceeded) && (errors.Is(err, within.Err()) || errors.Is(err, ErrAgain)):
		// Any other error is a fact that was found just in time, and says more.
		err = &Deadline{Budget: l.Budget, While: r.while, Err: r.unmended()}
	}
	if l.OnEnd != nil {
		l.OnEnd(ctx, err)
	}
	return r.obs, err
}

type run[O any, S Step] struct {
	workflow Workflow[O, S]
	limits   Limits
	obs      O
	while    string
	latest   error // the last error marked ErrAgain, nil once what it came from has worked
	blind    bool  // latest came from looking
	failures int   // how many looks failed in a row
	observed bool
	acted    bool // a step was taken: whoever has changed the world does not look away
	refusals []refusal[S]
}

// A refusal is an answer to a step that nothing has mended yet.
type refusal[S Step] struct {
	step   S
	answer string
	first  time.Time
	times  int
	err    error
}

func (r *run[O, S]) loop(ctx context.Context) error {
	for steps := 0; ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.observe(ctx); err != nil {
			if err := r.again(ctx, err); err != nil {
				return err
			}
			continue
		}
		step, done, err := r.workflow.Next(r.obs)
		if r.limits.OnDecision != nil {
			var next fmt.Stringer
			if err == nil && !done {
				next = step
			}
			r.limits.OnDecision(ctx, r.obs, next)
		}
		if err != nil || done {
			return err
		}
		if step.Progress() && steps >= r.limits.Steps {
			return ErrNoProgress
		}
		r.while = step.String()
		if r.limits.OnStep != nil {
			r.limits.OnStep(ctx, step)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.workflow.Do(context.WithValue(ctx, doingKey{}, &doing{step}), r.obs, step); err != nil {
			if err := r.again(ctx, r.persist(ctx, step, fmt.Errorf("%s: %w", step, err))); err != nil {
				return err
			}
			continue
		}
		r.latest = nil
		if step.Progress() {
			r.acted, r.refusals = true, nil
			steps++
		}
	}
}

// persist returns err, or a Persistent if the step has been answered like that before,
// for longer than time would take to mend it.
func (r *run[O, S]) persist(ctx context.Context, step S, err error) error {
	if !errors.Is(err, ErrAgain) || ctx.Err() != nil {
		return err
	}
	said := &Refusal{Within: unexplained, Err: err}
	errors.As(err, &said)
	now := r.limits.Clock.Now()
	i := slices.IndexFunc(r.refusals, func(known refusal[S]) bool {
		return known.answer == said.Answer && cutover.Same(known.step, step)
	})
	if i < 0 {
		i = len(r.refusals)
		r.refusals = append(r.refusals, refusal[S]{step: step, answer: said.Answer, first: now})
	}
	known := &r.refusals[i]
	known.times++
	known.err = err
	over := now.Sub(known.first)
	if known.times < 2 || over < said.Within || said.Blind && (r.acted || r.limits.Patient) {
		return err
	}
	return &Persistent{Times: known.times, Over: over, Err: said.Err}
}

// unmended is the last thing that went wrong and was not got past, nil if there is none.
func (r *run[O, S]) unmended() error {
	if r.latest != nil || len(r.refusals) == 0 {
		return r.latest
	}
	return r.refusals[len(r.refusals)-1].err
}

// observe looks once, and counts looks that fail in a row.
func (r *run[O, S]) observe(ctx context.Context) error {
	obs, err := r.workflow.Observe(ctx)
	if err != nil {
		if said, ok := errors.AsType[*Refusal](err); !ok || !said.Busy {
			r.failures++
		}
		r.blind = true
		return fmt.Errorf("observing: %w", err)
	}
	if r.blind {
		r.latest, r.blind = nil, false
	}
	r.obs, r.observed, r.failures = obs, true, 0
	return nil
}

// again decides whether an error is worth another look, and pauses before it.
// It returns the error to give up with, or nil.
func (r *run[O, S]) again(ctx context.Context, err error) error {
	if _, over := errors.AsType[*Persistent](err); over || !errors.Is(err, ErrAgain) {
		return err
	}
	r.latest = err
	if ctx.Err() != nil || !r.limits.Patient && (r.failures > r.limits.Failures && !r.acted || !r.observed && r.failures > 1) {
		return err
	}
	return r.limits.Clock.Sleep(ctx, r.limits.Pause)
}
