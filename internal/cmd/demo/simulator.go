package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cmd/stage"
)

// clk is the machine's clock, which the simulator goes by too.
var clk = clock.System{}

// A simulator is the simulated AWS as a process.
type simulator struct {
	*stage.Simulator
	world *world
}

// startSimulator returns once the simulator says where it listens.
func startSimulator(ctx context.Context, program, logFile string, propagation time.Duration) (*simulator, error) {
	faster := float64(realPropagation) / float64(propagation)
	scaled := func(d time.Duration) string { return time.Duration(float64(d) / faster).String() }
	s, err := stage.StartSimulator(ctx, program, logFile,
		"-pops", fmt.Sprint(fleet), "-propagation", propagation.String(), "-seed", "1",
		"-knob", "insync_span="+scaled(30*time.Second), "-knob", "dns_check_delay="+scaled(time.Minute), "-knob", "invalidation_span="+scaled(25*time.Second))
	if err != nil {
		return nil, err
	}
	return &simulator{s, &world{s.World}}, nil
}

// A world is a simulated AWS as the demo looks at it.
type world struct{ *stage.World }

// A snapshot is the fleet at one moment.
type snapshot struct {
	at        time.Time
	serving   map[string]int // points of presence by distribution; "" serves nobody
	deploying bool           // a distribution is InProgress
	pending   bool           // a record is not on every name server yet
	target    string         // what the name's A record points at; "" if there is none
	known     int            // how many name servers know that already
	pops      []string       // their names
}

// look takes a snapshot of who serves the site.
func (w *world) look(ctx context.Context) (snapshot, error) {
	var state struct {
		Now           time.Time `json:"now"`
		POPs          []string  `json:"pops"`
		Distributions []struct {
			Status string `json:"status"`
		} `json:"distributions"`
		Aliases []struct {
			Name string `json:"name"`
			POPs []struct {
				Distribution string `json:"distribution"`
				Reason       string `json:"reason"`
			} `json:"pops"`
		} `json:"aliases"`
		Zones []struct {
			Records []struct {
				Name   string `json:"name"`
				Type   string `json:"type"`
				Alias  string `json:"alias"`
				Known  int    `json:"known"`
				Status string `json:"status"`
			} `json:"records"`
		} `json:"zones"`
	}
	if err := w.Admin(ctx, http.MethodGet, "state", nil, &state); err != nil {
		return snapshot{}, err
	}
	out := snapshot{at: state.Now, serving: map[string]int{}, pops: state.POPs}
	for _, d := range state.Distributions {
		out.deploying = out.deploying || d.Status != "Deployed"
	}
	for _, z := range state.Zones {
		for _, r := range z.Records {
			out.pending = out.pending || r.Status == "PENDING"
			if r.Type == "A" && strings.TrimSuffix(r.Name, ".") == siteName {
				out.target, out.known = strings.TrimSuffix(r.Alias, "."), r.Known
			}
		}
	}
	for _, a := range state.Aliases {
		if a.Name != siteName {
			continue
		}
		for _, p := range a.POPs {
			if p.Reason != "" {
				p.Distribution = ""
			}
			out.serving[p.Distribution]++
		}
	}
	return out, nil
}

// calls returns what the provider has called after a call number, and the number
// to go on from. What we do ourselves bears another access key.
func (w *world) calls(ctx context.Context, after int) ([]stage.Call, int, error) {
	return w.Calls(ctx, providerKey, after)
}

// An originState is how the simulator lets an origin behave.
type originState struct {
	Status  int               `json:"status,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
}

func (w *world) setOrigin(ctx context.Context, side side, status int) error {
	return w.Admin(ctx, http.MethodPut, "origins/"+side.origin, originState{Status: status, Headers: map[string]string{markerHeader: side.name}}, nil)
}
