package diags

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/deployment"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/staging"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// Work is a run on a staging distribution or a policy that did not reach its end.
// Such runs change nothing about what viewers get from the primary.
type Work struct {
	What    string // what was being done: "The continuous deployment", "The staging distribution"
	Traffic string // where viewers are
	Err     error
	Created bool // during Create: no state is left
	Invoked bool // by an action: there is no state at all
	Blind   bool // nobody could look in the end
	Unowned bool // whose it is could not be asked
	Left    string
	Next    string // what comes of it, where that is not the usual
}

func (w Work) next() string {
	switch {
	case w.Next != "":
		return w.Next
	case w.Invoked:
		return invokedNext
	case w.Created && w.Left != "":
		return "Nothing is recorded in state. " + w.Left + " The next apply finds it and carries on from there."
	case w.Created:
		return "Nothing is recorded in state. The next apply looks at AWS and carries on from there."
	case w.Blind:
		return blind
	default:
		return shown
	}
}

// Unfinished words such a run.
func Unfinished(w Work) diag.Diagnostic {
	if o, ok := errors.AsType[*deployment.Obstacle](w.Err); ok {
		return deploymentObstacle(w, o)
	}
	if o, ok := errors.AsType[*staging.Obstacle](w.Err); ok {
		return stagingObstacle(w, o)
	}
	failed := "  " + describe(w.Err)
	say := func(at path.Path, summary string, parts ...string) diag.Diagnostic {
		return says(at, summary, append([]string{w.Traffic}, parts...)...)
	}
	if errors.Is(w.Err, context.Canceled) {
		return say(path.Empty(), w.What+" was interrupted", "The run was asked to stop, and took no further step.", stuck(w.Err), w.next())
	}
	working := noun{
		name: w.What, rival: "Look for another process that writes to these distributions, such as a second configuration.", newer: paragraphs(w.next(), "Upgrade the provider."),
	}
	if w.Invoked {
		working.clock = path.Root("timeout")
	}
	if d := working.stopped(w.Err, say, failed, w.next()); d != nil {
		return d
	}
	if errors.Is(w.Err, awsapi.ErrInUse) {
		return say(path.Empty(), w.What+" is held by something else", failed, w.next(), "A policy belongs to one primary and one staging distribution, and a staging distribution cannot go while a policy names it. Remove what holds it, then apply again.")
	}
	return say(path.Empty(), w.What+" is unfinished", failed, w.next(), "Fix the cause and apply again.")
}

// DeploymentInTheWay warns at plan about a fact that would stop the apply.
func DeploymentInTheWay(w Work, o *deployment.Obstacle) diag.Diagnostic {
	return foreseen(deploymentObstacle(w, o), path.Empty())
}

// RoutesOtherwise warns that an adopted policy does not route as it is asked to.
func RoutesOtherwise(traffic run.Traffic, spec deployment.Spec, p *deployment.Policy) diag.Diagnostic {
	return diag.NewWarningDiagnostic("The policy is enabled, and routes otherwise than it is asked to", paragraphs(
		Traffic(traffic),
		fmt.Sprintf("Policy %s was there already and is enabled, and routes %s. What it routes belongs to whoever enabled it, so it was left alone.", p.ID, p.Routing),
		fmt.Sprintf("Once it is disabled, the next plan makes it route %s.", spec.Routing)))
}

func deploymentObstacle(w Work, o *deployment.Obstacle) diag.Diagnostic {
	x := deploying(w.What, o)
	return says(x.at, x.summary, w.Traffic, x.fact, w.next(), x.advice)
}

