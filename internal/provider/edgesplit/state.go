package edgesplit

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/split"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// Record implements latched.Run.
func (w *workflow) Record(ctx context.Context, m, was *model) diag.Diagnostics {
	out, obs := w.Out, w.Out.Sight.Obs
	d := m.fill(ctx, w.spec, obs)
	if out.Err != nil && was != nil {
		switch now := obs.Weights(w.spec); {
		case out.WentBack(): // where it leads, also while the weights are elsewhere: the next apply finishes it
			d.Append(m.ask(ctx, w.from(), was.goal)...)
		case obs.Table.Generation > 0 && !w.spec.RollingBack && !w.spec.Kill:
			d.Append(m.ask(ctx, now, was.goal)...)
		default:
			m.goal = was.goal
		}
	}
	phase := w.phase(was)
	m.Phase = types.StringValue(string(phase))
	m.SteppedAt = timetypes.NewRFC3339Null()
	m.SettledWeights, m.SettledFunctions = types.MapNull(types.Int64Type), types.MapNull(types.StringType)
	switch {
	case phase.Over():
		var dd diag.Diagnostics
		m.SettledWeights, dd = written(ctx, obs.Weights(w.spec))
		d.Append(dd...)
		m.SettledFunctions = m.FunctionARNs
	case was != nil:
		m.SettledWeights, m.SettledFunctions = was.SettledWeights, was.SettledFunctions
	}
	if was != nil && m.CurrentWeights.Equal(was.CurrentWeights) { // else it is about another table
		m.SteppedAt = was.SteppedAt
	}
	if w.stepped {
		at := w.steppedAt
		if at.IsZero() {
			at = out.Ended
		}
		m.SteppedAt = timetypes.NewRFC3339TimeValue(at.UTC())
	}
	return d
}

func (w *workflow) phase(was *model) split.Phase {
	obs := w.Out.Sight.Obs
	seen := obs.PhaseAt(w.spec)
	switch {
	case w.WentBack(w.spec.RollingBack):
		return split.RolledBack
	case w.Out.Result == run.Stepped, w.Out.Result == run.Paused:
		return split.Ramping
	case w.Out.Err == nil && w.spec.Kill:
		return split.Killed
	case w.Out.Err == nil && obs.Awaits(w.spec) && !w.spec.RollingBack: // nobody has been served by the functions, and those before stay as long
		return split.Unproven
	case w.Out.Err == nil && !obs.Weights(w.spec).Same(w.spec.Goal): // of a create, or where somebody is yet to associate the functions
		return split.Pending
	case w.Out.Err == nil:
		return split.Settled
	case seen == split.Settled:
		return split.Unproven
	case seen == split.Ramping && !w.Out.Journal.Any() && w.Out.Sight.Unseen() == nil && was != nil: // a run that stopped before anything moved leaves what was proven before
		return split.Phase(was.Phase.ValueString())
	}
	return seen
}

// Failed implements latched.Run.
func (w *workflow) Failed(any) (attr.Value, string) {
	return types.StringValue(w.spec.Goal.String()), w.identifies()
}

// identifies is what the functions do, in a few letters.
func (w *workflow) identifies() string {
	name := map[split.Role]string{}
	if _, n, err := names(w.spec, w.config, w.store.ARN); err == nil {
		name = n
	}
	return fingerprint(name)
}

