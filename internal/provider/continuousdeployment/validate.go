package continuousdeployment

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

const (
	headerPrefix = "aws-cf-cd-"
	maxPercent   = 15
)

// What a session may last, in seconds. Source: CloudFront API reference, SessionStickinessConfig.
const (
	minSession = 300
	maxSession = 3600
)

// ValidateConfig implements resource.ResourceWithValidateConfig: what can be known to
// be wrong without asking AWS, and not while it is unknown.
func (r *Resource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var c model
	if resp.Diagnostics.Append(req.Config.Get(ctx, &c)...); resp.Diagnostics.HasError() {
		return
	}
	if !c.Primary.IsUnknown() && !c.Staging.IsUnknown() && c.Primary.Equal(c.Staging) {
		resp.Diagnostics.AddAttributeError(path.Root("staging_distribution_id"), "Primary and staging are the same distribution",
			fmt.Sprintf("Both are %s. Write the id of its staging distribution, such as cdn_staging_distribution.next.id.", c.Primary.ValueString()))
	}
	weight, header := !c.Weight.IsNull(), !c.Header.IsNull()
	switch {
	case weight && header && !c.Weight.IsUnknown() && !c.Header.IsUnknown():
		resp.Diagnostics.AddAttributeError(path.Root("header"), "A policy routes by weight or by header",
			"Both are set. Keep `header` to let testers in by a header of theirs, or `weight` to send a share of everybody.")
	case !weight && !header:
		resp.Diagnostics.AddAttributeError(path.Root("weight"), "The policy has no way to route",
			"Neither `weight` nor `header` is set. Write, for example, `weight = 5`; nobody is sent to staging before a release enables the policy.")
	}
	if p := c.Weight.ValueFloat64(); weight && !c.Weight.IsUnknown() && (p < 0 || p > maxPercent) {
		resp.Diagnostics.AddAttributeError(path.Root("weight"), "Not a share that CloudFront sends to staging",
			fmt.Sprintf("%g percent is not between 0 and %d, which is what a policy takes. To go on from %d percent, promote.", p, maxPercent, maxPercent))
	}
	if name := text(c.Header, "name"); header && !name.IsUnknown() && !c.Header.IsUnknown() {
		if rest, ok := strings.CutPrefix(name.ValueString(), headerPrefix); !ok || rest == "" {
			resp.Diagnostics.AddAttributeError(path.Root("header").AtName("name"), "Not a header that CloudFront routes by",
				fmt.Sprintf("%q does not begin with %s and go on from there. Write, for example, %q.", name.ValueString(), headerPrefix, headerPrefix+"staging"))
		}
		if v := text(c.Header, "value"); !v.IsUnknown() && v.ValueString() == "" {
			resp.Diagnostics.AddAttributeError(path.Root("header").AtName("value"), "The header has no value", "CloudFront compares the value as well. Write one, such as \"true\".")
		}
	}
	if c.Stickiness.IsNull() || c.Stickiness.IsUnknown() {
		return
	}
	at := path.Root("session_stickiness")
	if header && !weight && !c.Header.IsUnknown() {
		resp.Diagnostics.AddAttributeError(at, "Sessions go with a weight", "Who sends the header is on staging for as long as it is sent; nothing has to stick. Remove `session_stickiness`.")
		return
	}
	idle, maximum := whole(c.Stickiness, "idle_ttl"), whole(c.Stickiness, "maximum_ttl")
	for name, v := range map[string]types.Int64{"idle_ttl": idle, "maximum_ttl": maximum} {
		if n := v.ValueInt64(); !v.IsUnknown() && (n < minSession || n > maxSession) {
			resp.Diagnostics.AddAttributeError(at.AtName(name), "Not a length of a session", fmt.Sprintf("%d is not between %d and %d seconds.", n, minSession, maxSession))
		}
	}
	if !idle.IsUnknown() && !maximum.IsUnknown() && idle.ValueInt64() > maximum.ValueInt64() {
		resp.Diagnostics.AddAttributeError(at.AtName("idle_ttl"), "A session cannot be idle for longer than it lasts",
			fmt.Sprintf("`idle_ttl` is %d and `maximum_ttl` is %d. Make `idle_ttl` the smaller one.", idle.ValueInt64(), maximum.ValueInt64()))
	}
}
