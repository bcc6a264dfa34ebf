package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
)

const usage = `Usage:

  awssim serve [flags]    run the simulated AWS until SIGINT or SIGTERM; awssim serve -h lists the flags
  awssim operations       list every operation of every service, and whether it is served
`

// What run returns, for os.Exit.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// run is the program without its process.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return exitUsage
	}
	switch args[0] {
	case "serve":
		return serve(ctx, args[1:], stdout, stderr)
	case "operations":
		return operations(stdout, stderr)
	case "help", "-h", "-help", "--help":
		fmt.Fprint(stdout, usage)
		return exitOK
	default:
		fmt.Fprintf(stderr, "awssim: there is no command %q\n\n%s", args[0], usage)
		return exitUsage
	}
}

// operations prints what is simulated and what is not, from the models themselves.
func operations(stdout, stderr io.Writer) int {
	table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SERVICE\tOPERATION\tSERVED")
	for _, op := range awssim.New(awssim.Options{}).Operations() {
		served := "no"
		if op.Served {
			served = "yes"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", op.Service, op.Name, served)
	}
	if err := table.Flush(); err != nil {
		fmt.Fprintf(stderr, "awssim: %v\n", err)
		return exitFailed
	}
	return exitOK
}
