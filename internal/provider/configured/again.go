package configured

import (
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
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
	return &engine.Refusal{Answer: awsapi.AnswerOf(err), Within: within, Blind: awsapi.NoAnswer(err), Err: err}
}

// While is a circumstance that holds or does not.
func While(holds bool, c awsapi.Circumstance) awsapi.Circumstance {
	if holds {
		return c
	}
	return ""
}
