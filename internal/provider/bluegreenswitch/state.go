package bluegreenswitch

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/identity"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// record makes the model say what a cutover came to: what AWS shows, and not
// what was planned, where the two differ. was is the state before, nil while
// creating.
func (m *model) record(ctx context.Context, spec switchover.Spec, out outcome, was *model) diag.Diagnostics {
	obs := out.Sight.Obs
	d := m.fill(ctx, spec, obs)
	d.Append(m.keepTypes(ctx, spec, obs, out.Err == nil)...)
	m.Unseen = configured.Unseen(out.Sight.Unseen())
	phase := obs.PhaseAt(spec)
	m.Failed = types.ObjectNull(failedTypes)
	if out.WentBack() {
		var dd diag.Diagnostics
		m.Failed, dd = types.ObjectValueFrom(ctx, failedTypes, failedModel{
			Target: types.StringValue(string(spec.Live)), Fingerprint: types.StringValue(out.failed(spec.Live).String()), Reason: types.StringValue(out.Reason),
		})
		d.Append(dd...)
	}
	switch {
	case out.Result == run.RolledBack:
		phase = switchover.RolledBack
	case phase == switchover.Settled && out.Result != run.Finished && was != nil:
		// A run that stopped before anything moved leaves what was proven before.
		phase = inPlace(spec, switchover.Phase(was.Phase.ValueString()), out.Journal.Any() || !was.Live.Equal(m.Live))
	case phase == switchover.Settled && out.stale:
		phase = switchover.Unproven // the next plan shows what is left to do
	}
	if !m.Unseen.IsNull() && phase.Over() { // nobody saw that it is
		phase = switchover.Unproven
	}
	m.Phase = types.StringValue(string(phase))
	m.LastCutover = types.ObjectNull(lastCutoverTypes)
	if was != nil {
		m.LastCutover = was.LastCutover
	}
	if len(out.Journal.Events()) > 0 {
		dd := m.setLastCutover(ctx, spec, out)
		d.Append(dd...)
	}
	return d
}

// failed is the configuration that the target failed with. The way back has taken its
// names, which AWS counts as a change of it: what is on record is how it was afterwards,
// unless it had become another one by then.
func (o outcome) failed(target cutover.Side) identity.Identity {
	if after := o.Sight.Obs.Sides[target].Identity(); identity.Is(o.target, after) {
		return after
	}
	return o.target
}

type lastCutoverModel struct {
	From       types.String      `tfsdk:"from"`
	To         types.String      `tfsdk:"to"`
	Result     types.String      `tfsdk:"result"`
	StartedAt  timetypes.RFC3339 `tfsdk:"started_at"`
	FinishedAt timetypes.RFC3339 `tfsdk:"finished_at"`
	Events     []string          `tfsdk:"events"`
}

// settled is the side that was in order when the last cutover ended: the one it
// went to if it finished, else the one it came from. "" if that is not on record.
func (m *model) settled(ctx context.Context) (cutover.Side, diag.Diagnostics) {
	if m.LastCutover.IsNull() || m.LastCutover.IsUnknown() {
		return "", nil
	}
	var last lastCutoverModel
	d := m.LastCutover.As(ctx, &last, basetypes.ObjectAsOptions{})
	if run.Result(last.Result.ValueString()) == run.Finished {
		return cutover.Side(last.To.ValueString()), d
	}
	return cutover.Side(last.From.ValueString()), d
}

func (m *model) setLastCutover(ctx context.Context, spec switchover.Spec, out outcome) diag.Diagnostics {
	from := types.StringNull()
	if out.from != "" {
		from = types.StringValue(string(out.from))
	}
	var d diag.Diagnostics
	m.LastCutover, d = types.ObjectValueFrom(ctx, lastCutoverTypes, lastCutoverModel{
		From: from, To: types.StringValue(string(spec.Live)), Result: types.StringValue(string(out.Result)),
		StartedAt: timetypes.NewRFC3339TimeValue(out.Journal.Began.UTC()), FinishedAt: timetypes.NewRFC3339TimeValue(out.Ended.UTC()),
		Events: out.Journal.Events(),
	})
	return d
}

// refresh makes state say what AWS shows. It writes nothing while everything is
// as the last apply left it.
func (r *Resource) refresh(ctx context.Context, state *model) diag.Diagnostics {
	spec, d := state.spec(ctx)
	if d.HasError() {
		return d
	}
	if state.Phase.IsNull() { // an import: nothing is known but the names
		spec.After = false
	}
	prior, dd := state.prior(ctx)
	d.Append(dd...)
	spec.Joining = joining(spec, prior)
	spec.Kept, dd = state.kept(ctx)
	d.Append(dd...)
	w := newWorkflow(r.Provider, spec)
	w.lenient = true
	obs, err := w.patientLook(ctx)
	if err != nil {
		d.Append(diags.ReadFailed("The switch", err))
		return d
	}
	was := switchover.Phase(state.Phase.ValueString())
	before := *state
	failed, dd := state.failure(ctx)
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
			state.Failed = types.ObjectNull(failedTypes)
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
	return d
}

// patientLook looks again where a moment later it may be told more.
func (w *workflow) patientLook(ctx context.Context) (obs switchover.Observation, err error) {
	err = w.p.Patiently(ctx, func() (err error) {
		obs, err = w.look(ctx, w.p.Clock.Now().Add(-w.p.Poll/2))
		return err
	})
	return obs, err
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

// remarks are what a run has to say beside how it ended.
func (w *workflow) remarks(out outcome) diag.Diagnostics {
	d := diags.NotAnswered(out.Sight.Obs)
	if len(w.names.Stripped) > 0 {
		d.Append(diags.Stripped(w.spec, out.Sight.Obs, w.names.Stripped))
	}
	return d
}

// stop is a cutover as a diagnostic has it.
func (w *workflow) stop(out outcome, created bool) diags.SwitchStop {
	return diags.SwitchStop{Stop: diags.Ended(w.spec, out.Outcome, created), From: out.from}
}

// words is the diagnostic of a cutover that did not finish.
func (w *workflow) words(out outcome, created bool) diag.Diagnostic {
	return diags.SwitchUnfinished(w.stop(out, created), out.Outcome)
}
