package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider"
)

// Terraform compares states in memory, the paths of sensitive values included, and lists those
// in whatever order a map has them. With two of them in one resource `plan -refresh-only
// -detailed-exitcode` answers 2 half of the time, with "No changes" (tried with 1.11.4). A
// value that is write-only needs no hiding.
func TestNoResourceHasTwoSensitiveAttributes(t *testing.T) {
	t.Parallel()
	s, err := provider.NewServer(provider.World{}, "test")
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for name, schema := range all.ResourceSchemas {
		if found := sensitive(schema.Block.Attributes); len(found) > 1 {
			t.Errorf("%s: %q", name, found)
		}
	}
}

func sensitive(attributes []*tfprotov6.SchemaAttribute) []string {
	var out []string
	for _, a := range attributes {
		if a.Sensitive {
			out = append(out, a.Name)
		}
		if a.NestedType != nil {
			out = append(out, sensitive(a.NestedType.Attributes)...)
		}
	}
	return out
}
