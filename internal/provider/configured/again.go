package configured

import (
	"errors"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
)

// Again hands the engine what AWS answered: to look again if looking may change it,
// which for a write is so only as long as time may mend the answer under the
// circumstances that the writer knows of. Every other answer ends the run.
func Again(err error, known ...awsapi.Circumstance) error {
	within := awsapi.Passes(err, known...)
	if within == 0 {
		return err
	}
	return &engine.Refusal{Answer: awsapi.AnswerOf(err), Within: within, Blind: awsapi.NoAnswer(err), Busy: errors.Is(err, awsapi.ErrThrottled), Err: err}
}

// While is a circumstance that holds or does not.
func While(holds bool, c awsapi.Circumstance) awsapi.Circumstance {
	if holds {
		return c
	}
	return ""
}

// Cause is what ended a run, as far as it decides whether there is a way back.
func Cause(err error) cutover.Cause {
	var fact interface{ Cause() cutover.Cause }
	switch {
	case errors.As(err, &fact):
		return fact.Cause()
	case errors.Is(err, awsapi.ErrCredentials), errors.Is(err, awsapi.ErrDenied):
		return cutover.Unable
	case errors.Is(err, awsapi.ErrRefused):
		return cutover.Refused
	case errors.Is(err, awsapi.ErrTaken), errors.Is(err, awsapi.ErrNotFound):
		return cutover.Lost
	default:
		return cutover.Unable
	}
}
