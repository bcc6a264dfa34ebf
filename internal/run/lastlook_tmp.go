package run

import (
	"context"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// LastLookBudget is how long a run that was told to stop may still look.
const LastLookBudget = 10 * time.Second

// LastLook looks once more after the run's context has ended.
func LastLook[O any](ctx context.Context, look func(context.Context) (O, error)) (O, error) {
	within, cancel := clock.WithTimeout(context.WithoutCancel(ctx), clock.System{}, LastLookBudget)
	defer cancel()
	return look(within)
}
