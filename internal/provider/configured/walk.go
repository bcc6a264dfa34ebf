package configured

import (
	"sync/atomic"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/shared"
)

// A Walk is what a CLI has a process of the provider do, as far as the process can tell: a plan,
// in which nobody writes anything, or an apply, in which other providers write too. No request
// says which, but one refreshes and the other does not.
type Walk struct {
	refreshed, changed atomic.Bool
	asked              atomic.Int64 // see Provider.Crowded
}

// Begins notes that a CLI has configured the provider: one that runs on its own for a debugger
// serves walk after walk.
func (w *Walk) Begins() {
	w.refreshed.Store(false)
	w.changed.Store(false)
	w.asked.Store(0)
}

// Refreshes notes that a resource was to be read, or imported.
func (w *Walk) Refreshes() { w.refreshed.Store(true) }

// Changes notes that a resource was to be changed, or an action to be carried out.
func (w *Walk) Changes() { w.changed.Store(true) }

// Plans says whether this is known to be a plan, and answers may be shared.
func (p *Provider) Plans() bool {
	return !p.Alone && p.Walk != nil && p.Walk.refreshed.Load() && !p.Walk.changed.Load()
}

// Recent is since when an answer is recent enough for a data source whose read begins now. In a
// plan it may be as old as those that refreshes share. Else what the data source depends on may
// have been changed a moment ago, by this provider or by another one, and only what is asked for
// from now on is known to be of after that.
func (p *Provider) Recent() time.Time {
	now := p.Clock.Now()
	if p.Plans() {
		return now.Add(-shared.Lasts)
	}
	return now
}

// Crowded says whether one more data source that could go by lists is to: for the first few of a
// plan it costs less to ask about each thing, and nobody knows how many there will be.
func (p *Provider) Crowded() bool {
	return p.Plans() && shared.Next(shared.Count{Asked: int(p.Walk.asked.Add(1))}) == shared.Page
}
