//go:build !windows

package provider_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider"
)

// part is the environment variable that makes this test's program play another part.
const part = "CDN_TEST_PART"

// play is what a program of this test does, if it is not the test.
func play() {
	switch os.Getenv(part) {
	case "cli": // starts the provider as a CLI does, and never ends by itself
		self, err := os.Executable()
		if err != nil {
			os.Exit(3)
		}
		child := exec.Command(self) // without a context: it is to outlive everybody
		child.Env = append(os.Environ(), part+"=provider", "TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		if child.Start() != nil {
			os.Exit(4)
		}
		select {}
	case "provider":
		if provider.Serve("test", false) != nil {
			os.Exit(5)
		}
		os.Exit(0)
	}
}

// A provider whose CLI was killed ends by itself. Its standard output, which is open for
// as long as it lives, tells when.
func TestAProviderEndsAfterItsCLIWasKilled(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cli := exec.CommandContext(ctx, self)
	cli.Env = append(os.Environ(), part+"=cli")
	cli.Stdout = in
	if err := cli.Start(); err != nil {
		t.Fatal(err)
	}
	_ = in.Close() // the children's is another
	lines := bufio.NewReader(out)
	first, err := lines.ReadString('\n')
	if err != nil || !strings.Contains(first, "|grpc|") {
		t.Fatalf("the provider did not say where it serves: %q %v", first, err)
	}
	if err := cli.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cli.Wait() // it was killed
	if err := out.SetReadDeadline(deadline(ctx)); err != nil {
		t.Fatal(err)
	}
	if _, err := lines.ReadString('\n'); !errors.Is(err, io.EOF) {
		t.Errorf("the provider is still there: %v", err)
	}
}

func deadline(ctx context.Context) time.Time {
	at, _ := ctx.Deadline() // it has one
	return at
}
