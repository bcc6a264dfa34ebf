package weightedramp

import (
	"context"
	"errors"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
)

// Delete implements resource.Resource. It never changes who is served: the records stay,
// with the weights they have, unless on_destroy says otherwise and nobody is served by them
// or it says that this does not matter. See ramp.Removal.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	if resp.Diagnostics.Append(req.State.Get(ctx, &state)...); resp.Diagnostics.HasError() {
		return
	}
	replaced, d := configured.Replaced(ctx, req.Private)
	if resp.Diagnostics.Append(d...); d.HasError() || replaced || !state.erases() {
		return // a ramp that is replaced is created again at once, and keeps the records, as the plan said
	}
	removal, d := state.removal(ctx)
	if resp.Diagnostics.Append(d...); d.HasError() {
		return
	}
	about := diags.DestroyOfRamp(removal.Spec)
	done, err := r.Provider.Turn(ctx, things(removal.Spec)...)
	if err != nil {
		resp.Diagnostics.Append(about.Failed(err))
		return
	}
	defer done()
	var kept []string
	for _, k := range removal.Spec.Keys() {
		if removal.Kept[k] = r.Provider.RecordsKept(removal.Spec.Zone, k.Name, k.Type); removal.Kept[k] && !slices.Contains(kept, k.Name) {
			kept = append(kept, k.Name)
		}
	}
	in, d := r.open(ctx, removal.Spec)
	if resp.Diagnostics.Append(d...); d.HasError() {
		return
	}
	w := remover{workflow: newWorkflow(in, removal.Spec), removal: removal}
	obs, err := engine.Run(ctx, w, w.Limits(fwtypes.Budget(state.Timeouts, "delete", latched.Timeout)))
	if o, ok := errors.AsType[*ramp.Obstacle](err); ok {
		resp.Diagnostics.Append(diags.RampStillServed(removal.Spec, o, w.Log.Any()))
		return
	}
	if err != nil {
		resp.Diagnostics.Append(about.Failed(err))
		return
	}
	astray := map[string]string{}
	if obs.Domain == "" {
		astray["the ramp ("+removal.Spec.Zone+")"] = ""
	}
	resp.Diagnostics.Append(about.Left(removal.Spared(obs), kept, astray)...)
}

// erases says whether a destroy deletes records at all.
func (m *model) erases() bool {
	how := cutover.OnDestroy(m.OnDestroy.ValueString())
	return how == cutover.DeleteUnserved || how == cutover.DeleteLive
}

// removal is what a destroy is to do about records, if it erases any.
func (m *model) removal(ctx context.Context) (ramp.Removal, diag.Diagnostics) {
	spec, d := m.spec(ctx)
	left, dd := m.shares(ctx)
	d.Append(dd...)
	return ramp.Removal{Spec: spec, Live: cutover.OnDestroy(m.OnDestroy.ValueString()) == cutover.DeleteLive, Left: left, Kept: map[ramp.Key]bool{}}, d
}

// things are the records of a spec, as instances of one process share them.
func things(spec ramp.Spec) []string {
	var out []string
	for _, name := range spec.Names {
		out = append(out, configured.Records(spec.Zone, name))
	}
	return out
}

// remover is the way to no records.
type remover struct {
	*workflow
	removal ramp.Removal
}

// Observe implements engine.Workflow. Beside the records it looks at what keeps Route 53
// from deleting those that are to go, and at who is served by them.
func (r remover) Observe(ctx context.Context) (ramp.Observation, error) {
	obs, err := r.look(ctx)
	if err != nil {
		return obs, configured.Again(err)
	}
	if err := r.records.Look(ctx, r.p, r.p.Here); err != nil {
		return obs, configured.Again(err)
	}
	r.learning(&obs)
	doomed := r.removal.Doomed(obs)
	if len(doomed) == 0 {
		return obs, nil
	}
	if obs.Guard, err = r.records.Guard.Look(ctx, r.p, r.spec.Zone); err != nil {
		return obs, configured.Again(err)
	}
	if r.removal.Live { // a destroy must not need to know more than it goes by
		return obs, nil
	}
	obs.ServedBy = map[string]string{}
	since := r.p.Clock.Now().Add(-r.p.Poll / 2)
	for _, k := range doomed {
		if _, asked := obs.ServedBy[k.Name]; asked {
			continue
		}
		for _, rec := range obs.Records[k] {
			domain := rec.AtCloudFront()
			if domain == "" {
				continue // counts as served
			}
			by, known, err := r.p.Own().ServedAt(ctx, domain, k.Name, since)
			if err != nil {
				return obs, configured.Again(err)
			}
			if known {
				obs.ServedBy[k.Name] = by
			}
		}
	}
	return obs, nil
}

// Next implements engine.Workflow.
func (r remover) Next(obs ramp.Observation) (ramp.Step, bool, error) {
	step, err := r.removal.Next(obs)
	return cutover.Within(nil, step, err, nil) // no plan tells of the steps of a destroy
}

// Do implements engine.Workflow.
func (r remover) Do(ctx context.Context, _ ramp.Observation, step ramp.Step) error {
	if e, ok := step.(ramp.Erase); ok {
		return configured.Erase(ctx, &r.records, r.p, r.Log, step, r.spec.Zone, "ramp destroyed", e.Records, apiRecord)
	}
	return r.p.Clock.Sleep(ctx, r.p.Poll)
}
