package latched

import (
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
)

// Defaults that the documentation states and the frame uses.
const (
	Timeout = "90m" // of every operation
	Bake    = "5m"  // of every bake_time
)

// Values of the attribute advance.
const (
	UntilDone = "until_done"
	PerApply  = "per_apply"
)

// OnFailure is the attribute on_failure; how continues "What to do when …".
func OnFailure(how string) schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true, Computed: true, Default: stringdefault.StaticString(string(cutover.RollBack)),
		Validators:          []validator.String{fwtypes.OneOf(string(cutover.RollBack), string(cutover.Hold))},
		MarkdownDescription: "What to do when " + how + " The apply fails either way.",
	}
}

// Retry is the attribute retry of a noun whose runs are called so.
func Retry(called string) schema.StringAttribute {
	return schema.StringAttribute{
		Optional:            true,
		MarkdownDescription: "Any text. A new value lets a " + called + " that was rolled back be tried again; removing it does not.",
	}
}

// Advance is the attribute advance.
func Advance(how string) schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true, Computed: true, Default: stringdefault.StaticString(UntilDone),
		Validators:          []validator.String{fwtypes.OneOf(UntilDone, PerApply)},
		MarkdownDescription: how,
	}
}

// Invalidate is the attribute invalidate; what says whose copies go, and when.
func Invalidate(what string) schema.ListAttribute {
	return schema.ListAttribute{
		ElementType: types.StringType, Optional: true,
		Validators:          []validator.List{listvalidator.SizeAtLeast(1), listvalidator.UniqueValues(), listvalidator.ValueStringsAre(fwtypes.InvalidationPath())},
		MarkdownDescription: "Paths, such as `/*`, and cache tags, such as `#release-7`, whose copies the edge locations of " + what + " because of it: where it fails, the apply warns and the next plan shows it again.",
	}
}

// Steps is the attribute steps.
func Steps() schema.ListAttribute {
	return schema.ListAttribute{
		ElementType: types.StringType, Computed: true,
		MarkdownDescription: "What the plan intends to do, in order; afterwards, what the last one intended. Apply skips what turns out to be true already. Empty after an apply that failed, and once AWS shows something else than the last one left, so that a plan shows every step it takes. " +
			"A plan that takes none repeats them: one that may take some knows `last_cutover` only after apply.",
	}
}

// LastCutover is the attribute last_cutover of a noun whose runs are called so, with what
// the noun says about them in attributes of its own.
func LastCutover(called, results string, own map[string]schema.Attribute) schema.SingleNestedAttribute {
	own["result"] = schema.StringAttribute{Computed: true, MarkdownDescription: results + " `paused`: it came to `pause_before`."}
	own["started_at"] = schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When it began."}
	own["finished_at"] = schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When it ended."}
	own["events"] = eventsAttribute()
	return schema.SingleNestedAttribute{
		Computed:            true,
		MarkdownDescription: "What the last " + called + " really did. Null until one wrote something or gathered evidence.",
		Attributes:          own,
	}
}
