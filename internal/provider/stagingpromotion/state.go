package stagingpromotion

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/identity"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/ledger"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// Record implements latched.Run.
func (w *workflow) Record(ctx context.Context, m, was *model) diag.Diagnostics {
	prior, d := was.prior(ctx)
	out := w.Out
	ended := promotion.Run{
		Spec: w.spec, Obs: out.Sight.Obs, Finished: out.Result == run.Finished, Stepped: out.Result == run.Stepped || out.Result == run.Paused && out.Sight.Obs.Sends() != "", RolledBack: out.Result == run.RolledBack,
		Failed: w.failed(), GoingBack: out.GoingBack, Touched: out.Journal.Any() || out.Sight.Unseen() != nil || w.spec.OffPlan(out.Err, w.latest), Attempt: w.tried,
		Known: w.entry().Called(out.Sight.Obs.Primary.Content),
	}
	next := ended.After(prior)
	m.ID, m.PrimaryFingerprint = m.Primary, types.StringValue(w.text(next.Primary, w.read.primary, w.read.staging))
	m.SettledRelease, m.SettledFingerprint, m.SettledGrounds = types.StringValue(next.Release), types.StringValue(w.text(next.Settled, w.read.primary, w.read.staging)), types.StringValue(string(next.Grounds))
	m.SettledRoute, m.Phase = fwtypes.OrNull(next.Routed), types.StringValue(string(next.Phase))
	if m.WayBack = types.StringValue(w.spec.WayBack); ended.Settles() {
		m.WayBack = types.StringValue(w.read.primary.Snapshot())
	}
	if was != nil && !ended.Settles() && !ended.Stepped && out.Result != run.Paused { // the release that is asked for is on its way otherwise
		m.Release = was.SettledRelease
	}
	if w.purge.Err != nil && w.over() {
		m.Phase = types.StringValue(string(promotion.Stale)) // the next plan shows what is left to do
	}
	object := func(to *types.Object, of map[string]attr.Type, v any) {
		got, dd := types.ObjectValueFrom(ctx, of, v)
		*to = got
		d.Append(dd...)
	}
	m.Previous = types.ObjectNull(previousTypes)
	if p := next.Previous; p != nil {
		object(&m.Previous, previousTypes, previousModel{Release: types.StringValue(p.Release), Fingerprint: types.StringValue(w.text(p.Content, w.read.staging, w.read.primary))})
	}
	m.Attempt = types.ObjectNull(attemptTypes)
	if a := next.Attempt; a != nil {
		v := attemptModel{Release: types.StringValue(a.Release), Fingerprint: types.StringValue(w.text(a.Content, w.read.staging, w.read.primary)), Route: fwtypes.OrNull(a.Route), Canary: fwtypes.OrNull(string(a.Canary))}
		if !a.Recorded {
			v.SettledUntil = orNever(w.until)
			if a.Baking {
				v.SteppedAt = orNever(w.baking)
			}
		} else if then, _ := was.attempt(ctx); then != nil {
			v.SteppedAt, v.SettledUntil = then.SteppedAt, then.SettledUntil
		}
		object(&m.Attempt, attemptTypes, v)
	}
	m.Failed = types.ObjectNull(failedTypes)
	switch {
	case w.failed():
		object(&m.Failed, failedTypes, failedModel{
			Release: types.StringValue(next.Failed.Release), Fingerprint: types.StringValue(w.text(next.Failed.Content, w.read.staging, w.read.primary)), Reason: types.StringValue(out.Reason),
		})
	case next.Failed != nil:
		m.Failed = was.Failed
		if out.Err != nil {
			m.Retry = was.Retry // it stopped before it tried again: what was asked for is asked for still
		}
	}
	return d
}

// Cutover implements latched.Run.
func (w *workflow) Cutover() map[string]attr.Value {
	return map[string]attr.Value{"release": types.StringValue(w.spec.Release)}
}

