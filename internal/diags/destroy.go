package diags

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// A Destroy is the destroy of a noun that keeps records, as its diagnostics word it.
type Destroy struct {
	noun  string // what it is called
	stay  string // how its records stay
	ends  string // what they lead to
	where string // the attribute that on_destroy stands in, for a sentence; may be empty
	zones func(names []string) string
}

// DestroyOfSwitch is the destroy of a switch.
func DestroyOfSwitch(spec switchover.Spec) Destroy {
	return Destroy{noun: "switch", stay: "as they are", ends: "distributions", where: " for its zone", zones: func(names []string) string { return zonesOf(spec, names) }}
}

// DestroyOfRamp is the destroy of a ramp.
func DestroyOfRamp(spec ramp.Spec) Destroy {
	return Destroy{noun: "ramp", stay: "as they are, with the weights they have", ends: "endpoints", zones: func([]string) string { return "zone " + spec.Zone }}
}

// Planned warns what the destroy does to records: which stay, which go although they may be
// served, and which would stop it.
func (w Destroy) Planned(kept, live, served []string) diag.Diagnostics {
	var d diag.Diagnostics
	if len(kept) > 0 {
		d.AddWarning("DNS records are kept",
			fmt.Sprintf("The records of %s in %s stay %s. The %s moves nobody when it goes: viewers are served for as long as the %s are there. "+
				"If those are destroyed as well, the records stay behind and lead nowhere, and a zone that still has records cannot be destroyed: "+
				"set `on_destroy = \"delete_live\"` and apply before destroying if they are to go too.", list(kept), w.zones(kept), w.stay, w.noun, w.ends))
	}
	if len(live) > 0 {
		d.AddWarning("The names go out of DNS",
			fmt.Sprintf("The records of %s in %s are deleted with the %s, whoever is served by them: that is what `on_destroy = \"delete_live\"` asks for. From then on the names lead nowhere. "+
				"If the %s only gets another name in the configuration, stop here, and write a `moved` block.", list(live), w.zones(live), w.noun, w.noun))
	}
	if len(served) > 0 {
		d.AddWarning("The destroy stops while names are served",
			fmt.Sprintf("According to state, viewers are served by %s. `on_destroy = \"delete\"` deletes the records in %s only if nobody is served by them; if they still are, the destroy fails before it deletes anything.\n\n%s",
				list(served), w.zones(served), w.waysOut()))
	}
	return d
}

// Ends warns that the destroy of a switch undoes what a cutover between accounts has left: sides of
// which one may be disabled, and values of TXT records.
func (w Destroy) Ends(spec switchover.Spec, dark []cutover.Side, proofs map[string][]string) diag.Diagnostic {
	enables := ""
	if sides := sidesOf(spec, dark); len(dark) == 1 {
		enables = fmt.Sprintf("It has disabled %s, and nobody is served by its names. The destroy enables it again first. ", sides)
	} else if len(dark) > 1 {
		enables = fmt.Sprintf("It has disabled one of %s, and nobody is served by the names of that. The destroy enables it again first. ", sides)
	}
	return diag.NewWarningDiagnostic("The destroy undoes what a cutover between accounts has left",
		paragraphs("According to state, a cutover between accounts did not come to its end. "+enables+"It takes these values away:", values(proofs),
			"No name is moved: each stays on the distribution that has it. If the cutover is to be finished, apply instead, and destroy afterwards."))
}

// Unfinished words the destroy of a switch that could not undo what a cutover between accounts has
// left: sides that are disabled, and values of TXT records.
func (w Destroy) Unfinished(spec switchover.Spec, dark []cutover.Side, proofs map[string][]string, err error) diag.Diagnostic {
	is, hand := "No distribution is disabled any more.", "delete the values"
	if sides := sidesOf(spec, dark); len(dark) > 0 {
		is = fmt.Sprintf("A cutover that did not come to its end has disabled %s, and nobody is served by its names.", sides)
		hand = fmt.Sprintf("enable %s, then delete the values", sides)
	}
	left := ""
	if len(proofs) > 0 {
		left = "These values are left in DNS:\n\n" + values(proofs)
	}
	return diag.NewErrorDiagnostic("What a cutover between accounts has left is not undone",
		paragraphs(is, left, "  "+describe(err), w.stays(), fmt.Sprintf("Fix the cause and destroy again. By hand: %s; then a `removed` block with `lifecycle { destroy = false }` forgets the %s.", hand, w.noun)))
}

