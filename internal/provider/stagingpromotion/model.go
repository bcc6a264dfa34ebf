package stagingpromotion

import (
	"context"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/identity"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/verification"
)

// model is the resource as Terraform knows it, in configuration, plan and state.
// Collections stay framework values, because any of them may be unknown.
type model struct {
	decides
	settings
	tells
}

// decides is what a recipe depends on.
type decides struct {
	Primary    types.String         `tfsdk:"primary_distribution_id"`
	Staging    types.String         `tfsdk:"staging_distribution_id"`
	Policy     types.String         `tfsdk:"policy_id"`
	Release    types.String         `tfsdk:"release"`
	Canary     types.Object         `tfsdk:"canary"`
	Verify     types.Object         `tfsdk:"verify"`
	Names      types.Set            `tfsdk:"names"`
	BakeTime   timetypes.GoDuration `tfsdk:"bake_time"`
	Invalidate types.List           `tfsdk:"invalidate"`
	Advance    types.String         `tfsdk:"advance"`
	OnDrift    types.String         `tfsdk:"on_drift"`
}

type settings struct {
	latched.Settings
	Staged        types.String         `tfsdk:"staging_fingerprint"`
	PendingWindow timetypes.GoDuration `tfsdk:"pending_window"`
	Bucket        types.String         `tfsdk:"snapshot_bucket"`
}

type tells struct {
	latched.Told
	SettledRelease     types.String `tfsdk:"settled_release"`
	SettledFingerprint types.String `tfsdk:"settled_fingerprint"`
	SettledGrounds     types.String `tfsdk:"settled_grounds"`
	SettledRoute       types.String `tfsdk:"settled_route"`
	Previous           types.Object `tfsdk:"previous"`
	PrimaryFingerprint types.String `tfsdk:"primary_fingerprint"`
	WayBack            types.String `tfsdk:"way_back"`
	Attempt            types.Object `tfsdk:"attempt"`
}

type canaryModel struct {
	Weights        types.List           `tfsdk:"weights"`
	Header         *headerModel         `tfsdk:"header"`
	BakeTime       timetypes.GoDuration `tfsdk:"bake_time"`
	RequireTraffic types.Int64          `tfsdk:"require_traffic"`
}

type headerModel struct {
	Name  types.String `tfsdk:"name"`
	Value types.String `tfsdk:"value"`
}

type verifyModel struct {
	Before *beforeModel       `tfsdk:"before"`
	After  *verification.Gate `tfsdk:"after"`
}

// beforeModel is a gate whose least traffic stands elsewhere, beside the weights.
type beforeModel struct {
	verification.Quiet
	Comparison *verification.ComparisonModel `tfsdk:"comparison"`
}

// gate is the same with the least traffic in its place; nil stays nil.
func (m *beforeModel) gate() *verification.Gate {
	if m == nil {
		return nil
	}
	return &verification.Gate{Quiet: m.Quiet, MinimumRequests: types.Int64Null(), Comparison: m.Comparison}
}

type attemptModel struct {
	Release     types.String      `tfsdk:"release"`
	Fingerprint types.String      `tfsdk:"fingerprint"`
	Route       types.String      `tfsdk:"route"`
	SteppedAt   timetypes.RFC3339 `tfsdk:"stepped_at"`
	// SettledUntil is until when the primary is known to have had what was settled.
	SettledUntil timetypes.RFC3339 `tfsdk:"settled_until"`
	Canary       types.String      `tfsdk:"canary_grounds"`
}

type previousModel struct {
	Release     types.String `tfsdk:"release"`
	Fingerprint types.String `tfsdk:"fingerprint"`
}

type failedModel struct {
	Release     types.String `tfsdk:"release"`
	Fingerprint types.String `tfsdk:"fingerprint"`
	Reason      types.String `tfsdk:"reason"`
}

