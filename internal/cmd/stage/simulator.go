// Package stage is what programs set up that play with a simulated AWS in a process of
// its own: the simulator, the CLI of Terraform or OpenTofu with the provider from this
// tree, and viewers who go by DNS. It will never decide what is played.
package stage

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

// A Simulator is the simulated AWS as a process.
type Simulator struct {
	*World
	Child *Child
	log   string
}

// BuildSimulator builds the program into a directory and returns its path.
func BuildSimulator(ctx context.Context, bin string) (string, error) {
	program, err := filepath.Abs(filepath.Join(bin, "awssim"))
	if err != nil {
		return "", err
	}
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, simulatorPackage).CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the simulator: %w\n%s", err, out)
	}
	return program, nil
}

// StartSimulator returns once the simulator says where it listens, on free ports of loopback.
func StartSimulator(ctx context.Context, program, logFile string, flags ...string) (*Simulator, error) {
	p := NewChild(program, append([]string{"serve", "-addr", "127.0.0.1:0", "-edge", "127.0.0.1:0", "-dns", "127.0.0.1:0"}, flags...)...)
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
	if err := p.Start(func() {
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "awssim ready: ") {
				ready <- lines.Text()
			}
		}
	}); err != nil {
		return nil, fmt.Errorf("starting the simulator: %w", err)
	}
	sim := &Simulator{Child: p, log: logFile}
	select {
	case line := <-ready:
		sim.World, err = readReady(line)
		if err != nil {
			return nil, errors.Join(err, sim.Stop(ctx))
		}
		return sim, nil
	case <-p.Ended:
		said, _ := os.ReadFile(logFile) // what it says is all we can add
		return nil, fmt.Errorf("the simulator ended before it was ready: %w\n%s", p.Err, said)
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), sim.Stop(ctx))
	}
}

// readReady reads "awssim ready: control=… edge=… dns=…".
func readReady(line string) (*World, error) {
	said := map[string]string{}
	for field := range strings.FieldsSeq(line) {
		if k, v, ok := strings.Cut(field, "="); ok {
			said[k] = v
		}
	}
	w := &World{Control: said["control"], Edge: strings.TrimPrefix(said["edge"], "http://"), DNS: said["dns"]}
	if w.Control == "" || w.Edge == "" || w.DNS == "" {
		return nil, fmt.Errorf("the simulator's ready line is not understood: %q", line)
	}
	return w, nil
}

// Grace is how long a process may take to stop after it was asked to.
const Grace = 10 * time.Second

// Stop ends the simulator; that it had ended before is an error.
func (s *Simulator) Stop(ctx context.Context) error {
	select {
	case <-s.Child.Ended:
		said, _ := os.ReadFile(s.log) // what it says is all we can add
		return fmt.Errorf("the simulator ended by itself: %w\n%s", s.Child.Err, said)
	default:
	}
	s.Child.Terminate()
	s.Child.Within(ctx, Grace)
	return nil
}

// A World is where a simulated AWS can be reached.
type World struct {
	Control   string // URL
	Edge, DNS string // host:port
}

// Admin calls the simulator's own interface and decodes the answer into into, if it is
// not nil.
func (w *World) Admin(ctx context.Context, method, path string, body, into any) error {
	var sent io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, w.Control+"/_awssim/"+path, sent)
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

// A Call is one entry of the simulator's journal.
type Call struct {
	Seq       int       `json:"seq"`
	At        time.Time `json:"at"`
	Service   string    `json:"service"`
	Operation string    `json:"operation"`
	Write     bool      `json:"write"`
	Effect    bool      `json:"effect"`
	AccessKey string    `json:"access_key"`
	Code      string    `json:"code"` // of an error
}

// Calls returns what an access key has called after a call number, and the number to go
// on from.
func (w *World) Calls(ctx context.Context, key string, after int) ([]Call, int, error) {
	var journal struct {
		Seq   int    `json:"seq"`
		Calls []Call `json:"calls"`
	}
	if err := w.Admin(ctx, http.MethodGet, fmt.Sprintf("journal?limit=0&after=%d&since=%s", after, url.QueryEscape(clk.Now().Format(time.RFC3339Nano))), nil, &journal); err != nil {
		return nil, after, err
	}
	var out []Call
	for _, c := range journal.Calls {
		if c.AccessKey == key {
			out = append(out, c)
		}
	}
	return out, journal.Seq, nil
}

// Writes is how many of the calls write.
func Writes(calls []Call) int {
	n := 0
	for _, c := range calls {
		if c.Write {
			n++
		}
	}
	return n
}

// Audit asks for every instant since then at which a point of presence or a name
// server let down viewers of a name, whether or not one of ours came by.
func (w *World) Audit(ctx context.Context, since time.Time, name string) ([]string, error) {
	var found []struct {
		Kind   string    `json:"kind"`
		At     time.Time `json:"at"`
		POP    int       `json:"pop"`
		Reason string    `json:"reason"`
	}
	err := w.Admin(ctx, http.MethodGet, "audit?name="+url.QueryEscape(name)+"&since="+url.QueryEscape(since.Format(time.RFC3339Nano)), nil, &found)
	var out []string
	for _, v := range found {
		out = append(out, fmt.Sprintf("%s on point of presence %d: %s (%s)", v.At.Format(time.TimeOnly), v.POP, v.Kind, v.Reason))
	}
	return out, err
}
