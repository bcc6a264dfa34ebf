// Package diags words what the provider tells people, so that one situation has
// one text wherever it comes up, and no text is written twice.
//
// A summary is one plain sentence about the user's situation, unique to its
// cause, so that it can be searched for. A detail says where traffic is now, what
// failed, what the next apply will do, and what to do. The package decides nothing.
package diags

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/split"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

func list(names []string) string {
	if len(names) > 4 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:3], ", "), len(names)-3)
	}
	return strings.Join(names, ", ")
}

func paragraphs(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, "\n\n")
}

// A SwitchStop is a cutover that did not reach its end.
type SwitchStop struct {
	Stop[switchover.Spec, switchover.Observation]
	From cutover.Side // the side that was live before, "" if nobody knows of one
}

var livePath = path.Root("live")

// SwitchUnfinished words a cutover that came to out.
func SwitchUnfinished(s SwitchStop, out run.Outcome[switchover.Observation]) diag.Diagnostic {
	return unfinished(s, out, wording[SwitchStop]{Stopped, Interrupted, RolledBack, BothUnhealthy, RollbackFailed})
}

// doubted says that the other side is not known to be healthy. Nothing that is said
// beside it may call it so.
func doubted(side cutover.Side, why string) string {
	if why == "" {
		return ""
	}
	return fmt.Sprintf("Whether %s is healthy could not be told:\n\n  %s", side, why)
}

// notEvaluated words an alarm whose state means nothing.
func notEvaluated(found string) string {
	return fmt.Sprintf("The gate is to watch %s. CloudWatch cannot evaluate it as it is configured, and keeps the state it had, OK included. That would prove nothing.", found)
}

// moved says whether any name is on the target, whichever run brought it there.
func (s SwitchStop) moved() bool {
	return s.Sight.Last != nil || slices.ContainsFunc(s.Spec.Names, func(n string) bool { return s.Sight.Obs.Owner(s.Spec, n) == s.Spec.Target() })
}

func (s SwitchStop) still() string {
	if s.moved() {
		return ""
	}
	return "Nothing has moved. "
}

// Interrupted words a run that was told to stop.
func Interrupted(s SwitchStop) diag.Diagnostic {
	if s.Back {
		after := fmt.Sprintf("State records that %s failed. %s", s.Spec.Live, s.finishes())
		if s.Created {
			after = "Nothing is recorded in state. As long as configuration asks for " + string(s.Spec.Live) + ", the next apply goes there again."
		}
		return s.says(livePath, "Rollback interrupted",
			"The cutover had failed, and the run was asked to stop on its way back:\n\n  "+s.Reason, after)
	}
	return s.says(livePath, "Cutover interrupted",
		asked, stuck(s.Err), s.next())
}

// finishes says what the next apply does about a way back that was not finished. Where
// every name still is where it was to be taken from, nothing has told the next apply
// that it is on its way back: it asks the gate again.
func (s SwitchStop) finishes() string {
	if live, ok := s.Sight.Obs.Live(s.Spec); ok && live == s.Spec.Live {
		return fmt.Sprintf("As long as configuration asks for it, the next apply asks the gate about %s again, and goes back if it still fails.", s.Spec.Live)
	}
	return "As long as configuration asks for it, the next apply finishes the way back."
}

var switching = noun{
	name: "Cutover", at: livePath,
	rival: "Look for another process that writes to these distributions or records, such as a second configuration.",
	newer: "Upgrade the provider, or add the name to the distribution by other means; it is adopted then.",
}

