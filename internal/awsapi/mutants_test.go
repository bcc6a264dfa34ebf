package awsapi_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

func TestEveryMutantIsCaught(t *testing.T) {
	t.Parallel()
	const file = "internal/awsapi/attempt.go"
	matrix.Catch(t, []matrix.Mutant{
		{
			Name: "gives an attempt all the time there is", File: file,
			Old: "context.WithTimeoutCause(parent, limit, errSpent)", With: "context.WithTimeoutCause(parent, 1000*limit, errSpent)",
			Caught: "TestNoOperationHangsOnADeadConnection",
		},
		{
			Name: "lets the SDK close what is being sent", File: file,
			Old: "if err := unclosed(req); err != nil {", With: "if err := error(nil); err != nil {",
			Caught: "TestARefusalInTheMiddleOfARequestIsRead",
		},
		{
			Name: "takes the status of half an answer for all of it", File: "internal/awsapi/errors.go",
			Old: "if _, cut := unread(err); cut {", With: "if _, cut := unread(err); cut && api != nil {",
			Caught: "TestAnAnswerThatBreaksOffSaysNothing",
		},
		{
			Name: "asks no silent connection whether it is there", File: file,
			Old: "t.HTTP2 = &http.HTTP2Config{SendPingTimeout: pingAfter,", With: "t.HTTP2 = &http.HTTP2Config{SendPingTimeout: 0 * pingAfter,",
			Caught: "TestAPingFindsADeadConnectionBeforeTheAttemptIsOver",
		},
		{
			Name: "asks for a name that somebody has as if time gave it back", File: "internal/awsapi/passing.go",
			Old: "(p.when == \"\" || slices.Contains(known, p.when))", With: "(p.when == \"\" || slices.Contains(known, p.when) || p.kind == ErrTaken)",
			Caught: "TestTimeMendsFewAnswersAndEachWithinABound",
		},
		{
			Name: "calls it busy that an operation is not served", File: "internal/awsapi/errors.go",
			Old: "		case status == http.StatusNotImplemented:\n			return ErrNotServed", With: "		case status == http.StatusNotImplemented:\n			return ErrAmbiguous",
			Caught: "TestEveryFailureOfAWSHasOneMeaning",
		},
		{
			Name: "fails whoever is throttled three times in a row", File: "internal/awsapi/backoff.go",
			Old: "return &backoffs{turns: turns}", With: "return &backoffs{turns: 1}",
			Caught: "TestAThrottledCallTakesItsTurnAgain",
		},
	}...)
}
