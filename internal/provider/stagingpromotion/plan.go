package stagingpromotion

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// ModifyPlan implements resource.ResourceWithModifyPlan.
//
// It makes no call to AWS, ever: Terraform asks it again in the middle of apply
// and compares, and a plan without a refresh must not call anything. Every known
// value it plans comes from configuration and prior state.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() { // destroying leaves everything as it is, also what is better not left
		var state model
		if resp.Diagnostics.Append(req.State.Get(ctx, &state)...); !resp.Diagnostics.HasError() {
			resp.Diagnostics.Append(r.leaves(ctx, &state)...)
		}
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
	if state != nil && !plan.Primary.Equal(state.Primary) {
		state = nil // a replacement begins with another primary
	}
	resp.Diagnostics.Append(r.plan(ctx, &plan, state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

// leaves warns of what nobody will look after any more once the resource is destroyed.
func (r *Resource) leaves(ctx context.Context, state *model) diag.Diagnostics {
	prior, d := state.prior(ctx)
	if d.HasError() {
		return d
	}
	staging := prior.Routed != ""
	switch prior.Phase {
	case promotion.Canary, promotion.Stray, promotion.GoingBack:
		staging = true
	case promotion.Promoted, promotion.Unproven:
	case promotion.Settled, promotion.RolledBack, promotion.Stale, promotion.Drifted:
		if !staging {
			return d
		}
	}
	d.Append(diags.ReleaseLeftBehind(r.traffic(state, state, prior), staging, prior.Primary != prior.Settled))
	return d
}

// plan fills in the computed attributes. state is nil for a create.
func (r *Resource) plan(ctx context.Context, plan, state *model) diag.Diagnostics {
	prior, d := state.prior(ctx)
	wish := plan.wish(state)
	if held := (promotion.Wish{Release: wish.Release}); plan.Retry.IsUnknown() && promotion.Latched(prior, held) {
		d.Append(diags.RetryUnknown())
		return d
	}
	failed, dd := latched(ctx, state, prior, wish)
	d.Append(dd...)
	if failed != nil {
		// The plan keeps what is; Terraform lets a provider prefer state. Also while
		// something else is unknown: the plan made inside apply must come to the same.
		plan.Release = state.Release
		over := prior.Phase.Rests() && state.Unseen.IsNull()
		d.Append(diags.ReleaseLatched(r.traffic(plan, state, prior), failed.Release.ValueString(), failed.Reason.ValueString(), over))
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
	promotion.Aim(&spec, prior, wish)
	plan.ID = plan.Primary
	if spec.Purpose == promotion.Rest {
		plan.keep(state)
		d.Append(r.warn(plan, state, prior, wish, spec)...)
		return d
	}
	due, dd := r.due(ctx, plan, state, spec, prior)
	d.Append(dd...)
	if due == cutover.NotYet && plan.alike(state) {
		plan.keep(state)
		return d
	}
	plan.forget()
	plan.ID = plan.Primary
	if due != cutover.Yes {
		// Other settings change, or nobody knows what time it is. The next step may be due
		// by the time of apply, and a value that is known now would have to be the same then.
		return d
	}
	plan.Steps, dd = types.ListValueFrom(ctx, types.StringType, promotion.Recipe(spec, prior))
	d.Append(dd...)
	d.Append(r.warn(plan, state, prior, wish, spec)...)
	return d
}

// due looks at the clock, where a canary takes one step in each apply. What it says does
// not change back once it is yes.
func (r *Resource) due(ctx context.Context, plan, state *model, spec promotion.Spec, prior *promotion.Prior) (cutover.Due, diag.Diagnostics) {
	if !spec.Bakes(prior) || !plan.Staging.Equal(state.Staging) || !plan.Policy.Equal(state.Policy) {
		return cutover.Yes, nil
	}
	at, d := state.steppedAt(ctx)
	due, next := r.Provider.Due(at, spec.CanaryBake)
	if due == cutover.NotYet {
		d.Append(diags.CanaryNotDueYet(r.traffic(plan, state, prior), spec, next))
	}
	return due, d
}

// alike says whether everything that configuration says is as it was.
func (m *model) alike(was *model) bool {
	settings := func(m *model) []attr.Value {
		return []attr.Value{
			m.Primary, m.Staging, m.Policy, m.Release, m.Staged, m.Canary, m.Verify, m.Names, m.BakeTime, m.Invalidate, m.Advance, m.OnFailure, m.OnDrift, m.Retry,
			m.PendingWindow, m.Bucket, m.Timeouts,
		}
	}
	return slices.EqualFunc(settings(m), settings(was), attr.Value.Equal)
}

// forget leaves everything open that only a run can tell.
func (m *model) forget() {
	m.ID, m.Phase, m.WayBack = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	m.SettledRelease, m.SettledFingerprint, m.PrimaryFingerprint = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	m.Steps = types.ListUnknown(types.StringType)
	m.SettledGrounds, m.SettledRoute, m.Previous = types.StringUnknown(), types.StringUnknown(), types.ObjectUnknown(previousTypes)
	m.Attempt, m.LastCutover, m.Failed = types.ObjectUnknown(attemptTypes), types.ObjectUnknown(lastCutoverTypes), types.ObjectUnknown(failedTypes)
	m.Unseen = configured.Unseen(nil) // a run that comes to its end ends with a look
}

// keep plans that nothing moves.
func (m *model) keep(state *model) {
	m.Phase, m.WayBack, m.PrimaryFingerprint = state.Phase, state.WayBack, state.PrimaryFingerprint
	m.SettledRelease, m.SettledFingerprint = state.SettledRelease, state.SettledFingerprint
	m.SettledGrounds, m.SettledRoute, m.Previous = state.SettledGrounds, state.SettledRoute, state.Previous
	m.Steps, m.Attempt, m.LastCutover, m.Failed, m.Unseen = state.Steps, state.Attempt, state.LastCutover, state.Failed, state.Unseen
}

// latched returns the failed release that configuration still asks for, or nil.
func latched(ctx context.Context, state *model, prior *promotion.Prior, wish promotion.Wish) (*failedModel, diag.Diagnostics) {
	if !promotion.Latched(prior, wish) {
		return nil, nil
	}
	return state.failure(ctx)
}

// A sight is what the refresh of this process saw.
type sight struct {
	of  promotion.Spec // the ids it looked at
	obs promotion.Observation
	at  time.Time
}

// traffic is what is known about viewers while planning: what the refresh of this process
// saw, or else what state has.
func (r *Resource) traffic(plan, state *model, prior *promotion.Prior) run.Traffic {
	spec := promotion.Spec{Primary: plan.Primary.ValueString(), Staging: plan.Staging.ValueString(), Settled: prior.Settled, Resumes: prior.Attempt}
	if seen, ok := configured.Seen[model, sight](r.Provider, *state); ok && seen.of.Staging == spec.Staging && seen.of.Policy == plan.Policy.ValueString() {
		return run.Looked(seen.at, seen.obs).Traffic(func(o promotion.Observation) cutover.Traffic { return o.Traffic(spec) })
	}
	return run.Recorded(prior.Traffic(spec))
}

// warn tells what the refresh of this process saw in the way of the plan, and what has
// been waiting for long.
func (r *Resource) warn(plan, state *model, prior *promotion.Prior, wish promotion.Wish, spec promotion.Spec) diag.Diagnostics {
	var d diag.Diagnostics
	if prior != nil && prior.Phase == promotion.Drifted && wish.OnDrift == promotion.Report && spec.Purpose == promotion.Rest {
		d.Append(diags.ReleaseDrifted(r.traffic(plan, state, prior), spec.Primary))
	}
	if r.Provider == nil || prior == nil {
		return d
	}
	seen, ok := configured.Seen[model, sight](r.Provider, *state)
	if !ok || seen.of.Staging != spec.Staging || seen.of.Policy != spec.Policy {
		return d // the refresh looked at others
	}
	window := fwtypes.Length(plan.PendingWindow, "0s")
	standing := promotion.Stand(*prior, wish.Release, seen.obs)
	if age := seen.at.Sub(seen.obs.Staging.Modified); standing == promotion.IsPending && !plan.PendingWindow.IsNull() && age > window {
		d.Append(diags.ReleasePending(r.traffic(plan, state, prior), spec.Staging, age, window))
	}
	if spec.Purpose == promotion.Rest {
		if sent := seen.obs.Sends(); sent != "" { // declared or accepted, or it came after the refresh of state
			d.Append(diags.ReleaseStray(diags.ReleaseStop{Stop: diags.Seen(spec, run.Looked(seen.at, seen.obs))}))
		}
		return d
	}
	if o, ok := errors.AsType[*promotion.Obstacle](promotion.Preflight(spec, seen.obs)); ok {
		d.Append(diags.ReleaseInTheWay(diags.ReleaseStop{Stop: diags.Seen(spec, run.Looked(seen.at, seen.obs))}, o))
	}
	return d
}

// bakes is how long a run bakes, all of its steps together.
func (m *model) bakes(ctx context.Context) (time.Duration, diag.Diagnostics) {
	spec, d := m.spec(ctx)
	if spec.PerApply {
		return spec.Bake, d
	}
	return time.Duration(len(spec.Routes))*spec.CanaryBake + spec.Bake, d
}
