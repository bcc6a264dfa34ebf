package stagingpromotion

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/identity"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// record makes the model say what a run came to: what AWS shows, and not what was
// planned, where the two differ. was is the state before, nil while creating.
func (m *model) record(ctx context.Context, w *workflow, out outcome, was *model) diag.Diagnostics {
	var d diag.Diagnostics
	m.Unseen = configured.Unseen(out.sight.Unseen())
	m.ID, m.PrimaryFingerprint = m.Primary, types.StringValue(w.text(out.sight.Obs.Primary.Content, w.read.primary, w.read.staging))
	settles := out.err == nil && out.result == resultFinished && (w.spec.Purpose == promotion.Adopt || w.spec.Purpose == promotion.Release)
	switch {
	case settles:
		m.SettledRelease, m.SettledFingerprint, m.WayBack = m.Release, m.PrimaryFingerprint, types.StringValue(out.snapshot)
		m.Attempt, m.Failed = types.ObjectNull(attemptTypes), types.ObjectNull(failedTypes)
		m.Phase = types.StringValue(string(promotion.Settled))
	case was != nil:
		d.Append(m.unsettled(ctx, w, out, was)...)
	}
	if out.stale && out.over() {
		m.Phase = types.StringValue(string(promotion.Stale)) // the next plan shows what is left to do
	}
	m.LastCutover = types.ObjectNull(lastCutoverTypes)
	if was != nil {
		m.LastCutover = was.LastCutover
	}
	if len(out.events) > 0 {
		var dd diag.Diagnostics
		m.LastCutover, dd = types.ObjectValueFrom(ctx, lastCutoverTypes, lastCutoverModel{
			Release: types.StringValue(w.spec.Release), Result: types.StringValue(string(out.result)),
			StartedAt: timetypes.NewRFC3339TimeValue(out.started.UTC()), FinishedAt: timetypes.NewRFC3339TimeValue(out.finished.UTC()),
			Events: out.events,
		})
		d.Append(dd...)
	}
	return d
}

// unsettled records a run that has settled no release: it failed, or led back to the
// one before.
func (m *model) unsettled(ctx context.Context, w *workflow, out outcome, was *model) diag.Diagnostics {
	m.SettledRelease = was.SettledRelease
	if out.result != resultStepped { // the release that is asked for is on its way otherwise
		m.Release = was.SettledRelease
	}
	m.SettledFingerprint, m.WayBack = types.StringValue(w.text(w.spec.Settled, w.read.primary, w.read.staging)), types.StringValue(w.wayBack)
	m.Attempt, m.Failed = was.Attempt, was.Failed
	prior, d := was.prior(ctx)
	prior.Settled = w.spec.Settled
	touched := w.book.Any() || !m.Unseen.IsNull() || out.sight.Obs.Primary.Content != w.spec.Settled || w.offPlan(out.err)
	switch {
	case out.result == resultStepped:
		prior.Attempt, prior.Phase = out.attempt, promotion.Canary
		m.Failed = types.ObjectNull(failedTypes) // it is tried again
	case out.result == resultRolledBack, out.err == nil: // everything is as it was settled
		prior.Attempt, prior.Phase = nil, promotion.Settled
		if out.failed || prior.Failed != nil {
			prior.Phase = promotion.RolledBack
		}
	case out.goingBack:
		prior.Attempt, prior.Phase = out.attempt, promotion.GoingBack
	case w.spec.Purpose == promotion.Return && prior.Attempt != nil:
		prior.Phase = promotion.GoingBack
	case out.attempt != nil && touched: // who has touched nothing leaves the record of who did
		prior.Attempt, prior.Phase = out.attempt, promotion.Canary
		m.Failed = types.ObjectNull(failedTypes)
	}
	m.Phase = types.StringValue(string(prior.PhaseAt(out.sight.Obs.Primary.Content, out.sight.Obs.Staging.Content)))
	m.Attempt = types.ObjectNull(attemptTypes)
	if a := prior.Attempt; a != nil {
		var dd diag.Diagnostics
		v := attemptModel{Release: types.StringValue(a.Release), Fingerprint: types.StringValue(w.text(a.Content, w.read.staging, w.read.primary)), Route: types.StringNull(), SteppedAt: timetypes.NewRFC3339Null()}
		if a.Route != "" {
			v.Route = types.StringValue(a.Route)
		}
		if at := out.baking; a == out.attempt && a.Baking {
			v.SteppedAt = timetypes.NewRFC3339TimeValue(at.UTC())
		} else if then, _ := was.attempt(ctx); a != out.attempt && then != nil {
			v.SteppedAt = then.SteppedAt
		}
		m.Attempt, dd = types.ObjectValueFrom(ctx, attemptTypes, v)
		d.Append(dd...)
	}
	if out.err != nil && !out.failed && !m.Failed.IsNull() {
		m.Retry = was.Retry // it stopped before it tried again: what was asked for is asked for still
	}
	if out.failed {
		var dd diag.Diagnostics
		m.Failed, dd = types.ObjectValueFrom(ctx, failedTypes, failedModel{
			Release: types.StringValue(out.attempt.Release), Fingerprint: types.StringValue(w.text(out.attempt.Content, w.read.staging, w.read.primary)), Reason: types.StringValue(out.reason),
		})
		d.Append(dd...)
	}
	return d
}

