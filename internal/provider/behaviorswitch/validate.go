package behaviorswitch

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
)

// ValidateConfig implements resource.ResourceWithValidateConfig: everything that can be
// known to be wrong without asking AWS, and not while it is unknown.
func (r *Resource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config model
	if resp.Diagnostics.Append(req.Config.Get(ctx, &config)...); resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(validateDirection(ctx, config)...)
	if fwtypes.Wholly(ctx, config.Verify) && !config.Verify.IsNull() {
		resp.Diagnostics.Append(validateGates(ctx, config)...)
	}
}

// validateDirection finds mistakes of everything that says where a cutover goes.
func validateDirection(ctx context.Context, config model) diag.Diagnostics {
	var d diag.Diagnostics
	if !config.Sides.IsUnknown() {
		d.Append(validateSideNames(config)...)
	}
	if fwtypes.Wholly(ctx, config.Behaviors) {
		d.Append(validateFields(ctx, config)...)
	}
	return d
}

func validateSideNames(config model) diag.Diagnostics {
	d := latched.ValidateSideNames(config.Sides)
	if len(config.Sides.Elements()) == 0 {
		d.AddAttributeError(path.Root("sides"), "No side to switch to", "`sides` is empty. Write at least one, such as green.")
	}
	if !config.Live.IsUnknown() {
		d.Append(latched.ValidateLive(config.Live, config.Sides)...)
	}
	return d
}

// validateFields finds mistakes of behaviours, and of sides that are wholly known. A side
// that is not, such as one with a version that is yet to be published, is left for later.
func validateFields(ctx context.Context, config model) diag.Diagnostics {
	patterns, d := config.patterns(ctx)
	spec := behavior.Spec{Patterns: patterns}
	defined := map[cutover.Side]behavior.Setting{}
	for name, v := range config.Sides.Elements() {
		object, ok := v.(basetypes.ObjectValue)
		if !ok || !fwtypes.Wholly(ctx, v) {
			continue
		}
		var s sideModel
		d.Append(object.As(ctx, &s, basetypes.ObjectAsOptions{})...)
		if s.Marker != nil && s.Marker.Value.IsNull() {
			continue
		}
		setting, dd := s.setting(ctx)
		d.Append(dd...)
		defined[cutover.Side(name)] = setting
	}
	if d.HasError() {
		return d
	}
	spec.Sides = behavior.Define(patterns, defined)
	// A side that is not known yet may be the one that names an event.
	partly := len(defined) < len(config.Sides.Elements())
	var told []string
	for _, m := range behavior.Mistakes(spec) {
		if len(patterns) == 0 && m.Wrong == behavior.NoFields || partly && (m.Wrong == behavior.FieldsDiffer || m.Wrong == behavior.SidesEqual) {
			continue
		}
		worded := diags.BehaviorMistake(m)
		if key := worded.Summary() + "\n" + worded.Detail(); !slices.Contains(told, key) { // once, however many behaviours it is about
			told = append(told, key)
			d.Append(worded)
		}
	}
	return d
}

func validateGates(ctx context.Context, config model) diag.Diagnostics {
	verify, d := config.verify(ctx)
	if d.HasError() {
		return d
	}
	before := path.Root("verify").AtName("before")
	d.Append(verify.Before.Validate(before)...)
	if verify.Before != nil {
		for i, p := range verify.Before.Probes {
			if !p.ConnectTo.IsNull() {
				d.AddAttributeError(before.AtName("probes").AtListIndex(i).AtName("connect_to"), "A connection cannot choose the side of a behaviour",
					"Which side answers is for the distribution to say, wherever the connection goes. Remove `connect_to`, and write the `url` of the idle origin.")
			}
		}
	}
	d.Append(verify.After.Validate(path.Root("verify").AtName("after"))...)
	return d
}
