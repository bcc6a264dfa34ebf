package clock_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

func TestSleepLastsAsLongAsAskedOrAsItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := clock.System{}
		start := c.Now()
		if err := c.Sleep(t.Context(), time.Hour); err != nil || c.Now().Sub(start) != time.Hour {
			t.Errorf("slept %s: %v", c.Now().Sub(start), err)
		}
		start = c.Now()
		for _, d := range []time.Duration{0, -time.Hour, math.MinInt64} {
			if err := c.Sleep(t.Context(), d); err != nil || c.Now() != start {
				t.Errorf("Sleep(%s) took %s: %v", d, c.Now().Sub(start), err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := c.Sleep(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) || c.Now().Sub(start) != time.Minute {
			t.Errorf("slept %s: %v", c.Now().Sub(start), err)
		}
		if err := c.Sleep(ctx, 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a context that has ended is not noticed: %v", err)
		}
	})
}

func TestWithTimeoutEndsOnItsClockAndSaysWhy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := clock.System{}.Now()
		ctx, cancel := clock.WithTimeout(t.Context(), clock.System{}, time.Minute)
		<-ctx.Done()
		if took := (clock.System{}).Now().Sub(start); took != time.Minute || !errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
			t.Errorf("ended after %s because of %v", took, context.Cause(ctx))
		}
		cancel()
		if !errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
			t.Error("cancelling afterwards changes the cause")
		}

		ctx, cancel = clock.WithTimeout(t.Context(), clock.System{}, time.Minute)
		cancel() // and the bubble ends with no goroutine left, or the test fails
		if !errors.Is(context.Cause(ctx), context.Canceled) {
			t.Errorf("cancelled because of %v", context.Cause(ctx))
		}

		for _, d := range []time.Duration{0, -1} {
			over, cancel := clock.WithTimeout(t.Context(), clock.System{}, d)
			if over.Err() == nil || !errors.Is(context.Cause(over), context.DeadlineExceeded) {
				t.Errorf("a timeout of %s has not ended at once: %v", d, context.Cause(over))
			}
			cancel()
		}
	})
}

func TestScaledRunsFaster(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		machine := clock.System{}
		fast := clock.NewScaled(60)
		if !fast.Now().Equal(machine.Now()) {
			t.Errorf("begins at %s, want the machine's %s", fast.Now(), machine.Now())
		}
		before, start := fast.Now(), machine.Now()
		if err := fast.Sleep(t.Context(), time.Hour); err != nil {
			t.Fatal(err)
		}
		if took := machine.Now().Sub(start); took != time.Minute {
			t.Errorf("an hour took %s", took)
		}
		if shown := fast.Now().Sub(before); shown != time.Hour {
			t.Errorf("it shows %s later", shown)
		}
	})
}

func TestANonsensicalScaleIsNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, factor := range []float64{0, -5, 0.5, math.NaN()} {
			c, start := clock.NewScaled(factor), clock.System{}.Now()
			if err := c.Sleep(t.Context(), time.Second); err != nil {
				t.Fatal(err)
			}
			if took := (clock.System{}).Now().Sub(start); took != time.Second {
				t.Errorf("factor %v: a second took %s", factor, took)
			}
		}
	})
}
