// Package propagation says when a change reaches each point of presence. It
// holds no state but the schedule it computed: what a POP believes at a moment
// is a comparison of times, so that no goroutine has to run for time to pass.
package propagation

import (
	"math"
	"math/rand/v2"
	"sync"
	"time"
)

// Never is the moment a frozen change arrives.
var Never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// A Model draws the delays of changes. It is safe for concurrent use.
type Model struct {
	mu   sync.Mutex
	rng  *rand.Rand
	pops int
	span time.Duration

	frozen bool
	slow   map[int]float64
}

// New returns a model of pops points of presence in which a change has reached
// the last one after about span (0.7 to 1.3 of it): most follow within a third
// of it, the rest form the tail. The same seed draws the same delays.
func New(pops int, span time.Duration, seed uint64) *Model {
	return &Model{pops: max(pops, 1), span: span, rng: rand.New(rand.NewPCG(seed, 0x636466)), slow: map[int]float64{}}
}

// POPs is the number of points of presence.
func (m *Model) POPs() int { return m.pops }

// Span is the typical time a change needs to reach the last POP.
func (m *Model) Span() time.Duration { return m.span }

// Freeze stops changes made from now on from arriving anywhere. Lifting it lets
// new changes travel; those made meanwhile stay where they are until their service
// sends them off (World.Freeze asks it to) or another change carries them.
func (m *Model) Freeze(frozen bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.frozen = frozen
}

// Frozen says whether changes made now would not arrive.
func (m *Model) Frozen() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.frozen
}

// Slow makes one POP take factor times as long as it would have.
func (m *Model) Slow(pop int, factor float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.slow[pop] = factor
}

// Schedule returns when a change made now reaches each POP. Changes to one
// thing arrive in the order they were made, so no moment lies before the same
// POP's in after, the schedule of the change before it (nil: none).
func (m *Model) Schedule(now time.Time, after []time.Time) []time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	total := float64(m.span) * (0.7 + 0.6*m.rng.Float64())
	last := m.rng.IntN(m.pops)
	out := make([]time.Time, m.pops)
	for i := range out {
		share := 0.02 + 0.3*m.rng.Float64()
		if m.rng.Float64() < 0.15 {
			share = math.Min(share+0.65*m.rng.Float64(), 1) // the tail
		}
		if i == last {
			share = 1
		}
		if f, ok := m.slow[i]; ok {
			share *= f
		}
		out[i] = now.Add(time.Duration(share * total))
		if m.frozen {
			out[i] = Never
		}
		// A change that was frozen never arrives by itself: it must not hold back this one,
		// which carries it.
		if after != nil && after[i].Before(Never) && out[i].Before(after[i]) {
			out[i] = after[i]
		}
	}
	return out
}

// Done returns the moment the last POP has a change.
func Done(schedule []time.Time) time.Time {
	var last time.Time
	for _, t := range schedule {
		if t.After(last) {
			last = t
		}
	}
	return last
}
