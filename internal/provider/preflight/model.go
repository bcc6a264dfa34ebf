package preflight

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/preflight"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/bluegreenswitch"
)

type model struct {
	Aliases       types.Set    `tfsdk:"aliases"`
	Sides         types.Map    `tfsdk:"sides"`
	Live          types.String `tfsdk:"live"`
	DNS           types.Map    `tfsdk:"dns"`
	Method        types.String `tfsdk:"method"`
	AllowDowntime types.Bool   `tfsdk:"allow_downtime"`
	KeepWildcard  types.Bool   `tfsdk:"keep_wildcard"`

	OK       types.Bool     `tfsdk:"ok"`
	Findings []findingModel `tfsdk:"findings"`
	Report   types.String   `tfsdk:"report"`
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
		AllowDowntime: m.AllowDowntime, KeepWildcard: m.KeepWildcard,
	}
}

// fill puts what was found into words.
func (m *model) fill(spec switchover.Spec, findings []preflight.Finding) {
	m.OK, m.Findings = types.BoolValue(preflight.OK(findings)), []findingModel{} // an empty list, not null
	var said []diags.Finding
	for _, f := range findings {
		worded := diags.Found(spec, f)
		said = append(said, worded)
		at := types.StringNull()
		if worded.Attribute != "" {
			at = types.StringValue(worded.Attribute)
		}
		m.Findings = append(m.Findings, findingModel{
			Severity: types.StringValue(string(f.Severity)), Check: types.StringValue(string(f.Check)),
			Summary: types.StringValue(worded.Summary), Detail: types.StringValue(worded.Detail), Attribute: at,
		})
	}
	m.Report = types.StringValue(diags.Report(said))
}
