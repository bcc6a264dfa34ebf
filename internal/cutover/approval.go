package cutover

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// A Pause says before which of its steps a run waits for a person to say yes. The zero
// value: before none.
type Pause string

// The pauses. Where a run gives everybody to its target at once, both are the same place.
const (
	FirstTraffic Pause = "first_traffic" // before the first step that gives the target any viewers
	FullTraffic  Pause = "full_traffic"  // before the step that gives it all that it is to have
)

// AwaitIntent is the last line of a recipe that ends at a pause.
func AwaitIntent(target string) string { return "wait until somebody approves " + Briefly(target) }

// LapseIntent is the recipe of a run that goes back because nobody has said yes in time.
func LapseIntent(window time.Duration) string {
	return "go back: nobody approved within " + Brief(window)
}

// An Approval is what a run has to do with a person's yes. The zero value: nothing.
type Approval struct {
	Steps []string // intents of the steps that need one; of those one is taken only after it
	Given bool
	// Content is what the yes is about, "" where it does not matter any more: a step that
	// needed it has been taken.
	Content string
	Lapsed  time.Duration // for how long it was waited for, where that was too long; else 0
	// Creating: there is no state that could show that somebody waits.
	Creating bool
}

// Awaits says whether a run is to end before steps with these intents, because nobody has
// said yes to them, or why it may not go on. content is what the look shows that led to
// them, sent says whether the run has taken a step that needed the yes.
func (a Approval) Awaits(content string, sent bool, intents ...string) (bool, error) {
	needed := slices.ContainsFunc(intents, func(intent string) bool { return slices.Contains(a.Steps, intent) })
	switch {
	case len(a.Steps) == 0 || sent:
		return false, nil
	case a.Lapsed > 0:
		return false, &Unapproved{Lapsed: a.Lapsed}
	case a.Given && a.Content != "" && content != a.Content:
		return false, &Unapproved{Changed: true}
	case a.Given || !needed:
		return false, nil
	case a.Creating:
		return false, &Unapproved{}
	default:
		return true, nil
	}
}

// Unapproved is why a run stopped for want of a yes.
type Unapproved struct {
	Changed bool          // what was approved is not what is there now
	Lapsed  time.Duration // nobody has said yes for so long; 0: that is not why
}

// Error implements error.
func (u *Unapproved) Error() string {
	switch {
	case u.Changed:
		return "what was approved has changed since"
	case u.Lapsed > 0:
		return unanswered + Brief(u.Lapsed)
	default:
		return "a create cannot wait for an approval"
	}
}

// unanswered begins what is on record of a wait that nobody ended.
const unanswered = "not approved within "

// Unanswered says whether this, which is on record as the reason why a run went back, is that
// nobody said yes in time. State has a reason in words only, and these are this package's.
func Unanswered(reason string) bool { return strings.HasPrefix(reason, unanswered) }

// Cause is what it comes to.
func (u *Unapproved) Cause() Cause {
	if u.Lapsed > 0 {
		return Lapsed
	}
	return Unable
}

// ContentOf identifies what a yes is about, by everything that it depends on.
func ContentOf(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:8])
}