// deploying words an obstacle of a continuous deployment.
func deploying(what string, o *deployment.Obstacle) words {
	primary, staging := path.Root("primary_distribution_id"), path.Root("staging_distribution_id")
	say := func(at path.Path, summary, fact, advice string) words { return words{at, summary, fact, advice} }
	switch o.Kind {
	case deployment.PrimaryMissing:
		return say(primary, "The primary distribution does not exist", fmt.Sprintf("CloudFront has no distribution %s in this account.", o.Found),
			"Write the id of an existing distribution, and check that the provider uses the right account.")
	case deployment.StagingMissing:
		return say(staging, "The staging distribution does not exist", fmt.Sprintf("CloudFront has no distribution %s in this account.", o.Found),
			"Write the id of an existing staging distribution, such as cdn_staging_distribution.next.id.")
	case deployment.PrimaryIsStaging:
		return say(primary, "The primary is a staging distribution", fmt.Sprintf("%s is a staging distribution itself: it serves no viewer of its own.", o.Found),
			"Write the id of the distribution that serves production.")
	case deployment.NotStaging:
		return say(staging, "The staging distribution is an ordinary one", fmt.Sprintf("%s was not created as a staging distribution, and CloudFront cannot make it one.", o.Found),
			"Create one with cdn_staging_distribution, or with aws_cloudfront_distribution and `staging = true`.")
	case deployment.HTTP3:
		return say(primary, "HTTP/3 rules out continuous deployment", fmt.Sprintf("%s speaks HTTP/3, which CloudFront does not support together with continuous deployment.", o.Found),
			"Set `http_version = \"http2\"` on the primary and on the staging distribution. To keep HTTP/3, cut over with cdn_bluegreen_switch, which moves whole names.")
	case deployment.StagingDisabled:
		return say(staging, "The staging distribution is disabled", fmt.Sprintf("%s is disabled: it would refuse every viewer sent to it.", o.Found), "Enable it and apply again.")
	case deployment.LockedDiffer:
		return say(staging, "Primary and staging differ where they may not",
			fmt.Sprintf("These settings are not the same on both:\n\n  %s\n\nContinuous deployment lets origins, behaviours, error pages, geo restriction, the default root object, logging and the comment differ, and nothing else.", strings.Join(o.Fields, "\n  ")),
			fmt.Sprintf("Make them equal on %s. With cdn_staging_distribution, a new value of `follow` does that.", o.Found))
	case deployment.AnotherPolicy:
		return say(primary, "The primary has another continuous deployment policy", fmt.Sprintf("Policy %s is attached to the primary, and it names another staging distribution. A primary has one policy.", o.Found),
			"Import that policy or remove it where it is managed, or set `attached = false` here.")
	case deployment.Canary:
		return say(path.Empty(), "A canary is under way", fmt.Sprintf("Policy %s is enabled, so how it routes belongs to the release that enabled it.", o.Found),
			"Finish the release, or take the change of `weight`, `header` or `session_stickiness` back.")
	case deployment.PolicyElsewhere:
		fact := fmt.Sprintf("Policy %s, which names the staging distribution, is attached to %s. A policy belongs to one primary.", o.Found, o.User)
		if o.User == "" {
			fact = fmt.Sprintf("Policy %s is enabled and not attached to the primary, and the credentials may not list distributions: another primary may be running its canary by it.", o.Found)
		}
		return say(staging, "The policy belongs to another primary", fact,
			"Use a staging distribution of this primary's own, or detach the policy there. To let the policy stay with the other primary, forget it here: a `removed` block with `lifecycle { destroy = false }`.")
	case deployment.PrimaryDisabled:
		return say(primary, "The primary is disabled", fmt.Sprintf("%s refuses every viewer, and a promotion would enable it: a release stops before its first write.", o.Found), "Enable it, or check that it is the distribution you mean.")
	case deployment.StagingAliases:
		return say(staging, "The staging distribution has aliases",
			fmt.Sprintf("%s has %s, and CloudFront lets a staging distribution have none.", o.Found, strings.Join(o.Fields, ", ")), "Remove them from it. The primary keeps its own through a promotion.")
	case deployment.NotOrphaned:
		return say(path.Root("policy_id"), "The policy is not an orphan", fmt.Sprintf("It is attached to %s, and its staging distribution exists. Nothing was written.", o.Found),
			"Destroy the cdn_continuous_deployment it belongs to. If none has it, set `detach = true`.")
	case deployment.NotInRecipe:
		return say(path.Root("steps"), "The world changed since this plan", fmt.Sprintf("It would now also be necessary to:\n\n  %s\n\nThe plan did not show that, so it was not done.", o.Found),
			"Make a new plan, read it, and apply it.")
	default:
		return say(path.Empty(), what+" was stopped by an unknown obstacle", o.Error(), "Please report this.")
	}
}

// NotRemoved words a destroy that did not come to its end.
func NotRemoved(w Work) diag.Diagnostic {
	advice := "Fix the cause and destroy again."
	if errors.Is(w.Err, awsapi.ErrInUse) {
		advice = "Something else holds it: another primary has the policy, or a policy names the staging distribution. Remove that first, then destroy again."
	}
	if o, ok := errors.AsType[*deployment.Obstacle](w.Err); ok {
		x := deploying(w.What, o)
		return diag.NewErrorDiagnostic(x.summary, paragraphs(w.Traffic, x.fact+" Nothing was written.", "It stays in state, and destroying again begins anew.", x.advice))
	}
	fact := ""
	if w.Unowned {
		fact = "Whether another address has adopted it since is said by a tag of the staging distribution, which could not be read. So it was left as it is. " + w.Left
		advice = "Allow cloudfront:ListTagsForResource, and destroy again. If you know that another address has it, forget this one instead: a `removed` block with lifecycle { destroy = false }."
	}
	return diag.NewErrorDiagnostic(w.What+" could not be removed",
		paragraphs(w.Traffic, "  "+describe(w.Err), fact, "It stays in state, and destroying again carries on from there.", advice))
}
