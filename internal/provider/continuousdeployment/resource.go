// Package continuousdeployment is the resource cdn_continuous_deployment: that a
// policy exists between a primary and a staging distribution, that it is attached,
// and how it routes once a release enables it. Package deployment decides; its state
// diagram is the resource's.
//
// The resource will never enable a policy, and never touches the weight of one that
// is enabled: cdn_staging_promotion does.
package continuousdeployment

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/deployment"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

var (
	_ resource.ResourceWithConfigure      = (*Resource)(nil)
	_ resource.ResourceWithIdentity       = (*Resource)(nil)
	_ resource.ResourceWithImportState    = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan     = (*Resource)(nil)
	_ resource.ResourceWithMoveState      = (*Resource)(nil)
	_ resource.ResourceWithValidateConfig = (*Resource)(nil)
)

// Resource implements cdn_continuous_deployment.
type Resource struct{ configured.Resource }

// New returns the resource.
func New() resource.Resource { return &Resource{} }

// Metadata implements resource.Resource.
func (r *Resource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_continuous_deployment"
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *Resource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = configured.IdentitySchema("Id of the continuous deployment policy.")
}

// Create implements resource.Resource. It looks first and takes the policy that names
// the staging distribution, if there is one: AWS allows no second. For the same reason
// a create that fails leaves no state, which would be tainted: the next one finds what
// this one made.
func (r *Resource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	if resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...); resp.Diagnostics.HasError() {
		return
	}
	spec := plan.spec()
	spec.Reroute, spec.Adopting, spec.Owner = true, true, configured.NewOwner()
	done, err := r.Provider.Turn(ctx, turnOf(spec)) // a destroy of the same policy may be under way
	if err != nil {
		resp.Diagnostics.Append(diags.Unfinished(diags.Work{What: what, Err: err, Created: true, Traffic: "Nothing was changed."}))
		return
	}
	defer done()
	w, d := r.converge(ctx, &plan, spec, "", nil)
	resp.Diagnostics.Append(d...)
	if resp.Diagnostics.HasError() {
		return
	}
	if w.err != nil {
		resp.Diagnostics.Append(diags.Unfinished(w.words(true)))
		return
	}
	plan.fill(w.obs)
	plan.Owner = fwtypes.OrNull(w.spec.Owner)
	if p := w.obs.Policy; !p.AsAsked {
		resp.Diagnostics.Append(diags.RoutesOtherwise(seenBy(w.sight, w.spec), spec, p))
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, foundKey, found(p.Routing))...)
	}
	resp.Diagnostics.Append(r.remember(ctx, resp.Private, &plan)...)
	r.Provider.Keep(plan.ID.ValueString())
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), plan.ID)...)
}

const what = "The continuous deployment"

// turnOf names what a create and a destroy of one policy share: AWS has one for each
// staging distribution.
func turnOf(spec deployment.Spec) string { return "policy that names " + spec.Staging }

// Update implements resource.Resource. What it records is what AWS shows, also when it
// fails.
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	spec := plan.spec()
	spec.Reroute = spec.Routing != state.spec().Routing
	w, d := r.converge(ctx, &plan, spec, state.ID.ValueString(), state.prior())
	resp.Diagnostics.Append(d...)
	if resp.Diagnostics.HasError() {
		return
	}
	if w.err != nil {
		resp.Diagnostics.Append(diags.Unfinished(w.words(false)))
		plan.Steps = configured.NoSteps()
		if w.obs.Policy == nil || spec.Reroute && !w.obs.Policy.AsAsked {
			plan.Weight, plan.Header, plan.Stickiness = state.Weight, state.Header, state.Stickiness
		}
		if w.obs.Policy == nil || w.obs.Primary == nil { // nothing was seen, or what was is gone: the refresh says so
			plan.Attached, plan.ID = state.Attached, state.ID
			resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
			return
		}
	}
	plan.fill(w.obs)
	resp.Diagnostics.Append(r.remember(ctx, resp.Private, &plan)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), plan.ID)...)
}

// converge runs until spec is reached. id is that of the policy, "" to look for one.
func (r *Resource) converge(ctx context.Context, plan *model, spec deployment.Spec, id string, prior *deployment.Prior) (*workflow, diag.Diagnostics) {
	w := newWorkflow(r.Provider, spec)
	w.id = id
	var d diag.Diagnostics
	// The recipe is a function of configuration and prior state, so it is what the plan showed.
	w.recipe = cutover.Bound(deployment.Recipe(spec, prior))
	if plan.Steps.IsUnknown() || plan.Steps.IsNull() {
		var dd diag.Diagnostics
		plan.Steps, dd = types.ListValueFrom(ctx, types.StringType, w.recipe)
		d.Append(dd...)
	}
	if d.HasError() {
		return w, d
	}
	_ = w.converge(ctx, w, w.limits(fwtypes.Budget(plan.Timeouts, fwtypes.Applies(prior == nil), defaultTimeout))) // kept in w
	return w, d
}

// Read implements resource.Resource. It says nothing about Enabled and the weight,
// which a release changes while it runs.
func (r *Resource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	if !r.Recorded(ctx, req, resp, &state) {
		return
	}
	owed, d := req.Private.GetKey(ctx, foundKey)
	resp.Diagnostics.Append(d...)
	memo, d := configured.Remembered(ctx, req.Private)
	resp.Diagnostics.Append(d...)
	out := configured.Refresh(&state, r.glance(ctx, &state, routed(owed), memo), func(m *model) (bool, diag.Diagnostics) { return r.refresh(ctx, m, routed(owed)) })
	resp.Diagnostics.Append(out.Diags...)
	if out.Renewed {
		resp.Diagnostics.Append(r.remember(ctx, resp.Private, &state)...)
	}
	switch {
	case out.Diags.HasError():
	case !out.There:
		resp.State.RemoveResource(ctx)
	default:
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	}
}

// Delete implements resource.Resource: everybody goes to the primary, then the policy
// goes. What hands have done already is no error.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	if resp.Diagnostics.Append(req.State.Get(ctx, &state)...); resp.Diagnostics.HasError() {
		return
	}
	w := newWorkflow(r.Provider, state.spec())
	w.id, w.known = state.ID.ValueString(), true
	kept, err := r.Provider.Remove(ctx, turnOf(w.spec), w.id, func() (bool, error) {
		err := w.converge(ctx, removal{w, state.Owner.ValueString()}, w.limits(fwtypes.Budget(state.Timeouts, "delete", defaultTimeout)))
		return w.adopted, err
	})
	if kept {
		resp.Diagnostics.Append(diags.KeptElsewhere(what, w.id))
	}
	if w.err = err; err != nil {
		resp.Diagnostics.Append(diags.NotRemoved(w.words(false)))
	}
}
