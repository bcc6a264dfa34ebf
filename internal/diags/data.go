package diags

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// NotConfiguredYet words a data source that is read, or an action that is invoked,
// before the provider knows how to reach AWS.
func NotConfiguredYet() diag.Diagnostic {
	return diag.NewErrorDiagnostic("The provider is not configured yet",
		paragraphs("The provider's configuration depends on a value that only the apply brings, so AWS cannot be asked while planning.",
			"Write `depends_on` into the data source, with the resource that brings the value: then it is read during the apply. Or write a value that is known beforehand."))
}

// NotAsked words a data source that AWS did not answer.
func NotAsked(err error) diag.Diagnostic {
	failed := "  " + describe(err)
	summary, advice, general := failure(err)
	switch {
	case errors.Is(err, awsapi.ErrExpired), errors.Is(err, awsapi.ErrNoCredentials):
		return NoCredentials(err)
	case errors.Is(err, awsapi.ErrCredentials):
		return diag.NewErrorDiagnostic("AWS rejected the credentials", paragraphs(failed, "Renew the credentials the provider uses and plan again."))
	case errors.Is(err, awsapi.ErrDenied):
		return diag.NewErrorDiagnostic("The credentials may not read this", paragraphs(failed, allow(err)+" It changes nothing."))
	case errors.Is(err, awsapi.ErrThrottled):
		return diag.NewErrorDiagnostic("AWS throttles the calls", paragraphs(failed, "Plan again when less is going on in the account."))
	case general: // nothing in its advice is about an apply
		return diag.NewErrorDiagnostic(summary, paragraphs(failed, advice))
	default:
		return diag.NewErrorDiagnostic("AWS gave no usable answer", paragraphs(failed, "Plan again; if it stays like this, look at the AWS Health Dashboard."))
	}
}

// allow says what to add to a policy.
func allow(err error) string {
	action := awsapi.Action(err)
	if action == "" {
		action = "the action named above"
	}
	return fmt.Sprintf("Allow %s to %s.", action, identityIn(awsapi.Account(err)))
}

// NoDistribution words an id that means nothing in this account.
func NoDistribution(at path.Path, id string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at, "The distribution does not exist",
		paragraphs(fmt.Sprintf("CloudFront has no distribution %s in this account.", id), "Write the id of an existing distribution, and check that the provider uses the right account."))
}

// NotVouchedFor words a question about a name that AWS answers only to who could
// serve it.
func NotVouchedFor(at path.Path, name, id string, err error) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at, "AWS does not say who has the name",
		paragraphs(fmt.Sprintf("CloudFront tells who has %s only to an account with a distribution whose certificate covers it. About %s it says:", name, id), "  "+describe(err),
			"Name a distribution of this account whose certificate covers the name; a wildcard in a certificate stands for one label."))
}

// NothingAsked words a preflight of which nobody can say what it is about.
func NothingAsked(missing string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root(missing), "It is not said which cutover is meant",
		paragraphs(fmt.Sprintf("A preflight of a switch needs `aliases`, `sides` and `live`, and `%s` is missing.", missing), "Write it, or ask about a `continuous_deployment` or a `behavior_switch`."))
}

// TwoQuestions words a preflight that is about two cutovers: asked is the attribute of one,
// also is one of the other.
func TwoQuestions(asked, also string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root(asked), "Two cutovers in one question",
		paragraphs(fmt.Sprintf("`%s` asks about one cutover, and `%s` about another one.", asked, also), "Write two data sources."))
}

// A Passed is something that a list has passed over although somebody may search for it there.
type Passed struct{ What, Why string }

// passed is how many of them one warning names.
const passed = 20

// NotListed warns of what a list has passed over. A CLI shows one warning of those that are called
// the same, so what says of which kind they are.
func NotListed(what string, list []Passed) diag.Diagnostic {
	var b strings.Builder
	for i, p := range list {
		if i == passed {
			fmt.Fprintf(&b, "\n  and %d more", len(list)-passed)
			break
		}
		fmt.Fprintf(&b, "\n  %s: %s", p.What, p.Why)
	}
	return diag.NewWarningDiagnostic(what+" are not listed",
		paragraphs("An import of these would not leave everything as it is, or nobody knows what they are:\n"+b.String(), "Mend what is in the way and ask again, or write and import them by hand."))
}