// Refresh implements latched.Noun. It writes nothing while everything is as the last apply left it.
func (r *Resource) Refresh(ctx context.Context, state *model) (bool, diag.Diagnostics) {
	w, d := r.workflow(ctx, state)
	p, dd := state.past(ctx)
	if d.Append(dd...); d.HasError() {
		return true, d
	}
	if p.failed != nil { // a change that failed goes on to lead where its way back does
		w.spec = p.back(w.spec)
	}
	obs, err := configured.Look(ctx, r.Provider, func() (split.Observation, error) { return w.look(ctx) })
	if err != nil {
		return true, append(d, diags.ReadFailed("The split", err))
	}
	if obs.Store == "" && obs.Stranger == "" && len(obs.Site.Behaviors) == 0 && len(obs.Users) == 0 {
		return false, d // there is nothing left of it
	}
	before := *state
	d.Append(state.fill(ctx, w.spec, obs)...)
	thrown := obs.Table.Generation > 0 && obs.Table.Killed != before.KillSwitch.ValueBool() // by whoever has written the table
	if thrown {
		state.KillSwitch = types.BoolValue(obs.Table.Killed)
	}
	moved := thrown || !before.CurrentWeights.Equal(state.CurrentWeights) || !before.Unseen.IsNull()
	if moved {
		state.SteppedAt = timetypes.NewRFC3339Null()
	}
	state.Unseen = configured.Unseen(nil)
	runs, dd := functions(ctx, state.FunctionARNs)
	if d.Append(dd...); d.HasError() {
		return true, d
	}
	phase := p.seen(w.spec, obs, runs, moved)
	if moved && p.failed == nil && obs.Table.Generation > 0 && !obs.Table.Killed && p.phase != split.Pending {
		d.Append(state.ask(ctx, obs.Weights(w.spec), before.goal)...) // somebody's else than ours, or a run of ours that nobody heard of
		w.spec.Goal = obs.Weights(w.spec)
		phase = p.seen(w.spec, obs, runs, moved)
	}
	if p.phase == "" { // imported: whoever imports says that this is how it should be
		state.SettledWeights, dd = written(ctx, obs.Weights(w.spec))
		d.Append(dd...)
		state.SettledFunctions = state.FunctionARNs
	}
	if state.Phase = types.StringValue(string(phase)); moved || !state.Phase.Equal(before.Phase) {
		state.Steps = configured.NoSteps()
	}
	// Seen by the plan that follows in this process, which calls nothing itself.
	configured.See(r.Provider, *state, obs)
	return true, d
}

// seen is the phase that a refresh sees, given the one that state had: a gate that passed cannot be
// observed, so it counts only as long as nothing has moved since.
func (p past) seen(spec split.Spec, obs split.Observation, runs map[split.Role]string, moved bool) split.Phase {
	other := p.functions != nil && !maps.Equal(p.functions, runs) // than were last in order
	switch seen := obs.PhaseAt(spec); {
	case seen == split.Displaced:
		return seen
	case p.phase == "":
		return split.Settled
	case !moved && p.phase != split.Displaced:
		return p.phase
	case seen == split.Killed:
		return seen
	case p.failed != nil && seen == split.Settled:
		return split.RolledBack
	case other && seen == split.Settled: // nobody has proven those, and the others are yet to be deleted
		return split.Unproven
	case p.settled != nil && p.settled.Same(obs.Weights(spec)) && seen == split.Settled:
		return seen
	case seen == split.Settled && spec.Gate && !obs.Weights(spec).Same(split.Weights{spec.Safe: split.Everything}):
		return split.Unproven
	default:
		return seen
	}
}

func (w *workflow) stop() diags.SplitStop {
	return diags.SplitStop{Stop: diags.Ended(w.spec, w.Out, w.spec.Creating), From: w.from()}
}

// Remarks implements latched.Run: what waits for another apply, or for somebody else.
func (w *workflow) Remarks(m *model) diag.Diagnostics {
	var d diag.Diagnostics
	obs := w.Out.Sight.Obs
	if w.Out.Err == nil && m.Phase.ValueString() == string(split.Pending) && !obs.Weights(w.spec).Same(w.spec.Goal) {
		d.Append(diags.SplitPending(w.spec, w.spec.Attach == nil && len(obs.Users) == 0))
	}
	if w.Out.Err == nil && m.Phase.ValueString() == string(split.Unproven) && obs.Awaits(w.spec) {
		d.Append(diags.SplitAwaits(w.spec, obs))
	}
	return d
}

// Words implements latched.Run.
func (w *workflow) Words() diag.Diagnostic { return diags.SplitUnfinished(w.stop(), w.Out) }
