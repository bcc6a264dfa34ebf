package configured

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Planned is what ModifyPlan is asked about, and the state before, nil of a create. ok is
// false where there is nothing to plan: of a destroy, and where either cannot be read.
func Planned[M any](ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) (plan M, state *M, ok bool) {
	if req.Plan.Raw.IsNull() {
		return plan, nil, false
	}
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if !req.State.Raw.IsNull() {
		state = new(M)
		resp.Diagnostics.Append(req.State.Get(ctx, state)...)
	}
	return plan, state, !resp.Diagnostics.HasError()
}

// Recorded reads the state that Read is asked about, and gives it an identity where it has none,
// which the framework wants of whatever is read, and of what is gone. ok is false where it cannot be
// read, and while the provider's configuration is not known, so that nobody can be asked.
func (r *Resource) Recorded(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse, state any) (ok bool) {
	resp.Diagnostics.Append(req.State.Get(ctx, state)...)
	var id types.String
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("id"), &id)...)
	resp.Diagnostics.Append(Identify(ctx, resp.Identity, id)...)
	return r.Provider != nil && !resp.Diagnostics.HasError()
}
