package latched

import (
	"context"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
)

// A Failure is the attribute failed of a noun whose target is a side.
type Failure struct {
	Target      types.String `tfsdk:"target"`
	Fingerprint types.String `tfsdk:"fingerprint"`
	Reason      types.String `tfsdk:"reason"`
}

// FailureTypes are the types of its attributes.
var FailureTypes = fwtypes.TypesOf(failureAttributes(""))

// FailureAttribute is the attribute failed; until says for how long it holds, and of what the
// fingerprint is.
func FailureAttribute(until, of string) schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{Computed: true, MarkdownDescription: "The cutover that was rolled back, as long as configuration still asks for that " + until, Attributes: failureAttributes(of)}
}

func failureAttributes(of string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"target":      schema.StringAttribute{Computed: true, MarkdownDescription: "The side that failed."},
		"fingerprint": schema.StringAttribute{Computed: true, MarkdownDescription: "Fingerprint of " + of + " at that time."},
		"reason":      schema.StringAttribute{Computed: true, MarkdownDescription: "What was seen."},
	}
}

// Failure is what failed, nil if nothing did.
func (t Told) Failure(ctx context.Context) (*Failure, diag.Diagnostics) {
	if t.Failed.IsNull() || t.Failed.IsUnknown() {
		return nil, nil
	}
	var f Failure
	return &f, t.Failed.As(ctx, &f, basetypes.ObjectAsOptions{})
}

// failed is the attribute of a run that went back, of these types: in every noun it has a
// fingerprint, a reason, and the target under whatever name the noun has for it.
func failed(of map[string]attr.Type, reason string, is func(any) (attr.Value, string), target any) (types.Object, diag.Diagnostics) {
	called, fingerprint := is(target)
	values := map[string]attr.Value{}
	for name := range of {
		values[name] = called
	}
	values["fingerprint"], values["reason"] = fwtypes.OrNull(fingerprint), types.StringValue(reason)
	return types.ObjectValue(of, values)
}

// Value is the attribute that a pointer into a model leads to.
func Value(to any) attr.Value {
	v, _ := reflect.TypeAssert[attr.Value](reflect.ValueOf(to).Elem())
	return v
}
