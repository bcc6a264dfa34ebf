package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
)

// A move is a step of the workflow below: one forward, or a wait.
type move string

func (m move) Progress() bool { return m != "waiting" }
func (m move) String() string { return string(m) }

// walk is a workflow that has to get to a number by moves of one.
type walk struct {
	at, to int

	observe func(ctx context.Context, look int) error // look counts from 1
	next    func(obs int) (move, bool, error)         // nil: forward until there
	do      func(ctx context.Context, do int) error   // nil: works; counts from 1

	looks, dos int
	took       []string
}

// Observe implements engine.Workflow.
func (w *walk) Observe(ctx context.Context) (int, error) {
	w.looks++
	if w.observe != nil {
		if err := w.observe(ctx, w.looks); err != nil {
			return -1, err
		}
	}
	return w.at, nil
}

// Next implements engine.Workflow.
func (w *walk) Next(obs int) (move, bool, error) {
	if w.next != nil {
		return w.next(obs)
	}
	return "forward", obs == w.to, nil
}

// Do implements engine.Workflow.
func (w *walk) Do(ctx context.Context, _ int, step move) error {
	w.dos++
	w.took = append(w.took, step.String())
	if w.do != nil {
		if err := w.do(ctx, w.dos); err != nil {
			return err
		}
	}
	if step == "waiting" {
		return clock.System{}.Sleep(ctx, 10*time.Second)
	}
	w.at++
	return nil
}

func limits() engine.Limits {
	return engine.Limits{Clock: clock.System{}, Budget: time.Hour, Pause: 15 * time.Second, Steps: 10, Failures: 3}
}

func run(ctx context.Context, w *walk, l engine.Limits) (int, error) {
	return engine.Run[int, move](ctx, w, l)
}

func again(text string) error { return fmt.Errorf("%w: %s", engine.ErrAgain, text) }

var errHard = errors.New("refused")

func TestRunTakesStepsUntilNextIsDone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &walk{to: 3}
		var told []string
		var within context.Context
		w.observe = func(ctx context.Context, _ int) error {
			within = ctx //nolint:fatcontext // kept to see that it ends
			return nil
		}
		l := limits()
		l.OnStep = func(_ context.Context, s fmt.Stringer) { told = append(told, fmt.Sprintf("%d %s", len(w.took), s)) }
		obs, err := run(t.Context(), w, l)
		if err != nil || obs != 3 || w.dos != 3 || w.looks != 4 {
			t.Errorf("ended at %d (%v) after %d steps and %d looks", obs, err, w.dos, w.looks)
		}
		if want := "0 forward 1 forward 2 forward"; strings.Join(told, " ") != want {
			t.Errorf("was told %q, want each step before it is taken: %q", told, want)
		}
		if within.Err() == nil {
			t.Error("the run is over, and what it started may go on")
		}
	})
}

// Whoever reads a log wants to know what each step was decided from, the end too, and how the
// run ended, once.
func TestEachDecisionIsToldWithWhatItWasMadeFrom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for name, c := range map[string]struct {
			walk *walk
			want string
			err  error
		}{
			"an end":    {&walk{to: 1}, "0 forward, forward, 1 end, <nil>", nil},
			"a refusal": {&walk{to: 1, do: func(context.Context, int) error { return errHard }}, "0 forward, forward, refused", errHard},
			"no look":   {&walk{to: 1, observe: func(context.Context, int) error { return errHard }}, "refused", errHard},
		} {
			var told []string
			l := limits()
			l.OnDecision = func(_ context.Context, obs any, s fmt.Stringer) {
				if s == nil {
					told = append(told, fmt.Sprintf("%v end", obs))
				} else {
					told = append(told, fmt.Sprintf("%v %s", obs, s))
				}
			}
			l.OnStep = func(_ context.Context, s fmt.Stringer) { told = append(told, s.String()) }
			var ended error
			l.OnEnd = func(_ context.Context, err error) {
				ended = err
				if err != nil {
					err = errHard
				}
				told = append(told, fmt.Sprint(err))
			}
			_, err := run(t.Context(), c.walk, l)
			if !errors.Is(err, c.err) || !errors.Is(ended, err) || strings.Join(told, ", ") != c.want {
				t.Errorf("%s: it ended with %v, and was told %q and %v", name, err, told, ended)
			}
		}
	})
}

func TestASettledWorldIsLookedAtOnceAndLeftAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &walk{to: 0}
		if obs, err := run(t.Context(), w, limits()); err != nil || obs != 0 || w.dos != 0 || w.looks != 1 {
			t.Errorf("ended at %d (%v) after %d steps and %d looks", obs, err, w.dos, w.looks)
		}
	})
}