var (
	attemptTypes  = fwtypes.TypesOf(attemptAttributes())
	failedTypes   = fwtypes.TypesOf(failedAttributes())
	previousTypes = fwtypes.TypesOf(namedAttributes())
)

// read fills to from an object that may be null or unknown, and says whether it was neither.
func read(ctx context.Context, o types.Object, to any) (bool, diag.Diagnostics) {
	if o.IsNull() || o.IsUnknown() {
		return false, nil
	}
	return true, o.As(ctx, to, basetypes.ObjectAsOptions{})
}

func (m *model) canary(ctx context.Context) (*canaryModel, diag.Diagnostics) {
	var out canaryModel
	if ok, d := read(ctx, m.Canary, &out); !ok || d.HasError() {
		return nil, d
	}
	return &out, nil
}

func (m *model) verify(ctx context.Context) (verifyModel, diag.Diagnostics) {
	var out verifyModel
	_, d := read(ctx, m.Verify, &out)
	return out, d
}

// routes are the steps of the canary.
func (c *canaryModel) routes(ctx context.Context) ([]promotion.Route, diag.Diagnostics) {
	if c == nil {
		return nil, nil
	}
	if c.Header != nil {
		return []promotion.Route{{Header: c.Header.Name.ValueString(), Value: c.Header.Value.ValueString()}}, nil
	}
	var weights []float64
	var d diag.Diagnostics
	if !c.Weights.IsNull() && !c.Weights.IsUnknown() {
		d = c.Weights.ElementsAs(ctx, &weights, false)
	}
	var out []promotion.Route
	for _, w := range weights {
		out = append(out, promotion.Route{Percent: w})
	}
	return out, d
}

// traffic is how many requests of viewers staging has to get at each weight.
func (c *canaryModel) traffic() int {
	switch {
	case c == nil, c.Header != nil:
		return 0
	case c.RequireTraffic.IsNull():
		return defaultTraffic
	default:
		return int(c.RequireTraffic.ValueInt64())
	}
}

// spec turns a model of which everything is known into what the pure packages speak. What it is for, and
// from where, depends on prior state.
func (m *model) spec(ctx context.Context) (promotion.Spec, diag.Diagnostics) {
	var diags diag.Diagnostics
	spec := promotion.Spec{
		Asked: promotion.Asked{Primary: m.Primary.ValueString(), Staging: m.Staging.ValueString(), Policy: m.Policy.ValueString(), Release: m.Release.ValueString(), Staged: known(m.Staged)},
	}
	canary, d := m.canary(ctx)
	diags.Append(d...)
	spec.Routes, d = canary.routes(ctx)
	diags.Append(d...)
	verify, d := m.verify(ctx)
	diags.Append(d...)
	if canary != nil {
		spec.CanaryBake = fwtypes.Length(canary.BakeTime, defaultCanaryBake)
		spec.Before = verify.Before != nil || canary.traffic() > 0
		spec.PerApply = m.Advance.ValueString() == latched.PerApply
		spec.Glance = spec.PerApply && verify.Before != nil && len(verify.Before.Probes) > 0
	}
	if spec.After = verify.After != nil; spec.After {
		spec.Bake = fwtypes.Length(m.BakeTime, latched.Bake)
	}
	spec.Invalidate, d = fwtypes.Texts(ctx, m.Invalidate)
	diags.Append(d...)
	return spec, diags
}

