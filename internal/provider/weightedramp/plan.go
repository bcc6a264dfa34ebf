package weightedramp

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// Hold implements latched.Noun: what failed is a weight of the same endpoint.
func (r *Resource) Hold(ctx context.Context, plan, state *model) (bool, diag.Diagnostics) {
	if !fwtypes.Wholly(ctx, plan.Sides) || !fwtypes.Wholly(ctx, plan.Target) {
		return false, nil
	}
	failed, d := state.failure(ctx)
	if failed == nil || !failed.Weight.Equal(plan.Weight) || state.Weight.Equal(plan.Weight) {
		return false, d
	}
	target, _, dd := plan.endpoints(ctx)
	d.Append(dd...)
	was, _, dd := state.endpoints(ctx)
	d.Append(dd...)
	if fingerprint(target) != failed.Fingerprint.ValueString() || fingerprint(target) != fingerprint(was) {
		return false, d // the side is another endpoint now, whatever it is called
	}
	return true, d
}

// Aim implements latched.Noun.
func (r *Resource) Aim(ctx context.Context, asked, plan, state *model, held bool) (latched.Aim, diag.Diagnostics) {
	spec, d := plan.spec(ctx)
	if d.HasError() {
		return latched.Aim{}, d
	}
	if d.Append(r.unnamed(spec)...); d.HasError() {
		return latched.Aim{}, d
	}
	aim := latched.Aim{ID: identity(spec)}
	if state == nil {
		aim.Recipe = append([]string{cutover.LookFirst}, ramp.Recipe(spec, nil)...)
		return aim, d
	}
	if held {
		failed, dd := state.failure(ctx)
		d.Append(dd...)
		traffic, dd := r.traffic(ctx, state, spec)
		d.Append(dd...)
		over := ramp.Phase(state.Phase.ValueString()) == ramp.RolledBack && state.Unseen.IsNull()
		d.Append(diags.RampLatched(traffic, spec, int(asked.Weight.ValueInt64()), failed.Reason.ValueString(), over))
		spec.RollingBack = true // the way back asks for no evidence
	}
	prior, dd := state.prior(ctx, spec)
	d.Append(dd...)
	aim.Rest, aim.Due, dd = r.standing(ctx, plan, state, spec, prior, held)
	d.Append(dd...)
	if aim.Rest || aim.Due == cutover.NotYet {
		if obs, ok := r.seen(state, spec); ok {
			d.Append(diags.RampHandedOn(obs.DelegatedAt)...)
		}
	}
	if aim.Rest || aim.Due != cutover.Yes {
		return aim, d
	}
	was, dd := state.spec(ctx)
	d.Append(dd...)
	spec.Renamed = renamed(spec, was)
	d.Append(diags.RampGivenUp(was, spec)...)
	aim.Recipe = ramp.Recipe(spec, prior)
	aim.Warn = func() diag.Diagnostics { return r.warn(state, spec) }
	return aim, d
}

// Destroy implements latched.Noun. It warns about what stays, and about what goes. It looks
// at nothing but state: a destroy must not depend on anybody's health.
func (r *Resource) Destroy(ctx context.Context, state *model) diag.Diagnostics {
	removal, d := state.removal(ctx)
	if d.HasError() {
		return d
	}
	about := diags.DestroyOfRamp(removal.Spec)
	switch {
	case !state.erases():
		return append(d, about.Planned(removal.Spec.Names, nil, nil)...)
	case removal.Live:
		return append(d, about.Planned(nil, removal.Spec.Names, nil)...)
	default:
		return append(d, about.Planned(nil, nil, slices.Sorted(maps.Keys(removal.Left)))...)
	}
}

// Replace implements latched.Noun.
func (r *Resource) Replace(ctx context.Context, plan *model) diag.Diagnostics {
	if !plan.erases() {
		return nil
	}
	spec, d := plan.spec(ctx)
	return append(d, diags.DestroyOfRamp(spec).ReplacementKeeps("zone "+spec.Zone))
}

// standing says whether nothing is to be done, now or at all.
func (r *Resource) standing(ctx context.Context, plan, state *model, spec ramp.Spec, prior *ramp.Prior, held bool) (bool, cutover.Due, diag.Diagnostics) {
	was, d := state.spec(ctx)
	if !prior.Same || !state.Unseen.IsNull() {
		return false, cutover.Yes, d
	}
	switch phase := ramp.Phase(state.Phase.ValueString()); {
	case state.Rests(held):
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
		return false, due, d
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
