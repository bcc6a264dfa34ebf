package stage

import (
	"errors"
	"flag"
	"fmt"
	"os/exec"
	"path/filepath"
)

// Programs are where the programs are that a stage is set up with.
type Programs struct{ CLI, Bin string }

// Flags adds the flags that say where they are.
func (p *Programs) Flags(flags *flag.FlagSet) {
	flags.StringVar(&p.CLI, "cli", "", "path of terraform or tofu; empty: whichever is on PATH")
	flags.StringVar(&p.Bin, "bin", "bin", "`directory` with "+ProviderBinary+" in it; the simulator is built into it")
}

// ProviderBinary is what the provider's program is called.
const ProviderBinary = "terraform-provider-cdn"

// Find looks for the provider and the CLI, and makes their paths absolute: a CLI runs in
// a directory of its own. target is what make has to be told to build them.
func (p *Programs) Find(target string) (err error) {
	if p.Bin, err = filepath.Abs(p.Bin); err != nil {
		return err
	}
	if _, err := exec.LookPath(filepath.Join(p.Bin, ProviderBinary)); err != nil {
		return fmt.Errorf("there is no provider in %s (%w); make %s builds it", p.Bin, err, target)
	}
	for _, name := range []string{"terraform", "tofu"} {
		if found, err := exec.LookPath(name); p.CLI == "" && err == nil {
			p.CLI = found
		}
	}
	if p.CLI == "" {
		return fmt.Errorf("neither terraform nor tofu is on PATH; make %s builds OpenTofu, or name one with -cli", target)
	}
	if p.CLI, err = exec.LookPath(p.CLI); err != nil {
		return err
	}
	p.CLI, err = filepath.Abs(p.CLI)
	return err
}

// What a program of this kind returns, for os.Exit.
const (
	ExitOK     = 0
	ExitFailed = 1
	ExitUsage  = 2
)

// Parse parses the arguments of a program that takes flags only. ok is false if it is to
// end at once, with that exit status.
func Parse(flags *flag.FlagSet, args []string, allowed func() bool, usage string) (exit int, ok bool) {
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return ExitOK, false
	case err != nil:
		return ExitUsage, false
	case flags.NArg() > 0 || !allowed():
		fmt.Fprintln(flags.Output(), usage)
		return ExitUsage, false
	}
	return ExitOK, true
}
