package bluegreenswitch

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/verification"
)

// ValidateConfig implements resource.ResourceWithValidateConfig: everything that
// can be known to be wrong without asking AWS, and not while it is unknown.
func (r *Resource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config model
	if resp.Diagnostics.Append(req.Config.Get(ctx, &config)...); resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(validateDirection(ctx, config)...)
	if !config.BakeTime.IsUnknown() && fwtypes.Wholly(ctx, config.Timeouts) {
		resp.Diagnostics.Append(validateBake(config)...)
	}
	if fwtypes.Wholly(ctx, config.Verify) {
		resp.Diagnostics.Append(validateGates(ctx, config)...)
	}
}

// validateDirection refuses what could be no cutover: which names, between which
// sides, with which records, in which way.
func validateDirection(ctx context.Context, config model) diag.Diagnostics {
	d := validateAliases(config)
	sound := !d.HasError()
	if !config.Sides.IsUnknown() {
		d.Append(validateSideNames(config)...)
	}
	if fwtypes.Wholly(ctx, config.Sides) {
		d.Append(validateSides(ctx, config)...)
	} else if !config.Sides.IsUnknown() && !config.Live.IsUnknown() {
		d.Append(latched.ValidateLive(config.Live, config.Sides)...)
	}
	if sound && !config.DNS.IsNull() && !config.DNS.IsUnknown() {
		d.Append(validateZones(config)...)
	}
	if sound && !config.Method.IsUnknown() {
		d.Append(validateMethod(config)...)
	}
	if sound && !d.HasError() && !config.Method.IsUnknown() && fwtypes.Wholly(ctx, config.Sides) {
		d.Append(validateAccounts(ctx, config)...)
	}
	return d
}

// validateAccounts refuses moves between accounts that would take names down without being
// told that they may, and those that nothing could prove.
func validateAccounts(ctx context.Context, config model) diag.Diagnostics {
	sides, d := config.sides(ctx)
	spec := switchover.Spec{Asked: switchover.Asked{
		Sides: map[cutover.Side]string{}, Accounts: map[cutover.Side]string{}, Method: switchover.Method(cmp.Or(config.Method.ValueString(), string(switchover.DomainAssociation))),
	}}
	for _, name := range slices.Sorted(maps.Keys(sides)) {
		spec.Live = cutover.Side(name)
		spec.Sides[spec.Live], spec.Accounts[spec.Live] = name, sides[name].Account.ValueString()
	}
	if d.HasError() || !spec.Darkens() {
		return d
	}
	names := knownStrings(config.Aliases)
	if !config.AllowDowntime.IsUnknown() && !config.AllowDowntime.ValueBool() {
		instead := "method = \"wildcard_overlap\", which moves names between accounts without an outage, if the certificates cover the wildcards"
		if slices.ContainsFunc(names, func(n types.String) bool { _, apex := config.DNS.Elements()[n.ValueString()]; return apex }) {
			instead = "method = \"wildcard_overlap\" in a switch of their own for all names but the apex, which no wildcard covers"
		}
		d.AddAttributeError(path.Root("allow_downtime"), "Between accounts the method takes the names down",
			fmt.Sprintf("The sides are in different accounts, and `%s` disables the distribution that the names leave, with every name it has, for as long as that takes to propagate. "+
				"Write allow_downtime = true if that is acceptable; or %s.", spec.Method, instead))
	}
	if config.DNS.IsNull() {
		d.AddAttributeError(path.Root("dns"), "Nothing can prove that the names may change accounts",
			fmt.Sprintf("Between accounts `%s` needs a TXT record for each name, which the switch makes and takes away, and there is no zone to make them in. Add `dns`, or write method = \"wildcard_overlap\", which needs no proof.", spec.Method))
	}
	moving := map[string]bool{}
	for _, name := range names {
		if moving[name.ValueString()] = true; strings.HasPrefix(name.ValueString(), "*") {
			d.AddAttributeError(path.Root("aliases").AtSetValue(name), "No record can prove a wildcard",
				fmt.Sprintf("AWS does not say which TXT record would let %s go to another account. Write method = \"remove_and_add\" in a switch of its own for it, which takes it down for longer and needs no proof.", name.ValueString()))
		}
	}
	for _, name := range knownStrings(config.AllowDowntimeFor) {
		if moving[name.ValueString()] {
			d.AddAttributeError(path.Root("allow_downtime_for").AtSetValue(name), "The name moves itself",
				fmt.Sprintf("%s is one of `aliases`, for which `allow_downtime` speaks. Remove it here.", name.ValueString()))
		}
	}
	return d
}

