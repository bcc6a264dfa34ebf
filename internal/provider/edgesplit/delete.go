package edgesplit

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/split"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
)

// Delete implements resource.Resource. It takes away what nobody uses, from the behaviours down to
// the store, and is carried on by the next destroy wherever it stops. See split.Removal.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	if resp.Diagnostics.Append(req.State.Get(ctx, &state)...); resp.Diagnostics.HasError() {
		return
	}
	w, d := r.workflow(ctx, &state)
	if resp.Diagnostics.Append(d...); resp.Diagnostics.HasError() {
		return
	}
	live := cutover.OnDestroy(state.OnDestroy.ValueString()) == cutover.DeleteLive
	m := remover{workflow: w, removal: split.Removal{Spec: w.spec, Live: live}}
	busy, _ := w.Things()
	kept, err := r.Provider.Remove(ctx, busy[0], busy[0], func() (bool, error) {
		_, err := engine.Run(ctx, m, w.Limits(fwtypes.Budget(state.Timeouts, "delete", latched.Timeout)))
		return false, err
	})
	if kept {
		resp.Diagnostics.Append(diags.KeptElsewhere("The edge split", w.spec.Name))
	}
	if err != nil {
		resp.Diagnostics.Append(diags.SplitNotDestroyed(w.spec, err))
	}
}

// Destroy implements latched.Noun.
func (r *Resource) Destroy(ctx context.Context, state *model) diag.Diagnostics {
	spec, d := state.spec(ctx)
	now, dd := table(ctx, state.CurrentWeights)
	if d.Append(dd...); d.HasError() {
		return d
	}
	return append(d, diags.SplitDestroyPlanned(spec, now, cutover.OnDestroy(state.OnDestroy.ValueString()) == cutover.DeleteLive)...)
}

// remover is the way to no split.
type remover struct {
	*workflow
	removal split.Removal
}

// Observe implements engine.Workflow. Beside what a run looks at it looks for every function that
// was ever made for the split, and for whoever has one.
func (r remover) Observe(ctx context.Context) (split.Observation, error) {
	obs := split.Observation{Seen: split.Seen{Functions: map[split.Role]split.Function{}}}
	if err := r.lookAtStore(ctx, &obs); err != nil {
		return obs, configured.Again(err)
	}
	if err := r.lookAtSite(ctx, &obs); err != nil {
		return obs, configured.Again(err)
	}
	all, err := r.p.CloudFront.Functions(ctx, r.spec.Name+"-")
	if err != nil {
		return obs, configured.Again(err)
	}
	var ours []string
	for _, f := range all {
		if r.ours(f) {
			obs.Old, ours = append(obs.Old, f.Name), append(ours, f.ARN)
		}
	}
	if len(ours) == 0 {
		return obs, nil
	}
	users, err := r.p.CloudFront.Users(ctx, ours...)
	if err != nil {
		return obs, configured.Again(err)
	}
	for _, u := range users {
		if r.spec.Attach != nil && u.Distribution == r.spec.Attach.Distribution {
			continue // we take it away ourselves
		}
		obs.Users = append(obs.Users, split.Behavior{Distribution: u.Distribution, Pattern: u.Behavior, Functions: map[split.Role]string{split.Role(u.Event): u.Function}})
	}
	return obs, nil
}

// Next implements engine.Workflow.
func (r remover) Next(obs split.Observation) (split.Step, bool, error) {
	step, err := r.removal.Next(obs)
	return cutover.Within(nil, step, err, nil) // no plan tells of the steps of a destroy
}

// Do implements engine.Workflow.
func (r remover) Do(ctx context.Context, obs split.Observation, step split.Step) error {
	switch s := step.(type) {
	case split.Detach:
		_, err := r.edit(ctx, r, obs, step, s.Attach)
		return err
	case split.Remove:
		return r.remove(ctx, step, s.Name)
	case split.RemoveStore:
		return r.sent(step, r.p.CloudFront.DeleteStore(ctx, r.store))
	default:
		return r.p.Clock.Sleep(ctx, r.p.Poll)
	}
}
