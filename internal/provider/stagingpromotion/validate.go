package stagingpromotion

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
)

// headerPrefix is what CloudFront asks of the header that routes to staging.
const headerPrefix = "aws-cf-cd-"

// ValidateConfig implements resource.ResourceWithValidateConfig: everything that
// can be known to be wrong without asking AWS, and not while it is unknown.
func (r *Resource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config model
	if resp.Diagnostics.Append(req.Config.Get(ctx, &config)...); resp.Diagnostics.HasError() {
		return
	}
	if !config.Primary.IsUnknown() && !config.Primary.IsNull() && config.Primary.Equal(config.Staging) {
		resp.Diagnostics.Append(samePair(config.Primary.ValueString()))
	}
	if !config.Release.IsUnknown() && config.Release.ValueString() == "" {
		resp.Diagnostics.AddAttributeError(path.Root("release"), "A release without a name", "`release` is empty. Write any text that changes with every release, such as sha256(jsonencode(local.next)).")
	}
	resp.Diagnostics.Append(validateNames(config)...)
	if fwtypes.Wholly(ctx, config.Canary) {
		canary := validateCanary(ctx, config)
		resp.Diagnostics.Append(canary...)
		if fwtypes.Wholly(ctx, config.Verify) && !canary.HasError() {
			resp.Diagnostics.Append(validateGates(ctx, config)...)
		}
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if fwtypes.Wholly(ctx, config.Canary) && fwtypes.Wholly(ctx, config.Verify) && fwtypes.Wholly(ctx, config.Timeouts) && !config.BakeTime.IsUnknown() {
		resp.Diagnostics.Append(validateBakes(ctx, config)...)
	}
}

// samePair words a pair of distributions that is none.
func samePair(id string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("staging_distribution_id"), "The staging distribution is the primary",
		fmt.Sprintf("Both ids are %s, so there is nothing to release. Write the id of the primary's staging distribution.", id))
}

func validateNames(config model) diag.Diagnostics {
	var d diag.Diagnostics
	for _, e := range config.Names.Elements() {
		name, ok := e.(types.String)
		if !ok || name.IsUnknown() || name.IsNull() {
			continue
		}
		at := path.Root("names").AtSetValue(name)
		if problem := fwtypes.DomainProblem(name.ValueString()); problem != "" {
			d.AddAttributeError(at, "Not a domain name", problem)
		} else if strings.HasPrefix(name.ValueString(), "*.") {
			d.AddAttributeError(at, "Nobody can send a request to a wildcard", fmt.Sprintf("%q stands for many names. Write one of them.", name.ValueString()))
		}
	}
	return d
}

func validateCanary(ctx context.Context, config model) diag.Diagnostics {
	canary, d := config.canary(ctx)
	if canary == nil || d.HasError() {
		return d
	}
	at := path.Root("canary")
	switch {
	case canary.Weights.IsNull() && canary.Header == nil:
		d.AddAttributeError(at, "A canary that gets nothing", "Write `weights`, such as [5, 15], to send staging a share of the viewers, or `header` to send it requests with that header. Without `canary` a release is promoted at once.")
	case !canary.Weights.IsNull() && canary.Header != nil:
		d.AddAttributeError(at.AtName("header"), "A canary by weight and by header", "A policy routes either by weight or by header. Remove `weights` or `header`.")
	case canary.Header != nil:
		name := canary.Header.Name.ValueString()
		if !strings.HasPrefix(strings.ToLower(name), headerPrefix) {
			d.AddAttributeError(at.AtName("header").AtName("name"), "Not a header that CloudFront routes by", fmt.Sprintf("%q does not begin with %s. Write %q.", name, headerPrefix, headerPrefix+name))
		}
		if !canary.RequireTraffic.IsNull() {
			d.AddAttributeError(at.AtName("require_traffic"), "A canary by header has no viewers",
				"With `header` only your own tests get to staging, and those are no evidence of traffic. Remove `require_traffic`, or route by `weights`.")
		}
	default:
		d.Append(validateWeights(ctx, canary)...)
	}
	return d
}