// Stopped words every other run that ended early and left things as they are.
func Stopped(s SwitchStop) diag.Diagnostic {
	if o, ok := errors.AsType[*switchover.Obstacle](s.Err); ok {
		return obstacle(s, o)
	}
	failed := "  " + describe(s.Err)
	if s.Doubt != "" {
		failed = paragraphs(failed, "Going back was not begun, because whether the other side is healthy could not be told:\n\n  "+s.Doubt)
	}
	if d := switching.stopped(s.Err, s.says, s.expired(failed), s.next()); d != nil {
		return d
	}
	switch {
	case errors.Is(s.Err, awsapi.ErrProtected):
		return s.says(path.Root("dns"), "Route 53 protects a record against changes", failed, s.next())
	case errors.Is(s.Err, awsapi.ErrTaken):
		return s.says(path.Root("aliases"), "AWS says the name is taken",
			failed, s.next(), "The name belongs to a distribution this account cannot see, or its DNS record points at one. Free the name or correct the record, then apply again.")
	case errors.Is(s.Err, awsapi.ErrNoProof) && s.Spec.Crosses(): // elsewhere the switch makes none
		return s.says(path.Root("dns"), "AWS does not take the proof", failed, s.next(),
			"Look what public name servers answer for the TXT records in `steps`. Values of others beside the provider's own may be in the way; and what was there before, or that nothing was, resolvers remember for as long as DNS lets them, a quarter of an hour if nobody has changed that. Or write method = \"wildcard_overlap\", which needs no proof.")
	case errors.Is(s.Err, awsapi.ErrRefused) && instead(s.Spec) != "":
		summary := "AWS refuses to move the name this way"
		return s.says(path.Root("method"), summary, failed, s.next(), instead(s.Spec))
	case s.moved():
		return s.says(livePath, "Cutover stopped half-way", failed, s.next(), "Fix the cause and apply again.")
	default:
		return s.says(livePath, "Cutover stopped before traffic moved", failed, s.next(), "Nothing needs to be undone. Fix the cause and apply again.")
	}
}

// instead names the method that works where AWS refuses the one in use, and why.
func instead(spec switchover.Spec) string {
	apex := slices.ContainsFunc(spec.Names, func(n string) bool { return switchover.Wildcard(n) == "" })
	switch spec.Method {
	case switchover.AssociateAlias:
		return "Write method = \"domain_association\": within one account it moves a name from an enabled distribution and asks for no TXT record."
	case switchover.DomainAssociation, "":
		if apex {
			return "If AWS insists that the source be disabled or be in this account, only method = \"remove_and_add\" is left, which takes the names down; an apex has no wildcard that could serve it meanwhile."
		}
		return "If AWS insists that the source be disabled, write method = \"wildcard_overlap\": it moves names off an enabled distribution under cover of a wildcard."
	default:
		return ""
	}
}

// Unhealthy words a gate that failed before anything moved, and one that failed
// after while traffic was told to hold.
func Unhealthy(s SwitchStop, o *switchover.Obstacle) diag.Diagnostic {
	side := s.Spec.Live
	why := "  " + s.Reason
	switch {
	case o.Kind == switchover.GateBefore && o.Evidence == cutover.Inconclusive:
		return s.says(path.Root("verify").AtName("before"), "The idle side could not be proven healthy",
			why, s.next(), fmt.Sprintf("%sMake the gate able to tell whether %s is healthy, then apply again.", s.still(), side))
	case o.Kind == switchover.GateBefore:
		return s.says(livePath, "The idle side is not healthy",
			why, s.next(), fmt.Sprintf("%sRepair %s, then apply again.", s.still(), side))
	case o.Evidence == cutover.Inconclusive:
		return s.says(path.Root("verify").AtName("after"), "The new live side could not be proven healthy",
			why, "Traffic is held where it is, as `on_inconclusive` asks. "+s.next(), fmt.Sprintf("Make the gate able to tell, and apply again%s.", s.orBack()))
	default:
		return s.says(livePath, "The new live side is not healthy",
			why, "Traffic is held where it is. "+s.next(), fmt.Sprintf("Repair %s and apply again%s.", side, s.orBack()))
	}
}

// orBack offers the way back, where there is one. A side that nobody has seen live is
// none: to write it as `live` would be another cutover.
func (s SwitchStop) orBack() string {
	if s.From == "" {
		return ""
	}
	return fmt.Sprintf(", or write live = %q to go back", s.From)
}

