package configured

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/identity"
)

// Identity says which configuration a distribution has, names and bookkeeping left out.
func Identity(d cloudfrontapi.Distribution) identity.Identity {
	return identity.Identity{Known: d.Fingerprint, Unknown: d.UnknownHash, Version: d.Version}
}

// Content says which content it has: what a release can change.
func Content(d cloudfrontapi.Distribution) identity.Identity {
	return identity.Identity{Known: d.Content(), Unknown: d.UnknownHash, Version: d.Version}
}

// IdentitySchema is the identity of a resource, an id; what says whose.
func IdentitySchema(what string) identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.StringAttribute{RequiredForImport: true, Description: what},
	}}
}

// ImportID is the id that somebody imports by, whether that is written as an id or as an identity.
func ImportID(ctx context.Context, req resource.ImportStateRequest) (types.String, diag.Diagnostics) {
	id := types.StringValue(req.ID)
	if req.ID != "" {
		return id, nil
	}
	d := req.Identity.GetAttribute(ctx, path.Root("id"), &id)
	return id, d
}

// Import makes the state of a resource that is known by its id, or by its identity, and by
// nothing else: the refresh that follows finds out the rest.
func Import(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, d := ImportID(ctx, req)
	if resp.Diagnostics.Append(d...); !d.HasError() {
		resp.Diagnostics.Append(Name(ctx, &resp.State, resp.Identity, id)...)
	}
}

// Identify gives a resource an identity that has none yet: it is new, or its state is of a CLI or a
// version that knew of none. Whichever it has it keeps, whatever became of its id since. identity is
// nil for a noun that has none.
func Identify(ctx context.Context, identity *tfsdk.ResourceIdentity, id types.String) diag.Diagnostics {
	if identity == nil || !identity.Raw.IsFullyNull() {
		return nil
	}
	return identity.SetAttribute(ctx, path.Root("id"), id)
}

// Name makes a state and an identity that hold an id. identity is nil for a CLI that knows of
// none.
func Name(ctx context.Context, state *tfsdk.State, identity *tfsdk.ResourceIdentity, id types.String) diag.Diagnostics {
	d := state.SetAttribute(ctx, path.Root("id"), id)
	if identity != nil {
		d.Append(identity.SetAttribute(ctx, path.Root("id"), id)...)
	}
	return d
}
