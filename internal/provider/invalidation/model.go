package invalidation

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/purge"
)

// model is the resource as Terraform knows it. Collections stay framework values, because
// any of them may be unknown.
type model struct {
	Distribution types.String `tfsdk:"distribution_id"`
	Paths        types.Set    `tfsdk:"paths"`
	Tags         types.Set    `tfsdk:"tags"`
	Triggers     types.Map    `tfsdk:"triggers"`
	Deployed     types.Bool   `tfsdk:"wait_for_deployment"`
	Wait         types.Bool   `tfsdk:"wait"`
	Timeouts     types.Object `tfsdk:"timeouts"`

	ID        types.String      `tfsdk:"id"`
	CreatedAt timetypes.RFC3339 `tfsdk:"created_at"`
	Steps     types.List        `tfsdk:"steps"`
}

// inputs are what another invalidation is asked for because of.
func (m *model) inputs() []attr.Value {
	return []attr.Value{m.Distribution, m.Paths, m.Tags, m.Triggers}
}

// asks says whether another invalidation is to be asked for than the one in state.
func (m *model) asks(state model) bool {
	return !slices.EqualFunc(m.inputs(), state.inputs(), attr.Value.Equal)
}

// spec says what is to be dropped. before is the id of the invalidation that state has, ""
// for none.
func (m *model) spec(before string) purge.Spec {
	occasion := struct {
		Before   string            `json:"before"`
		Triggers map[string]string `json:"triggers"`
	}{before, map[string]string{}}
	for name, v := range m.Triggers.Elements() {
		if s, ok := v.(types.String); ok {
			occasion.Triggers[name] = s.ValueString()
		}
	}
	text, _ := json.Marshal(occasion) // texts; the keys of a map come sorted
	return purge.Spec{
		Distribution: m.Distribution.ValueString(), Items: items(m.Paths, m.Tags), Occasion: string(text),
		Deployed: m.Deployed.ValueBool(), Complete: m.Wait.ValueBool(),
	}
}

// items are paths and tags as CloudFront's API has them, sorted.
func items(paths, tags types.Set) (out []string) {
	for _, set := range []struct {
		before string
		of     types.Set
	}{{"", paths}, {"#", tags}} {
		for _, v := range set.of.Elements() {
			if s, ok := v.(types.String); ok {
				out = append(out, set.before+s.ValueString())
			}
		}
	}
	slices.Sort(out)
	return out
}

// fill records the invalidation that a run has come to.
func (m *model) fill(w *workflow) {
	m.ID, m.CreatedAt = types.StringValue(w.made.ID), timetypes.NewRFC3339TimeValue(w.made.At.UTC().Truncate(time.Millisecond))
	m.Steps = recipe(w.spec)
}

func recipe(spec purge.Spec) types.List { return texts(types.ListValueMust, spec.Recipe()) }

// texts are strings as a list or a set.
func texts[T any](of func(attr.Type, []attr.Value) T, list []string) T {
	values := []attr.Value{}
	for _, s := range list {
		values = append(values, types.StringValue(s))
	}
	return of(types.StringType, values)
}

// apart are the paths and the tags among the items of an invalidation, null where there are
// none.
func apart(items []string) (paths, tags types.Set) {
	var p, t []string
	for _, item := range items {
		if tag, ok := strings.CutPrefix(item, "#"); ok {
			t = append(t, tag)
		} else {
			p = append(p, item)
		}
	}
	paths, tags = types.SetNull(types.StringType), types.SetNull(types.StringType)
	if len(p) > 0 {
		paths = texts(types.SetValueMust, p)
	}
	if len(t) > 0 {
		tags = texts(types.SetValueMust, t)
	}
	return paths, tags
}
