package continuousdeployment

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// named is a state that knows a policy by its id; the refresh that follows finds out
// the rest.
func named(id string) model {
	return model{
		Primary: types.StringNull(), Staging: types.StringNull(), Weight: types.Float64Null(), Header: types.ObjectNull(headerTypes),
		Stickiness: types.ObjectNull(stickinessTypes), Attached: types.BoolNull(), Timeouts: types.ObjectNull(fwtypes.TypesOf(timeouts.Attributes)),
		ID: types.StringValue(id), Owner: types.StringNull(), Steps: types.ListValueMust(types.StringType, []attr.Value{}),
	}
}

// ImportState implements resource.ResourceWithImportState. The id is the policy's.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id := types.StringValue(req.ID)
	if req.ID == "" {
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root("id"), &id)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	m := named(id.ValueString())
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), id)...)
}

// MoveState implements resource.ResourceWithMoveState: a policy that hashicorp/aws has
// managed so far. Its enabled and its weight stay behind; the refresh reads the rest.
func (r *Resource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{configured.FromElsewhere("cdn_continuous_deployment"), {StateMover: func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
		if req.SourceTypeName != "aws_cloudfront_continuous_deployment_policy" || !configured.OfAWS(req.SourceProviderAddress) || req.SourceRawState == nil {
			return
		}
		var source struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(req.SourceRawState.JSON, &source); err != nil || source.ID == "" {
			resp.Diagnostics.AddError("The state of the policy cannot be read", "The resource to move from has no id in its state. Import the policy by its id instead.")
			return
		}
		m := named(source.ID)
		resp.Diagnostics.Append(resp.TargetState.Set(ctx, &m)...)
		if resp.TargetIdentity != nil {
			resp.Diagnostics.Append(resp.TargetIdentity.SetAttribute(ctx, path.Root("id"), source.ID)...)
		}
	}}}
}
