package stagingdistribution

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// named is a state that knows a staging distribution by its id; what it is a copy of
// AWS does not tell, and configuration does.
func named(id string) model {
	null := types.StringNull()
	return model{
		Primary: null, Name: null, Overrides: types.ObjectNull(overridesTypes), Sides: types.MapNull(sideType), Release: null, Follow: null,
		Timeouts: types.ObjectNull(fwtypes.TypesOf(timeouts.Attributes)), ID: types.StringValue(id), ARN: null, DomainName: null, Fingerprint: null, Base: null,
		Live: null, Idle: null, Side: null, Owner: null, Enabled: types.BoolNull(), Steps: types.ListNull(types.StringType),
	}
}

// ImportState implements resource.ResourceWithImportState. The id is the distribution's.
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
		m := named(source.ID)
		resp.Diagnostics.Append(resp.TargetState.Set(ctx, &m)...)
		if resp.TargetIdentity != nil {
			resp.Diagnostics.Append(resp.TargetIdentity.SetAttribute(ctx, path.Root("id"), source.ID)...)
		}
	}}}
}
