// Package weightedramp is the resource cdn_weighted_ramp: how much of the traffic of
// some names Route 53 sends to one of two endpoints. Package ramp decides; its state
// diagram is the resource's.
//
// The resource owns the records of its names and types, and no endpoint. It will
// never change who is served because it is created over records that are there,
// replaced or destroyed, unless on_destroy says in so many words that its records are
// to go although viewers are served.
package weightedramp

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
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

// Resource implements cdn_weighted_ramp.
type Resource struct{ configured.Resource }

// New returns the resource.
func New() resource.Resource { return &Resource{} }

// Metadata implements resource.Resource.
func (r *Resource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_weighted_ramp"
}

// Create implements resource.Resource. It begins by looking, adopts what it finds,
// and leaves no state behind when it fails: an error with state would taint the
// resource, and the next plan would be a replacement.
func (r *Resource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	if resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...); resp.Diagnostics.HasError() {
		return
	}
	w, out, d := r.converge(ctx, &plan, nil, false, "create")
	resp.Diagnostics.Append(d...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(plan.record(ctx, w.spec, out, nil)...)
	if out.Err != nil {
		resp.Diagnostics.Append(w.words(out, true))
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

// Update implements resource.Resource. What it records is what AWS shows, also when
// it fails.
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
	var asked types.Int64
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("weight"), &asked)...)
	// The plan holds the weight there is against a configuration that still asks for the
	// failed one: the run finishes the way back, and evidence has spoken already.
	held := !asked.Equal(plan.Weight)
	still, d := r.standsStill(ctx, &plan, &state, held)
	if resp.Diagnostics.Append(d...); resp.Diagnostics.HasError() {
		return
	}
	if still { // only other settings change, while a step stands
		plan.keep(&state)
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
		return
	}
	w, out, d := r.converge(ctx, &plan, &state, held, "update")
	resp.Diagnostics.Append(d...)
	if resp.Diagnostics.HasError() {
		return
	}
	if out.Err != nil && (!out.Sight.Seen() || out.Sight.Obs.Domain == "") { // nothing was ever seen: what state said stands
		resp.Diagnostics.Append(w.words(out, false))
		return
	}
	resp.Diagnostics.Append(plan.record(ctx, w.spec, out, &state)...)
	if held { // the latch stays closed until configuration asks for something else
		plan.Failed = state.Failed
		if out.Err == nil {
			plan.Phase = types.StringValue(string(ramp.RolledBack))
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

// converge runs the ramp that plan asks for. state is nil while creating; held says
// that it is the rest of a rollback.
func (r *Resource) converge(ctx context.Context, plan, state *model, held bool, operation string) (*workflow, outcome, diag.Diagnostics) {
	spec, diags := plan.spec(ctx)
	spec.Adopting, spec.RollingBack = state == nil, held
	o := run.Order{
		Budget: fwtypes.Budget(plan.Timeouts, operation, defaultTimeout), OnFailure: cutover.OnFailure(plan.OnFailure.ValueString()),
		RollBackBudget: fwtypes.Budget(plan.Timeouts, "roll_back", defaultTimeout),
	}
	var past ramp.Past
	var prior *ramp.Prior
	var d diag.Diagnostics
	if state != nil {
		prior, d = state.prior(ctx, spec)
		diags.Append(d...)
		was, dd := state.spec(ctx)
		diags.Append(dd...)
		spec.Joining, spec.Renamed = joining(spec, was), renamed(spec, was)
		past = ramp.Past{From: state.before(), Level: prior.Level, Unfinished: prior.Unfinished, Proven: prior.Same && !prior.Unfinished && !prior.Displaced}
		if prior.Same && !state.SteppedAt.IsNull() && !state.SteppedAt.IsUnknown() {
			past.Since, dd = state.SteppedAt.ValueRFC3339Time()
			diags.Append(dd...)
		}
	}
	w := newWorkflow(r.Provider, spec)
	w.past = past
	w.gate, d = plan.gate(ctx)
	diags.Append(d...)
	if plan.Steps.IsNull() || plan.Steps.IsUnknown() { // something was unknown when the plan was made
		w.recipe = ramp.Recipe(spec, prior)
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
		return w, outcome{Outcome: run.Outcome[ramp.Observation]{Result: run.Interrupted, Err: err, Journal: w.journal, Ended: w.journal.Began}}, diags
	}
	defer done()
	out := w.cutOver(ctx, o)
	if out.Err == nil {
		for _, k := range spec.Keys() {
			r.Provider.Keep(configured.Records(spec.Zone, k.Name, k.Type))
		}
	}
	return w, out, diags
}

// standsStill says whether a plan that left open what is to be done has nothing to do:
// the next step of a per_apply ramp is not due.
func (r *Resource) standsStill(ctx context.Context, plan, state *model, held bool) (bool, diag.Diagnostics) {
	if !plan.Steps.IsUnknown() {
		return false, nil
	}
	spec, d := plan.spec(ctx)
	prior, dd := state.prior(ctx, spec)
	if d.Append(dd...); d.HasError() {
		return false, d
	}
	_, due, dd := r.standing(ctx, plan, state, spec, prior, held)
	return due == cutover.NotYet, append(d, dd.Errors()...)
}

// Read implements resource.Resource. It makes state true and decides nothing, except
// that another endpoint opens the latch.
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
