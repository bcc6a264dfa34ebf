package bluegreenswitch

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

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
	seen := sight{}
	if state != nil {
		if seen.obs, seen.ok = configured.Seen[model, switchover.Observation](r.Provider, *state); seen.ok {
			seen.at = r.Provider.Clock.Now()
		}
	}
	resp.Diagnostics.Append(r.plan(ctx, &plan, state, seen)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
	resp.Diagnostics.Append(markReplacement(ctx, req, resp, plan)...)
}

// plan fills in the computed attributes. state is nil for a create.
func (r *Resource) plan(ctx context.Context, plan, state *model, seen sight) diag.Diagnostics {
	var d diag.Diagnostics
	held, dd := latched(ctx, plan, state, seen)
	d.Append(dd...)
	if held != nil {
		// The plan keeps what is; Terraform lets a provider prefer state. Also while
		// something else is unknown: the plan made inside apply must come to the same.
		plan.Live = state.Live
		state.Failed, dd = held.remembers(ctx)
		d.Append(dd...)
	}
	if d.HasError() {
		return d
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
	d.Append(giveUp(ctx, spec, state)...)
	d.Append(diags.NotAnswered(seen.obs)...)
	still, dd := standing(ctx, plan, state, held != nil)
	d.Append(dd...)
	if held != nil {
		traffic, dd := seen.traffic(ctx, state, spec)
		d.Append(dd...)
		d.Append(diags.Latched(traffic, held.Target.ValueString(), held.Reason.ValueString(), spec.Live, still))
	}
	if still {
		if seen.ok && seen.about(spec) {
			d.Append(diags.HandedOn(seen.obs.DelegatedAt)...)
		}
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
	d.Append(seen.warn(spec)...)
	return d
}

// forget leaves everything open that depends on something not known yet.
func (m *model) forget() {
	m.ID, m.LiveDistributionID, m.LiveDomainName, m.Phase = types.StringUnknown(), types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	m.Owners, m.PointsAt, m.RecordTypes = types.MapUnknown(types.StringType), types.MapUnknown(types.StringType), types.MapUnknown(setOfStrings)
	m.Steps = types.ListUnknown(types.StringType)
	m.LastCutover, m.Failed = types.ObjectUnknown(lastCutoverTypes), types.ObjectUnknown(failedTypes)
	m.Unseen = configured.Unseen(nil) // a run that comes to its end ends with a look
}

// keep plans that nothing moves.
func (m *model) keep(state *model) {
	m.LiveDistributionID, m.LiveDomainName, m.Phase = state.LiveDistributionID, state.LiveDomainName, state.Phase
	m.Owners, m.PointsAt, m.RecordTypes, m.Steps = state.Owners, state.PointsAt, state.RecordTypes, state.Steps
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
		m.PointsAt, m.RecordTypes = types.MapNull(types.StringType), types.MapNull(setOfStrings)
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
func latched(ctx context.Context, plan, state *model, seen sight) (*failedModel, diag.Diagnostics) {
	if state == nil {
		return nil, nil
	}
	failed, d := state.failure(ctx)
	if failed == nil || !plan.Retry.IsNull() && !plan.Retry.IsUnknown() && !plan.Retry.Equal(state.Retry) || state.Live.IsNull() {
		return nil, d
	}
	// A side is the distribution that plays it: a name of it that changes is no other side.
	is, was := plan.distribution(plan.Live.ValueString()), state.distribution(failed.Target.ValueString())
	serving := state.distribution(state.Live.ValueString())
	if is == nil || was == nil || serving == nil || is.IsUnknown() || !is.Equal(was) || is.Equal(serving) {
		return nil, d // another target is asked for, or the one that serves
	}
	failed.Target = plan.Live
	if plan.Retry.IsUnknown() {
		d.Append(diags.RetryUnknown())
	}
	if now := plan.distribution(state.Live.ValueString()); now != nil {
		return failed, d
	}
	for name := range plan.Sides.Elements() {
		if id := plan.distribution(name); id.Equal(serving) {
			spec, dd := state.spec(ctx)
			d.Append(dd...)
			traffic, dd := seen.traffic(ctx, state, spec)
			d.Append(dd...)
			d.Append(diags.RenamedWhileLatched(traffic, state.Live.ValueString(), name))
			return failed, d
		}
	}
	return nil, d // the side that serves is no side any more
}

// remembers is the state of the latch with the name that the failed side has now.
func (f *failedModel) remembers(ctx context.Context) (types.Object, diag.Diagnostics) {
	return types.ObjectValueFrom(ctx, failedTypes, f)
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

// A sight is what the refresh of this process saw, ok if it saw the instance.
type sight struct {
	obs switchover.Observation
	at  time.Time
	ok  bool
}

// warn tells what the refresh saw in the way of the plan.
func (s sight) warn(spec switchover.Spec) diag.Diagnostics {
	var d diag.Diagnostics
	ok := s.ok && s.about(spec)
	if w := spec.Wildcards(); len(w) > 0 && !spec.RollingBack && (!ok || s.obs.Misplaced(spec)) {
		d.Append(diags.Catches(w, s.obs.Caught)...)
	}
	if !ok {
		return d
	}
	if o, ok := errors.AsType[*switchover.Obstacle](switchover.Preflight(spec, s.obs)); ok {
		d.Append(diags.InTheWay(diags.SwitchStop{Stop: diags.Seen(spec, run.Looked(s.at, s.obs))}, o))
	}
	return d
}

// traffic is what is known about viewers while planning: what the refresh of this process
// saw, or else what state has.
func (s sight) traffic(ctx context.Context, state *model, spec switchover.Spec) (run.Traffic, diag.Diagnostics) {
	if s.ok && s.about(spec) {
		return run.Looked(s.at, s.obs).Traffic(func(o switchover.Observation) cutover.Traffic { return o.Traffic(spec) }), nil
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

// about says whether the refresh looked at the distributions of a plan.
func (s sight) about(spec switchover.Spec) bool {
	for side, id := range spec.Sides {
		if d, ok := s.obs.Sides[side]; !ok || d.ID != id {
			return false
		}
	}
	return len(s.obs.Sides) > 0
}

// giveUp warns about names and zones that the switch is to keep no longer: nothing is done
// about them, so they stay as they are, and nobody looks after them.
func giveUp(ctx context.Context, spec switchover.Spec, state *model) diag.Diagnostics {
	if state == nil {
		return nil
	}
	was, d := state.spec(ctx)
	prior, dd := state.prior(ctx)
	if d.Append(dd...); d.HasError() {
		return d
	}
	var names, records []string
	for _, name := range was.Names {
		is, kept := spec.ZoneOf(name)
		zone, ok := was.ZoneOf(name)
		switch still := slices.Contains(spec.Names, name); {
		case !still:
			names = append(names, name)
		case ok && (!kept || is.ID != zone.ID) && prior.Pointed[name] != "":
			records = append(records, name)
		}
	}
	return append(d, diags.GivenUp(was, names, records, prior.Owners)...)
}

// planDestroy warns about what stays, and about what goes. It looks at nothing but state:
// a destroy must not depend on anybody's health.
func (r *Resource) planDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state model
	if resp.Diagnostics.Append(req.State.Get(ctx, &state)...); resp.Diagnostics.HasError() {
		return
	}
	removal, d := state.removal(ctx)
	prior, dd := state.prior(ctx)
	if d.Append(dd...); d.HasError() {
		resp.Diagnostics.Append(d...)
		return
	}
	var kept, live, served []string
	for _, name := range removal.Spec.Names {
		zone, ok := removal.Spec.ZoneOf(name)
		if !ok {
			continue
		}
		_, owned := removal.Spec.SideOf(prior.Owners[name])
		switch anyway, goes := removal.Zones[zone.Domain]; {
		case !goes:
			kept = append(kept, name)
		case anyway:
			live = append(live, name)
		case owned && prior.Pointed[name] != "":
			served = append(served, name)
		}
	}
	resp.Diagnostics.Append(diags.DestroyOfSwitch(removal.Spec).Planned(kept, live, served)...)
}

// markReplacement tells Delete, and whoever reads the plan, that records are kept.
func markReplacement(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, plan model) diag.Diagnostics {
	replaces, d := configured.MarkReplacement(ctx, req, resp)
	if !replaces || !plan.decidable(ctx) || !wholly(ctx, plan.DNS) {
		return d
	}
	removal, dd := plan.removal(ctx)
	if d.Append(dd...); len(removal.Zones) > 0 {
		d.Append(diags.DestroyOfSwitch(removal.Spec).ReplacementKeeps(strings.Join(slices.Sorted(maps.Keys(removal.Zones)), ", ")))
	}
	return d
}