// sidesOf lists sides with their distributions.
func sidesOf(spec switchover.Spec, sides []cutover.Side) string {
	var out []string
	for _, side := range sides {
		out = append(out, fmt.Sprintf("%s (%s)", side, spec.Sides[side]))
	}
	return list(out)
}

// waysOut are the answers to what a destroy cannot know.
func (w Destroy) waysOut() string {
	return fmt.Sprintf("If the site is to go: write `on_destroy = \"delete_live\"`, apply, and destroy again. If only the %s is to go: `on_destroy = \"retain\"`. "+
		"If it got another name or module: a `moved` block. If its block is gone and must stay so: a `removed` block with `lifecycle { destroy = false }`, which forgets it and touches nothing.", w.noun)
}

// zonesOf lists the zones of some names.
func zonesOf(spec switchover.Spec, names []string) string {
	in := map[string]bool{}
	for _, name := range names {
		if z, ok := spec.ZoneOf(name); ok {
			in[z.Domain] = true
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(in)), ", ")
}

// StillServed words the destroy of a switch that an obstacle stopped. begun says that some
// records had been deleted before.
func StillServed(spec switchover.Spec, o *switchover.Obstacle, begun bool) diag.Diagnostic {
	w := DestroyOfSwitch(spec)
	if o.Unknown() {
		return w.unasked(fmt.Sprintf("No side has %s, and CloudFront does not answer who has: the credentials may not call ListDomainConflicts, no side's certificate covers the name, or no side is left to ask for it.", o.Name), begun)
	}
	if o.Kind == switchover.RecordProtected {
		return w.protected(path.Root("dns"), o.Found, o.Name, o.Comment, begun)
	}
	return w.stopped(obstructing(spec, o), begun)
}

// RampStillServed is StillServed for a ramp.
func RampStillServed(spec ramp.Spec, o *ramp.Obstacle, begun bool) diag.Diagnostic {
	w := DestroyOfRamp(spec)
	if o.Unknown() {
		return w.unasked(fmt.Sprintf("The records of %s lead to CloudFront, and nobody could say whether a distribution serves the name: this account has no distribution with that domain name, its certificate does not cover the name, "+
			"or the credentials may not call cloudfront:ListDistributions, cloudfront:GetDistribution or cloudfront:ListDomainConflicts.", o.Name), begun)
	}
	if o.Kind == ramp.RecordProtected {
		return w.protected(path.Root("names"), o.Found, o.Name, o.Comment, begun)
	}
	at, summary, fact, advice := rampFact(spec, o)
	return w.stopped(words{at, summary, fact, advice}, begun)
}

func (w Destroy) unasked(why string, begun bool) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Nobody could say whether the names are served",
		paragraphs(fmt.Sprintf("%s So the names count as served, and %s.", why, deleted(begun)), w.stays(), w.waysOut()))
}

// protected words a record that Route 53 changes for nobody, and that was to be deleted.
func (w Destroy) protected(at path.Path, typ, name, comment string, begun bool) diag.Diagnostic {
	p := protected(at, typ, name, comment, "the records of the "+w.noun+" go together or not at all")
	p.advice += fmt.Sprintf(" Or set `on_destroy = \"retain\"`%s, and apply that before the %s is destroyed.", w.where, w.noun)
	return w.stopped(p, begun)
}

func (w Destroy) stopped(why words, begun bool) diag.Diagnostic {
	return diag.NewErrorDiagnostic(why.summary, paragraphs(why.fact+" "+capital(deleted(begun))+".", w.stays(), why.advice))
}

