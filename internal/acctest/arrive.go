package acctest

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Import imports a resource by its id and refreshes it, as core does.
func (c *Core) Import(ctx context.Context, id string) (Diagnostics, error) {
	s, diags, err := c.server(ctx)
	if err != nil || len(diags.Errors()) > 0 {
		return diags, err
	}
	resp, err := s.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: c.Type, ID: id})
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
	return resp.Diagnostics, err
}
