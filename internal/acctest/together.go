package acctest

import (
	"context"
	"errors"
	"sync"
)

// Together applies plans of several instances at the same time and by one provider, as a
// CLI does in one apply, so many at a time. All cores are in the same world.
func Together(ctx context.Context, parallelism int, cores []*Core, plans []Plan) ([]Diagnostics, error) {
	first := cores[0]
	s, d, err := first.server(context.WithoutCancel(ctx))
	if err != nil || len(d.Errors()) > 0 {
		return []Diagnostics{d}, err
	}
	said, errs := make([]Diagnostics, len(cores)), make([]error, len(cores))
	var running sync.WaitGroup
	next := make(chan int)
	for range parallelism {
		running.Go(func() {
			for i := range next {
				said[i], errs[i] = cores[i].applyBy(ctx, s, plans[i], false)
			}
		})
	}
	for i, c := range cores {
		c.turns = first.turns
		next <- i
	}
	close(next)
	running.Wait()
	return said, errors.Join(errs...)
}