func validateWeights(ctx context.Context, canary *canaryModel) diag.Diagnostics {
	routes, d := canary.routes(ctx)
	for i, r := range routes {
		at := path.Root("canary").AtName("weights").AtListIndex(i)
		switch {
		case r.Percent > highestWeight:
			d.AddAttributeError(at, "More than CloudFront sends to staging", fmt.Sprintf("%g is more than the %d %% that a continuous deployment policy can send there. Write a percentage up to %d.", r.Percent, highestWeight, highestWeight))
		case r.Percent < lowestWeight:
			d.AddAttributeError(at, "A canary of nobody", fmt.Sprintf("%g %% of the viewers are none. Write a percentage of %g or more; without `canary` a release is promoted at once.", r.Percent, lowestWeight))
		case i > 0 && r.Percent <= routes[i-1].Percent:
			d.AddAttributeError(at, "The canary does not grow", fmt.Sprintf("%g comes after %g. Write the weights in ascending order.", r.Percent, routes[i-1].Percent))
		}
	}
	if canary.traffic() > 0 && fwtypes.Length(canary.BakeTime, defaultCanaryBake) == 0 {
		d.AddAttributeError(path.Root("canary").AtName("bake_time"), "A canary without time has no viewers",
			"`require_traffic` counts the requests during the bake. Write a `bake_time` of some minutes, or require_traffic = 0.")
	}
	return d
}

func validateGates(ctx context.Context, config model) diag.Diagnostics {
	verify, d := config.verify(ctx)
	canary, dd := config.canary(ctx)
	if d.Append(dd...); d.HasError() {
		return d
	}
	at := path.Root("verify").AtName("before")
	d.Append(verify.Before.gate().Validate(at)...)
	d.Append(verify.After.Validate(path.Root("verify").AtName("after"))...)
	switch before := verify.Before; {
	case before == nil:
	case canary == nil:
		d.AddAttributeError(at, "Nothing gets to staging before the promotion",
			"A staging distribution cannot be reached by its own name, and without `canary` the policy is not enabled, so this gate would ask the primary. Write a `canary`, or remove the gate.")
	case canary.Header == nil && len(before.Probes) > 0:
		d.AddAttributeError(at.AtName("probes"), "A probe would ask either side by chance",
			"With `weights` CloudFront picks the side at random, so the primary would answer most probes. Route by `header` to probe staging; with `weights` use `alarms`, `metrics` or `comparison`.")
	case canary.Header != nil && before.Comparison != nil:
		d.AddAttributeError(at.AtName("comparison"), "There is nobody to compare",
			"With `header` only your own tests get to staging. Route by `weights` to compare what viewers see, or remove `comparison`.")
	case canary.Header != nil:
		for i, p := range before.Probes {
			if u, err := url.Parse(p.URL.ValueString()); err == nil && strings.HasSuffix(u.Hostname(), cutover.CloudFrontDomain) {
				d.AddAttributeError(at.AtName("probes").AtListIndex(i).AtName("url"), "A staging distribution has no name of its own",
					fmt.Sprintf("%s reaches the primary or nobody: CloudFront serves staging only under the primary's names. Write `path`; the probe then carries the header of the canary.", u.Hostname()))
			}
		}
	}
	return d
}

// validateBakes refuses bakes that no release could ever sit out.
// Propagation is not in it, nor what a gate waits for late data: AWS gives no least time for either, and
// an error is right only where no run can ever come to its end. What takes longer than the timeout leaves
// ends with the deadline, which names what it waited for.
func validateBakes(ctx context.Context, config model) diag.Diagnostics {
	bakes, d := config.bakes(ctx)
	limit := fwtypes.Budget(config.Timeouts, "update", latched.Timeout)
	if !d.HasError() && bakes >= limit {
		d.AddAttributeError(path.Root("timeouts"), "The bakes outlast the release",
			fmt.Sprintf("A release may take %s (`timeouts.update`), and its bakes alone take %s. Write shorter ones, or a longer timeout that leaves time for propagation.", limit, bakes))
	}
	return d
}

// named says whether a URL is of one of names.
func named(raw string, names []string) bool {
	u, err := url.Parse(raw)
	return err == nil && slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, u.Hostname()) })
}
