// Package hand is a clock that moves when a test moves it, and otherwise stands still.
// Where goroutines wait for each other it is of no use: testing/synctest is. It is
// imported by tests only.
package hand

import (
	"context"
	"sync"
	"time"
)

// Clock implements clock.Clock.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// At returns a clock that stands at a moment.
func At(now time.Time) *Clock { return &Clock{now: now} }

// Now implements clock.Clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Sleep implements clock.Clock: nobody waits, the clock moves.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	c.Pass(d)
	return ctx.Err()
}

// Pass moves the clock.
func (c *Clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
