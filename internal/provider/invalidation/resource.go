package invalidation

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

var (
	_ resource.ResourceWithConfigure      = (*Resource)(nil)
	_ resource.ResourceWithImportState    = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan     = (*Resource)(nil)
	_ resource.ResourceWithMoveState      = (*Resource)(nil)
	_ resource.ResourceWithValidateConfig = (*Resource)(nil)
)

// Resource implements cdn_invalidation: that copies at edge locations were dropped when
// something changed. It owns nothing that viewers are served by, so its destroy forgets.
//
// It has no identity: what AWS gives an id is one invalidation, and the resource has another
// one after each change.
type Resource struct{ configured.Resource }

// New returns the resource.
func New() resource.Resource { return &Resource{} }

// Metadata implements resource.Resource.
func (r *Resource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_invalidation"
}

// by begins the caller references of the resource and of the action.
const by = "cdn-invalidation"

// Create implements resource.Resource. One that fails leaves no state, which would be
// tainted: the next one finds by its reference what this one may have asked for.
func (r *Resource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	if resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...); resp.Diagnostics.HasError() {
		return
	}
	before := r.Provider.Forgotten(plan.spec("").Reference(by, nil))
	w := newWorkflow(r.Provider, plan.spec(before))
	if err := w.run(ctx, fwtypes.Budget(plan.Timeouts, "create", defaultTimeout), nil); err != nil {
		stop := w.stop(err)
		stop.Created = true
		resp.Diagnostics.Append(diags.InvalidationStopped(stop))
		return
	}
	plan.fill(w)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

// Update implements resource.Resource. Its reference has the id of the invalidation before
// in it, so that triggers which return to an earlier value get another one. Where it fails,
// state keeps what was invalidated last.
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if plan.asks(state) {
		w := newWorkflow(r.Provider, plan.spec(state.ID.ValueString()))
		if err := w.run(ctx, fwtypes.Budget(plan.Timeouts, "update", defaultTimeout), nil); err != nil {
			resp.Diagnostics.Append(diags.InvalidationStopped(w.stop(err)))
			state.Steps = configured.NoSteps()
			resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
			return
		}
		plan.fill(w)
	} else {
		plan.ID, plan.CreatedAt, plan.Steps = state.ID, state.CreatedAt, state.Steps
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

// Read implements resource.Resource. It asks nobody: an invalidation never changes, and
// CloudFront forgets those of long ago, which is no drift.
func (r *Resource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

// Delete implements resource.Resource. What was dropped is not brought back. A create that
// comes after it in this process, as in a replacement, is to drop anew and not to find this.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	if resp.Diagnostics.Append(req.State.Get(ctx, &state)...); !resp.Diagnostics.HasError() && r.Provider != nil {
		r.Provider.Forget(state.spec("").Reference(by, nil), state.ID.ValueString())
	}
}

// MoveState implements resource.ResourceWithMoveState.
func (r *Resource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{configured.FromElsewhere("cdn_invalidation")}
}
