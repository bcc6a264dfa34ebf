package bluegreenswitch

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/identity"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// Record implements latched.Run.
func (w *workflow) Record(ctx context.Context, m, was *model) diag.Diagnostics {
	out, obs := w.Out, w.Out.Sight.Obs
	paused, spec := out.Result == run.Paused, w.spec
	d := m.fill(ctx, w.spec, obs)
	d.Append(m.keepTypes(ctx, w.spec, obs, out.Err == nil && !paused)...)
	d.Append(m.prove(ctx, w.left(obs))...)
	if paused { // what is so is about the side that was live
		spec.Live = cutover.Side(m.Live.ValueString())
	}
	phase := obs.PhaseAt(spec)
	switch {
	case w.WentBack(w.spec.RollingBack):
		phase = switchover.RolledBack
	case phase == switchover.Settled && out.Result != run.Finished && was != nil:
		// A run that stopped before anything moved leaves what was proven before.
		phase = inPlace(spec, switchover.Phase(was.Phase.ValueString()), out.Journal.Any() && !paused || !was.Live.Equal(m.Live))
	case phase == switchover.Settled && w.purge.Err != nil:
		phase = switchover.Unproven // the next plan shows what is left to do
	}
	if !m.Unseen.IsNull() && phase.Over() { // nobody saw that it is
		phase = switchover.Unproven
	}
	if m.Phase = types.StringValue(string(phase)); w.spec.RollingBack {
		d.Append(m.remember(ctx, was, w.called)...)
	}
	return d
}

// Failed implements latched.Run. The way back has taken its names from the side that failed,
// which AWS counts as a change of it: what is on record is how it was afterwards, unless it
// had become another one by then.
func (w *workflow) Failed(target any) (attr.Value, string) {
	was := w.failing
	if after := w.Out.Sight.Obs.Sides[w.spec.Live].Identity(); identity.Is(was, after) {
		was = after
	}
	return latched.Value(target), was.String()
}

// settled is the side that was in order when the last cutover ended: the one it
// went to if it finished, else the one it came from. "" if that is not on record.
func (m *model) settled() cutover.Side {
	text := func(name string) string {
		s, _ := m.LastCutover.Attributes()[name].(types.String)
		return s.ValueString()
	}
	if run.Result(text("result")) == run.Finished {
		return cutover.Side(text("to"))
	}
	return cutover.Side(text("from"))
}

// Cutover implements latched.Run.
func (w *workflow) Cutover() map[string]attr.Value {
	return map[string]attr.Value{"from": fwtypes.OrNull(string(w.start.CameFrom(w.spec))), "to": types.StringValue(string(w.spec.Live))}
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
	if state.Phase.IsNull() { // an import: nothing is known but the names
		spec.After = false
	}
	prior, dd := state.prior(ctx)
	d.Append(dd...)
	spec.Joining = joining(spec, prior)
	spec.Kept, dd = state.kept(ctx)
	d.Append(dd...)
	if missing := unnamed(r.Provider, spec); missing.HasError() { // an account that is renamed is so in both places, and state has the old name
		return true, append(d, diags.AccountGone(missing))
	}
	in, dd := open(ctx, r.Provider, spec)
	if d.Append(dd...); d.HasError() {
		return true, d
	}
	w := newWorkflow(r.Provider, in, spec)
	w.lenient, w.glancing = true, glancing
	w.proofs, dd = state.proofs(ctx)
	d.Append(dd...)
	w.sharing = glancing || state.Phase.IsNull() && !r.Provider.Alone // hundreds are imported at a time
	obs, err := w.patientLook(ctx)
	if err != nil {
		return true, append(d, diags.ReadFailed("The switch", err))
	}
	obs.Proven = w.left(obs)
	d.Append(state.prove(ctx, obs.Proven)...)
	was := switchover.Phase(state.Phase.ValueString())
	before := *state
	failed, dd := state.Failure(ctx)
	d.Append(dd...)
	d.Append(state.fill(ctx, spec, obs)...)
	d.Append(state.keepTypes(ctx, spec, obs, false)...)
	phase := obs.PhaseAt(spec)
	if phase == switchover.Settled {
		phase = inPlace(spec, was, !before.Live.Equal(state.Live) || !before.Unseen.IsNull())
	}
	state.Unseen = configured.Unseen(nil)
	if failed != nil {
		target := cutover.Side(failed.Target.ValueString())
		switch obs.Since(target, identity.Parse(failed.Fingerprint.ValueString())) {
		case identity.Unfamiliar:
			d.Append(diags.Unfamiliar(obs.Sides[target].ID, obs.Sides[target].Unknown))
		case identity.Changed:
			// Somebody changed the side that failed: whether it is healthy now is an open question.
			state.Failed = types.ObjectNull(latched.FailureTypes)
			if phase == switchover.RolledBack {
				phase = switchover.Settled
			}
		case identity.Same, identity.Unseen: // nothing says that the side is another one
		}
	}
	state.Phase = types.StringValue(string(phase))
	if !state.Phase.Equal(before.Phase) || !state.Live.Equal(before.Live) || !state.Owners.Equal(before.Owners) || !state.PointsAt.Equal(before.PointsAt) || !before.Unseen.IsNull() {
		state.Steps = configured.NoSteps()
	}
	if len(obs.Unasked) > 0 {
		d.Append(diags.OwnersUnasked(obs.Unasked))
	}
	// Seen by the plan that follows in this process, which calls nothing itself.
	configured.See(r.Provider, *state, obs)
	return true, d
}

// patientLook looks again where a moment later it may be told more.
func (w *workflow) patientLook(ctx context.Context) (switchover.Observation, error) {
	return configured.Look(ctx, w.p, func() (switchover.Observation, error) { return w.look(ctx, w.p.Clock.Now().Add(-w.p.Poll/2)) })
}

// inPlace is the phase of a switch whose names and records are in place, given
// the phase state had: a gate that passed cannot be observed, so it counts only
// as long as nothing has moved since.
func inPlace(spec switchover.Spec, was switchover.Phase, moved bool) switchover.Phase {
	switch {
	case was == "":
		return switchover.Settled // imported: whoever imports says that this is how it should be
	case (was == switchover.Settled || was == switchover.RolledBack) && !moved:
		return was
	case spec.After, len(spec.Invalidate) > 0:
		return switchover.Unproven
	default:
		return switchover.Settled
	}
}

// Remarks implements latched.Run.
func (w *workflow) Remarks(*model) diag.Diagnostics {
	d := append(w.stale(), diags.NotAnswered(w.Out.Sight.Obs)...)
	if len(w.names.Stripped) > 0 {
		d.Append(diags.Stripped(w.spec, w.Out.Sight.Obs, w.names.Stripped))
	}
	return d
}

// stop is the cutover as a diagnostic has it.
func (w *workflow) stop() diags.SwitchStop {
	return diags.SwitchStop{Stop: diags.Ended(w.spec, w.Out, w.spec.Adopting), From: w.start.CameFrom(w.spec)}
}

// Words implements latched.Run.
func (w *workflow) Words() diag.Diagnostic { return diags.SwitchUnfinished(w.stop(), w.Out) }
