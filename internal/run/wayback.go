package run

import (
	"context"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate/watch"
)

// A WayBack is the answer to "is the other side sick too?", asked before viewers are
// taken back there.
type WayBack struct {
	Taken bool
	// Other is what is known about the side that viewers would go back to.
	Other cutover.Evidence
	// Why it is not Healthy: what its gate saw, or why it could not be asked. Empty where
	// nothing was asked.
	Why string
}

// Sick is what the other side was seen to do where that is why viewers stay; else "".
func (b WayBack) Sick() string {
	if b.Taken || b.Other != cutover.Unhealthy {
		return ""
	}
	return b.Why
}

// Doubt is why nothing is known about the other side although it was asked; else "".
func (b WayBack) Doubt() string {
	if b.Other != cutover.Inconclusive {
		return ""
	}
	return b.Why
}

// Back asks the side that viewers would go back to, if there is a gate for it (nil:
// there is none), and decides. sick says that the side they are on was seen failing.
// The error is ctx's: the run was told to stop while it asked.
func Back(ctx context.Context, w watch.Watcher, other *watch.Gate, sick bool) (WayBack, error) {
	out := WayBack{Other: cutover.Unasked}
	if other != nil {
		g := *other
		g.FailUnproven = false // what is not known about it is no reason to stay either
		verdict, why, err := w.Ask(ctx, g, 0)
		switch {
		case ctx.Err() != nil:
			return WayBack{}, err
		case err != nil: // nobody could be asked: nothing is known
			out.Other, out.Why = cutover.Inconclusive, err.Error()
		default:
			out.Other, out.Why = Evidence(verdict), why
		}
	}
	out.Taken = Return(sick, out.Other)
	return out, nil
}

// Return says whether viewers are taken back to a side of which that much is known.
// Absence proves nothing, of either side: that nobody can say whether the other side is
// healthy does not make it healthy, and does not make it sick.
//
//   - A side that was seen failing is no place to go to, whatever the new one does.
//   - From a side that was seen failing viewers go back to one that was not: a fault that
//     is seen weighs more than one that is only possible. What is said about it must not
//     call the other side healthy.
//   - From a side that nobody has seen failing (AWS refused the rest of the way, say) going
//     back is a move like any other, and takes the evidence that was asked for: a gate
//     that passes, or none that could.
func Return(sick bool, other cutover.Evidence) bool {
	switch other {
	case cutover.Unhealthy:
		return false
	case cutover.Healthy, cutover.Unasked:
		return true
	default:
		return sick
	}
}
