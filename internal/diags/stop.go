package diags

import (
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// observed is what a run sees, out of which comes where viewers are.
type observed[S any] interface{ Traffic(spec S) cutover.Traffic }

// A Stop is a run that did not reach its end, whatever is moved by it.
type Stop[S any, O observed[S]] struct {
	Spec    S
	Sight   run.Sight[O]
	Err     error
	Reason  string // of a failed gate
	Created bool   // during Create: no state is left
	Back    bool   // it was on its way back
	// Doubt is why nothing is known about the side that a way back leads to, although it
	// was asked. Empty: it was healthy, or nobody asked.
	Doubt string
	// BackErr is why a way back ended that was not finished; nil: it was not begun, or told to stop.
	BackErr error
}

// Seen is what a plan has seen of a run that is yet to come.
func Seen[S any, O observed[S]](spec S, sight run.Sight[O]) Stop[S, O] {
	return Stop[S, O]{Spec: spec, Sight: sight}
}

// Ended is the run that came to out. created says that it was of a create.
func Ended[S any, O observed[S]](spec S, out run.Outcome[O], created bool) Stop[S, O] {
	return Stop[S, O]{Spec: spec, Sight: out.Sight, Err: out.Err, Reason: out.Reason, Created: created, Back: out.GoingBack, Doubt: out.Doubt, BackErr: out.RollBackErr}
}

func (s Stop[S, O]) known() run.Traffic {
	return s.Sight.Traffic(func(o O) cutover.Traffic { return o.Traffic(s.Spec) })
}

func (s Stop[S, O]) traffic() string { return Traffic(s.known()) }

// next says what state holds after it.
func (s Stop[S, O]) next() string {
	if s.Created {
		return unrecorded
	}
	return recorded(s.known())
}

// blind says why nobody could look when it ended, where nothing else says it: what a write
// was answered is no reason for that.
func (s Stop[S, O]) blind() string {
	why, ok := errors.AsType[*awsapi.Error](s.Sight.Blind)
	if !ok { // somebody could, or the run was told to stop
		return ""
	}
	for _, said := range []error{s.Err, s.BackErr} {
		if e, ok := errors.AsType[*awsapi.Error](said); ok && e.Doing == why.Doing && errors.Is(e, why.Kind) {
			return ""
		}
	}
	words := "Nobody could look when it ended, because of this:\n\n  " + describe(why)
	if action := awsapi.Action(why); action != "" {
		words += "\n\nAllow " + action + " to the identity the provider uses."
	}
	return words
}

// says words it: where viewers are comes first.
func (s Stop[S, O]) says(at path.Path, summary string, parts ...string) diag.Diagnostic {
	return says(at, summary, append([]string{s.traffic(), s.blind()}, parts...)...)
}

// says is an error about an attribute, or about none.
func says(at path.Path, summary string, parts ...string) diag.Diagnostic {
	if len(at.Steps()) == 0 {
		return diag.NewErrorDiagnostic(summary, paragraphs(parts...))
	}
	return diag.NewAttributeErrorDiagnostic(at, summary, paragraphs(parts...))
}

// A wording is what one noun says of the ways in which its runs do not finish.
type wording[S any] struct {
	stopped, interrupted, rolledBack func(S) diag.Diagnostic
	bothUnhealthy                    func(s S, why string) diag.Diagnostic
	rollbackFailed                   func(s S, err error) diag.Diagnostic
}

// unfinished words a run that did not finish.
func unfinished[S, O any](s S, out run.Outcome[O], w wording[S]) diag.Diagnostic {
	switch {
	case out.RollBackErr != nil:
		return w.rollbackFailed(s, out.RollBackErr)
	case out.BothSick != "" && w.bothUnhealthy != nil:
		return w.bothUnhealthy(s, out.BothSick)
	case out.Result == run.RolledBack:
		return w.rolledBack(s)
	case out.Result == run.Interrupted && !errors.Is(out.Err, awsapi.ErrDenied):
		return w.interrupted(s)
	default:
		return w.stopped(s)
	}
}

// A noun is how the ways in which any run may stop read in one kind of it.
type noun struct {
	name  string    // what did not reach its end: "Cutover"
	at    path.Path // the attribute that asked for it
	clock path.Path // the attribute that bounds it; none: `timeouts`
	slow  string    // what to do where it ran out of time; none: the usual
	rival string    // who may be undoing its steps
	newer string    // what to do about a setting that this build does not know; none: it writes none
}

const raise = "If propagation takes longer than usual, raise the timeout; if it hangs, look at the AWS Health Dashboard."

// stopped words what stops any run, and is nil for what stops this kind alone. failed is
// the error as it is quoted, next what state holds and what comes of it.
func (n noun) stopped(err error, say func(at path.Path, summary string, parts ...string) diag.Diagnostic, failed, next string) diag.Diagnostic {
	if deadline, ok := errors.AsType[*engine.Deadline](err); ok {
		at, slow := n.clock, n.slow
		if len(at.Steps()) == 0 {
			at = path.Root("timeouts")
		}
		if slow == "" {
			slow = raise
		}
		return say(at, n.name+" ran out of time", capital(deadline.Error())+".", next, slow)
	}
	if summary, advice, ok := failure(err); ok {
		return say(path.Empty(), summary, failed, next, advice)
	}
	if unapproved, ok := errors.AsType[*cutover.Unapproved](err); ok {
		summary, advice := notApproved(unapproved)
		return say(atApproval, summary, next, advice)
	}
	switch {
	case errors.Is(err, awsapi.ErrUnknownElement) && n.newer != "":
		return say(n.at, "A setting of the distribution is newer than this provider", failed, unwritten, n.newer)
	case errors.Is(err, engine.ErrNoProgress):
		return say(n.at, n.name+" does not come to an end", "Every step was taken, and AWS shows something else each time. Somebody or something undoes the steps.", next, n.rival)
	default:
		return nil
	}
}
