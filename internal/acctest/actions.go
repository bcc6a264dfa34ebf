package acctest

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// actionsCLI is where internal/tools/cli says which CLI to invoke actions with: the one
// that everything else is tested with, if it can, or one that was built for this.
const actionsCLI = "CDN_ACTIONS_CLI"

// NeedActions skips a test where no CLI has actions: internal/tools/cli says loudly that
// there is none, and how to get one.
func NeedActions(t *testing.T) {
	t.Helper()
	if os.Getenv(actionsCLI) == "" {
		t.Skip("SKIPPED: neither the CLI under test nor any other that was built for it has actions, so they were invoked over the protocol only; make testactions builds one")
	}
}

// Acting returns a workspace whose CLI has actions.
func (c *CLI) Acting() *Workspace {
	c.t.Helper()
	w := c.Workspace()
	w.other = os.Getenv(actionsCLI)
	return w
}

// Act writes one action.
func (c *CLI) Act(address string, body Config) string {
	typ, name, _ := strings.Cut(address, ".")
	return fmt.Sprintf("action %q %q {\n%s}\n", typ, name, block("config", body))
}