func TestTheBoundIsStepsThatMakeProgress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		walk  *walk
		steps int
		want  error
		dos   int
	}{
		{"exactly enough", &walk{to: 4}, 4, nil, 4},
		{"one too few", &walk{to: 5}, 4, engine.ErrNoProgress, 4},
		{"none allowed and none needed", &walk{to: 0}, 0, nil, 0},
		{"none allowed", &walk{to: 1}, 0, engine.ErrNoProgress, 0},
		{"waits are free", func() *walk {
			w := &walk{to: 2}
			w.next = func(obs int) (move, bool, error) {
				if w.dos%5 != 4 {
					return "waiting", obs == 2 && w.dos == 13, nil
				}
				return "forward", false, nil
			}
			return w
		}(), 2, nil, 13},
		{"somebody undoes every step", func() *walk {
			w := &walk{to: 2}
			w.observe = func(context.Context, int) error { w.at = 0; return nil }
			return w
		}(), 7, engine.ErrNoProgress, 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := limits()
				l.Steps = c.steps
				_, err := run(t.Context(), c.walk, l)
				if !errors.Is(err, c.want) || c.want == nil && err != nil {
					t.Errorf("ended with %v, want %v", err, c.want)
				}
				if c.walk.dos != c.dos {
					t.Errorf("took %d steps, want %d", c.walk.dos, c.dos)
				}
			})
		})
	}
}

func TestAnErrorMarkedAgainIsFollowedByAPauseAndANewLook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &walk{to: 1}
		w.do = func(_ context.Context, n int) error {
			if n <= 50 { // far more than the bounds of steps and of failures
				return again("somebody was faster")
			}
			return nil
		}
		l := limits()
		l.Steps, l.Failures = 1, 0
		began := clock.System{}.Now()
		obs, err := run(t.Context(), w, l)
		if err != nil || obs != 1 {
			t.Fatalf("ended at %d: %v", obs, err)
		}
		if w.looks != 52 {
			t.Errorf("looked %d times, want once before each step and at the end", w.looks)
		}
		if took := (clock.System{}).Now().Sub(began); took != 50*l.Pause {
			t.Errorf("took %s, want a pause after each error", took)
		}
	})
}

func TestAnyOtherErrorEndsTheRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		walk *walk
		want string
		obs  int
	}{
		{"while looking", &walk{to: 2, observe: func(_ context.Context, n int) error {
			if n == 2 {
				return errHard
			}
			return nil
		}}, "observing: refused", 0},
		{"while deciding", &walk{to: 2, next: func(obs int) (move, bool, error) {
			if obs == 1 {
				return "", false, errHard
			}
			return "forward", false, nil
		}}, "refused", 1},
		{"while doing", &walk{to: 2, do: func(_ context.Context, n int) error {
			if n == 2 {
				return errHard
			}
			return nil
		}}, "forward: refused", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				obs, err := run(t.Context(), c.walk, limits())
				if !errors.Is(err, errHard) || err.Error() != c.want {
					t.Errorf("ended with %v, want %s", err, c.want)
				}
				if obs != c.obs {
					t.Errorf("the last observation is %d, want %d", obs, c.obs)
				}
			})
		})
	}
}

func TestLooksThatFailInARowAreBounded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		waits   int // before the first step that makes progress
		patient bool
		fails   func(look int) bool
		looks   int
		ok      bool
	}{
		{"as many as allowed", 1, false, func(n int) bool { return n >= 2 && n <= 4 }, 11, true},
		{"one more", 1, false, func(n int) bool { return n >= 2 && n <= 5 }, 5, false},
		{"not in a row", 20, false, func(n int) bool { return n%2 == 0 }, 53, true},
		{"after a step, as many as there is time for", 0, false, func(n int) bool { return n >= 2 && n <= 100 }, 106, true},
		{"the very first look has one more chance", 0, false, func(n int) bool { return n == 1 }, 8, true},
		{"and no more", 0, false, func(n int) bool { return n <= 2 }, 2, false},
		{"unless the world has been seen before", 0, true, func(n int) bool { return n <= 100 }, 107, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := &walk{to: 6, observe: func(_ context.Context, n int) error {
					if c.fails(n) {
						return again("unreachable")
					}
					return nil
				}}
				w.next = func(obs int) (move, bool, error) {
					if w.dos < c.waits {
						return "waiting", false, nil
					}
					return "forward", obs == w.to, nil
				}
				l := limits()
				l.Patient = c.patient
				_, err := run(t.Context(), w, l)
				if (err == nil) != c.ok || w.looks != c.looks {
					t.Errorf("ended with %v after %d looks, want success %v after %d", err, w.looks, c.ok, c.looks)
				}
				if !c.ok && !errors.Is(err, engine.ErrAgain) {
					t.Errorf("ended with %v, want what kept failing", err)
				}
			})
		})
	}
}