// orNever is null for a time that nobody knows.
func orNever(t time.Time) timetypes.RFC3339 {
	if t.IsZero() {
		return timetypes.NewRFC3339Null()
	}
	return timetypes.NewRFC3339TimeValue(t.UTC())
}

// Refresh implements latched.Noun.
func (r *Resource) Refresh(ctx context.Context, state *model) (bool, diag.Diagnostics) {
	return r.refresh(ctx, state, nil)
}

// Glance implements latched.Glancer.
func (r *Resource) Glance(ctx context.Context, state *model, memo configured.Memo) (bool, diag.Diagnostics) {
	if memo == nil {
		memo = configured.Memo{}
	}
	return r.refresh(ctx, state, memo)
}

// Memo implements latched.Glancer.
func (r *Resource) Memo(state *model) configured.Memo {
	return r.Provider.Memo(state.Primary.ValueString(), state.Staging.ValueString())
}

// refresh looks by answers that instances share where there is a memo, if an empty one.
func (r *Resource) refresh(ctx context.Context, state *model, memo configured.Memo) (bool, diag.Diagnostics) {
	spec := promotion.Spec{Asked: promotion.Asked{Primary: state.Primary.ValueString(), Staging: state.Staging.ValueString(), Policy: state.Policy.ValueString()}}
	w := newWorkflow(r.Provider, spec)
	w.lenient, w.memo = true, memo
	var d diag.Diagnostics
	w.onRecord, d = state.onRecord(ctx)
	obs, err := w.patientLook(ctx)
	if err != nil {
		d.Append(diags.ReadFailed("The release", err))
		return true, d
	}
	if obs.Primary.ID == "" {
		return false, d
	}
	if state.Phase.IsNull() { // an import: what the primary has counts as settled
		state.SettledFingerprint, state.WayBack = types.StringValue(w.text(obs.Primary.Content, w.read.primary, w.read.staging)), types.StringValue(w.read.primary.Snapshot())
		state.SettledRoute = fwtypes.OrNull(obs.Sends())
	}
	if state.Attempt.IsNull() && w.switchedSince(known(state.SettledFingerprint), state.WayBack.ValueString(), obs) {
		state.SettledFingerprint = types.StringValue(w.text(obs.Primary.Content, w.read.primary, w.read.staging))
		state.WayBack = types.StringValue(w.read.primary.Snapshot())
	}
	obs.Undone = undone(w.p.Vouched(w.read.primary), w.read.primary, state.WayBack.ValueString())
	prior, dd := state.prior(ctx)
	d.Append(dd...)
	if memo != nil && obs.Primary.Content != prior.Settled {
		return false, d // the bucket may know why, and is asked once
	}
	if prior.Reopened(obs.Staging.Content) {
		state.Failed = types.ObjectNull(failedTypes)
		if prior.Phase == promotion.RolledBack {
			prior.Phase = promotion.Settled
		}
	}
	before := *state
	w.hear(ctx, state, prior, obs)
	state.ID = state.Primary
	strange := w.unfamiliar(state, prior)
	if d.Append(strange...); memo != nil && len(strange) > 0 {
		return false, d // which elements those are, only a whole configuration tells
	}
	switch obs.Primary.Content {
	case known(state.PrimaryFingerprint): // what is on record stays, or every refresh would have something to write
	case known(state.SettledFingerprint):
		state.PrimaryFingerprint = state.SettledFingerprint
	default:
		state.PrimaryFingerprint = types.StringValue(w.text(obs.Primary.Content, w.read.primary, w.read.staging))
	}
	state.Phase = types.StringValue(string(prior.PhaseAt(obs)))
	state.Unseen = configured.Unseen(nil)
	if !before.Unseen.IsNull() || !state.Phase.Equal(before.Phase) || !state.PrimaryFingerprint.Equal(before.PrimaryFingerprint) {
		state.Steps = configured.NoSteps()
	}
	// Seen by the plan that follows in this process, which calls nothing itself.
	configured.See(r.Provider, *state, sight{spec, obs, r.Provider.Clock.Now()})
	return true, d
}

