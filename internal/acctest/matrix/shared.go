package matrix

import (
	"maps"
	"slices"
	"testing"
)

// A Frame is mutants of code that several nouns share. Each exists once, here, and every
// noun that uses the code has to catch each of them by a test of its own: that a safety is
// there does not mean that a noun makes use of it.
type Frame struct {
	// Uses are what product code says that uses it, in any file of a noun's folder.
	Uses    []string
	mutants []Mutant // without Caught
}

// A Catcher is what a noun has to say about a mutant of a frame: one of the two.
type Catcher struct {
	Test string // the test that catches it
	None string // why the noun has nothing that it could harm, for whoever reads it
}

// By names the test that catches a mutant.
func By(test string) Catcher { return Catcher{Test: test} }

// CaughtBy returns the frame's mutants, each with the test of the calling package that has to
// catch it. It fails the test unless every mutant has a catcher, and every catcher a mutant.
func (f Frame) CaughtBy(tb testing.TB, catchers map[string]Catcher) []Mutant {
	tb.Helper()
	left := maps.Clone(catchers)
	var out []Mutant
	for _, m := range f.mutants {
		c, ok := left[m.Name]
		delete(left, m.Name)
		if m.Caught = c.Test; !ok || (c.Test == "") == (c.None == "") {
			tb.Errorf("name the test that catches a provider that %s, or why it can do no harm here", m.Name)
		}
		if m.Caught != "" {
			out = append(out, m)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		tb.Errorf("nothing in the frame is a provider that %s", name)
	}
	return out
}

// Frames are all there are, by their names here.
func Frames() map[string]Frame {
	return map[string]Frame{"matrix.CutOver": CutOver(), "matrix.Latch": Latch(), "matrix.Steps": Steps(), "matrix.Records": Records(), "matrix.Recognition": Recognition(), "matrix.Identities": Identities()}
}

// CutOver is how every run that moves viewers ends, and what is said of it.
func CutOver() Frame {
	const (
		cutOver = "internal/run/cutover.go"
		sight   = "internal/run/sight.go"
	)
	return Frame{Uses: []string{"run.CutOver(", "configured.Unseen(", "internal/provider/latched\""}, mutants: []Mutant{
		{
			Name: "words what was seen before its last write", File: sight,
			Old: "r.sight.Fresh = r.sight.Seen() && r.at == book.count", With: "r.sight.Fresh, r.sight.Blind = r.sight.Seen(), nil",
		},
		{
			Name: "takes no last look", File: sight,
			Old: "if err != nil && !r.looked {", With: "if false {",
		},
		{
			Name: "keeps it from state that nobody saw its last write", File: "internal/provider/configured/unseen.go",
			Old: "if w == nil {", With: "if true {",
		},
		{
			Name: "takes a lost answer for a refusal", File: "internal/provider/configured/sent.go",
			Old: "		return run.Unanswered\n", With: "		return run.NoEffect\n",
		},
		{
			Name: "goes back where it is to hold", File: cutOver,
			Old: "if !lapsed && o.OnFailure != cutover.RollBack &&", With: "if !lapsed && o.OnFailure == \"\" &&",
		},
		{
			Name: "goes nowhere where it is to go back", File: cutOver,
			Old: "if way := k.Undo(out.Err, out.Sight); way != nil {", With: "if way := k.Undo(out.Err, out.Sight); way != nil && false {",
		},
		{
			Name: "says of a finished way back that it held", File: cutOver,
			Old: "		out.Result = RolledBack\n", With: "		out.Result = Held\n",
		},
		{
			Name: "goes back to a side that is sick too", File: "internal/run/wayback.go",
			Old: "	case cutover.Unhealthy:\n		return false", With: "	case cutover.Unhealthy:\n		return true",
		},
		{
			Name: "begins although an alarm cannot be asked", File: "internal/run/foresee.go",
			Old: "if f := FlawOf(a, reports[i]); f != nil {", With: "if f := FlawOf(a, reports[i]); f != nil && false {",
		},
		{
			// With a look that fails and takes longer than the interval, that is an exit of 0.
			Name: "begins with a verdict that passes", File: "internal/gate/watch/watch.go",
			Old:  "	verdict, why := gate.Decide(a.obligations())\n",
			With: "	verdict, why := gate.Pass, \"\"\n	for _, o := range a.obligations() {\n		if o.Verdict != gate.Pass && o.Why != \"\" {\n			verdict, why = gate.Inconclusive, o.Why\n		}\n	}\n",
		},
	}}
}

// Latch is what Terraform is told of such a run: what a plan comes to, and what state says
// when it has failed.
func Latch() Frame {
	const (
		frame = "internal/provider/latched/latched.go"
		plan  = "internal/provider/latched/plan.go"
	)
	return Frame{Uses: []string{"internal/provider/latched\""}, mutants: []Mutant{
		{
			Name: "leaves a state behind a failed create", File: frame,
			Old: "		resp.Diagnostics.Append(w.Words())\n		return\n", With: "		resp.Diagnostics.Append(w.Words())\n",
		},
		{
			Name: "records nothing of a run that failed", File: frame,
			Old: "if out.Err == nil || w.Shown() {", With: "if out.Err == nil {",
		},
		{
			Name: "hides the steps of what failed from the next plan", File: frame,
			Old: "		told.Steps = configured.NoSteps()\n", With: "",
		},
		{
			Name: "does more than the plan showed", File: frame,
			Old: "w.Bind(cutover.Bound(recipe))", With: "_ = cutover.Bound(recipe)",
		},
		{
			Name: "begins anew where a way back is to be finished", File: frame,
			Old: "r.holds(ctx, asked, state)", With: "r.holds(ctx, asked, nil)",
		},
		{
			Name: "forgets that what is asked for has failed", File: plan,
			Old: "held, d := r.Noun.Hold(ctx, plan, state)", With: "held, d := false, diag.Diagnostics(nil)",
			Viewers: "applies after a rollback", Seen: true, // of the switch, where make bench counts them
		},
		{
			Name: "tries again although retry is what it was", File: plan,
			Old: "!is.IsUnknown() && !is.Equal(was)", With: "!is.IsUnknown()",
		},
		{
			Name: "tries again because retry is gone", File: plan,
			Old: "return !is.IsNull() && ", With: "return ",
		},
		{
			Name: "plans one of two things while nobody knows whether to try again", File: plan,
			Old: "held && is.Retry.IsUnknown()", With: "held && is.Retry.IsUnknown() && false",
		},
	}}
}

// Steps is how a run is spread over several applies.
func Steps() Frame {
	return Frame{Uses: []string{".Due(", "cutover.DueAt("}, mutants: []Mutant{
		{
			Name: "steps before the bake is over", File: "internal/cutover/due.go",
			Old: "if now.Before(next) {", With: "if now.Before(since) {",
		},
		{
			Name: "says that it has finished what it leaves to a later run", File: "internal/run/cutover.go",
			Old: "		out.Result = Stepped\n", With: "		out.Result = Finished\n",
		},
		{
			Name: "takes the next step because another setting changes", File: "internal/provider/latched/latched.go",
			Old: "if aim.Due == cutover.NotYet {", With: "if aim.Due == cutover.NotYet && false {",
		},
		{
			Name: "plans that a step stands which may be over by the time of apply", File: "internal/provider/latched/plan.go",
			Old: "aim.Due == cutover.NotYet && r.alike(plan, before):", With: "aim.Due == cutover.NotYet:",
		},
	}}
}

// Records is how records of a zone are written.
func Records() Frame {
	return Frame{Uses: []string{"configured.RecordWriter"}, mutants: []Mutant{
		{
			Name: "does not see what is protected", File: "internal/provider/configured/guard.go",
			Old: "			out.Protected[cutover.RecordKey{Name: one.Name, Type: one.Type}] = one.Comment\n", With: "			_ = one\n",
		},
		{
			Name: "does not see that a zone is locked", File: "internal/provider/configured/guard.go",
			Old: "out := cutover.Guard{Locked: locked,", With: "out := cutover.Guard{",
		},
		{
			Name: "does not wait until resolvers have forgotten", File: "internal/run/spread.go",
			Old: "		s.hold(now().Add(s.held))\n", With: "",
		},
	}}
}

// Recognition is how a configuration is known again that was seen before.
func Recognition() Frame {
	return Frame{Uses: []string{"internal/cutover/identity\""}, mutants: []Mutant{
		{
			Name: "takes a new spelling for a change", File: "internal/awsapi/cloudfrontapi/settings.go",
			Old: "out[vocabulary[s.schema]] = append(out[vocabulary[s.schema]], s)", With: "out[1] = append(out[1], s)",
		},
		{
			Name: "does not count as AWS does", File: "internal/cutover/identity/identity.go",
			Old: "case recorded.Version != \"\" && recorded.Version == seen.Version:", With: "case false:",
		},
	}}
}

// Identities is how a resource that AWS has not named keeps its name.
func Identities() Frame {
	const frame = "internal/provider/latched/latched.go"
	return Frame{Uses: []string{"configured.Identify("}, mutants: []Mutant{
		{
			Name: "writes an identity again when the id has changed", File: "internal/provider/configured/identity.go",
			Old: "if identity == nil || !identity.Raw.IsFullyNull() {", With: "if identity == nil {",
		},
		{
			Name: "leaves an update without an identity where state had none", File: frame,
			Old: "	resp.Diagnostics.Append(configured.Unmark(ctx, resp.Private)...)\n	resp.Diagnostics.Append(configured.Identify(ctx, resp.Identity, r.Noun.Parts(&before).ID)...)\n", With: "	resp.Diagnostics.Append(configured.Unmark(ctx, resp.Private)...)\n",
		},
		{
			Name: "imports nothing by an identity", File: "internal/provider/configured/identity.go",
			Old: "	id := types.StringValue(req.ID)\n	if req.ID != \"\" {", With: "	id := types.StringValue(req.ID)\n	if true {",
		},
	}}
}
