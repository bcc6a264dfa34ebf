package diags

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/preflight"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/split"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
)

// A Finding is one thing that a preflight found, in words. It is no diagnostic: it
// is for a configuration to decide what becomes of it.
type Finding struct {
	Attribute string // the one that is concerned, "" if that is none alone
	Summary   string
	Detail    string
}

// Found words what a preflight found about a switch, or about a continuous deployment,
// which needs no spec. What would stop it is worded as it would itself.
func Found(spec switchover.Spec, f preflight.Finding) Finding {
	w := found(spec, f)
	switch {
	case f.Obstacle != nil:
		w = obstructing(spec, f.Obstacle)
	case f.Deployment != nil:
		w = deploying("The continuous deployment", f.Deployment)
	}
	return Finding{Attribute: w.at.String(), Summary: w.summary, Detail: w.fact + " " + w.advice}
}

// FoundInBehaviors is Found for a switch of behaviours.
func FoundInBehaviors(spec behavior.Spec, f preflight.Finding) Finding {
	var w words
	switch {
	case f.Behavior != nil:
		w.at, w.summary, w.fact, w.advice = behaviorFact(spec, f.Behavior)
	case f.Check == preflight.ErasedBeside:
		w = erased(path.Root("distribution_id"), "The distribution ("+f.Name+")", f.Found)
	default:
		return Found(switchover.Spec{}, f)
	}
	return Finding{Attribute: w.at.String(), Summary: w.summary, Detail: w.fact + " " + w.advice}
}

// FoundInSplit is Found for an edge split.
func FoundInSplit(spec split.Spec, f preflight.Finding) Finding {
	var w words
	at := attachPath.AtName("distribution_id")
	switch {
	case f.Splits != nil:
		w.at, w.summary, w.fact, w.advice = splitFact(spec, f.Splits)
	case f.Check == preflight.ErasedBeside:
		w = erased(at, "The distribution ("+f.Name+")", f.Found)
	case f.Check == preflight.StagingBeside:
		w = foundInBehaviors(f)
		w.at = at
	case f.Check == preflight.BehaviorShadowed:
		w = foundInBehaviors(f)
		w.at = attachPath.AtName("behaviors")
	default:
		return Found(switchover.Spec{}, f)
	}
	fact := strings.ReplaceAll(w.fact, "\n\n ", "") // in one paragraph
	if !strings.HasSuffix(fact, ".") {
		fact += "."
	}
	return Finding{Attribute: w.at.String(), Summary: w.summary, Detail: fact + " " + w.advice}
}

// Report is all findings as one text, for an error_message.
func Report(findings []Finding) string {
	var parts []string
	for _, f := range findings {
		parts = append(parts, f.Summary+": "+f.Detail)
	}
	return strings.Join(parts, "\n\n")
}

