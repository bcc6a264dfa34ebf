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
	var obs deployment.Observation
	err := p.Patiently(ctx, func() (err error) {
		obs, err = w.look(ctx, p.Clock.Now().Add(-p.Poll/2))
		return err
	})
	return obs, err
}
