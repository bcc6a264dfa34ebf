package awsapi_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// Time mends what the table says and nothing else, and nothing for ever. An answer that is
// not in it ends a run whatever the circumstances.
func TestTimeMendsFewAnswersAndEachWithinABound(t *testing.T) {
	t.Parallel()
	const minute = time.Minute
	never := map[awsapi.Circumstance]time.Duration{}
	always := func(d time.Duration) map[awsapi.Circumstance]time.Duration {
		return map[awsapi.Circumstance]time.Duration{"": d, awsapi.Deploying: d, awsapi.RecordChanged: d, awsapi.LetGo: d, awsapi.Unlisted: d}
	}
	for kind, within := range map[error]map[awsapi.Circumstance]time.Duration{
		awsapi.ErrThrottled:   always(15 * minute),
		awsapi.ErrAmbiguous:   always(15 * minute),
		awsapi.ErrUnreachable: always(15 * minute),
		awsapi.ErrStale: {
			"": 2 * minute, awsapi.Deploying: 90 * minute, awsapi.RecordChanged: 2 * minute, awsapi.LetGo: 2 * minute, awsapi.Unlisted: 2 * minute,
		},
		awsapi.ErrRefused:        {awsapi.Deploying: 90 * minute},
		awsapi.ErrInUse:          {awsapi.Deploying: 90 * minute, awsapi.LetGo: 5 * minute, awsapi.Unlisted: 5 * minute},
		awsapi.ErrTaken:          {awsapi.RecordChanged: 15 * minute},
		awsapi.ErrExists:         {awsapi.Unlisted: 5 * minute},
		awsapi.ErrNotFound:       never,
		awsapi.ErrDenied:         never,
		awsapi.ErrCredentials:    never,
		awsapi.ErrExpired:        never,
		awsapi.ErrNoCredentials:  never,
		awsapi.ErrNotServed:      never,
		awsapi.ErrProtected:      never,
		awsapi.ErrUnknownElement: never,
	} {
		for _, when := range []awsapi.Circumstance{"", awsapi.Deploying, awsapi.RecordChanged, awsapi.LetGo, awsapi.Unlisted} {
			if got, want := awsapi.Passes(fmt.Errorf("writing: %w", kind), when), within[when]; got != want {
				t.Errorf("%v, %q: may be asked again for %s, want %s", kind, when, got, want)
			}
		}
	}
}
