package gate

import (
	"context"
	"time"
)

// A Sampler takes one sample of a target. Failing to reach the target is a
// sample, not an error; an error means that the run itself ends, as when ctx does.
type Sampler interface {
	Sample(ctx context.Context, t Target) (Sample, error)
}

// An AlarmReport is what CloudWatch says about an alarm.
type AlarmReport struct {
	State      AlarmState
	Evaluation AlarmEvaluation
	Reason     string // of the evaluation, where that is in the way; else of the state
}

// Metrics asks CloudWatch. An error says that it could not be asked, never that
// something is unhealthy.
type Metrics interface {
	// Alarms reports on alarms of one region, by name.
	Alarms(ctx context.Context, region string, names []string) (map[string]AlarmReport, error)
	// Points returns the datapoints of series of one region whose periods lie in
	// [from, to), oldest first, in the order of the series.
	Points(ctx context.Context, region string, series []Series, from, to time.Time) ([][]Point, error)
}
