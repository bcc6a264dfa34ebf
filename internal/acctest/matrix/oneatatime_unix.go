//go:build unix

package matrix

import (
	"os"
	"path/filepath"
	"syscall"
)

// oneAtATime waits until no other process of this machine is between it and what it returns.
// Whoever compiles while another compiles the same finds nothing in the build cache yet. It
// saves time and nothing else, so where there can be no such file nobody waits.
func oneAtATime() (done func()) {
	f, err := os.OpenFile(filepath.Join(os.TempDir(), "cdn-mutants.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return func() {}
	}
	for syscall.Flock(int(f.Fd()), syscall.LOCK_EX) == syscall.EINTR {
	}
	return func() { _ = f.Close() } // which lets go of it
}
