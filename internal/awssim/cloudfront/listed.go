package cloudfront

import (
	"slices"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// A past is what there was of one kind, from one write to the next.
type past[T any] []moment[T]

type moment[T any] struct {
	from time.Time
	all  []*T // copies
}

// remembers is for how long a past is kept, for a lag that is longer by the time of a list.
const remembers = time.Hour

// note says what there is from now on.
func (p *past[T]) note(now time.Time, lag time.Duration, all []*T) {
	m := moment[T]{from: now}
	for _, one := range all {
		was := *one
		m.all = append(m.all, &was)
	}
	*p = append(*p, m)
	for len(*p) > 1 && (*p)[1].from.Before(now.Add(-lag-remembers)) {
		*p = (*p)[1:]
	}
}

// at is what there was at a time.
func (p past[T]) at(t time.Time) []*T {
	for _, m := range slices.Backward(p) {
		if !m.from.After(t) {
			return m.all
		}
	}
	return nil
}

// note keeps what lists will show for a while, after a write.
func (s *Service) note(now time.Time) {
	var live []*deployment
	for _, p := range s.deployments {
		if !p.deleted {
			live = append(live, p)
		}
	}
	s.listedDeployments.note(now, s.opts.Knobs.ListLag, live)
	s.listedFunctions.note(now, s.opts.Knobs.ListLag, s.functions)
}

// asListed lists the distributions that lists show, as they show them, in order of creation.
func (s *Service) asListed(now time.Time) []*distribution {
	at := now.Add(-s.opts.Knobs.ListLag)
	var out []*distribution
	for _, d := range s.order {
		if then := d.asListed(at); then != nil {
			out = append(out, then)
		}
	}
	return out
}

// showing are those of them whose configuration has some property.
func (s *Service) showing(now time.Time, has func(config *wire.Node) bool) []*distribution {
	return slices.DeleteFunc(s.asListed(now), func(d *distribution) bool { return !has(d.config()) })
}

// asListed is a distribution as it was at a time, nil if it was not there.
func (d *distribution) asListed(at time.Time) *distribution {
	n := len(d.versions)
	for n > 0 && d.versions[n-1].At.After(at) {
		n--
	}
	if n == 0 || d.deleted && !d.ended.After(at) {
		return nil
	}
	then := *d
	then.versions = d.versions[:n:n]
	return &then
}
