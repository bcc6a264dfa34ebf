package configured

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// OfAWS says whether the address of a provider, as a MoveState request has it, is that of
// hashicorp/aws in any registry. OpenTofu 1.8 to 1.12.3 (and 1.11 to 1.11.11) send the
// last part of it and nothing else. Source: opentofu#4352.
func OfAWS(address string) bool {
	parts := strings.Split(address, "/")
	want := []string{"hashicorp", "aws"}
	if len(parts) == 1 {
		want = want[1:]
	}
	return len(parts) <= 3 && strings.Join(parts[max(0, len(parts)-len(want)):], "/") == strings.Join(want, "/")
}

// Ours says whether the address of a provider, as a MoveState request has it, is that of
// this one in any registry.
func Ours(address string) bool {
	parts := strings.Split(address, "/")
	return len(parts) <= 3 && parts[len(parts)-1] == "cdn"
}

// FromElsewhere takes a state of the noun typ ("cdn_…") over as it is, from this provider
// under another address: OpenTofu 1.11.12 and 1.12.4 call MoveResourceState where nothing but
// the host of the registry differs. Source: opentofu#4352.
func FromElsewhere(typ string) resource.StateMover {
	return resource.StateMover{StateMover: func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
		if req.SourceTypeName != typ || !Ours(req.SourceProviderAddress) || req.SourceRawState == nil {
			return
		}
		opts := tfprotov6.UnmarshalOpts{ValueFromJSONOpts: tftypes.ValueFromJSONOpts{IgnoreUndefinedAttributes: true}}
		raw, err := req.SourceRawState.UnmarshalWithOpts(resp.TargetState.Schema.Type().TerraformType(ctx), opts)
		if err != nil {
			resp.Diagnostics.AddError("The state cannot be read", fmt.Sprintf("The state of the %s to move was not written by a version of this provider that this one knows: %s. Import the resource instead.", typ, err))
			return
		}
		resp.TargetState.Raw, resp.TargetPrivate = raw, req.SourcePrivate
		if resp.TargetIdentity == nil {
			return
		}
		if req.SourceIdentity != nil {
			if is, err := req.SourceIdentity.UnmarshalWithOpts(resp.TargetIdentity.Schema.Type().TerraformType(ctx), opts); err == nil {
				resp.TargetIdentity.Raw = is
				return
			}
		}
		var id types.String // a CLI that knows of no identities hands none over
		resp.Diagnostics.Append(resp.TargetState.GetAttribute(ctx, path.Root("id"), &id)...)
		resp.Diagnostics.Append(resp.TargetIdentity.SetAttribute(ctx, path.Root("id"), id)...)
	}}
}
