package cutover_test

import (
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

func TestAStepIsDueOnceTheOneBeforeHasStoodForLongEnough(t *testing.T) {
	t.Parallel()
	since := time.Date(2026, 11, 29, 8, 0, 0, 5e8, time.UTC)
	for after, want := range map[time.Duration]cutover.Due{0: cutover.NotYet, time.Hour - 1: cutover.NotYet, time.Hour: cutover.Yes, 2 * time.Hour: cutover.Yes} {
		if got, _ := cutover.DueAt(since, time.Hour, since.Add(after)); got != want {
			t.Errorf("%s after the step: %d, want %d", after, got, want)
		}
	}
	if _, next := cutover.DueAt(since, time.Hour, since); next != since.Add(time.Hour).Truncate(time.Second) {
		t.Errorf("due at %s", next)
	}
	if got, _ := cutover.DueAt(time.Time{}, time.Hour, since); got != cutover.Yes {
		t.Error("a step that nobody dated is waited for")
	}
}

func TestAnInvalidationIsAskedForOnceAndWaitedFor(t *testing.T) {
	t.Parallel()
	ask := cutover.Invalidate{Paths: []string{"/*"}, On: "E1"}
	for state, want := range map[cutover.Invalidation]cutover.Step{
		"": ask, cutover.Invalidating: cutover.Wait{For: "every edge location has dropped what it held"}, cutover.Invalidated: nil, cutover.Unconfirmed: nil, cutover.NotTaken: nil,
	} {
		if got := ask.Next(state); !cutover.Same(got, want) {
			t.Errorf("%q: %v, want %v", state, got, want)
		}
	}
}
