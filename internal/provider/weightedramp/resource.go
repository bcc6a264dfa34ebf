// Package weightedramp is the resource cdn_weighted_ramp: how much of the traffic of
// some names Route 53 sends to one of two endpoints. Package ramp decides; its state
// diagram is the resource's.
//
// The resource owns the records of its names and types, and no endpoint. It will
// never change who is served because it is created over records that are there,
// replaced or destroyed, unless on_destroy says in so many words that its records are
// to go although viewers are served.
package weightedramp

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/verification"
)

var (
	_ resource.ResourceWithConfigure      = (*Resource)(nil)
	_ resource.ResourceWithIdentity       = (*Resource)(nil)
	_ resource.ResourceWithImportState    = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan     = (*Resource)(nil)
	_ resource.ResourceWithMoveState      = (*Resource)(nil)
	_ resource.ResourceWithValidateConfig = (*Resource)(nil)
)

// Resource implements cdn_weighted_ramp.
type Resource struct {
	latched.Resource[model, ramp.Observation, ramp.Step]
}

// New returns the resource.
func New() resource.Resource { return fresh() }

func fresh() *Resource {
	r := &Resource{}
	r.Noun, r.Type = r, "weighted_ramp"
	return r
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *Resource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = configured.IdentitySchema("The import id that the ramp came into state with: zone, names, types and sides, as they were then.")
}

// Parts implements latched.Noun.
func (r *Resource) Parts(m *model) latched.Parts {
	return latched.Parts{Target: &m.Weight, Decides: &m.decides, Else: &m.settings, Tells: &m.tells, Settings: &m.Settings, Told: &m.Told}
}

// Begin implements latched.Noun.
func (r *Resource) Begin(ctx context.Context, _, plan, state *model, held bool) (latched.Run[model, ramp.Observation, ramp.Step], diag.Diagnostics) {
	spec, d := plan.spec(ctx)
	spec.Adopting, spec.RollingBack = state == nil, held
	var past ramp.Past
	if state != nil {
		prior, dd := state.prior(ctx, spec)
		d.Append(dd...)
		was, dd := state.spec(ctx)
		d.Append(dd...)
		spec.Joining, spec.Renamed = joining(spec, was), renamed(spec, was)
		past = ramp.Past{From: state.before(), Level: prior.Level, Unfinished: prior.Unfinished, Proven: prior.Same && !prior.Unfinished && !prior.Displaced}
		if prior.Same && !state.SteppedAt.IsNull() && !state.SteppedAt.IsUnknown() {
			past.Since, dd = state.SteppedAt.ValueRFC3339Time()
			d.Append(dd...)
		}
	}
	in, dd := r.open(ctx, spec)
	if d.Append(dd...); d.HasError() {
		return nil, d
	}
	w := newWorkflow(in, spec)
	w.past = past
	w.gate, dd = verification.ReadPlain(ctx, plan.Verify)
	return w, append(d, dd...)
}

// Gates implements latched.Noun.
func (r *Resource) Gates(ctx context.Context, asked, state *model, pause cutover.Pause, waits bool) ([]string, diag.Diagnostics) {
	spec, d := asked.spec(ctx)
	var prior *ramp.Prior
	if state != nil && !d.HasError() {
		var dd diag.Diagnostics
		prior, dd = state.prior(ctx, spec)
		d.Append(dd...)
	}
	return ramp.Gates(spec, prior, pause, waits), d
}

// open is the provider in the account of the zone.
func (r *Resource) open(ctx context.Context, spec ramp.Spec) (*configured.Provider, diag.Diagnostics) {
	in, err := r.Provider.In(ctx, spec.Account)
	if err != nil {
		return nil, diag.Diagnostics{configured.AccountProblem(path.Root("account"), spec.Account, err)}
	}
	return in, nil
}

// unnamed refuses the name of an account that there is not. A plan calls nobody, so it says no
// more.
func (r *Resource) unnamed(spec ramp.Spec) diag.Diagnostics {
	if r.Provider == nil || r.Provider.Has(spec.Account) {
		return nil
	}
	return diag.Diagnostics{configured.AccountProblem(path.Root("account"), spec.Account, &configured.NoAccount{Name: spec.Account, Known: r.Provider.Named()})}
}
