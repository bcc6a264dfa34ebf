package stagingdistribution

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/identity"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/staging"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// ModifyPlan implements resource.ResourceWithModifyPlan. It makes no call to AWS, and
// every known value it plans comes from configuration and prior state.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	plan, state, ok := configured.Planned[model](ctx, req, resp)
	if !ok {
		return
	}
	if state != nil && (other(state.Primary, plan.Primary) || other(state.Name, plan.Name) && !state.Owner.IsNull()) {
		state = nil // a new copy
	}
	resp.Diagnostics.Append(r.plan(ctx, &plan, state)...)
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

func other(was, is types.String) bool { return !was.IsNull() && !was.Equal(is) }

// plan fills in the computed attributes. state is nil for a new copy.
func (r *Resource) plan(ctx context.Context, plan, state *model) diag.Diagnostics {
	plan.Fingerprint, plan.Base = types.StringUnknown(), types.StringUnknown()
	plan.Enabled, plan.Owner = types.BoolValue(true), types.StringUnknown()
	if state != nil {
		plan.Owner = state.Owner
	}
	if !plan.decidable(ctx) {
		plan.Live, plan.Idle, plan.Side = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
		plan.Steps = types.ListUnknown(types.StringType)
		return nil
	}
	plan.roles(state)
	spec, prior := plan.spec(), priorOf(plan, state)
	spec.Follow, spec.Side = follows(plan, state), sideIntent(plan)
	recipe := staging.Recipe(spec, prior)
	if len(recipe) == 0 && !state.Steps.IsNull() {
		plan.Fingerprint, plan.Base, plan.Steps = state.Fingerprint, state.Base, state.Steps
		return nil
	}
	var d diag.Diagnostics
	plan.Steps, d = types.ListValueFrom(ctx, types.StringType, recipe)
	if state != nil && spec.Follow {
		primary, ok := configured.Seen[model, identity.Identity](r.Provider, *state)
		if ok && identity.Compare(recorded(state.Base), primary) == identity.Changed && !identity.Is(recorded(state.Fingerprint), primary) {
			d.Append(diags.Follows(spec.Primary))
		}
	}
	return d
}

// roles plans the sides: what the primary has does not change here, and staging gets
// the idle side when it is prepared for another release.
func (m *model) roles(state *model) {
	unknown := types.StringUnknown()
	switch {
	case m.Sides.IsNull():
		m.Live, m.Idle, m.Side = types.StringNull(), types.StringNull(), types.StringNull()
	case state == nil || state.Live.IsNull() || !state.Sides.Equal(m.Sides):
		m.Live, m.Idle, m.Side = unknown, unknown, unknown
		if state != nil && state.Release.Equal(m.Release) {
			if _, still := m.Sides.Elements()[state.Side.ValueString()]; still {
				m.Side = state.Side
			}
		}
	default:
		m.Live, m.Idle, m.Side = state.Live, state.Idle, state.Side
		if m.Side.IsNull() || !state.Release.Equal(m.Release) {
			m.Side = state.Idle
		}
	}
}

// sideIntent is what a recipe calls the side that staging gets.
func sideIntent(m *model) string {
	switch {
	case m.Sides.IsNull():
		return ""
	case m.Side.IsNull() || m.Side.IsUnknown():
		return "the idle side"
	default:
		return m.Side.ValueString()
	}
}

// priorOf is what state knows for the recipe; nil for a new copy.
func priorOf(plan, state *model) *staging.Prior {
	if state == nil {
		return nil
	}
	return &staging.Prior{Same: plan.Overrides.Equal(state.Overrides) && plan.Sides.Equal(state.Sides) && plan.Side.Equal(state.Side) &&
		state.Enabled.ValueBool() && !follows(plan, state)}
}

// recorded is an identity as state has it.
func recorded(v types.String) identity.Identity { return identity.Parse(v.ValueString()) }

// refresh makes state say what AWS shows; found is false once staging is gone.
// seen is what it was made of.
func (r *Resource) refresh(ctx context.Context, state *model) (found bool, seen configured.Memo, d diag.Diagnostics) {
	var w *workflow
	err := r.Provider.Patiently(ctx, func() (err error) {
		found, w, d, err = r.look(ctx, state)
		return err
	})
	if err != nil {
		d.Append(diags.ReadFailed(what, err))
		return false, nil, d
	}
	return found, w.memo(), d
}

