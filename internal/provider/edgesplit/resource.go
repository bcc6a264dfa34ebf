// Package edgesplit is the resource that splits the viewers of one distribution at the edge: a key
// value store with a table of weights, and two functions that go by it. Package split decides; its
// state diagram is the resource's. Package edgefunction has the code.
//
// Unlike its siblings it owns what it makes. So a create sends nobody anywhere, one that fails takes
// away what it has made, and a destroy goes where nobody notices, or says who would.
package edgesplit

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/split"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/verification"
)

var (
	_ resource.ResourceWithConfigure      = (*Resource)(nil)
	_ resource.ResourceWithImportState    = (*Resource)(nil)
	_ resource.ResourceWithMoveState      = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan     = (*Resource)(nil)
	_ resource.ResourceWithValidateConfig = (*Resource)(nil)
)

// Resource implements the split.
type Resource struct {
	latched.Resource[model, split.Observation, split.Step]
}

// New returns the resource.
func New() resource.Resource {
	r := &Resource{}
	r.Noun, r.Type = r, "edge_split"
	return r
}

// Parts implements latched.Noun.
func (r *Resource) Parts(m *model) latched.Parts {
	return latched.Parts{Target: &m.goal, Decides: &m.decides, Else: &m.settings, Tells: &m.tells, Settings: &m.Settings, Told: &m.Told, Secret: &m.Override}
}

// Begin implements latched.Noun.
func (r *Resource) Begin(ctx context.Context, asked, plan, state *model, held bool) (latched.Run[model, split.Observation, split.Step], diag.Diagnostics) {
	with := *plan
	with.Override = asked.Override // what is write-only goes into no state
	w, d := r.workflow(ctx, &with)
	if d.HasError() {
		return nil, d
	}
	w.spec.Creating = state == nil
	if state != nil {
		var dd diag.Diagnostics
		w.past, dd = state.past(ctx)
		d.Append(dd...)
		w.spec.Before = w.past.before(w.spec)
		if held {
			w.spec = w.past.back(w.spec)
		}
	}
	if taken := r.Provider.Claim(claims(w.spec)...); taken != "" {
		d.Append(diags.FieldClaimedTwice(taken))
		return nil, d
	}
	return w, d
}

// workflow is a run to what a model asks for, which knows nothing yet.
func (r *Resource) workflow(ctx context.Context, m *model) (*workflow, diag.Diagnostics) {
	spec, d := m.spec(ctx)
	config, dd := m.config(ctx)
	d.Append(dd...)
	w := newWorkflow(r.Provider, spec, config)
	w.spreads = fwtypes.Length(m.Propagation, propagation)
	w.secret = as[overrideModel](ctx, m.Override, &d).secret()
	w.markers = verification.Markers{}
	sides, dd := m.sides(ctx)
	d.Append(dd...)
	for name, s := range sides {
		w.markers.Add(cutover.Side(name), s.Marker)
	}
	w.gate, dd = verification.ReadPlain(ctx, m.Verify)
	return w, append(d, dd...)
}

// back is what is asked for while what failed is held.
func (p past) back(spec split.Spec) split.Spec {
	if p.settled != nil {
		spec.Goal = p.settled
	}
	spec.RollingBack, spec.PerApply, spec.Ladder = true, false, nil
	if spec.Attach != nil {
		spec.Restore = p.functions
	}
	return spec
}

// claims name what a split decides about, as instances of one process claim it.
func claims(spec split.Spec) []string {
	out := []string{"edge split " + spec.Name}
	if spec.Attach != nil {
		for _, p := range spec.Attach.Patterns {
			for _, role := range split.Roles() {
				out = append(out, field(p, role).String()+" of distribution "+spec.Attach.Distribution)
			}
		}
	}
	return out
}

// Gates implements latched.Noun.
func (r *Resource) Gates(ctx context.Context, asked, state *model, pause cutover.Pause, waits bool) ([]string, diag.Diagnostics) {
	spec, d := asked.spec(ctx)
	if state == nil || d.HasError() { // a create sends nobody anywhere
		return nil, d
	}
	p, dd := state.past(ctx)
	d.Append(dd...)
	return split.Gates(spec, &split.Prior{Weights: p.current}, pause, waits), d
}
