// Package clock is the only place that asks the machine what time it is.
//
// Everything that waits takes a Clock, so that a test covers half an hour of
// CloudFront propagation in milliseconds: inside testing/synctest with System,
// or across real sockets with Scaled. The package never decides how long to wait.
package clock

import (
	"context"
	"time"
)

// Clock tells the time and waits.
type Clock interface {
	// Now is the current time on this clock.
	Now() time.Time
	// Sleep returns nil after d has passed on this clock, or the context's error
	// if that ends first. A d of zero or less returns at once.
	Sleep(ctx context.Context, d time.Duration) error
}

// System is the machine's clock. Inside a testing/synctest bubble it is the bubble's.
type System struct{}

// Now implements Clock.
func (System) Now() time.Time { return time.Now() }

// Sleep implements Clock.
func (System) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Scaled is a clock that runs factor times as fast as the machine's. The
// provider and the simulator share one in acceptance tests, where a CLI and
// sockets rule out a synthetic clock.
type Scaled struct {
	start  time.Time
	factor float64
}

// NewScaled returns a clock that shows the machine's time now and runs factor
// times as fast from here on. A factor below one, or not a number, counts as one.
func NewScaled(factor float64) *Scaled {
	if !(factor >= 1) {
		factor = 1
	}
	return &Scaled{start: time.Now(), factor: factor}
}

// Now implements Clock.
func (s *Scaled) Now() time.Time {
	return s.start.Add(time.Duration(float64(time.Since(s.start)) * s.factor))
}

// Sleep implements Clock.
func (s *Scaled) Sleep(ctx context.Context, d time.Duration) error {
	return System{}.Sleep(ctx, time.Duration(float64(d)/s.factor))
}

// WithTimeout is context.WithTimeout measured on c: the returned context ends
// with context.DeadlineExceeded as its cause once d has passed on c.
func WithTimeout(parent context.Context, c Clock, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	if d <= 0 {
		cancel(context.DeadlineExceeded)
		return ctx, func() {}
	}
	go func() {
		if c.Sleep(ctx, d) == nil {
			cancel(context.DeadlineExceeded)
		}
	}()
	return ctx, func() { cancel(context.Canceled) }
}