// knownStrings returns the known elements of a set of strings.
func knownStrings(set types.Set) []types.String {
	var out []types.String
	for _, e := range set.Elements() {
		if s, ok := e.(types.String); ok && !s.IsUnknown() && !s.IsNull() {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b types.String) int { return strings.Compare(a.ValueString(), b.ValueString()) })
	return out
}

// maxAliases is CloudFront's quota of alternate domain names for a distribution.
const maxAliases = 100

func validateAliases(config model) diag.Diagnostics {
	var d diag.Diagnostics
	at := path.Root("aliases")
	switch n := len(config.Aliases.Elements()); {
	case config.Aliases.IsUnknown():
		return d
	case n == 0:
		d.AddAttributeError(at, "No alias", "`aliases` is empty, so there is nothing to move. Write at least one alternate domain name, such as \"www.example.com\".")
	case n > maxAliases:
		d.AddAttributeError(at, "Too many aliases", fmt.Sprintf("`aliases` has %d names; CloudFront allows %d for a distribution. Use a wildcard, or split them over pairs of distributions.", n, maxAliases))
	}
	spelt := map[string][]string{}
	for _, alias := range knownStrings(config.Aliases) {
		folded := strings.ToLower(strings.TrimSuffix(alias.ValueString(), "."))
		spelt[folded] = append(spelt[folded], alias.ValueString())
	}
	for _, folded := range slices.Sorted(maps.Keys(spelt)) {
		names := spelt[folded]
		if len(names) > 1 {
			d.AddAttributeError(at.AtSetValue(types.StringValue(names[0])), "The same alias twice",
				fmt.Sprintf("%s are the same name: case and a trailing dot do not count in DNS. Write %q once.", fwtypes.Quoted(names, " and "), folded))
		} else if problem := fwtypes.DomainProblem(names[0]); problem != "" {
			d.AddAttributeError(at.AtSetValue(types.StringValue(names[0])), "Not an alternate domain name", problem)
		}
	}
	return d
}

func validateSideNames(config model) diag.Diagnostics {
	d := latched.ValidateSideNames(config.Sides)
	if len(config.Sides.Elements()) == 0 {
		d.AddAttributeError(path.Root("sides"), "No side", "`sides` is empty, so no distribution can have the aliases. Write at least one, such as blue = { distribution_id = aws_cloudfront_distribution.blue.id }.")
	}
	return d
}

func validateSides(ctx context.Context, config model) diag.Diagnostics {
	sides, d := config.sides(ctx)
	if d.HasError() {
		return d
	}
	if !config.Live.IsUnknown() {
		d.Append(latched.ValidateLive(config.Live, config.Sides)...)
	}
	seen := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(sides)) {
		side := path.Root("sides").AtMapKey(name)
		id := sides[name].DistributionID.ValueString()
		if first, ok := seen[id]; ok {
			d.AddAttributeError(side.AtName("distribution_id"), "Two sides are the same distribution",
				fmt.Sprintf("%s and %s are both %s, so nothing could ever move. Write the id of another distribution, or remove one of the sides.", first, name, id))
		}
		seen[id] = name
		for _, alias := range knownStrings(config.Aliases) {
			if alias.ValueString() == sides[name].TestAlias.ValueString() {
				d.AddAttributeError(side.AtName("test_alias"), "The test alias would move",
					fmt.Sprintf("%s is one of `aliases`, so it is on the live side and proves nothing about an idle one. Write a name that only %s has.", alias.ValueString(), name))
			}
		}
	}
	return d
}

