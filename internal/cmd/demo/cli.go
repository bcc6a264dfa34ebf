package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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
	c.name, _, _ = strings.Cut(out, "\n")
	return c, nil
}

// A failure is a command of the CLI that did not succeed. Its text is all the
// command said.
type failure struct {
	command, said string
	err           error
}

// Error implements error.
func (f *failure) Error() string {
	return fmt.Sprintf("%s: %v. It said:\n\n%s", f.command, f.err, f.said)
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
func (r *command) wait(ctx context.Context) (string, error) {
	select {
	case <-r.ended:
	case <-ctx.Done():
		r.interrupt()
		r.within(grace)
		r.kill() // whatever it may have left
		return "", ctx.Err()
	}
	if r.err != nil {
		return r.said.String(), &failure{r.command, r.said.String(), r.err}
	}
	return r.said.String(), nil
}

func (c *cli) run(ctx context.Context, args ...string) (string, error) {
	r, err := c.start(args...)
	if err != nil {
		return "", err
	}
	return r.wait(ctx)
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
	said    string
}

// plan saves a plan and reads it.
func (c *cli) plan(ctx context.Context) (plan, error) {
	said, err := c.run(ctx, "plan", "-input=false", "-no-color", "-out="+planFile)
	if err != nil {
		return plan{}, err
	}
	raw, err := c.run(ctx, "show", "-no-color", "-json", planFile)
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
	if i := strings.Index(raw, "{"); i > 0 {
		raw = raw[i:]
	}
	if err := json.NewDecoder(strings.NewReader(raw)).Decode(&shown); err != nil {
		return plan{}, fmt.Errorf("reading the plan: %w", err)
	}
	if len(shown.ResourceChanges) != 1 {
		return plan{}, fmt.Errorf("the plan has %d resources, not one:\n%s", len(shown.ResourceChanges), said)
	}
	c0 := shown.ResourceChanges[0].Change
	return plan{actions: c0.Actions, steps: c0.After.Steps, said: said}, nil
}

// live reads from the state on disk which side it believes to be live.
func (c *cli) live() (string, error) {
	raw, err := os.ReadFile(filepath.Join(c.dir, "terraform.tfstate"))
	if err != nil {
		return "", err
	}
	var state struct {
		Resources []struct {
			Instances []struct {
				Attributes struct {
					Live string `json:"live"`
				} `json:"attributes"`
			} `json:"instances"`
		} `json:"resources"`
	}
	if err := json.Unmarshal(raw, &state); err != nil {
		return "", fmt.Errorf("reading the state: %w", err)
	}
	if len(state.Resources) != 1 || len(state.Resources[0].Instances) != 1 {
		return "", errors.New("the state does not hold the switch")
	}
	return state.Resources[0].Instances[0].Attributes.Live, nil
}

var box = regexp.MustCompile(`(?ms)^╷\n(.*?)^╵\n?`)

// diagnostics are the warnings and errors in what the CLI said, without the one
// that reminds of the development override.
func diagnostics(said string) string {
	var out []string
	for _, m := range box.FindAllStringSubmatch(said, -1) {
		if !strings.Contains(m[1], "development overrides") {
			out = append(out, strings.TrimRight(m[1], "\n"))
		}
	}
	return strings.Join(out, "\n\n")
}
