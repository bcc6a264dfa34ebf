// Package propagation says when a change reaches each point of presence. It
// holds no state but the schedule it computed: what a POP believes at a moment
// is a comparison of times, so that no goroutine has to run for time to pass.
package propagation

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"
)

// Never is the moment a frozen change arrives.
var Never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// The pace of CloudFront itself, from a write to the last point of presence, which is when
// Status becomes Deployed: log-normal. Sources: the durations of hashicorp/aws's acceptance
// tests in 2026 (pull requests 48475 and 47872), from which 75 to 110 s follow, for the
// median; runbooks that reckon with 3 to 4 minutes, for the 95th percentile (205 s); AWS's
// networking blog of 2020, "reliably" under 5 minutes, for the 99th (288 s).
const (
	// Median is what half of all changes need at most.
	Median = 90 * time.Second
	// Longest is what no change exceeds, unless a point of presence is made slow.
	Longest = 10 * time.Minute
	spread  = 0.5 // standard deviation of the logarithm
)

// A Model draws the delays of changes. It is safe for concurrent use.
type Model struct {
	mu   sync.Mutex
	seed uint64
	rng  *rand.Rand // of a model with a span
	pops int
	span time.Duration // 0: the pace of CloudFront itself

	frozen bool
	slow   map[int]float64
}

// New returns a model of pops points of presence. With a span of 0, changes take what they
// take on CloudFront: half of them no more than Median, some of them minutes, none more than
// Longest; and the delays of a change follow from the seed, from what changes and from the
// number of its version, whatever else changes meanwhile. With a span, each change takes about
// that long (0.7 to 1.3 of it), and the same seed draws the same delays for changes in the
// same order. Either way most points of presence follow within a third of the time, and the
// rest form the tail.
func New(pops int, span time.Duration, seed uint64) *Model {
	return &Model{pops: max(pops, 1), span: span, seed: seed, rng: rand.New(rand.NewPCG(seed, 0x636466)), slow: map[int]float64{}}
}

// POPs is the number of points of presence.
func (m *Model) POPs() int { return m.pops }

// Take makes changes from now on take the span, as New has it.
func (m *Model) Take(span time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.span = span
}

// Span is the typical time a change needs to reach the last POP.
func (m *Model) Span() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.span == 0 {
		return Median
	}
	return m.span
}

// Bound is what no change made now exceeds, behind whatever went before it.
func (m *Model) Bound() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	bound := Longest
	if m.span > 0 {
		bound = time.Duration(float64(m.span) * (steady + wavering))
	}
	worst := 1.0
	for _, factor := range m.slow {
		worst = max(worst, factor)
	}
	return time.Duration(float64(bound) * worst)
}

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

// A model with a span takes it times steady, and up to wavering more.
const steady, wavering = 0.7, 0.6

// total draws how long a change takes to the last point of presence.
func (m *Model) total(rng *rand.Rand) float64 {
	if m.span > 0 {
		return float64(m.span) * (steady + wavering*rng.Float64())
	}
	return min(float64(Median)*math.Exp(spread*rng.NormFloat64()), float64(Longest))
}

// draws is where the delays of a change come from.
func (m *Model) draws(thing string, version int) *rand.Rand {
	if m.span > 0 {
		return m.rng
	}
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(thing + "#" + strconv.Itoa(version))) // never fails
	return rand.New(rand.NewPCG(m.seed, hash.Sum64()))
}

// Schedule returns when a change made now reaches each POP. The change is the version-th of
// thing, which is an id or a name. Changes to one thing arrive in the order they were made, so
// no moment lies before the same POP's in after, the schedule of the change before it (nil: none).
func (m *Model) Schedule(thing string, version int, now time.Time, after []time.Time) []time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	rng := m.draws(thing, version)
	total := m.total(rng)
	last := rng.IntN(m.pops)
	out := make([]time.Time, m.pops)
	for i := range out {
		share := 0.02 + 0.3*rng.Float64()
		if rng.Float64() < 0.15 {
			share = math.Min(share+0.65*rng.Float64(), 1) // the tail
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

// Scatter is Schedule for changes that each point of presence learns of by itself: the delays
// are log-normal, with a median and a 99th percentile of each one, whatever the span. They
// follow from the seed, from what changes and from the number of its version.
func (m *Model) Scatter(thing string, version int, now time.Time, after []time.Time, median, p99 time.Duration) []time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(thing + "#" + strconv.Itoa(version))) // never fails
	rng := rand.New(rand.NewPCG(m.seed, hash.Sum64()))
	deviation := 0.0 // of the logarithm
	if median > 0 && p99 > median {
		deviation = math.Log(float64(p99)/float64(median)) / z99
	}
	out := make([]time.Time, m.pops)
	for i := range out {
		delay := min(float64(median)*math.Exp(deviation*rng.NormFloat64()), float64(Longest))
		if f, ok := m.slow[i]; ok {
			delay *= f
		}
		out[i] = now.Add(time.Duration(delay))
		if m.frozen {
			out[i] = Never
		}
		if after != nil && after[i].Before(Never) && out[i].Before(after[i]) {
			out[i] = after[i]
		}
	}
	return out
}

// z99 is the 99th percentile of the standard normal distribution.
const z99 = 2.3263

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
