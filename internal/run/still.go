package run

import "github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"

// Still decides again on a look from just now, when the turn of a write has come, and returns
// the step if it is the one that was decided on, as same has it. Its conditions, an ETag say,
// are those of that look. Otherwise the error is engine.ErrAgain: the loop looks at everything,
// decides anew, and says why.
func Still[O any, S engine.Step](w engine.Workflow[O, S], fresh O, step S, same func(a, b S) bool) (S, error) {
	decided, _, err := w.Next(fresh)
	if err != nil || !same(decided, step) {
		return step, engine.ErrAgain
	}
	return decided, nil
}
