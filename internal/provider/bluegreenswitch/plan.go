package bluegreenswitch

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// ModifyPlan implements resource.ResourceWithModifyPlan.
//
// It makes no call to AWS, ever: Terraform asks it again in the middle of apply
// and compares, and a plan without a refresh must not call anything. Every known
// value it plans comes from configuration and prior state.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		r.planDestroy(ctx, req, resp)
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
}

// plan fills in the computed attributes. state is nil for a create.
func (r *Resource) plan(ctx context.Context, plan, state *model) diag.Diagnostics {
	var d diag.Diagnostics
	held, dd := latched(ctx, plan, state)
	d.Append(dd...)
	if held != nil {
		// The plan keeps what is; Terraform lets a provider prefer state. Also while
		// something else is unknown: the plan made inside apply must come to the same.
		plan.Live = state.Live
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
	plan.ID = types.StringValue(plan.identity(spec))
	still, dd := standing(ctx, plan, state, held != nil)
	d.Append(dd...)
	if held != nil {
		traffic, dd := r.traffic(ctx, state, spec)
		d.Append(dd...)
		d.Append(diags.Latched(traffic, held.Target.ValueString(), held.Reason.ValueString(), spec.Live, still))
	}
	if still {
		plan.keep(state)
		return d
	}
	var prior *switchover.Prior
	if state != nil {
		prior, dd = state.prior(ctx)
		d.Append(dd...)
	}
	if held != nil {
		spec.Before, spec.After, spec.RollingBack = false, false, true // the way back asks for no evidence
		spec.Invalidate = nil
	}
	d.Append(plan.intend(ctx, spec, prior)...)
	d.Append(r.warn(state, spec)...)
	return d
}

// forget leaves everything open that depends on something not known yet.
func (m *model) forget() {
	m.ID, m.LiveDistributionID, m.LiveDomainName, m.Phase = types.StringUnknown(), types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	m.Owners, m.PointsAt = types.MapUnknown(types.StringType), types.MapUnknown(types.StringType)
	m.Steps = types.ListUnknown(types.StringType)
	m.LastCutover, m.Failed = types.ObjectUnknown(lastCutoverTypes), types.ObjectUnknown(failedTypes)
	m.Unseen = configured.Unseen(nil) // a run that comes to its end ends with a look
}

// keep plans that nothing moves.
func (m *model) keep(state *model) {
	m.LiveDistributionID, m.LiveDomainName, m.Phase = state.LiveDistributionID, state.LiveDomainName, state.Phase
	m.Owners, m.PointsAt, m.Steps = state.Owners, state.PointsAt, state.Steps
	m.LastCutover, m.Failed, m.Unseen = state.LastCutover, state.Failed, state.Unseen
}

// intend plans the steps to spec. What configuration decides is known; what only
// AWS can tell afterwards stays unknown.
func (m *model) intend(ctx context.Context, spec switchover.Spec, prior *switchover.Prior) diag.Diagnostics {
	m.forget()
	m.ID = types.StringValue(m.identity(spec))
	m.LiveDistributionID = types.StringValue(spec.Target())
	if prior != nil && prior.LiveID == spec.Target() && prior.LiveDomain != "" {
		m.LiveDomainName = types.StringValue(prior.LiveDomain)
	}
	owners := map[string]string{}
	for _, name := range spec.Names {
		owners[name] = spec.Target()
	}
	var d, dd diag.Diagnostics
	m.Owners, dd = types.MapValueFrom(ctx, types.StringType, owners)
	d.Append(dd...)
	if len(spec.Zones) == 0 {
		m.PointsAt = types.MapNull(types.StringType)
	}
	steps := switchover.Recipe(spec, prior)
	if prior == nil {
		steps = append([]string{cutover.LookFirst}, steps...)
	}
	m.Steps, dd = types.ListValueFrom(ctx, types.StringType, steps)
	d.Append(dd...)
	return d
}

// latched returns the failed cutover that configuration still asks for, or nil.
func latched(ctx context.Context, plan, state *model) (*failedModel, diag.Diagnostics) {
	if state == nil {
		return nil, nil
	}
	failed, d := state.failure(ctx)
	if failed == nil || failed.Target.ValueString() != plan.Live.ValueString() || !plan.Retry.IsNull() && !plan.Retry.IsUnknown() && !plan.Retry.Equal(state.Retry) ||
		state.Live.Equal(plan.Live) || state.Live.IsNull() {
		return nil, d
	}
	target := failed.Target.ValueString()
	if is, was := plan.distribution(target), state.distribution(target); is == nil || !is.Equal(was) {
		return nil, d // the side is played by another distribution now
	}
	if plan.distribution(state.Live.ValueString()) == nil {
		return nil, d // the side that serves is no side any more
	}
	if plan.Retry.IsUnknown() {
		d.Append(diags.RetryUnknown())
	}
	return failed, d
}

// standing says whether prior state already is what is asked for, so that only
// settings change, or nothing.
func standing(ctx context.Context, plan, state *model, held bool) (bool, diag.Diagnostics) {
	if state == nil || !state.Unseen.IsNull() {
		return false, nil
	}
	var d diag.Diagnostics
	phase := switchover.Phase(state.Phase.ValueString())
	if phase != switchover.Settled && (!held || phase != switchover.RolledBack) {
		return false, d
	}
	was, dd := state.spec(ctx)
	d.Append(dd...)
	is, dd := plan.spec(ctx)
	d.Append(dd...)
	same := is.Live == was.Live && is.Target() == was.Target() && len(is.Zones) == len(was.Zones) && len(is.Names) == len(was.Names)
	for i := 0; same && i < len(is.Names); i++ {
		same = is.Names[i] == was.Names[i]
	}
	for i := 0; same && i < len(is.Zones); i++ {
		same = is.Zones[i].Same(was.Zones[i])
	}
	return same, d
}

// warn tells what the refresh of this process saw in the way of the plan.
func (r *Resource) warn(state *model, spec switchover.Spec) diag.Diagnostics {
	var d diag.Diagnostics
	obs, ok := r.seen(state, spec)
	if w := spec.Wildcards(); len(w) > 0 && !spec.RollingBack && (!ok || obs.Misplaced(spec)) {
		d.Append(diags.Catches(w, obs.Caught)...)
	}
	if !ok {
		return d
	}
	if o, ok := errors.AsType[*switchover.Obstacle](switchover.Preflight(spec, obs)); ok {
		d.Append(diags.InTheWay(diags.Stop{Spec: spec, Sight: run.Looked(r.Provider.Clock.Now(), obs)}, o))
	}
	return d
}

// traffic is what is known about viewers while planning: what the refresh of this process
// saw, or else what state has.
func (r *Resource) traffic(ctx context.Context, state *model, spec switchover.Spec) (run.Traffic, diag.Diagnostics) {
	if obs, ok := r.seen(state, spec); ok {
		return run.Looked(r.Provider.Clock.Now(), obs).Traffic(func(o switchover.Observation) cutover.Traffic { return o.Traffic(spec) }), nil
	}
	prior, d := state.prior(ctx)
	obs := switchover.Observation{Sides: map[cutover.Side]switchover.Distribution{}, Elsewhere: map[string]string{}, Asking: spec.Target()}
	for side, id := range spec.Sides {
		is := switchover.Distribution{ID: id, Enabled: true, Deployed: true}
		for name, owner := range prior.Owners {
			if owner == id {
				is.Aliases = append(is.Aliases, name)
			}
		}
		obs.Sides[side] = is
	}
	for name, owner := range prior.Owners {
		if _, side := spec.SideOf(owner); !side {
			obs.Elsewhere[name] = owner
		}
	}
	spec.Zones = nil // of records state has too little
	return run.Recorded(obs.Traffic(spec)), d
}

// seen returns what the refresh of this process saw, if that is about these sides.
func (r *Resource) seen(state *model, spec switchover.Spec) (switchover.Observation, bool) {
	if state == nil {
		return switchover.Observation{}, false
	}
	obs, ok := configured.Seen[model, switchover.Observation](r.Provider, *state)
	if !ok || len(obs.Sides) == 0 {
		return switchover.Observation{}, false
	}
	for side, id := range spec.Sides {
		if _, ok := obs.Sides[side]; !ok || obs.Sides[side].ID != id {
			return switchover.Observation{}, false // the refresh looked at other distributions
		}
	}
	return obs, true
}

// planDestroy warns about what stays. It looks at nothing else: a destroy must
// not depend on anybody's health.
func (r *Resource) planDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state model
	if resp.Diagnostics.Append(req.State.Get(ctx, &state)...); resp.Diagnostics.HasError() {
		return
	}
	spec, d := state.spec(ctx)
	zones, dd := state.zones(ctx)
	d.Append(dd...)
	resp.Diagnostics.Append(d...)
	var names, domains []string
	for _, z := range spec.Zones {
		if zones[z.Domain].OnDestroy.ValueString() != onDestroyDelete {
			domains = append(domains, z.Domain)
		}
	}
	for _, name := range spec.Names {
		if z, ok := spec.ZoneOf(name); ok && zones[z.Domain].OnDestroy.ValueString() != onDestroyDelete {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		resp.Diagnostics.Append(diags.Retained(names, domains))
	}
}
