//go:build unix

package main

import (
	"context"
	"regexp"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cmd/stage"
)

// What a diagnostic says without reserve: who has the traffic now. What it says of another
// moment, or says that nobody could look, is not held against anything.
// A distribution that is disabled serves nobody, and whoever says so is held to that.
var traffic = regexp.MustCompile(`(?m)^\s*Traffic (?:still )?goes to (blue|green)\b(?: \([A-Z0-9]+\))?(, which is disabled and answers nobody)?`)

// heed holds what a failed run said of traffic against who serves the name once nothing is
// on its way any more.
func (w *world) heed(ctx context.Context, r *row, what string, said stage.Messages) {
	if !w.named || w.settle(ctx) != nil {
		return
	}
	s, err := w.Look(ctx)
	if err != nil {
		return
	}
	serving := s.Serving(siteName)
	for _, d := range said.Diagnostics {
		if d.Severity != "error" {
			continue
		}
		for _, m := range traffic.FindAllStringSubmatch(d.Detail, -1) {
			side := w.blue
			if m[1] == "green" {
				side = w.green
			}
			want := fleet
			if m[2] != "" {
				want = 0
			}
			if serving[side.ID] != want {
				r.wrong("%s: it said %q, and %d of %d points of presence serve %s: %v\n%s", what, strings.TrimSpace(m[0]), serving[side.ID], fleet, m[1], serving, words(said))
			}
		}
	}
}
