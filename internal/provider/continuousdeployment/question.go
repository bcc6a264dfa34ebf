package continuousdeployment

import (
	"context"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/deployment"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// Observe looks at everything that a continuous deployment decides by, for
// cdn_preflight, which asks about one and makes none, by answers of since or later. It writes
// nothing.
func Observe(ctx context.Context, p *configured.Provider, spec deployment.Spec, since time.Time) (deployment.Observation, error) {
	w := newWorkflow(p, spec)
	w.lenient = true
	return configured.Look(ctx, p, func() (deployment.Observation, error) { return w.look(ctx, since) })
}
