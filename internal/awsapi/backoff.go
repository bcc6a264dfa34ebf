package awsapi

import (
	"context"
	"errors"
	"sync"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	"golang.org/x/time/rate"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

const (
	// firstRate is how many attempts a second a service is asked for once it has throttled
	// one. AWS publishes few of its limits; Route 53's is 5 for an account.
	firstRate = 5.0
	// leastRate is where it stops going down.
	leastRate = 0.5
	// faster is by how much each answer raises the rate, and atEase from which rate on nobody
	// waits any more.
	faster, atEase = 1.02, 50.0
	// slowing is what a throttled attempt leaves of it.
	slowing = 0.7
	// atOnce is how long throttled attempts count as one: those that were on their way together.
	atOnce = time.Second
)

// A backoff is what all calls of a process to one service wait for, in the order in which they
// come, once AWS has throttled one of them: otherwise each of many would wait for itself,
// and all of them would come again at once. The SDK's retries go on beside it.
type backoff struct {
	mu     sync.Mutex
	limit  *rate.Limiter // nil: nobody waits
	slower time.Time     // when it last went down
}

// wait waits for the turn of an attempt.
func (b *backoff) wait(ctx context.Context) error {
	now := clock.System{}.Now() // the network's time is the machine's, whatever clock the cutover runs on
	b.mu.Lock()
	if b.limit == nil {
		b.mu.Unlock()
		return nil
	}
	turn := b.limit.ReserveN(now, 1)
	b.mu.Unlock()
	if err := (clock.System{}).Sleep(ctx, turn.DelayFrom(now)); err != nil {
		turn.Cancel()
		return err
	}
	return nil
}

// answered notes what became of an attempt.
func (b *backoff) answered(throttled bool) {
	now := clock.System{}.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case throttled && b.limit == nil:
		b.limit, b.slower = rate.NewLimiter(firstRate, 1), now
	case throttled && now.Sub(b.slower) > atOnce:
		b.limit.SetLimitAt(now, max(leastRate, b.limit.Limit()*slowing))
		b.slower = now
	case throttled || b.limit == nil:
	case b.limit.Limit()*faster > atEase:
		b.limit = nil
	default:
		b.limit.SetLimitAt(now, b.limit.Limit()*faster)
	}
}

// backoffs are those of one process, by service.
type backoffs struct {
	mu sync.Mutex
	of map[string]*backoff
}

func (all *backoffs) to(service string) *backoff {
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.of == nil {
		all.of = map[string]*backoff{}
	}
	if all.of[service] == nil {
		all.of[service] = &backoff{}
	}
	return all.of[service]
}

// option stands inside the loop that tries again, before an attempt is signed.
func (all *backoffs) option(stack *middleware.Stack) error {
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("BackOffTogether",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			b := all.to(awsmiddleware.GetServiceID(ctx))
			if err := b.wait(ctx); err != nil {
				return middleware.FinalizeOutput{}, middleware.Metadata{}, err
			}
			out, meta, err := next.HandleFinalize(ctx, in)
			b.answered(err != nil && errors.Is(kind(err), ErrThrottled))
			return out, meta, err
		}), "Retry", middleware.After)
}
