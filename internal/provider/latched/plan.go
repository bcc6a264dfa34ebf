package latched

import (
	"context"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// ModifyPlan implements resource.ResourceWithModifyPlan.
//
// It makes no call to AWS, ever: Terraform asks it again in the middle of apply and
// compares, and a plan without a refresh must not call anything. Every known value it plans
// comes from configuration and prior state. A noun may look at the clock, to see whether the
// next step is due, which does not change back once it is.
func (r *Resource[M, O, S]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state *M
	if !req.State.Raw.IsNull() {
		state = new(M)
		if resp.Diagnostics.Append(req.State.Get(ctx, state)...); resp.Diagnostics.HasError() {
			return
		}
	}
	if req.Plan.Raw.IsNull() {
		if state != nil {
			resp.Diagnostics.Append(r.Noun.Destroy(ctx, state)...)
		}
		resp.Diagnostics.Append(configured.Unmark(ctx, resp.Private)...)
		return
	}
	var plan M
	if resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...); resp.Diagnostics.HasError() {
		return
	}
	if resp.Diagnostics.Append(r.plan(ctx, &plan, state)...); resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
	replaces, d := configured.MarkReplacement(ctx, req, resp)
	if resp.Diagnostics.Append(d...); replaces && fwtypes.AllKnown(ctx, r.Noun.Parts(&plan).Decides) {
		resp.Diagnostics.Append(r.Noun.Replace(ctx, &plan)...)
	}
}

// plan fills in what the provider tells. state is nil for a create.
func (r *Resource[M, O, S]) plan(ctx context.Context, plan, state *M) diag.Diagnostics {
	asked, parts := *plan, r.Noun.Parts(plan)
	before := state
	state, d := r.bare(ctx, before)
	if d.HasError() {
		return d
	}
	held, dd := r.holds(ctx, plan, state)
	if d.Append(dd...); d.HasError() {
		return d
	}
	if held {
		// The plan keeps what is; Terraform lets a provider prefer state. Also while something
		// else is unknown: the plan made inside apply must come to the same.
		set(parts.Target, r.Noun.Parts(state).Target)
	}
	if !fwtypes.AllKnown(ctx, parts.Decides) {
		d.Append(forget(ctx, parts)...)
		return append(d, r.pauseUnknown(ctx, plan, before, held)...)
	}
	if before != nil && parts.PauseBefore.IsUnknown() {
		return append(d, diags.PauseUnknown())
	}
	d.Append(r.fits(ctx, parts.Invalidate)...)
	aim, dd := r.Noun.Aim(ctx, &asked, plan, state, held)
	if d.Append(dd...); d.HasError() {
		return d
	}
	var q question
	if !held && !aim.Rest && aim.Due == cutover.Yes {
		q, dd = r.ask(ctx, &asked, before, state)
		d.Append(dd...)
		if d.Append(r.pause(plan, before, q, &aim)...); d.HasError() {
			return d
		}
	}
	switch {
	case q.standing && aim.Rest:
		keep(parts, r.Noun.Parts(before))
	case aim.Rest:
		keep(parts, r.Noun.Parts(state))
		parts.Waiting = r.nothingWaits(before)
	case aim.Due == cutover.NotYet && r.alike(plan, before):
		keep(parts, r.Noun.Parts(before))
	case aim.Due != cutover.Yes:
		// Other settings change, or nobody knows what time it is. The next step may be due
		// by the time of apply, and a value that is known now would have to be the same then.
		d.Append(forget(ctx, parts)...)
	default:
		d.Append(forget(ctx, parts)...)
		parts.Steps, dd = steps(ctx, aim.Recipe)
		d.Append(dd...)
		switch {
		case q.Given:
			parts.Waiting = r.nothingWaits(before)
			parts.Approved = r.Noun.Parts(before).ApprovalRequest
		case !q.paused():
			parts.Waiting = r.nothingWaits(before)
		}
		if aim.Warn != nil {
			d.Append(aim.Warn()...)
		}
	}
	if parts.ID = types.StringValue(aim.ID); aim.Fill != nil {
		d.Append(aim.Fill()...)
	}
	return d
}

// fits refuses what is more than one invalidation may have, as the provider's own configuration
// says: at the end of a run it would be too late to write less.
func (r *Resource[M, O, S]) fits(ctx context.Context, invalidate types.List) diag.Diagnostics {
	items, d := fwtypes.Texts(ctx, invalidate)
	if r.Provider == nil || d.HasError() {
		return d
	}
	if err := r.Provider.CloudFront.Quotas().Fits(items); err != nil {
		d.Append(diags.TooManyForACutover(err))
	}
	return d
}

// holds asks the noun whether what plan asks for has failed and is not to be tried again. It
// is the one answer that a plan and its update go by.
func (r *Resource[M, O, S]) holds(ctx context.Context, plan, state *M) (bool, diag.Diagnostics) {
	if state == nil {
		return false, nil
	}
	is, was := r.Noun.Parts(plan), r.Noun.Parts(state)
	if was.Failed.IsNull() || again(is.Retry, was.Retry) {
		return false, nil
	}
	held, d := r.Noun.Hold(ctx, plan, state)
	if held && is.Retry.IsUnknown() {
		return false, diag.Diagnostics{diags.RetryUnknown()}
	}
	return held, d
}

// steps is the attribute of that name. It is a list also where there are none: a plan that has
// shown that nothing is to be done bounds its run like any other.
func steps(ctx context.Context, recipe []string) (types.List, diag.Diagnostics) {
	return types.ListValueFrom(ctx, types.StringType, append([]string{}, recipe...))
}

// again says whether somebody asks for what failed to be tried again, by what retry is and was.
func again(is, was types.String) bool { return !is.IsNull() && !is.IsUnknown() && !is.Equal(was) }

// alike says whether everything that configuration says is as it was.
func (r *Resource[M, O, S]) alike(plan, state *M) bool {
	is, was := r.Noun.Parts(plan), r.Noun.Parts(state)
	return fwtypes.Alike(is.Decides, was.Decides) && fwtypes.Alike(is.Else, was.Else)
}

// forget leaves everything open that depends on something not known yet.
func forget(ctx context.Context, parts Parts) diag.Diagnostics {
	d := fwtypes.Forget(ctx, parts.Tells)
	parts.Unseen = configured.Unseen(nil) // a run that comes to its end ends with a look
	return d
}

// keep plans that nothing moves.
func keep(plan, state Parts) { set(plan.Tells, state.Tells) }

// set gives what one pointer points to the value of what another one of its type does.
func set(to, from any) { reflect.ValueOf(to).Elem().Set(reflect.ValueOf(from).Elem()) }
