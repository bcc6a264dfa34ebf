package run

import (
	"context"
	"fmt"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
)

// A Write is one change that a run has asked AWS for, and that AWS made or may have made.
type Write struct {
	Step string // as the engine prints it: "moving www.example.com from E1 to E2"
	At   time.Time
	// Unsure: its answer was lost, so whether it was made is for a look to say.
	Unsure bool
}

// An Effect is what is known of a write from its answer alone.
type Effect int

// The effects of a write, and what a journal calls them.
const (
	// NoEffect: AWS said no, or was never reached.
	NoEffect Effect = iota
	// Doubtful: AWS said that somebody had written first, and if the call was sent twice
	// because its first answer was lost, that was the call itself.
	Doubtful
	// Unanswered: no usable answer came.
	Unanswered
	// Made: AWS said yes.
	Made
)

// String is what a journal has as the result of a write.
func (e Effect) String() string {
	switch e {
	case Made:
		return "accepted"
	case Unanswered:
		return "unanswered"
	case Doubtful:
		return "conflict"
	case NoEffect:
	}
	return "refused"
}

// A Book holds what a run has written. Only whoever sends a write can tell what became
// of it, so that is who enters it. The zero Book is that of a run which has written
// nothing. The way back writes into the book of the run that it undoes.
type Book struct {
	last  Write
	count int  // entries
	any   bool // one of them was made or went unanswered
	doing deed // what is being done
}

// A deed is one step while it is taken.
type deed struct {
	began   time.Time // zero: none is
	request string    // AWS's id of the last write that was sent for it; "": none was answered
}

type deedKey struct{}

// Answered takes down the id that AWS gave to a write of the step that ctx is of, if it is of
// any: who reports a write to AWS, or looks for it in CloudTrail, needs it.
func Answered(ctx context.Context, request string) {
	if d, ok := ctx.Value(deedKey{}).(*deed); ok {
		d.request = request
	}
}

// Sent enters a write.
func (b *Book) Sent(step fmt.Stringer, at time.Time, e Effect) {
	if e == NoEffect {
		return
	}
	b.last, b.count, b.any = Write{Step: step.String(), At: at, Unsure: e != Made}, b.count+1, b.any || e != Doubtful
}

// Any says whether anything was written, as far as answers tell.
func (b *Book) Any() bool { return b.any }

// Last returns the latest write, nil if there is none.
func (b *Book) Last() *Write {
	if b.count == 0 {
		return nil
	}
	w := b.last
	return &w
}

// A Sight is the last look of a run, and how old it is: before or after the last
// write of that run. A run never hands on an observation without it, because one
// from before a write does not say how things are.
type Sight[O any] struct {
	Obs  O
	At   time.Time // when the look began; zero: nobody has seen anything
	Last *Write    // the last write of the run; nil: none
	// Fresh: the look began after the last write had ended.
	Fresh bool
	// Blind is why nobody could look when the run ended; nil: somebody could.
	Blind error
}

// Seen says whether there was any look.
func (s Sight[O]) Seen() bool { return !s.At.IsZero() }

// Unseen returns the write that nobody could look at, nil if everything was looked at.
func (s Sight[O]) Unseen() *Write {
	if s.Fresh {
		return nil
	}
	return s.Last
}

// A Looker is a workflow that can look by itself, outside its order of steps.
type Looker[O any, S engine.Step] interface {
	engine.Workflow[O, S]
	// Look looks at the world as Observe does, and shares no answer with anybody.
	Look(ctx context.Context) (O, error)
}

// A Recaller is a workflow that may go on by what it remembers where it cannot look.
type Recaller interface {
	// Recalled says whether what Observe returned last is that, and no look.
	Recalled() bool
}

// Converge runs a workflow to its end, and says what was seen last. Where the run
// ended early, for whatever reason, it looks once more: what people and state are told
// is how things are, and not how they were when a step was decided on. Looking has a
// context of its own, because that of the run may have ended. before is what is known
// already, the zero value if that is nothing; book is where the workflow enters its writes.
func Converge[O any, S engine.Step](ctx context.Context, w Looker[O, S], book *Book, l engine.Limits, before Sight[O]) (Sight[O], error) {
	r := &recorder[O, S]{Looker: w, clock: l.Clock, book: book, sight: before}
	if before.Seen() && before.Fresh {
		r.at = book.count
	}
	_, err := engine.Run(ctx, r, l)
	if err != nil && !r.looked { // else it is what was just seen that stopped it
		_, r.sight.Blind = LastLook(ctx, func(ctx context.Context) (O, error) { return r.look(ctx, w.Look) })
	}
	r.sight.Last = book.Last()
	r.sight.Fresh = r.sight.Seen() && r.at == book.count
	return r.sight, err
}

// recorder keeps the last look of a workflow, and how much had been written before it.
type recorder[O any, S engine.Step] struct {
	Looker[O, S]
	clock  clock.Clock
	book   *Book
	sight  Sight[O]
	at     int  // writes before the look in sight
	looked bool // nothing was tried since that look
}

// Observe implements engine.Workflow.
func (r *recorder[O, S]) Observe(ctx context.Context) (O, error) {
	return r.look(ctx, r.Looker.Observe)
}

// Do implements engine.Workflow.
func (r *recorder[O, S]) Do(ctx context.Context, obs O, step S) error {
	r.looked = false
	r.book.doing = deed{began: r.clock.Now()}
	defer func() { r.book.doing = deed{} }()
	return r.Looker.Do(context.WithValue(ctx, deedKey{}, &r.book.doing), obs, step)
}

func (r *recorder[O, S]) look(ctx context.Context, look func(context.Context) (O, error)) (O, error) {
	began, written := r.clock.Now(), r.book.count
	obs, err := look(ctx)
	memory, _ := r.Looker.(Recaller)
	if r.looked = err == nil && (memory == nil || !memory.Recalled()); r.looked {
		r.sight.Obs, r.sight.At, r.at = obs, began, written
	}
	return obs, err
}

// Traffic is what is known about viewers when a run ends, or when somebody looked
// without one: where they were seen, when that was, and whether anything was written
// since. It is the only thing that people are told about viewers from.
type Traffic struct {
	Seen cutover.Traffic
	At   time.Time // of the look; zero: nobody has looked
	// Past: nobody could look when this was to be said, so Seen is of an earlier time.
	Past bool
	// Unseen is a write after the look; nil: there is none.
	Unseen *Write
	// Wrote: the run has written something, before the look or after.
	Wrote bool
	// Recorded: Seen is what state says, and nobody has looked in this process.
	Recorded bool
}

// Traffic is what a sight says about viewers, where said puts its observation into terms
// of traffic.
func (s Sight[O]) Traffic(said func(O) cutover.Traffic) Traffic {
	t := Traffic{At: s.At, Past: s.Blind != nil, Unseen: s.Unseen(), Wrote: s.Last != nil}
	if s.Seen() {
		t.Seen = said(s.Obs)
	}
	return t
}

// Looked is what a look outside of any run showed, such as that of a refresh.
func Looked[O any](at time.Time, obs O) Sight[O] { return Sight[O]{Obs: obs, At: at, Fresh: true} }

// Recorded is what state says, which may be as old as the last refresh.
func Recorded(seen cutover.Traffic) Traffic { return Traffic{Seen: seen, Recorded: true} }
