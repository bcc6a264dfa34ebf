package weightedramp

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// ModifyPlan implements resource.ResourceWithModifyPlan.
//
// It makes no call to AWS, ever: Terraform asks it again in the middle of apply and
// compares, and a plan without a refresh must not call anything. Every known value it
// plans comes from configuration and prior state. It looks at the clock to see whether
// the next step of a per_apply ramp is due, which does not change back once it is.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		r.planDestroy(ctx, req, resp)
		resp.Diagnostics.Append(configured.Unmark(ctx, resp.Private)...)
		return
	}
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	var state *model
	if !req.State.Raw.IsNull() {
		state = &model{}
		resp.Diagnostics.Append(req.State.Get(ctx, state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(r.plan(ctx, &plan, state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
	replaces, d := configured.MarkReplacement(ctx, req, resp)
	resp.Diagnostics.Append(d...)
	if replaces && plan.erases() && plan.decidable(ctx) {
		spec, d := plan.spec(ctx)
		resp.Diagnostics.Append(d...)
		resp.Diagnostics.Append(diags.DestroyOfRamp(spec).ReplacementKeeps("zone " + spec.Zone))
	}
}

// planDestroy warns about what stays, and about what goes. It looks at nothing but state:
// a destroy must not depend on anybody's health.
func (r *Resource) planDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state model
	if req.State.Raw.IsNull() { // there is nothing any more
		return
	}
	if resp.Diagnostics.Append(req.State.Get(ctx, &state)...); resp.Diagnostics.HasError() {
		return
	}
	removal, d := state.removal(ctx)
	if resp.Diagnostics.Append(d...); d.HasError() {
		return
	}
	about := diags.DestroyOfRamp(removal.Spec)
	switch {
	case !state.erases():
		resp.Diagnostics.Append(about.Planned(removal.Spec.Names, nil, nil)...)
	case removal.Live:
		resp.Diagnostics.Append(about.Planned(nil, removal.Spec.Names, nil)...)
	default:
		resp.Diagnostics.Append(about.Planned(nil, nil, slices.Sorted(maps.Keys(removal.Left)))...)
	}
}

// plan fills in the computed attributes. state is nil for a create.
func (r *Resource) plan(ctx context.Context, plan, state *model) diag.Diagnostics {
	held, d := latched(ctx, plan, state)
	if held != nil {
		// The plan keeps what is; Terraform lets a provider prefer state.
		plan.Weight = state.Weight
	}
	if !plan.decidable(ctx) {
		plan.forget()
		return d
	}
	spec, dd := plan.spec(ctx)
	d.Append(dd...)
	if d.HasError() {
		return d
	}
	if held != nil {
		traffic, dd := r.traffic(ctx, state, spec)
		d.Append(dd...)
		over := ramp.Phase(state.Phase.ValueString()) == ramp.RolledBack && state.Unseen.IsNull()
		d.Append(diags.RampLatched(traffic, spec, int(held.Weight.ValueInt64()), held.Reason.ValueString(), over))
		spec.RollingBack = true // the way back asks for no evidence
	}
	plan.ID = types.StringValue(identity(spec))
	var prior *ramp.Prior
	if state != nil {
		prior, dd = state.prior(ctx, spec)
		d.Append(dd...)
		still, due, dd := r.standing(ctx, plan, state, spec, prior, held != nil)
		d.Append(dd...)
		if still && (due == cutover.Yes || plan.alike(state)) {
			if obs, ok := r.seen(state, spec); ok {
				d.Append(diags.RampHandedOn(obs.DelegatedAt)...)
			}
			plan.keep(state)
			return d
		}
		if due != cutover.Yes {
			// Other settings change, or nobody knows what time it is. The next step may be due
			// by the time of apply, and a value that is known now would have to be the same then.
			plan.forget()
			plan.ID = types.StringValue(identity(spec))
			return d
		}
	}
	if state != nil {
		was, dd := state.spec(ctx)
		d.Append(dd...)
		spec.Renamed = renamed(spec, was)
		d.Append(diags.RampGivenUp(was, spec)...)
	}
	d.Append(plan.intend(ctx, spec, prior)...)
	d.Append(r.warn(state, spec)...)
	return d
}

// alike says whether everything that configuration says is as it was.
func (m *model) alike(was *model) bool {
	settings := func(m *model) []attr.Value {
		return []attr.Value{
			m.ZoneID, m.Names, m.Types, m.Sides, m.Target, m.Weight, m.Weights, m.BakeTime, m.Verify, m.Advance, m.OnFailure, m.Retry, m.Collapse, m.OnDestroy, m.Timeouts,
		}
	}
	return slices.EqualFunc(settings(m), settings(was), attr.Value.Equal)
}

// forget leaves everything open that depends on something not known yet.
func (m *model) forget() {
	m.ID, m.Routing, m.Phase = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	m.CurrentWeight, m.CurrentWeights = types.Float64Unknown(), types.MapUnknown(types.Float64Type)
	m.Steps, m.SteppedAt = types.ListUnknown(types.StringType), timetypes.NewRFC3339Unknown()
	m.SettledWeight = types.Int64Unknown()
	m.LastCutover, m.Failed = types.ObjectUnknown(lastCutoverTypes), types.ObjectUnknown(failedTypes)
	m.Unseen = configured.Unseen(nil) // a run that comes to its end ends with a look
}

// keep plans that nothing moves.
func (m *model) keep(state *model) {
	m.CurrentWeight, m.CurrentWeights, m.Routing, m.Phase = state.CurrentWeight, state.CurrentWeights, state.Routing, state.Phase
	m.Steps, m.SteppedAt, m.SettledWeight, m.LastCutover, m.Failed = state.Steps, state.SteppedAt, state.SettledWeight, state.LastCutover, state.Failed
	m.Unseen = state.Unseen
}

// intend plans the steps to spec. What configuration decides is known; what only AWS
// can tell afterwards stays unknown.
func (m *model) intend(ctx context.Context, spec ramp.Spec, prior *ramp.Prior) diag.Diagnostics {
	m.forget()
	m.ID = types.StringValue(identity(spec))
	var d diag.Diagnostics
	recipe := ramp.Recipe(spec, prior)
	if prior == nil {
		recipe = append([]string{cutover.LookFirst}, recipe...)
	}
	m.Steps, d = types.ListValueFrom(ctx, types.StringType, recipe)
	return d
}

// latched returns the failed ramp that configuration still asks for, or nil.
func latched(ctx context.Context, plan, state *model) (*failedModel, diag.Diagnostics) {
	if state == nil || !wholly(ctx, plan.Sides) || !wholly(ctx, plan.Target) {
		return nil, nil
	}
	failed, d := state.failure(ctx)
	if failed == nil || !failed.Weight.Equal(plan.Weight) || !plan.Retry.IsNull() && !plan.Retry.IsUnknown() && !plan.Retry.Equal(state.Retry) || state.Weight.Equal(plan.Weight) {
		return nil, d
	}
	target, _, dd := plan.endpoints(ctx)
	d.Append(dd...)
	was, _, dd := state.endpoints(ctx)
	d.Append(dd...)
	if fingerprint(target) != failed.Fingerprint.ValueString() || fingerprint(target) != fingerprint(was) {
		return nil, d // the side is another endpoint now, whatever it is called
	}
	if plan.Retry.IsUnknown() {
		d.Append(diags.RetryUnknown())
	}
	return failed, d
}

// standing says whether nothing is to be done, now or at all.
func (r *Resource) standing(ctx context.Context, plan, state *model, spec ramp.Spec, prior *ramp.Prior, held bool) (bool, cutover.Due, diag.Diagnostics) {
	was, d := state.spec(ctx)
	if !prior.Same || !state.Unseen.IsNull() {
		return false, cutover.Yes, d
	}
	switch phase := ramp.Phase(state.Phase.ValueString()); {
	case phase == ramp.Settled, held && phase == ramp.RolledBack:
		collapse := spec.Collapse && !was.Collapse && (spec.Weight == 0 || spec.Weight == ramp.Everything) && prior.Weighted
		return state.Weight.Equal(plan.Weight) && !collapse, cutover.Yes, d
	case phase == ramp.Ramping && spec.PerApply && !held && state.Weight.Equal(plan.Weight) && !state.SteppedAt.IsNull() && !state.SteppedAt.IsUnknown():
		at, dd := state.SteppedAt.ValueRFC3339Time()
		d.Append(dd...)
		due, next := r.Provider.Due(at, spec.Bake)
		if due == cutover.NotYet {
			traffic, dd := r.traffic(ctx, state, spec)
			d.Append(dd...)
			d.Append(diags.NotDueYet(traffic, spec, next))
		}
		return due == cutover.NotYet, due, d
	}
	return false, cutover.Yes, d
}

// seen returns what the refresh of this process saw.
func (r *Resource) seen(state *model, spec ramp.Spec) (ramp.Observation, bool) {
	if state == nil {
		return ramp.Observation{}, false
	}
	obs, ok := configured.Seen[model, ramp.Observation](r.Provider, *state)
	return obs, ok && (obs.Domain != "" || spec.Zone == state.ZoneID.ValueString())
}

// traffic is what is known about viewers while planning: what the refresh of this process
// saw, or else what state has.
func (r *Resource) traffic(ctx context.Context, state *model, spec ramp.Spec) (run.Traffic, diag.Diagnostics) {
	if obs, ok := r.seen(state, spec); ok {
		return run.Looked(r.Provider.Clock.Now(), obs).Traffic(func(o ramp.Observation) cutover.Traffic { return o.Traffic(spec) }), nil
	}
	shares, d := state.shares(ctx)
	return run.Recorded(ramp.Recalled(spec, shares)), d
}

// warn tells what the refresh of this process saw in the way of the plan.
func (r *Resource) warn(state *model, spec ramp.Spec) diag.Diagnostics {
	var d diag.Diagnostics
	obs, ok := r.seen(state, spec)
	if !ok {
		return d
	}
	if o, ok := errors.AsType[*ramp.Obstacle](ramp.Preflight(spec, obs)); ok {
		d.Append(diags.RampInTheWay(diags.RampStop{Stop: diags.Seen(spec, run.Looked(r.Provider.Clock.Now(), obs))}, o))
	}
	return d
}
