package bluegreenswitch

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
)

// Delete implements resource.Resource. It never changes which side serves: the names stay
// on their distribution, and the records stay, unless their zone says otherwise and nobody
// is served by them or on_destroy says that this does not matter. What a cutover between accounts
// has disabled that did not come to its end is enabled again. See switchover.Removal.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	if resp.Diagnostics.Append(req.State.Get(ctx, &state)...); resp.Diagnostics.HasError() {
		return
	}
	replaced, d := configured.Replaced(ctx, req.Private)
	if resp.Diagnostics.Append(d...); d.HasError() || replaced {
		return // the switch is created again at once, and keeps the records, as the plan said
	}
	removal, d := state.removal(ctx)
	prior, dd := state.prior(ctx)
	d.Append(dd...)
	if resp.Diagnostics.Append(d...); d.HasError() {
		return
	}
	// Between accounts a cutover that was killed may have disabled a side, and state not know it.
	unfinished := len(prior.Proofs) > 0
	parting := unfinished || removal.Spec.Darkens()
	if len(removal.Zones) == 0 && !parting {
		return
	}
	about := diags.DestroyOfSwitch(removal.Spec)
	done, err := r.Provider.Turn(ctx, things(removal.Spec)...)
	if err != nil {
		resp.Diagnostics.Append(about.Failed(err))
		return
	}
	defer done()
	for _, name := range removal.Spec.Names {
		if zone, ok := removal.Spec.ZoneOf(name); ok && r.Provider.RecordsKept(zone.ID, name) {
			removal.Kept[name] = true
		}
	}
	in, d := open(ctx, r.Provider, removal.Spec)
	if d.HasError() && len(removal.Zones) == 0 && !unfinished {
		return // as far as anybody knows there is nothing to do
	}
	if resp.Diagnostics.Append(d...); d.HasError() {
		return
	}
	w := remover{workflow: newWorkflow(r.Provider, in, removal.Spec), removal: removal}
	w.parting, w.proofs = parting, prior.Proofs
	// A destroy must not need to know more than it goes by.
	w.removing, w.ownerless = true, !slices.Contains(slices.Collect(maps.Values(removal.Zones)), false)
	budget := fwtypes.Budget(state.Timeouts, "delete", latched.Timeout)
	obs, err := engine.Run(ctx, w, w.Limits(budget))
	if o, ok := errors.AsType[*switchover.Obstacle](err); ok {
		resp.Diagnostics.Append(diags.StillServed(removal.Spec, o, w.Log.Any()))
		return
	}
	switch dark, proofs := w.unfinished(obs, prior); {
	case err == nil:
	case len(dark) > 0 || len(proofs) > 0:
		resp.Diagnostics.Append(about.Unfinished(removal.Spec, dark, proofs, err))
		return
	case len(removal.Zones) == 0 && !w.Log.Any():
		return // it could not be looked at, and nothing says that there is anything to do
	default:
		resp.Diagnostics.Append(about.Failed(err))
		return
	}
	resp.Diagnostics.Append(about.Left(removal.Spared(obs), slices.Sorted(maps.Keys(removal.Kept)), removal.Astray(obs))...)
}

// removal is what a destroy is to do about records.
func (m *model) removal(ctx context.Context) (switchover.Removal, diag.Diagnostics) {
	spec, d := m.spec(ctx)
	zones, dd := m.zones(ctx)
	d.Append(dd...)
	out := switchover.Removal{Spec: spec, Zones: map[string]bool{}, Kept: map[string]bool{}, Domain: m.LiveDomainName.ValueString()}
	for domain, z := range zones {
		switch cutover.OnDestroy(z.OnDestroy.ValueString()) {
		case cutover.Retain:
		case cutover.DeleteUnserved:
			out.Zones[domain] = false
		case cutover.DeleteLive:
			out.Zones[domain] = true
		}
	}
	if !m.PointsAt.IsNull() && !m.PointsAt.IsUnknown() {
		d.Append(m.PointsAt.ElementsAs(ctx, &out.Left, true)...)
	}
	return out, d
}

// things are the records of a spec, as instances of one process share them.
func things(spec switchover.Spec) []string {
	var out []string
	for _, name := range spec.Names {
		if zone, ok := spec.ZoneOf(name); ok {
			out = append(out, configured.Records(zone.ID, name))
		}
	}
	return out
}

