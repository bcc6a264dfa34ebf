// Command docschema prints the provider's schema in the format of `terraform providers schema -json`, for the
// documentation generator.
//
// It exists because every CLI prints only what it knows itself: an older Terraform, and OpenTofu, leave out actions,
// list resources and identities, so the generated pages would depend on who generated them. This program asks the
// provider, never a CLI, and makes no network calls.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider"
)

// object is one JSON object of that format.
type object map[string]any

func main() {
	out, err := providerSchema(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", "  ")
	if err := enc.Encode(out); err != nil {
		log.Fatal(err)
	}
}

func providerSchema(ctx context.Context) (object, error) {
	server := providerserver.NewProtocol6(provider.New("docs")())()
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, fmt.Errorf("asking for the schema: %w", err)
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return nil, fmt.Errorf("asking for the identities: %w", err)
	}
	if err := failed(append(schemas.Diagnostics, identities.Diagnostics...)); err != nil {
		return nil, err
	}

	return object{
		"format_version": "1.0",
		"provider_schemas": object{
			// The one address besides the bare name that the generator looks for.
			"registry.terraform.io/hashicorp/cdn": object{
				"provider":                   schema(schemas.Provider),
				"resource_schemas":           each(schemas.ResourceSchemas, schema),
				"data_source_schemas":        each(schemas.DataSourceSchemas, schema),
				"ephemeral_resource_schemas": each(schemas.EphemeralResourceSchemas, schema),
				"list_resource_schemas":      each(schemas.ListResourceSchemas, schema),
				"action_schemas":             each(schemas.ActionSchemas, action),
				"functions":                  each(schemas.Functions, function),
				"resource_identity_schemas":  each(identities.IdentitySchemas, identity),
			},
		},
	}, nil
}

func failed(all []*tfprotov6.Diagnostic) error {
	var errs []error
	for _, d := range all {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			errs = append(errs, fmt.Errorf("%s: %s", d.Summary, d.Detail))
		}
	}
	return errors.Join(errs...)
}

func each[T any](in map[string]T, render func(T) object) object {
	out := object{}
	for name, v := range in {
		out[name] = render(v)
	}
	return out
}

func schema(s *tfprotov6.Schema) object {
	if s == nil {
		return object{"version": 0, "block": object{}}
	}
	return object{"version": s.Version, "block": block(s.Block)}
}

func action(s *tfprotov6.ActionSchema) object {
	return object{"block": block(s.Schema.Block)}
}

func block(b *tfprotov6.SchemaBlock) object {
	out := described(b.Description, b.DescriptionKind, b.Deprecated)
	if len(b.Attributes) > 0 {
		out["attributes"] = attributes(b.Attributes)
	}
	if len(b.BlockTypes) > 0 {
		nested := object{}
		for _, n := range b.BlockTypes {
			nested[n.TypeName] = object{
				"nesting_mode": strings.ToLower(n.Nesting.String()),
				"min_items":    n.MinItems,
				"max_items":    n.MaxItems,
				"block":        block(n.Block),
			}
		}
		out["block_types"] = nested
	}
	return out
}

func attributes(in []*tfprotov6.SchemaAttribute) object {
	all := object{}
	for _, a := range in {
		out := described(a.Description, a.DescriptionKind, a.Deprecated)
		if a.NestedType != nil {
			out["nested_type"] = object{
				"nesting_mode": strings.ToLower(a.NestedType.Nesting.String()),
				"attributes":   attributes(a.NestedType.Attributes),
			}
		} else {
			out["type"] = typeOf(a.Type)
		}
		out["required"], out["optional"], out["computed"] = a.Required, a.Optional, a.Computed
		out["sensitive"], out["write_only"] = a.Sensitive, a.WriteOnly
		all[a.Name] = out
	}
	return all
}

func described(text string, kind tfprotov6.StringKind, deprecated bool) object {
	out := object{"description": text, "description_kind": "plain", "deprecated": deprecated}
	if kind == tfprotov6.StringKindMarkdown {
		out["description_kind"] = "markdown"
	}
	return out
}

func function(f *tfprotov6.Function) object {
	out := object{
		"summary":             f.Summary,
		"description":         f.Description,
		"deprecation_message": f.DeprecationMessage,
		"return_type":         typeOf(f.Return.Type),
	}
	if len(f.Parameters) > 0 {
		params := make([]object, 0, len(f.Parameters))
		for _, p := range f.Parameters {
			params = append(params, parameter(p))
		}
		out["parameters"] = params
	}
	if f.VariadicParameter != nil {
		out["variadic_parameter"] = parameter(f.VariadicParameter)
	}
	return out
}

func parameter(p *tfprotov6.FunctionParameter) object {
	return object{
		"name":        p.Name,
		"description": p.Description,
		"is_nullable": p.AllowNullValue,
		"type":        typeOf(p.Type),
	}
}

func identity(s *tfprotov6.ResourceIdentitySchema) object {
	attrs := object{}
	for _, a := range s.IdentityAttributes {
		attrs[a.Name] = object{
			"type":                typeOf(a.Type),
			"description":         a.Description,
			"required_for_import": a.RequiredForImport,
			"optional_for_import": a.OptionalForImport,
		}
	}
	return object{"version": s.Version, "attributes": attrs}
}

// typeOf returns the type as JSON: "string", ["list","string"] and so on. The method that makes it is marked as not
// for general use because it is the wire format; the wire format is what is wanted here.
func typeOf(t tftypes.Type) json.RawMessage {
	raw, err := t.MarshalJSON() //nolint:staticcheck // see above
	if err != nil {
		log.Fatalf("type %s: %v", t, err)
	}
	return raw
}
