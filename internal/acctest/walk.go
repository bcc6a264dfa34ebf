package acctest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider"
)

// A Walk is one plan or one apply: whatever it is asked for, one provider does. What makes it
// the one or the other is what it is asked for.
type Walk struct{ server tfprotov6.ProviderServer }

// Begin starts a provider in a world, and configures it.
func Begin(ctx context.Context, w provider.World, config Config) (*Walk, error) {
	s, err := provider.NewServer(w, "test")
	if err != nil {
		return nil, err
	}
	return &Walk{s}, failed(configure(ctx, s, config))
}

func configure(ctx context.Context, s tfprotov6.ProviderServer, config Config) (Diagnostics, error) {
	all, err := s.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	block, err := dynamic(all.Provider.ValueType(), map[string]any(config))
	if err != nil {
		return nil, err
	}
	conf, err := s.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.11.4", Config: block})
	if err != nil {
		return nil, err
	}
	return conf.Diagnostics, nil
}

// Refresh refreshes an instance, which has a state.
func (w *Walk) Refresh(ctx context.Context, c *Core) error { return failed(c.refresh(ctx, w.server)) }

// Apply applies the plan of an instance.
func (w *Walk) Apply(ctx context.Context, c *Core, p Plan) error {
	c.turns = newTurns(c.World.Transport) // nobody counts here
	return failed(c.applyBy(ctx, w.server, p, false))
}

// Read reads a data source.
func (w *Walk) Read(ctx context.Context, d *Data, config Config) (Answer, error) {
	return d.read(ctx, w.server, config, func() (Diagnostics, error) { return nil, nil })
}

// ReadTogether reads a data source with many configurations, so many at a time.
func (w *Walk) ReadTogether(ctx context.Context, parallelism int, d *Data, configs []Config) ([]Answer, error) {
	out, errs := make([]Answer, len(configs)), make([]error, len(configs))
	Each(parallelism, len(configs), func(i int) {
		if out[i], errs[i] = w.Read(ctx, d, configs[i]); len(out[i].Diags.Errors()) > 0 {
			errs[i] = fmt.Errorf("%d: %s", i, out[i].Diags)
		}
	})
	return out, errors.Join(errs...)
}

func failed(d Diagnostics, err error) error {
	if err == nil && len(d.Errors()) > 0 {
		err = errors.New(d.String())
	}
	return err
}

// Glance refreshes an instance after others by one provider, so that it has pages of lists to go by,
// and once more for itself, each time from the state there is, which stays. It fails the test
// unless the first has read a page, and both come to the same.
func (e *Env) Glance(c *Core, others ...*Core) (refreshed *Core, said Diagnostics) {
	e.tb.Helper()
	shared, alone := *c, *c
	alone.World.Alone = true
	before := e.World.Journal().Seq()
	said, err := RefreshTogether(e.ctx(), 1, append(copies(others), &shared))
	e.must(err)
	if !slices.ContainsFunc(e.Calls(before), func(c journal.Call) bool { return c.Operation == "ListDistributions" }) {
		e.tb.Error("no list was read")
	}
	truth, err := alone.Refresh(e.ctx())
	e.must(err)
	if !shared.State.Equal(alone.State) || shared.Private() != alone.Private() || len(said.Errors()) > 0 || len(truth.Errors()) > 0 {
		e.tb.Errorf("with others a refresh made\n%s %s %s\nand for itself\n%s %s %s", shared.State, shared.Private(), said, alone.State, alone.Private(), truth)
	}
	return &shared, said
}

func copies(of []*Core) []*Core {
	var out []*Core
	for _, c := range of {
		one := *c
		out = append(out, &one)
	}
	return out
}

// ExpectReadFor fails the test unless each write since was decided by what was read for it: no time
// has passed between the two, while an answer that is shared is as old as it happens to be. reads
// has the operation that reads what another one writes.
func (e *Env) ExpectReadFor(after int, reads map[string]string) {
	e.tb.Helper()
	last, written := map[string]time.Time{}, map[string]bool{}
	for _, call := range e.Calls(after) {
		last[call.Operation] = call.At
		if read, ok := reads[call.Operation]; ok {
			written[call.Operation] = true
			if age := call.At.Sub(last[read]); last[read].IsZero() || age > 0 {
				e.tb.Errorf("%s by a %s of %s before", call.Operation, read, age)
			}
		}
	}
	if len(written) != len(reads) {
		e.tb.Errorf("written: %v", written)
	}
}
