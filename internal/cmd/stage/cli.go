package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A CLI runs Terraform or OpenTofu in one directory, with the provider from this
// tree and without a network: a development override needs no init.
type CLI struct {
	Name string // and version, as it says itself
	Dir  string // where it runs
	Env  []string

	path string
}

// NewCLI prepares dir for the CLI at path, with the provider in bin.
func NewCLI(ctx context.Context, path, bin, dir string) (*CLI, error) {
	rc := filepath.Join(dir, "cli.tfrc")
	override := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"cdn-bluegreen/cdn\" = %q\n  }\n  direct {}\n}\n", bin)
	if err := os.WriteFile(rc, []byte(override), 0o600); err != nil {
		return nil, err
	}
	c := &CLI{path: path, Dir: dir}
	for _, kv := range os.Environ() {
		// Nothing of the user's own: no arguments, no variables, no account.
		if !strings.HasPrefix(kv, "TF_") && !strings.HasPrefix(kv, "AWS_") {
			c.Env = append(c.Env, kv)
		}
	}
	c.Env = append(c.Env, "TF_CLI_CONFIG_FILE="+rc, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_EC2_METADATA_DISABLED=true")
	out, err := c.Run(ctx, "version")
	if err != nil {
		return nil, err
	}
	c.Name, _, _ = strings.Cut(out.Raw, "\n")
	return c, nil
}

// A Failure is a command of the CLI that did not succeed.
type Failure struct {
	command string
	Said    Messages
	err     error
}

// Error implements error. It is all that the command said.
func (f *Failure) Error() string {
	return fmt.Sprintf("%s: %v. It said:\n\n%s", f.command, f.err, f.Said.Raw)
}

// Unwrap implements the interface of errors.Is.
func (f *Failure) Unwrap() error { return f.err }

// A Command is one run of the CLI.
type Command struct {
	*Child
	said    bytes.Buffer // read it after the end
	Began   time.Time
	command string
}

// Start runs a command of the CLI; its end is the caller's to wait for.
func (c *CLI) Start(args ...string) (*Command, error) {
	r := &Command{Child: NewChild(c.path, args...), Began: clk.Now(), command: filepath.Base(c.path) + " " + strings.Join(args, " ")}
	r.Dir, r.Env, r.Stdout, r.Stderr = c.Dir, c.Env, &r.said, &r.said
	r.WaitDelay = Grace
	return r, r.Child.Start(nil)
}

// Wait waits for the end of the command. When ctx ends first, it interrupts the
// command as Ctrl-C would, and gives it time to stop.
func (r *Command) Wait(ctx context.Context) (Messages, error) {
	select {
	case <-r.Ended:
	case <-ctx.Done():
		r.Interrupt()
		r.Within(ctx, Grace)
		r.Kill() // whatever it may have left
		return Messages{}, ctx.Err()
	}
	said := Read(r.said.String())
	if r.Err != nil {
		return said, &Failure{r.command, said, r.Err}
	}
	return said, nil
}

// Said is all that the command said; ask after its end.
func (r *Command) Said() string { return r.said.String() }

// Run runs a command to its end.
func (c *CLI) Run(ctx context.Context, args ...string) (Messages, error) {
	r, err := c.Start(args...)
	if err != nil {
		return Messages{}, err
	}
	return r.Wait(ctx)
}

// Messages are what a command said, in the form that -json gives it.
type Messages struct {
	Raw         string
	Summary     string // "Apply complete! …"
	Diagnostics []Diagnostic
}

// A Diagnostic is a warning or an error.
type Diagnostic struct {
	Severity string `json:"severity"`
	Summary  string `json:"summary"`
	Detail   string `json:"detail"`
}

// String words a diagnostic as the CLI does.
func (d Diagnostic) String() string {
	severity := "Warning"
	if d.Severity == "error" {
		severity = "Error"
	}
	return severity + ": " + d.Summary + "\n\n" + d.Detail
}

// Read picks out what matters; a line that is no message says nothing here.
func Read(raw string) Messages {
	out := Messages{Raw: raw}
	for line := range strings.Lines(raw) {
		var m struct {
			Type       string     `json:"type"`
			Message    string     `json:"@message"`
			Diagnostic Diagnostic `json:"diagnostic"`
		}
		if json.Unmarshal([]byte(line), &m) != nil {
			continue
		}
		switch {
		case m.Type == "change_summary" && strings.HasPrefix(m.Message, "Apply complete!"):
			out.Summary = m.Message
		case m.Type == "diagnostic" && !strings.Contains(m.Diagnostic.Summary, "development overrides"):
			out.Diagnostics = append(out.Diagnostics, m.Diagnostic)
		}
	}
	return out
}

// Find returns the diagnostic with that summary.
func (m Messages) Find(summary string) (Diagnostic, bool) {
	for _, d := range m.Diagnostics {
		if d.Summary == summary {
			return d, true
		}
	}
	return Diagnostic{}, false
}
