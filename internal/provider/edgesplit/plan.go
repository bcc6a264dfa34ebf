package edgesplit

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/split"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// Hold implements latched.Noun: what failed is a table of weights together with what the
// functions do.
func (r *Resource) Hold(ctx context.Context, plan, state *model) (bool, diag.Diagnostics) {
	if !fwtypes.AllKnown(ctx, &plan.decides) {
		return false, nil
	}
	p, d := state.past(ctx)
	spec, dd := plan.spec(ctx)
	if d.Append(dd...); d.HasError() || p.failed == nil || spec.Kill || p.failed.Target.ValueString() != spec.Goal.String() {
		return false, d
	}
	_, name, dd := p.same(ctx, spec, plan)
	return name != nil && fingerprint(name) == p.failed.Fingerprint.ValueString(), append(d, dd...)
}

// Aim implements latched.Noun.
func (r *Resource) Aim(ctx context.Context, asked, plan, state *model, held bool) (latched.Aim, diag.Diagnostics) {
	wanted, d := asked.spec(ctx)
	spec, dd := plan.spec(ctx)
	if d.Append(dd...); d.HasError() {
		return latched.Aim{}, d
	}
	aim := latched.Aim{ID: spec.Name}
	if state == nil {
		spec.Creating = true
		aim.Recipe = append([]string{cutover.LookFirst}, split.Recipe(spec, nil)...)
		return aim, d
	}
	p, dd := state.past(ctx)
	if d.Append(dd...); d.HasError() {
		return aim, d
	}
	same, name, dd := p.same(ctx, spec, plan)
	if d.Append(dd...); d.HasError() {
		return aim, d
	}
	aim.Fill = func() diag.Diagnostics { return p.foresee(ctx, plan, held, name) }
	traffic := r.traffic(state, p, spec)
	if held {
		spec = p.back(spec)
		same = same || p.phase == split.RolledBack
	}
	prior := &split.Prior{
		Weights: p.current, Same: same, Flags: spec.Kill == p.spec.Kill && plan.Override.Equal(state.Override), Displaced: p.phase == split.Displaced,
		Unfinished: p.unfinished || p.phase == split.Pending && p.current == nil,
	}
	aim.Rest = r.rests(plan, state, p, prior, held)
	if held {
		d.Append(diags.SplitLatched(traffic, wanted, spec, p.failed.Reason.ValueString(), aim.Rest))
	}
	if aim.Rest {
		return aim, d
	}
	if p.phase == split.Ramping && spec.PerApply && !held && prior.Same && prior.Flags && plan.goal.equal(state.goal) && !p.since.IsZero() && state.Unseen.IsNull() {
		due, next := r.Provider.Due(p.since, spec.Bake)
		if aim.Due = due; due == cutover.NotYet {
			d.Append(diags.SplitNotDue(traffic, spec, next))
		}
		if due != cutover.Yes {
			return aim, d
		}
	}
	aim.Recipe = split.Recipe(spec, prior)
	aim.Warn = func() diag.Diagnostics {
		warned := r.warn(state, spec)
		if held { // the way back leads to functions that know everybody
			return warned
		}
		lost, dd := p.loss(ctx, spec, plan, state)
		if lost.Any() {
			warned.Append(diags.SplitForgets(traffic, lost))
		}
		return append(warned, dd...)
	}
	return aim, d
}

func (g goal) equal(other goal) bool {
	return g.Weight.Equal(other.Weight) && g.Shares.Equal(other.Shares)
}

// rests says whether nothing is to be done. What a create has left pending is to be done.
func (r *Resource) rests(plan, state *model, p past, prior *split.Prior, held bool) bool {
	if !prior.Same || !prior.Flags || !state.Unseen.IsNull() {
		return false
	}
	if !held && !plan.goal.equal(state.goal) {
		return false
	}
	switch p.phase {
	case split.Settled, split.Killed:
		return true
	case split.RolledBack:
		return held
	case split.Pending:
		return p.current != nil && p.current.Same(p.spec.Goal)
	case split.Ramping, split.Unproven, split.Displaced:
	}
	return false
}

// foresee plans what is known of the functions: those that the code has in the store there is. Who
// associates them by themselves must not see them as unknown with every change of weights.
func (p past) foresee(ctx context.Context, plan *model, held bool, name map[split.Role]string) diag.Diagnostics {
	if name == nil || p.phase == split.Displaced {
		return nil
	}
	want := arns(p.store, name)
	if held {
		want = p.have
	}
	texts := map[string]string{}
	for role, arn := range want {
		texts[string(role)] = arn
	}
	var d diag.Diagnostics
	plan.StoreARN = types.StringValue(p.store)
	plan.FunctionARNs, d = types.MapValueFrom(ctx, types.StringType, texts)
	return d
}

// seen returns what the refresh of this process saw.
func (r *Resource) seen(state *model) (split.Observation, bool) {
	return configured.Seen[model, split.Observation](r.Provider, *state)
}

// traffic is what is known about viewers while planning: what the refresh of this process saw, or
// else what state has.
func (r *Resource) traffic(state *model, p past, spec split.Spec) run.Traffic {
	if obs, ok := r.seen(state); ok {
		return run.Looked(r.Provider.Clock.Now(), obs).Traffic(func(o split.Observation) cutover.Traffic { return o.Traffic(spec) })
	}
	now := p.current
	if now == nil {
		now = split.Weights{spec.Safe: split.Everything}
	}
	return run.Recorded(split.Recalled(spec, now))
}

// warn tells what the refresh of this process saw in the way of the plan.
func (r *Resource) warn(state *model, spec split.Spec) diag.Diagnostics {
	var d diag.Diagnostics
	obs, ok := r.seen(state)
	if !ok {
		return d
	}
	if o, ok := errors.AsType[*split.Obstacle](split.Preflight(spec, obs)); ok {
		d.Append(diags.SplitInTheWay(diags.SplitStop{Stop: diags.Seen(spec, run.Looked(r.Provider.Clock.Now(), obs))}, o))
	}
	return d
}
