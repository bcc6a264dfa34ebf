package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
)

// A figures is a test or benchmark that reports figures.
type figures struct {
	pkg  string
	test string   // of virtual time, or
	mark string   // of this machine's
	args []string // of the test
}

// take runs it. Tests fail when they are out of their bounds; what they found by
// then is what is wanted here, so only a test that found nothing is an error.
func (x figures) take(ctx context.Context) ([]figure.Figure, error) {
	args := []string{"test", "-v", "-count=1", "-timeout=90m", "-run", "^" + x.test + "$"}
	if x.mark != "" {
		args = append(args, "-bench", "^"+x.mark+"$", "-benchtime=1x")
	}
	args = append(args, x.pkg)
	if len(x.args) > 0 {
		args = append(append(args, "-args"), x.args...)
	}
	out, failed := exec.CommandContext(ctx, "go", args...).CombinedOutput() //nolint:gosec // arguments from tables in this package
	found, err := figure.Read(string(out))
	switch {
	case err != nil:
		return found, err
	case len(found) == 0 && failed == nil:
		return nil, errors.New("no figures: is there such a test?")
	case len(found) == 0 || failed != nil && within(found):
		return found, fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), failed, out)
	}
	for i := range found {
		found[i].Command = "go " + strings.Join(args, " ")
	}
	return found, nil
}

func within(found []figure.Figure) bool {
	for _, f := range found {
		if !f.OK {
			return false
		}
	}
	return true
}

const switchPackage = "./internal/provider/bluegreenswitch"
