package weightedramp

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/verification"
)

// recordName accepts the name of a record.
type recordName struct{}

// Description implements validator.String.
func (recordName) Description(context.Context) string { return "a domain name in lower case" }

// MarkdownDescription implements validator.String.
func (recordName) MarkdownDescription(context.Context) string { return "a domain name in lower case" }

// ValidateString implements validator.String.
func (recordName) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if problem := fwtypes.DomainProblem(req.ConfigValue.ValueString()); problem != "" {
		resp.Diagnostics.AddAttributeError(req.Path, "Not the name of a record", problem)
	}
}

// ValidateConfig implements resource.ResourceWithValidateConfig: everything that can be
// known to be wrong without asking AWS, and not while it is unknown.
func (r *Resource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config model
	if resp.Diagnostics.Append(req.Config.Get(ctx, &config)...); resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(problems(ctx, config)...)
}

// problems is what is wrong with a configuration, as far as it is known.
func problems(ctx context.Context, config model) diag.Diagnostics {
	var d diag.Diagnostics
	if w := config.Weight; !w.IsUnknown() && (w.ValueInt64() < 0 || w.ValueInt64() > ramp.Everything) {
		d.AddAttributeError(path.Root("weight"), "Not a percentage of traffic", fmt.Sprintf("%d does not lie between 0 and 100. Write the percent of answers that name the target in the end.", w.ValueInt64()))
	}
	if !config.Names.IsUnknown() && len(config.Names.Elements()) == 0 {
		d.AddAttributeError(path.Root("names"), "No name for the ramp", "`names` is empty, so there are no records. Write at least one, such as \"www.example.com\".")
	}
	if fwtypes.Wholly(ctx, config.Types) {
		d.Append(validateTypes(ctx, config)...)
	}
	if !config.Sides.IsUnknown() {
		d.Append(validateSideNames(config)...)
	}
	if !d.HasError() && fwtypes.Wholly(ctx, config.Sides) && fwtypes.Wholly(ctx, config.Target) && fwtypes.Wholly(ctx, config.Types) {
		d.Append(validateSides(ctx, config)...)
	}
	if !d.HasError() && fwtypes.Wholly(ctx, config.Weights) && fwtypes.Wholly(ctx, config.Weight) {
		d.Append(validateWeights(ctx, config)...)
	}
	if fwtypes.Wholly(ctx, config.Verify) && !config.Verify.IsNull() {
		var g verification.Plain
		if d.Append(config.Verify.As(ctx, &g, basetypes.ObjectAsOptions{})...); !d.HasError() {
			d.Append(g.Validate(path.Root("verify"))...)
		}
	}
	if !d.HasError() && fwtypes.Wholly(ctx, config.Weights) && !config.BakeTime.IsUnknown() && fwtypes.Wholly(ctx, config.Timeouts) && !config.Advance.IsUnknown() && !config.Weight.IsUnknown() {
		d.Append(validateBake(ctx, config)...)
	}
	return d
}

func strs(ctx context.Context, set types.Set) (out []string) {
	if set.ElementsAs(ctx, &out, false).HasError() {
		return nil
	}
	slices.Sort(out)
	return out
}

func validateTypes(ctx context.Context, config model) diag.Diagnostics {
	var d diag.Diagnostics
	if list := strs(ctx, config.Types); len(list) > 1 && slices.Contains(list, "CNAME") {
		d.AddAttributeError(path.Root("types"), "A CNAME is alone at its name",
			fmt.Sprintf("`types` has CNAME and %d more, and DNS allows nothing beside a CNAME. Write types = [\"CNAME\"], or leave CNAME out.", len(list)-1))
	}
	return d
}

func validateSideNames(config model) diag.Diagnostics {
	d := latched.ValidateSideNames(config.Sides)
	names := slices.Sorted(maps.Keys(config.Sides.Elements()))
	if len(names) != 2 {
		d.AddAttributeError(path.Root("sides"), "Not two sides", fmt.Sprintf("`sides` has %d of them, and a ramp goes from one to another. Write two, such as blue and green.", len(names)))
	}
	if t := config.Target.ValueString(); !config.Target.IsUnknown() && !slices.Contains(names, t) {
		d.AddAttributeError(path.Root("target"), "No such side of the ramp", fmt.Sprintf("`target` names %q, which is not one of the sides. Write %s.", t, fwtypes.Quoted(names, " or ")))
	}
	return d
}