func TestAThrottledLookIsTakenAgainForAsLongAsThereIsTime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ throttled, looks int }{{100, 102}, {1 << 30, 240}} {
		synctest.Test(t, func(t *testing.T) {
			w := &walk{to: 1, observe: func(_ context.Context, n int) error {
				if n <= c.throttled {
					return &engine.Refusal{Answer: "throttled", Within: time.Hour, Busy: true, Err: errors.New("throttled")}
				}
				return nil
			}}
			_, err := run(t.Context(), w, limits())
			deadline, over := errors.AsType[*engine.Deadline](err)
			if w.looks == c.looks+1 && c.throttled > c.looks { // the last pause and the time allowed end in one moment, and either may be seen first
				w.looks--
			}
			if w.looks != c.looks || (err == nil) != (c.throttled == 100) || err != nil && (!over || !strings.Contains(deadline.Error(), "throttled")) {
				t.Errorf("ended with %v after %d looks, want %d", err, w.looks, c.looks)
			}
		})
	}
}

func TestTheDeadlineSaysWhatTheRunWasDoing(t *testing.T) {
	t.Parallel()
	hang := func(ctx context.Context, _ int) error { <-ctx.Done(); return ctx.Err() }
	for _, c := range []struct {
		name   string
		walk   *walk
		want   string
		latest string
	}{
		{
			"waiting", &walk{to: 1, next: func(int) (move, bool, error) { return "waiting", false, nil }},
			"the 1h0m0s allowed for this ran out while waiting", "",
		},
		{"doing", &walk{to: 1, do: hang}, "the 1h0m0s allowed for this ran out while forward", ""},
		{"looking", &walk{to: 1, observe: hang}, "the 1h0m0s allowed for this ran out while looking at how things stand", ""},
		{
			"the same error again and again", &walk{to: 1, do: func(context.Context, int) error {
				return &engine.Refusal{Answer: "throttled", Within: 2 * time.Hour, Err: errors.New("throttled")}
			}},
			"the 1h0m0s allowed for this ran out while forward: forward: throttled", "throttled",
		},
		{"an error that is long over is not blamed", &walk{
			to: 1,
			observe: func(_ context.Context, n int) error {
				if n == 2 {
					return again("unreachable")
				}
				return nil
			},
			next: func(int) (move, bool, error) { return "forward", false, nil },
			do: func(ctx context.Context, n int) error {
				if n == 2 {
					return hang(ctx, n)
				}
				return nil
			},
		}, "the 1h0m0s allowed for this ran out while forward", ""},
		{"an error that another try got past is not blamed", &walk{
			to:   1,
			next: func(int) (move, bool, error) { return "forward", false, nil },
			do: func(ctx context.Context, n int) error {
				switch n {
				case 1:
					return again("somebody was faster")
				case 2:
					return nil
				}
				return hang(ctx, n)
			},
		}, "the 1h0m0s allowed for this ran out while forward", ""},
		{"the error at the very end is blamed", &walk{to: 1, do: func(ctx context.Context, _ int) error {
			<-ctx.Done()
			return again("cut off")
		}}, "the 1h0m0s allowed for this ran out while forward: forward: observe again: cut off", "cut off"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := clock.System{}.Now()
				_, err := run(t.Context(), c.walk, limits())
				var d *engine.Deadline
				if !errors.As(err, &d) || d.Budget != time.Hour || err.Error() != c.want {
					t.Fatalf("ended with %v\nwant %s", err, c.want)
				}
				if got := errors.Is(err, engine.ErrAgain); got != (c.latest != "") {
					t.Errorf("the latest error is %v", d.Err)
				}
				if took := (clock.System{}).Now().Sub(began); took != time.Hour {
					t.Errorf("took %s", took)
				}
			})
		})
	}
}

// A fact found in the last moment says more than that the time is over: a gate that
// failed has to be told from a gate that was not asked.
func TestAFactFoundAtTheDeadlineIsNotReplacedByIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &walk{to: 1, do: func(ctx context.Context, _ int) error {
			<-ctx.Done()
			return errHard
		}}
		_, err := run(t.Context(), w, limits())
		if d := (*engine.Deadline)(nil); !errors.Is(err, errHard) || errors.As(err, &d) {
			t.Errorf("ended with %v, want %v", err, errHard)
		}
	})
}