// failedContent is the content that failed, "" if none did.
func failedContent(prior *promotion.Prior) string {
	if prior.Failed == nil {
		return ""
	}
	return prior.Failed.Content
}

// unfamiliar reports what somebody has changed and this build does not know.
func (w *workflow) unfamiliar(state *model, prior *promotion.Prior) diag.Diagnostics {
	var d diag.Diagnostics
	for _, c := range []struct {
		content string
		now     cloudfrontapi.Distribution
	}{{known(state.SettledFingerprint), w.read.primary}, {failedContent(prior), w.read.staging}} {
		if is := configured.Content(c.now); c.content != "" && identity.Compare(identity.Parse(w.recorded(c.content)), is) == identity.Unfamiliar {
			d.Append(diags.Unfamiliar(c.now.ID, c.now.Unknown()))
		}
	}
	return d
}

// hear makes state say what the snapshot bucket knows better: that the action cdn_roll_back
// has taken the settled release back. Where the bucket cannot be read, that looks like
// anybody's change.
func (w *workflow) hear(ctx context.Context, state *model, prior *promotion.Prior, obs promotion.Observation) {
	if obs.Primary.Content == prior.Settled {
		return
	}
	w.ledger = ledger.New(w.p.S3, state.Bucket.ValueString(), w.spec.Primary)
	err := w.ledger.Read(ctx)
	e := w.entry()
	if err != nil || !e.TookBack(prior.Settled, obs.Primary.Content) || e.Before == "" {
		return
	}
	failed, d := types.ObjectValueFrom(ctx, failedTypes, failedModel{Release: types.StringValue(e.Release), Fingerprint: types.StringValue(w.text(e.Content, w.read.staging, w.read.primary)), Reason: types.StringValue(e.Failed)})
	if d.HasError() {
		return
	}
	state.Release, state.SettledRelease, state.SettledFingerprint, state.SettledGrounds = types.StringValue(e.Before), types.StringValue(e.Before), types.StringValue(w.text(e.Settled, w.read.primary, w.read.staging)), types.StringValue(string(e.Grounds))
	state.WayBack, state.Failed, state.Attempt, state.Previous = types.StringValue(w.read.primary.Snapshot()), failed, types.ObjectNull(attemptTypes), types.ObjectNull(previousTypes)
	prior.Release, prior.Settled, prior.Phase, prior.Attempt = e.Before, e.Settled, promotion.RolledBack, nil
	prior.Failed = &promotion.Attempt{Release: e.Release, Content: e.Content}
}

// patientLook looks again where a moment later it may be told more.
func (w *workflow) patientLook(ctx context.Context) (promotion.Observation, error) {
	return configured.Look(ctx, w.p, func() (promotion.Observation, error) { return w.look(ctx, w.p.Clock.Now().Add(-w.p.Poll/2)) })
}

// Remarks implements latched.Run.
func (w *workflow) Remarks(m *model) diag.Diagnostics {
	d, obs := w.stale(), w.Out.Sight.Obs
	switch {
	case w.Out.Result != run.Finished:
	case w.prior == nil && obs.Primary.Content != obs.Staging.Content:
		d.Append(diags.ReleaseDeclared(w.stop(), m.SettledRelease.ValueString()))
	case w.spec.Purpose == promotion.Release && obs.Primary.Content == w.spec.Settled:
		d.Append(diags.ReleaseEmpty(w.stop()))
	}
	return d
}

// stop is the run as a diagnostic has it.
func (w *workflow) stop() diags.ReleaseStop {
	return diags.ReleaseStop{Stop: diags.Ended(w.spec, w.Out, w.prior == nil), Undated: w.gates.undated(w.until)}
}

// Words implements latched.Run.
func (w *workflow) Words() diag.Diagnostic { return diags.ReleaseUnfinished(w.stop(), w.Out) }
