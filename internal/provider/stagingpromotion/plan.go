package stagingpromotion

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// Hold implements latched.Noun: what failed is the release of this name.
func (r *Resource) Hold(ctx context.Context, plan, state *model) (bool, diag.Diagnostics) {
	prior, d := plan.since(state).prior(ctx)
	if !promotion.Latched(prior, promotion.Wish{Release: plan.Release.ValueString()}) {
		return false, d
	}
	failed, dd := state.failure(ctx)
	d.Append(dd...)
	over := prior.Phase.Rests() && state.Unseen.IsNull()
	return true, append(d, diags.ReleaseLatched(r.traffic(plan, state, prior), failed.Release.ValueString(), failed.Reason.ValueString(), over))
}

// since is the state before, nil if it was about another primary: a replacement begins anew.
func (m *model) since(state *model) *model {
	if state != nil && !m.Primary.Equal(state.Primary) {
		return nil
	}
	return state
}

// Aim implements latched.Noun.
func (r *Resource) Aim(ctx context.Context, asked, plan, state *model, _ bool) (latched.Aim, diag.Diagnostics) {
	state = plan.since(state)
	spec, d := plan.spec(ctx)
	prior, dd := state.prior(ctx)
	if d.Append(dd...); d.HasError() {
		return latched.Aim{}, d
	}
	wish := plan.wish(asked, state)
	promotion.Aim(&spec, prior, wish)
	aim := latched.Aim{ID: plan.Primary.ValueString(), Rest: spec.Purpose == promotion.Rest}
	if aim.Rest {
		return aim, append(d, r.warn(plan, state, prior, wish, spec)...)
	}
	aim.Due, dd = r.due(ctx, plan, state, spec, prior)
	aim.Recipe = promotion.Recipe(spec, prior)
	aim.Warn = func() diag.Diagnostics { return r.warn(plan, state, prior, wish, spec) }
	return aim, append(d, dd...)
}

// Destroy implements latched.Noun. It warns of what nobody will look after any more once the resource is destroyed.
func (r *Resource) Destroy(ctx context.Context, state *model) diag.Diagnostics {
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

// A sight is what the refresh of this process saw.
type sight struct {
	of  promotion.Spec // the ids it looked at
	obs promotion.Observation
	at  time.Time
}

// traffic is what is known about viewers while planning: what the refresh of this process
// saw, or else what state has.
func (r *Resource) traffic(plan, state *model, prior *promotion.Prior) run.Traffic {
	spec := promotion.Spec{Asked: promotion.Asked{Primary: plan.Primary.ValueString(), Staging: plan.Staging.ValueString()}, Mode: promotion.Mode{Settled: prior.Settled, Resumes: prior.Attempt}}
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