func (w Destroy) stays() string {
	return "The " + w.noun + " stays in state; destroying again begins anew."
}

func deleted(begun bool) string {
	if begun {
		return "other records of it had been deleted before that was found"
	}
	return "nothing was deleted"
}

// ReplacementKeeps says in the plan of a replacement that on_destroy does not count.
func (w Destroy) ReplacementKeeps(zones string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("A replacement keeps the records",
		fmt.Sprintf("The %s is destroyed and created again. The records in %s stay as they are meanwhile, although `on_destroy` asks for their deletion: "+
			"that is for a %s that goes for good.", w.noun, zones, w.noun))
}

// Failed words a destroy that could not remove its records.
func (w Destroy) Failed(err error) diag.Diagnostic {
	return diag.NewErrorDiagnostic("The records could not be deleted",
		paragraphs("No name has moved. Some of the records may be gone already.", "  "+describe(err), "The "+w.noun+" stays in state; destroying again carries on.", "Fix the cause and destroy again, or set `on_destroy = \"retain\"` to leave the records."))
}

// Left warns about what a destroy has left although it was to go: records that are not as
// they were left, names that another instance keeps, and those of zones that are gone, "",
// or other ones, by what the zone was said to be.
func (w Destroy) Left(spared, kept []string, astray map[string]string) diag.Diagnostics {
	var d diag.Diagnostics
	if len(spared) > 0 {
		d.AddWarning("Some DNS records were not deleted",
			fmt.Sprintf("These are not as the %s left them, so somebody else has put them there or changed them:\n\n  %s\n\nDelete them by hand if the zone is to be destroyed.", w.noun, strings.Join(spared, "\n  ")))
	}
	if len(kept) > 0 {
		d.AddWarning("Another resource keeps the records",
			fmt.Sprintf("The records of %s were not deleted: another switch or ramp, created or changed by the same apply, keeps them now. Nothing is to be done.", list(kept)))
	}
	for _, domain := range slices.Sorted(maps.Keys(astray)) {
		zone := func(text string) string { return fmt.Sprintf(text, domain) }
		if astray[domain] == "" {
			d.AddWarning("The hosted zone is gone", zone("Route 53 has no such zone for %s in this account, so no record in it was deleted. If the zone was recreated under another id, or belongs to another account, the records are still in it: delete them there."))
		} else {
			d.AddWarning("The records are in another zone", zone("The zone that was said to be %s is ")+astray[domain]+zone(". Nothing was deleted in it, and records of the names in the real zone of %s are still there: delete them there."))
		}
	}
	return d
}

// GivenUp warns about names, and records of other names, that a switch keeps no longer.
func GivenUp(was switchover.Spec, names, records []string, owners map[string]string) diag.Diagnostics {
	var d diag.Diagnostics
	if len(names) > 0 {
		var at []string
		for _, name := range names {
			owner := owners[name]
			if side, ok := was.SideOf(owner); ok {
				owner = fmt.Sprintf("%s (%s)", side, owner)
			}
			if owner == "" {
				owner = "no distribution"
			}
			at = append(at, fmt.Sprintf("%s stays on %s", name, owner))
		}
		d.AddAttributeWarning(path.Root("aliases"), "An alias is given up",
			fmt.Sprintf("%s, and its records stay as they are: taking a name out of `aliases` ends only that the switch looks after it. It does not move with the next cutover.\n\n"+
				"If nobody is to be served by it any more, delete its records and take the name off the distribution afterwards.", strings.Join(at, "; ")))
	}
	if len(records) > 0 {
		d.AddAttributeWarning(path.Root("dns"), "Records are given up",
			fmt.Sprintf("The records of %s in %s stay as they are, and do not follow the next cutover: the switch keeps them no longer. CloudFront goes by the name, so viewers follow all the same as long as the distribution that the records point at exists.",
				list(records), zonesOf(was, records)))
	}
	return d
}

