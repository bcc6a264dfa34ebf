package provider

import (
	"context"
	"os"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// glance is how long the death of the CLI may go unnoticed.
const glance = time.Second

// outlive ends this process after the CLI that started it has died. A CLI that ends
// tells its plugins; one that is killed cannot, and go-plugin (v1.7.0) goes on serving
// nobody for ever. What is being done is told to stop, as an interrupt tells it, and
// gets as long as after that; a write that is under way gets its answer.
func (s *server) outlive(parentGone func(context.Context)) {
	parentGone(context.Background())
	s.drain()
	os.Exit(1)
}

// drain stops what is being done, and returns once it is over, or patience is.
func (s *server) drain() {
	ctx, cancel := clock.WithTimeout(context.Background(), clock.System{}, patience)
	defer cancel()
	_, _ = s.StopProvider(ctx, nil) // it never fails, and there is nobody to tell
	for _, over := range s.running() {
		select {
		case <-over:
		case <-ctx.Done():
			return
		}
	}
}
