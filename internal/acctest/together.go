package acctest

import (
	"context"
	"errors"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Together applies plans of several instances at the same time and by one provider, as a
// CLI does in one apply, so many at a time. All cores are in the same world.
func Together(ctx context.Context, parallelism int, cores []*Core, plans []Plan) ([]Diagnostics, error) {
	first := cores[0]
	s, d, err := first.server(context.WithoutCancel(ctx))
	if err != nil || len(d.Errors()) > 0 {
		return []Diagnostics{d}, err
	}
	for _, c := range cores {
		c.turns = first.turns
	}
	said, errs := make([]Diagnostics, len(cores)), make([]error, len(cores))
	Each(parallelism, len(cores), func(i int) { said[i], errs[i] = cores[i].applyBy(ctx, s, plans[i], false) })
	return said, errors.Join(errs...)
}

// Each does something n times, so many at a time, in the order in which they begin.
func Each(parallelism, n int, do func(i int)) {
	var working sync.WaitGroup
	next := make(chan int)
	for range parallelism {
		working.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	working.Wait()
}

// InTurn plans instances one after the other by one provider, and applies what is to be done by
// another one, as a CLI does in one apply where each depends on the one before it. It applies
// nothing if a plan has errors.
func InTurn(ctx context.Context, cores []*Core, configs []Config) (plans []Plan, said []Diagnostics, err error) {
	var s, another tfprotov6.ProviderServer
	for _, c := range cores {
		var d Diagnostics
		if s, d, err = c.server(ctx); err != nil || len(d.Errors()) > 0 { // knows the schema of each
			return nil, []Diagnostics{d}, err
		}
	}
	failed := false
	for i, c := range cores {
		p, err := c.planBy(ctx, s, configs[i], true)
		if plans = append(plans, p); err != nil {
			return plans, nil, err
		}
		failed = failed || len(p.Diags.Errors()) > 0
	}
	if failed {
		return plans, nil, nil
	}
	last := cores[len(cores)-1]
	if another, _, err = last.server(ctx); err != nil {
		return plans, nil, err
	}
	for i, c := range cores {
		c.turns = last.turns
		var d Diagnostics
		if !plans[i].Empty() {
			if d, err = c.applyBy(ctx, another, plans[i], false); err != nil {
				return plans, said, err
			}
		}
		said = append(said, d)
	}
	return plans, said, nil
}

// RefreshTogether refreshes several instances by one provider, so many at a time, as a CLI does
// in one plan. All cores are of one type and in the same world.
func RefreshTogether(ctx context.Context, parallelism int, cores []*Core) (Diagnostics, error) {
	s, d, err := cores[0].server(ctx)
	if err != nil || len(d.Errors()) > 0 {
		return d, err
	}
	said, errs := make([]Diagnostics, len(cores)), make([]error, len(cores))
	Each(parallelism, len(cores), func(i int) { said[i], errs[i] = cores[i].refresh(ctx, s) })
	for _, more := range said {
		d = append(d, more...)
	}
	return d, errors.Join(errs...)
}

// ImportTogether imports several instances by one provider, so many at a time, as a CLI does where
// there are import blocks. All cores are of one type and in the same world.
func ImportTogether(ctx context.Context, parallelism int, cores []*Core, ids []string) (Diagnostics, error) {
	s, d, err := cores[0].server(ctx)
	if err != nil || len(d.Errors()) > 0 {
		return d, err
	}
	said, errs := make([]Diagnostics, len(cores)), make([]error, len(cores))
	Each(parallelism, len(cores), func(i int) {
		cores[i].schema, cores[i].typ = cores[0].schema, cores[0].typ
		said[i], errs[i] = cores[i].arriveBy(ctx, s, tfprotov6.ImportResourceStateRequest{ID: ids[i]})
	})
	for _, more := range said {
		d = append(d, more...)
	}
	return d, errors.Join(errs...)
}
