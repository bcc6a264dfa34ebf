package run_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate/watch"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// turn is the one step of a lamp: to switch it on or off.
type turn bool

func (turn) Progress() bool { return true }

func (turn) Intent() string { return "" }

func (turn) Why() string { return "somebody wants it" }

func (t turn) String() string { return fmt.Sprintf("turning the lamp %t", bool(t)) }

var (
	errFlickers = errors.New("the lamp flickers")
	errSwitch   = errors.New("the switch is stuck")
)

// lamp is the smallest thing that can be cut over: it is on or off.
type lamp struct {
	on       *bool // as it is
	want     bool
	paused   bool
	unserved bool
	flicker  bool  // fails as soon as it is as wanted
	stuck    error // of every turn
	ends     context.CancelFunc
	journal  *run.Journal
	undo     *run.Undo[bool, turn]
}

func newLamp(on *bool, want bool) *lamp {
	return &lamp{on: on, want: want, journal: run.NewJournal(clock.System{})}
}

func (l *lamp) Observe(context.Context) (bool, error) { return *l.on, nil }

func (l *lamp) Look(context.Context) (bool, error) { return *l.on, nil }

func (l *lamp) Next(on bool) (turn, bool, error) {
	if on == l.want && l.flicker {
		return false, false, errFlickers
	}
	return turn(l.want), on == l.want, nil
}

func (l *lamp) Do(ctx context.Context, _ bool, t turn) error {
	if l.ends != nil {
		l.ends()
		return ctx.Err()
	}
	if l.stuck != nil {
		return l.stuck
	}
	*l.on = bool(t)
	l.journal.Sent(t, clock.System{}.Now(), run.Made)
	return nil
}

func (l *lamp) Journal() *run.Journal { return l.journal }

func (l *lamp) Limits(budget time.Duration) engine.Limits {
	return engine.Limits{Clock: clock.System{}, Budget: budget, Pause: time.Second, Steps: 3, Failures: 3}
}

func (l *lamp) Paused(bool) bool { return l.paused }

func (l *lamp) Unserved(bool) bool { return l.unserved }

func (l *lamp) Why(err error) string { return err.Error() }

func (l *lamp) Undo(error, run.Sight[bool]) *run.Undo[bool, turn] { return l.undo }

func TestARunEndsInOneOfFiveWays(t *testing.T) {
	t.Parallel()
	probe := &watch.Gate{Targets: []gate.Target{{URL: "https://dark.example", Samples: 1}}}
	for _, c := range []struct {
		name     string
		paused   bool
		flicker  bool
		hold     bool // on_failure
		unserved bool // there is nobody to hold
		undo     func(back *lamp) *run.Undo[bool, turn]
		stop     bool // it is told to stop in its first step
		status   int  // of the other side
		result   run.Result
		on       bool   // afterwards
		back     bool   // it was on its way back when it ended
		because  error  // the error of the run
		stuck    error  // the error of the way back
		sick     string // why the way back was not taken
		recorded []string
	}{
		{name: "it gets there", result: run.Finished, on: true, recorded: []string{"turning the lamp true"}},
		{name: "it gets as far as this run is to go", paused: true, result: run.Stepped, on: true, recorded: []string{"turning the lamp true"}},
		{name: "it is told to stop", stop: true, result: run.Interrupted, because: context.Canceled},
		{name: "it fails, and nothing that going back mends", flicker: true, result: run.Held, on: true, because: errFlickers, recorded: []string{"turning the lamp true"}},
		{
			name: "it fails, and is to hold whom nobody serves", flicker: true, hold: true, unserved: true, result: run.RolledBack, because: errFlickers, recorded: []string{"turning the lamp true", "going back", "turning the lamp false"},
			undo: func(back *lamp) *run.Undo[bool, turn] { return &run.Undo[bool, turn]{Run: back, Sick: true} },
		},
		{
			name: "it fails, and is to hold", flicker: true, hold: true, result: run.Held, on: true, because: errFlickers, recorded: []string{"turning the lamp true"},
			undo: func(back *lamp) *run.Undo[bool, turn] { return &run.Undo[bool, turn]{Run: back, Sick: true} },
		},
		{
			name: "it fails, and goes back", flicker: true, result: run.RolledBack, because: errFlickers, recorded: []string{"turning the lamp true", "going back to darkness", "begun because the lamp flickers", "turning the lamp false"},
			undo: func(back *lamp) *run.Undo[bool, turn] {
				begin := func(_ context.Context, reason string) { back.journal.Note("begun because " + reason) }
				return &run.Undo[bool, turn]{Run: back, Sick: true, To: "darkness", Begin: begin}
			},
		},
		{
			name: "it fails, and the other side is sick too", flicker: true, status: 503, result: run.Held, on: true, because: errFlickers, sick: "answered 503", recorded: []string{"turning the lamp true"},
			undo: func(back *lamp) *run.Undo[bool, turn] {
				return &run.Undo[bool, turn]{Run: back, Other: probe, Sick: true}
			},
		},
		{
			name: "it fails, and so does going back", flicker: true, status: 200, result: run.Held, on: true, back: true, because: errFlickers, stuck: errSwitch, recorded: []string{"turning the lamp true", "going back"},
			undo: func(back *lamp) *run.Undo[bool, turn] {
				back.stuck = errSwitch
				return &run.Undo[bool, turn]{Run: back, Other: probe, Sick: true}
			},
		},
		{
			name: "it fails, and is told to stop on its way back", flicker: true, result: run.Interrupted, on: true, back: true, because: context.Canceled, recorded: []string{"turning the lamp true", "going back"},
			undo: func(back *lamp) *run.Undo[bool, turn] { return &run.Undo[bool, turn]{Run: back, Sick: true} },
			stop: true,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				on := false
				way, back := newLamp(&on, true), newLamp(&on, false)
				way.paused, way.unserved, way.flicker, back.journal = c.paused, c.unserved, c.flicker, way.journal
				if c.undo != nil {
					way.undo = c.undo(back)
				}
				switch {
				case c.stop && c.undo != nil:
					back.ends = cancel
				case c.stop:
					way.ends = cancel
				}
				order := run.Order{Budget: time.Hour, RollBackBudget: time.Hour, OnFailure: cutover.RollBack}
				if c.hold {
					order.OnFailure = cutover.Hold
				}
				out := run.CutOver(ctx, way, watcher(&cloud{}, c.status), order)
				if out.Result != c.result || on != c.on || out.GoingBack != c.back || !errors.Is(out.Err, c.because) || !errors.Is(out.RollBackErr, c.stuck) || (out.Err == nil) != (c.because == nil) {
					t.Errorf("%s (on: %t, on its way back: %t): %v; going back: %v", out.Result, on, out.GoingBack, out.Err, out.RollBackErr)
				}
				if out.WentBack() != (c.back || c.result == run.RolledBack) {
					t.Errorf("went back: %t", out.WentBack())
				}
				if !strings.Contains(out.BothSick, c.sick) || c.sick == "" && out.BothSick != "" {
					t.Errorf("the other side: %q", out.BothSick)
				}
				if out.Sight.Obs != on || !out.Sight.Fresh {
					t.Errorf("was seen last: %+v", out.Sight)
				}
				if failed := c.flicker && !c.stop || c.back; failed && out.Reason != errFlickers.Error() {
					t.Errorf("because %q", out.Reason)
				}
				var events []string
				for _, e := range out.Journal.Events() {
					events = append(events, e.Step)
				}
				if !slices.Equal(events, c.recorded) {
					t.Errorf("recorded: %q", events)
				}
			})
		})
	}
}