func validateZones(config model) diag.Diagnostics {
	var d diag.Diagnostics
	used := map[string]bool{}
	var spec switchover.Spec
	for domain, v := range config.DNS.Elements() {
		at := path.Root("dns").AtMapKey(domain)
		d.Append(validateTTL(at, v)...)
		if problem := fwtypes.DomainProblem(domain); problem != "" || strings.HasPrefix(domain, "*") {
			if problem == "" {
				problem = fmt.Sprintf("A zone has no wildcard. Write %q.", strings.TrimPrefix(domain, "*."))
			}
			d.AddAttributeError(at, "Not the domain name of a zone", problem)
			continue
		}
		z := switchover.Zone{Domain: domain, ID: domain}
		if o, ok := v.(types.Object); ok {
			if typ, ok := o.Attributes()["type"].(types.String); ok {
				z.CNAME = typ.ValueString() == typeCNAME
			}
		}
		spec.Zones = append(spec.Zones, z)
	}
	if d.HasError() {
		return d
	}
	domains := slices.Sorted(maps.Keys(config.DNS.Elements()))
	for _, alias := range knownStrings(config.Aliases) {
		name := alias.ValueString()
		zone, ok := spec.ZoneOf(name)
		if !ok {
			d.AddAttributeError(path.Root("dns"), "No zone contains the alias", fmt.Sprintf("%s does not lie in %s. Add its zone, keyed by its domain name, or remove the alias.", name, fwtypes.Quoted(domains, " or ")))
			continue
		}
		used[zone.Domain] = true
		if zone.CNAME && name == zone.Domain {
			d.AddAttributeError(path.Root("dns").AtMapKey(zone.Domain).AtName("type"), "A CNAME cannot stand at the apex",
				fmt.Sprintf("%s is the apex of its zone, where DNS allows no CNAME. Write type = \"alias\".", name))
		}
	}
	for _, domain := range domains {
		if !used[domain] && !config.Aliases.IsUnknown() && len(knownStrings(config.Aliases)) == len(config.Aliases.Elements()) && !d.HasError() {
			d.AddAttributeError(path.Root("dns").AtMapKey(domain), "The zone contains no alias", fmt.Sprintf("None of `aliases` lies in %s. Remove the zone, or add the alias.", domain))
		}
	}
	return d
}

// validateTTL refuses a TTL for the time of the cutover that is none.
func validateTTL(at path.Path, zone attr.Value) diag.Diagnostics {
	var d diag.Diagnostics
	o, ok := zone.(types.Object)
	if !ok {
		return d
	}
	typ, _ := o.Attributes()["type"].(types.String)
	ttl, _ := o.Attributes()["ttl"].(types.Int64)
	lower, _ := o.Attributes()["lower_ttl"].(types.Int64)
	usual := ttl.ValueInt64()
	if ttl.IsNull() {
		usual = defaultTTL
	}
	switch at := at.AtName("lower_ttl"); {
	case lower.IsNull() || lower.IsUnknown():
	case !typ.IsUnknown() && typ.ValueString() != typeCNAME:
		d.AddAttributeError(at, "Only a CNAME has a TTL to lower",
			"Alias records have the TTL of what they point at, 60 seconds for CloudFront, and nobody can change it. Remove `lower_ttl`, or write type = \"CNAME\".")
	case !ttl.IsUnknown() && lower.ValueInt64() >= usual:
		d.AddAttributeError(at, "The lower TTL is not lower",
			fmt.Sprintf("Resolvers keep the record for %d seconds at any time (`ttl`), so %d during a cutover lowers nothing. Write less, or remove `lower_ttl`.", usual, lower.ValueInt64()))
	}
	return d
}

