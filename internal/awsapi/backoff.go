package awsapi

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
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
	// turns is how many times an attempt takes its turn while AWS throttles it. At a rate near that of the
	// service about every tenth is refused, so that of hundreds of calls one meets three refusals in a row.
	turns = 10
)

// A backoff is what all calls of a process to one service wait for, in the order in which they
// come, once AWS has throttled one of them: otherwise each of many would wait for itself,
// and all of them would come again at once, and whoever is unlucky three times would fail
// although AWS answers everybody else. The SDK's retries go on around it.
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
	turns int // how many times an attempt is made while it is throttled

	mu sync.Mutex
	of map[string]*backoff
}

// lined returns the back-offs of a process whose calls are retried as r says. Whoever chose
// a number of attempts gets that number.
func lined(r aws.Retryer, chosen int) *backoffs {
	if chosen == 0 && r.MaxAttempts() == retry.DefaultMaxAttempts {
		return &backoffs{turns: turns}
	}
	return &backoffs{turns: 1}
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
			for turn := 1; ; turn++ {
				if err := b.wait(ctx); err != nil {
					return middleware.FinalizeOutput{}, middleware.Metadata{}, err
				}
				attempt, err := anew(in)
				if err != nil {
					return middleware.FinalizeOutput{}, middleware.Metadata{}, err
				}
				out, meta, err := next.HandleFinalize(ctx, attempt)
				throttled := err != nil && errors.Is(kind(err), ErrThrottled)
				b.answered(throttled)
				if !throttled || turn >= all.turns {
					return out, meta, err
				}
			}
		}), "Retry", middleware.After)
}

// anew returns an attempt's request as if nobody had signed or sent it: what stands below
// here changes the one it gets.
func anew(in middleware.FinalizeInput) (middleware.FinalizeInput, error) {
	req, ok := in.Request.(*smithyhttp.Request)
	if !ok {
		return in, nil
	}
	in.Request = req.Clone()
	return in, req.RewindStream()
}
