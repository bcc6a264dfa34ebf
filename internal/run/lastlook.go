package run

import (
	"context"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// LastLookBudget is how long a run that ended early may still look. It is short:
// Terraform kills a provider that does not end soon after it was asked to.
const LastLookBudget = 10 * time.Second

// LastLook looks once more after a run's context has ended. Where the look gives an error
// nothing newer is known, and what it returned is not to be used.
func LastLook[O any](ctx context.Context, look func(context.Context) (O, error)) (O, error) {
	within, cancel := clock.WithTimeout(context.WithoutCancel(ctx), clock.System{}, LastLookBudget)
	defer cancel()
	return look(within)
}
