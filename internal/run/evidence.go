package run

import (
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
)

// Evidence is what a verdict is worth to a decision. Only Pass is worth anything for a
// side; whatever has no name here is no more than inconclusive.
func Evidence(v gate.Verdict) cutover.Evidence {
	switch v {
	case gate.Pass:
		return cutover.Healthy
	case gate.Fail:
		return cutover.Unhealthy
	case gate.Unasked:
		return cutover.Unasked
	default:
		return cutover.Inconclusive
	}
}