// refresh makes state say what AWS shows, and says whether the primary is there.
func (r *Resource) refresh(ctx context.Context, state *model) (bool, diag.Diagnostics) {
	spec := promotion.Spec{Primary: state.Primary.ValueString(), Staging: state.Staging.ValueString(), Policy: state.Policy.ValueString()}
	w := newWorkflow(r.Provider, spec)
	w.lenient = true
	var d diag.Diagnostics
	w.onRecord, d = state.onRecord(ctx)
	obs, err := w.patientLook(ctx)
	if err != nil {
		d.Append(diags.ReleaseReadFailed(err))
		return true, d
	}
	if obs.Primary.ID == "" {
		return false, d
	}
	if state.Phase.IsNull() { // an import: what the primary has counts as settled
		state.SettledFingerprint, state.WayBack = types.StringValue(w.text(obs.Primary.Content, w.read.primary, w.read.staging)), types.StringValue(w.read.primary.Snapshot())
	}
	prior, dd := state.prior(ctx)
	d.Append(dd...)
	if prior.Reopened(obs.Staging.Content) {
		state.Failed = types.ObjectNull(failedTypes)
		if prior.Phase == promotion.RolledBack {
			prior.Phase = promotion.Settled
		}
	}
	before := *state
	state.ID = state.Primary
	d.Append(w.unfamiliar(state, prior)...)
	switch obs.Primary.Content {
	case known(state.PrimaryFingerprint): // what is on record stays, or every refresh would have something to write
	case known(state.SettledFingerprint):
		state.PrimaryFingerprint = state.SettledFingerprint
	default:
		state.PrimaryFingerprint = types.StringValue(w.text(obs.Primary.Content, w.read.primary, w.read.staging))
	}
	state.Phase = types.StringValue(string(prior.PhaseAt(obs.Primary.Content, obs.Staging.Content)))
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

// patientLook looks again where a moment later it may be told more.
func (w *workflow) patientLook(ctx context.Context) (obs promotion.Observation, err error) {
	err = w.p.Patiently(ctx, func() (err error) {
		obs, err = w.look(ctx, w.p.Clock.Now().Add(-w.p.Poll/2))
		return err
	})
	return obs, err
}

// words is the diagnostic of a run that did not finish.
func (w *workflow) words(out outcome, created bool) diag.Diagnostic {
	s := diags.ReleaseStop{Spec: w.spec, Sight: out.sight, Err: out.err, Reason: out.reason, Created: created, Back: out.goingBack}
	o, _ := errors.AsType[*promotion.Obstacle](out.err)
	switch {
	case out.result == resultRolledBack && o != nil && o.Kind == promotion.FailedBefore:
		return diags.ReleaseStopped(s)
	case out.rollBackErr != nil:
		return diags.ReleaseRollbackFailed(s, out.rollBackErr)
	case out.result == resultRolledBack:
		return diags.ReleaseRolledBack(s)
	case out.result == resultInterrupted && !errors.Is(out.err, awsapi.ErrDenied):
		return diags.ReleaseInterrupted(s)
	default:
		return diags.ReleaseStopped(s)
	}
}
