package continuousdeployment

import (
	"context"
	"fmt"
	"strconv"
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
	if p, err := strconv.ParseFloat(c.Weight.ValueString(), 64); weight && !c.Weight.IsUnknown() && (err != nil || !(p >= 0 && p <= maxPercent)) {
		resp.Diagnostics.AddAttributeError(path.Root("weight"), "Not a share that CloudFront sends to staging",
			fmt.Sprintf("%s percent is not between 0 and %d, which is what a policy takes. To go on from %d percent, promote.", c.Weight.ValueString(), maxPercent, maxPercent))
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
	idle, maximum := text(c.Stickiness, "idle_ttl"), text(c.Stickiness, "maximum_ttl")
	for name, v := range map[string]types.String{"idle_ttl": idle, "maximum_ttl": maximum} {
		if n, err := strconv.Atoi(v.ValueString()); !v.IsUnknown() && (err != nil || n < minSession || n > maxSession) {
			resp.Diagnostics.AddAttributeError(at.AtName(name), "Not a length of a session", fmt.Sprintf("%s is not between %d and %d seconds.", v.ValueString(), minSession, maxSession))
		}
	}
	if !idle.IsUnknown() && !maximum.IsUnknown() && number(idle) > number(maximum) {
		resp.Diagnostics.AddAttributeError(at.AtName("idle_ttl"), "A session cannot be idle for longer than it lasts",
			fmt.Sprintf("`idle_ttl` is %s and `maximum_ttl` is %s. Make `idle_ttl` the smaller one.", idle.ValueString(), maximum.ValueString()))
	}
}
