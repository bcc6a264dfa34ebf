package fwtypes

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// Duration is an optional Go duration; with an empty preset it has no default.
func Duration(preset, what string) schema.StringAttribute {
	a := schema.StringAttribute{
		CustomType: timetypes.GoDurationType{},
		Optional:   true,
		Validators: []validator.String{NotNegative()},
	}
	if preset != "" {
		a.Computed, a.Default = true, stringdefault.StaticString(preset)
		what += " Go duration, default `" + preset + "`."
	}
	a.MarkdownDescription = what
	return a
}

// Length is the value of a duration, or of its preset while it is null or unknown.
func Length(d timetypes.GoDuration, preset string) time.Duration {
	s := preset
	if !d.IsNull() && !d.IsUnknown() {
		s = d.ValueString()
	}
	out, err := time.ParseDuration(s)
	if err != nil {
		out, _ = time.ParseDuration(preset) // the attribute's type has let it pass, so this cannot happen
	}
	return out
}
