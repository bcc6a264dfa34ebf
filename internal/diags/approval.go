package diags

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

var atApproval = path.Root("approval")

// AwaitsApproval says that a run waits, or goes on waiting, for a person.
func AwaitsApproval(target, request, since, evidence string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(atApproval, "Waiting for an approval",
		fmt.Sprintf("What waits is %s, since %s; %s. To say yes to what was seen then, write approval = %q.", target, since, evidence, request))
}

// ApprovalUnknown refuses a plan that would have to be one of two.
func ApprovalUnknown() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(atApproval, "The approval is not known yet",
		"Something waits for it, and a plan has to show whether that goes on. Let `approval` come from what is known when a plan is made: a variable, or the output of another workspace. A value that this apply is to bring forth is not.")
}

// PauseUnknown refuses a plan that would have to be one of two.
func PauseUnknown() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("pause_before"), "Where to pause is not known yet",
		"A plan has to show whether the apply ends at a pause. Write \"first_traffic\" or \"full_traffic\", or leave it out.")
}

// ApprovalOfSomethingElse warns of a yes to what does not wait. The wait holds either way, and an
// error would keep the new request from whoever is to see it.
func ApprovalOfSomethingElse(given, target, asked, since string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(atApproval, "The approval is of something else",
		fmt.Sprintf("What waits is %s, as it was seen at %s: that is approval_request %q. %q was given to something else, or to %s as it was before that. Look at what waits, and write approval = %q, or take approval out.", target, since, asked, given, target, asked))
}

// ApprovalUnasked warns of a yes to what nobody has asked.
func ApprovalUnasked(given, target string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(atApproval, "Nobody has asked for this approval",
		fmt.Sprintf("%q is no `approval_request` of %s, which nobody has seen yet: this apply ends at the pause and tells what to approve.", given, target))
}

// NothingToApprove refuses a yes without a pause.
func NothingToApprove() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(atApproval, "Nothing waits for this approval",
		"Without `pause_before` no apply waits for a person, so that there is nothing to approve. Write pause_before = \"first_traffic\" or \"full_traffic\", or take approval out.")
}

// NothingToLapse refuses a bound to a wait that there is not.
func NothingToLapse() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("approval_window"), "No approval is waited for",
		"Without `pause_before` no apply waits for a person. Write pause_before = \"first_traffic\" or \"full_traffic\", or take approval_window out.")
}

// notApproved words a run that stopped for want of a yes; one that lapsed has gone back.
func notApproved(u *cutover.Unapproved) (summary, advice string) {
	if u.Changed {
		return "What was approved has changed", "What viewers would get is not what `approval` was given to, so that no step was taken that needs a yes. State has a new `approval_request`, about what is there now: look at it, and write that."
	}
	return "A create cannot wait for an approval", "Viewers are not where configuration asks for, and a create has no state that could show who waits for whom, so that nothing was written. " +
		"Create the resource with the target that viewers have now, which it adopts, and change it then. Or take `pause_before` out for this apply."
}

// mend begins the advice after a run that went back: repair is what it says of a side that a
// gate refused, and nothing is wrong with one to which nobody has said yes.
func mend(reason, repair string) string {
	if cutover.Unanswered(reason) {
		return "Nothing is known to be wrong with it. To have people asked again, "
	}
	return repair
}