// prior is what state knows; nil while creating.
func (m *model) prior(ctx context.Context) (*promotion.Prior, diag.Diagnostics) {
	if m == nil {
		return nil, nil
	}
	p := &promotion.Prior{
		Release: m.SettledRelease.ValueString(), Settled: known(m.SettledFingerprint), Primary: known(m.PrimaryFingerprint), Phase: promotion.Phase(m.Phase.ValueString()),
		Grounds: promotion.Grounds(m.SettledGrounds.ValueString()), Routed: m.SettledRoute.ValueString(),
	}
	attempt, diags := m.attempt(ctx)
	if attempt != nil {
		p.Attempt = &promotion.Attempt{
			Release: attempt.Release.ValueString(), Content: known(attempt.Fingerprint), Version: identity.Parse(attempt.Fingerprint.ValueString()).Version, Route: attempt.Route.ValueString(), Baking: !attempt.SteppedAt.IsNull(),
			Canary: promotion.Grounds(attempt.Canary.ValueString()), Recorded: true,
		}
	}
	var previous previousModel
	there, d := read(ctx, m.Previous, &previous)
	diags.Append(d...)
	if there {
		p.Previous = &promotion.Attempt{Release: previous.Release.ValueString(), Content: known(previous.Fingerprint)}
	}
	failed, d := m.failure(ctx)
	diags.Append(d...)
	if failed != nil {
		p.Failed = &promotion.Attempt{Release: failed.Release.ValueString(), Content: known(failed.Fingerprint)}
	}
	return p, diags
}

// known is what a fingerprint in state says of a content, for decisions.
func known(fingerprint types.String) string { return identity.Parse(fingerprint.ValueString()).Known }

// onRecord lists the contents that state knows.
func (m *model) onRecord(ctx context.Context) ([]identity.Identity, diag.Diagnostics) {
	texts := []types.String{m.SettledFingerprint, m.PrimaryFingerprint}
	attempt, diags := m.attempt(ctx)
	if attempt != nil {
		texts = append(texts, attempt.Fingerprint)
	}
	failed, d := m.failure(ctx)
	diags.Append(d...)
	if failed != nil {
		texts = append(texts, failed.Fingerprint)
	}
	var out []identity.Identity
	for _, text := range texts {
		out = append(out, identity.Parse(text.ValueString()))
	}
	return out, diags
}

func (m *model) attempt(ctx context.Context) (*attemptModel, diag.Diagnostics) {
	var a attemptModel
	if ok, d := read(ctx, m.Attempt, &a); !ok || d.HasError() {
		return nil, d
	}
	return &a, nil
}

// steppedAt is since when the bake of a step goes on that an earlier run took; zero: none does.
func (m *model) steppedAt(ctx context.Context) (time.Time, diag.Diagnostics) {
	if m == nil {
		return time.Time{}, nil
	}
	a, d := m.attempt(ctx)
	if a == nil || a.SteppedAt.IsNull() {
		return time.Time{}, d
	}
	at, dd := a.SteppedAt.ValueRFC3339Time()
	d.Append(dd...)
	return at, d
}

// settledUntil is until when the primary is known to have had what was settled before the
// release that is under way; zero: nobody knows.
func (m *model) settledUntil(ctx context.Context) (time.Time, diag.Diagnostics) {
	a, d := m.attempt(ctx)
	if a == nil || a.SettledUntil.IsNull() {
		return time.Time{}, d
	}
	at, dd := a.SettledUntil.ValueRFC3339Time()
	d.Append(dd...)
	return at, d
}

func (m *model) failure(ctx context.Context) (*failedModel, diag.Diagnostics) {
	var f failedModel
	if ok, d := read(ctx, m.Failed, &f); !ok || d.HasError() {
		return nil, d
	}
	return &f, nil
}

// wish is what a plan asks for, given the state before. The release is that of asked, for the
// plan holds another one while that is latched.
func (m *model) wish(asked, state *model) promotion.Wish {
	w := promotion.Wish{Release: asked.Release.ValueString(), OnDrift: promotion.OnDrift(m.OnDrift.ValueString())}
	w.Retry = state != nil && !m.Retry.IsNull() && !m.Retry.Equal(state.Retry)
	return w
}

// names lists the names that paths are asked of; empty: the primary's.
func (m *model) names(ctx context.Context) ([]string, diag.Diagnostics) {
	out, d := fwtypes.Texts(ctx, m.Names)
	slices.Sort(out)
	return out, d
}