func found(spec switchover.Spec, f preflight.Finding) words {
	id := path.Root("sides").AtMapKey(string(f.Side)).AtName("distribution_id")
	aliases, dns := path.Root("aliases"), path.Root("dns")
	zone := func(domain string) path.Path { return dns.AtMapKey(domain) }
	side := fmt.Sprintf("%s (%s)", f.Side, spec.Sides[f.Side])
	switch f.Check {
	case preflight.SideMissing:
		return words{
			id, "There is no way back to a side that does not exist",
			fmt.Sprintf("CloudFront has no distribution %s in this account, which is said to be %s.", f.Found, f.Side), "Write the id of an existing distribution, or remove the side.",
		}
	case preflight.SideDisabled:
		return words{
			id, "The way back leads to a disabled distribution",
			fmt.Sprintf("%s is disabled. After a rollback it would refuse every viewer.", side), "Enable it before the cutover, or remove the side.",
		}
	case preflight.SideNotCovered:
		return words{
			id, "The way back is closed by a certificate",
			fmt.Sprintf("The certificate of %s does not cover %s, so CloudFront would not let that come back.", side, f.Name), "Attach a certificate that covers every alias to each side.",
		}
	case preflight.TargetDeploying:
		return words{
			id, "The target is still deploying",
			fmt.Sprintf("A change of %s is on its way to the edge locations. The cutover begins by waiting for it.", side), "Wait until it is deployed, to know what you are releasing.",
		}
	case preflight.Check(switchover.CertificateInvalid):
		why := "ACM says that it is " + f.Live
		if f.Live == "ISSUED" {
			why = "it was valid until " + day(f.Until)
		}
		return words{
			id, "The target's certificate is not valid",
			fmt.Sprintf("Browsers would refuse %s: %s.", side, why), "Attach a valid certificate from ACM in us-east-1.",
		}
	case preflight.ErasedBeside:
		if f.Side == "" {
			return foundInDeployment(f)
		}
		return erased(id, side, f.Found)
	case preflight.CertificateExpires:
		return words{
			id, "The target's certificate expires soon",
			fmt.Sprintf("The certificate of %s is valid until %s.", side, day(f.Until)), "ACM renews its own certificates weeks before they expire, if their validation records are in place; replace an imported one.",
		}
	case preflight.CertificateUnknown:
		return words{
			id, "What the target's certificate covers is not known",
			fmt.Sprintf("The certificate of %s is not one in ACM that could be read. CloudFront has the last word when a name moves.", side), "Allow acm:DescribeCertificate, or make sure that it covers every alias.",
		}
	case preflight.PolicyAttached:
		return words{
			id, "A continuous deployment policy is attached",
			fmt.Sprintf("The policy %s is attached to %s. While one is, CloudFront refuses many changes, and does not say whether the move of a name is one of them.", f.Found, side), "Detach the policy before the cutover, or finish the deployment.",
		}
	case preflight.SettingsDiffer:
		if f.Found == "" {
			return words{
				id, "The target lacks something that the live side has",
				fmt.Sprintf("The live side has a %s (%s), and %s has none.", f.Name, f.Live, side), "Give it one, unless that is what you want to release.",
			}
		}
		return words{
			id, "Viewers will notice a different setting",
			fmt.Sprintf("The %s of %s is %s, and on the live side it is %s.", f.Name, side, f.Found, f.Live), "Make them equal, unless that is what you want to release.",
		}
	case preflight.Unowned:
		return words{
			aliases, "Nobody has the alias",
			fmt.Sprintf("No distribution has %s. It would be added to the target, which CloudFront refuses as long as the name's DNS points at another distribution.", f.Name), "Nothing needs to be done if the name is new and its zone is in `dns`.",
		}
	case preflight.Split:
		return words{
			aliases, "The aliases are on more than one side",
			fmt.Sprintf("Some are on each of %s, as a cutover leaves them that was interrupted, or somebody's hand.", f.Found), "The cutover brings them together.",
		}
	case preflight.Check(switchover.TestAliasElsewhere):
		return words{
			path.Root("sides").AtMapKey(string(f.Side)).AtName("test_alias"), "The side does not have its test alias",
			fmt.Sprintf("%s does not have %s, so `verify.before` would ask whoever does.", side, f.Name), "Add the name to the distribution, or remove `test_alias`.",
		}
	case preflight.StaysBehind:
		return words{
			aliases, "A name under the wildcard stays where it is",
			fmt.Sprintf("%s has an owner of its own, %s. It does not move with %s, because the more specific name wins.", f.Name, f.Found, f.Live), "Add it to `aliases` if it is to move as well.",
		}
	case preflight.WildcardCatches:
		if f.Found == "" {
			return words{
				path.Root("method"), "The wildcard covers more than the aliases",
				fmt.Sprintf("While the names move, %s answers on %s for every name it matches that no distribution has.", f.Name, side), "A name with an alias of its own is not affected. With its zone in `dns`, the names are listed here.",
			}
		}
		return words{
			path.Root("method"), "The wildcard catches other names",
			fmt.Sprintf("While the names move, %s on %s also answers for names that point at CloudFront and have no alias of their own: %s.", f.Name, side, f.Found),
			"Give each an alias on the distribution it belongs to, or write method = \"domain_association\", which needs no wildcard.",
		}
	case preflight.PrivateZone:
		return words{
			zone(f.Name).AtName("zone_id"), "The hosted zone is private",
			fmt.Sprintf("The zone of %s answers in VPCs only. What viewers on the internet resolve stands elsewhere and does not follow.", f.Name), "Name the public zone, unless that is what you want.",
		}
	case preflight.NoRecord:
		return words{
			zone(f.Live), "The alias has no record",
			fmt.Sprintf("%s does not resolve. The cutover would create its records.", f.Name), "Nothing needs to be done if the name is new.",
		}
	case preflight.LongTTL:
		return words{
			dns, "Resolvers keep a record for long",
			fmt.Sprintf("The %s record of %s has a TTL of %s seconds, so for that long resolvers may go on answering with what it says now.", f.Found, f.Name, f.Live),
			"It does no harm while the distribution it points at exists: CloudFront goes by the name. Lower the TTL beforehand if it must go sooner; for a CNAME `lower_ttl` does that.",
		}
	case preflight.IPv6Lost:
		return words{
			id, "The target does not speak IPv6",
			fmt.Sprintf("%s has an AAAA record, and IPv6 is off on %s: after the cutover viewers with IPv6 only get no address.", f.Name, side), "Write is_ipv6_enabled = true in aws_cloudfront_distribution.",
		}
	case preflight.IPv6Unused:
		return words{
			zone(zoneOf(spec, f.Name)), "There is no AAAA record",
			fmt.Sprintf("%s speaks IPv6, and %s has no AAAA record. The switch adds none beside records that exist.", side, f.Name), "Create an AAAA alias record for it, or turn IPv6 off.",
		}
	case preflight.NotPermitted:
		return words{
			path.Empty(), "The credentials may not do something",
			fmt.Sprintf("AWS denied %s%s.", f.Found, unchecked[f.Found]), fmt.Sprintf("Allow %s to the identity the provider uses.", f.Found),
		}
	default:
		return foundInDeployment(f)
	}
}

