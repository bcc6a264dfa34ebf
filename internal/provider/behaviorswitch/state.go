package behaviorswitch

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// Record implements latched.Run.
func (w *workflow) Record(ctx context.Context, m, was *model) diag.Diagnostics {
	out, obs := w.Out, w.Out.Sight.Obs
	d := m.fill(ctx, w.spec, w.fields, obs)
	d.Append(m.keepOrder(ctx, obs.Order)...)
	if out.Err != nil && was != nil {
		from, _ := w.start.CameFrom(w.spec)
		switch side, ok := obs.Live(w.spec); {
		case w.spec.RollingBack:
		case out.WentBack() && from.Side != "": // where it leads, also while it is not finished
			m.Live = types.StringValue(string(from.Side))
		case ok && !out.WentBack():
			m.Live = types.StringValue(string(side))
		}
	}
	phase := w.phase(was)
	if m.Phase = types.StringValue(string(phase)); phase.Over() && out.Result != run.Paused {
		vouch(w.p, w.spec)
		var dd diag.Diagnostics
		if m.SettledLive = m.Live; w.spec.RollingBack {
			m.SettledLive = types.StringValue(string(w.spec.Live))
		}
		m.SettledValues, dd = written(ctx, w.fields, obs.Values)
		d.Append(dd...)
	} else if was != nil {
		m.SettledLive, m.SettledValues = was.SettledLive, was.SettledValues
	} else {
		m.SettledLive, m.SettledValues = types.StringNull(), types.MapNull(types.StringType)
	}
	return d
}

// Failed implements latched.Run.
func (w *workflow) Failed(target any) (attr.Value, string) {
	return latched.Value(target), w.spec.Target().Fingerprint()
}

// phase is what a run comes to.
func (w *workflow) phase(was *model) behavior.Phase {
	out := w.Out
	seen := out.Sight.Obs.PhaseAt(w.spec)
	switch {
	case out.Sight.Unseen() != nil && seen.Over(): // nobody saw that it is
		return behavior.Unproven
	case w.purge.Err != nil && (out.Err == nil || out.WentBack()):
		return behavior.Unproven // the next plan shows what is left to do
	case w.WentBack(w.spec.RollingBack):
		return behavior.RolledBack
	case out.Result == run.Paused && was != nil:
		return behavior.Phase(was.Phase.ValueString()) // nothing has changed
	case out.Err == nil:
		return behavior.Settled
	case !out.Journal.Any() && was != nil && out.Sight.Unseen() == nil && !w.moved && seen != behavior.Displaced:
		return behavior.Phase(was.Phase.ValueString()) // a run that stopped before anything changed leaves what was proven before
	case !out.Journal.Any() && was != nil && w.untouched():
		return behavior.Phase(was.Phase.ValueString())
	case seen == behavior.Settled:
		return behavior.Unproven
	}
	return seen
}

// untouched says whether everything is as it was when it was last in order.
func (w *workflow) untouched() bool {
	return w.start.Settled != nil && w.start.Settled.Definition.Is(w.Out.Sight.Obs.Values)
}

// Refresh implements latched.Noun. It writes nothing while everything is as the last apply
// left it.
func (r *Resource) Refresh(ctx context.Context, state *model) (bool, diag.Diagnostics) {
	p, d := state.past(ctx)
	if d.HasError() {
		return true, d
	}
	w := newWorkflow(r.Provider, p.spec)
	obs, err := configured.Look(ctx, r.Provider, func() (behavior.Observation, error) {
		return w.look(ctx, r.Provider.Clock.Now().Add(-r.Provider.Poll/2))
	})
	if err != nil {
		return true, append(d, diags.ReadFailed("The switch", err))
	}
	moved := p.unseen
	for f, v := range p.values {
		moved = moved || obs.Values[f] != v
	}
	fields := fieldsOf(p.spec)
	if d.Append(diags.BehaviorsDrifted(p.spec, obs, p.values, p.order)...); len(behavior.Shuffled(p.spec.Patterns, p.order, obs.Order)) > 0 || p.phase == "" {
		d.Append(state.keepOrder(ctx, obs.Order)...)
	}
	before := *state
	d.Append(state.fill(ctx, p.spec, fields, obs)...)
	target := p.spec
	if p.failed != nil && p.settled != nil { // a cutover that failed goes on to lead where its way back does
		target = p.back(p.spec)
	} else if side, ok := obs.Live(p.spec); ok && moved {
		state.Live = types.StringValue(string(side))
		target.Live = side
	}
	phase := inPlace(target, obs, p, moved)
	if p.phase == "" { // imported: whoever imports says that this is how it should be
		var dd diag.Diagnostics
		state.SettledLive = state.Live
		state.SettledValues, dd = written(ctx, fields, obs.Values)
		d.Append(dd...)
	}
	state.Unseen = configured.Unseen(nil)
	state.Phase = types.StringValue(string(phase))
	if moved || !state.Phase.Equal(before.Phase) {
		state.Steps = configured.NoSteps()
	}
	// Seen by the plan that follows in this process, which calls nothing itself.
	configured.See(r.Provider, *state, obs)
	return true, d
}

// inPlace is the phase that a refresh sees, given the one that state had: a gate that
// passed cannot be observed, so it counts only as long as nothing has changed since.
func inPlace(spec behavior.Spec, obs behavior.Observation, p past, moved bool) behavior.Phase {
	switch seen := obs.PhaseAt(spec); {
	case seen == behavior.Displaced:
		return seen
	case p.phase == "":
		return behavior.Settled
	case !moved && (p.phase.Over() || p.phase == behavior.Unproven):
		return p.phase
	case seen == behavior.Trailing:
		return seen
	case p.failed != nil && p.settled != nil:
		return behavior.RolledBack
	case p.settled != nil && p.settled.Definition.Is(obs.Values) && len(p.settled.Definition) == len(spec.Target()):
		return behavior.Settled // as it was in order last: somebody took back what they did
	case spec.After, len(spec.Invalidate) > 0:
		return behavior.Unproven
	}
	return behavior.Settled
}

// stop is the cutover as a diagnostic has it.
func (w *workflow) stop() diags.BehaviorStop {
	from, _ := w.start.CameFrom(w.spec)
	return diags.BehaviorStop{Stop: diags.Ended(w.spec, w.Out, w.spec.Adopting), From: from, Unasked: w.unasked()}
}

// Remarks implements latched.Run.
func (w *workflow) Remarks(*model) diag.Diagnostics {
	var d diag.Diagnostics
	back := w.WentBack(w.spec.RollingBack)
	switch { // what was not dropped may be why a gate could not tell who answers
	case w.purge.Err != nil:
		d.Append(diags.BehaviorNotInvalidated(w.stop(), back, w.purge.Err))
	case w.purge.Unseen != nil:
		d.Append(diags.BehaviorInvalidationUnseen(w.stop(), w.purge.ID, w.purge.Unseen))
	case w.purge.Slow && (w.Out.Err == nil || back):
		d.Append(diags.BehaviorStillInvalidating(w.stop(), w.purge.ID))
	}
	if w.Out.Err == nil {
		w.spread()
		d.Append(w.browsers()...)
	}
	return d
}

// Words implements latched.Run.
func (w *workflow) Words() diag.Diagnostic { return diags.BehaviorUnfinished(w.stop(), w.Out) }
