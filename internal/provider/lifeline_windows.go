//go:build windows

package provider

import (
	"context"
	"os"
)

// parentGone returns once the process that started this one has died. Windows lets
// anybody wait for a process.
func parentGone(ctx context.Context) {
	parent, err := os.FindProcess(os.Getppid())
	if err != nil {
		return // it is dead already
	}
	if _, err := parent.Wait(); err != nil {
		<-ctx.Done() // who cannot tell goes on
	}
}
