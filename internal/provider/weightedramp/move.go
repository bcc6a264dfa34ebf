package weightedramp

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// record is what hashicorp/aws keeps of an aws_route53_record, as far as it matters here.
type record struct {
	ZoneID        string   `json:"zone_id"`
	Name          string   `json:"name"`
	FQDN          string   `json:"fqdn"`
	Type          string   `json:"type"`
	TTL           *int64   `json:"ttl"`
	Records       []string `json:"records"`
	SetIdentifier string   `json:"set_identifier"`
	HealthCheckID string   `json:"health_check_id"`
	Alias         []struct {
		Name     string `json:"name"`
		ZoneID   string `json:"zone_id"`
		Evaluate bool   `json:"evaluate_target_health"`
	} `json:"alias"`
	Weighted []struct {
		Weight int64 `json:"weight"`
	} `json:"weighted_routing_policy"`
	Multivalue bool              `json:"multivalue_answer_routing_policy"`
	Latency    []json.RawMessage `json:"latency_routing_policy"`
	Failover   []json.RawMessage `json:"failover_routing_policy"`
	Geo        []json.RawMessage `json:"geolocation_routing_policy"`
	Proximity  []json.RawMessage `json:"geoproximity_routing_policy"`
	CIDR       []json.RawMessage `json:"cidr_routing_policy"`
}

// unnamed is what a side is called until configuration names it: the plan that follows a
// move takes the names from there, and finds in AWS what it asks for.
const unnamed = "other"

// MoveState implements resource.ResourceWithMoveState: a record that hashicorp/aws kept
// becomes a ramp of one name and one type, and AWS is not told.
func (r *Resource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{configured.FromElsewhere("cdn_weighted_ramp"), {StateMover: moveRecord}}
}

func moveRecord(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	if req.SourceTypeName != "aws_route53_record" || !configured.OfAWS(req.SourceProviderAddress) || req.SourceRawState == nil {
		return // Terraform says that nobody knows how
	}
	var was record
	if err := json.Unmarshal(req.SourceRawState.JSON, &was); err != nil {
		resp.Diagnostics.AddError("The record cannot become a ramp", fmt.Sprintf("Its state cannot be read: %s. Use a `removed` block with destroy = false instead of `moved`; the ramp adopts the record.", err))
		return
	}
	if was.Multivalue || len(was.Latency)+len(was.Failover)+len(was.Geo)+len(was.Proximity)+len(was.CIDR) > 0 {
		resp.Diagnostics.AddError("The record cannot become a ramp", "It has a routing policy that is neither simple nor weighted. Make it a simple record first.")
		return
	}
	name := plain(was.FQDN)
	if name == "" {
		name = plain(was.Name)
	}
	e := ramp.Endpoint{Side: unnamed, ID: unnamed, Check: was.HealthCheckID, TTL: defaultTTL}
	if was.SetIdentifier != "" {
		e.ID = was.SetIdentifier
	}
	if len(was.Alias) > 0 {
		e.Alias = ramp.Alias{Domain: plain(was.Alias[0].Name), Zone: was.Alias[0].ZoneID, Evaluate: was.Alias[0].Evaluate}
	} else {
		e.Values = map[string][]string{was.Type: was.Records}
		if was.TTL != nil {
			e.TTL = *was.TTL
		}
	}
	const idle = "idle" // of which the record says nothing
	spec := ramp.Spec{
		Asked: ramp.Asked{
			Zone: was.ZoneID, Names: []string{name}, Types: []string{was.Type}, Collapse: true,
			Other: e, Target: ramp.Endpoint{Side: cutover.Side(idle), ID: idle},
		},
	}
	m, d := stateOf(ctx, spec)
	if resp.Diagnostics.Append(d...); resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.TargetState.Set(ctx, &m)...)
}
