package weightedramp

import (
	"context"
	"math"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// Record implements latched.Run.
func (w *workflow) Record(ctx context.Context, m, was *model) diag.Diagnostics {
	out, obs, from := w.Out, w.Out.Sight.Obs, w.past.CameFrom(w.spec, w.first)
	d := m.fill(ctx, w.spec, obs)
	level, even := obs.Level(w.spec)
	even = even && level == math.Trunc(level)
	if out.Err != nil {
		d.Append(m.admit(ctx, w.spec, obs)...)
		switch {
		case out.WentBack(): // where it leads, also while the weights are elsewhere: the next apply finishes it
			m.Weight = types.Int64Value(int64(*from))
		case even && !w.spec.RollingBack:
			m.Weight = types.Int64Value(int64(level))
		}
	}
	m.Phase = types.StringValue(string(w.phase(was)))
	m.SteppedAt, m.SettledWeight = timetypes.NewRFC3339Null(), types.Int64Null()
	switch {
	case even && ramp.Phase(m.Phase.ValueString()).Over():
		m.SettledWeight = types.Int64Value(int64(level))
	case was != nil:
		m.SettledWeight = was.SettledWeight
	case from != nil: // a ramp by create that is not over yet
		m.SettledWeight = types.Int64Value(int64(*from))
	}
	if was != nil && m.CurrentWeight.Equal(was.CurrentWeight) { // else it is about another share
		m.SteppedAt = was.SteppedAt
	}
	if w.stepped {
		m.SteppedAt = timetypes.NewRFC3339TimeValue(w.steppedAt.UTC())
	}
	return d
}

func (w *workflow) phase(was *model) ramp.Phase {
	seen := w.Out.Sight.Obs.PhaseAt(w.spec)
	switch {
	case w.WentBack(w.spec.RollingBack):
		return ramp.RolledBack
	case w.Out.Result == run.Stepped, w.Out.Result == run.Paused:
		return ramp.Ramping
	case w.Out.Result == run.Finished:
		return ramp.Settled
	case seen == ramp.Settled:
		return ramp.Unproven
	case seen == ramp.Ramping && !w.Out.Journal.Any() && w.Out.Sight.Unseen() == nil && was != nil: // a run that stopped before anything moved leaves what was proven before
		return ramp.Phase(was.Phase.ValueString())
	}
	return seen
}

// Failed implements latched.Run.
func (w *workflow) Failed(target any) (attr.Value, string) {
	return latched.Value(target), fingerprint(w.spec.Target)
}

// Cutover implements latched.Run.
func (w *workflow) Cutover() map[string]attr.Value {
	from := types.Int64Null()
	if was := w.past.CameFrom(w.spec, w.first); was != nil {
		from = types.Int64Value(int64(*was))
	}
	return map[string]attr.Value{"from": from, "to": types.Int64Value(int64(w.spec.Weight))}
}

// admit leaves out of state what a failed run did not get to be its own: a record that
// was somebody else's before is still.
func (m *model) admit(ctx context.Context, spec ramp.Spec, obs ramp.Observation) diag.Diagnostics {
	foreign := func(k ramp.Key) bool {
		_, ok := obs.Share(spec, k)
		return !ok && slices.Contains(spec.Joining, k) && len(obs.Records[k]) > 0
	}
	var names, kinds []string
	for _, name := range spec.Names {
		all := true
		for _, typ := range spec.Types {
			all = all && slices.Contains(spec.Joining, ramp.Key{Name: name, Type: typ})
		}
		if !all || !slices.ContainsFunc(spec.Types, func(typ string) bool { return foreign(ramp.Key{Name: name, Type: typ}) }) {
			names = append(names, name)
		}
	}
	for _, typ := range spec.Types {
		if !slices.ContainsFunc(names, func(name string) bool { return foreign(ramp.Key{Name: name, Type: typ}) }) {
			kinds = append(kinds, typ)
		}
	}
	var d, dd diag.Diagnostics
	m.Names, dd = types.SetValueFrom(ctx, types.StringType, names)
	d.Append(dd...)
	m.Types, dd = types.SetValueFrom(ctx, types.StringType, kinds)
	d.Append(dd...)
	return d
}

// Refresh implements latched.Noun. It writes nothing while everything is as the last apply
// left it.
func (r *Resource) Refresh(ctx context.Context, state *model) (bool, diag.Diagnostics) {
	return r.refresh(ctx, state, false)
}

// Glance implements latched.Glancer.
func (r *Resource) Glance(ctx context.Context, state *model, _ configured.Memo) (bool, diag.Diagnostics) {
	return r.refresh(ctx, state, true)
}

// Memo implements latched.Glancer: lists say all that it compares.
func (r *Resource) Memo(*model) configured.Memo { return nil }

func (r *Resource) refresh(ctx context.Context, state *model, glancing bool) (bool, diag.Diagnostics) {
	spec, d := state.spec(ctx)
	if d.HasError() {
		return true, d
	}
	if missing := r.unnamed(spec); missing.HasError() {
		return true, append(d, diags.AccountGone(missing))
	}
	in, dd := r.open(ctx, spec)
	if d.Append(dd...); d.HasError() {
		return true, d
	}
	w := newWorkflow(in, spec)
	w.lenient, w.glancing = true, glancing || state.Phase.IsNull() && !r.Provider.Alone // hundreds are imported at a time
	obs, err := w.patientLook(ctx)
	if err != nil {
		return true, append(d, diags.ReadFailed("The ramp", err))
	}
	before := *state
	was := ramp.Phase(state.Phase.ValueString())
	d.Append(state.fill(ctx, spec, obs)...)
	level, even := obs.Level(spec)
	moved := !before.CurrentWeight.Equal(state.CurrentWeight) || !before.Unseen.IsNull()
	if !before.CurrentWeight.Equal(state.CurrentWeight) && !before.CurrentWeight.IsNull() {
		state.SteppedAt = timetypes.NewRFC3339Null() // it was about another share
	}
	state.Unseen = configured.Unseen(nil)
	failed := !state.Failed.IsNull()
	if even && level == math.Trunc(level) && moved && !failed { // a ramp that failed goes on to lead where its way back does
		state.Weight = types.Int64Value(int64(level)) // somebody's else than ours, or a run of ours that nobody heard of
		spec.Weight = int(level)
	}
	state.Phase = types.StringValue(string(inPlace(spec, obs, was, moved, failed)))
	if was == "" && even && level == math.Trunc(level) {
		state.SettledWeight = types.Int64Value(int64(level)) // imported: whoever imports says that this is how it should be
	}
	if moved || !state.Phase.Equal(before.Phase) {
		state.Steps = configured.NoSteps()
	}
	// Seen by the plan that follows in this process, which calls nothing itself.
	configured.See(r.Provider, *state, obs)
	return true, d
}

// inPlace is the phase that a refresh sees, given the phase state had: a gate that
// passed cannot be observed, so it counts only as long as nothing has moved since.
// After a ramp that failed, AWS showing the weight from before is what rolled back means.
func inPlace(spec ramp.Spec, obs ramp.Observation, was ramp.Phase, moved, failed bool) ramp.Phase {
	seen := obs.PhaseAt(spec)
	switch {
	case seen == ramp.Displaced:
		return seen
	case was == "": // imported: whoever imports says that this is how it should be
		return ramp.Settled
	case !moved && was != ramp.Displaced:
		return was
	case seen == ramp.Settled && failed:
		return ramp.RolledBack
	case seen == ramp.Settled && !spec.Gate:
		return ramp.Settled
	case seen == ramp.Settled:
		return ramp.Unproven
	}
	return seen
}

// patientLook looks again where a moment later it may be told more.
func (w *workflow) patientLook(ctx context.Context) (ramp.Observation, error) {
	return configured.Look(ctx, w.p, func() (ramp.Observation, error) { return w.look(ctx) })
}

// Words implements latched.Run.
func (w *workflow) Words() diag.Diagnostic {
	stop := diags.RampStop{Stop: diags.Ended(w.spec, w.Out, w.spec.Adopting), From: w.past.CameFrom(w.spec, w.first)}
	return diags.RampUnfinished(stop, w.Out)
}
