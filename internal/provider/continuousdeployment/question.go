package continuousdeployment

import (
	"context"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/deployment"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// Observe looks at everything that a continuous deployment decides by, for
// cdn_preflight, which asks about one and makes none. It writes nothing.
func Observe(ctx context.Context, p *configured.Provider, spec deployment.Spec) (deployment.Observation, error) {
	w := newWorkflow(p, spec)
	return configured.Look(ctx, p, func() (deployment.Observation, error) { return w.look(ctx, p.Clock.Now().Add(-p.Poll/2)) })
}