func validateSides(ctx context.Context, config model) diag.Diagnostics {
	var d diag.Diagnostics
	sides := map[string]sideModel{}
	if d.Append(config.Sides.ElementsAs(ctx, &sides, false)...); d.HasError() {
		return d
	}
	for _, name := range slices.Sorted(maps.Keys(sides)) {
		d.Append(validateSide(ctx, config, name, sides[name])...)
	}
	target, other, dd := config.endpoints(ctx)
	if d.Append(dd...); d.HasError() {
		return d
	}
	at := path.Root("sides")
	switch {
	case distribution(target) && distribution(other):
		d.AddAttributeError(at, "Weights between two distributions divide nothing",
			fmt.Sprintf("%s and %s are both CloudFront distributions. CloudFront picks the distribution by the Host header, so every viewer is served by the one that has the name, whatever DNS answers. "+
				"Use cdn_staging_promotion for up to 15 percent, or cdn_bluegreen_switch to move the name as a whole.", other.Side, target.Side))
	case fingerprint(target) == fingerprint(other):
		d.AddAttributeError(at, "Both sides are the same endpoint", fmt.Sprintf("%s and %s are both %s, so weights between them change nothing. Write another endpoint for one of them.", other.Side, target.Side, fingerprint(target)))
	case target.ID == other.ID:
		d.AddAttributeError(at.AtMapKey(string(target.Side)).AtName("set_identifier"), "Both sides have the same identifier", fmt.Sprintf("Route 53 tells weighted records apart by it, and both sides have %q. Write two.", target.ID))
	case target.Alias.Zone == "" && other.Alias.Zone == "" && target.TTL != other.TTL:
		d.AddAttributeError(at.AtMapKey(string(target.Side)).AtName("ttl"), "The sides have different TTLs",
			fmt.Sprintf("All records of a weighted set have one TTL; %s has %d and %s has %d. Write the same for both.", other.Side, other.TTL, target.Side, target.TTL))
	}
	return d
}

func distribution(e ramp.Endpoint) bool {
	return e.Alias.Zone == cutover.CloudFrontZone || strings.HasSuffix(plain(e.Host()), cutover.CloudFrontDomain)
}

// website matches the website endpoints of S3, with what stands before the region's own
// name. Source: AWS General Reference, Amazon S3 endpoints.
var website = regexp.MustCompile(`^(?:(.+)\.)?(s3-website[.-][a-z0-9-]+\.amazonaws\.com)$`)

func validateSide(ctx context.Context, config model, name string, s sideModel) diag.Diagnostics {
	var d diag.Diagnostics
	at := path.Root("sides").AtMapKey(name)
	if s.Alias.IsNull() == s.Values.IsNull() {
		d.AddAttributeError(at, "A side is an alias or values", fmt.Sprintf("%s has %s. Write `alias` for a target in AWS, or `values` for what the records say themselves.", name, map[bool]string{true: "neither", false: "both"}[s.Alias.IsNull()]))
		return d
	}
	e, dd := s.endpoint(ctx, name)
	if d.Append(dd...); d.HasError() {
		return d
	}
	if !s.Alias.IsNull() {
		d.Append(validateAlias(ctx, config, at, e, s)...)
	} else {
		d.Append(validateValues(ctx, config, at, e)...)
	}
	if m := website.FindStringSubmatch(plain(e.Host())); m != nil {
		d.Append(validateWebsite(ctx, config, at, e, m[1], m[2])...)
	}
	return d
}

func validateAlias(ctx context.Context, config model, at path.Path, e ramp.Endpoint, s sideModel) diag.Diagnostics {
	var d diag.Diagnostics
	if !s.TTL.IsNull() {
		d.AddAttributeError(at.AtName("ttl"), "An alias record has no TTL", "It has that of its target, and nobody can change it. Remove `ttl`, or write `values` instead of `alias`.")
	}
	if slices.Contains(strs(ctx, config.Types), "CNAME") {
		d.AddAttributeError(at.AtName("alias"), "An alias is no CNAME", "Alias records of type CNAME cannot point out of their zone. Write `values = { CNAME = [\"…\"] }`, or types = [\"A\", \"AAAA\"].")
	}
	inCloudFront := strings.HasSuffix(e.Alias.Domain, cutover.CloudFrontDomain)
	switch alias := at.AtName("alias"); {
	case (e.Alias.Zone == cutover.CloudFrontZone) != inCloudFront:
		d.AddAttributeError(alias.AtName("zone_id"), "The alias target lies outside the zone it names",
			fmt.Sprintf("%s belongs to the names under cloudfront.net and to no other, and `domain_name` is %q. Write the hosted zone id of the target.", cutover.CloudFrontZone, e.Alias.Domain))
	case inCloudFront && e.Alias.Evaluate:
		d.AddAttributeError(alias.AtName("evaluate_target_health"), "CloudFront's health cannot be evaluated", "Route 53 refuses it for alias records to a distribution. Remove `evaluate_target_health`, and use `health_check_id`.")
	}
	return d
}

func validateValues(ctx context.Context, config model, at path.Path, e ramp.Endpoint) diag.Diagnostics {
	var d diag.Diagnostics
	at = at.AtName("values")
	wanted := strs(ctx, config.Types)
	for _, typ := range wanted {
		if len(e.Values[typ]) == 0 {
			d.AddAttributeError(at, "A type without values", fmt.Sprintf("`types` has %s, and %s has no values of it. Write them, or leave the type out.", typ, e.Side))
		}
	}
	for _, typ := range slices.Sorted(maps.Keys(e.Values)) {
		if !slices.Contains(wanted, typ) {
			d.AddAttributeError(at.AtMapKey(typ), "Values of a type that is not asked for", fmt.Sprintf("`types` has no %s. Add it, or remove the values.", typ))
			continue
		}
		if typ == "CNAME" && len(e.Values[typ]) > 1 {
			d.AddAttributeError(at.AtMapKey(typ), "More than one CNAME", fmt.Sprintf("%s has %d values, and a name has one CNAME. Write one.", e.Side, len(e.Values[typ])))
		}
		for _, v := range e.Values[typ] {
			if addr, err := netip.ParseAddr(v); typ == "A" && (err != nil || !addr.Is4()) || typ == "AAAA" && (err != nil || !addr.Is6()) {
				d.AddAttributeError(at.AtMapKey(typ), "Not an address of the type", fmt.Sprintf("%q is not what a record of type %s says. Write an address.", v, typ))
			}
		}
	}
	return d
}

