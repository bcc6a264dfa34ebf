package diags

import (
	"errors"
	"fmt"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
)

// expired adds what a run was doing whose credentials came to their end before it did:
// most of a cutover is waiting, and waiting is safe to leave.
func (s SwitchStop) expired(failed string) string {
	if step := reached(s); step != "" && errors.Is(s.Err, awsapi.ErrExpired) {
		return fmt.Sprintf("The run was %s, when this call was refused:\n\n%s", step, failed)
	}
	return failed
}

// reached names the step a run had come to: what it would do about the world as it
// last saw it. It is "" where
// it has seen nothing since its last write.
func reached(s SwitchStop) string {
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