// BothUnhealthy words a rollback that was not begun because it would not help.
func BothUnhealthy(s SwitchStop, why string) diag.Diagnostic {
	return s.says(livePath, "Neither side is healthy",
		"  "+s.Reason+"\n  "+why,
		fmt.Sprintf("Going back to %s would not help, so traffic stays where it is. %s", s.From, s.next()),
		"Repair either side. To go to a repaired side, set `live` to it and apply.")
}

// RolledBack words a cutover that failed and was undone.
func RolledBack(s SwitchStop) diag.Diagnostic {
	next := fmt.Sprintf("While configuration still asks for %s as it is, plans change nothing and say so.", s.Spec.Live)
	if s.Created {
		return s.says(livePath, "Cutover failed and was rolled back",
			"  "+s.Reason, doubted(s.From, s.Doubt),
			fmt.Sprintf("The switch does not exist in state yet, so nothing remembers this failure: the next apply with `live = %q` moves traffic to %s again.", s.Spec.Live, s.Spec.Live),
			fmt.Sprintf("Set `live` to %s and apply, which moves nothing. Then repair %s, and set `live` to it.", s.From, s.Spec.Live))
	}
	return s.says(livePath, "Cutover failed and was rolled back",
		"  "+s.Reason, doubted(s.From, s.Doubt), next,
		fmt.Sprintf("%sset `retry` to a new value, or set `live` back to %s.", mend(s.Reason, fmt.Sprintf("Repair %s and ", s.Spec.Live)), s.From))
}

// RollbackFailed words a cutover that failed and could not be undone.
func RollbackFailed(s SwitchStop, err error) diag.Diagnostic {
	return s.says(livePath, "Cutover failed, and so did going back",
		"  "+s.Reason, fmt.Sprintf("Going back to %s stopped:\n\n  %s", s.From, describe(err)), s.next(),
		fmt.Sprintf("Set `live` to the side that is to serve and apply. Until then, check by hand that %s is served.", list(s.Spec.Names)))
}

// Latched warns that a failed cutover is not tried again. over says that its way back
// was finished; where it was not, the next apply finishes it.
func Latched(traffic run.Traffic, target, reason string, back cutover.Side, over bool) diag.Diagnostic {
	became, next := "was rolled back", "nothing is moved"
	if !over {
		became, next = "its way back was not finished", fmt.Sprintf("the next apply finishes the way back to %s, and nothing else is moved", back)
	}
	return diag.NewAttributeWarningDiagnostic(livePath, "A failed cutover is not tried again",
		paragraphs(Traffic(traffic),
			fmt.Sprintf("The last cutover to %s failed, and %s:\n\n  %s", target, became, reason),
			fmt.Sprintf("As long as configuration asks for %s, %s. It is tried again once the configuration of its distribution changes, or `retry` gets a new value; other settings may change meanwhile.", target, next),
			fmt.Sprintf("%sset `retry` to a new value; or set `live` to %s.", mend(reason, fmt.Sprintf("Repair %s, or the probe if that was wrong, and ", target)), back)))
}

// Unfamiliar warns that a distribution was changed since it went on record, in nothing
// that this build knows.
func Unfamiliar(distribution string, elements []string) diag.Diagnostic {
	what := "What it had on record has gone, or is written by another version of the provider."
	if len(elements) > 0 {
		what = "It does not know:\n\n  " + strings.Join(elements, "\n  ")
	}
	return diag.NewWarningDiagnostic("A distribution has settings that this version of the provider does not know",
		paragraphs(fmt.Sprintf("%s was written to since its configuration went on record, and nothing that this version of the provider knows is different.", distribution), what,
			"That counts as no change: a failed cutover or release stays untried, and nothing is drift because of it.",
			"If the change is the repair, set `retry` to a new value. A newer version of the provider may know what it is."))
}

// PairUnfamiliar warns that a primary and its staging distribution differ in what this
// build does not know.
func PairUnfamiliar(primary, staging string, elements []string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Primary and staging differ in settings that nobody here knows",
		paragraphs(fmt.Sprintf("%s and %s do not have the same, and this version of the provider does not know what it is:\n\n  %s", primary, staging, strings.Join(elements, "\n  ")),
			"That counts as no difference: there is nothing to release because of it, and nothing is drift. A promotion copies it all the same.",
			"A newer version of the provider may know what it is."))
}

