package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A cli runs Terraform or OpenTofu in one directory, with the provider from this
// tree and without a network: a development override needs no init.
type cli struct {
	path, dir, name string
	env             []string
}

func newCLI(ctx context.Context, path, bin, dir string) (*cli, error) {
	rc := filepath.Join(dir, "cli.tfrc")
	override := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"cdn-bluegreen/cdn\" = %q\n  }\n  direct {}\n}\n", bin)
	if err := os.WriteFile(rc, []byte(override), 0o600); err != nil {
		return nil, err
	}
	c := &cli{path: path, dir: dir}
	for _, kv := range os.Environ() {
		// Nothing of the user's own: no arguments, no variables, no account.
		if !strings.HasPrefix(kv, "TF_") && !strings.HasPrefix(kv, "AWS_") {
			c.env = append(c.env, kv)
		}
	}
	c.env = append(c.env, "TF_CLI_CONFIG_FILE="+rc, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_EC2_METADATA_DISABLED=true")
	out, err := c.run(ctx, "version")
	if err != nil {
		return nil, err
	}
	c.name, _, _ = strings.Cut(out.raw, "\n")
	return c, nil
}

// A failure is a command of the CLI that did not succeed.
type failure struct {
	command string
	said    messages
	err     error
}

// Error implements error. It is all that the command said.
func (f *failure) Error() string {
	return fmt.Sprintf("%s: %v. It said:\n\n%s", f.command, f.err, f.said.raw)
}

// Unwrap implements the interface of errors.Is.
func (f *failure) Unwrap() error { return f.err }

// A command is one run of the CLI.
type command struct {
	*process
	said    bytes.Buffer // read it after the end
	began   time.Time
	command string
}

// start runs a command of the CLI; its end is the caller's to wait for.
func (c *cli) start(args ...string) (*command, error) {
	r := &command{process: newProcess(c.path, args...), began: clk.Now(), command: filepath.Base(c.path) + " " + strings.Join(args, " ")}
	r.Dir, r.Env, r.Stdout, r.Stderr = c.dir, c.env, &r.said, &r.said
	r.WaitDelay = grace
	return r, r.process.start(nil)
}

// wait waits for the end of the command. When ctx ends first, it interrupts the
// command as Ctrl-C would, and gives it time to stop.
func (r *command) wait(ctx context.Context) (messages, error) {
	select {
	case <-r.ended:
	case <-ctx.Done():
		r.interrupt()
		r.within(ctx, grace)
		r.kill() // whatever it may have left
		return messages{}, ctx.Err()
	}
	said := read(r.said.String())
	if r.err != nil {
		return said, &failure{r.command, said, r.err}
	}
	return said, nil
}

func (c *cli) run(ctx context.Context, args ...string) (messages, error) {
	r, err := c.start(args...)
	if err != nil {
		return messages{}, err
	}
	return r.wait(ctx)
}

// messages are what a command said, in the form that -json gives it.
type messages struct {
	raw         string
	summary     string // "Apply complete! …"
	diagnostics []diagnostic
}

// A diagnostic is a warning or an error.
type diagnostic struct {
	Severity string `json:"severity"`
	Summary  string `json:"summary"`
	Detail   string `json:"detail"`
}

// String words a diagnostic as the CLI does.
func (d diagnostic) String() string {
	severity := "Warning"
	if d.Severity == "error" {
		severity = "Error"
	}
	return severity + ": " + d.Summary + "\n\n" + d.Detail
}

// read picks out what matters; a line that is no message says nothing here.
func read(raw string) messages {
	out := messages{raw: raw}
	for line := range strings.Lines(raw) {
		var m struct {
			Type       string     `json:"type"`
			Message    string     `json:"@message"`
			Diagnostic diagnostic `json:"diagnostic"`
		}
		if json.Unmarshal([]byte(line), &m) != nil {
			continue
		}
		switch {
		case m.Type == "change_summary" && strings.HasPrefix(m.Message, "Apply complete!"):
			out.summary = m.Message
		case m.Type == "diagnostic" && !strings.Contains(m.Diagnostic.Summary, "development overrides"):
			out.diagnostics = append(out.diagnostics, m.Diagnostic)
		}
	}
	return out
}

// find returns the diagnostic with that summary.
func (m messages) find(summary string) (diagnostic, bool) {
	for _, d := range m.diagnostics {
		if d.Summary == summary {
			return d, true
		}
	}
	return diagnostic{}, false
}

// write replaces the configuration.
func (c *cli) write(main string) error {
	return os.WriteFile(filepath.Join(c.dir, "main.tf"), []byte(main), 0o600)
}

const planFile = "plan.out"

// A plan is what the CLI says will happen to the switch.
type plan struct {
	actions []string
	steps   []string
	said    messages
}

// plan saves a plan and reads it.
func (c *cli) plan(ctx context.Context) (plan, error) {
	said, err := c.run(ctx, "plan", "-input=false", "-json", "-out="+planFile)
	if err != nil {
		return plan{}, err
	}
	document, err := c.run(ctx, "show", "-no-color", "-json", planFile)
	if err != nil {
		return plan{}, err
	}
	var shown struct {
		ResourceChanges []struct {
			Change struct {
				Actions []string `json:"actions"`
				After   struct {
					Steps []string `json:"steps"`
				} `json:"after"`
			} `json:"change"`
		} `json:"resource_changes"`
	}
	// A development override puts a warning before the document.
	_, object, _ := strings.Cut(document.raw, "{")
	if err := json.NewDecoder(strings.NewReader("{" + object)).Decode(&shown); err != nil {
		return plan{}, fmt.Errorf("reading the plan: %w", err)
	}
	if len(shown.ResourceChanges) != 1 {
		return plan{}, fmt.Errorf("the plan has %d resources, not one:\n%s", len(shown.ResourceChanges), said.raw)
	}
	change := shown.ResourceChanges[0].Change
	return plan{actions: change.Actions, steps: change.After.Steps, said: said}, nil
}

// attributes are what the state on disk says about the switch.
type attributes struct {
	Live        string `json:"live"`
	LastCutover struct {
		Events []string `json:"events"`
	} `json:"last_cutover"`
}

func (c *cli) state() (attributes, error) {
	raw, err := os.ReadFile(filepath.Join(c.dir, "terraform.tfstate"))
	if err != nil {
		return attributes{}, err
	}
	var state struct {
		Resources []struct {
			Instances []struct {
				Attributes attributes `json:"attributes"`
			} `json:"instances"`
		} `json:"resources"`
	}
	if err := json.Unmarshal(raw, &state); err != nil {
		return attributes{}, fmt.Errorf("reading the state: %w", err)
	}
	if len(state.Resources) != 1 || len(state.Resources[0].Instances) != 1 {
		return attributes{}, errors.New("the state does not hold the switch")
	}
	return state.Resources[0].Instances[0].Attributes, nil
}

// events are the steps that the state says were taken since a time. It gives their
// times in whole seconds.
func (c *cli) events(since time.Time) ([]event, error) {
	state, err := c.state()
	var out []event
	for _, text := range state.LastCutover.Events {
		stamp, what, _ := strings.Cut(text, " ")
		at, err := time.Parse(time.RFC3339, stamp)
		if err != nil {
			return nil, fmt.Errorf("reading the state: %w", err)
		}
		if !at.Before(since.Truncate(time.Second)) {
			out = append(out, event{at, what})
		}
	}
	return out, err
}
