package acctest

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Import imports a resource by its id and refreshes it, as core does.
func (c *Core) Import(ctx context.Context, id string) (Diagnostics, error) {
	return c.arrive(ctx, tfprotov6.ImportResourceStateRequest{ID: id})
}

// ImportIdentity imports a resource by its identity.
func (c *Core) ImportIdentity(ctx context.Context, id string) (Diagnostics, error) {
	typ := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String}}
	is, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, map[string]tftypes.Value{"id": tftypes.NewValue(tftypes.String, id)}))
	if err != nil {
		return nil, err
	}
	return c.arrive(ctx, tfprotov6.ImportResourceStateRequest{Identity: &tfprotov6.ResourceIdentityData{IdentityData: &is}})
}

func (c *Core) arrive(ctx context.Context, req tfprotov6.ImportResourceStateRequest) (Diagnostics, error) {
	s, diags, err := c.server(ctx)
	if err != nil || len(diags.Errors()) > 0 {
		return diags, err
	}
	return c.arriveBy(ctx, s, req)
}

// arriveBy imports by a provider that runs already.
func (c *Core) arriveBy(ctx context.Context, s tfprotov6.ProviderServer, req tfprotov6.ImportResourceStateRequest) (Diagnostics, error) {
	req.TypeName = c.Type
	resp, err := s.ImportResourceState(ctx, &req)
	if err != nil || len(Diagnostics(resp.Diagnostics).Errors()) > 0 {
		return resp.Diagnostics, err
	}
	if len(resp.ImportedResources) != 1 {
		return resp.Diagnostics, errors.New("not one resource was imported")
	}
	if c.State, err = resp.ImportedResources[0].State.Unmarshal(c.typ); err != nil {
		return nil, err
	}
	c.private = resp.ImportedResources[0].Private
	c.identify(resp.ImportedResources[0].Identity)
	return c.refresh(ctx, s)
}

// Move takes the state of a resource of another type over, as core does for a moved
// block, before anything is refreshed. source is that state as JSON.
func (c *Core) Move(ctx context.Context, provider, typ, source string) (Diagnostics, error) {
	s, diags, err := c.server(ctx)
	if err != nil || len(diags.Errors()) > 0 {
		return diags, err
	}
	resp, err := s.MoveResourceState(ctx, &tfprotov6.MoveResourceStateRequest{
		TargetTypeName: c.Type, SourceTypeName: typ, SourceProviderAddress: provider, SourceState: &tfprotov6.RawState{JSON: []byte(source)},
	})
	if err != nil || len(Diagnostics(resp.Diagnostics).Errors()) > 0 {
		return resp.Diagnostics, err
	}
	c.State, err = resp.TargetState.Unmarshal(c.typ)
	c.private = resp.TargetPrivate
	c.identify(resp.TargetIdentity)
	return resp.Diagnostics, err
}
