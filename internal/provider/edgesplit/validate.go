package edgesplit

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/split"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/verification"
)

// ValidateConfig implements resource.ResourceWithValidateConfig: everything that can be known to be
// wrong without asking AWS, and not while it is unknown.
func (r *Resource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config model
	if resp.Diagnostics.Append(req.Config.Get(ctx, &config)...); resp.Diagnostics.HasError() {
		return
	}
	d := &resp.Diagnostics
	d.Append(validateDirection(ctx, config)...)
	if fwtypes.Wholly(ctx, config.Weights) && !config.Weights.IsNull() && !d.HasError() {
		d.Append(validateLadder(ctx, config)...)
	}
	if fwtypes.Wholly(ctx, config.Verify) && !config.Verify.IsNull() {
		d.Append(validateGate(ctx, config)...)
	}
	if fwtypes.AllKnown(ctx, &config.decides) && !d.HasError() {
		d.Append(validateBake(ctx, config)...)
	}
}

// validateDirection finds mistakes of what decides at the edge, and of who is to be sent where.
func validateDirection(ctx context.Context, config model) diag.Diagnostics {
	var d diag.Diagnostics
	if !config.Name.IsUnknown() {
		if problem := edgefunction.NameProblem(config.Name.ValueString()); problem != "" {
			d.AddAttributeError(path.Root("name"), "Not a name of a split", problem)
		}
	}
	if fwtypes.Wholly(ctx, config.Override) {
		d.Append(validateOverride(ctx, config)...)
	}
	if fwtypes.AllKnown(ctx, &config.decides) && !d.HasError() {
		d.Append(validateCode(ctx, config)...)
	}
	if fwtypes.Wholly(ctx, config.Sides) && fwtypes.Wholly(ctx, config.Safe) && fwtypes.Wholly(ctx, config.Weight) && fwtypes.Wholly(ctx, config.Shares) {
		d.Append(validateGoal(ctx, config)...)
	}
	if fwtypes.Wholly(ctx, config.Attach) {
		d.Append(validateAttach(ctx, config)...)
	}
	return d
}

// validateCode finds what no function could be written for.
func validateCode(ctx context.Context, config model) diag.Diagnostics {
	c, d := config.config(ctx)
	if d.HasError() {
		return d
	}
	c.MACKey = key("")
	for _, p := range c.Problems() {
		at := path.Root(strings.Split(p.Field, ".")[0])
		for _, step := range strings.Split(p.Field, ".")[1:] {
			at = at.AtName(step)
		}
		d.AddAttributeError(at, "The split cannot be written as a function", p.Text)
	}
	if d.HasError() {
		return d
	}
	if _, _, err := edgefunction.Generate(c); err != nil {
		d.AddAttributeError(path.Root("sides"), "The split cannot be written as a function", err.Error())
	}
	return d
}

func validateOverride(ctx context.Context, config model) diag.Diagnostics {
	var d diag.Diagnostics
	o := as[overrideModel](ctx, config.Override, &d)
	if o == nil {
		return d
	}
	at := path.Root("override")
	switch {
	case o.Header.IsNull() == o.Cookie.IsNull():
		d.AddAttributeError(at, "An override is a header or a cookie", "Write exactly one of `header` and `cookie`, by which testers say what side they want.")
	case o.Secret.IsNull() == o.SecretWO.IsNull():
		d.AddAttributeError(at.AtName("secret"), "An override has one secret", "Write exactly one of `secret` and `secret_wo`. Without one, anybody could choose a side.")
	case !o.SecretWO.IsNull() && o.Version.IsNull():
		d.AddAttributeError(at.AtName("secret_wo_version"), "Nobody could see that the secret changes", "State does not hold `secret_wo`. Write secret_wo_version = 1, and another number with every new secret.")
	default:
		if problem := edgefunction.SecretProblem(o.secret()); problem != "" {
			d.AddAttributeError(at.AtName("secret"), "Not a secret for testers", problem)
		}
	}
	return d
}

// validateGoal finds mistakes of who is to have how many viewers.
func validateGoal(ctx context.Context, config model) diag.Diagnostics {
	var d diag.Diagnostics
	sides, dd := config.sides(ctx)
	if d.Append(dd...); d.HasError() {
		return d
	}
	if _, ok := sides[config.Safe.ValueString()]; !ok {
		return d // said already
	}
	switch {
	case config.Weight.IsNull() == config.Shares.IsNull():
		d.AddAttributeError(path.Root("weight"), "Weights are written once", "Write exactly one of `weight`, the percent of the other one of two sides, and `shares`, the percent of each side but the safe one.")
		return d
	case !config.Weight.IsNull() && len(sides) > 2:
		d.AddAttributeError(path.Root("weight"), "One weight for more than two sides", fmt.Sprintf("`sides` has %d, so nobody knows whose the weight is. Write `shares` in its place.", len(sides)))
		return d
	}
	shares := map[string]int64{}
	if !config.Shares.IsNull() {
		d.Append(config.Shares.ElementsAs(ctx, &shares, false)...)
	}
	var sum int64
	for name, n := range shares {
		at := path.Root("shares").AtMapKey(name)
		switch _, ok := sides[name]; {
		case !ok:
			d.AddAttributeError(at, "No such side", fmt.Sprintf("%q is none of the `sides`. Write the name of one, or remove it.", name))
		case name == config.Safe.ValueString():
			d.AddAttributeError(at, "The safe side has the rest", fmt.Sprintf("%s has what the others leave. Remove it from `shares`.", name))
		}
		sum += n
	}
	if sum > split.Everything {
		d.AddAttributeError(path.Root("shares"), "More than all viewers", fmt.Sprintf("The shares add up to %d percent. Write shares of 100 percent at most; the safe side has the rest.", sum))
	}
	return d
}

