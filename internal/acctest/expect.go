package acctest

import (
	"context"
	"fmt"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
)

// Operations names some calls.
func Operations(calls []journal.Call) []string {
	var out []string
	for _, c := range calls {
		out = append(out, c.Operation)
	}
	return out
}

// Effects names the writes since that have changed something.
func (e *Env) Effects(after int) []string {
	var out []string
	for _, w := range e.Writes(after) {
		if w.Effect {
			out = append(out, w.Operation)
		}
	}
	return out
}

// ExpectNothingLeft fails the test unless a further plan changes nothing, and writes nothing.
func (e *Env) ExpectNothingLeft(c *Core, config Config) Plan {
	e.tb.Helper()
	before := e.World.Journal().Seq()
	p, err := c.Plan(context.Background(), config)
	if err != nil || !p.Empty() || len(e.Writes(before)) > 0 {
		e.tb.Errorf("a further plan is not empty: %v\n%s\nfrom %s\nto   %s", err, p.Diags, p.Prior, p.Planned)
	}
	return p
}

// ExpectSilent is ExpectNothingLeft of a plan that has nothing to say either, and whose refresh
// changes nothing.
func (e *Env) ExpectSilent(c *Core, config Config) {
	e.tb.Helper()
	state := c.State
	if p := e.ExpectNothingLeft(c, config); len(p.Diags) > 0 {
		e.tb.Errorf("a plan says %s", p.Diags)
	}
	if !c.State.Equal(state) {
		e.tb.Errorf("the refresh changed state\nfrom %s\nto   %s", state, c.State)
	}
}

// ReportRefresh refreshes many of a kind together, ten at a time, and reports what it takes: the
// pages of lists, which are the account's, and at most so many calls for each beside them.
func (e *Env) ReportRefresh(kind, situation string, cores []*Core, most float64) {
	e.tb.Helper()
	before := e.World.Journal().Seq()
	d, err := RefreshTogether(e.ctx(), 10, cores)
	e.must(err)
	if len(d.Errors()) > 0 {
		e.tb.Fatal(d)
	}
	calls, pages := e.Calls(before), 0
	for _, c := range calls {
		if strings.HasPrefix(c.Operation, "List") {
			pages++
		}
	}
	name := fmt.Sprintf("refresh of %d %s, %s: ", len(cores), kind, situation)
	f := figure.AtMost(name+"calls for each beside list pages", float64(len(calls)-pages)/float64(len(cores)), "calls", most)
	figure.Report(e.tb, figure.Plain(name+"list pages", float64(pages), "calls"), f)
	if !f.OK {
		e.tb.Errorf("%s: %g, want %s", f.Name, f.Value, f.Bound)
	}
}