// glance is refresh by answers that instances share; nil where it could tell nothing. What
// state says was made of the versions in its memo, so it holds where AWS still shows these. The
// primary may have got another one, by a release say: then it is asked about, and the copy is not.
func (r *Resource) glance(ctx context.Context, state *model, memo configured.Memo) func(*model) (bool, diag.Diagnostics) {
	id, of := state.ID.ValueString(), state.Primary.ValueString()
	if r.Provider.Alone || memo[id].Version == "" || memo[of].Version == "" {
		return nil
	}
	return func(m *model) (bool, diag.Diagnostics) {
		w, d := r.workflow(ctx, m)
		copied, err := r.Provider.CloudFront.Recalled(ctx, id, memo[id])
		if d.HasError() || err != nil || copied.Version != memo[id].Version || !copied.Staging ||
			identity.Compare(recorded(m.Fingerprint), configured.Identity(copied)) != identity.Same {
			return false, nil
		}
		primary, err := r.Provider.CloudFront.Recalled(ctx, of, memo[of])
		if err != nil || primary.Version != memo[of].Version && (!primary.Whole() || m.Base.IsNull()) {
			return false, nil
		}
		if primary.Whole() {
			live, idle := staging.Roles(roles(w.sides), rolesOf(primary.Origins()))
			m.Live, m.Idle = fwtypes.OrNull(live), fwtypes.OrNull(idle)
		}
		m.ARN, m.DomainName, m.Enabled = types.StringValue(copied.ARN), types.StringValue(copied.Domain), types.BoolValue(copied.Enabled)
		configured.See(r.Provider, *m, configured.Identity(primary))
		return true, nil
	}
}

func (r *Resource) look(ctx context.Context, state *model) (found bool, w *workflow, d diag.Diagnostics, err error) {
	w, d = r.workflow(ctx, state)
	if d.HasError() {
		return false, w, d, nil
	}
	defer func() { // with the state as it is in the end: that is what the plan is asked with
		if found && w.primary.ID != "" {
			configured.See(r.Provider, *state, configured.Identity(w.primary))
		}
	}()
	w.id = state.ID.ValueString()
	since := r.Provider.Clock.Now().Add(-r.Provider.Poll / 2)
	var obs staging.Observation
	if w.staging, obs.Staging, err = w.read(ctx, w.id, since); err != nil || obs.Staging == nil {
		return false, w, d, err
	}
	if !obs.Staging.Staging {
		w.err = &staging.Obstacle{Kind: staging.NotStaging, Found: w.id}
		d.Append(diags.Unfinished(w.words(false)))
		return false, w, d, nil
	}
	imported := state.Primary.IsNull() && state.Owner.IsNull() // a moment ago
	if imported {
		if err := r.complete(ctx, state, w.staging); err != nil {
			return false, w, d, err
		}
		w.spec = state.spec()
	}
	if w.primary, obs.Primary, err = w.read(ctx, w.spec.Primary, since); err != nil {
		return false, w, d, err
	}
	if imported {
		owner, err := r.Provider.Owner(ctx, configured.OwnerOfCopy, w.staging.ARN)
		if err != nil && !errors.Is(err, awsapi.ErrDenied) && !errors.Is(err, awsapi.ErrNotServed) { // a destroy asks again
			return false, w, d, err
		}
		state.Owner = fwtypes.OrNull(owner)
	}
	seen := w.staging
	state.ARN, state.DomainName, state.Enabled = types.StringValue(seen.ARN), types.StringValue(seen.Domain), types.BoolValue(seen.Enabled)
	switch is := configured.Identity(seen); identity.Compare(recorded(state.Fingerprint), is) {
	case identity.Same: // what is on record stays, or every refresh would have something to write
	case identity.Unfamiliar:
		d.Append(diags.Unfamiliar(w.id, seen.Unknown()))
	case identity.Changed, identity.Unseen:
		state.Fingerprint = types.StringValue(is.String())
	}
	if obs.Primary != nil {
		live, idle := staging.Roles(roles(w.sides), rolesOf(w.primary.Origins()))
		state.Live, state.Idle = fwtypes.OrNull(live), fwtypes.OrNull(idle)
	}
	if has, ok := w.sides[state.Side.ValueString()]; ok {
		if !staging.At(rolesOf(has), rolesOf(seen.Origins())) {
			state.Side = types.StringNull() // somebody has moved its origins
		}
	}
	w.side = state.Side.ValueString()
	if err := w.compare(ctx, &obs); err != nil {
		return false, w, d, err
	}
	if state.Base.IsNull() && obs.Agrees {
		state.Base = types.StringValue(configured.Identity(w.primary).String())
	}
	if !state.Overrides.IsNull() && (obs.Change || len(obs.Missing) > 0) {
		var dd diag.Diagnostics
		state.Overrides, dd = types.ObjectValueFrom(ctx, overridesTypes, showing(seen.Actual(w.overrides)))
		d.Append(dd...)
	}
	return true, w, d, nil
}

// complete finds out what an imported copy was made of. Where it does, nothing is left for
// configuration to tell, and a plan that asks for what there is has no step.
func (r *Resource) complete(ctx context.Context, state *model, seen cloudfrontapi.Distribution) error {
	from, err := sourcesOf(ctx, r.Provider.CloudFront, map[string]cloudfrontapi.Distribution{seen.ID: seen})
	if s := from[seen.ID]; err == nil && s.primary != "" {
		s.fill(state)
		state.Steps = configured.NoSteps()
	}
	return err
}
