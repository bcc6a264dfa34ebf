package acctest

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider"
)

// List does what Terraform's core does with one list block, in process and on any clock. Each
// starts a provider of its own, as the CLI does.
type List struct {
	Type     string
	Provider Config // of the provider block
	World    provider.World
	Bare     bool  // nobody asks for more than identities
	Limit    int64 // 0: none
}

// NewList returns a core for the lists of one type.
func NewList(typ string, c clock.Clock, rt http.RoundTripper) *List {
	return &List{
		Type: typ, World: provider.World{Clock: c, Transport: rt},
		Provider: Config{"access_key": "AKIDPROVIDER", "secret_key": "secret", "region": "us-east-1", "poll_interval": "15s"},
	}
}

// A Listed is one resource of a list.
type Listed struct {
	ID, Name string
	Resource tftypes.Value
}

// Text is an attribute of it, as it is printed.
func (l Listed) Text(name string) string {
	var object map[string]tftypes.Value
	if l.Resource.As(&object) != nil {
		return ""
	}
	var s *string
	if object[name].As(&s) == nil && s != nil {
		return *s
	}
	return object[name].String()
}

// Ask validates a configuration and lists by it. The error reports what core would call a bug of
// the provider.
func (l *List) Ask(ctx context.Context, config Config) ([]Listed, Diagnostics, error) {
	all, err := provider.NewServer(l.World, "test")
	if err != nil {
		return nil, nil, err
	}
	s, ok := all.(interface {
		tfprotov6.ProviderServer
		tfprotov6.ListResourceServer
	})
	if !ok {
		return nil, nil, errors.New("the server lists nothing")
	}
	schemas, err := s.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, nil, err
	}
	schema, of := schemas.ListResourceSchemas[l.Type], schemas.ResourceSchemas[l.Type]
	if schema == nil || of == nil {
		return nil, nil, fmt.Errorf("the provider does not list %s", l.Type)
	}
	ids, err := s.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return nil, nil, err
	}
	given, err := dynamic(schema.ValueType(), map[string]any(config))
	if err != nil {
		return nil, nil, err
	}
	block, err := dynamic(schemas.Provider.ValueType(), map[string]any(l.Provider))
	if err != nil {
		return nil, nil, err
	}
	valid, err := s.ValidateListResourceConfig(ctx, &tfprotov6.ValidateListResourceConfigRequest{TypeName: l.Type, Config: given})
	if err != nil {
		return nil, nil, err
	}
	said := Diagnostics(valid.Diagnostics)
	if len(said.Errors()) > 0 {
		return nil, said, nil
	}
	conf, err := s.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.14.0", Config: block})
	if err != nil {
		return nil, nil, err
	}
	if said = append(said, conf.Diagnostics...); len(said.Errors()) > 0 {
		return nil, said, nil
	}
	stream, err := s.ListResource(ctx, &tfprotov6.ListResourceRequest{TypeName: l.Type, Config: given, IncludeResource: !l.Bare, Limit: l.Limit})
	if err != nil {
		return nil, said, err
	}
	var out []Listed
	for r := range stream.Results {
		said = append(said, r.Diagnostics...)
		if r.Identity == nil {
			continue
		}
		id, err := r.Identity.IdentityData.Unmarshal(ids.IdentitySchemas[l.Type].ValueType())
		if err != nil {
			return nil, said, err
		}
		one := Listed{Name: r.DisplayName}
		var object map[string]tftypes.Value
		if err := errors.Join(id.As(&object), object["id"].As(&one.ID)); err != nil {
			return nil, said, err
		}
		if r.Resource != nil {
			if one.Resource, err = r.Resource.Unmarshal(of.ValueType()); err != nil {
				return nil, said, err
			}
		}
		out = append(out, one)
	}
	return out, said, nil
}
