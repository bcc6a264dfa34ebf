package provider_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider"
)

// OpenTofu 1.11.12 and 1.12.4 ask for a move of state where a configuration names the
// provider in another registry than the state does, and nothing is moved at all.
func TestAStateFromAnotherRegistryIsTakenAsItIs(t *testing.T) {
	t.Parallel()
	s, err := provider.NewServer(provider.World{}, "test")
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	all, err := s.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	ids, err := s.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	const private = `{"marked":"eyJhIjoxfQ=="}`
	if len(all.ResourceSchemas) == 0 {
		t.Fatal("there are no resources")
	}
	for typ, schema := range all.ResourceSchemas {
		for _, address := range []string{"registry.opentofu.org/cdn-bluegreen/cdn", "registry.terraform.io/cdn-bluegreen/cdn", "mirror.example.com/cdn-bluegreen/cdn", "cdn"} {
			t.Run(typ+" "+address, func(t *testing.T) {
				resp, err := s.MoveResourceState(ctx, &tfprotov6.MoveResourceStateRequest{
					TargetTypeName: typ, SourceTypeName: typ, SourceProviderAddress: address, SourcePrivate: []byte(private),
					SourceState: &tfprotov6.RawState{JSON: []byte(`{"id":"E1","gone_since":1}`)},
				})
				if err != nil || len(resp.Diagnostics) > 0 {
					t.Fatal(err, resp.Diagnostics)
				}
				state, err := resp.TargetState.Unmarshal(schema.ValueType())
				if err != nil {
					t.Fatal(err)
				}
				attributes := map[string]tftypes.Value{}
				if err := state.As(&attributes); err != nil {
					t.Fatal(err)
				}
				if !attributes["id"].Equal(tftypes.NewValue(tftypes.String, "E1")) {
					t.Errorf("the state is %s", state)
				}
				if string(resp.TargetPrivate) != private {
					t.Errorf("private state is %s", resp.TargetPrivate)
				}
				if identity, ok := ids.IdentitySchemas[typ]; ok {
					is, err := resp.TargetIdentity.IdentityData.Unmarshal(identity.ValueType())
					if err != nil || is.IsNull() || fmt.Sprint(is) == "" {
						t.Errorf("identity %s, %v", is, err)
					}
				}
			})
		}
		t.Run(typ+" of another noun", func(t *testing.T) {
			others := slices.Collect(func(yield func(string) bool) {
				for other := range all.ResourceSchemas {
					if other != typ && !yield(other) {
						return
					}
				}
			})
			for _, other := range others {
				resp, err := s.MoveResourceState(ctx, &tfprotov6.MoveResourceStateRequest{
					TargetTypeName: typ, SourceTypeName: other, SourceProviderAddress: "registry.terraform.io/cdn-bluegreen/cdn", SourceState: &tfprotov6.RawState{JSON: []byte(`{"id":"E1"}`)},
				})
				if err != nil || len(resp.Diagnostics) == 0 {
					t.Errorf("%s was taken for %s: %v", other, typ, err)
				}
			}
		})
	}
}
