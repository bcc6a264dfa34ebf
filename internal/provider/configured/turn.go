package configured

import (
	"context"
	"slices"
	"sync"
)

// turns is who is about what, and who keeps what, in this process.
type turns struct {
	mu      sync.Mutex
	busy    map[string]chan struct{} // closed once a thing is free again
	kept    map[string]bool
	claimed map[string]bool
	forgot  map[string]string
	vouched map[string]Fields // by distribution
}

// Turn waits until nobody else of this process is about any of some things, and returns
// what ends the turn. A rename without a `moved` block is a create and a destroy about the
// same things in one apply, at the same time or in either order, and Terraform does not tell
// the one of the other: without turns each would see what the other has half done.
//
// Things are named by whoever shares them, the noun first. It returns ctx's error if that
// ends first.
func (p *Provider) Turn(ctx context.Context, things ...string) (done func(), err error) {
	things = slices.Compact(slices.Sorted(slices.Values(things))) // one order for all, so that no two wait for each other
	var mine []string
	done = func() {
		p.Own().turns.mu.Lock()
		defer p.Own().turns.mu.Unlock()
		for _, t := range mine {
			close(p.Own().turns.busy[t])
			delete(p.Own().turns.busy, t)
		}
		mine = nil
	}
	for _, t := range things {
		for {
			busy := p.Own().turns.take(t)
			if busy == nil {
				break
			}
			select {
			case <-busy:
			case <-ctx.Done():
				done()
				return func() {}, ctx.Err()
			}
		}
		mine = append(mine, t)
	}
	return done, nil
}

// take returns nil if a thing is the caller's now, else what is closed once it is free.
func (t *turns) take(thing string) <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if busy, ok := t.busy[thing]; ok {
		return busy
	}
	if t.busy == nil {
		t.busy = map[string]chan struct{}{}
	}
	t.busy[thing] = make(chan struct{})
	return nil
}

// Keep says that an instance which this process has created or changed keeps some things:
// another one that is destroyed leaves them.
func (p *Provider) Keep(things ...string) {
	p.Own().turns.mu.Lock()
	defer p.Own().turns.mu.Unlock()
	if p.Own().turns.kept == nil {
		p.Own().turns.kept = map[string]bool{}
	}
	for _, t := range things {
		p.Own().turns.kept[t] = true
	}
}

// Kept says whether Keep was told of a thing.
func (p *Provider) Kept(thing string) bool {
	p.Own().turns.mu.Lock()
	defer p.Own().turns.mu.Unlock()
	return p.Own().turns.kept[thing]
}

// Forget says that this process has taken a thing out of state that AWS still knows, and what
// AWS calls it: one like it that is created in its place comes after it, and is another one.
func (p *Provider) Forget(thing, id string) {
	p.Own().turns.mu.Lock()
	defer p.Own().turns.mu.Unlock()
	if p.Own().turns.forgot == nil {
		p.Own().turns.forgot = map[string]string{}
	}
	p.Own().turns.forgot[thing] = id
}

// Forgotten is the id that Forget was last told of for such a thing, "" for none.
func (p *Provider) Forgotten(thing string) string {
	p.Own().turns.mu.Lock()
	defer p.Own().turns.mu.Unlock()
	return p.Own().turns.forgot[thing]
}

// Remove has an object of AWS's removed in its turn, unless another instance of this process,
// under another address, has found and taken it. kept says that somebody keeps it: such a
// one, or whoever remove finds.
func (p *Provider) Remove(ctx context.Context, turn, id string, remove func() (kept bool, err error)) (kept bool, err error) {
	done, err := p.Turn(ctx, turn)
	if err != nil {
		return false, err
	}
	defer done()
	if p.Kept(id) {
		return true, nil
	}
	return remove()
}