// validateWebsite knows what S3 makes of the Host header: the bucket of that name.
func validateWebsite(ctx context.Context, config model, at path.Path, e ramp.Endpoint, bucket, region string) diag.Diagnostics {
	var d diag.Diagnostics
	if e.Alias.Zone != "" && bucket != "" {
		d.AddAttributeError(at.AtName("alias").AtName("domain_name"), "The alias names a bucket",
			fmt.Sprintf("An alias points at the website endpoint of the region, and S3 finds the bucket by the name that viewers ask for. Write %q; the bucket is called as the record.", region))
	}
	names := strs(ctx, config.Names)
	if e.Alias.Zone == "" && fwtypes.Wholly(ctx, config.Names) {
		for _, name := range names {
			if name != bucket {
				d.AddAttributeError(at.AtName("values"), "The bucket is not called as the name",
					fmt.Sprintf("S3 serves the website of the bucket that is called as the Host header, which is %s, and not of %q. Use a bucket of that name.", name, bucket))
			}
		}
	}
	d.AddAttributeWarning(at, "An S3 website speaks no TLS",
		fmt.Sprintf("Viewers who ask for https:// get no answer from %s, and S3 serves the bucket that is called exactly as the name they ask for. Use it for names that are served over http:// only, or put a distribution before it.", e.Side))
	return d
}

func validateWeights(ctx context.Context, config model) diag.Diagnostics {
	var d diag.Diagnostics
	if config.Weights.IsNull() {
		return d
	}
	var weights []int64
	if d.Append(config.Weights.ElementsAs(ctx, &weights, false)...); d.HasError() {
		return d
	}
	weight := config.Weight.ValueInt64()
	for i, p := range weights {
		switch at := path.Root("weights").AtListIndex(i); {
		case p < 1 || p > 100:
			d.AddAttributeError(at, "Not a percentage to step at", fmt.Sprintf("%d does not lie between 1 and 100. Write the percent of traffic that the target has at this step.", p))
		case i > 0 && p <= weights[i-1]:
			d.AddAttributeError(at, "The weights do not rise", fmt.Sprintf("%d follows %d. Write every weight once, from the least to the greatest; the way down is always one step.", p, weights[i-1]))
		case weight > 0 && p > weight:
			d.AddAttributeError(at, "A step beyond the weight", fmt.Sprintf("The ramp ends at %d percent (`weight`), so it never gets to %d. Remove the step, or raise `weight`; of a ladder that is always the same, keep what is below: [for p in local.ladder : p if p <= var.weight]. With weight = 0 `weights` may stay: the way down does not use them.", weight, p))
		}
	}
	return d
}

// validateBake refuses a ramp that no run could ever sit out.
func validateBake(ctx context.Context, config model) diag.Diagnostics {
	limit, name := fwtypes.Tightest(config.Timeouts, latched.Timeout, "update", "create")
	spec := ramp.Spec{
		Asked: ramp.Asked{
			Weight: int(config.Weight.ValueInt64()), Bake: fwtypes.Length(config.BakeTime, latched.Bake), Gate: !config.Verify.IsNull(),
			PerApply: config.Advance.ValueString() == latched.PerApply,
		},
	}
	var d diag.Diagnostics
	if !config.Weights.IsNull() {
		d.Append(config.Weights.ElementsAs(ctx, &spec.Weights, false)...)
	}
	if fwtypes.Wholly(ctx, config.Sides) && fwtypes.Wholly(ctx, config.Target) {
		var dd diag.Diagnostics
		spec.Target, spec.Other, dd = config.endpoints(ctx)
		d.Append(dd...)
	}
	if d.HasError() {
		return d
	}
	stands, forgets := spec.Lasts()
	if total := stands + forgets; total > 0 && total >= limit {
		part := ""
		if forgets > 0 {
			part = fmt.Sprintf(", %s of that for resolvers to forget the records of the step before (`ttl`)", forgets)
		}
		d.AddAttributeError(path.Root("bake_time"), "The steps outlast the ramp",
			fmt.Sprintf("All its steps up to %d percent take %s together%s, and a run may take %s (`timeouts.%s`). Write timeouts = { %s = \"%dh\" } or more, so that there is time for the name servers as well, a shorter `bake_time`, or advance = \"per_apply\", which takes one step in each run.",
				spec.Weight, total, part, limit, name, name, int((total+2*time.Hour).Hours())))
	}
	return d
}
