package fwtypes

import (
	"context"
	"fmt"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/defaults"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// each visits the attributes of a model, a pointer to a struct of framework values, which
// may stand in embedded structs. A field of any other kind is passed over.
func each(m any, visit func(attr.Value, reflect.Value)) { walk(reflect.ValueOf(m).Elem(), visit) }

func walk(model reflect.Value, visit func(attr.Value, reflect.Value)) {
	for i := range model.NumField() {
		if model.Type().Field(i).Anonymous {
			walk(model.Field(i), visit)
		} else if a, ok := reflect.TypeAssert[attr.Value](model.Field(i)); ok {
			visit(a, model.Field(i))
		}
	}
}

// Wholly says whether a value and everything in it is known.
func Wholly(ctx context.Context, v attr.Value) bool {
	tf, err := v.ToTerraformValue(ctx)
	return err == nil && tf.IsFullyKnown()
}

// AllKnown says whether every attribute of a model is wholly known. m is a pointer to a
// struct, each field of which is exported.
func AllKnown(ctx context.Context, m any) bool {
	known := true
	each(m, func(v attr.Value, _ reflect.Value) { known = known && Wholly(ctx, v) })
	return known
}

// Alike says whether two models of one type hold the same values, sets in any order.
func Alike(a, b any) bool {
	var values []attr.Value
	each(a, func(v attr.Value, _ reflect.Value) { values = append(values, v) })
	same := true
	each(b, func(v attr.Value, _ reflect.Value) { same, values = same && v.Equal(values[0]), values[1:] })
	return same
}

// Forget makes every attribute of a model unknown. The model has to come from Terraform: a
// collection that nobody has set does not say what it is a collection of.
func Forget(ctx context.Context, m any) diag.Diagnostics {
	var d diag.Diagnostics
	each(m, func(v attr.Value, field reflect.Value) {
		typ := v.Type(ctx)
		unknown, err := typ.ValueFromTerraform(ctx, tftypes.NewValue(typ.TerraformType(ctx), tftypes.UnknownValue))
		if err != nil {
			d.AddError("A value cannot be left open", fmt.Sprintf("%s: %s. Please report this.", typ, err))
			return
		}
		field.Set(reflect.ValueOf(unknown))
	})
	return d
}

// Blank fills to, a pointer to a model, with what a resource is of which nothing is known
// but its schema: every attribute is null, or what it is by default.
func Blank(ctx context.Context, s schema.Schema, to any) diag.Diagnostics {
	var d diag.Diagnostics
	values := map[string]tftypes.Value{}
	for name, a := range s.Attributes {
		typ := a.GetType().TerraformType(ctx)
		values[name] = tftypes.NewValue(typ, nil)
		if v := preset(ctx, a); v != nil {
			known, err := v.ToTerraformValue(ctx)
			if err != nil {
				d.AddError("A default cannot be used", fmt.Sprintf("%s: %s. Please report this.", name, err))
				return d
			}
			values[name] = known
		}
	}
	state := tfsdk.State{Schema: s, Raw: tftypes.NewValue(s.Type().TerraformType(ctx), values)}
	return state.Get(ctx, to)
}

// preset is the default of an attribute, nil if it has none.
func preset(ctx context.Context, a schema.Attribute) attr.Value {
	switch a := a.(type) {
	case schema.StringAttribute:
		if a.Default != nil {
			var resp defaults.StringResponse
			a.Default.DefaultString(ctx, defaults.StringRequest{}, &resp)
			return resp.PlanValue
		}
	case schema.BoolAttribute:
		if a.Default != nil {
			var resp defaults.BoolResponse
			a.Default.DefaultBool(ctx, defaults.BoolRequest{}, &resp)
			return resp.PlanValue
		}
	case schema.Int64Attribute:
		if a.Default != nil {
			var resp defaults.Int64Response
			a.Default.DefaultInt64(ctx, defaults.Int64Request{}, &resp)
			return resp.PlanValue
		}
	}
	return nil
}

// Texts are the elements of a list or set of strings; none while it is null or unknown.
func Texts(ctx context.Context, list interface {
	attr.Value
	ElementsAs(ctx context.Context, into any, lenient bool) diag.Diagnostics
},
) (out []string, d diag.Diagnostics) {
	if list.IsNull() || list.IsUnknown() {
		return nil, nil
	}
	d = list.ElementsAs(ctx, &out, false)
	return out, d
}
