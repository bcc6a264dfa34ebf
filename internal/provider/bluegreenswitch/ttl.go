package bluegreenswitch

import (
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
)

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
		w.records.Spread.Assume(time.Duration(longest)*time.Second, w.p.Clock.Now())
	}
}