// validateMethod refuses names that a method cannot move, and downtime that
// nobody agreed to.
func validateMethod(config model) diag.Diagnostics {
	var d diag.Diagnostics
	method := switchover.Method(config.Method.ValueString())
	if method == switchover.RemoveAndAdd && !config.AllowDowntime.IsUnknown() && !config.AllowDowntime.ValueBool() {
		d.AddAttributeError(path.Root("allow_downtime"), "The method takes the names down",
			"`remove_and_add` leaves every alias unserved from the moment it is removed until the target has it everywhere, which takes minutes. Write allow_downtime = true if that is acceptable, or method = \"domain_association\", which has no such gap.")
	}
	if config.KeepWildcard.ValueBool() && method != switchover.WildcardOverlap {
		d.AddAttributeError(path.Root("keep_wildcard"), "There is no wildcard to keep", "Only `wildcard_overlap` uses one. Remove `keep_wildcard`, or write method = \"wildcard_overlap\".")
	}
	if method != switchover.WildcardOverlap {
		return d
	}
	apexes := config.DNS.Elements()
	for _, alias := range knownStrings(config.Aliases) {
		name := alias.ValueString()
		if _, apex := apexes[name]; apex || switchover.Wildcard(name) == "" {
			d.AddAttributeError(path.Root("aliases").AtSetValue(alias), "No wildcard covers the alias",
				fmt.Sprintf("`wildcard_overlap` serves a name through a wildcard while it moves, and none covers %s: it is an apex, or a wildcard itself. Write method = \"domain_association\".", name))
		}
	}
	return d
}

// validateBake refuses a bake that no cutover could ever sit out.
// Propagation is not in it, nor what a gate waits for late data: AWS gives no least time for either, and
// an error is right only where no run can ever come to its end. What takes longer than the timeout leaves
// ends with the deadline, which names what it waited for.
func validateBake(config model) diag.Diagnostics {
	var d diag.Diagnostics
	bake := fwtypes.Length(config.BakeTime, latched.Bake)
	limit, name := fwtypes.Tightest(config.Timeouts, latched.Timeout, "update", "create")
	after, known := config.Verify.Attributes()["after"]
	if known && !after.IsNull() && !after.IsUnknown() && bake >= limit {
		d.AddAttributeError(path.Root("bake_time"), "The bake outlasts the cutover",
			fmt.Sprintf("A cutover may take %s (`timeouts.%s`), and %s of that cannot be spent on `bake_time`. Write a shorter bake, or a longer timeout that leaves time for propagation.", limit, name, bake))
	}
	return d
}

func validateGates(ctx context.Context, config model) diag.Diagnostics {
	verify, d := config.verify(ctx)
	if d.HasError() {
		return d
	}
	at := path.Root("verify")
	known := knownStrings(config.Aliases)
	var taken []string
	for _, a := range known {
		taken = append(taken, a.ValueString())
	}
	d.Append(verify.Before.Validate(at.AtName("before"), taken)...)
	d.Append(verify.After.Validate(at.AtName("after"))...)
	if verify.After != nil && verify.After.Comparison != nil && !config.Sides.IsUnknown() && len(config.Sides.Elements()) < 2 {
		d.AddAttributeError(at.AtName("after").AtName("comparison"), "A comparison without a baseline",
			"The baseline is the side that was live before, and there is only one side. Add the other one, or remove `comparison`.")
	}
	if verify.After == nil || len(verify.After.Probes) == 0 {
		return d
	}
	wild := len(known) > 0 && len(known) == len(config.Aliases.Elements()) &&
		!slices.ContainsFunc(known, func(a types.String) bool { return !strings.HasPrefix(a.ValueString(), "*.") })
	if wild && !slices.ContainsFunc(verify.After.Probes, func(p verification.ProbeModel) bool { return !p.URL.IsNull() }) {
		d.AddAttributeError(at.AtName("after").AtName("probes"), "Nobody can send a request to a wildcard",
			"Every alias is a wildcard, so `path` has no name to ask, and the gate could never pass. Write `url` with one name under the wildcard.")
	}
	if !fwtypes.Wholly(ctx, config.Sides) {
		return d
	}
	sides, dd := config.sides(ctx)
	d.Append(dd...)
	for _, name := range slices.Sorted(maps.Keys(sides)) {
		if sides[name].Marker == nil {
			d.AddAttributeWarning(path.Root("sides").AtMapKey(name), "A side without a marker cannot be proven live",
				fmt.Sprintf("Nothing tells the answers of %s from another side's, so `verify.after` stays inconclusive for it. Give it a `marker`: a response header or a text in the body that only it sends.", name))
		}
	}
	return d
}
