package cloudfront

import (
	"slices"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/propagation"
)

// Thaw sends off now every change that was made while propagation was frozen:
// behind everything still on its way, and in the order of the writes. What one
// write changed, names and configurations, goes on travelling together.
func (s *Service) Thaw(now time.Time) {
	s.serving.Lock()
	defer s.serving.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	stuck := map[time.Time]time.Duration{} // write → the longest gap it leaves
	last := make([]time.Time, s.opts.Propagation.POPs())
	see := func(at time.Time, arrives []time.Time, gap time.Duration) {
		for i, t := range arrives {
			if t.Equal(propagation.Never) {
				stuck[at] = max(stuck[at], gap)
			} else if t.After(last[i]) {
				last[i] = t
			}
		}
	}
	s.schedules(func(at time.Time, arrives *[]time.Time, gap time.Duration) { see(at, *arrives, gap) })
	var order []time.Time
	for at := range stuck {
		order = append(order, at)
	}
	slices.SortFunc(order, time.Time.Compare)
	fresh := map[time.Time][]time.Time{}
	for nth, at := range order {
		last = s.opts.Propagation.Schedule("thaw", nth, now, last)
		for i := range last {
			last[i] = last[i].Add(stuck[at])
		}
		fresh[at] = slices.Clone(last)
	}
	s.schedules(func(at time.Time, arrives *[]time.Time, _ time.Duration) {
		if !slices.ContainsFunc(*arrives, propagation.Never.Equal) {
			return
		}
		*arrives = slices.Clone(*arrives) // readers may hold the old one
		for i, t := range *arrives {
			if t.Equal(propagation.Never) {
				(*arrives)[i] = fresh[at][i]
			}
		}
	})
}

// schedules visits every schedule there is: when it was written, and where it is kept.
func (e *edge) schedules(visit func(at time.Time, arrives *[]time.Time, gap time.Duration)) {
	for _, s := range e.accounts {
		s.own(visit)
	}
	for _, events := range e.names {
		for i := range events {
			visit(events[i].At, &events[i].Arrives, events[i].Gap)
		}
	}
}

// own visits the schedules of what is one account's alone.
func (s *Service) own(visit func(at time.Time, arrives *[]time.Time, gap time.Duration)) {
	for _, d := range s.order {
		for i := range d.versions {
			visit(d.versions[i].At, &d.versions[i].Arrives, 0)
		}
		for _, inv := range d.invalidations {
			visit(inv.at, &inv.arrives, 0)
		}
		visit(d.latest().At, &d.gone, 0) // its deletion, which is not a version
	}
	for _, kind := range s.policies {
		for _, p := range kind {
			for i := range p.versions {
				visit(p.versions[i].at, &p.versions[i].arrives, 0)
			}
		}
	}
	for _, f := range s.functions {
		for i := range f.releases {
			visit(f.releases[i].modified, &f.releases[i].arrives, 0)
		}
	}
	for _, v := range s.stores {
		for i := range v.history {
			visit(v.history[i].at, &v.history[i].arrives, 0)
		}
	}
}
