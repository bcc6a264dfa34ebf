package cloudfrontapi

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// Gathering says how edits of one distribution come together in one write. A write is sent
// once nobody has come for Quiet, and at the latest Longest after the first came. Without
// any Quiet each edit has a write of its own.
type Gathering struct{ Quiet, Longest time.Duration }

// DefaultGathering suits switches that Terraform applies beside each other.
var DefaultGathering = Gathering{Quiet: 2 * time.Second, Longest: 10 * time.Second}

// Gather sets how edits come together from now on. A client begins with DefaultGathering.
func (c *Client) Gather(g Gathering) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gathering = g
}

func (c *Client) gatheringNow() Gathering {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gathering
}

// An Edit is what one caller wants changed of a distribution, beside what others want
// changed of it.
type Edit struct {
	// Decide says what is to be changed of the distribution as it is now; nothing, if it
	// is as it is to be. It is asked anew before every write that the edit is part of, at
	// most by one goroutine at a time, and never after Edit has returned. With an error the
	// edit leaves the batch, and that is what Edit returns.
	Decide func(ctx context.Context, now Distribution) ([]FieldChange, error)
	// Alone: the write may be refused for a while, so no other edit is to be part of it.
	Alone bool
}

// A Written says what became of an edit.
type Written struct {
	// At is when the last write was sent that the edit was part of; zero: there was none.
	At   time.Time
	With int // how many edits were part of it, this one included
	// Err is what became of it, nil if AWS took it. Edit may end otherwise: what AWS did not
	// take because somebody else was first is decided again.
	Err error
}

// A Contradiction is the error of an edit that wants a field otherwise than another edit
// of the same write.
type Contradiction struct{ Field Field }

// Error implements error.
func (c *Contradiction) Error() string {
	return fmt.Sprintf("somebody else wants %s of %s%s otherwise in the same write", c.Field.Name, c.Field.Behavior, c.Field.Origin)
}

// Limits of a batch.
const (
	// staleWrites is how often a batch is decided again because somebody else was first.
	staleWrites = 8
	// batchLasts is how long a batch may take, apart from gathering: a few reads and writes,
	// each with its own limit, for every edit it may be taken apart into.
	batchLasts = 15 * time.Minute
)

// Edit changes fields of a distribution together with whoever else edits it at about the
// same time: their edits share one read, one write and one deployment. Each is decided
// again on the distribution as it is by then. An edit that AWS refuses takes nobody with
// it: the others are written without it.
//
// When ctx ends, the edit leaves its batch; but one that is being written is waited for,
// because what became of it is to be known. Source: UpdateDistribution. Errors: those of
// Decide, Contradiction, ErrStale, ErrRefused, ErrNotFound, ErrUnknownElement.
func (c *Client) Edit(ctx context.Context, id string, e Edit) (Written, error) {
	m := &member{Edit: e, ctx: ctx, over: make(chan struct{})}
	if err := ctx.Err(); err != nil {
		return Written{}, err
	}
	q := c.of(id)
	q.mu.Lock()
	b := q.gathering
	shared := !e.Alone && c.gatheringNow().Quiet > 0
	joins := b != nil && shared
	if !joins {
		b = &batch{id: id, c: c, first: c.clock.Now()}
		if shared {
			q.gathering = b
		}
	}
	b.members, b.latest = append(b.members, m), c.clock.Now()
	q.mu.Unlock()
	if !joins {
		// The batch outlives whoever happened to come first.
		go b.run(context.WithoutCancel(ctx), q, shared)
	}
	select {
	case <-m.over:
	case <-ctx.Done():
		if m.leave() {
			return Written{}, ctx.Err()
		}
		<-m.over
	}
	return m.written, m.err
}

// A member is an edit in a batch.
type member struct {
	Edit
	ctx     context.Context //nolint:containedctx // of whoever waits for the edit
	written Written
	err     error
	over    chan struct{} // closed once written and err are final

	mu           sync.Mutex
	begun, ended bool
}

// leave ends an edit that has not begun, and says whether it had not.
func (m *member) leave() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.begun {
		m.ended = true
	}
	return !m.begun
}

// begin says whether an edit is still wanted. From then on its caller waits for its end.
func (m *member) begin() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.begun = !m.ended
	return m.begun
}

