// Package bluegreenswitch is the resource cdn_bluegreen_switch: which of its
// sides, CloudFront distributions, has a set of alternate domain names, and
// where their records point. Package switchover decides; its state diagram is
// the resource's.
//
// The resource owns the decision, never the distributions. It will never move a
// name because it is created over a running setup, replaced or destroyed.
package bluegreenswitch

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
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

// Resource implements cdn_bluegreen_switch.
type Resource struct{ configured.Resource }

// New returns the resource.
func New() resource.Resource { return &Resource{} }

// Metadata implements resource.Resource.
func (r *Resource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_bluegreen_switch"
}

// Create implements resource.Resource. It begins by looking, adopts what it
// finds, and leaves no state behind when it fails: an error with state would
// taint the resource, and the next plan would be a replacement.
func (r *Resource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	if resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...); resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(configured.Unmark(ctx, resp.Private)...)
	w, out, d := r.converge(ctx, &plan, nil, false, "create")
	resp.Diagnostics.Append(d...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(plan.record(ctx, w.spec, out, nil)...)
	resp.Diagnostics.Append(w.stale(out)...)
	resp.Diagnostics.Append(w.remarks(out)...)
	if out.Err != nil {
		resp.Diagnostics.Append(w.words(out, true))
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

// Update implements resource.Resource. What it records is what AWS shows, also
// when it fails.
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(configured.Unmark(ctx, resp.Private)...)
	if !plan.Phase.IsUnknown() { // the plan asks for no step, only for other settings
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
		return
	}
	var asked types.String
	if resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("live"), &asked)...); resp.Diagnostics.HasError() {
		return
	}
	// The plan holds the side that serves against a configuration that still asks for
	// the failed one: the run finishes the way back, and evidence has spoken already.
	held := !asked.Equal(plan.Live)
	w, out, d := r.converge(ctx, &plan, &state, held, "update")
	resp.Diagnostics.Append(d...)
	if resp.Diagnostics.HasError() {
		return
	}
	if out.Err != nil && !out.Sight.Seen() { // nothing was ever seen: what state said stands
		resp.Diagnostics.Append(w.words(out, false))
		return
	}
	if out.Err != nil {
		plan.Live = state.Live
	}
	resp.Diagnostics.Append(plan.record(ctx, w.spec, out, &state)...)
	resp.Diagnostics.Append(w.stale(out)...)
	resp.Diagnostics.Append(w.remarks(out)...)
	if held { // the latch stays closed until configuration asks for something else
		if failed, dd := state.failure(ctx); failed != nil {
			failed.Target = asked // the name that the side has now
			plan.Failed, d = failed.remembers(ctx)
			resp.Diagnostics.Append(append(d, dd...)...)
		}
		if out.Err == nil {
			plan.Phase = types.StringValue(string(switchover.RolledBack))
		}
	}
	if out.Err != nil {
		plan.Steps = configured.NoSteps()
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	if out.Err != nil {
		resp.Diagnostics.Append(w.words(out, false))
	}
}

// converge runs the cutover that plan asks for. state is nil while creating; held
// says that it is the rest of a rollback.
func (r *Resource) converge(ctx context.Context, plan, state *model, held bool, operation string) (*workflow, outcome, diag.Diagnostics) {
	spec, diags := plan.spec(ctx)
	gates, d := plan.gates(ctx)
	diags.Append(d...)
	spec.Adopting, spec.RollingBack = state == nil, held
	o := run.Order{
		Budget: fwtypes.Budget(plan.Timeouts, operation, defaultTimeout), OnFailure: cutover.OnFailure(plan.OnFailure.ValueString()),
		RollBackBudget: fwtypes.Budget(plan.Timeouts, "roll_back", defaultTimeout),
	}
	var prior *switchover.Prior
	var start switchover.Start
	if state != nil {
		prior, d = state.prior(ctx)
		diags.Append(d...)
		start.Previous = prior.Live
		if side, ok := spec.SideOf(prior.LiveID); ok {
			start.Previous = side // whatever it was called then
		}
		spec.Joining, spec.Unfinished = joining(spec, prior), prior.Unfinished
		spec.Kept, d = state.kept(ctx)
		diags.Append(d...)
		for _, name := range spec.Joining {
			delete(spec.Kept, name)
		}
		start.Settled, d = state.settled(ctx)
		diags.Append(d...)
	}
	w := newWorkflow(r.Provider, spec)
	w.gates, w.start = gates, start
	if plan.Steps.IsNull() || plan.Steps.IsUnknown() { // a side was unknown when the plan was made
		w.recipe = switchover.Recipe(spec, prior)
	} else {
		w.recipe = []string{}
		diags.Append(plan.Steps.ElementsAs(ctx, &w.recipe, false)...)
	}
	if plan.Steps.IsUnknown() {
		plan.Steps, d = types.ListValueFrom(ctx, types.StringType, w.recipe)
		diags.Append(d...)
	}
	if diags.HasError() {
		return w, outcome{}, diags
	}
	done, err := r.Provider.Turn(ctx, things(spec)...) // a destroy of the same records may be under way
	if err != nil {
		return w, outcome{Outcome: run.Outcome[switchover.Observation]{Result: run.Interrupted, Err: err, Journal: w.journal, Ended: w.journal.Began}}, diags
	}
	defer done()
	out := w.cutOver(ctx, o)
	if out.Err == nil {
		r.Provider.Keep(things(spec)...)
	}
	return w, out, diags
}

// Read implements resource.Resource. It makes state true and decides nothing,
// except that a fixed target opens the latch.
func (r *Resource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	if resp.Diagnostics.Append(req.State.Get(ctx, &state)...); resp.Diagnostics.HasError() {
		return
	}
	if r.Provider == nil { // the provider's configuration is not known yet, so nobody can be asked
		return
	}
	resp.Diagnostics.Append(r.refresh(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}
