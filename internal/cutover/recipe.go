package cutover

import "slices"

// A Recipe is what a plan has shown of a run: the intents of its steps, in order. nil is no
// recipe: no plan is about such a run, a way back for one, and it takes whatever it takes.
type Recipe []string

// Bound is the recipe of a plan, which may have shown nothing at all.
func Bound(intents []string) Recipe { return append(Recipe{}, intents...) }

// Beyond is the first of some intents that the plan has not shown; "" if there is none. A
// step without an intent goes beyond nothing.
func (r Recipe) Beyond(intents ...string) string {
	for _, intent := range intents {
		if r != nil && intent != "" && !slices.Contains(r, intent) {
			return intent
		}
	}
	return ""
}

// Within is what a run goes by of a decision, the step or why there is none: the step and
// whether it is the last, or an error if no plan has shown it, of which unshown is told the intent.
func Within[S Step](r Recipe, step S, stop error, unshown func(intent string) error) (S, bool, error) {
	var none S
	if stop != nil {
		return none, false, stop
	}
	if beyond := r.Beyond(step.Intent()); beyond != "" {
		return none, false, unshown(beyond)
	}
	_, done := any(step).(Done)
	return step, done, nil
}
