package diags_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// releaseWords are the functions that word what becomes of a release.
var releaseWords = []string{
	"CanaryNotDueYet", "ReleaseDrifted", "ReleaseEmpty", "ReleaseInTheWay", "ReleaseInterrupted", "ReleaseInvalidationUnseen", "ReleaseLatched", "ReleaseNotInvalidated", "ReleasePending",
	"ReleaseRollbackFailed", "ReleaseRolledBack", "ReleaseStillInvalidating", "ReleaseStopped", "ReleaseStray",
	"ReleaseDeclared", "ReleaseImported", "ReleaseLeftBehind", "RetryUnknown", "RollBackEmpty",
	"RollBackNotInvalidated", "RollBackNotRemembered", "RollBackStopped",
}

// releases are the situations of a staging promotion.
func releases(t *testing.T) []cause {
	t.Helper()
	stop := func(err error) diags.ReleaseStop {
		return diags.ReleaseStop{Stop: diags.Stop[promotion.Spec, promotion.Observation]{
			Spec: promotion.Spec{Asked: promotion.Asked{Primary: "E1BLUE", Staging: "E2GREEN", Policy: "P1"}, Mode: promotion.Mode{Settled: "A"}},
			Sight: seen(promotion.Observation{
				Seen: promotion.Seen{
					Primary: promotion.Distribution{ID: "E1BLUE", Policy: "P1", Content: "A"}, Staging: promotion.Distribution{ID: "E2GREEN", Content: "B"},
					Policy: promotion.Policy{ID: "P1", Enabled: true, Route: promotion.Route{Percent: 5}},
				},
			}),
			Err: err, Reason: "https://www.example.com/ answered 503, expected 200",
		}}
	}
	back, created, promoted, drifted := stop(nil), stop(nil), stop(failure(awsapi.ErrAmbiguous)), stop(failure(awsapi.ErrAmbiguous))
	back.Back, created.Created = true, true
	promoted.Sight.Obs.Primary.Content, drifted.Sight.Obs.Primary.Content = "B", "C"
	itself := stop(nil)
	itself.Sight.Obs.Primary.Content = "B"
	accepting := func(e cutover.Evidence) diags.ReleaseStop {
		s := stop(&promotion.Obstacle{Kind: promotion.GateAfter, Evidence: e})
		s.Spec.Purpose = promotion.Adopt
		return s
	}
	out := []cause{
		{"release interrupted", diags.ReleaseInterrupted(stop(nil)), false},
		{"release interrupted on the way back", diags.ReleaseInterrupted(back), false},
		{"release deadline", diags.ReleaseStopped(stop(&engine.Deadline{Budget: time.Hour, While: "waiting"})), false},
		{"credentials", diags.ReleaseStopped(stop(failure(awsapi.ErrCredentials))), false},
		{"no credentials", diags.ReleaseStopped(stop(failure(awsapi.ErrNoCredentials))), false},
		{"expired", diags.ReleaseStopped(stop(failure(awsapi.ErrExpired))), false},
		{"denied", diags.ReleaseStopped(stop(failure(awsapi.ErrDenied))), false},
		{"unreachable", diags.ReleaseStopped(stop(failure(awsapi.ErrUnreachable))), false},
		{"throttled", diags.ReleaseStopped(stop(failure(awsapi.ErrThrottled))), false},
		{"unknown element", diags.ReleaseStopped(stop(fmt.Errorf("promoting: %w", awsapi.ErrUnknownElement))), false},
		{"release without progress", diags.ReleaseStopped(stop(engine.ErrNoProgress)), false},
		{"release refused", diags.ReleaseStopped(stop(failure(awsapi.ErrRefused))), false},
		{"release stopped half-way", diags.ReleaseStopped(promoted), false},
		{"release stopped half-way", diags.ReleaseStopped(drifted), false},
		{"release rolled back", diags.ReleaseRolledBack(stop(nil)), false},
		{"release not rolled back", diags.ReleaseRollbackFailed(stop(nil), failure(awsapi.ErrRefused)), false},
		{"release latched", diags.ReleaseLatched(run.Recorded(stop(nil).Sight.Obs.Traffic(stop(nil).Spec)), "two", "it answered 503", true), false},
		{"nothing to release", diags.ReleaseEmpty(stop(nil)), false},
		{"drift", diags.ReleaseDrifted(run.Recorded(stop(nil).Sight.Obs.Traffic(stop(nil).Spec)), "E1BLUE"), false},
		{"canary not due", diags.CanaryNotDueYet(run.Recorded(stop(nil).Sight.Obs.Traffic(stop(nil).Spec)), stop(nil).Spec, time.Unix(0, 0)), false},
		{"canary without a release", diags.ReleaseStray(stop(nil)), false},
		{"declared", diags.ReleaseDeclared(stop(nil), "one"), false},
		{"declared", diags.ReleaseDeclared(stop(nil), ""), false},
		{"declared", diags.ReleaseImported("E1BLUE", "one"), true},
		{"destroyed in mid-canary", diags.ReleaseLeftBehind(run.Recorded(stop(nil).Sight.Obs.Traffic(stop(nil).Spec)), true, false), false},
		{"destroyed unproven", diags.ReleaseLeftBehind(run.Recorded(stop(nil).Sight.Obs.Traffic(stop(nil).Spec)), false, true), false},
		{"retry unknown", diags.RetryUnknown(), true},
		{"nothing to take back", diags.RollBackEmpty(stop(nil), false), false},
		{"way back to itself", diags.RollBackEmpty(itself, true), false},
		{"accepted unhealthy", diags.ReleaseStopped(accepting(cutover.Unhealthy)), false},
		{"accepted unproven", diags.ReleaseStopped(accepting(cutover.Inconclusive)), false},
		{"pending", diags.ReleasePending(run.Recorded(stop(nil).Sight.Obs.Traffic(stop(nil).Spec)), "E2GREEN", 90*time.Minute, time.Hour), false},
		{"release not invalidated", diags.ReleaseNotInvalidated(stop(nil), false, failure(awsapi.ErrDenied)), false},
		{"way back not invalidated", diags.ReleaseNotInvalidated(stop(nil), true, failure(awsapi.ErrDenied)), false},
		{"release invalidating", diags.ReleaseStillInvalidating(stop(nil), false, "I1"), false},
		{"release invalidation unseen", diags.ReleaseInvalidationUnseen(stop(nil), false, "I1", failure(awsapi.ErrDenied)), false},
		{"way back invalidating", diags.ReleaseStillInvalidating(stop(nil), true, "I1"), false},
		{"release not refreshed", diags.ReadFailed("The release", failure(awsapi.ErrDenied)), true},
		{"release not refreshed", diags.ReadFailed("The release", errors.New("something else")), true},
		{"way back interrupted", diags.RollBackStopped(stop(context.Canceled)), false},
		{"way back deadline", diags.RollBackStopped(stop(&engine.Deadline{Budget: time.Hour, While: "waiting"})), false},
		{"denied", diags.RollBackStopped(stop(failure(awsapi.ErrDenied))), false},
		{"way back without progress", diags.RollBackStopped(stop(engine.ErrNoProgress)), false},
		{"way back refused", diags.RollBackStopped(stop(failure(awsapi.ErrRefused))), false},
		{"way back stopped", diags.RollBackStopped(promoted), false},
		{"no way back known", diags.RollBackStopped(stop(&promotion.Obstacle{Kind: promotion.NoWayBack, Found: "E1BLUE"})), false},
		{"way back over drift", diags.RollBackStopped(stop(&promotion.Obstacle{Kind: promotion.PrimaryDrifted, Found: "E1BLUE"})), false},
		{"release " + string(promotion.PrimaryMissing), diags.RollBackStopped(stop(&promotion.Obstacle{Kind: promotion.PrimaryMissing, Found: "E9THIRD"})), false},
		{"way back not invalidated", diags.RollBackNotInvalidated(stop(nil), "", failure(awsapi.ErrThrottled)), false},
		{"way back not invalidated", diags.RollBackNotInvalidated(stop(nil), "", failure(awsapi.ErrDenied)), false},
		{"way back invalidating", diags.RollBackNotInvalidated(stop(nil), "I1", nil), false},
		{"way back invalidation unseen", diags.RollBackNotInvalidated(stop(nil), "I1", failure(awsapi.ErrDenied)), false},
		{"way back not remembered", diags.RollBackNotRemembered(stop(nil), failure(awsapi.ErrDenied)), false},
		{"way back not remembered", diags.RollBackNotRemembered(stop(nil), failure(awsapi.ErrThrottled)), false},
	}
	for _, kind := range constants[promotion.Kind](t, "promotion", "Kind") {
		o := promotion.Obstacle{Kind: kind, Found: "E9THIRD"}
		name := "release " + string(kind)
		if kind == promotion.AlarmMissing || kind == promotion.AlarmFiring || kind == promotion.AlarmNotEvaluated || kind == promotion.NotInRecipe {
			name = string(kind)
		}
		if !o.Gate() {
			out = append(out, cause{name, diags.ReleaseStopped(stop(&o)), false}, cause{name, diags.ReleaseInTheWay(created, &o), false})
			continue
		}
		for _, evidence := range []cutover.Evidence{cutover.Unhealthy, cutover.Inconclusive} {
			out = append(out, cause{name + " " + string(evidence), diags.ReleaseStopped(stop(&promotion.Obstacle{Kind: kind, Evidence: evidence})), false})
		}
	}
	return out
}