func (m *member) end(err error) {
	m.err = err
	close(m.over)
}

// A batch is the edits that are to share a write.
type batch struct {
	id            string
	c             *Client
	members       []*member // guarded by the queue's mutex while it gathers
	first, latest time.Time // likewise
}

// run gathers, takes the write queue, and writes.
func (b *batch) run(ctx context.Context, q *queue, shared bool) {
	for shared {
		g := b.c.gatheringNow()
		q.mu.Lock()
		until := b.latest.Add(g.Quiet)
		if last := b.first.Add(g.Longest); last.Before(until) {
			until = last
		}
		q.mu.Unlock()
		left := until.Sub(b.c.clock.Now())
		if left <= 0 {
			break
		}
		_ = b.c.clock.Sleep(ctx, left) // ctx has no end
	}
	within, cancel := clock.WithTimeout(ctx, b.c.clock, batchLasts)
	defer cancel()
	leave, err := enter(within, q.write) // until it is its turn, others may still come
	q.mu.Lock()
	if q.gathering == b {
		q.gathering = nil
	}
	q.mu.Unlock()
	var wanted []*member
	for _, m := range b.members {
		if m.begin() {
			wanted = append(wanted, m)
		}
	}
	if err != nil {
		for _, m := range wanted {
			m.end(fmt.Errorf("waiting for others who change %s: %w", b.id, awsapi.ErrStale))
		}
		return
	}
	defer leave()
	if rest := b.write(within, wanted); len(rest) > 1 {
		for _, m := range rest { // one of them is the culprit, and fails alone
			b.write(within, []*member{m})
		}
	}
}

// write decides the edits on the distribution as it is, and writes what they come to. It
// ends every edit, but for those of a write that AWS refused because of one of several.
func (b *batch) write(ctx context.Context, wanted []*member) (refused []*member) {
	if len(wanted) == 0 {
		return nil
	}
	var err error
	for range staleWrites {
		var d Distribution
		if d, err = b.c.Distribution(ctx, b.id, b.c.clock.Now()); err != nil {
			break
		}
		var changes []FieldChange
		wanted, changes = b.decide(ctx, d, wanted)
		if len(wanted) == 0 {
			return nil
		}
		for _, m := range wanted {
			m.written = Written{At: b.c.clock.Now(), With: len(wanted)}
		}
		err = b.c.setFields(awsapi.For(ctx, callers(wanted)...), d, changes)
		for _, m := range wanted {
			m.written.Err = err
		}
		if !errors.Is(err, awsapi.ErrStale) {
			break
		}
	}
	if apart := errors.Is(err, awsapi.ErrRefused) || errors.Is(err, awsapi.ErrInUse); apart && len(wanted) > 1 {
		return wanted
	}
	for _, m := range wanted {
		m.end(err)
	}
	return nil
}

// callers are the contexts of whoever waits for some edits.
func callers(of []*member) []context.Context {
	var out []context.Context
	for _, m := range of {
		out = append(out, m.ctx)
	}
	return out
}

// decide asks each edit what it comes to now. Those that come to nothing, or to an error,
// end; so do those whose callers have gone. It returns the others, and what they change.
func (b *batch) decide(ctx context.Context, d Distribution, wanted []*member) (left []*member, changes []FieldChange) {
	merged := map[Field]FieldChange{}
	for _, m := range wanted {
		own, err := m.decide(ctx, d)
		for _, change := range own {
			if other, taken := merged[change.Field]; taken && other.To != change.To && err == nil {
				err = &Contradiction{change.Field}
			}
		}
		if err != nil || len(own) == 0 {
			m.end(err)
			continue
		}
		for _, change := range own {
			merged[change.Field] = change
		}
		left = append(left, m)
	}
	return left, slices.Collect(maps.Values(merged))
}

// decide asks one edit. One whose changes the distribution does not take is out at once.
func (m *member) decide(ctx context.Context, d Distribution) ([]FieldChange, error) {
	if err := m.ctx.Err(); err != nil {
		return nil, err
	}
	changes, err := m.Decide(ctx, d)
	if err != nil || len(changes) == 0 {
		return nil, err
	}
	if _, err = edited(d, changes); err != nil {
		return nil, fmt.Errorf("changing behaviours of %s: %w", d.ID, err)
	}
	return changes, nil
}
