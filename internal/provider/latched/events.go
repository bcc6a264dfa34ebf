package latched

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// An event is an element of events in last_cutover.
type event struct {
	At        timetypes.RFC3339 `tfsdk:"at"`
	Step      types.String      `tfsdk:"step"`
	Why       types.String      `tfsdk:"why"`
	Result    types.String      `tfsdk:"result"`
	Seconds   types.Float64     `tfsdk:"seconds"`
	RequestID types.String      `tfsdk:"request_id"`
}

var eventsType = types.ListType{ElemType: types.ObjectType{AttrTypes: fwtypes.TypesOf(eventAttributes())}}

// eventsAttribute is events in last_cutover.
func eventsAttribute() schema.ListNestedAttribute {
	return schema.ListNestedAttribute{
		Computed: true,
		MarkdownDescription: "What it did, in the order in which each was over: every write that AWS may have carried out, every gate that was asked, and remarks, which have `at` and `step` alone. " +
			"What AWS refused is not among them: it has changed nothing, and the error of the apply says it.",
		NestedObject: schema.NestedAttributeObject{Attributes: eventAttributes()},
	}
}

func eventAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"at":   schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When it was over: in UTC, to the millisecond."},
		"step": schema.StringAttribute{Computed: true, MarkdownDescription: "What was done, or a remark."},
		"why":  schema.StringAttribute{Computed: true, MarkdownDescription: "Why it was done."},
		"result": schema.StringAttribute{
			Computed: true,
			MarkdownDescription: "Of a write: `accepted`; `unanswered` if its answer was lost, so that only what AWS shows says whether it was made; `conflict` if AWS said that somebody had written first, which may have been this call, sent again after its answer was lost. " +
				"Of a gate: `healthy`, `unhealthy`, `inconclusive`, or `unasked` if there was nothing to ask.",
		},
		"seconds":    schema.Float64Attribute{Computed: true, MarkdownDescription: "How long it took, with the wait for its turn at the same distribution. Waits for AWS before it are not in it."},
		"request_id": schema.StringAttribute{Computed: true, MarkdownDescription: "The id of the last answer that AWS gave to the write, for CloudTrail and for a support case. Null for a gate, and where no answer came."},
	}
}

// lastCutover is the attribute last_cutover about a run; own is what the noun says of it, and
// was is any value of the attribute, for its type.
func lastCutover(ctx context.Context, was types.Object, own map[string]attr.Value, journal *run.Journal, result string, ended time.Time) (types.Object, diag.Diagnostics) {
	events, d := types.ListValueFrom(ctx, eventsType.ElemType, events(journal))
	own["result"], own["events"] = types.StringValue(result), events
	own["started_at"], own["finished_at"] = timetypes.NewRFC3339TimeValue(journal.Began.UTC()), timetypes.NewRFC3339TimeValue(ended.UTC())
	out, dd := types.ObjectValue(was.AttributeTypes(ctx), own)
	return out, append(d, dd...)
}

// events is what a journal has kept, as state has them.
func events(journal *run.Journal) []event {
	out := []event{}
	for _, e := range journal.Events() {
		kept := event{
			At:   timetypes.NewRFC3339ValueMust(e.At.UTC().Format("2006-01-02T15:04:05.000Z07:00")),
			Step: types.StringValue(e.Step), Why: fwtypes.OrNull(e.Why), Result: fwtypes.OrNull(e.Result), RequestID: fwtypes.OrNull(e.RequestID),
		}
		if e.Why != "" { // else it is a remark
			kept.Seconds = types.Float64Value(e.Took.Round(time.Millisecond).Seconds())
		}
		out = append(out, kept)
	}
	return out
}
