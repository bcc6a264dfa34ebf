package preflight

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/preflight"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/split"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/bluegreenswitch"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/verification"
)

type model struct {
	Aliases       types.Set    `tfsdk:"aliases"`
	Sides         types.Map    `tfsdk:"sides"`
	Live          types.String `tfsdk:"live"`
	DNS           types.Map    `tfsdk:"dns"`
	Method        types.String `tfsdk:"method"`
	AllowDowntime types.Bool   `tfsdk:"allow_downtime"`
	DowntimeFor   types.Set    `tfsdk:"allow_downtime_for"`
	KeepWildcard  types.Bool   `tfsdk:"keep_wildcard"`

	Deployment types.Object `tfsdk:"continuous_deployment"`
	Behaviors  types.Object `tfsdk:"behavior_switch"`
	Split      types.Object `tfsdk:"edge_split"`
	Alarms     types.List   `tfsdk:"alarms"`

	OK       types.Bool     `tfsdk:"ok"`
	Findings []findingModel `tfsdk:"findings"`
	Report   types.String   `tfsdk:"report"`

	Keep    []referenceModel `tfsdk:"keep_until_settled"`
	Untried []string         `tfsdk:"untried_writes"`
}

type deploymentModel struct {
	Primary types.String `tfsdk:"primary_distribution_id"`
	Staging types.String `tfsdk:"staging_distribution_id"`
}

type referenceModel struct {
	Kind types.String `tfsdk:"kind"`
	Name types.String `tfsdk:"name"`
}

type findingModel struct {
	Severity  types.String `tfsdk:"severity"`
	Check     types.String `tfsdk:"check"`
	Summary   types.String `tfsdk:"summary"`
	Detail    types.String `tfsdk:"detail"`
	Attribute types.String `tfsdk:"attribute"`
}

func (m *model) question() bluegreenswitch.Question {
	return bluegreenswitch.Question{
		Aliases: m.Aliases, Sides: m.Sides, Live: m.Live, DNS: m.DNS, Method: m.Method,
		AllowDowntime: m.AllowDowntime, AllowDowntimeFor: m.DowntimeFor, KeepWildcard: m.KeepWildcard,
	}
}

// validate refuses what is no question, or two.
func (m *model) validate() diag.Diagnostics {
	var d diag.Diagnostics
	ofSwitch := []struct {
		name     string
		value    attr.Value
		required bool
	}{
		{"aliases", m.Aliases, true},
		{"sides", m.Sides, true},
		{"live", m.Live, true},
		{"dns", m.DNS, false},
		{"method", m.Method, false},
		{"allow_downtime", m.AllowDowntime, false},
		{"allow_downtime_for", m.DowntimeFor, false},
		{"keep_wildcard", m.KeepWildcard, false},
	}
	asked := m.asks()
	for _, a := range ofSwitch {
		switch {
		case asked == "" && a.required && a.value.IsNull():
			d.Append(diags.NothingAsked(a.name))
		case asked != "" && !a.value.IsNull():
			d.Append(diags.TwoQuestions(asked, a.name))
		}
	}
	for _, other := range m.own() {
		if other != asked {
			d.Append(diags.TwoQuestions(asked, other))
		}
	}
	return d
}

// The questions that have an attribute of their own.
const (
	deploymentQuestion = "continuous_deployment"
	behaviorQuestion   = "behavior_switch"
	splitQuestion      = "edge_split"
)

// own lists the questions of that kind that are asked.
func (m *model) own() []string {
	var out []string
	for _, q := range []struct {
		name  string
		asked types.Object
	}{{behaviorQuestion, m.Behaviors}, {deploymentQuestion, m.Deployment}, {splitQuestion, m.Split}} {
		if !q.asked.IsNull() {
			out = append(out, q.name)
		}
	}
	return out
}

// asks names the question, "" for that of a switch of aliases.
func (m *model) asks() string {
	if own := m.own(); len(own) > 0 {
		return own[0]
	}
	return ""
}

// alarms are those that gates are to watch.
func (m *model) alarms(ctx context.Context) ([]gate.Alarm, diag.Diagnostics) {
	var list []verification.AlarmModel
	if m.Alarms.IsNull() {
		return nil, nil
	}
	d := m.Alarms.ElementsAs(ctx, &list, false)
	var out []gate.Alarm
	for _, a := range list {
		region := a.Region.ValueString()
		if region == "" {
			region = gate.CloudFrontRegion
		}
		out = append(out, gate.Alarm{Name: a.Name.ValueString(), Region: region})
	}
	return out, d
}

// A worded is a finding, and what is said about it.
type worded struct {
	preflight.Finding
	words diags.Finding
}

func inWords(spec switchover.Spec, findings []preflight.Finding) []worded {
	var out []worded
	for _, f := range findings {
		out = append(out, worded{f, diags.Found(spec, f)})
	}
	return out
}

func inWordsOfBehaviors(spec behavior.Spec, findings []preflight.Finding) []worded {
	var out []worded
	for _, f := range findings {
		out = append(out, worded{f, diags.FoundInBehaviors(spec, f)})
	}
	return out
}

func inWordsOfSplit(spec split.Spec, findings []preflight.Finding) []worded {
	var out []worded
	for _, f := range findings {
		out = append(out, worded{f, diags.FoundInSplit(spec, f)})
	}
	return out
}

// fill records what was found.
func (m *model) fill(findings []worded) {
	m.Findings = []findingModel{} // an empty list, not null
	if m.Keep == nil {
		m.Keep = []referenceModel{}
	}
	var all []preflight.Finding
	var said []diags.Finding
	for _, f := range findings {
		all, said = append(all, f.Finding), append(said, f.words)
		m.Findings = append(m.Findings, findingModel{
			Severity: types.StringValue(string(f.Severity)), Check: types.StringValue(string(f.Check)),
			Summary: types.StringValue(f.words.Summary), Detail: types.StringValue(f.words.Detail), Attribute: fwtypes.OrNull(f.words.Attribute),
		})
	}
	m.OK, m.Report = types.BoolValue(preflight.OK(all)), types.StringValue(diags.Report(said))
}
