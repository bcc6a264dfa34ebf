package verification

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
)

// MarkerModel is the attribute marker of a side.
type MarkerModel struct {
	Header types.String `tfsdk:"header"`
	Value  types.String `tfsdk:"value"`
}

// MarkerAttribute is the attribute marker of a side.
func MarkerAttribute() schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: "What every answer of this side carries and no other side's does: the only proof of who answered.",
		Attributes: map[string]schema.Attribute{
			"header": schema.StringAttribute{Optional: true, MarkdownDescription: "Name of a response header. Omitted: the marker is in the body."},
			"value":  schema.StringAttribute{Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: "The header's value, or a text that the body contains."},
		},
	}
}

// Markers are those of the sides that have one.
type Markers map[cutover.Side]gate.Marker

// Add keeps the marker of a side; m is nil if it has none.
func (all Markers) Add(side cutover.Side, m *MarkerModel) {
	if m != nil {
		all[side] = gate.Marker{Header: m.Header.ValueString(), Value: m.Value.ValueString()}
	}
}

// Subject is a side, to be told from the others by its marker.
func (all Markers) Subject(side cutover.Side) Subject {
	out := Subject{Side: string(side), Others: map[string]gate.Marker{}}
	for s, m := range all {
		if s == side {
			out.Marker = &m
		} else {
			out.Others[string(s)] = m
		}
	}
	return out
}
