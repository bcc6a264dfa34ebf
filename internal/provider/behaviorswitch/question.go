package behaviorswitch

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// A Question is the part of a switch's configuration that says where a cutover goes, for
// cdn_preflight, which asks about one and makes none.
type Question struct {
	DistributionID types.String `tfsdk:"distribution_id"`
	Behaviors      types.Set    `tfsdk:"behaviors"`
	Sides          types.Map    `tfsdk:"sides"`
	Live           types.String `tfsdk:"live"`
	Invalidate     types.List   `tfsdk:"invalidate"`
}

func (q Question) model() model {
	return model{decides: decides{DistributionID: q.DistributionID, Behaviors: q.Behaviors, Sides: q.Sides, Live: q.Live, Invalidate: q.Invalidate}}
}

// Validate refuses what the switch refuses.
func (q Question) Validate(ctx context.Context) diag.Diagnostics {
	return validateDirection(ctx, q.model())
}

// Spec is the cutover asked about. It is that of a switch which does not exist yet: then
// nobody's fields may be taken over.
func (q Question) Spec(ctx context.Context) (behavior.Spec, diag.Diagnostics) {
	m := q.model()
	spec, d := m.spec(ctx)
	spec.Adopting = true
	return spec, d
}

// Observe looks at everything that a switch decides by, as a run does, and returns the
// distribution that it looked at, by answers of since or later. A version that nobody may ask
// about is in no state. It writes nothing.
func Observe(ctx context.Context, p *configured.Provider, spec behavior.Spec, since time.Time) (behavior.Observation, cloudfrontapi.Distribution, error) {
	w := newWorkflow(p, spec)
	obs, err := configured.Look(ctx, p, func() (behavior.Observation, error) {
		obs, err := w.look(ctx, since)
		if err != nil {
			return obs, err
		}
		return obs, w.lookAtLambdas(ctx, obs)
	})
	obs.Lambdas = w.lambdas
	return obs, w.seen, err
}
