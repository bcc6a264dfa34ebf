package edge

import (
	"cmp"
	"net/http"
	"slices"
	"sync"
	"time"
)

// A Minute is what one distribution answered viewers in one minute.
type Minute struct {
	Distribution string    `json:"distribution,omitempty"` // empty: nobody owned the name
	At           time.Time `json:"at"`
	Requests     int       `json:"requests"`
	Errors4xx    int       `json:"errors_4xx"`
	Errors5xx    int       `json:"errors_5xx"`
	Hits         int       `json:"hits"`
	Bytes        int       `json:"bytes"`
}

// metrics counts real answers. The zero value has counted none.
type metrics struct {
	mu      sync.Mutex
	minutes map[minute]*Minute
}

type minute struct {
	distribution string
	unix         int64
}

// maxMinutes bounds the counts: a week of ten distributions.
const maxMinutes = 100_000

func (m *metrics) count(id string, at time.Time, a answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := minute{id, at.Unix() / 60}
	c := m.minutes[key]
	if c == nil {
		if m.minutes == nil || len(m.minutes) >= maxMinutes {
			m.minutes = map[minute]*Minute{}
		}
		c = &Minute{Distribution: id, At: time.Unix(key.unix*60, 0).UTC()}
		m.minutes[key] = c
	}
	c.Requests++
	c.Bytes += len(a.body)
	switch {
	case a.status >= http.StatusInternalServerError:
		c.Errors5xx++
	case a.status >= http.StatusBadRequest:
		c.Errors4xx++
	}
	if a.cache == fromCache {
		c.Hits++
	}
}

// Metrics lists the minutes with traffic, by distribution and time. A minute
// without requests is absent, as in CloudWatch.
func (f *Fleet) Metrics() []Minute {
	f.metrics.mu.Lock()
	defer f.metrics.mu.Unlock()
	out := make([]Minute, 0, len(f.metrics.minutes))
	for _, c := range f.metrics.minutes {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b Minute) int {
		return cmp.Or(cmp.Compare(a.Distribution, b.Distribution), a.At.Compare(b.At))
	})
	return out
}
