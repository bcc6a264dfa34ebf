// Package behaviorswitch is the resource that decides which of its sides named cache
// behaviours of one distribution use: another origin, another prefix, another version of a
// function. Package behavior decides; its state diagram is the resource's.
//
// The resource owns the fields that its sides name, and no other field of the
// distribution. It will never add, remove or reorder a behaviour or an origin, and never
// change who answers because it is created over a running setup, replaced or destroyed.
package behaviorswitch

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
)

var (
	_ resource.ResourceWithConfigure      = (*Resource)(nil)
	_ resource.ResourceWithImportState    = (*Resource)(nil)
	_ resource.ResourceWithMoveState      = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan     = (*Resource)(nil)
	_ resource.ResourceWithValidateConfig = (*Resource)(nil)
)

// Resource implements the switch.
type Resource struct {
	latched.Resource[model, behavior.Observation, behavior.Step]
}

// New returns the resource.
func New() resource.Resource {
	r := &Resource{}
	r.Noun, r.Type = r, "behavior_switch"
	return r
}

// Parts implements latched.Noun.
func (r *Resource) Parts(m *model) latched.Parts {
	return latched.Parts{Target: &m.Live, Shown: true, Decides: &m.decides, Else: &m.settings, Tells: &m.tells, Settings: &m.Settings, Told: &m.Told, Invalidate: m.Invalidate}
}

// Begin implements latched.Noun.
func (r *Resource) Begin(ctx context.Context, _, plan, state *model, held bool) (latched.Run[model, behavior.Observation, behavior.Step], diag.Diagnostics) {
	spec, d := plan.spec(ctx)
	if d.HasError() {
		return nil, d
	}
	spec.Adopting = state == nil
	var start behavior.Start
	if state != nil {
		past, dd := state.past(ctx)
		d.Append(dd...)
		start.Previous, start.Settled = past.previous(), past.settled
		spec = past.carryOn(spec)
		if held {
			spec = past.back(spec)
		}
	}
	if taken := r.Provider.Claim(things(spec)...); taken != "" {
		d.Append(diags.FieldClaimedTwice(taken))
		return nil, d
	}
	w := newWorkflow(r.Provider, spec)
	w.start, w.fields = start, plan.fields(ctx)
	var dd diag.Diagnostics
	w.gates, dd = plan.gates(ctx)
	return w, append(d, dd...)
}

// Gates implements latched.Noun.
func (r *Resource) Gates(ctx context.Context, asked, state *model, _ cutover.Pause, _ bool) ([]string, diag.Diagnostics) {
	spec, d := asked.spec(ctx)
	if state == nil || d.HasError() {
		return behavior.Gates(spec, nil, nil), d
	}
	p, dd := state.past(ctx)
	if d.Append(dd...); d.HasError() {
		return nil, d
	}
	spec = p.carryOn(spec)
	return behavior.Gates(spec, p.prior(spec), p.settled), d
}