// foundInDeployment words what is found about a primary and its staging distribution.
func foundInDeployment(f preflight.Finding) words {
	primary, staging := path.Root("primary_distribution_id"), path.Root("staging_distribution_id")
	switch f.Check {
	case preflight.LockedDiffers:
		return words{
			staging, "Primary and staging differ where they may not",
			fmt.Sprintf("%s is %s on the primary and %s on staging. Continuous deployment does not let it differ, so CloudFront would refuse to join or to promote them.", f.Name, f.Live, f.Found),
			"Make them equal: with cdn_staging_distribution a new value of `follow` does that. To change it on both, detach the policy first: `attached = false` in cdn_continuous_deployment.",
		}
	case preflight.PolicyElsewhere:
		return words{
			staging, "The policy belongs to another primary",
			fmt.Sprintf("Policy %s, which names the staging distribution, is attached to %s. A policy belongs to one primary.", f.Found, f.Live), "Use a staging distribution of this primary's own, or detach the policy there.",
		}
	case preflight.CanaryRuns:
		return words{
			staging, "Viewers are at staging already",
			fmt.Sprintf("Policy %s is enabled: a release is under way, or one was left behind.", f.Found), "Finish it, or take it back, before the next one begins.",
		}
	case preflight.StagingAliases:
		return words{
			staging, "The staging distribution has aliases",
			fmt.Sprintf("%s has %s, and CloudFront lets a staging distribution have none.", f.Found, f.Name), "Remove them from it. The primary keeps its own through a promotion.",
		}
	case preflight.PathPatterns:
		return words{
			staging, "Staging has path patterns that the primary has not",
			fmt.Sprintf("They are %s. As long as staging gets a share of the viewers, requests for them may be answered with errors: CloudFront documented that its patterns have to be among the primary's.", f.Name),
			"Add the behaviours to the primary first, or let the canary go by header and watch these paths.",
		}
	case preflight.PairDeploying:
		return words{
			primary, "A distribution is still deploying",
			fmt.Sprintf("A change of %s is on its way to the edge locations. The release begins by waiting for it.", f.Found), "Wait until it is deployed, to know what you are releasing.",
		}
	case preflight.PrimaryDisabled:
		return words{
			primary, "The primary is disabled",
			fmt.Sprintf("%s refuses every viewer, and a promotion would enable it: a release stops before its first write.", f.Found), "Enable it, or check that it is the distribution you mean.",
		}
	case preflight.TooManyPolicies:
		return words{
			primary, "There is no room for another policy",
			fmt.Sprintf("The account has %s continuous deployment policies, and CloudFront allows 20.", f.Found), "Delete one that is not used, as cdn_orphaned_policies finds them, or have the quota raised.",
		}
	case preflight.TooManyStaging:
		return words{
			primary, "There is no room for another staging distribution",
			fmt.Sprintf("The account has %s staging distributions, and CloudFront allows 20.", f.Found), "Delete one that is not used, or have the quota raised.",
		}
	case preflight.BucketRefuses:
		return words{
			staging, "A bucket does not let a distribution read",
			fmt.Sprintf("The policy of bucket %s does not let CloudFront read it on behalf of %s, whose viewers would get 403.", f.Name, f.Found),
			"Add the distribution's ARN to the condition on AWS:SourceArn. Before the promotion staging reads the bucket, and afterwards the primary does.",
		}
	case preflight.ErasedBeside:
		if f.Staging {
			return erased(staging, "Staging ("+f.Name+")", f.Found)
		}
		return erased(primary, "The primary ("+f.Name+")", f.Found)
	case preflight.BucketUnknown:
		return words{
			staging, "A bucket's policy could not be read",
			fmt.Sprintf("Whether bucket %s lets the distributions read is not known: %s.", f.Name, f.Found), "Check by hand that its policy names the ARNs of both distributions.",
		}
	case preflight.AlarmWithoutData:
		return words{
			path.Root("verify"), "An alarm has no data",
			fmt.Sprintf("The gate is to watch %s, which has insufficient data or is not being evaluated. As long as that is so, it proves nothing.", f.Found), "It may be waiting for traffic. Otherwise look at its metric, and at how it treats missing data.",
		}
	default:
		return foundInBehaviors(f)
	}
}

