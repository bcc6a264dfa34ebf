package fwtypes

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Timeouts is the attribute `timeouts` of a resource: a Go duration for each operation,
// with what it is for, and the preset of them all. See Budget.
func Timeouts(preset string, operations map[string]string) schema.SingleNestedAttribute {
	attributes := map[string]schema.Attribute{}
	for operation, use := range operations {
		if use != "" {
			use += " "
		}
		attributes[operation] = Duration("", use+"Default `"+preset+"`.")
	}
	return schema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: "How long each operation may take, as Go durations. A run that reaches its limit stops where it is; the next apply carries on.",
		Attributes:          attributes,
	}
}

// Budget is how long an operation may take: what `timeouts` has for it, or the preset.
func Budget(timeouts types.Object, operation, preset string) time.Duration {
	d, _ := timeouts.Attributes()[operation].(timetypes.GoDuration) // the null of its type where there is none
	return Length(d, preset)
}

// Applies is the operation that an apply is, for Budget.
func Applies(creates bool) string {
	if creates {
		return "create"
	}
	return "update"
}

// TypesOf is the object type that attributes describe.
func TypesOf(attributes map[string]schema.Attribute) map[string]attr.Type {
	out := map[string]attr.Type{}
	for name, a := range attributes {
		out[name] = a.GetType()
	}
	return out
}

// Tightest is the least of the budgets of some operations, and whose it is; of like ones the
// first.
func Tightest(timeouts types.Object, preset string, operations ...string) (limit time.Duration, operation string) {
	for _, of := range operations {
		if d := Budget(timeouts, of, preset); operation == "" || d < limit {
			limit, operation = d, of
		}
	}
	return limit, operation
}
