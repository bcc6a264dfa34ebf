package fwtypes

import (
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// Limit is the `timeout` of an action. Actions know no defaults, so the preset is only
// said here; Length applies it.
func Limit(preset, what string) schema.StringAttribute {
	return schema.StringAttribute{
		CustomType: timetypes.GoDurationType{}, Optional: true, Validators: []validator.String{NotNegative()},
		MarkdownDescription: what + " Go duration, default `" + preset + "`.",
	}
}
