// Command demo tells the story of a cutover in the terminal, with everything in
// it real but the cloud: the simulated AWS runs as a process of its own, the
// Terraform or OpenTofu on this machine applies a configuration with the provider
// built from this tree, and simulated viewers send HTTP requests to the addresses
// that DNS gives them, all the way through.
//
//	go run ./internal/cmd/demo -cli /path/to/terraform -bin bin
//
// It ends with a table of what the viewers saw, writes a page with pictures of it,
// demo-report.html, and fails if one of them was let down. With -sabotage it performs the same change the dangerous way, with the AWS
// SDK instead of the provider, to show that the count can go wrong.
//
// It needs no network and no account, and it leaves nothing behind unless it fails.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cmd/stage"
)

// realPropagation is what half of all CloudFront changes take to arrive everywhere, as the
// simulator has it; everything that waits in the demo is faster by the same factor.
const realPropagation = 90 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

type options struct {
	stage.Programs
	propagation time.Duration
	sabotage    bool
	report      string
}

// run is the program without its process.
func run(ctx context.Context, args []string, stdout *os.File, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	o.Flags(flags)
	flags.DurationVar(&o.propagation, "propagation", 5*time.Second, "about how long a change needs to reach the last point of presence")
	flags.BoolVar(&o.sabotage, "sabotage", false, "cut over by removing the alias, waiting and adding it, without the provider, and count what that costs")
	flags.StringVar(&o.report, "report", "demo-report.html", "`file` to write with pictures of what happened; empty: none")
	enough := func() bool { return o.propagation >= time.Second }
	if exit, ok := stage.Parse(flags, args, enough, "demo takes flags only, and -propagation of a second or more; demo -h lists them"); !ok {
		return exit
	}
	out := newScreen(stdout)
	dir, err := os.MkdirTemp("", "cdn-demo-")
	if err == nil {
		err = o.tell(ctx, out, dir)
	}
	switch {
	case err == nil:
		_ = os.RemoveAll(dir) // a leftover in the temporary directory hurts nobody
		return stage.ExitOK
	case ctx.Err() != nil:
		_ = os.RemoveAll(dir)
		out.line("\nInterrupted. The simulator and the CLI have been stopped.")
	case o.sabotage:
		_ = os.RemoveAll(dir)
		out.line("\nFAILED, as it has to: %v.", err)
	default:
		out.line("\nFAILED: %v", err)
		if _, err := os.Stat(filepath.Join(dir, "awssim.log")); err == nil {
			out.line("The configuration, the state and the simulator's log are still in %s", dir)
		} else {
			_ = os.RemoveAll(dir) // it never came to that
		}
	}
	return stage.ExitFailed
}

// tell sets the stage, tells the story and takes everything down again.
func (o options) tell(ctx context.Context, out *screen, dir string) (err error) {
	var terraform *cli
	if !o.sabotage {
		if terraform, err = o.findCLI(ctx, dir); err != nil {
			return err
		}
	}
	out.line("Building the simulator.")
	program, err := stage.BuildSimulator(ctx, o.Bin)
	if err != nil {
		return err
	}
	sim, err := startSimulator(ctx, program, filepath.Join(dir, "awssim.log"), o.propagation)
	if err != nil {
		return err
	}
	defer func() {
		if stopErr := sim.Stop(ctx); err == nil && stopErr != nil {
			err = stopErr
		}
	}()
	d := &demo{out: out, aws: sim.world, cli: terraform, propagation: o.propagation, started: clk.Now()}
	defer func() {
		if d.viewers == nil {
			return
		}
		d.viewers.leave()
		if o.report == "" || ctx.Err() != nil {
			return
		}
		if writeErr := d.report(context.WithoutCancel(ctx), o.report, err); writeErr != nil {
			err = errors.Join(err, fmt.Errorf("writing the report: %w", writeErr))
			return
		}
		out.line("Pictures of it are in %s", o.report)
	}()
	if o.sabotage {
		return d.sabotage(ctx)
	}
	return d.story(ctx)
}

// findCLI also makes sure that there is a provider to run.
func (o options) findCLI(ctx context.Context, dir string) (*cli, error) {
	if err := o.Find("demo"); err != nil {
		return nil, err
	}
	c, err := stage.NewCLI(ctx, o.CLI, o.Bin, dir)
	return &cli{c}, err
}
