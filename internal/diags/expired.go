package diags

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
)

// renew says what to do about credentials that have expired.
const renew = "Renew the credentials and apply again. So that a long wait does not outlast them, let the provider renew them by itself: with `assume_role`, with `assume_role_with_web_identity`, or with a `profile` that assumes a role or signs in."

// expired words a run whose credentials came to their end before it did. What it
// was doing matters: most of a cutover is waiting, and waiting is safe to leave.
func expired(s Stop, failed string) diag.Diagnostic {
	if step := reached(s); step != "" {
		failed = fmt.Sprintf("The run was %s, when this call was refused:\n\n%s", step, failed)
	}
	return diag.NewErrorDiagnostic("The AWS credentials have expired",
		paragraphs(s.traffic(), failed, s.next(), renew))
}

// reached names the step a run had come to: what it would do about the world as it
// last saw it. It is "" where
// it has seen nothing since its last write.
func reached(s Stop) string {
	if len(s.Sight.Obs.Sides) == 0 || !s.Sight.Fresh {
		return ""
	}
	step, err := switchover.Next(s.Spec, s.Sight.Obs)
	if err != nil {
		return ""
	}
	if _, done := step.(switchover.Done); done {
		return ""
	}
	return step.String()
}
