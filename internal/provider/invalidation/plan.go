package invalidation

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// ModifyPlan implements resource.ResourceWithModifyPlan. It makes no call to AWS, and every
// known value it plans comes from configuration and prior state.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	plan, before, ok := configured.Planned[model](ctx, req, resp)
	if !ok {
		return
	}
	var state model
	if before != nil {
		state = *before
	}
	known := true
	for _, v := range plan.inputs() {
		known = known && fwtypes.Wholly(ctx, v)
	}
	switch {
	case known && before != nil && !plan.asks(state):
		plan.ID, plan.CreatedAt, plan.Steps = state.ID, state.CreatedAt, state.Steps
	case known:
		spec := plan.spec(state.ID.ValueString())
		plan.ID, plan.CreatedAt, plan.Steps = types.StringUnknown(), timetypes.NewRFC3339Unknown(), recipe(spec)
		if r.Provider == nil {
			break
		}
		if err := r.Provider.CloudFront.Quotas().Fits(spec.Items); err != nil {
			resp.Diagnostics.Append(diags.TooManyToInvalidate(err))
		}
	default: // what they turn out to be may be what was invalidated already
		plan.ID, plan.CreatedAt, plan.Steps = types.StringUnknown(), timetypes.NewRFC3339Unknown(), types.ListUnknown(types.StringType)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}