// remover is the way to no records.
type remover struct {
	*workflow
	removal switchover.Removal
}

// Observe implements engine.Workflow. It also asks what keeps Route 53 from deleting what is
// to go.
func (r remover) Observe(ctx context.Context) (switchover.Observation, error) {
	obs, err := r.workflow.Observe(ctx)
	if err != nil {
		return obs, err
	}
	for _, zone := range r.spec.Zones {
		if len(r.removal.Goes(zone, obs)) == 0 {
			continue
		}
		if obs.Guards[zone.ID], err = r.records.Guard.Look(ctx, r.zone(zone.ID), zone.ID); err != nil {
			return obs, configured.Again(err)
		}
	}
	return obs, nil
}

// Next implements engine.Workflow.
func (r remover) Next(obs switchover.Observation) (switchover.Step, bool, error) {
	step, err := r.removal.Next(obs)
	return cutover.Within(nil, step, err, nil) // no plan tells of the steps of a destroy
}

// Do implements engine.Workflow.
func (r remover) Do(ctx context.Context, _ switchover.Observation, step switchover.Step) error {
	switch s := step.(type) {
	case switchover.Enable:
		return r.enable(ctx, s)
	case switchover.Prove:
		return r.prove(ctx, s)
	case switchover.Erase:
		return configured.Erase(ctx, &r.records, r.zone(s.Zone.ID), r.Log, step, s.Zone.ID, "switch destroyed", s.Records, apiRecord)
	default:
		return r.p.Clock.Sleep(ctx, r.p.Poll)
	}
}

// enable has a side serve again that a cutover has disabled.
func (r remover) enable(ctx context.Context, step switchover.Enable) error {
	there := r.at(step.Side).CloudFront
	return there.Exclusive(ctx, step.ID, func() error {
		d, err := there.Distribution(ctx, step.ID, r.p.Clock.Now())
		if err != nil {
			return configured.Again(err)
		}
		if d.ETag != step.IfMatch {
			return engine.ErrAgain // it changed since the look that justified the step
		}
		err = there.Enable(ctx, d)
		r.Log.Sent(step, r.p.Clock.Now(), configured.Effect(err))
		return configured.Again(err, configured.While(!d.Deployed, awsapi.Deploying))
	})
}

// unfinished is what is left of a cutover between accounts: sides that it has disabled, and values
// in DNS; as state has it where nobody could look.
func (r remover) unfinished(obs switchover.Observation, prior *switchover.Prior) (dark []cutover.Side, proofs map[string][]string) {
	if proofs = r.left(obs); len(obs.Sides) == 0 {
		return prior.Dark(r.spec), proofs
	}
	return obs.Left(r.spec), proofs
}

// noAsker is why nobody could be asked who has a name: CloudFront wants to know on behalf of
// which distribution, and no side is there any more, or is answered.
const noAsker = "no side is there to ask for it"

// lookForViewers asks who serves the names that no side has, wildcards over them included.
// Where nobody may be asked, or AWS answers only to whose certificate covers the name, the
// name counts as unasked, which is no error.
func (w *workflow) lookForViewers(ctx context.Context, obs *switchover.Observation, since time.Time) error {
	if w.ownerless {
		return nil
	}
	var sides []string
	for _, side := range slices.Sorted(maps.Keys(obs.Sides)) {
		sides = append(sides, obs.Sides[side].ID)
	}
	for _, name := range w.spec.Names {
		if obs.Owner(w.spec, name) != "" {
			continue
		}
		obs.Unasked[name] = noAsker
		for _, account := range slices.Sorted(maps.Keys(w.in)) { // each speaks for its own
			askers := slices.DeleteFunc(slices.Clone(sides), func(id string) bool { return w.of(id) != w.in[account] })
			owner, asked, err := w.in[account].WhoHas(ctx, name, since, askers...)
			if err != nil {
				return err
			}
			if owner = w.unmask(obs, owner); owner != "" {
				obs.Elsewhere[name] = owner
			}
			if asked {
				delete(obs.Unasked, name)
				break
			}
		}
	}
	return nil
}
