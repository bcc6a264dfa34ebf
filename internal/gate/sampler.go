package gate

import "context"

// A Sampler takes one sample of a target. Failing to reach the target is a
// sample, not an error; it returns an error only when ctx ends.
type Sampler interface {
	Sample(ctx context.Context, t Target) (Sample, error)
}
