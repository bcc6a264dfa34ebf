package stagingdistribution

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// ImportState implements resource.ResourceWithImportState. The id is the distribution's. What it is a
// copy of AWS does not tell, and configuration does.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	configured.Import(ctx, req, resp)
}

// MoveState implements resource.ResourceWithMoveState: a staging distribution that
// hashicorp/aws has managed so far. One that is none stays where it is.
func (r *Resource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{configured.FromElsewhere("cdn_staging_distribution"), {StateMover: func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
		if req.SourceTypeName != "aws_cloudfront_distribution" || !configured.OfAWS(req.SourceProviderAddress) || req.SourceRawState == nil {
			return
		}
		var source struct {
			ID      string `json:"id"`
			Staging bool   `json:"staging"`
		}
		switch err := json.Unmarshal(req.SourceRawState.JSON, &source); {
		case err != nil || source.ID == "":
			resp.Diagnostics.AddError("The state of the distribution cannot be read", "The resource to move from has no id in its state. Import the staging distribution by its id instead.")
			return
		case !source.Staging:
			resp.Diagnostics.AddError("The distribution to move is not a staging distribution",
				source.ID+" is an ordinary distribution, which stays an aws_cloudfront_distribution. Remove the moved block.")
			return
		}
		resp.Diagnostics.Append(configured.Name(ctx, &resp.TargetState, resp.TargetIdentity, types.StringValue(source.ID))...)
	}}}
}
