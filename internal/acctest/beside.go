package acctest

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// NeedAWSProvider skips a test where there is no hashicorp/aws: internal/tools/cli
// looks for it, and says loudly when it finds none.
func NeedAWSProvider(t *testing.T) {
	t.Helper()
	if os.Getenv("CDN_AWS_PROVIDER") == "" {
		t.Skip("SKIPPED: there is no hashicorp/aws in any plugin folder of this machine, nor does its registry answer, so nothing here shows that both work in one configuration")
	}
}

// Beside returns a workspace in which hashicorp/aws works too, unmodified. One process
// of it, which takes longer to start than to do anything, serves all the commands; and
// a provider that runs already needs no init, and so no lock file and no registry.
func (c *CLI) Beside() *Workspace {
	c.t.Helper()
	w := c.Workspace()
	w.beside = c.startAWS()
	w.signs("AKIDBESIDE")
	return w
}

// As returns one more workspace with the same hashicorp/aws, which signs with another access key
// there: one process of it can be of one account at a time.
func (w *Workspace) As(accessKey string) *Workspace {
	w.cli.t.Helper()
	out := w.cli.Workspace()
	out.beside = w.beside
	out.signs(accessKey)
	return out
}

// signs configures hashicorp/aws with an access key.
func (w *Workspace) signs(accessKey string) {
	w.cli.t.Helper()
	// HCL of its own rather than block(): this is how people write it.
	w.Put("aws.tf", strings.Replace(`
terraform {
  required_providers {
    aws = { source = "registry.terraform.io/hashicorp/aws" }
    cdn = { source = "cdn-bluegreen/cdn" }
  }
}

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "AKIDBESIDE"
  secret_key                  = "secret"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
  s3_use_path_style           = true
}
`, "AKIDBESIDE", accessKey, 1))
}

// startAWS starts hashicorp/aws for the time of the test, and returns what a CLI needs to
// find it.
func (c *CLI) startAWS() (reattach []byte) {
	c.t.Helper()
	found, err := filepath.Glob(filepath.Join(os.Getenv("CDN_AWS_PROVIDER"), "terraform-provider-aws*"))
	c.must(err)
	if len(found) == 0 {
		c.t.Fatalf("there is no hashicorp/aws in %s", os.Getenv("CDN_AWS_PROVIDER"))
	}
	// The shell ends it when this process ends, whichever way that happens.
	cmd := exec.CommandContext(context.Background(), "sh", "-c", `"$0" -debug & exec >&-; read -r _; kill $!; wait`, found[0])
	for _, v := range os.Environ() {
		// With AWS_CA_BUNDLE it cannot be configured twice. What else begins like this would only mislead it.
		if !strings.HasPrefix(v, "AWS_") && !strings.HasPrefix(v, "TF_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	// A block endpoints says the same, but validating it takes hashicorp/aws ten seconds of processor time with every
	// command: it prints the block, of 300 attributes, several times for each of them.
	cmd.Env = append(cmd.Env, "AWS_ENDPOINT_URL="+c.control)
	out, err := cmd.StdoutPipe()
	c.must(err)
	in, err := cmd.StdinPipe()
	c.must(err)
	c.must(cmd.Start())
	lines := bufio.NewScanner(out)
	for reattach == nil && lines.Scan() {
		if _, value, ok := strings.Cut(lines.Text(), "TF_REATTACH_PROVIDERS='"); ok {
			reattach = []byte(strings.TrimSuffix(value, "'"))
		}
	}
	var drained sync.WaitGroup
	drained.Go(func() { _, _ = io.Copy(io.Discard, out) })
	c.t.Cleanup(func() {
		c.must(in.Close())
		drained.Wait()
		_ = cmd.Wait() // killed
	})
	if reattach == nil {
		c.t.Fatal("hashicorp/aws ended before it said where to find it")
	}
	return c.narrowed(reattach)
}

// Put writes one more file of the configuration.
func (w *Workspace) Put(name, hcl string) {
	w.cli.t.Helper()
	w.cli.must(os.WriteFile(filepath.Join(w.dir, name), []byte(hcl), 0o600))
}

// afar answers hashicorp/aws no sooner than over a network. Its SDK closes what it sends as soon as an answer begins,
// also before it has seen the end of it, and takes the connection for broken then: the answer is lost, and a create is
// sent again. What is longer than a buffer can be with us before that; see findings/.
func afar(aws http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > 2<<10 && strings.Contains(r.UserAgent(), "HashiCorp/") {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return // who is gone gets no answer
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			_ = clock.System{}.Sleep(r.Context(), 100*time.Millisecond)
		}
		aws.ServeHTTP(w, r)
	})
}
