//go:build !windows

package provider

import (
	"context"
	"os"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// parentGone returns once the process that started this one has died: then somebody
// else adopts it.
func parentGone(ctx context.Context) {
	for parent := os.Getppid(); os.Getppid() == parent; {
		if (clock.System{}).Sleep(ctx, glance) != nil {
			return
		}
	}
}
