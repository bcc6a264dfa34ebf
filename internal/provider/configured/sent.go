package configured

import (
	"context"
	"errors"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// Effect is what became of a write that ended with err, by what AWS answered. A call
// that was cut off by an interrupt has no answer.
func Effect(err error) run.Effect {
	switch {
	case err == nil:
		return run.Made
	case errors.Is(err, awsapi.ErrAmbiguous), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return run.Unanswered
	case errors.Is(err, awsapi.ErrStale):
		return run.Doubtful
	default:
		return run.NoEffect
	}
}
