package bluegreenswitch

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// Hold implements latched.Noun: what failed is a side that is still that distribution.
func (r *Resource) Hold(ctx context.Context, plan, state *model) (bool, diag.Diagnostics) {
	failed, d := state.Failure(ctx)
	if failed == nil || state.Live.IsNull() {
		return false, d
	}
	// A side is the distribution that plays it: a name of it that changes is no other side.
	is, was := plan.distribution(plan.Live.ValueString()), state.distribution(failed.Target.ValueString())
	serving := state.distribution(state.Live.ValueString())
	if is == nil || was == nil || serving == nil || is.IsUnknown() || !is.Equal(was) || is.Equal(serving) {
		return false, d // another target is asked for, or the one that serves
	}
	if called := plan.distribution(state.Live.ValueString()); called == nil || !called.IsUnknown() && !called.Equal(serving) {
		for name := range plan.Sides.Elements() {
			if id := plan.distribution(name); id.Equal(serving) {
				spec, dd := state.spec(ctx)
				d.Append(dd...)
				traffic, dd := r.seen(state).traffic(ctx, state, spec)
				d.Append(dd...)
				return true, append(d, diags.RenamedWhileLatched(traffic, state.Live.ValueString(), name))
			}
		}
		return false, d // the side that serves is no side any more
	}
	return true, d
}

// Aim implements latched.Noun.
func (r *Resource) Aim(ctx context.Context, asked, plan, state *model, held bool) (latched.Aim, diag.Diagnostics) {
	spec, d := plan.spec(ctx)
	if d.HasError() {
		return latched.Aim{}, d
	}
	if d.Append(unnamed(r.Provider, spec)...); d.HasError() {
		return latched.Aim{}, d
	}
	aim := latched.Aim{ID: plan.identity(spec)}
	seen := r.seen(state)
	d.Append(giveUp(ctx, spec, state)...)
	d.Append(diags.NotAnswered(seen.obs)...)
	var dd diag.Diagnostics
	aim.Rest, dd = standing(ctx, plan, state, held)
	d.Append(dd...)
	if held {
		failed, dd := state.Failure(ctx)
		d.Append(dd...)
		traffic, dd := seen.traffic(ctx, state, spec)
		d.Append(dd...)
		d.Append(diags.Latched(traffic, asked.Live.ValueString(), failed.Reason.ValueString(), spec.Live, aim.Rest))
	}
	if aim.Rest {
		if seen.ok && seen.about(spec) {
			d.Append(diags.HandedOn(seen.obs.DelegatedAt)...)
		}
		if held {
			aim.Fill = func() diag.Diagnostics { return plan.remember(ctx, state, asked.Live) }
		}
		return aim, d
	}
	var prior *switchover.Prior
	if state != nil {
		prior, dd = state.prior(ctx)
		d.Append(dd...)
	}
	if held {
		spec.Before, spec.After, spec.RollingBack = false, false, true // the way back asks for no evidence
		spec.Invalidate = nil
	}
	if aim.Recipe = switchover.Recipe(spec, prior); prior == nil {
		aim.Recipe = append([]string{cutover.LookFirst}, aim.Recipe...)
	}
	aim.Pausing = switchover.Relit(spec, prior)
	aim.Fill = func() diag.Diagnostics { return plan.expect(ctx, spec, prior) }
	aim.Warn = func() diag.Diagnostics { return seen.warn(spec) }
	return aim, d
}

// expect plans what configuration decides of the end of a cutover; what only AWS can tell
// afterwards stays unknown.
func (m *model) expect(ctx context.Context, spec switchover.Spec, prior *switchover.Prior) diag.Diagnostics {
	m.LiveDistributionID = types.StringValue(spec.Target())
	if prior != nil && prior.LiveID == spec.Target() && prior.LiveDomain != "" {
		m.LiveDomainName = types.StringValue(prior.LiveDomain)
	}
	owners := map[string]string{}
	for _, name := range spec.Names {
		owners[name] = spec.Target()
	}
	var d diag.Diagnostics
	m.Owners, d = types.MapValueFrom(ctx, types.StringType, owners)
	if !spec.Crosses() && (prior == nil || len(prior.Proofs) == 0) {
		m.Proofs = types.MapNull(setOfStrings)
	}
	if len(spec.Zones) == 0 {
		m.PointsAt, m.RecordTypes = types.MapNull(types.StringType), types.MapNull(setOfStrings)
	}
	return d
}

// remember keeps the latch closed, with the name that the failed side has now.
func (m *model) remember(ctx context.Context, state *model, called types.String) diag.Diagnostics {
	failed, d := state.Failure(ctx)
	if failed == nil {
		return d
	}
	var dd diag.Diagnostics
	failed.Target = called
	m.Failed, dd = types.ObjectValueFrom(ctx, latched.FailureTypes, failed)
	return append(d, dd...)
}

// seen is what the refresh of this process saw of a state.
func (r *Resource) seen(state *model) (s sight) {
	if state == nil {
		return s
	}
	if s.obs, s.ok = configured.Seen[model, switchover.Observation](r.Provider, *state); s.ok {
		s.at = r.Provider.Clock.Now()
	}
	return s
}

// standing says whether prior state already is what is asked for, so that only
// settings change, or nothing.
func standing(ctx context.Context, plan, state *model, held bool) (bool, diag.Diagnostics) {
	if state == nil || !state.Rests(held) {
		return false, nil
	}
	was, d := state.spec(ctx)
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
	obs := switchover.Observation{Seen: switchover.Seen{Sides: map[cutover.Side]switchover.Distribution{}, Elsewhere: map[string]string{}, Asking: spec.Target()}}
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

// Destroy implements latched.Noun. It warns about what stays, and about what goes. It looks at nothing but state:
// a destroy must not depend on anybody's health.
func (r *Resource) Destroy(ctx context.Context, state *model) diag.Diagnostics {
	removal, d := state.removal(ctx)
	prior, dd := state.prior(ctx)
	if d.Append(dd...); d.HasError() {
		return d
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
	about := diags.DestroyOfSwitch(removal.Spec)
	if len(prior.Proofs) > 0 {
		d.Append(about.Ends(removal.Spec, prior.Dark(removal.Spec), prior.Proofs))
	}
	return append(d, about.Planned(kept, live, served)...)
}

// Replace implements latched.Noun.
func (r *Resource) Replace(ctx context.Context, plan *model) diag.Diagnostics {
	removal, d := plan.removal(ctx)
	if len(removal.Zones) > 0 {
		d.Append(diags.DestroyOfSwitch(removal.Spec).ReplacementKeeps(strings.Join(slices.Sorted(maps.Keys(removal.Zones)), ", ")))
	}
	return d
}
