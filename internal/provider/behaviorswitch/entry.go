package behaviorswitch

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
)

// An entry is what was heard of the entry document that a cutover replaces: browsers keep it
// for as long as it says, and no invalidation reaches them.
type entry struct {
	asked        bool
	cacheControl string    // of the side before
	edited       time.Time // the last write of fields
	over         time.Time // since when no edge location gives it out any more
}

// entryLimit is how long the one request for the entry document may take: a cutover must not
// wait for what it does not depend on.
const entryLimit = 5 * time.Second

// askEntry asks, before the first write, how long browsers keep the entry document, if it is
// to be replaced. That it cannot be had is no reason to stop.
func (w *workflow) askEntry(ctx context.Context, obs behavior.Observation) error {
	if w.entry.asked || w.spec.RollingBack || !obs.ReplacesEntry(w.spec) {
		return nil
	}
	w.entry.asked = true
	got, err := w.p.Sampler.Sample(ctx, gate.Target{URL: "https://" + w.seen.Hosts()[0] + "/", Timeout: entryLimit})
	if err != nil {
		return err // the run ends
	}
	if got.Err == "" && got.Status == http.StatusOK {
		w.entry.cacheControl = strings.Join(got.Header.Values("Cache-Control"), ", ")
	}
	return nil
}

// spread notes that edge locations have followed, and forgotten what they held.
func (w *workflow) spread() {
	if w.entry.over.IsZero() {
		w.entry.over = w.p.Clock.Now()
	}
}

// browsers warns of an entry document that browsers keep for longer than the cutover took.
func (w *workflow) browsers() diag.Diagnostics {
	var d diag.Diagnostics
	keep := behavior.BrowsersKeep(w.entry.cacheControl)
	if w.entry.edited.IsZero() || keep <= w.entry.over.Sub(w.entry.edited) {
		return d
	}
	until := w.entry.over.Add(keep)
	if w.purge.State() != cutover.Invalidated { // edge locations may go on giving it out
		until = time.Time{}
	}
	d.Append(diags.BehaviorBrowsersKeep(w.stop(), w.entry.cacheControl, keep, until))
	return d
}
