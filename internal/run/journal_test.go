package run_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// slow is a lamp that takes its time, and that is looked at by a gate once it is on.
type slow struct {
	*lamp
	answers []run.Effect // of its switch, one after the other
	asked   bool
}

func (s *slow) Next(on bool) (turn, bool, error) { return turn(s.want), on == s.want && s.asked, nil }

func (s *slow) Do(ctx context.Context, on bool, t turn) error {
	c := clock.System{}
	if err := c.Sleep(ctx, 1500*time.Millisecond); err != nil {
		return err
	}
	if on == s.want {
		s.asked = true
		s.journal.Asked(t, cutover.Healthy)
		return nil
	}
	effect := s.answers[0]
	s.answers = s.answers[1:]
	if effect != run.NoEffect {
		run.Answered(ctx, "request of the "+effect.String())
	}
	s.journal.Sent(t, c.Now(), effect)
	if *s.on = effect == run.Made; !*s.on {
		return engine.ErrAgain
	}
	return nil
}

func TestWhatWasDoneIsKeptWithWhyAndWhatCameOfIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		on := false
		s := &slow{lamp: newLamp(&on, true), answers: []run.Effect{run.Unanswered, run.Doubtful, run.NoEffect, run.Made}}
		out := run.CutOver(t.Context(), s, watcher(&cloud{}, 200), run.Order{Budget: time.Hour})
		if out.Err != nil {
			t.Fatal(out.Err)
		}
		s.journal.Note("it is bright")
		const step, why = "turning the lamp true", "somebody wants it"
		at := func(seconds float64) time.Time {
			return s.journal.Began.Add(time.Duration(seconds * float64(time.Second)))
		}
		want := []run.Event{ // after each answer that is no yes a second goes by; AWS said no at 8.5 s
			{At: at(1.5), Step: step, Why: why, Result: "unanswered", Took: 1500 * time.Millisecond, RequestID: "request of the unanswered"},
			{At: at(4), Step: step, Why: why, Result: "conflict", Took: 1500 * time.Millisecond, RequestID: "request of the conflict"},
			{At: at(9), Step: step, Why: why, Result: "accepted", Took: 1500 * time.Millisecond, RequestID: "request of the accepted"},
			{At: at(10.5), Step: step, Why: why, Result: "healthy", Took: 1500 * time.Millisecond},
			{At: at(10.5), Step: "it is bright"},
		}
		if got := s.journal.Events(); !slices.Equal(got, want) {
			t.Errorf("kept\n%+v, want\n%+v", got, want)
		}
	})
}

// What a run is told of a call that no step of it made says nothing about its steps.
func TestAnAnswerOutsideOfAStepIsNobodys(t *testing.T) {
	t.Parallel()
	run.Answered(t.Context(), "of somebody else")
	j := run.NewJournal(clock.System{})
	j.Sent(turn(true), j.Began, run.Made)
	if e := j.Events()[0]; e.RequestID != "" || e.Took != 0 {
		t.Errorf("%+v", e)
	}
}