// InTheWay warns at plan about a fact that would stop the apply.
func InTheWay(s SwitchStop, o *switchover.Obstacle) diag.Diagnostic {
	return foreseen(obstacle(s, o), livePath)
}

// named is a side with its id, as far as that is known: a reason on record is of no one cutover.
func named(side cutover.Side, spec switchover.Spec) string {
	if spec.Sides[side] == "" {
		return string(side)
	}
	return fmt.Sprintf("%s (%s)", side, spec.Sides[side])
}

func obstacle(s SwitchStop, o *switchover.Obstacle) diag.Diagnostic {
	if o.Gate() {
		return Unhealthy(s, o)
	}
	w := obstructing(s.Spec, o)
	return s.says(w.at, w.summary, w.fact, s.next(), w.advice)
}

// words are the parts of a text that do not depend on who says it when.
type words struct {
	at      path.Path
	summary string
	fact    string
	advice  string
}

// obstructing words an obstacle that is no gate.
func obstructing(spec switchover.Spec, o *switchover.Obstacle) words {
	side := path.Root("sides").AtMapKey(string(o.Side)).AtName("distribution_id")
	aliases, dns := path.Root("aliases"), path.Root("dns")
	switch o.Kind {
	case switchover.TargetMissing:
		return words{
			side, "The distribution does not exist",
			fmt.Sprintf("CloudFront has no distribution %s in %s, which is to be %s.", o.Found, accountOf(spec.Accounts[o.Side]), o.Side), "Write the id of an existing distribution, and check that the provider uses the right account.",
		}
	case switchover.TargetDisabled:
		return words{
			side, "The target distribution is disabled",
			fmt.Sprintf("%s (%s) is disabled: it would refuse every viewer.", o.Side, o.Found), "Enable it (`enabled = true` in aws_cloudfront_distribution) and apply again.",
		}
	case switchover.TargetStaging:
		return words{
			side, "A staging distribution cannot be a side",
			fmt.Sprintf("%s (%s) is a staging distribution; it can have no alternate domain name.", o.Side, o.Found), "Name a standard distribution. To release through a staging distribution, use cdn_staging_promotion.",
		}
	case switchover.NotCovered:
		have := "It has CloudFront's default certificate, which covers no alternate domain name."
		if o.Found != "" {
			have = "It covers: " + o.Found + "."
		}
		both := ""
		if strings.HasPrefix(o.Name, "*.") && !slices.Contains(spec.Names, o.Name) {
			both = " The wildcard serves the names on their way, and on the way back, so both sides need one for it."
		}
		return words{
			side, "The certificate does not cover the alias",
			fmt.Sprintf("The certificate of %s does not cover %s. %s", named(o.Side, spec), o.Name, have), "Attach a certificate from ACM in us-east-1 that covers every alias; a wildcard stands for one label." + both,
		}
	case switchover.TakenElsewhere:
		if strings.HasPrefix(o.Found, "*") {
			return words{
				aliases, "An alias belongs to another distribution",
				fmt.Sprintf("%s belongs to %s, which is not one of the sides. AWS hides half of an id that belongs to another account or may not be listed.", o.Name, o.Found), "Have the name removed there, or remove it from `aliases`.",
			}
		}
		return words{
			aliases, "An alias belongs to another distribution",
			fmt.Sprintf("%s belongs to %s, which is not one of the sides. Taking it would move somebody else's traffic.", o.Name, o.Found), fmt.Sprintf("Make %s a side, or remove %s from it or from `aliases`.", o.Found, o.Name),
		}
	case switchover.OwnerUnknown:
		return words{
			aliases, "It could not be asked who has the alias",
			fmt.Sprintf("Whether somebody else has %s is not known:\n\n  %s\n\nThat was found before the first write.", o.Name, o.Found),
			"Allow cloudfront:ListDomainConflicts to " + identityIn(spec.Accounts[o.Side]) + ", or look why CloudFront does not answer it.",
		}
	case switchover.WildcardTaken:
		return words{
			path.Root("method"), "The wildcard belongs to another distribution",
			fmt.Sprintf("`wildcard_overlap` needs %s on %s, and it belongs to %s, which is not one of the sides.", o.Name, o.Side, o.Found), wildless(spec),
		}
	case switchover.ForeignRecord:
		return words{
			dns, "A record points at something else",
			fmt.Sprintf("There is a record %s, which is none of the sides. It is adopted only when it points at one.", o.Found), "Point it at a side's distribution, delete it, or leave its zone out of `dns`.",
		}
	case switchover.FollowingRecord:
		return words{
			dns, "A record leads to another of the aliases",
			fmt.Sprintf("There is a record %s, which is one of the aliases itself. Viewers of %s are served, and follow that record; the switch keeps records that point at a distribution.", o.Found, o.Name),
			fmt.Sprintf("Replace it, in one change, by alias records (A, and AAAA for IPv6) that point at %s, the distribution of %s: viewers notice nothing, and the switch adopts them. "+
				"Or leave it, and give %s a switch of its own without `dns`: CloudFront goes by the name that is asked for, so its distribution is all that has to move.", o.Instead, o.Side, o.Name),
		}
	case switchover.Served:
		by := o.Found
		if o.Side != "" {
			by = fmt.Sprintf("%s (%s)", o.Side, o.Found)
		}
		return words{
			dns, "The names are being served",
			fmt.Sprintf("%s is served by %s. The switch was to be destroyed, and `on_destroy = \"delete\"` deletes no record that viewers need.", o.Name, by), DestroyOfSwitch(spec).waysOut(),
		}
	case switchover.RoutedRecord:
		return words{
			dns, "A record is not a simple one",
			fmt.Sprintf("There is a record %s. Between two CloudFront distributions DNS decides nothing, so splitting one name there has no effect.", o.Found), "Replace it by a simple record, or leave its zone out of `dns`.",
		}
	case switchover.WrongZone:
		zone := dns.AtMapKey(o.Name).AtName("zone_id")
		if o.Found == "" {
			return words{
				zone, "The hosted zone does not exist",
				fmt.Sprintf("Route 53 has no such zone for %s in %s.", o.Name, accountOf(zoneAccount(spec, o.Name))), "Write the id of an existing hosted zone, and check that the provider uses the right account.",
			}
		}
		return words{
			zone, "The hosted zone is another one",
			fmt.Sprintf("The zone said to be %s is %s.", o.Name, o.Found), fmt.Sprintf("Write the id of the hosted zone of %s, or name the entry %q.", o.Name, o.Found),
		}
	case switchover.ZoneElsewhere:
		write := "Leave out `account` there."
		if o.Found != "" {
			write = fmt.Sprintf("Write account = %q there.", o.Found)
		}
		return words{
			dns.AtMapKey(o.Name), "The hosted zone is in another account",
			fmt.Sprintf("The zone of %s was looked for in %s, and is in %s.", o.Name, account(o.Zone), account(o.Found)), write,
		}
	case switchover.ZoneUnreachable:
		return words{
			dns.AtMapKey(o.Name), "No account reaches the hosted zone",
			fmt.Sprintf("The zone of %s cannot be looked at in %s, nor in any other account of the switch:\n\n  %s", o.Name, account(o.Zone), o.Found),
			"Name the account that has it in `account` there, and its role in `accounts` of the provider block; or have the role allow route53:GetHostedZone.",
		}
	case switchover.SideElsewhere:
		return words{
			path.Root("sides").AtMapKey(string(o.Side)).AtName("account"), "A side is in an account that nobody has given",
			fmt.Sprintf("%s has %s, as AWS tells whoever may ask, and there is no such distribution in %s.", o.Found, o.Name, account(spec.Accounts[o.Side])),
			fmt.Sprintf("Name the account of %s in `account` there, and its role in `accounts` of the provider block.", o.Side),
		}
	case switchover.DarkensOthers:
		return words{
			path.Root("allow_downtime_for"), "A distribution to be disabled has other names",
			fmt.Sprintf("To move names to another account, or back, %s (%s) has to be disabled for a while, which darkens all of its names, and %s would not move.", o.Side, o.Found, o.Name),
			"List them in `allow_downtime_for` if that is acceptable, move them too, or write method = \"wildcard_overlap\", which disables nothing.",
		}
	case switchover.ProofBlocked:
		return words{
			dns.AtMapKey(o.Zone), "The record that would prove the name is somebody else's",
			fmt.Sprintf("To move %s to another account, AWS asks for a TXT record, and in its place there is %s. A value can be added to a simple TXT record only.", o.Name, o.Found),
			"Replace it by a simple TXT record, or delete it, and apply again.",
		}
	case switchover.ProofHidden:
		return words{
			dns.AtMapKey(o.Zone), "Nobody would see the record that proves the name",
			fmt.Sprintf("To move %s to another account, AWS asks public name servers for %s, and the zone of %s answers in VPCs only.", o.Name, o.Found, o.Zone),
			"Name the public hosted zone in `dns`.",
		}
	case switchover.ZoneLocked:
		return locked(dns.AtMapKey(o.Name).AtName("zone_id"), o.Name, o.Found)
	case switchover.RecordProtected:
		w := protected(dns, o.Found, o.Name, o.Comment, unfollowing)
		if zone, ok := spec.ZoneOf(o.Name); ok {
			w.at = dns.AtMapKey(zone.Domain)
		}
		if o.Found == "TXT" {
			w.advice = "Lift the protection, or write method = \"wildcard_overlap\", which needs no proof."
			return w
		}
		w.advice += " Or leave its zone out of `dns`: CloudFront goes by the name that viewers ask for, so they are served by the live side wherever its record points."
		return w
	case switchover.TooManyAliases:
		return words{
			aliases, "The target has no room for the aliases",
			fmt.Sprintf("%s would have %s alternate domain names, and CloudFront allows 100 for a distribution.", named(o.Side, spec), o.Found), "Remove names from it, use a wildcard, or have the quota raised.",
		}
	case switchover.CertificateInvalid:
		return words{
			side, "The target's certificate is not valid",
			fmt.Sprintf("Browsers would refuse %s: %s.", named(o.Side, spec), o.Found), "Attach a valid certificate from ACM in us-east-1.",
		}
	case switchover.TestAliasElsewhere:
		return words{
			path.Root("sides").AtMapKey(string(o.Side)).AtName("test_alias"), "The side does not have its test alias",
			fmt.Sprintf("%s (%s) does not have %s, so `verify.before` would ask whoever does.", o.Side, o.Found, o.Name), "Add the name to the distribution, or remove `test_alias`.",
		}
	case switchover.Delegated:
		return words{
			dns.AtMapKey(o.Zone), "The zone has handed the name to other name servers",
			fmt.Sprintf("The zone of %s delegates %s, so nobody asks it for %s, and the records the switch would change are not those that viewers get.", o.Zone, o.Found, o.Name),
			fmt.Sprintf("Add the zone of %s to `dns`.", o.Found),
		}
	case switchover.RecordsBeside:
		return words{
			dns.AtMapKey(o.Zone).AtName("type"), "A CNAME cannot stand beside other records",
			fmt.Sprintf("%s has records of type %s, and where there is a CNAME there can be nothing else. Route 53 would refuse it.", o.Name, o.Found), "Write type = \"alias\", which can stand beside them.",
		}
	case switchover.AlarmMissing:
		return words{
			path.Root("verify"), "There is no such alarm",
			fmt.Sprintf("The gate is to watch %s, which CloudWatch does not know. Waiting for it would prove nothing.", o.Found), "Write the name and the region of an existing alarm.",
		}
	case switchover.AlarmFiring:
		return words{
			path.Root("verify"), "The alarm is in alarm already",
			fmt.Sprintf("The gate is to watch %s. The cutover would be undone as soon as it was done.", o.Found), "Repair what it is about, or take it out of `verify`, and apply again.",
		}
	case switchover.AlarmNotEvaluated:
		return words{
			path.Root("verify"), "The alarm is not being evaluated",
			notEvaluated(o.Found), "Correct the alarm, or take it out of `verify`, and apply again.",
		}
	case switchover.TakenBack:
		return words{
			livePath, "Somebody has moved a name back during the cutover",
			fmt.Sprintf("%s was on %s, and is on %s (%s) now. Whoever moved it may have meant to stop the cutover, so it goes no further.", o.Name, spec.Live, o.Side, o.Found),
			fmt.Sprintf("Find out who moved it, and why. Write live = %q to leave it there; a new plan and apply move it to %s again.", o.Side, spec.Live),
		}
	case switchover.Diverted:
		return diverted(dns, o.Name, o.Found, "the name out of `aliases`, or its zone out of `dns`,", fmt.Sprintf("point it at %s", spec.Live))
	case switchover.NotInRecipe:
		return words{
			path.Root("steps"), "The world changed since this plan",
			fmt.Sprintf("To get to %s it would now also be necessary to:\n\n  %s\n\nThe plan did not show that, so it was not done.", spec.Live, o.Found), "Make a new plan, read it, and apply it.",
		}
	default:
		return words{livePath, "Cutover stopped by an unknown obstacle", o.Error(), "Please report this."}
	}
}

