package acctest

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// program is the provider as it is shipped: the CLI starts it, so it has an
// environment and a log of its own, and the machine's clock.
type program struct{ env []string }

// Hasty is a world for Program: on the machine's clock, and done in seconds.
func Hasty() awssim.Options {
	knobs := knob.Defaults()
	knobs.InsyncSpan, knobs.DNSCheckDelay = 100*time.Millisecond, 200*time.Millisecond
	return awssim.Options{Clock: clock.System{}, Propagation: time.Second, Knobs: &knobs}
}

// Program returns a workspace, without state, in which the CLI starts the provider
// itself, with these variables and none of the machine's that begin with AWS_ or TF_.
func (c *CLI) Program(variables ...string) *Workspace {
	c.t.Helper()
	w := c.Workspace()
	binary := filepath.Join(w.dir, "bin", "terraform-provider-cdn")
	build := exec.CommandContext(c.t.Context(), "go", "build", "-o", binary, "github.com/cdn-bluegreen/terraform-provider-cdn")
	if out, err := build.CombinedOutput(); err != nil {
		c.t.Fatalf("building the provider: %v\n%s", err, out)
	}
	// A development override needs no init, and no registry.
	rc := filepath.Join(w.dir, "cli.tfrc")
	override := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    %[2]q = %[1]q\n    %[3]q = %[1]q\n  }\n  direct {}\n}\n", filepath.Dir(binary), addresses()[0], addresses()[1])
	c.must(os.WriteFile(rc, []byte(override), 0o600))
	w.program = &program{}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "AWS_") && !strings.HasPrefix(v, "TF_") {
			w.program.env = append(w.program.env, v)
		}
	}
	w.program.env = append(w.program.env, "TF_CLI_CONFIG_FILE="+rc,
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_EC2_METADATA_DISABLED=true")
	w.program.env = append(w.program.env, variables...)
	return w
}

// File writes a file into the workspace and returns its path.
func (w *Workspace) File(name, content string) string {
	w.cli.t.Helper()
	path := filepath.Join(w.dir, name)
	w.cli.must(os.WriteFile(path, []byte(content), 0o600))
	return path
}

// Path is where a file of the workspace is, or would be.
func (w *Workspace) Path(name string) string { return filepath.Join(w.dir, name) }

// RawState is the state file as it is.
func (w *Workspace) RawState() string {
	w.cli.t.Helper()
	raw, err := os.ReadFile(filepath.Join(w.dir, "terraform.tfstate"))
	w.cli.must(err)
	return string(raw)
}

// Addresses are where the site is reached: the URL of the AWS services, and
// host:port of the POPs.
func (c *CLI) Addresses() (control, edge string) { return c.control, c.edge }

// Provider writes a provider block for this site's POPs, with more in it. Where the
// services are is for the environment to say.
func (c *CLI) Provider(body Config) string {
	out := Config{"poll_interval": "500ms", "endpoints": Block{"edge": c.edge}}
	maps.Copy(out, body)
	return block(`provider "cdn"`, out)
}

// Resource writes one resource.
func (c *CLI) Resource(address string, body Config) string {
	typ, name, _ := strings.Cut(address, ".")
	return block(fmt.Sprintf("resource %q %q", typ, name), body)
}
