package behaviorswitch

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// Hold implements latched.Noun: what failed is a definition, and not what its side is called.
// Where only the newest version of a function is in configuration, the sides of before and
// after are called the same.
func (r *Resource) Hold(ctx context.Context, plan, state *model) (bool, diag.Diagnostics) {
	if !fwtypes.Wholly(ctx, plan.Sides) || !fwtypes.Wholly(ctx, plan.Behaviors) || !fwtypes.Wholly(ctx, plan.Live) || !fwtypes.Wholly(ctx, plan.DistributionID) {
		return false, nil
	}
	p, d := state.past(ctx)
	spec := behavior.Spec{Distribution: plan.DistributionID.ValueString(), Live: cutover.Side(plan.Live.ValueString())}
	defined, dd := (&model{decides: decides{Behaviors: plan.Behaviors, Sides: plan.Sides}}).spec(ctx)
	d.Append(dd...)
	spec.Patterns, spec.Sides = defined.Patterns, defined.Sides
	if d.HasError() || p.failed == nil || p.settled == nil || spec.Distribution != p.spec.Distribution ||
		spec.Target().Fingerprint() != p.failed.Fingerprint.ValueString() || spec.Target().Is(p.settled.Definition) {
		return false, d
	}
	return true, d
}

// Aim implements latched.Noun.
func (r *Resource) Aim(ctx context.Context, asked, plan, state *model, held bool) (latched.Aim, diag.Diagnostics) {
	wanted, d := asked.spec(ctx)
	spec, dd := plan.spec(ctx)
	if d.Append(dd...); d.HasError() {
		return latched.Aim{}, d
	}
	aim := latched.Aim{ID: identity(spec)}
	if state == nil {
		vouch(r.Provider, spec)
		aim.Recipe = append([]string{cutover.LookFirst}, behavior.Recipe(spec, nil)...)
		return aim, d
	}
	p, dd := state.past(ctx)
	if d.Append(dd...); d.HasError() {
		return aim, d
	}
	fields := fieldsOf(spec)
	spec = p.carryOn(spec)
	if held {
		spec = p.back(spec)
	}
	vouch(r.Provider, spec)
	aim.Rest = state.Rests(held) && p.standing(spec)
	seen := r.seen(state)
	if held {
		d.Append(diags.BehaviorLatched(seen.traffic(p, spec), wanted, p.failed.Reason.ValueString(), spec, aim.Rest))
	}
	if aim.Rest {
		// Fields may have been given up. What is known of the others stands.
		aim.Fill = func() diag.Diagnostics {
			var d diag.Diagnostics
			plan.CurrentValues, d = written(ctx, fields, p.values)
			return d
		}
		return aim, d
	}
	aim.Recipe = behavior.Recipe(spec, p.prior(spec))
	aim.Warn = func() diag.Diagnostics { return seen.warn(spec) }
	return aim, d
}

// A sight is what the refresh of this process saw, ok if it saw the instance.
type sight struct {
	run.Sight[behavior.Observation]
	ok bool
}

func (r *Resource) seen(state *model) sight {
	obs, ok := configured.Seen[model, behavior.Observation](r.Provider, *state)
	if !ok {
		return sight{}
	}
	return sight{run.Looked(r.Provider.Clock.Now(), obs), true}
}

// traffic is what is known about viewers while planning: what the refresh of this process
// saw, or else what state has.
func (s sight) traffic(p past, spec behavior.Spec) run.Traffic {
	if s.ok {
		return s.Traffic(func(o behavior.Observation) cutover.Traffic { return o.Traffic(spec) })
	}
	return run.Recorded(behavior.Recalled(spec, p.values))
}

// warn tells what the refresh saw in the way of the plan.
func (s sight) warn(spec behavior.Spec) diag.Diagnostics {
	var d diag.Diagnostics
	if !s.ok {
		return d
	}
	if o, ok := errors.AsType[*behavior.Obstacle](behavior.Preflight(spec, s.Obs)); ok {
		d.Append(diags.BehaviorInTheWay(diags.BehaviorStop{Stop: diags.Seen(spec, s.Sight)}, o))
	}
	return d
}
