package continuousdeployment

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/deployment"
)

// model is the resource as Terraform knows it. Objects stay framework values, because
// any of them may be unknown.
type model struct {
	Primary    types.String  `tfsdk:"primary_distribution_id"`
	Staging    types.String  `tfsdk:"staging_distribution_id"`
	Weight     types.Float64 `tfsdk:"weight"`
	Header     types.Object  `tfsdk:"header"`
	Stickiness types.Object  `tfsdk:"session_stickiness"`
	Attached   types.Bool    `tfsdk:"attached"`
	Timeouts   types.Object  `tfsdk:"timeouts"`

	ID    types.String `tfsdk:"id"`
	Owner types.String `tfsdk:"owner"`
	Steps types.List   `tfsdk:"steps"`
}

func text(o types.Object, name string) types.String {
	s, _ := o.Attributes()[name].(types.String)
	return s
}

func whole(o types.Object, name string) types.Int64 {
	n, _ := o.Attributes()[name].(types.Int64)
	return n
}

// decidable says whether everything a recipe depends on is known.
func (m *model) decidable(ctx context.Context) bool {
	for _, v := range []attr.Value{m.Primary, m.Staging, m.Weight, m.Header, m.Stickiness, m.Attached} {
		if tf, err := v.ToTerraformValue(ctx); err != nil || !tf.IsFullyKnown() {
			return false
		}
	}
	return true
}

// spec turns a decidable model into what the pure package speaks.
func (m *model) spec() deployment.Spec {
	return deployment.Spec{
		Primary: m.Primary.ValueString(), Staging: m.Staging.ValueString(), Attached: m.Attached.ValueBool(),
		Routing: deployment.Routing{
			Percent: m.Weight.ValueFloat64(), Header: text(m.Header, "name").ValueString(), Value: text(m.Header, "value").ValueString(),
			Idle: int32(whole(m.Stickiness, "idle_ttl").ValueInt64()), Maximum: int32(whole(m.Stickiness, "maximum_ttl").ValueInt64()),
		},
	}
}

func (m *model) prior() *deployment.Prior {
	spec := m.spec()
	return &deployment.Prior{Attached: spec.Attached, Routing: spec.Routing}
}

// fill records what AWS showed, except what belongs to a release.
func (m *model) fill(obs deployment.Observation) {
	m.Attached = types.BoolValue(obs.Attached())
	if obs.Policy != nil {
		m.ID = types.StringValue(obs.Policy.ID)
	}
}

// route records how a policy routes, after an import.
func (m *model) route(r cloudfrontapi.Routing) {
	m.Weight, m.Header, m.Stickiness = types.Float64Null(), types.ObjectNull(headerTypes), types.ObjectNull(stickinessTypes)
	if r.Header != "" {
		m.Header = types.ObjectValueMust(headerTypes, map[string]attr.Value{"name": types.StringValue(r.Header), "value": types.StringValue(r.Value)})
		return
	}
	m.Weight = types.Float64Value(r.Percent)
	if r.Idle > 0 {
		m.Stickiness = types.ObjectValueMust(stickinessTypes, map[string]attr.Value{"idle_ttl": types.Int64Value(int64(r.Idle)), "maximum_ttl": types.Int64Value(int64(r.Maximum))})
	}
}

// foundKey is where private state has how a policy routed that was enabled when it was
// adopted, and so could not be made to route as asked. It is written once: what a release
// does to the policy later is told from it by being different.
const foundKey = "found"

// found is a routing as private state has it.
func found(r deployment.Routing) []byte {
	out, _ := json.Marshal(r) // strings and numbers
	return out
}

// routed reads what found wrote, nil if it wrote nothing.
func routed(private []byte) *deployment.Routing {
	var r deployment.Routing
	if len(private) == 0 || json.Unmarshal(private, &r) != nil {
		return nil
	}
	return &r
}