func TestWithoutABudgetNothingIsDone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, budget := range []time.Duration{0, -time.Second} {
			w := &walk{to: 1}
			l := limits()
			l.Budget = budget
			_, err := run(t.Context(), w, l)
			if d := (*engine.Deadline)(nil); !errors.As(err, &d) || w.dos != 0 || w.looks != 0 {
				t.Errorf("budget %s: ended with %v after %d looks and %d steps", budget, err, w.looks, w.dos)
			}
		}
	})
}

func TestTheEndOfTheContextEndsTheRunWithItsError(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		walk func(cancel func()) *walk
		dos  int
	}{
		{"before the first look", func(cancel func()) *walk { cancel(); return &walk{to: 1} }, 0},
		{"while looking", func(cancel func()) *walk {
			return &walk{to: 1, observe: func(ctx context.Context, _ int) error { cancel(); return nil }}
		}, 0},
		{"while looking, and the look fails", func(cancel func()) *walk {
			return &walk{to: 1, observe: func(ctx context.Context, _ int) error { cancel(); return again("cut off") }}
		}, 0},
		{"while deciding", func(cancel func()) *walk {
			return &walk{to: 1, next: func(int) (move, bool, error) { cancel(); return "forward", false, nil }}
		}, 0},
		{"while doing, and the step works", func(cancel func()) *walk {
			return &walk{to: 2, do: func(context.Context, int) error { cancel(); return nil }}
		}, 1},
		{"while doing, and the step is refused", func(cancel func()) *walk {
			return &walk{to: 2, do: func(context.Context, int) error { cancel(); return errHard }}
		}, 1},
		{"while waiting", func(cancel func()) *walk {
			return &walk{to: 2, next: func(int) (move, bool, error) {
				go func() {
					_ = clock.System{}.Sleep(context.Background(), time.Second)
					cancel()
				}()
				return "waiting", false, nil
			}}
		}, 1},
		{"while pausing", func(cancel func()) *walk {
			return &walk{to: 2, do: func(context.Context, int) error {
				go func() {
					_ = clock.System{}.Sleep(context.Background(), time.Second)
					cancel()
				}()
				return again("throttled")
			}}
		}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				w := c.walk(cancel)
				_, err := run(ctx, w, limits())
				if !errors.Is(err, context.Canceled) {
					t.Errorf("ended with %v", err)
				}
				if d := (*engine.Deadline)(nil); errors.As(err, &d) {
					t.Errorf("an interrupt is taken for the deadline: %v", err)
				}
				if w.dos != c.dos {
					t.Errorf("took %d steps, want %d", w.dos, c.dos)
				}
			})
		})
	}
}

func TestTheEndOfTheContextDoesNotHideWhatWasFound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_, err := run(ctx, &walk{to: 1, do: func(context.Context, int) error { cancel(); return errHard }}, limits())
		if !errors.Is(err, context.Canceled) || !errors.Is(err, errHard) {
			t.Errorf("ended with %v", err)
		}
	})
}

func TestADeadlineOfTheCallerIsTheCallers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := run(ctx, &walk{to: 1, next: func(int) (move, bool, error) { return "waiting", false, nil }}, limits())
		if d := (*engine.Deadline)(nil); !errors.Is(err, context.DeadlineExceeded) || errors.As(err, &d) {
			t.Errorf("ended with %v", err)
		}
	})
}

// refused is an answer that time mends within a while.
func refused(answer string, within time.Duration) error {
	return &engine.Refusal{Answer: answer, Within: within, Err: errors.New(answer)}
}

