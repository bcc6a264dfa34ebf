package acctest

import (
	"context"
	"errors"
	"sync"
)

// Together applies plans of several instances at the same time and by one provider, as a
// CLI does in one apply. All cores are in the same world.
func Together(ctx context.Context, cores []*Core, plans []Plan) ([]Diagnostics, error) {
	first := cores[0]
	s, d, err := first.server(context.WithoutCancel(ctx))
	if err != nil || len(d.Errors()) > 0 {
		return []Diagnostics{d}, err
	}
	said, errs := make([]Diagnostics, len(cores)), make([]error, len(cores))
	var running sync.WaitGroup
	for i, c := range cores {
		c.turns = first.turns
		running.Go(func() { said[i], errs[i] = c.applyBy(ctx, s, plans[i], false) })
	}
	running.Wait()
	return said, errors.Join(errs...)
}
