package stagingpromotion

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

const importForm = "Write primary,staging,policy,release, for example\n\n" +
	"  E1AAAAAAAAAAAA,E2BBBBBBBBBBBB,11111111-2222-3333-4444-555555555555,2026-11-21\n\n" +
	"The release is what the configuration calls the one that the primary has now."

// ImportState implements resource.ResourceWithImportState. The id carries what AWS
// cannot tell: what belongs together, and what the release is called. The refresh that
// follows takes what the primary has for settled.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	parts := strings.SplitN(req.ID, ",", 4)
	if len(parts) != 4 || slices.Contains(parts, "") {
		resp.Diagnostics.AddError("Not an import id of a staging promotion", fmt.Sprintf("%q is not of the expected form. %s", req.ID, importForm))
		return
	}
	m, d := imported(ctx, parts[0], parts[1], parts[2], parts[3])
	if resp.Diagnostics.Append(d...); resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
	resp.Diagnostics.Append(diags.ReleaseImported(parts[0], parts[3]))
}

// imported is a state that holds what an import id says, and the defaults of
// everything else.
func imported(ctx context.Context, primary, staging, policy, release string) (model, diag.Diagnostics) {
	var m model
	d := fwtypes.Blank(ctx, attributes(), &m)
	m.Primary, m.Staging, m.Policy, m.Release = types.StringValue(primary), types.StringValue(staging), types.StringValue(policy), types.StringValue(release)
	m.ID, m.SettledRelease, m.SettledGrounds, m.Steps = m.Primary, m.Release, types.StringValue(string(promotion.Declared)), configured.NoSteps()
	return m, d
}

// MoveState implements resource.ResourceWithMoveState, for a state of this provider under
// another address.
func (r *Resource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{configured.FromElsewhere("cdn_staging_promotion")}
}
