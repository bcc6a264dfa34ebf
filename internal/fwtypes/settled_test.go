package fwtypes_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
)

func TestASettledSchemaHasTheSameTypes(t *testing.T) {
	t.Parallel()
	inner := map[string]schema.Attribute{
		"text": schema.StringAttribute{Optional: true},
		"one":  schema.SingleNestedAttribute{Optional: true, Attributes: map[string]schema.Attribute{"wait": fwtypes.Duration("1m", "Waits.")}},
	}
	object := schema.NestedAttributeObject{Attributes: inner}
	s := schema.Schema{Attributes: map[string]schema.Attribute{
		"plain": schema.ListAttribute{ElementType: types.StringType, Computed: true},
		"one":   schema.SingleNestedAttribute{Optional: true, Attributes: inner},
		"list":  schema.ListNestedAttribute{Optional: true, NestedObject: object},
		"map":   schema.MapNestedAttribute{Optional: true, NestedObject: object},
		"set":   schema.SetNestedAttribute{Optional: true, NestedObject: object},
	}}
	is := fwtypes.Settled(func() schema.Schema { return s })()
	if !is.Type().Equal(s.Type()) || !is.Type().TerraformType(t.Context()).Equal(s.Type().TerraformType(t.Context())) {
		t.Errorf("%s was %s", is.Type(), s.Type())
	}
	if d := is.ValidateImplementation(t.Context()); d.HasError() {
		t.Error(d)
	}
	one, ok := is.Attributes["one"].(schema.SingleNestedAttribute)
	if !ok || one.CustomType == nil {
		t.Errorf("its type is put together: %T", is.Attributes["one"])
	}
	if was, ok := s.Attributes["one"].(schema.SingleNestedAttribute); !ok || was.CustomType != nil {
		t.Error("it has changed the schema that it was given")
	}
}
