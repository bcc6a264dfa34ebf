package invalidation

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

const importForm = "Write distribution/invalidation, and after a question mark the triggers that it was for, for example\n\n" +
	"  E2EXAMPLE/I3EXAMPLE?live=green&release=41\n\n" +
	"Percent-encode what is not a letter or a digit in them. CloudFront does not know triggers: where they differ from the configuration, the next apply invalidates again."

// ImportState implements resource.ResourceWithImportState. Paths and tags are read from the
// invalidation; its triggers stand in the import id.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	what, query, _ := strings.Cut(req.ID, "?")
	distribution, id, ok := strings.Cut(what, "/")
	values, err := url.ParseQuery(query)
	if !ok || distribution == "" || id == "" || strings.Contains(id, "/") || err != nil {
		resp.Diagnostics.AddError("Not an import id of an invalidation", fmt.Sprintf("%q is not of the expected form. %s", req.ID, importForm))
		return
	}
	if r.Provider == nil {
		resp.Diagnostics.Append(diags.NotConfiguredYet())
		return
	}
	found, err := configured.Look(ctx, r.Provider, func() (cloudfrontapi.Invalidation, error) {
		return r.Provider.CloudFront.Invalidation(ctx, distribution, id)
	})
	if err != nil {
		resp.Diagnostics.Append(diags.InvalidationNotImported(distribution, id, err))
		return
	}
	var m model
	if resp.Diagnostics.Append(fwtypes.Blank(ctx, attributes(), &m)...); resp.Diagnostics.HasError() {
		return
	}
	m.Distribution, m.ID, m.CreatedAt, m.Steps = types.StringValue(distribution), types.StringValue(id), timetypes.NewRFC3339TimeValue(found.At.UTC()), configured.NoSteps()
	m.Paths, m.Tags = apart(found.Items)
	if len(values) > 0 {
		triggers := map[string]attr.Value{}
		for name := range values {
			triggers[name] = types.StringValue(values.Get(name))
		}
		m.Triggers = types.MapValueMust(types.StringType, triggers)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}
