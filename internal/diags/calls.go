package diags

import (
	"cmp"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// A callFailure is a kind of error of a call, and what is said of it.
type callFailure struct {
	kind    error
	summary string
	advice  string
}

// failures are the errors of a call that have nothing to do with what the call was for,
// in the order in which they are looked for, and what is said of them whatever it was.
var failures = []callFailure{
	{awsapi.ErrExpired, "The AWS credentials have expired", renew},
	{awsapi.ErrNoCredentials, "No AWS credentials were found", "Set `profile`, or `access_key` and `secret_key`, or provide credentials through the environment as for every AWS tool."},
	{awsapi.ErrCredentials, "AWS rejected the credentials", "Renew the credentials the provider uses and apply again."},
	{awsapi.ErrDenied, "The credentials may not do this", ""}, // see allow
	{awsapi.ErrUnreachable, "AWS cannot be reached", "Check the network, the proxy and the provider's endpoints."},
	{awsapi.ErrThrottled, "AWS throttles the calls", "Apply again when less is going on in the account; a longer `poll_interval` makes fewer calls."},
	{awsapi.ErrNotServed, "An operation is not served here", serve},
}

// renew says what to do about credentials that have expired.
const renew = "Renew the credentials and apply again. So that a long wait does not outlast them, let the provider renew them by itself: with `assume_role`, with `assume_role_with_web_identity`, or with a `profile` that assumes a role or signs in."

// regional says what else may be wrong with a session whose token was refused.
const regional = "If it is allowed already: calls to key value stores are signed for all regions, and refuse the session tokens of the global endpoint of STS. " +
	"Let the session come from a regional one: set `sts_region` where the provider assumes a role, and AWS_STS_REGIONAL_ENDPOINTS=regional for whatever else makes it."

// failure is what is said of an error of a call that has nothing to do with what the call
// was for; ok is false for every other error.
func failure(err error) (summary, advice string, ok bool) {
	for _, f := range failures {
		if errors.Is(err, f.kind) {
			advice := cmp.Or(f.advice, allow(err))
			if errors.Is(err, awsapi.ErrSessionToken) {
				advice += " " + regional
			}
			return f.summary, advice, true
		}
	}
	return "", "", false
}

// adviceFor is what to do about an error, where nothing else is known of it.
func adviceFor(err error, otherwise string) string {
	if _, advice, ok := failure(err); ok {
		return advice
	}
	return otherwise
}

// ReadFailed words a refresh that could not see what it had to. what is its subject: "The
// switch".
func ReadFailed(what string, err error) diag.Diagnostic {
	return diag.NewErrorDiagnostic(what+" could not be refreshed",
		paragraphs("  "+describe(err), "State is kept as it was.", adviceFor(err, "Fix the cause and plan again.")))
}

// foreseen turns what would stop an apply into the warning of a plan.
func foreseen(d diag.Diagnostic, otherwise path.Path) diag.Diagnostic {
	at := otherwise
	if p, ok := d.(diag.DiagnosticWithPath); ok {
		at = p.Path()
	}
	detail := d.Detail() + "\n\nThis is how AWS was when the plan was made. If it is still so, the apply stops before its first write."
	if at.Equal(path.Empty()) {
		return diag.NewWarningDiagnostic(d.Summary(), detail)
	}
	return diag.NewAttributeWarningDiagnostic(at, d.Summary(), detail)
}
