package cutover

import "time"

// A Due says whether the next step of a run that takes one in each apply may be taken.
type Due int

// What a plan may learn about that. Yes does not change back.
const (
	Yes Due = iota
	NotYet
	Unknowable // there is no clock: the provider's configuration is not known yet
)

// DueAt says whether a step that was taken at since has stood for as long as it is to, and
// when it will have, to the second. A step of which nobody knows when it was taken has.
func DueAt(since time.Time, stands time.Duration, now time.Time) (Due, time.Time) {
	next := since.Add(stands)
	if now.Before(next) {
		return NotYet, next.UTC().Truncate(time.Second)
	}
	return Yes, next
}
