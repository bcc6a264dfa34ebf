// Package stagingpromotion is the resource cdn_staging_promotion: a release of what a
// staging distribution has to its primary, with a canary before the promotion, and a
// way back after it. Package promotion decides; its state diagram is the resource's.
//
// The resource owns no AWS object, only the decision, and whether the policy between
// the two is enabled and what it sends to staging. It never promotes because it is
// created, replaced or destroyed.
package stagingpromotion

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/ledger"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

var (
	_ resource.Resource                   = (*Resource)(nil)
	_ resource.ResourceWithConfigure      = (*Resource)(nil)
	_ resource.ResourceWithImportState    = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan     = (*Resource)(nil)
	_ resource.ResourceWithMoveState      = (*Resource)(nil)
	_ resource.ResourceWithValidateConfig = (*Resource)(nil)
)

// Resource implements cdn_staging_promotion.
type Resource struct{ configured.Resource }

// New returns the resource.
func New() resource.Resource { return &Resource{} }

// Metadata implements resource.Resource.
func (r *Resource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_staging_promotion"
}

// Create implements resource.Resource. It writes nothing: whatever the primary has
// counts as settled from here on, and promoting begins with the next change of release.
func (r *Resource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	if resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...); resp.Diagnostics.HasError() {
		return
	}
	w, out, d := r.converge(ctx, &plan, nil, plan.wish(nil), "create")
	if resp.Diagnostics.Append(d...); resp.Diagnostics.HasError() {
		return
	}
	if out.Err != nil {
		resp.Diagnostics.Append(w.words(out, true))
		return
	}
	resp.Diagnostics.Append(plan.record(ctx, w, out, nil)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	if obs := out.Sight.Obs; obs.Primary.Content != obs.Staging.Content {
		resp.Diagnostics.Append(diags.ReleaseDeclared(w.stop(out, true), plan.SettledRelease.ValueString()))
	}
}

// Update implements resource.Resource. What it records is what AWS shows, also when it
// fails: the release that is settled, and never the one that was planned.
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if !plan.Phase.IsUnknown() { // the plan asks for no step, only for other settings
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
		return
	}
	wish := plan.wish(&state)
	var asked types.String
	if resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("release"), &asked)...); resp.Diagnostics.HasError() {
		return
	}
	wish.Release = asked.ValueString() // the plan holds another one while that is latched
	still, d := r.baking(ctx, &plan, &state, wish)
	if resp.Diagnostics.Append(d...); resp.Diagnostics.HasError() {
		return
	}
	if still { // only other settings change, while a step bakes
		plan.keep(&state)
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
		return
	}
	w, out, d := r.converge(ctx, &plan, &state, wish, "update")
	if resp.Diagnostics.Append(d...); resp.Diagnostics.HasError() {
		return
	}
	if out.Err != nil && (!out.Sight.Seen() || out.Sight.Obs.Primary.ID == "") { // nothing was ever seen: what state said stands
		resp.Diagnostics.Append(w.words(out, false))
		return
	}
	resp.Diagnostics.Append(plan.record(ctx, w, out, &state)...)
	resp.Diagnostics.Append(w.stale(out)...)
	if out.Result == run.Finished && w.spec.Purpose == promotion.Release && out.Sight.Obs.Primary.Content == w.spec.Settled {
		resp.Diagnostics.Append(diags.ReleaseEmpty(w.stop(out, false)))
	}
	if out.Err != nil {
		plan.Steps = configured.NoSteps()
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	if out.Err != nil {
		resp.Diagnostics.Append(w.words(out, false))
	}
}

// baking says whether a plan that left open what is to be done has nothing to do: the
// next step of a canary is not due.
func (r *Resource) baking(ctx context.Context, plan, state *model, wish promotion.Wish) (bool, diag.Diagnostics) {
	if !plan.Steps.IsUnknown() {
		return false, nil
	}
	spec, d := plan.spec(ctx)
	prior, dd := state.prior(ctx)
	if d.Append(dd...); d.HasError() {
		return false, d
	}
	promotion.Aim(&spec, prior, wish)
	due, dd := r.due(ctx, plan, state, spec, prior)
	return due == cutover.NotYet, append(d, dd.Errors()...)
}

// Delete implements resource.Resource. It writes nothing: the primary keeps what it
// has, and the policy belongs to somebody else.
func (r *Resource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// converge does what plan and state come to. state is nil while creating.
func (r *Resource) converge(ctx context.Context, plan, state *model, wish promotion.Wish, operation string) (*workflow, outcome, diag.Diagnostics) {
	spec, diags := plan.spec(ctx)
	prior, d := state.prior(ctx)
	diags.Append(d...)
	promotion.Aim(&spec, prior, wish)
	w := newWorkflow(r.Provider, spec)
	w.gates, d = plan.gates(ctx)
	diags.Append(d...)
	if state != nil {
		w.spec.WayBack = state.WayBack.ValueString()
		w.baking, d = state.steppedAt(ctx)
		diags.Append(d...)
		w.onRecord, d = state.onRecord(ctx)
		diags.Append(d...)
		w.until, d = state.settledUntil(ctx)
		diags.Append(d...)
	}
	if spec.Purpose == promotion.Release || spec.Purpose == promotion.Adopt || spec.Decided != "" { // whoever restores has to know what was taken back on purpose
		w.ledger = ledger.New(r.Provider.S3, plan.Bucket.ValueString(), spec.Primary)
		w.spec.Snapshots = w.ledger.Kept()
	}
	if plan.Steps.IsNull() || plan.Steps.IsUnknown() { // something was unknown when the plan was made
		w.recipe = promotion.Recipe(spec, prior)
		plan.Steps, d = types.ListValueFrom(ctx, types.StringType, w.recipe)
		diags.Append(d...)
	} else {
		w.recipe = []string{}
		diags.Append(plan.Steps.ElementsAs(ctx, &w.recipe, false)...)
	}
	if diags.HasError() {
		return w, outcome{}, diags
	}
	return w, w.cutOver(ctx, run.Order{
		Budget: fwtypes.Budget(plan.Timeouts, operation, defaultTimeout), OnFailure: cutover.OnFailure(plan.OnFailure.ValueString()),
		RollBackBudget: fwtypes.Budget(plan.Timeouts, "roll_back", defaultTimeout),
	}), diags
}

// Read implements resource.Resource. It makes state true and decides nothing, except
// that another configuration of staging opens the latch. While a release is pending it
// finds nothing to write.
func (r *Resource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	if resp.Diagnostics.Append(req.State.Get(ctx, &state)...); resp.Diagnostics.HasError() {
		return
	}
	if r.Provider == nil { // the provider's configuration is not known yet, so nobody can be asked
		return
	}
	there, d := r.refresh(ctx, &state)
	resp.Diagnostics.Append(d...)
	switch {
	case resp.Diagnostics.HasError():
	case !there: // nothing is left that anything could be released to
		resp.State.RemoveResource(ctx)
	default:
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	}
}
