// Package stagingdistribution is the resource cdn_staging_distribution: a copy of a
// primary distribution with the settings of the next release. Package staging decides;
// its state diagram is the resource's.
//
// The resource will never change the primary, never keep an alternate domain name, and
// never follow the primary unless it is asked to.
package stagingdistribution

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/staging"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

var (
	_ resource.ResourceWithConfigure      = (*Resource)(nil)
	_ resource.ResourceWithIdentity       = (*Resource)(nil)
	_ resource.ResourceWithImportState    = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan     = (*Resource)(nil)
	_ resource.ResourceWithMoveState      = (*Resource)(nil)
	_ resource.ResourceWithValidateConfig = (*Resource)(nil)
)

const what = "The staging distribution"

// Resource implements cdn_staging_distribution.
type Resource struct{ configured.Resource }

// New returns the resource.
func New() resource.Resource { return &Resource{} }

// Metadata implements resource.Resource.
func (r *Resource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_staging_distribution"
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *Resource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = configured.IdentitySchema("Id of the staging distribution.")
}

// Create implements resource.Resource. It looks first, and finds by its caller
// reference what a run before it may have made. That is why one that fails leaves no
// state, which would be tainted.
func (r *Resource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	if resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...); resp.Diagnostics.HasError() {
		return
	}
	done, err := r.Provider.Turn(ctx, plan.spec().Reference()) // a destroy of the same copy may be under way
	if err != nil {
		resp.Diagnostics.Append(diags.Unfinished(diags.Work{What: what, Err: err, Created: true, Traffic: "Nothing was changed."}))
		return
	}
	defer done()
	w, d := r.converge(ctx, &plan, nil)
	resp.Diagnostics.Append(d...)
	if resp.Diagnostics.HasError() {
		return
	}
	if w.err != nil {
		resp.Diagnostics.Append(diags.Unfinished(w.words(true)))
		return
	}
	plan.fill(w)
	resp.Diagnostics.Append(w.left()...)
	resp.Diagnostics.Append(configured.Remember(ctx, resp.Private, w.memo())...)
	r.Provider.Keep(plan.ID.ValueString())
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), plan.ID)...)
}

// Update implements resource.Resource. What it records is what AWS shows, also when it
// fails.
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	// Who knows of no identities, as Terraform before 1.12, hands none over to keep.
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), state.ID)...)
	if !plan.Fingerprint.IsUnknown() { // the plan asks for no step, only for other settings
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
		return
	}
	w, d := r.converge(ctx, &plan, &state)
	resp.Diagnostics.Append(d...)
	if resp.Diagnostics.HasError() {
		return
	}
	if w.err != nil {
		// What was asked for is asked for again by the next plan, and what there is is on record.
		shown := state
		if found, err := run.LastLook(ctx, func(ctx context.Context) (bool, error) {
			found, _, _, err := r.look(ctx, &shown)
			return found, err
		}); err == nil && found {
			state = shown
		} else {
			w.blind = true
		}
		resp.Diagnostics.Append(diags.Unfinished(w.words(false)))
		state.Timeouts, state.Steps = plan.Timeouts, configured.NoSteps()
		resp.Diagnostics.Append(configured.Remember(ctx, resp.Private, nil)...) // who can say what this state was made of
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
		return
	}
	plan.fill(w)
	resp.Diagnostics.Append(w.left()...)
	resp.Diagnostics.Append(configured.Remember(ctx, resp.Private, w.memo())...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

// converge runs until staging is as plan asks. state is nil while creating.
func (r *Resource) converge(ctx context.Context, plan, state *model) (*workflow, diag.Diagnostics) {
	w, d := r.workflow(ctx, plan)
	w.spec.Follow = follows(plan, state)
	if state == nil {
		w.spec.Owner = configured.NewOwner()
		plan.Owner = types.StringValue(w.spec.Owner)
	} else {
		w.id, w.base = state.ID.ValueString(), state.Base.ValueString()
	}
	w.side, w.live = plan.Side.ValueString(), plan.Live.ValueString()
	w.spec.Side = sideIntent(plan)
	// The recipe is a function of configuration and prior state, so it is what the plan showed.
	w.recipe = cutover.Bound(staging.Recipe(w.spec, priorOf(plan, state)))
	if plan.Steps.IsUnknown() {
		var dd diag.Diagnostics
		plan.Steps, dd = types.ListValueFrom(ctx, types.StringType, w.recipe)
		d.Append(dd...)
	}
	if d.HasError() {
		return w, d
	}
	_, w.err = engine.Run(ctx, w, w.limits(fwtypes.Budget(plan.Timeouts, fwtypes.Applies(state == nil), defaultTimeout)))
	return w, d
}

// Read implements resource.Resource.
func (r *Resource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	if !r.Recorded(ctx, req, resp, &state) {
		return
	}
	memo, d := configured.Remembered(ctx, req.Private)
	resp.Diagnostics.Append(d...)
	var seen configured.Memo
	out := configured.Refresh(&state, r.glance(ctx, &state, memo), func(m *model) (found bool, d diag.Diagnostics) {
		found, seen, d = r.refresh(ctx, m)
		return found, d
	})
	if resp.Diagnostics.Append(out.Diags...); out.Diags.HasError() {
		return
	}
	if !out.There {
		resp.State.RemoveResource(ctx)
		return
	}
	if out.Renewed {
		resp.Diagnostics.Append(configured.Remember(ctx, resp.Private, seen)...)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}

// Delete implements resource.Resource: nobody is served by a staging distribution that
// no policy names, and CloudFront refuses to delete any other.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	if resp.Diagnostics.Append(req.State.Get(ctx, &state)...); resp.Diagnostics.HasError() {
		return
	}
	w := &workflow{p: r.Provider, id: state.ID.ValueString()}
	w.spec.Primary, w.spec.Owner = state.Primary.ValueString(), state.Owner.ValueString()
	kept, err := r.Provider.Remove(ctx, state.spec().Reference(), w.id, func() (bool, error) {
		_, err := engine.Run(ctx, removal{w}, w.limits(fwtypes.Budget(state.Timeouts, "delete", defaultTimeout)))
		return w.adopted, err
	})
	if kept {
		resp.Diagnostics.Append(diags.KeptElsewhere(what, w.id))
	}
	if w.err = err; err != nil {
		resp.Diagnostics.Append(diags.NotRemoved(w.words(false)))
	}
}