// HandedOn warns about names for which nobody asks their zone any more, while nothing is to
// be done about them. A run stops at that.
func HandedOn(at map[string]string) diag.Diagnostics {
	return handedOn(path.Root("dns"), at, "the switch", "cutover", "Add the zone that answers now to `dns`")
}

// RampHandedOn is HandedOn of a ramp.
func RampHandedOn(at map[string]string) diag.Diagnostics {
	return handedOn(path.Root("zone_id"), at, "the ramp", "step", "Write the id of the zone that answers now as `zone_id`")
}

func handedOn(where path.Path, at map[string]string, noun, next, advice string) diag.Diagnostics {
	var d diag.Diagnostics
	if names := slices.Sorted(maps.Keys(at)); len(names) > 0 {
		d.AddAttributeWarning(where, "Nobody asks the zone for a name any more",
			fmt.Sprintf("The zone delegates %s to other name servers. So the records that %s keeps of %s are not those that viewers get, and the next %s stops before its first write.\n\n"+
				"%s, or leave the records to whoever keeps them there.", at[names[0]], noun, list(names), next, advice))
	}
	return d
}

// NotAnswered warns about zones that viewers do not ask: private ones.
func NotAnswered(obs switchover.Observation) diag.Diagnostics {
	var d diag.Diagnostics
	for _, domain := range obs.Private {
		d.AddAttributeWarning(path.Root("dns").AtMapKey(domain).AtName("zone_id"), "The hosted zone is private",
			fmt.Sprintf("The zone of %s answers in VPCs only. What viewers on the internet resolve stands elsewhere, and does not follow the switch. Name the public zone, unless that is what you want.", domain))
	}
	return d
}

// Stripped warns about names that somebody took off a side during a run.
func Stripped(spec switchover.Spec, obs switchover.Observation, from map[string]string) diag.Diagnostic {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(from)) {
		now := obs.Owner(spec, name)
		if now == "" {
			now = "no distribution"
		}
		parts = append(parts, fmt.Sprintf("%s was on %s, then on none, and is on %s now", name, from[name], now))
	}
	return diag.NewAttributeWarningDiagnostic(path.Root("aliases"), "Somebody took an alias off its distribution during the run",
		fmt.Sprintf("%s. Nobody was served by it in between, so the switch put it where it is to be.\n\n"+
			"Find out who took it: a person, another pipeline, or an `aws_cloudfront_distribution` without `ignore_changes = [aliases]`, which will take it again.", strings.Join(parts, "; ")))
}

// KeptElsewhere warns that an object was not deleted because another address has it now.
func KeptElsewhere(what, id string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Another address keeps the object",
		fmt.Sprintf("%s (%s) was not deleted: it was created or adopted under another address, as a rename without a `moved` block does. If that address is in use, nothing is to be done; with `moved` the next rename is one. "+
			"If it is in no state any more, import the object and destroy it from there: an import takes it over.", what, id))
}

// RenamedWhileLatched refuses to rename the side that serves while a failed cutover is not
// to be tried again: state can name that side no more, and to forget the failure would move
// viewers.
func RenamedWhileLatched(traffic run.Traffic, was, is string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("live"), "The side that serves was renamed after a failed cutover",
		paragraphs(Traffic(traffic), fmt.Sprintf("The side %s is called %q now, and the last cutover to the side that `live` asks for failed. Nothing is moved.", was, is),
			fmt.Sprintf("Write live = %q and apply, which moves nothing. Then repair the other side, and set `live` to it.", is)))
}

// RampGivenUp warns about names that a ramp keeps no longer.
func RampGivenUp(was, is ramp.Spec) diag.Diagnostics {
	var d diag.Diagnostics
	var names []string
	for _, name := range was.Names {
		if was.Zone != is.Zone || !slices.Contains(is.Names, name) {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		d.AddAttributeWarning(path.Root("names"), "Names are given up",
			fmt.Sprintf("The records of %s in %s stay as they are, with the weights that they have: the ramp keeps them no longer, and they do not follow it.", list(names), was.Zone))
	}
	return d
}