// The same answer to the same step ends the run, as soon as time can be expected to have
// mended it and has not.
func TestTheSameAnswerToTheSameStepEndsTheRun(t *testing.T) {
	t.Parallel()
	blind := func() error {
		return &engine.Refusal{Answer: "no answer", Within: time.Minute, Blind: true, Err: errors.New("no answer")}
	}
	const pause = 15 * time.Second
	for _, c := range []struct {
		name string
		walk *walk
		edit func(*engine.Limits)
		want string // "": it gets there
		dos  int
	}{
		{"that time does not mend", &walk{to: 1, do: func(context.Context, int) error { return refused("no", 0) }}, nil, "forward: no", 2},
		{"that time has not mended", &walk{to: 1, do: func(context.Context, int) error { return refused("no", time.Minute) }}, nil, "forward: no", 5},
		{"that time mends", &walk{to: 1, do: func(_ context.Context, n int) error {
			if n < 5 {
				return refused("not yet", time.Minute)
			}
			return nil
		}}, nil, "", 5},
		{"with waits in between", func() *walk {
			w := &walk{to: 1, do: func(_ context.Context, n int) error {
				if n%2 == 1 {
					return refused("no", 0)
				}
				return nil
			}}
			w.next = func(obs int) (move, bool, error) {
				if w.dos%2 == 1 {
					return "waiting", false, nil
				}
				return "forward", obs == w.to, nil
			}
			return w
		}(), nil, "forward: no", 3},
		{"another answer each time", &walk{to: 1, do: func(_ context.Context, n int) error {
			if n < 30 {
				return refused(fmt.Sprint("no, because of ", n), 0)
			}
			return nil
		}}, nil, "", 30},
		{"another step each time", func() *walk {
			w := &walk{to: 1, do: func(_ context.Context, n int) error {
				if n < 30 {
					return refused("no", 0)
				}
				return nil
			}}
			w.next = func(obs int) (move, bool, error) { return move(fmt.Sprint("forward ", w.dos)), obs == w.to, nil }
			return w
		}(), nil, "", 30},
		{"after another step has been taken", &walk{to: 2, do: func(_ context.Context, n int) error {
			if n == 2 {
				return nil
			}
			if n == 1 || n == 3 {
				return refused("no", 0)
			}
			return nil
		}}, nil, "", 4},
		{"no answer at all", &walk{to: 1, do: func(context.Context, int) error { return blind() }}, nil, "forward: no answer", 5},
		{"no answer, on the way back", &walk{to: 1, do: func(_ context.Context, n int) error {
			if n < 100 {
				return blind()
			}
			return nil
		}}, func(l *engine.Limits) { l.Patient = true }, "", 100},
		{"no answer, half-way", &walk{to: 2, do: func(_ context.Context, n int) error {
			if n > 1 && n < 100 {
				return blind()
			}
			return nil
		}}, nil, "", 100},
		{"a no, half-way", &walk{to: 2, do: func(_ context.Context, n int) error {
			if n > 1 {
				return refused("no", time.Minute)
			}
			return nil
		}}, nil, "forward: no", 6},
		{"and nobody knows why", &walk{to: 1, do: func(context.Context, int) error { return again("decided otherwise") }}, nil, "forward: observe again: decided otherwise", 61},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := limits()
				l.Pause = pause
				if c.edit != nil {
					c.edit(&l)
				}
				_, err := run(t.Context(), c.walk, l)
				if c.walk.dos != c.dos {
					t.Errorf("took %d steps, want %d", c.walk.dos, c.dos)
				}
				p, ended := errors.AsType[*engine.Persistent](err)
				if c.want == "" && err != nil || c.want != "" && (!ended || !strings.HasSuffix(err.Error(), ": "+strings.TrimPrefix(c.want, "forward: "))) {
					t.Errorf("ended with %v, want %q", err, c.want)
				}
				if ended && p.Times < 2 {
					t.Errorf("ended after %d times", p.Times)
				}
			})
		})
	}
}

// Whoever stops a run that is stuck is told at what, also while it waits.
func TestAnInterruptSaysWhatTheRunWasStuckAt(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]func(w *walk) (move, bool, error){
		"while pausing": func(*walk) (move, bool, error) { return "forward", false, nil },
		"while waiting": func(w *walk) (move, bool, error) {
			if w.dos%2 == 1 {
				return "waiting", false, nil
			}
			return "forward", false, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				w := &walk{to: 1}
				w.do = func(_ context.Context, n int) error {
					if w.took[n-1] == "forward" {
						return refused("the batch is refused", time.Hour)
					}
					return nil
				}
				w.next = func(int) (move, bool, error) { return next(w) }
				go func() {
					_ = clock.System{}.Sleep(context.Background(), 20*time.Second)
					cancel()
				}()
				_, err := run(ctx, w, limits())
				if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "the batch is refused") {
					t.Errorf("ended with %v", err)
				}
			})
		})
	}
}

// Whoever sees what is sent can tell what one step sends from what the next one does.
func TestEachDoHasATurnOfItsOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		seen := map[fmt.Stringer]bool{engine.Doing(t.Context()): true}
		w := &walk{to: 3}
		w.do = func(ctx context.Context, _ int) error {
			turn := engine.Doing(ctx)
			if turn == nil || turn.String() != "forward" || engine.Doing(context.WithoutCancel(ctx)) != turn {
				t.Errorf("the turn is %v", turn)
			}
			seen[turn] = true
			return nil
		}
		w.observe = func(ctx context.Context, _ int) error {
			if engine.Doing(ctx) != nil {
				t.Error("a look has a turn")
			}
			return nil
		}
		if _, err := run(t.Context(), w, limits()); err != nil || len(seen) != 4 {
			t.Errorf("%v, %d turns", err, len(seen)-1)
		}
	})
}
