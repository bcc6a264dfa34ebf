package main

import (
	"context"
	"sync"
	"time"
)

// Each point of presence has one viewer, who comes back this often.
const (
	fleet    = 24
	interval = 200 * time.Millisecond
)

// viewers send requests until they are told to stop, and tally what they get.
type viewers struct {
	*tally
	world *world
	name  string

	stop    context.CancelFunc
	running sync.WaitGroup
}

func (w *world) sendViewers(ctx context.Context, name string, t *tally) *viewers {
	ctx, stop := context.WithCancel(ctx)
	v := &viewers{tally: t, world: w, name: name, stop: stop}
	for pop := range fleet {
		v.running.Go(func() {
			// Spread over the interval, so that there is always a request on its way.
			next := clk.Now().Add(interval * time.Duration(pop) / fleet)
			for clk.Sleep(ctx, next.Sub(clk.Now())) == nil {
				began, at := t.now(), clk.Now()
				got := v.request(ctx, pop)
				got.at, got.pop = at, pop
				if ctx.Err() != nil {
					return // nobody waits for that answer any more
				}
				t.count(began, got)
				next = next.Add(interval)
			}
		})
	}
	return v
}

// leave sends the viewers home.
func (v *viewers) leave() {
	v.stop()
	v.running.Wait()
}

// request looks at the site as one viewer does.
func (v *viewers) request(ctx context.Context, pop int) answer {
	got := v.world.View(ctx, v.name, pop, nil)
	return answer{err: got.Err, unresolved: got.Unresolved, status: got.Status, distribution: got.Distribution, origin: got.Header.Get("X-Origin")}
}
