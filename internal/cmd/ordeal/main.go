//go:build unix

// Command ordeal puts the provider through what production does to it: through the real
// CLI, against the simulated AWS as a process, with viewers who go by DNS and edge all the
// time. Provider, CLI or both are killed at random moments of every kind of change, and
// faults strike it: of monitoring, of the network, of names, by other hands, of credentials.
//
//	go run ./internal/cmd/ordeal -cli /path/to/terraform -bin bin
//
// After each kill the configuration is applied again until it is settled. Then viewers must
// have lost nothing (but by remove_and_add, which says so), the right side must serve, there
// must have been at most one promotion, no lock may be left, and a second plan has to be
// empty. After each fault, what was said of traffic is held against who serves it.
//
// It ends with a table, and fails if anything was lost or said wrongly. The same -seed plays
// the same kills at the same moments, as far as two processes and a scheduler allow.
// It needs no network and no account, and is no part of the tests: it takes an hour.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cmd/stage"
)

// clk is the machine's clock, which the simulator goes by too.
var clk = clock.System{}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

type options struct {
	stage.Programs
	seed          uint64
	kills, faults int
	workers       int
	only          *regexp.Regexp
	limit         time.Duration
	keep          bool
}

// run is the program without its process.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("ordeal", flag.ContinueOnError)
	flags.SetOutput(stderr)
	o.Flags(flags)
	flags.Uint64Var(&o.seed, "seed", 1, "decides what is killed, and when")
	flags.IntVar(&o.kills, "kills", 200, "how many kills in all, spread over the kinds of change")
	flags.IntVar(&o.faults, "faults", -1, "how many faults; -1: all there are")
	flags.IntVar(&o.workers, "workers", 4, "how many scenarios play at the same time")
	flags.DurationVar(&o.limit, "limit", 90*time.Minute, "give up after that long")
	flags.BoolVar(&o.keep, "keep", false, "keep the folders when all went well, too")
	only := flags.String("only", "", "play only scenarios whose name matches this `expression`")
	sound := func() bool { return o.workers >= 1 && o.kills >= 0 }
	if exit, ok := stage.Parse(flags, args, sound, "ordeal takes flags only; ordeal -h lists them"); !ok {
		return exit
	}
	var err error
	if o.only, err = regexp.Compile(*only); err != nil {
		fmt.Fprintf(stderr, "-only: %v\n", err)
		return stage.ExitUsage
	}
	if err := o.Find("ordeal"); err != nil {
		fmt.Fprintf(stderr, "ordeal: %v\n", err)
		return stage.ExitFailed
	}
	program, err := stage.BuildSimulator(ctx, o.Bin)
	if err != nil {
		fmt.Fprintf(stderr, "ordeal: %v\n", err)
		return stage.ExitFailed
	}
	dir, err := os.MkdirTemp("", "cdn-ordeal-")
	if err != nil {
		fmt.Fprintf(stderr, "ordeal: %v\n", err)
		return stage.ExitFailed
	}
	ctx, cancel := clock.WithTimeout(ctx, clk, o.limit)
	defer cancel()
	b := &bench{options: o, program: program, dir: dir, out: stdout, began: clk.Now()}
	if !b.play(ctx) {
		fmt.Fprintf(stdout, "\nFAILED. What was left is in %s\n", dir)
		return stage.ExitFailed
	}
	if o.keep {
		fmt.Fprintf(stdout, "\nWhat was played is in %s", dir)
	} else {
		_ = os.RemoveAll(dir) // a leftover in the temporary directory hurts nobody
	}
	fmt.Fprintln(stdout, "\nNothing was lost.")
	return stage.ExitOK
}
