package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// clk is the machine's clock: the simulator is another process, so there is no
// other that both could share.
var clk = clock.System{}

const simulatorPackage = "github.com/cdn-bluegreen/terraform-provider-cdn/internal/cmd/awssim"

// A simulator is the simulated AWS as a process.
type simulator struct {
	*world
	process *process
	log     string
}

func buildSimulator(ctx context.Context, bin string) (string, error) {
	program, err := filepath.Abs(filepath.Join(bin, "awssim"))
	if err != nil {
		return "", err
	}
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, simulatorPackage).CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the simulator: %w\n%s", err, out)
	}
	return program, nil
}

// startSimulator returns once the simulator says where it listens.
func startSimulator(ctx context.Context, program, logFile string, propagation time.Duration) (*simulator, error) {
	faster := float64(realPropagation) / float64(propagation)
	scaled := func(d time.Duration) string { return time.Duration(float64(d) / faster).String() }
	p := newProcess(program, "serve", "-addr", "127.0.0.1:0", "-edge", "127.0.0.1:0", "-dns", "127.0.0.1:0",
		"-pops", fmt.Sprint(fleet), "-propagation", propagation.String(), "-seed", "1",
		"-knob", "insync_span="+scaled(30*time.Second), "-knob", "dns_check_delay="+scaled(time.Minute))
	log, err := os.Create(logFile)
	if err != nil {
		return nil, err
	}
	p.Stderr = log
	stdout, err := p.StdoutPipe()
	if err != nil {
		return nil, err
	}
	ready := make(chan string, 1)
	if err := p.start(func() {
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "awssim ready: ") {
				ready <- lines.Text()
			}
		}
	}); err != nil {
		return nil, fmt.Errorf("starting the simulator: %w", err)
	}
	sim := &simulator{process: p, log: logFile}
	select {
	case line := <-ready:
		sim.world, err = readReady(line)
		if err != nil {
			return nil, errors.Join(err, sim.stop(ctx))
		}
		return sim, nil
	case <-p.ended:
		said, _ := os.ReadFile(logFile) // what it says is all we can add
		return nil, fmt.Errorf("the simulator ended before it was ready: %w\n%s", p.err, said)
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), sim.stop(ctx))
	}
}

// readReady reads "awssim ready: control=… edge=… dns=…".
func readReady(line string) (*world, error) {
	said := map[string]string{}
	for field := range strings.FieldsSeq(line) {
		if k, v, ok := strings.Cut(field, "="); ok {
			said[k] = v
		}
	}
	w := &world{control: said["control"], edge: strings.TrimPrefix(said["edge"], "http://"), dns: said["dns"]}
	if w.control == "" || w.edge == "" || w.dns == "" {
		return nil, fmt.Errorf("the simulator's ready line is not understood: %q", line)
	}
	return w, nil
}

// grace is how long a process may take to stop after it was asked to.
const grace = 10 * time.Second

func (s *simulator) stop(ctx context.Context) error {
	select {
	case <-s.process.ended:
		said, _ := os.ReadFile(s.log) // what it says is all we can add
		return fmt.Errorf("the simulator ended by itself: %w\n%s", s.process.err, said)
	default:
	}
	s.process.terminate()
	s.process.within(ctx, grace)
	return nil
}

// A world is where a simulated AWS can be reached.
type world struct {
	control   string // URL
	edge, dns string // host:port
}

func (w *world) admin(ctx context.Context, method, path string, body, into any) error {
	var sent io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, w.control+"/_awssim/"+path, sent)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("asking the simulator: %w", err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return fmt.Errorf("asking the simulator: %w", err)
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("the simulator answered %s to %s %s: %s", resp.Status, method, path, raw)
	case into == nil:
		return nil
	}
	return json.Unmarshal(raw, into)
}

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
	if err := w.admin(ctx, http.MethodGet, "state", nil, &state); err != nil {
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

// A call is one entry of the simulator's journal.
type call struct {
	Seq       int       `json:"seq"`
	At        time.Time `json:"at"`
	Service   string    `json:"service"`
	Operation string    `json:"operation"`
	Write     bool      `json:"write"`
	AccessKey string    `json:"access_key"`
	Code      string    `json:"code"` // of an error
}

// calls returns what the provider has called after a call number, and the number
// to go on from. What we do ourselves bears another access key.
func (w *world) calls(ctx context.Context, after int) ([]call, int, error) {
	return w.callsOf(ctx, providerKey, after)
}

func (w *world) callsOf(ctx context.Context, key string, after int) ([]call, int, error) {
	var journal struct {
		Seq   int    `json:"seq"`
		Calls []call `json:"calls"`
	}
	if err := w.admin(ctx, http.MethodGet, fmt.Sprintf("journal?limit=0&after=%d&since=%s", after, url.QueryEscape(clk.Now().Format(time.RFC3339Nano))), nil, &journal); err != nil {
		return nil, after, err
	}
	var out []call
	for _, c := range journal.Calls {
		if c.AccessKey == key {
			out = append(out, c)
		}
	}
	return out, journal.Seq, nil
}

func writes(calls []call) int {
	n := 0
	for _, c := range calls {
		if c.Write {
			n++
		}
	}
	return n
}

// audit asks for every instant since then at which a point of presence or a name
// server let down viewers of a name, whether or not one of ours came by.
func (w *world) audit(ctx context.Context, since time.Time, name string) ([]string, error) {
	var found []struct {
		Kind   string    `json:"kind"`
		At     time.Time `json:"at"`
		POP    int       `json:"pop"`
		Reason string    `json:"reason"`
	}
	err := w.admin(ctx, http.MethodGet, "audit?name="+url.QueryEscape(name)+"&since="+url.QueryEscape(since.Format(time.RFC3339Nano)), nil, &found)
	var out []string
	for _, v := range found {
		out = append(out, fmt.Sprintf("%s on point of presence %d: %s (%s)", v.At.Format(time.TimeOnly), v.POP, v.Kind, v.Reason))
	}
	return out, err
}

// An originState is how the simulator lets an origin behave.
type originState struct {
	Status  int               `json:"status,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
}

func (w *world) setOrigin(ctx context.Context, side side, status int) error {
	return w.admin(ctx, http.MethodPut, "origins/"+side.origin, originState{Status: status, Headers: map[string]string{markerHeader: side.name}}, nil)
}