// foundInBehaviors words what is found about behaviours of one distribution.
func foundInBehaviors(f preflight.Finding) words {
	switch f.Check {
	case preflight.VersionPending:
		return words{
			sideField(f.Side, behavior.Field{Name: behavior.Lambda, Event: f.Name}), "A version of the function is not ready yet",
			fmt.Sprintf("%s was published a moment ago and is Pending, and CloudFront takes Active versions only.", f.Found), "The cutover begins by waiting for it, which takes seconds.",
		}
	case preflight.BehaviorShadowed:
		return words{
			behaviorsPath, "A behaviour that answers nobody",
			fmt.Sprintf("%s comes first and matches every path that %s matches, so no viewer is answered by %s.", f.Found, f.Name, f.Name),
			"Put the narrower pattern first in the distribution, or name the behaviour that answers.",
		}
	case preflight.StagingBeside:
		return words{
			path.Root("distribution_id"), "A promotion would take the change back",
			fmt.Sprintf("Continuous deployment policy %s is attached to %s. A promotion copies what the staging distribution has over the behaviours with their functions, the origins and the default root object, whatever is there by then.", f.Found, f.Name),
			"Change the staging distribution in the same way before it is promoted, or detach the policy.",
		}
	case preflight.AnswersKept:
		span := "for as long as their cache policy lets them, which nobody could read"
		if f.Found != "" {
			span = fmt.Sprintf("for as long as its Cache-Control says, and up to %s", f.Found)
		}
		return words{
			invalidatePath, "Edge locations go on with answers of the side before",
			fmt.Sprintf("The origin is not part of the cache key, and `invalidate` does not drop everything that %s may hold. What the side before has answered is given to viewers %s.", f.Name, span),
			"Add the path to `invalidate`, such as \"/*\". Cache tags drop only what has them, which errors never do.",
		}
	case preflight.MinTTLKept:
		return words{
			invalidatePath, "Edge locations keep even answers that say no-store",
			fmt.Sprintf("The minimum TTL of %s is %s, so edge locations keep every answer of the side before at least so long, also one with no-store, no-cache or private.", f.Name, f.Found),
			"Add the path to `invalidate`, or give the behaviour a cache policy with a minimum TTL of 0.",
		}
	case preflight.ErrorsKept:
		if f.Live != "" {
			return words{
				path.Root("verify"), "Edge locations keep errors for long",
				fmt.Sprintf("The distribution keeps answers with status %s for up to %s. If the new side gives one to the first viewers of %s, others get it so long, and so may the gate, when it has long been mended.", f.Live, f.Found, f.Name),
				"Lower `error_caching_min_ttl` in `custom_error_response` of the distribution before the cutover.",
			}
		}
		return words{
			invalidatePath, "Edge locations keep errors",
			fmt.Sprintf("An error of either side is kept for %s, and `invalidate` does not drop everything that %s may hold: until then viewers and the gate may get an error that is over.", f.Found, f.Name),
			"Add the path to `invalidate`: an error has no cache tag.",
		}
	default:
		return foundInSplit(f)
	}
}

