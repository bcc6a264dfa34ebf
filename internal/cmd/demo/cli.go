package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cmd/stage"
)

// A cli is what the demo asks the CLI about its one resource.
type cli struct{ *stage.CLI }

// write replaces the configuration.
func (c *cli) write(main string) error {
	return os.WriteFile(filepath.Join(c.Dir, "main.tf"), []byte(main), 0o600)
}

const planFile = "plan.out"

// A plan is what the CLI says will happen to the switch.
type plan struct {
	actions []string
	steps   []string
	said    stage.Messages
}

// plan saves a plan and reads it.
func (c *cli) plan(ctx context.Context) (plan, error) {
	said, err := c.Run(ctx, "plan", "-input=false", "-json", "-out="+planFile)
	if err != nil {
		return plan{}, err
	}
	document, err := c.Run(ctx, "show", "-no-color", "-json", planFile)
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
	_, object, _ := strings.Cut(document.Raw, "{")
	if err := json.NewDecoder(strings.NewReader("{" + object)).Decode(&shown); err != nil {
		return plan{}, fmt.Errorf("reading the plan: %w", err)
	}
	if len(shown.ResourceChanges) != 1 {
		return plan{}, fmt.Errorf("the plan has %d resources, not one:\n%s", len(shown.ResourceChanges), said.Raw)
	}
	change := shown.ResourceChanges[0].Change
	return plan{actions: change.Actions, steps: change.After.Steps, said: said}, nil
}

// attributes are what the state on disk says about the switch.
type attributes struct {
	Live        string `json:"live"`
	LastCutover struct {
		Events []struct {
			At        time.Time `json:"at"`
			Step      string    `json:"step"`
			Result    string    `json:"result"`
			Seconds   float64   `json:"seconds"`
			RequestID string    `json:"request_id"`
		} `json:"events"`
	} `json:"last_cutover"`
}

func (c *cli) state() (attributes, error) {
	raw, err := os.ReadFile(filepath.Join(c.Dir, "terraform.tfstate"))
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

// events are the steps that the state says were taken since a time, each with what came of
// it, unless that is only that AWS accepted it.
func (c *cli) events(since time.Time) ([]event, error) {
	state, err := c.state()
	var out []event
	for _, e := range state.LastCutover.Events {
		what := e.Step
		if e.Result != "" && e.Result != "accepted" {
			what += ": " + e.Result
		}
		if !e.At.Before(since.Truncate(time.Millisecond)) {
			out = append(out, event{at: e.At, what: what, took: time.Duration(e.Seconds * float64(time.Second)), request: e.RequestID})
		}
	}
	return out, err
}
