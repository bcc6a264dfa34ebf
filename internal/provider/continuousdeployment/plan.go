package continuousdeployment

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/deployment"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// ModifyPlan implements resource.ResourceWithModifyPlan. It makes no call to AWS, and
// every known value it plans comes from configuration and prior state.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	plan, state, ok := configured.Planned[model](ctx, req, resp)
	if !ok {
		return
	}
	plan.Owner = types.StringUnknown()
	if state != nil {
		plan.Owner = state.Owner
	}
	if !plan.decidable(ctx) {
		plan.Steps = types.ListUnknown(types.StringType)
		resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
		return
	}
	spec := plan.spec()
	var prior *deployment.Prior
	replaces := state != nil && (!state.Primary.IsNull() && !state.Primary.Equal(plan.Primary) || !state.Staging.IsNull() && !state.Staging.Equal(plan.Staging))
	if replaces {
		plan.Owner = types.StringUnknown()
	}
	if state != nil && !replaces {
		prior = state.prior()
		spec.Reroute = spec.Routing != prior.Routing
	}
	if recipe := deployment.Recipe(spec, prior); state == nil || replaces || len(recipe) > 0 || state.Steps.IsNull() {
		var d diag.Diagnostics
		plan.Steps, d = types.ListValueFrom(ctx, types.StringType, recipe)
		resp.Diagnostics.Append(d...)
	} else {
		plan.Steps = state.Steps
	}
	if prior != nil {
		resp.Diagnostics.Append(r.warn(state, spec)...)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

// warn tells what the refresh of this process saw in the way of the plan.
func (r *Resource) warn(state *model, spec deployment.Spec) diag.Diagnostics {
	obs, ok := configured.Seen[model, deployment.Observation](r.Provider, *state)
	if !ok || obs.Policy == nil {
		return nil
	}
	policy := *obs.Policy // the refresh compared it with the routing of before
	policy.AsAsked = routing(policy.Routing).Same(routing(spec.Routing))
	obs.Policy = &policy
	if o := deployment.Preflight(spec, obs); o != nil {
		return diag.Diagnostics{diags.DeploymentInTheWay(diags.Work{What: "The continuous deployment", Traffic: traffic(run.Looked(r.Provider.Clock.Now(), obs), spec)}, o)}
	}
	return nil
}

// refresh makes state say what AWS shows; found is false once the policy is gone.
func (r *Resource) refresh(ctx context.Context, state *model, owed *deployment.Routing) (found bool, d diag.Diagnostics) {
	err := r.Provider.Patiently(ctx, func() (err error) {
		found, err = r.look(ctx, state, owed, nil)
		return err
	})
	if err != nil {
		d.Append(diags.ReadFailed("The continuous deployment", err))
		return false, d
	}
	return found, d
}

// glance is refresh by answers that instances share; nil after an import, which knows nothing yet.
func (r *Resource) glance(ctx context.Context, state *model, owed *deployment.Routing, memo configured.Memo) func(*model) (bool, diag.Diagnostics) {
	if r.Provider.Alone || state.Primary.IsNull() || state.Staging.IsNull() {
		return nil
	}
	if memo == nil {
		memo = configured.Memo{}
	}
	return func(m *model) (bool, diag.Diagnostics) {
		found, err := r.look(ctx, m, owed, memo)
		return found && err == nil, nil
	}
}

// remember keeps what the next glance will need.
func (r *Resource) remember(ctx context.Context, p configured.Private, state *model) diag.Diagnostics {
	return configured.Remember(ctx, p, r.Provider.Memo(state.Primary.ValueString(), state.Staging.ValueString()))
}

// look makes state say what AWS shows: by answers that instances share where there is a memo,
// if an empty one.
func (r *Resource) look(ctx context.Context, state *model, owed *deployment.Routing, memo configured.Memo) (found bool, err error) {
	id := state.ID.ValueString()
	imported := state.Primary.IsNull() || state.Staging.IsNull()
	if imported {
		if found, err := r.complete(ctx, state); !found || err != nil {
			return false, err
		}
	}
	w := newWorkflow(r.Provider, state.spec())
	w.id, w.known, w.memo, w.lenient = id, true, memo, true
	obs, err := w.look(ctx, r.Provider.Clock.Now().Add(-r.Provider.Poll/2))
	if err != nil || obs.Policy == nil {
		return false, err
	}
	if obs.Staging != nil && obs.Staging.Domain != obs.Policy.Staging {
		if memo != nil {
			return false, nil // it is the refresh that asks which one
		}
		// Somebody gave the policy another staging distribution.
		other, err := r.Provider.CloudFront.StagingAt(ctx, obs.Policy.Staging)
		if err != nil {
			return false, err
		}
		state.Staging = types.StringValue(other)
	}
	if imported && state.Owner.IsNull() && obs.Staging != nil {
		owner, err := r.Provider.Owner(ctx, configured.OwnerOfPolicy, w.staging.ARN)
		if err != nil && !errors.Is(err, awsapi.ErrDenied) && !errors.Is(err, awsapi.ErrNotServed) { // a destroy asks again
			return false, err
		}
		state.Owner = fwtypes.OrNull(owner)
	}
	state.Attached = types.BoolValue(obs.Attached())
	if owed != nil && deployment.Owed(*owed, obs.Policy) || deployment.Forgot(w.spec.Routing, obs.Policy) {
		state.route(w.policy.Routing) // the next plan makes it as it is asked to be
	}
	configured.See(r.Provider, *state, obs)
	return true, nil
}

// complete finds out what an imported policy belongs to. A primary is not on record
// with its policy, so every distribution is asked; while the policy is detached nobody
// knows it, and configuration has the word.
func (r *Resource) complete(ctx context.Context, state *model) (found bool, err error) {
	p, err := r.Provider.CloudFront.Policy(ctx, state.ID.ValueString())
	if errors.Is(err, awsapi.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	staging, err := r.Provider.CloudFront.StagingAt(ctx, p.Staging)
	if err != nil {
		return false, err
	}
	primary, err := r.Provider.CloudFront.PrimaryOf(ctx, p.ID)
	if err != nil {
		return false, err
	}
	if staging != "" {
		state.Staging = types.StringValue(staging)
	}
	if primary != "" {
		state.Primary = types.StringValue(primary)
	}
	state.route(p.Routing)
	return true, nil
}