// foundInSplit words what is found about an edge split and nothing else.
func foundInSplit(f preflight.Finding) words {
	switch f.Check {
	case preflight.TooManyFunctions:
		no := functionRoom(fmt.Sprintf(", and this one has %s", f.Found))
		return words{path.Root("name"), "There is no room for the functions", no.fact, no.advice}
	case preflight.SessionRefused:
		return words{
			path.Root("name"), "Key value stores may refuse this session",
			"A call about a key value store that does not exist was not answered, but refused. Nobody says whether for want of a permission or for the session token's sake.",
			"Allow cloudfront-keyvaluestore:DescribeKeyValueStore on the key value stores of the account. " + regional,
		}
	case preflight.RootLost:
		return words{
			path.Root("sides").AtMapKey(string(f.Side)).AtName("index_document"), "A side has no document for the root",
			fmt.Sprintf("%s answers / with its default root object, %s. CloudFront puts that in for / alone, and on %s the path has a prefix by then, so viewers of / would get what the origin has under the prefix itself, which may be an error.", f.Name, f.Found, f.Side),
			fmt.Sprintf("Write index_document = %q for the side.", f.Found),
		}
	default:
		return words{path.Empty(), "Something speaks against the cutover", string(f.Check) + ".", "Please report this."}
	}
}

// erased words that a distribution has what hashicorp/aws does not know.
func erased(at path.Path, which, what string) words {
	return words{
		at, "The next update by hashicorp/aws erases a setting",
		fmt.Sprintf("%s has something that hashicorp/aws does not know, up to the newest version that was looked at, %s: %s. Its next update of the distribution, whatever that is about, sends a configuration without it; its plan does not say so, and `ignore_changes` does not help.", which, preflight.Newest, what),
		"Set it again after such an update, or do without it. Where hashicorp/aws does not manage the distribution there is nothing to do.",
	}
}

// unchecked says what a preflight could not find out for want of an action.
var unchecked = map[string]string{
	"acm:DescribeCertificate":                        ", so what the certificates cover and how long they are valid was not checked",
	"cloudfront:GetDistributionConfig":               ", so whether the policy belongs to another primary was not checked",
	"s3:GetBucketPolicy":                             ", so whether the bucket lets both distributions read was not checked",
	"route53:ListResourceRecordSetProtections":       ", so whether Route 53 lets anybody change the records was not checked",
	"cloudfront:GetCachePolicy":                      ", so how long edge locations keep answers of a behaviour is not known",
	"lambda:GetFunctionConfiguration":                ", so whether the version can be used is not known. The cutover would try its write, alone, until CloudFront takes the version or `timeouts` are over",
	"cloudfront:ListFunctions":                       ", so whether there is room for the functions was not checked",
	"cloudfront-keyvaluestore:DescribeKeyValueStore": ", about a key value store that does not exist. Where that is allowed for one store alone, nothing is wrong",
	"cloudfront:ListDomainConflicts":                 ", so who has a name that no side has is not known, and a cutover that meets one would stop",
}

func zoneOf(spec switchover.Spec, name string) string {
	z, _ := spec.ZoneOf(name)
	return z.Domain
}

func day(t time.Time) string { return t.UTC().Format("2 January 2006") }
