package main

import (
	"context"
	"fmt"
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
		"-knob", "insync_span="+scaled(30*time.Second), "-knob", "dns_check_delay="+scaled(time.Minute), "-knob", "invalidation_span="+scaled(20*time.Second))
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
	state, err := w.Look(ctx)
	if err != nil {
		return snapshot{}, err
	}
	out := snapshot{at: state.Now, serving: state.Serving(siteName), deploying: state.Deploying(), pending: state.Pending(), pops: state.POPs}
	for _, r := range state.Records(siteName) {
		if r.Type == "A" {
			out.target, out.known = r.Alias, r.Known
		}
	}
	return out, nil
}

// calls returns what the provider has called after a call number, and the number
// to go on from. What we do ourselves bears another access key.
func (w *world) calls(ctx context.Context, after int) ([]stage.Call, int, error) {
	return w.Calls(ctx, providerKey, after)
}

func (w *world) setOrigin(ctx context.Context, side side, status int) error {
	return w.SetOrigin(ctx, side.origin, stage.Origin{Status: status, Headers: map[string]string{markerHeader: side.name}})
}
