package stagingpromotion

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
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
	m := model{
		Primary: types.StringValue(primary), Staging: types.StringValue(staging), Policy: types.StringValue(policy), Release: types.StringValue(release), Staged: types.StringNull(),
		Canary: types.ObjectNull(fwtypes.TypesOf(canaryAttributes())), Verify: types.ObjectNull(fwtypes.TypesOf(verifyAttributes())), Names: types.SetNull(types.StringType),
		BakeTime: timetypes.NewGoDurationValueFromStringMust(defaultBake), Invalidate: types.ListNull(types.StringType),
		Advance: types.StringValue(untilDone), OnFailure: types.StringValue(string(cutover.RollBack)), OnDrift: types.StringValue(string(promotion.Report)), Retry: types.StringNull(),
		PendingWindow: timetypes.NewGoDurationNull(), Bucket: types.StringNull(), Timeouts: types.ObjectNull(fwtypes.TypesOf(timeouts.Attributes)),
		ID: types.StringValue(primary), Phase: types.StringNull(), SettledRelease: types.StringValue(release), SettledFingerprint: types.StringNull(),
		SettledGrounds: types.StringValue(string(promotion.Declared)), SettledRoute: types.StringNull(), Previous: types.ObjectNull(previousTypes), PrimaryFingerprint: types.StringNull(), WayBack: types.StringNull(),
		Attempt: types.ObjectNull(attemptTypes), LastCutover: types.ObjectNull(lastCutoverTypes), Failed: types.ObjectNull(failedTypes),
	}
	var d diag.Diagnostics
	m.Steps, d = types.ListValueFrom(ctx, types.StringType, []string{})
	return m, d
}

// MoveState implements resource.ResourceWithMoveState, for a state of this provider under
// another address.
func (r *Resource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{configured.FromElsewhere("cdn_staging_promotion")}
}
