package acctest

import (
	"sync/atomic"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// A Jumper is a clock for a CLI, which runs as fast as that of the others, and is put forward
// while nothing runs: a week at that speed takes a quarter of an hour.
type Jumper struct {
	clock.Clock
	by atomic.Int64
}

// NewJumper returns a clock that shows the machine's time now.
func NewJumper() *Jumper { return &Jumper{Clock: clock.NewScaled(Speed)} }

// Now implements clock.Clock.
func (j *Jumper) Now() time.Time { return j.Clock.Now().Add(time.Duration(j.by.Load())) }

// Jump puts it forward. Whoever sleeps does not notice.
func (j *Jumper) Jump(d time.Duration) { j.by.Add(int64(d)) }
