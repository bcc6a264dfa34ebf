package acctest

import (
	"os"
	"testing"
)

// otherCLI is where internal/tools/cli says which other CLI there is: OpenTofu where
// Terraform is under test, and the other way round.
const otherCLI = "CDN_OTHER_CLI"

// EachCLI runs a test with the CLI under test, and with the other of Terraform and
// OpenTofu where it is there: internal/tools/cli says loudly when it is not. The test has
// its workspaces use the CLI.
func EachCLI(t *testing.T, test func(t *testing.T, use func(*Workspace))) {
	t.Helper()
	t.Run("under test", func(t *testing.T) { test(t, func(*Workspace) {}) })
	t.Run("the other", func(t *testing.T) {
		other := os.Getenv(otherCLI)
		if other == "" {
			t.Skip("SKIPPED: only one of Terraform and OpenTofu is here, so nothing here shows that this works with the other")
		}
		test(t, func(w *Workspace) { w.other = other })
	})
}
