package continuousdeployment

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// ImportState implements resource.ResourceWithImportState. The id is the policy's.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	configured.Import(ctx, req, resp)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("steps"), configured.NoSteps())...)
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
		resp.Diagnostics.Append(configured.Name(ctx, &resp.TargetState, resp.TargetIdentity, types.StringValue(source.ID))...)
		resp.Diagnostics.Append(resp.TargetState.SetAttribute(ctx, path.Root("steps"), configured.NoSteps())...)
	}}}
}
