// Package picture says what is drawn of what happened over time: who served whom, what
// the provider did, what viewers got. It knows nothing of AWS and decides nothing.
//
// It is drawn by a program in a module of its own, internal/picture/draw, so that a
// plotting library with its fonts is no dependency of what is shipped. The same charts
// always give the same bytes, so that a picture can be committed.
package picture

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// A Tone is what a colour means.
type Tone int

// The tones, in the order in which bars are stacked.
const (
	Blue  Tone = iota // the side of that name
	Green             // the side of that name
	Sick              // an error of a release that is bad itself
	Lost              // nobody answers, or not who should
	Busy              // something is under way
	Dark              // a moment, such as a call
	Tones
)

// A Chart is panels above one another, on one axis of time.
type Chart struct {
	Title    string // for who cannot see it
	Width    float64
	From, To float64 // of the axis of time
	Axis     string  // what it counts, such as "seconds"
	Legend   []Entry
	Marks    []float64 // moments that all panels show as a line
	Panels   []Panel
}

// An Entry of the legend says what a tone means.
type Entry struct {
	Tone Tone
	Text string
}

// A Panel is one drawing on the common axis: of Rows, or of Bars.
type Panel struct {
	Title string
	Tall  float64 // height of a row, or of all bars, in points

	Rows []Row

	Bars []Bar
	Wide float64 // of a bar, on the axis of time
}

// A Row is what was so for a while and what happened at a moment.
type Row struct {
	Label  string
	Spans  []Span
	Points []Point
}

// A Span is a stretch of time in one tone, with a text inside it.
type Span struct {
	From, To float64
	Tone     Tone
	Text     string
}

// A Point is a moment, with a text beside it. Without one it is a tick.
type Point struct {
	At   float64
	Tone Tone
	Text string
}

// A Bar begins at a time and counts by tone, stacked in their order.
type Bar struct {
	At    float64
	Count map[Tone]float64
}

// Draw draws charts as SVG elements that can stand in a page or, by themselves, in a
// file. It runs the go command, as everything does that builds this project.
func Draw(ctx context.Context, charts ...Chart) ([]string, error) {
	at, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/cdn-bluegreen/terraform-provider-cdn").Output()
	if err != nil {
		return nil, fmt.Errorf("finding the program that draws: %w", said(err))
	}
	in, err := json.Marshal(charts)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "go", "run", ".")
	cmd.Dir = filepath.Join(strings.TrimSpace(string(at)), "internal", "picture", "draw")
	cmd.Stdin = bytes.NewReader(in)
	drawn, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("drawing: %w", said(err))
	}
	var out []string
	return out, json.Unmarshal(drawn, &out)
}

// said is an error of a command together with what it printed.
func said(err error) error {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(exit.Stderr))
	}
	return err
}
