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
	Bytes        int       `json:"bytes"`    // of bodies, to viewers
	Uploaded     int       `json:"uploaded"` // of bodies, from viewers
	Statuses     Statuses  `json:"statuses"`
}

// Statuses counts the answers with the statuses that CloudFront counts one by one.
type Statuses struct {
	Of401 int `json:"401"`
	Of403 int `json:"403"`
	Of404 int `json:"404"`
	Of502 int `json:"502"`
	Of503 int `json:"503"`
	Of504 int `json:"504"`
}

func (s *Statuses) count(status int) {
	if n := map[int]*int{401: &s.Of401, 403: &s.Of403, 404: &s.Of404, 502: &s.Of502, 503: &s.Of503, 504: &s.Of504}[status]; n != nil {
		*n++
	}
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

func (m *metrics) count(v *visit, a answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := minute{v.id, v.at.Unix() / 60}
	c := m.minutes[key]
	if c == nil {
		if m.minutes == nil || len(m.minutes) >= maxMinutes {
			m.minutes = map[minute]*Minute{}
		}
		c = &Minute{Distribution: v.id, At: time.Unix(key.unix*60, 0).UTC()}
		m.minutes[key] = c
	}
	c.Requests++
	c.Uploaded += len(v.body)
	c.Statuses.count(a.status)
	if v.r.Method != http.MethodHead {
		c.Bytes += len(a.body)
	}
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
	return f.Minutes(time.Time{}, time.Unix(1<<62, 0))
}

// Minutes is Metrics of the minutes that begin at from or later and before to.
func (f *Fleet) Minutes(from, to time.Time) []Minute {
	f.metrics.mu.Lock()
	defer f.metrics.mu.Unlock()
	out := make([]Minute, 0, len(f.metrics.minutes))
	for _, c := range f.metrics.minutes {
		if !c.At.Before(from) && c.At.Before(to) {
			out = append(out, *c)
		}
	}
	slices.SortFunc(out, func(a, b Minute) int {
		return cmp.Or(cmp.Compare(a.Distribution, b.Distribution), a.At.Compare(b.At))
	})
	return out
}
