// Command bench measures what the provider costs and prints a table. It writes the
// same figures to bench-report.json, each with the command that measures it alone.
//
//	internal/tools/cli go run ./internal/cmd/bench -bin bin
//
// What AWS takes is measured in virtual time by tests (see package figure), so that
// it is the same on every machine; what this machine takes is measured on its clock.
// It exits with 1 when a figure is out of its bound. A measurement is a file here.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
)

// A measurement returns the figures it took; with an error also those it got to.
type measurement struct {
	name string
	take func(context.Context, options) ([]figure.Figure, error)
}

// The measurements, in the order in which they are taken.
var measurements = []measurement{
	{"start", start},
	{"cutover", cutover},
	{"together", together},
	{"release", release},
	{"accounts", accounts},
	{"viewers", viewers},
	{"mutants", mutants},
	{"refresh", refresh},
	{"import", imports},
	{"query", query},
	{"ramp", ramp},
	{"comparison", comparison},
	{"behaviors", behaviors},
	{"split", split},
}

type options struct {
	bin    string
	out    string
	only   *regexp.Regexp
	stderr io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// What run returns, for os.Exit.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// run is the program without its process.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o := options{stderr: stderr}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.bin, "bin", "bin", "`directory` with terraform-provider-cdn in it")
	flags.StringVar(&o.out, "out", "bench-report.json", "`file` to write the figures to")
	only := flags.String("only", "", "take only the measurements whose name this `expression` matches")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage
	}
	var err error
	if o.only, err = regexp.Compile(*only); err != nil || flags.NArg() > 0 {
		fmt.Fprintln(stderr, "bench takes flags only, and -only a regular expression; bench -h lists them")
		return exitUsage
	}
	figures, err := o.measure(ctx)
	fmt.Fprint(stdout, table(figures))
	if writeErr := write(o.out, figures); writeErr != nil {
		err = errors.Join(err, writeErr)
	}
	if err != nil {
		fmt.Fprintln(stderr, "FAILED:", err)
		return exitFailed
	}
	outside := 0
	for _, f := range figures {
		if !f.OK {
			outside++
		}
	}
	fmt.Fprintf(stdout, "\n%d figures, %d of them out of bounds; also in %s\n", len(figures), outside, o.out)
	if outside > 0 {
		return exitFailed
	}
	return exitOK
}

// measure takes one measurement after another; one that fails does not stop the others.
func (o options) measure(ctx context.Context) (all []figure.Figure, failed error) {
	for _, m := range measurements {
		if !o.only.MatchString(m.name) {
			continue
		}
		fmt.Fprintf(o.stderr, "Measuring: %s\n", m.name)
		figures, err := m.take(ctx, o)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", m.name, err))
		}
		for _, f := range figures {
			if f.Command == "" {
				f.Command = "make bench ARGS='-only " + m.name + "'"
			}
			all = append(all, f)
		}
		if ctx.Err() != nil {
			return all, failed
		}
	}
	return all, failed
}

// table has what figures are about, the part of their names before the first colon, in
// lines of its own: some of it is long.
func table(figures []figure.Figure) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.DiscardEmptyColumns)
	last := ""
	for _, f := range figures {
		about, name := "", f.Name
		if before, after, part := strings.Cut(f.Name, ": "); part {
			about, name = before, "  "+after
		}
		if about != last {
			fmt.Fprintln(w)
			if last = about; about != "" {
				fmt.Fprintln(w, about)
			}
		}
		verdict := ""
		if !f.OK {
			verdict = "NOT OK"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", name, strconv.FormatFloat(f.Value, 'f', decimals(f.Value), 64), f.Unit, f.Bound, verdict)
	}
	_ = w.Flush() // to memory
	return b.String()
}

// decimals shows whole numbers as such.
func decimals(v float64) int {
	if v == float64(int64(v)) {
		return 0
	}
	return 2
}

func write(path string, figures []figure.Figure) error {
	raw, err := json.MarshalIndent(struct {
		Figures []figure.Figure `json:"figures"`
	}{figures}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(raw, '\n'), 0o600)
}