// Reason words why a run ended, for the record of it.
func Reason(err error) string { return describe(err) }

// describe words an error for a person, with AWS's code and request id.
func describe(err error) string {
	if o, ok := errors.AsType[*switchover.Obstacle](err); ok && !o.Gate() {
		w := obstructing(switchover.Spec{}, o)
		return w.summary + ": " + w.fact
	}
	if o, ok := errors.AsType[*ramp.Obstacle](err); ok && o.Kind != ramp.GateFailed {
		_, summary, fact, _ := rampFact(ramp.Spec{}, o)
		return summary + ": " + fact
	}
	if o, ok := errors.AsType[*split.Obstacle](err); ok && o.Kind != split.GateFailed {
		_, summary, fact, _ := splitFact(split.Spec{}, o)
		return summary + ": " + fact
	}
	if errors.Is(err, awsapi.ErrProtected) {
		return strings.TrimSuffix(awsapi.Brief(err), ".") + ". " + unprotect
	}
	if e, ok := errors.AsType[*awsapi.Error](err); ok {
		return persistently(err, e.Error())
	}
	return err.Error()
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// OwnersUnasked warns of a refresh that left open who has names that no side has: why is
// what was answered, by name.
func OwnersUnasked(why map[string]string) diag.Diagnostic {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(why)) {
		lines = append(lines, "  "+name+": "+why[name])
	}
	return diag.NewAttributeWarningDiagnostic(path.Root("aliases"), "Nobody could say who has a name",
		paragraphs("No side has these names, and who else has them is not known:", strings.Join(lines, "\n"),
			"That is not taken for nobody having them. A method that takes a name off its side stops before its first write as long as it is so.",
			"Allow cloudfront:ListDomainConflicts to the identity the provider uses, or look why CloudFront does not answer it."))
}

// account is what an account is called in a sentence; "" is the provider's own.
func account(name string) string {
	if name == "" {
		return "the provider's own account"
	}
	return "the account " + name
}

// accountOf is account where mostly there is one.
func accountOf(name string) string {
	if name == "" {
		return "this account"
	}
	return account(name)
}

func zoneAccount(spec switchover.Spec, domain string) string {
	for _, z := range spec.Zones {
		if z.Domain == domain {
			return z.Account
		}
	}
	return ""
}

// identityIn is who works in an account.
func identityIn(name string) string {
	if name == "" {
		return "the identity the provider uses"
	}
	return "the role of the account " + name
}

// wildless is what to write where there can be no wildcard.
func wildless(spec switchover.Spec) string {
	if spec.Crosses() {
		return "Write method = \"domain_association\", which needs no wildcard, and between accounts allow_downtime = true."
	}
	return "Write method = \"domain_association\", which needs no wildcard."
}
