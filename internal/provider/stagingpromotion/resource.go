// Package stagingpromotion is the resource cdn_staging_promotion: a release of what a
// staging distribution has to its primary, with a canary before the promotion, and a
// way back after it. Package promotion decides; its state diagram is the resource's.
//
// The resource owns no AWS object, only the decision, and whether the policy between
// the two is enabled and what it sends to staging. It never promotes because it is
// created, replaced or destroyed.
package stagingpromotion

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/ledger"
)

var (
	_ resource.ResourceWithConfigure      = (*Resource)(nil)
	_ resource.ResourceWithImportState    = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan     = (*Resource)(nil)
	_ resource.ResourceWithMoveState      = (*Resource)(nil)
	_ resource.ResourceWithValidateConfig = (*Resource)(nil)
)

// Resource implements cdn_staging_promotion.
type Resource struct {
	latched.Resource[model, promotion.Observation, promotion.Step]
}

// New returns the resource.
func New() resource.Resource {
	r := &Resource{}
	r.Noun, r.Type = r, "staging_promotion"
	return r
}

// Parts implements latched.Noun.
func (r *Resource) Parts(m *model) latched.Parts {
	return latched.Parts{Target: &m.Release, Decides: &m.decides, Else: &m.settings, Tells: &m.tells, Settings: &m.Settings, Told: &m.Told, Invalidate: m.Invalidate}
}

// Begin implements latched.Noun.
func (r *Resource) Begin(ctx context.Context, asked, plan, state *model, _ bool) (latched.Run[model, promotion.Observation, promotion.Step], diag.Diagnostics) {
	spec, d := plan.spec(ctx)
	prior, dd := state.prior(ctx)
	d.Append(dd...)
	promotion.Aim(&spec, prior, plan.wish(asked, state))
	w := newWorkflow(r.Provider, spec)
	w.prior = prior
	w.gates, dd = plan.gates(ctx)
	d.Append(dd...)
	if state != nil {
		w.spec.WayBack = state.WayBack.ValueString()
		w.baking, dd = state.steppedAt(ctx)
		d.Append(dd...)
		w.onRecord, dd = state.onRecord(ctx)
		d.Append(dd...)
		w.until, dd = state.settledUntil(ctx)
		d.Append(dd...)
	}
	if spec.Purpose == promotion.Release || spec.Purpose == promotion.Adopt || spec.Decided != "" { // whoever restores has to know what was taken back on purpose
		w.ledger = ledger.New(r.Provider.S3, plan.Bucket.ValueString(), spec.Primary)
		w.spec.Snapshots = w.ledger.Kept()
	}
	return w, d
}

// Gates implements latched.Noun.
func (r *Resource) Gates(ctx context.Context, asked, state *model, pause cutover.Pause, waits bool) ([]string, diag.Diagnostics) {
	state = asked.since(state)
	spec, d := asked.spec(ctx)
	prior, dd := state.prior(ctx)
	if d.Append(dd...); d.HasError() {
		return nil, d
	}
	promotion.Aim(&spec, prior, asked.wish(asked, state))
	return promotion.Gates(spec, prior, pause, waits), d
}