func validateLadder(ctx context.Context, config model) diag.Diagnostics {
	var d diag.Diagnostics
	spec, dd := config.spec(ctx)
	if d.Append(dd...); d.HasError() {
		return d
	}
	top := 0
	for side, n := range spec.Goal {
		if side != spec.Safe {
			top = max(top, n)
		}
	}
	for i, p := range spec.Ladder {
		switch at := path.Root("weights").AtListIndex(i); {
		case p < 1 || p > split.Everything:
			d.AddAttributeError(at, "Not a percentage to step at", fmt.Sprintf("%d does not lie between 1 and 100. Write the percent of the viewers that a side has at this step.", p))
		case i > 0 && p <= spec.Ladder[i-1]:
			d.AddAttributeError(at, "The weights do not rise", fmt.Sprintf("%d follows %d. Write every weight once, from the least to the greatest; the way down is always one step.", p, spec.Ladder[i-1]))
		case top > 0 && p > top:
			d.AddAttributeError(at, "A step beyond the weight", fmt.Sprintf("No side is to have more than %d percent, so none ever gets to %d. Remove the step; of a ladder that is always the same, keep what is below: [for p in local.ladder : p if p <= var.weight].", top, p))
		}
	}
	return d
}

func validateGate(ctx context.Context, config model) diag.Diagnostics {
	var d diag.Diagnostics
	g := as[verification.Plain](ctx, config.Verify, &d)
	if d.HasError() || g == nil {
		return d
	}
	at := path.Root("verify")
	d.Append(g.Validate(at)...)
	if config.Override.IsNull() && slices.ContainsFunc(g.Probes, func(p verification.ProbeModel) bool { return !p.Path.IsNull() }) {
		d.AddAttributeError(at.AtName("probes"), "A probe that cannot choose its side",
			"A probe of `path` asks the distribution, and which side answers it is for the weights to say. Write `override`, by which the probe asks for the side with the new viewers, or the `url` of what is behind that side.")
	}
	return d
}

func validateAttach(ctx context.Context, config model) diag.Diagnostics {
	var d diag.Diagnostics
	a := as[attachModel](ctx, config.Attach, &d)
	if d.HasError() || a == nil {
		return d
	}
	patterns, dd := fwtypes.Texts(ctx, a.Behaviors)
	d.Append(dd...)
	seen := map[behavior.Pattern]bool{}
	for _, text := range patterns {
		p := behavior.Asked(text)
		at := path.Root("attach").AtName("behaviors")
		if why := p.Illegal(); why != "" {
			d.AddAttributeError(at, "Not a path pattern", fmt.Sprintf("%q is none: %s. Write one of the distribution's, such as /api/*, or default.", text, why))
		}
		if seen[p] {
			d.AddAttributeError(at, "The same behaviour twice", fmt.Sprintf("%q is in the set already, spelt in another way. Remove one of them.", text))
		}
		seen[p] = true
	}
	return d
}

// validateBake refuses a way up that no run could ever sit out.
func validateBake(ctx context.Context, config model) diag.Diagnostics {
	limit, name := fwtypes.Tightest(config.Timeouts, latched.Timeout, "update")
	spec, d := config.spec(ctx)
	if d.HasError() || spec.PerApply || spec.Kill {
		return d
	}
	steps := len(spec.Path(split.Weights{cutover.Side(config.Safe.ValueString()): split.Everything}))
	wait := fwtypes.Length(config.Propagation, propagation)
	bakes := steps
	if !spec.Gate {
		bakes--
	}
	total := fwtypes.Length(config.BakeTime, latched.Bake)
	total = total*time.Duration(max(0, bakes)) + wait*time.Duration(steps)
	if total >= limit {
		d.AddAttributeError(path.Root("bake_time"), "The steps outlast the change",
			fmt.Sprintf("All steps take %s together, %s of that for tables to arrive (`propagation_wait`), and a run may take %s (`timeouts.%s`). Write a longer timeout, a shorter `bake_time`, or advance = \"per_apply\", which takes one step in each run.",
				total, wait*time.Duration(steps), limit, name))
	}
	return d
}
