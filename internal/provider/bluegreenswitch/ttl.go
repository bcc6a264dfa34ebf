package bluegreenswitch

import (
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
)

// insyncMargin is how long Route 53 usually takes to tell its name servers.
// Source: Route 53 API reference, GetChange.
const insyncMargin = time.Minute

// assumeCached reckons with records whose TTL an earlier run lowered. When that was
// is on no record, so it counts as just now.
func (w *workflow) assumeCached(obs switchover.Observation) {
	var longest int64
	for _, name := range obs.Lowered(w.spec) {
		if zone, ok := w.spec.ZoneOf(name); ok {
			longest = max(longest, zone.TTL)
		}
	}
	if longest > 0 {
		w.cached = w.p.Clock.Now().Add(insyncMargin + time.Duration(longest)*time.Second)
	}
}
