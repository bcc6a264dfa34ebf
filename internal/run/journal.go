package run

import (
	"context"
	"slices"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate/watch"
)

// A Journal is what a run has done so far: what it has written, and what people are to
// be told of it afterwards.
type Journal struct {
	Book
	Began  time.Time
	clock  clock.Clock
	events []Event
	sent   []string // the intents of what was entered as written
}

// An Event is a step that was taken, or a remark.
type Event struct {
	At   time.Time // when it was over
	Step string    // as the step prints itself; or the remark, which has none of what follows
	Why  string    // the step was taken
	// Result is what became of it: of a write "accepted", "unanswered" or "conflict"; of a
	// gate its cutover.Evidence.
	Result    string
	Took      time.Duration // since it was begun, the wait for its turn included; 0: not known
	RequestID string        // AWS's, of the write; ""
}

// NewJournal returns that of a run which begins now.
func NewJournal(c clock.Clock) *Journal { return &Journal{Began: c.Now(), clock: c} }

// Note enters a remark.
func (j *Journal) Note(text string) {
	j.events = append(j.events, Event{At: j.clock.Now(), Step: text})
}

// Sent enters a write into the book, and keeps it unless AWS is known to have left things as
// they were: what was done is kept, and what was not is for diagnostics.
func (j *Journal) Sent(step cutover.Step, at time.Time, e Effect) {
	j.Book.Sent(step, at, e)
	if e != NoEffect {
		j.enter(step, at, e.String())
		j.sent = append(j.sent, step.Intent())
	}
}

// Took says whether a step with one of these intents has been taken, or may have been.
func (j *Journal) Took(intents []string) bool {
	return slices.ContainsFunc(j.sent, func(intent string) bool { return slices.Contains(intents, intent) })
}

// Asked keeps what a gate has shown.
func (j *Journal) Asked(step cutover.Step, shown cutover.Evidence) {
	j.enter(step, j.clock.Now(), string(shown))
}

// Ask asks a gate for a step and keeps what it has shown. why is for people. The error is the
// watcher's: the gate could not be asked to its end, and nothing is kept.
func (j *Journal) Ask(ctx context.Context, w watch.Watcher, step cutover.Step, g watch.Gate, hold time.Duration) (shown cutover.Evidence, why string, err error) {
	verdict, why, err := w.Ask(ctx, g, hold)
	if err != nil {
		return cutover.NoEvidence, "", err
	}
	shown = Evidence(verdict)
	j.Asked(step, shown)
	return shown, why, nil
}

func (j *Journal) enter(step cutover.Step, at time.Time, result string) {
	out := Event{At: at, Step: step.String(), Why: step.Why(), Result: result, RequestID: j.doing.request}
	if !j.doing.began.IsZero() {
		out.Took = at.Sub(j.doing.began)
	}
	j.events = append(j.events, out)
}

// Events are what was entered, in order.
func (j *Journal) Events() []Event { return slices.Clone(j.events) }
