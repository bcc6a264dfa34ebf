package promotionstatus

import (
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/identity"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/stagingpromotion"
)

type model struct {
	Account   types.String `tfsdk:"account"`
	PrimaryID types.String `tfsdk:"primary_distribution_id"`
	StagingID types.String `tfsdk:"staging_distribution_id"`
	Settled   types.String `tfsdk:"settled_fingerprint"`

	Status      types.String       `tfsdk:"status"`
	Canary      types.Bool         `tfsdk:"canary"`
	BlockedBy   types.String       `tfsdk:"blocked_by"`
	Report      types.String       `tfsdk:"report"`
	Differences []differenceModel  `tfsdk:"differences"`
	Primary     *distributionModel `tfsdk:"primary"`
	Staging     *distributionModel `tfsdk:"staging"`
	Policy      *policyModel       `tfsdk:"policy"`
}

type differenceModel struct {
	Field   types.String `tfsdk:"field"`
	Primary types.String `tfsdk:"primary"`
	Staging types.String `tfsdk:"staging"`
	Locked  types.Bool   `tfsdk:"locked"`
}

type distributionModel struct {
	ID          types.String      `tfsdk:"id"`
	Domain      types.String      `tfsdk:"domain_name"`
	ETag        types.String      `tfsdk:"etag"`
	Fingerprint types.String      `tfsdk:"fingerprint"`
	Deployed    types.Bool        `tfsdk:"deployed"`
	Enabled     types.Bool        `tfsdk:"enabled"`
	Modified    timetypes.RFC3339 `tfsdk:"last_modified"`
}

type policyModel struct {
	ID       types.String  `tfsdk:"id"`
	ETag     types.String  `tfsdk:"etag"`
	Attached types.Bool    `tfsdk:"attached"`
	Enabled  types.Bool    `tfsdk:"enabled"`
	Weight   types.Float64 `tfsdk:"weight"`
	Header   *headerModel  `tfsdk:"header"`
	Sessions *sessionModel `tfsdk:"session_stickiness"`
}

type headerModel struct {
	Name  types.String `tfsdk:"name"`
	Value types.String `tfsdk:"value"`
}

type sessionModel struct {
	Idle    types.Int64 `tfsdk:"idle_ttl"`
	Maximum types.Int64 `tfsdk:"maximum_ttl"`
}

// fill records what was seen and what follows from it.
func (m *model) fill(seen pair) {
	obs := stagingpromotion.Observed(seen.primary, seen.staging, seen.policy)
	settled := identity.Parse(m.Settled.ValueString())
	names := identity.Recall([]identity.Identity{settled}, configured.Content(seen.primary), configured.Content(seen.staging))
	obs.Primary.Content, obs.Staging.Content = names.Name(obs.Primary.Content), names.Name(obs.Staging.Content)
	status, stops := promotion.StatusOf(settled.Known, seen.spec, obs)
	m.Status, m.Canary, m.BlockedBy = types.StringValue(string(status)), types.BoolValue(obs.Canary()), types.StringNull()
	if stops != nil {
		m.BlockedBy = types.StringValue(string(stops.Kind))
	}
	m.Differences = []differenceModel{} // an empty list, not null
	var lines []string
	if seen.primary.ID != "" && seen.staging.ID != "" {
		for _, d := range cloudfrontapi.Differences(seen.primary, seen.staging) {
			lines = append(lines, d.String())
			m.Differences = append(m.Differences, differenceModel{
				Field: types.StringValue(d.Field), Primary: fwtypes.OrNull(d.First), Staging: fwtypes.OrNull(d.Second), Locked: types.BoolValue(d.Locked),
			})
		}
	}
	m.Report = types.StringValue(diags.ReleaseStands(seen.spec, obs, status, stops, lines))
	m.Primary, m.Staging, m.Policy = m.facts(obs.Primary), m.facts(obs.Staging), nil
	if seen.policy.ID != "" {
		m.Policy = policy(seen)
	}
}

// facts returns nil for a distribution that is not there.
func (m *model) facts(d promotion.Distribution) *distributionModel {
	if d.ID == "" {
		return nil
	}
	if d.Content == identity.Parse(m.Settled.ValueString()).Known {
		d.Content = m.Settled.ValueString() // as whoever asks calls it
	}
	return &distributionModel{
		ID: types.StringValue(d.ID), Domain: fwtypes.OrNull(d.Domain), ETag: fwtypes.OrNull(d.ETag), Fingerprint: fwtypes.OrNull(d.Content),
		Deployed: types.BoolValue(d.Deployed), Enabled: types.BoolValue(d.Enabled), Modified: timetypes.NewRFC3339TimeValue(d.Modified.UTC()),
	}
}

func policy(seen pair) *policyModel {
	p, r := seen.policy, seen.policy.Routing
	out := &policyModel{
		ID: types.StringValue(p.ID), ETag: fwtypes.OrNull(p.ETag), Attached: types.BoolValue(seen.primary.Policy == p.ID),
		Enabled: types.BoolValue(p.Enabled), Weight: types.Float64Null(),
	}
	if r.Header != "" {
		out.Header = &headerModel{Name: types.StringValue(r.Header), Value: types.StringValue(r.Value)}
		return out
	}
	out.Weight = types.Float64Value(r.Percent)
	if r.Idle > 0 {
		out.Sessions = &sessionModel{Idle: types.Int64Value(int64(r.Idle)), Maximum: types.Int64Value(int64(r.Maximum))}
	}
	return out
}
