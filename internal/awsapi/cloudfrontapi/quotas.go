package cloudfrontapi

import (
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// Quotas are what CloudFront allows of invalidations. All invalidations of a client share
// them, whichever resource asks: who would exceed one waits for its turn, in the order in
// which they came.
//
// CloudFront has published two sets. The Developer Guide has limits per second, without
// saying whether of an account or of a distribution; the client takes them for those of the
// account, which keeps to both. The General Reference has limits of what is in progress, of
// each distribution. What others have asked for the client does not know; CloudFront then
// says so, and has the last word.
type Quotas struct {
	// PathsPerSecond counts paths and cache tags, WildcardsPerSecond paths that end in *.
	// A batch that is larger is sent whole, and the next one waits for as long as it is worth.
	PathsPerSecond, WildcardsPerSecond int
	// PathsInProgress counts paths without a wildcard and cache tags, WildcardsInProgress
	// the others, of each distribution.
	PathsInProgress, WildcardsInProgress int
}

// DefaultQuotas are those of an account for which nobody has asked for more.
var DefaultQuotas = Quotas{PathsPerSecond: 150, WildcardsPerSecond: 1, PathsInProgress: 3000, WildcardsInProgress: 15}

// Limit sets the quotas. A client begins with DefaultQuotas; nobody is to be waiting yet.
func (c *Client) Limit(q Quotas) {
	c.quotas, c.pace = q, newPace(c.clock, q)
}

// Quotas returns what Limit has set.
func (c *Client) Quotas() Quotas { return c.quotas }

// Fits returns an awsapi.TooLarge if one batch of these items is more than may be in progress, and
// else nil.
func (q Quotas) Fits(items []string) error {
	switch n := sizeOf(items); {
	case n.paths > q.PathsInProgress:
		return &awsapi.TooLarge{Has: n.paths, Most: q.PathsInProgress}
	case n.wildcards > q.WildcardsInProgress:
		return &awsapi.TooLarge{Has: n.wildcards, Most: q.WildcardsInProgress, Wildcards: true}
	}
	return nil
}

// A size is how much of each quota something takes.
type size struct{ paths, wildcards int }

func sizeOf(items []string) (n size) {
	for _, item := range items {
		if strings.HasPrefix(item, "/") && strings.HasSuffix(item, "*") {
			n.wildcards++
		} else {
			n.paths++
		}
	}
	return n
}

// A batchSent is an invalidation that this client has asked for and not seen carried out.
type batchSent struct {
	size

	id string // "" while nobody has answered
}

// admit waits until an invalidation of a distribution may be asked for. leave says what
// became of it: the id that CloudFront gave it, or "" if it was not taken.
func (c *Client) admit(ctx context.Context, id string, b *batchSent) (leave func(taken string), err error) {
	q := c.of(id)
	if err = c.room(ctx, q, id, b); err != nil {
		return nil, err
	}
	leave = func(taken string) {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.sent = slices.DeleteFunc(q.sent, func(s *batchSent) bool {
			if s == b {
				return taken == ""
			}
			return taken != "" && s.id == taken // asked for again, it is in progress once
		})
		b.id = taken
	}
	if err = c.pace.take(ctx, b.size); err != nil {
		leave("")
		return nil, err
	}
	return leave, nil
}

// lookAgain is how long whoever waits for others to be carried out waits between two looks.
const lookAgain = 15 * time.Second

// room waits until a batch fits into what may be in progress for a distribution, and enters it.
func (c *Client) room(ctx context.Context, q *queue, id string, b *batchSent) error {
	why := "waiting for its turn: other invalidations of " + id + " use up what may be in progress"
	leave, err := inTurn(ctx, q.invalidate, why) // whoever comes later waits here
	if err != nil {
		return err
	}
	defer leave()
	for {
		q.mu.Lock()
		total := b.size
		var running []string
		for _, s := range q.sent {
			total.paths, total.wildcards = total.paths+s.paths, total.wildcards+s.wildcards
			running = append(running, s.id)
		}
		if total.paths <= c.quotas.PathsInProgress && total.wildcards <= c.quotas.WildcardsInProgress {
			q.sent = append(q.sent, b)
			q.mu.Unlock()
			return nil
		}
		q.mu.Unlock()
		before := len(running)
		for _, r := range running {
			if r == "" {
				continue // it is being asked for
			}
			if _, err := c.Invalidation(ctx, id, r); ctx.Err() != nil {
				return ctx.Err()
			} else if err != nil {
				c.carriedOut(id, r) // or it cannot be seen: then CloudFront says whether there is room
			}
		}
		q.mu.Lock()
		after := len(q.sent)
		q.mu.Unlock()
		if after < before {
			continue
		}
		awsapi.Waiting(ctx, why)
		if err := c.clock.Sleep(ctx, lookAgain); err != nil {
			return err
		}
	}
}

// carriedOut says that an invalidation is in progress no more.
func (c *Client) carriedOut(id, which string) {
	q := c.of(id)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sent = slices.DeleteFunc(q.sent, func(s *batchSent) bool { return s.id == which })
}

// A pace hands out what a second allows.
type pace struct {
	clock clock.Clock
	// Whoever has the token is sent next; the others wait in the order in which they came.
	turn             chan struct{}
	paths, wildcards *rate.Limiter
}

func newPace(c clock.Clock, q Quotas) *pace {
	limiter := func(perSecond int) *rate.Limiter { return rate.NewLimiter(rate.Limit(perSecond), perSecond) }
	return &pace{clock: c, turn: make(chan struct{}, 1), paths: limiter(q.PathsPerSecond), wildcards: limiter(q.WildcardsPerSecond)}
}

// take waits until n may be sent. Whoever waits has reserved nothing, so that one who gives
// up leaves no gap. What is more than a second allows is taken all the same, and those who
// come later wait it out: no batch is in pieces, because a switch has one invalidation.
func (p *pace) take(ctx context.Context, n size) error {
	const why = "waiting for its turn: other invalidations use up what CloudFront takes in a second"
	leave, err := inTurn(ctx, p.turn, why)
	if err != nil {
		return err
	}
	defer leave()
	paths, wildcards := n.paths+n.wildcards, n.wildcards
	for {
		now := p.clock.Now()
		a, b := p.paths.ReserveN(now, min(paths, p.paths.Burst())), p.wildcards.ReserveN(now, min(wildcards, p.wildcards.Burst()))
		wait := max(a.DelayFrom(now), b.DelayFrom(now))
		if wait == 0 {
			owe(p.paths, now, paths-p.paths.Burst())
			owe(p.wildcards, now, wildcards-p.wildcards.Burst())
			return nil
		}
		a.CancelAt(now)
		b.CancelAt(now)
		awsapi.Waiting(ctx, why)
		if err := p.clock.Sleep(ctx, wait.Truncate(time.Millisecond)+time.Millisecond); err != nil { // AWS rounds as it likes
			return err
		}
	}
}

// inTurn enters, and tells whoever asked to be told if it has to wait for that.
func inTurn(ctx context.Context, token chan struct{}, why string) (leave func(), err error) {
	if len(token) == cap(token) {
		awsapi.Waiting(ctx, why)
	}
	return enter(ctx, token)
}

// owe takes n that are not there yet.
func owe(from *rate.Limiter, now time.Time, n int) {
	for ; n > 0; n -= from.Burst() {
		from.ReserveN(now, min(n, from.Burst()))
	}
}
