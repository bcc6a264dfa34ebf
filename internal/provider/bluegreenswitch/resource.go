// Package bluegreenswitch is the resource cdn_bluegreen_switch: which of its
// sides, CloudFront distributions, has a set of alternate domain names, and
// where their records point. Package switchover decides; its state diagram is
// the resource's.
//
// The resource owns the decision, never the distributions. It will never move a
// name because it is created over a running setup, replaced or destroyed.
package bluegreenswitch

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
)

var (
	_ resource.ResourceWithConfigure      = (*Resource)(nil)
	_ resource.ResourceWithIdentity       = (*Resource)(nil)
	_ resource.ResourceWithImportState    = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan     = (*Resource)(nil)
	_ resource.ResourceWithMoveState      = (*Resource)(nil)
	_ resource.ResourceWithValidateConfig = (*Resource)(nil)
)

// Resource implements cdn_bluegreen_switch.
type Resource struct {
	latched.Resource[model, switchover.Observation, switchover.Step]
}

// New returns the resource.
func New() resource.Resource { return fresh() }

func fresh() *Resource {
	r := &Resource{}
	r.Noun, r.Type = r, "bluegreen_switch"
	return r
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *Resource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = configured.IdentitySchema("The import id that the switch came into state with: sides, aliases and zones, as they were then.")
}

// Parts implements latched.Noun.
func (r *Resource) Parts(m *model) latched.Parts {
	return latched.Parts{Target: &m.Live, Shown: true, Decides: &m.decides, Else: &m.settings, Tells: &m.tells, Settings: &m.Settings, Told: &m.Told, Invalidate: m.Invalidate}
}

// Begin implements latched.Noun.
func (r *Resource) Begin(ctx context.Context, asked, plan, state *model, held bool) (latched.Run[model, switchover.Observation, switchover.Step], diag.Diagnostics) {
	spec, d := plan.spec(ctx)
	spec.Adopting, spec.RollingBack = state == nil, held
	var start switchover.Start
	if state != nil {
		prior, dd := state.prior(ctx)
		d.Append(dd...)
		start.Previous = prior.Live
		if side, ok := spec.SideOf(prior.LiveID); ok {
			start.Previous = side // whatever it was called then
		}
		spec.Joining, spec.Unfinished = joining(spec, prior), prior.Unfinished
		spec.Kept, dd = state.kept(ctx)
		d.Append(dd...)
		for _, name := range spec.Joining {
			delete(spec.Kept, name)
		}
		start.Settled = state.settled()
	}
	in, dd := open(ctx, r.Provider, spec)
	if d.Append(dd...); d.HasError() {
		return nil, d
	}
	w := newWorkflow(r.Provider, in, spec)
	w.start, w.called = start, asked.Live
	if state != nil {
		w.proofs, dd = state.proofs(ctx)
		d.Append(dd...)
	}
	w.gates, dd = plan.gates(ctx)
	return w, append(d, dd...)
}

// Gates implements latched.Noun.
func (r *Resource) Gates(ctx context.Context, asked, state *model, _ cutover.Pause, _ bool) ([]string, diag.Diagnostics) {
	spec, d := asked.spec(ctx)
	var prior *switchover.Prior
	if state != nil {
		var dd diag.Diagnostics
		prior, dd = state.prior(ctx)
		d.Append(dd...)
	}
	return switchover.Gates(spec, prior), d
}
